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

function card(widget: HTMLElement): HTMLElement {
  return widget.shadowRoot?.querySelector("section") as HTMLElement;
}

/** The visible texts of the widget, without those for screen readers. */
function seen(widget: HTMLElement): string {
  const collect = (node: Node): string => {
    if (!(node instanceof Element)) return node.textContent ?? "";
    if ((node as HTMLElement).hidden || node.hasAttribute("role") && node.className === "unseen") return "";
    return [...node.childNodes].map(collect).join("");
  };
  return collect(card(widget));
}

function part<E extends HTMLElement>(widget: HTMLElement, name: string): E {
  return widget.shadowRoot?.querySelector(`[part~="${name}"]`) as E;
}

function heard(widget: HTMLElement, role: "status" | "alert"): string {
  return widget.shadowRoot?.querySelector(`[role=${role}]`)?.textContent ?? "";
}

function socket(): FakeSocket {
  return FakeSocket.all.at(-1) as FakeSocket;
}

it("shows amount, address, QR code, wallet link and time left", async () => {
  const [widget] = await show();
  expect(card(widget).dataset["scene"]).toBe("waiting");
  expect(seen(widget)).toContain("10.5 KAS");
  expect(part(widget, "address").textContent).toBe("kaspatest:qqabcdefgh");
  expect(part(widget, "timer").textContent).toBe("Time left 30:00");
  expect(part(widget, "qr").querySelector("path")?.getAttribute("d")).toMatch(/^M4 4h7v1h-7z/);
  expect(part(widget, "wallet").getAttribute("href")).toBe("kaspatest:qqabcdefgh?amount=10.5");
  expect(heard(widget, "status")).toContain("Waiting for your payment");
  await vi.advanceTimersByTimeAsync(61_000);
  expect(part(widget, "timer").textContent).toBe("Time left 28:59");
});

it("follows a payment to its confirmation and fires 'paid' once", async () => {
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
  const bar = card(widget).querySelector("[role=progressbar]");
  expect(bar?.getAttribute("aria-valuenow")).toBe("3");
  expect(part(widget, "wallet").closest("[hidden]")).not.toBeNull();
  gateway.session = sessionBody({ status: "confirmed", confirmations: 10, remainingSompi: "0" });
  socket().tell({ type: "status", sessionId: ID, status: "confirmed", confirmations: 10, ...required });
  expect(seen(widget)).toContain("Paid");
  await settle();
  expect(events.filter((name) => name === "paid")).toHaveLength(1);
  expect(socket().readyState).toBe(3);
});

it("stops the clock when the payment was seen, and asks for nothing more", async () => {
  const payments = [{ txId: "ab", amountSompi: "1050000000", state: "seen", late: false }];
  gateway.session = sessionBody({ payments, expiresAt: new Date(Date.now() + 5_000).toISOString() });
  const [widget] = await show();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(card(widget).dataset["scene"]).toBe("seen");
  expect(seen(widget)).toContain("do not pay twice");
  expect(part(widget, "timer").hidden).toBe(true);
});

it("asks for what is still due after a part of the amount arrived, with a QR code of its own", async () => {
  const [widget] = await show();
  const whole = part(widget, "qr").querySelector("path")?.getAttribute("d");
  socket().open();
  const changes = { paidState: "partial", receivedSompi: "600000000", remainingSompi: "450000000" };
  gateway.session = sessionBody(changes);
  socket().tell({ type: "status", sessionId: ID, status: "pending", confirmations: 0 });
  await settle();
  expect(seen(widget)).toContain("4.5 KAS");
  expect(seen(widget)).toContain("6 KAS arrived. Please send the remaining 4.5 KAS");
  expect(seen(widget)).toContain("Sent from an exchange?");
  expect(part(widget, "wallet").getAttribute("href")).toBe("kaspatest:qqabcdefgh?amount=4.5");
  expect(part(widget, "qr").querySelector("path")?.getAttribute("d")).not.toBe(whole);
});

it("asks for what wallets can send where less is due, and says where the surplus goes", async () => {
  const [widget] = await show();
  socket().open();
  const changes = { paidState: "partial", receivedSompi: "1045000000", remainingSompi: "5000000" };
  gateway.session = sessionBody({ ...changes, dueSompi: "10000000" });
  socket().tell({ type: "status", sessionId: ID, status: "pending", confirmations: 0 });
  await settle();
  expect(seen(widget)).toContain("Please send the remaining 0.1 KAS");
  expect(seen(widget)).toContain("The surplus of 0.05 KAS goes to the shop.");
  expect(part(widget, "wallet").getAttribute("href")).toBe("kaspatest:qqabcdefgh?amount=0.1");
  gateway.session = sessionBody({
    ...{ status: "confirmed", paidState: "over", confirmations: 10, receivedSompi: "1055000000" },
    ...{ remainingSompi: "0", dueSompi: "0" },
  });
  socket().tell({ type: "status", sessionId: ID, status: "confirmed", confirmations: 10 });
  await settle();
  expect(seen(widget)).toContain("The surplus of 0.05 KAS goes to the shop.");
  expect(seen(widget)).not.toContain("Contact the shop for a refund");
});

