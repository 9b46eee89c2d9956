import { afterEach, beforeEach, expect, it, vi } from "vitest";
import "../src/index";
import { FakeGateway, FakeSocket, ID, sessionBody } from "./gateway";

let gateway: FakeGateway;

beforeEach(() => {
  vi.useFakeTimers();
  gateway = new FakeGateway();
  gateway.install();
});

afterEach(() => {
  document.body.replaceChildren();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

async function show(attributes: Record<string, string> = {}): Promise<[HTMLElement, string[]]> {
  const widget = document.createElement("kasgate-widget");
  const given = { "session-id": ID, "api-url": "https://gateway.test", ...attributes };
  for (const [name, value] of Object.entries(given)) widget.setAttribute(name, value);
  const events: string[] = [];
  for (const name of ["status", "paid", "expired", "error"]) {
    document.body.addEventListener(`kasgate:${name}`, () => events.push(name));
  }
  document.body.append(widget);
  await settle();
  return [widget, events];
}

/** The texts of everything in the widget that is not hidden. */
function seen(widget: HTMLElement): string {
  const collect = (node: Element): string =>
    (node as HTMLElement).hidden
      ? ""
      : node.children.length > 0
        ? [...node.children].map(collect).join("\n")
        : (node.textContent ?? "");
  return collect(widget.shadowRoot?.querySelector("section") as Element);
}

function socket(): FakeSocket {
  return FakeSocket.all.at(-1) as FakeSocket;
}

it("shows amount, address, QR code, wallet link and time left", async () => {
  const [widget] = await show();
  expect(seen(widget)).toContain("10.5 KAS");
  expect(seen(widget)).toContain("kaspatest: qqab cdef gh");
  expect(seen(widget)).toContain("Time left: 30:00");
  const root = widget.shadowRoot as ShadowRoot;
  expect(root.querySelector("img")?.src).toMatch(/^data:image\/svg/);
  expect(root.querySelector("a")?.href).toBe("kaspatest:qqabcdefgh?amount=10.5");
  expect(root.querySelector("[role=status]")?.textContent).toBe("Waiting for your payment");
  await vi.advanceTimersByTimeAsync(61_000);
  expect(seen(widget)).toContain("Time left: 28:59");
});

it("follows a payment to its confirmation and says 'paid' once", async () => {
  const [widget, events] = await show();
  expect(socket().url).toBe("wss://gateway.test/ws");
  socket().open();
  expect(socket().sent).toEqual([{ type: "subscribe", sessionId: ID, token: "issued" }]);
  const required = { requiredConfirmations: 10 };
  gateway.session = sessionBody({ status: "confirming", remainingSompi: "0" });
  socket().tell({ type: "status", sessionId: ID, status: "confirming", confirmations: 0, ...required });
  await settle();
  socket().tell({ type: "confirmations", sessionId: ID, confirmations: 3, required: 10 });
  expect(seen(widget)).toContain("3 of 10 confirmations");
  expect(seen(widget)).not.toContain("Open wallet");
  socket().tell({ type: "status", sessionId: ID, status: "confirmed", confirmations: 10, ...required });
  expect(seen(widget)).toContain("Paid");
  expect(events.filter((name) => name === "paid")).toHaveLength(1);
  expect(socket().readyState).toBe(3);
});

it("asks for what is still due after a part of the amount arrived", async () => {
  const [widget] = await show();
  socket().open();
  gateway.session = sessionBody({ paidState: "partial", remainingSompi: "450000000" });
  socket().tell({ type: "status", sessionId: ID, status: "pending", confirmations: 0 });
  await settle();
  expect(seen(widget)).toContain("4.5 KAS");
  expect(seen(widget)).toContain("Part of 10.5 KAS has arrived");
  const root = widget.shadowRoot as ShadowRoot;
  expect(root.querySelector("a")?.href).toBe("kaspatest:qqabcdefgh?amount=4.5");
  expect(root.querySelector("img")?.hidden).toBe(true);
});

it("hides the address once the payment has expired", async () => {
  gateway.session = sessionBody({ status: "expired" });
  const [widget, events] = await show();
  expect(seen(widget)).toContain("Do not send");
  expect(seen(widget)).not.toContain("qqab");
  expect(events).toEqual(["status", "expired"]);
});

it("uses the page's token instead of asking for one", async () => {
  await show({ token: "given" });
  socket().open();
  expect(socket().sent[0]).toMatchObject({ token: "given" });
  expect(gateway.count("POST /token")).toBe(0);
});

it("polls only while the WebSocket is down", async () => {
  const [widget] = await show();
  socket().open();
  socket().tell({ type: "session", id: ID, status: "pending", confirmations: 0 });
  await vi.advanceTimersByTimeAsync(15_000);
  expect(gateway.count("GET /status")).toBe(0);
  socket().lose();
  gateway.session = sessionBody({ status: "confirming", confirmations: 7 });
  await vi.advanceTimersByTimeAsync(3_000);
  expect(gateway.count("GET /status")).toBe(1);
  expect(seen(widget)).toContain("7 of 10 confirmations");
  expect(seen(widget)).not.toContain("Connection lost");
  gateway.isDown = true;
  await vi.advanceTimersByTimeAsync(3_000);
  expect(seen(widget)).toContain("Connection lost; your payment is safe");
});

it("loads a page that was opened while the gateway was away", async () => {
  gateway.isDown = true;
  const [widget] = await show();
  expect(seen(widget)).toContain("Connection lost");
  gateway.isDown = false;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(seen(widget)).toContain("10.5 KAS");
  expect(seen(widget)).not.toContain("Connection lost");
});

it("says that a payment is unknown and asks no more", async () => {
  gateway.sessionStatus = 404;
  const [widget, events] = await show();
  expect(seen(widget)).toContain("Session not found");
  expect(events).toEqual(["error"]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(gateway.count("GET /")).toBe(1);
});

it("refuses an address that would make its link something else", async () => {
  gateway.session = sessionBody({ address: "javascript:alert(1)" });
  const [widget] = await show();
  expect(widget.shadowRoot?.querySelector("a")?.hasAttribute("href")).toBe(false);
});

it("ends its connection and timers when it is taken from the page", async () => {
  const [widget] = await show();
  socket().open();
  widget.remove();
  const calls = gateway.calls.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(gateway.calls).toHaveLength(calls);
  expect(socket().readyState).toBe(3);
  expect(vi.getTimerCount()).toBe(0);
});

it("turns to another payment when its session-id changes", async () => {
  const [widget] = await show();
  const first = socket();
  gateway.session = sessionBody({ amount: "3" });
  widget.setAttribute("session-id", ID.replace("2f0c", "1111"));
  await settle();
  expect(first.readyState).toBe(3);
  expect(seen(widget)).toContain("3 KAS");
});
