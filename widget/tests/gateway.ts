/** A fake gateway for the widget's tests: canned answers by call, and WebSockets that the test controls. */

import { readLocales } from "../build/locales";
import { vi } from "vitest";

export const ID = "2f0c5d64-3c1e-4a52-9a70-0d6f6a4f3b11";

export function sessionBody(changes: object = {}): Record<string, unknown> {
  return {
    id: ID,
    address: "kaspatest:qqabcdefgh",
    amount: "10.50000000",
    amountSompi: "1050000000",
    remainingSompi: "1050000000",
    paidState: "none",
    status: "pending",
    confirmations: 0,
    requiredConfirmations: 10,
    qrCode: "data:image/svg+xml;base64,PHN2Zy8+",
    expiresAt: new Date(Date.now() + 1_800_000).toISOString(),
    ...changes,
  };
}

export class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];

  readonly sent: Record<string, unknown>[] = [];
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;

  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }

  close(): void {
    this.readyState = 3;
  }

  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  tell(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  lose(): void {
    this.readyState = 3;
    this.onclose?.();
  }
}

export class FakeGateway {
  session = sessionBody();
  isDown = false;
  sessionStatus = 200;
  readonly calls: string[] = [];

  install(): void {
    FakeSocket.all = [];
    vi.stubGlobal("WebSocket", FakeSocket);
    vi.stubGlobal("fetch", (url: string, init: RequestInit) => this.#answer(url, init));
  }

  count(call: string): number {
    return this.calls.filter((made) => made === call).length;
  }

  async #answer(url: string, init: RequestInit): Promise<Response> {
    const locale = /\/widget\/locales\/(\w+)\.json$/.exec(url)?.[1];
    if (locale !== undefined) return Response.json(this.isDown ? undefined : readLocales().get(locale));
    const call = `${init.method} ${url.split(ID)[1] || "/"}`;
    this.calls.push(call);
    if (this.isDown) throw new TypeError("connection refused");
    if (call === "POST /token") return Response.json({ token: "issued" });
    if (this.sessionStatus !== 200) {
      return Response.json({ message: "Session not found" }, { status: this.sessionStatus });
    }
    return Response.json(this.session);
  }
}