it("explains a payment that the network withdrew until something else happens", async () => {
  gateway.session = sessionBody({ status: "confirming", receivedSompi: "1050000000" });
  const [widget] = await show();
  socket().open();
  gateway.session = sessionBody();
  socket().tell({ type: "status", sessionId: ID, status: "pending", confirmations: 0 });
  await settle();
  expect(seen(widget)).toContain("The network withdrew a payment");
  expect(card(widget).dataset["scene"]).toBe("waiting");
  gateway.session = sessionBody({ status: "confirming" });
  socket().tell({ type: "status", sessionId: ID, status: "confirming", confirmations: 0 });
  await settle();
  expect(seen(widget)).not.toContain("withdrew");
});

it("explains confirmations that fall back", async () => {
  gateway.session = sessionBody({ status: "confirming", confirmations: 7 });
  const [widget] = await show();
  socket().open();
  socket().tell({ type: "status", sessionId: ID, status: "confirming", confirmations: 2 });
  expect(seen(widget)).toContain("rearranged its latest blocks");
  expect(seen(widget)).toContain("2 of 10");
});

it("does not let an older answer overwrite a newer update", async () => {
  gateway.session = sessionBody({ status: "confirming", confirmations: 2 });
  const [widget] = await show();
  socket().open();
  socket().tell({ type: "status", sessionId: ID, status: "confirming", confirmations: 2 });
  socket().tell({ type: "confirmations", sessionId: ID, confirmations: 8, required: 10 });
  await settle();
  expect(seen(widget)).toContain("8 of 10");
  expect(seen(widget)).not.toContain("rearranged");
});

it("turns the timer into a sentence near the end and speaks once, at a minute", async () => {
  gateway.session = sessionBody({ expiresAt: new Date(Date.now() + 62_000).toISOString() });
  const [widget] = await show();
  await vi.advanceTimersByTimeAsync(3_000);
  expect(part(widget, "timer").textContent).toBe("Only 0:59 left to pay");
  expect(heard(widget, "status")).toBe("One minute left to pay.");
});

it("counts by the server's clock", async () => {
  const ahead = Date.now() + 3_600_000;
  gateway.session = sessionBody({
    serverTime: new Date(ahead).toISOString(),
    expiresAt: new Date(ahead + 600_000).toISOString(),
  });
  const [widget] = await show();
  expect(part(widget, "timer").textContent).toBe("Time left 10:00");
});

it("offers no address once the time is up, and asks the gateway how it stands", async () => {
  gateway.session = sessionBody({ expiresAt: new Date(Date.now() + 2_000).toISOString() });
  const [widget] = await show();
  socket().open();
  socket().tell({ type: "session", id: ID, status: "pending", confirmations: 0 });
  await vi.advanceTimersByTimeAsync(3_000);
  expect(card(widget).dataset["scene"]).toBe("ending");
  expect(gateway.count("GET /")).toBe(2);
});

it("expires nothing while the gateway's node is behind, and shows a warning", async () => {
  const expiresAt = new Date(Date.now() + 2_000).toISOString();
  gateway.session = sessionBody({ expiresAt, delayed: true });
  const [widget] = await show();
  socket().open();
  socket().tell({ type: "session", id: ID, status: "pending", confirmations: 0 });
  await vi.advanceTimersByTimeAsync(9_000);
  expect(card(widget).dataset["scene"]).toBe("waiting");
  expect(seen(widget)).toContain("The status may be delayed");
  gateway.session = sessionBody({ expiresAt, status: "expired" });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(card(widget).dataset["scene"]).toBe("expired");
});

it("hides the address once the payment has expired, and alerts screen readers", async () => {
  gateway.session = sessionBody({ status: "expired" });
  const [widget, events] = await show();
  expect(seen(widget)).toContain("Do not send");
  expect(part(widget, "address").textContent).toBe("");
  expect(heard(widget, "alert")).toContain("This payment has expired");
  expect(events).toEqual(["status", "expired"]);
});

it("checks again for a shopper who has paid already", async () => {
  gateway.session = sessionBody({ status: "expired" });
  const [widget] = await show();
  part(widget, "check").click();
  await settle();
  expect(heard(widget, "status")).toBe("No further payment has been found.");
  gateway.session = sessionBody({ status: "expired", late: true, receivedSompi: "1050000000" });
  part(widget, "check").click();
  await settle();
  expect(card(widget).dataset["scene"]).toBe("late");
  expect(seen(widget)).toContain("10.5 KAS arrived after the time was up");
});

