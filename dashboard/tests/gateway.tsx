/** A fake gateway with canned answers and a record of calls, and helpers that act as the user. */

import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, vi } from "vitest";
import { FakeSocket } from "../../widget/tests/gateway";
import { setCsrfToken } from "../src/api/client";
import { App } from "../src/App";

export const MERCHANT = {
  id: "mer_1",
  name: "Tea & Sons",
  webhookUrl: "https://tea.example/hooks",
  confirmationTiers: [{ below: "100", confirmations: 10 }, { confirmations: 600 }],
  underpaymentTolerance: "0",
  acceptLatePaymentsFor: 0,
  embedOrigins: [],
  nextAddressIndex: 7,
  createdAt: "2026-01-02T03:04:05.000Z",
  updatedAt: "2026-01-02T03:04:05.000Z",
};
export const SIGNED_IN = {
  merchant: MERCHANT,
  csrfToken: "csrf-1",
  expiresAt: "2026-02-02T00:00:00.000Z",
  sessionId: "das_1",
  wayIn: "api_key",
};

export interface Asked {
  call: string;
  path: string;
  query: URLSearchParams;
  headers: Record<string, string>;
  body: unknown;
}

type Answer = object | ((asked: Asked) => Response);

export function problem(status: number, detail: string, more: object = {}): () => Response {
  return () => Response.json({ detail, ...more }, { status });
}

export class FakeGateway {
  readonly asked: Asked[] = [];
  readonly answers: Record<string, Answer> = {
    "GET /api/v1/dashboard/session": SIGNED_IN,
    "POST /api/v1/dashboard/login": SIGNED_IN,
    "GET /api/v1/dashboard/password": { enabled: false },
    "POST /api/v1/dashboard/logout": () => new Response(null, { status: 204 }),
    "GET /health/detailed": {
      status: "ok",
      network: "simnet",
      checks: { rpc: { status: "ok", lastBlockAt: "2026-01-31T12:00:00.000Z" } },
    },
    "GET /api/v1/merchants/me": MERCHANT,
  };

  /** The last request of this call. Throws an Error if there was none. */
  last(call: string): Asked {
    const found = this.asked.findLast((asked) => asked.call === call);
    if (found === undefined) throw new Error(`no request of ${call}`);
    return found;
  }

  async answer(address: string, init: RequestInit): Promise<Response> {
    const url = new URL(address, "http://gateway.test");
    const asked: Asked = {
      call: `${init.method} ${url.pathname}`,
      path: url.pathname,
      query: url.searchParams,
      headers: init.headers as Record<string, string>,
      body: init.body == null || init.body instanceof Blob ? init.body : JSON.parse(String(init.body)),
    };
    this.asked.push(asked);
    const answer = this.answers[asked.call];
    if (answer === undefined) return problem(404, `nothing at ${asked.call}`)();
    return answer instanceof Function ? (answer as (a: Asked) => Response)(asked) : Response.json(answer);
  }
}

export let gateway: FakeGateway;
let root: Root;

export function useFakeGateway(): void {
  beforeEach(() => {
    vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
    vi.stubGlobal("WebSocket", FakeSocket);
    vi.stubGlobal("scrollTo", () => undefined);
    FakeSocket.all = [];
    setCsrfToken(undefined);
    gateway = new FakeGateway();
    vi.stubGlobal("fetch", (url: string, init: RequestInit) => gateway.answer(url, init));
    document.body.innerHTML = "<div></div>";
    root = createRoot(document.body.firstElementChild as Element);
  });
  afterEach(() => {
    act(() => root.unmount());
    vi.unstubAllGlobals();
  });
}

export const text = (): string => document.body.textContent ?? "";

/** Waits until the page contains this text. */
export async function see(words: string): Promise<void> {
  await until(() => text().includes(words), `"${words}" in: ${text().slice(0, 600)}`);
}

export async function until(holds: () => boolean, what: string): Promise<void> {
  // Updates during the wait are not wrapped in act(), so React must not expect that.
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", false);
  try {
    await vi.waitFor(
      () => {
        if (!holds()) throw new Error(`timed out waiting for ${what}`);
      },
      { timeout: 10_000, interval: 10 },
    );
  } finally {
    vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  }
}

export async function open(path: string): Promise<void> {
  history.replaceState(null, "", `/dashboard${path}`);
  await act(async () => root.render(<App />));
}

export async function press(name: string): Promise<void> {
  const buttons = [...document.querySelectorAll<HTMLElement>("button, a")];
  const button = buttons.findLast((each) => each.textContent?.trim().startsWith(name));
  if (button === undefined) throw new Error(`no button ${name}`);
  await act(async () => button.click());
}

export function fill(name: string, value: string): void {
  const fields = document.querySelectorAll<HTMLInputElement>(`[name="${name}"]`);
  const field = [...fields].at(-1);
  if (field === undefined) throw new Error(`no field ${name}`);
  field.value = value;
}

/** Submits the form with this field, as Enter does. */
export async function submit(name: string): Promise<void> {
  const form = [...document.querySelectorAll<HTMLInputElement>(`[name="${name}"]`)].at(-1)?.form;
  if (form == null) throw new Error(`no form with ${name}`);
  await act(async () => void form.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true })));
}