it.each([
  ["cancelled", { status: "expired", cancelled: true }, "This payment was cancelled"],
  ["failed", { status: "failed" }, "The shop has closed this payment"],
  ["over", { status: "confirmed", paidState: "over", receivedSompi: "1100000000" }, "You sent 0.5 KAS more"],
])("shows a payment that is %s", async (scene, changes, words) => {
  gateway.session = sessionBody(changes);
  const [widget] = await show();
  expect(card(widget).dataset["scene"]).toBe(scene);
  expect(seen(widget)).toContain(words);
});

it("copies plain digits and says so on the button", async () => {
  const written: string[] = [];
  const clipboard = { writeText: async (text: string) => void written.push(text) };
  vi.stubGlobal("navigator", { ...navigator, clipboard, languages: ["en"] });
  gateway.session = sessionBody({ amount: "28700000000.00000001" });
  const [widget] = await show();
  expect(seen(widget)).toContain("28,700,000,000.00000001 KAS");
  for (const name of ["copy-amount", "copy-address", "copy-link"]) part(widget, name).click();
  await settle();
  expect(written).toEqual([
    "28700000000.00000001",
    "kaspatest:qqabcdefgh",
    "kaspatest:qqabcdefgh?amount=28700000000.00000001",
  ]);
  expect(part(widget, "copy-link").textContent).toBe("Copied");
  expect(heard(widget, "status")).toBe("Copied");
  await vi.advanceTimersByTimeAsync(3_000);
  expect(part(widget, "copy-link").textContent).toBe("Copy payment link");
});

it("gives the text to copy by hand where there is no clipboard", async () => {
  vi.stubGlobal("navigator", { clipboard: undefined, languages: ["en"] });
  const [widget] = await show();
  part(widget, "copy-amount").click();
  await settle();
  const field = widget.shadowRoot?.querySelector("input") as HTMLInputElement;
  expect([field.hidden, field.value]).toEqual([false, "10.5"]);
});

it("returns to the shop after five seconds when asked to, unless the shopper stays", async () => {
  const opened = vi.fn();
  vi.stubGlobal("open", opened);
  const redirectUrl = "https://shop.example/thanks";
  const pay = async (redirect: Record<string, string>): Promise<HTMLElement> => {
    gateway.session = sessionBody({ redirectUrl, merchantName: "Bean" });
    const [widget] = await show(redirect);
    socket().open();
    gateway.session = sessionBody({ status: "confirmed", redirectUrl, merchantName: "Bean" });
    socket().tell({ type: "status", sessionId: ID, status: "confirmed", confirmations: 10 });
    await settle();
    return widget;
  };
  const widget = await pay({ redirect: "auto" });
  expect(part(widget, "return").textContent).toBe("Return to Bean");
  expect(seen(widget)).toContain("Returning to the shop in 5 seconds");
  await vi.advanceTimersByTimeAsync(5_000);
  expect(opened).toHaveBeenCalledWith(`${redirectUrl}?sessionId=${ID}`, "_top");
  opened.mockClear();
  part(await pay({ redirect: "auto" }), "stay").click();
  expect(seen(await pay({}))).not.toContain("Returning");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(opened).not.toHaveBeenCalled();
});

it("does not redirect a shopper who returns for the receipt", async () => {
  const opened = vi.fn();
  vi.stubGlobal("open", opened);
  gateway.session = sessionBody({ status: "confirmed", redirectUrl: "https://shop.example/" });
  const [widget] = await show({ redirect: "auto" });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(opened).not.toHaveBeenCalled();
  expect(part(widget, "return").getAttribute("href")).toBe(`https://shop.example/?sessionId=${ID}`);
});

it("uses the given language, from right to left where needed", async () => {
  const [widget] = await show({ lang: "ar" });
  expect([card(widget).lang, card(widget).dir]).toEqual(["ar", "rtl"]);
  expect(seen(widget)).toContain("في انتظار دفعتك");
  widget.setAttribute("lang", "de-AT");
  await vi.advanceTimersByTimeAsync(0);
  expect([card(widget).lang, card(widget).dir]).toEqual(["de", "ltr"]);
  expect(seen(widget)).toContain("Warten auf Ihre Zahlung");
  expect(seen(widget)).toContain("10,5 KAS");
});

it("starts from what the page was delivered with, without a call", async () => {
  const widget = document.createElement("kasgate-widget");
  widget.setAttribute("session-id", ID);
  const data = document.createElement("script");
  data.type = "application/json";
  data.textContent = JSON.stringify(sessionBody({ serverTime: new Date().toISOString() }));
  widget.append(data);
  document.body.append(widget);
  await settle();
  expect(card(widget).dataset["scene"]).toBe("waiting");
  expect(gateway.count("GET /")).toBe(0);
});

it("refuses an address of another network than the gateway says", async () => {
  gateway.session = sessionBody({ network: "mainnet" });
  const [widget, events] = await show();
  expect(card(widget).dataset["scene"]).toBe("error");
  expect(part(widget, "address").textContent).toBe("");
  expect(events).toEqual(["error"]);
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
  expect(seen(widget)).toContain("Connection lost. Your payment is safe.");
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

it("shows that a payment is unknown and stops asking", async () => {
  gateway.sessionStatus = 404;
  const [widget, events] = await show();
  expect(seen(widget)).toContain("This payment cannot be found");
  expect(events).toEqual(["error"]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(gateway.count("GET /")).toBe(1);
});

it("refuses an address that would make its link something else", async () => {
  gateway.session = sessionBody({ address: "javascript:alert(1)" });
  const [widget] = await show();
  expect(part(widget, "wallet").hasAttribute("href")).toBe(false);
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

it("switches to another payment when its session-id changes", async () => {
  const [widget] = await show();
  const first = socket();
  gateway.session = sessionBody({ amount: "3" });
  widget.setAttribute("session-id", ID.replace("2f0c", "1111"));
  await settle();
  expect(first.readyState).toBe(3);
  expect(seen(widget)).toContain("3 KAS");
});

it("shows a made-up payment for a preview, and asks nobody about it", async () => {
  const widget = document.createElement("kasgate-widget") as HTMLElement & { preview: (body: object) => void };
  widget.setAttribute("api-url", "https://gateway.test");
  document.body.append(widget);
  widget.preview(sessionBody());
  expect(card(widget).dataset["scene"]).toBe("waiting");
  widget.preview(sessionBody({ status: "confirmed", remainingSompi: "0", paidState: "exact" }));
  expect(card(widget).dataset["scene"]).toBe("paid");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(gateway.calls).toEqual([]);
  expect(FakeSocket.all).toEqual([]);
});

const BRAND = {
  color: "#123456",
  textColor: "#ffffff",
  logoUrl: `/logos/${"ab".repeat(32)}.png`,
  supportUrl: "https://shop.example/help?topic=pay",
};

it("shows what is paid for, the shop's logo and its colour", async () => {
  gateway.session = sessionBody({ description: "Two bags of coffee", brand: BRAND });
  const [widget] = await show({ order: "1001" });
  expect(part(widget, "purpose").textContent).toBe("Order 1001 · Two bags of coffee");
  expect(part(widget, "logo").getAttribute("src")).toBe(`https://gateway.test${BRAND.logoUrl}`);
  expect(card(widget).style.getPropertyValue("--brand")).toBe("#123456");
  widget.removeAttribute("order");
  expect(part(widget, "purpose").hidden).toBe(false);
});

it("takes no branding that is not what the gateway makes", async () => {
  const brand = { color: "red", textColor: "#ffffff", logoUrl: "https://elsewhere.example/x.png", supportUrl: "javascript:alert(1)" };
  gateway.session = sessionBody({ brand, status: "expired" });
  const [widget] = await show();
  expect(part(widget, "logo").hidden).toBe(true);
  expect(part(widget, "contact").hidden).toBe(true);
  expect(card(widget).style.getPropertyValue("--brand")).toBe("");
});

it.each([
  [{ supportUrl: BRAND.supportUrl }, `https://shop.example/help?topic=pay&sessionId=${ID}&orderId=A%261`],
  [{ supportEmail: "help@shop.example" }, `mailto:help@shop.example?subject=A%261%20(${ID})`],
])("offers a way to reach the shop when something is wrong: %j", async (brand, link) => {
  for (const [state, isOffered] of [["pending", false], ["expired", true], ["failed", true]] as const) {
    gateway.session = sessionBody({ brand, status: state });
    const [widget] = await show({ order: "A&1" });
    expect(part(widget, "contact").hidden).toBe(!isOffered);
    if (isOffered) expect(part(widget, "contact").getAttribute("href")).toBe(link);
    widget.remove();
  }
});

it("says what to do if the link opened no wallet, and remembers that it was used", async () => {
  const [widget] = await show();
  part(widget, "wallet").click();
  vi.spyOn(document, "hasFocus").mockReturnValue(true);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(seen(widget)).toContain("No wallet opened?");
  expect(localStorage.getItem("kasgate-wallet")).toBe("link");
});

it("links a paid payment to its receipt", async () => {
  gateway.session = sessionBody({ status: "confirmed", checkoutUrl: `https://gateway.test/pay/${ID}` });
  const [widget] = await show();
  expect(part(widget, "receipt").getAttribute("href")).toBe(`https://gateway.test/pay/${ID}/receipt?lang=en`);
});
