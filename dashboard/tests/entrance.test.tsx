import { act } from "react";
import { expect, it, vi } from "vitest";
import { FakeSocket } from "../../widget/tests/gateway";
import { fill, gateway, open, press, problem, see, SIGNED_IN, submit, text, until, useFakeGateway } from "./gateway";

useFakeGateway();

const KEY = "kg_live_secret";
const XPUB = "kpub-of-a-wallet";
const PREVIEW = {
  network: "mainnet",
  prefix: "kpub",
  account: 0,
  addresses: ["kaspa:qa", "kaspa:qb", "kaspa:qc", "kaspa:qd", "kaspa:qe"],
  warnings: ["The key has another network's prefix."],
};

function nothingKept(): void {
  const kept = JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]);
  expect(kept).not.toContain(KEY);
  expect(document.body.innerHTML).not.toContain(KEY);
}

it("exchanges the key for a cookie and stores it nowhere", async () => {
  gateway.answers["GET /api/v1/dashboard/session"] = problem(401, "nobody");
  await open("/settings");
  await see("Sign in to KasGate");
  fill("apiKey", `  ${KEY} `);
  await submit("apiKey");
  await see("Tea & Sons");
  expect(gateway.last("POST /api/v1/dashboard/login").body).toEqual({ apiKey: KEY });
  await see("Allowed embed domains");
  nothingKept();
});

it("explains a key that the gateway does not know", async () => {
  gateway.answers["GET /api/v1/dashboard/session"] = problem(401, "nobody");
  gateway.answers["POST /api/v1/dashboard/login"] = problem(401, "This API key is not known.");
  await open("/");
  await see("Sign in to KasGate");
  fill("apiKey", KEY);
  await submit("apiKey");
  await see("This gateway does not know the API key");
  nothingKept();
});

it("signs in by a one-time link, whose token leaves the address at once", async () => {
  gateway.answers["GET /api/v1/dashboard/session"] = problem(401, "nobody");
  gateway.answers["POST /api/v1/dashboard/link-login"] = SIGNED_IN;
  await open("/settings#sign-in=one-time-token");
  expect(location.hash).toBe("");
  await see("Tea & Sons");
  await see("Allowed embed domains");
  expect(gateway.last("POST /api/v1/dashboard/link-login").body).toEqual({ token: "one-time-token" });
  await press("Sign out");
  await see("Sign in to KasGate");
  expect(gateway.last("POST /api/v1/dashboard/logout").headers["X-KasGate-CSRF"]).toBe("csrf-1");
});

it("says why a one-time link does not work, and asks for the key", async () => {
  gateway.answers["GET /api/v1/dashboard/session"] = problem(401, "nobody");
  gateway.answers["POST /api/v1/dashboard/link-login"] = problem(401, "This link was used before.");
  await open("/#sign-in=used");
  await see("This link was used before.");
  await see("Sign in to KasGate");
});

it("stays signed in when a one-time link does not work", async () => {
  gateway.answers["POST /api/v1/dashboard/link-login"] = problem(401, "This link was used before.");
  await open("/settings#sign-in=used");
  await see("Tea & Sons");
});

it("signs out with the CSRF token, and shows nothing of the merchant afterwards", async () => {
  await open("/integration");
  await see("Tea & Sons");
  await press("Sign out");
  await see("Sign in to KasGate");
  expect(gateway.last("POST /api/v1/dashboard/logout").headers["X-KasGate-CSRF"]).toBe("csrf-1");
  expect(text()).not.toContain("Tea & Sons");
});

it("returns to the sign-in page when the sign-in has ended", async () => {
  gateway.answers["GET /api/v1/merchants/me/stats"] = problem(401, "no");
  await open("/");
  await see("You were signed out.");
});

it("offers a retry while the gateway cannot be reached", async () => {
  gateway.answers["GET /api/v1/dashboard/session"] = problem(400, "The gateway is odd today.");
  await open("/");
  await see("The gateway is odd today.");
  gateway.answers["GET /api/v1/dashboard/session"] = SIGNED_IN;
  await press("Try again");
  await see("Tea & Sons");
});

it("follows the merchant's events with the cookie and refetches the data they may have changed", async () => {
  gateway.answers["GET /api/v1/merchants/me/sessions"] = { sessions: [], total: 0, totalIsExact: true };
  await open("/sessions");
  await see("No payments yet");
  const socket = FakeSocket.all[0] as FakeSocket;
  socket.open();
  expect(socket.sent).toEqual([{ type: "authenticate" }]);
  const asked = (): number =>
    gateway.asked.filter(({ call }) => call === "GET /api/v1/merchants/me/sessions").length;
  expect(asked()).toBe(1);
  gateway.answers["GET /api/v1/merchants/me/sessions"] = {
    sessions: [{ id: "s1", orderId: "tea-1", amount: "10.50000000", received: "0", receivedSompi: "0", paidState: "none", status: "pending", confirmations: 0, createdAt: "2026-01-31T12:00:00.000Z" }],
    total: 1,
    totalIsExact: true,
  };
  await act(async () => socket.tell({ type: "event", id: "evt_1", event: "payment.pending" }));
  await see("tea-1");
  expect(asked()).toBe(2);
  await act(async () => socket.lose());
  await see("Live updates are interrupted");
});

it("reconnects a WebSocket that answers no ping, and shows a warning", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    await open("/sessions");
    await until(() => FakeSocket.all.length === 1, "a live line");
    const socket = FakeSocket.all[0] as FakeSocket;
    socket.open();
    await act(async () => socket.tell({ type: "authenticated", merchantId: "mer_1" }));
    await act(async () => vi.advanceTimersByTime(20_000));
    expect(socket.sent.at(-1)).toEqual({ type: "ping" });
    await act(async () => socket.tell({ type: "pong" }));
    await act(async () => vi.advanceTimersByTime(20_000));
    expect(text()).not.toContain("Live updates are interrupted");
    await act(async () => vi.advanceTimersByTime(20_000));
    await see("Live updates are interrupted");
    await until(() => FakeSocket.all.length === 2, "another line");
  } finally {
    vi.useRealTimers();
  }
});

it("warns when the gateway's node is behind", async () => {
  gateway.answers["GET /health/detailed"] = { status: "degraded", network: "simnet", checks: { rpc: { status: "degraded" } } };
  await open("/integration");
  await see("Kaspa node is offline or behind");
});

it("registers: compares the addresses first, then shows the secrets once and signs in", async () => {
  gateway.answers["POST /api/v1/merchants"] = { id: "mer_1", name: "Tea & Sons", apiKey: KEY, webhookSecret: "whsec_1" };
  gateway.answers["POST /api/v1/merchants/me/xpub-preview"] = PREVIEW;
  await open("/register");
  await see("Register a merchant");
  fill("name", "Tea & Sons");
  fill("xpub", XPUB);
  await submit("name");
  await see("kaspa:qe");
  expect(gateway.last("POST /api/v1/merchants/me/xpub-preview").body).toEqual({ xpub: XPUB });
  await see("The key has another network's prefix.");
  await press("Go back");
  await see("Step 1 of 3");
  expect(document.querySelector<HTMLInputElement>("[name=name]")?.value).toBe("Tea & Sons");
  fill("xpub", "kpub-of-another");
  await submit("xpub");
  await see("kaspa:qe");
  expect(gateway.asked.some(({ call }) => call === "POST /api/v1/merchants")).toBe(false);
  await press("Confirm and register");
  await see(KEY);
  expect(text()).toContain("whsec_1");
  expect(gateway.last("POST /api/v1/merchants").body).toEqual({ name: "Tea & Sons", xpub: "kpub-of-another" });
  await submit("kept");
  await see("Overview");
  expect(gateway.last("POST /api/v1/dashboard/login").body).toEqual({ apiKey: KEY });
  nothingKept();
});

it("explains a refused registration, and sends the setup code", async () => {
  gateway.answers["POST /api/v1/merchants/me/xpub-preview"] = problem(401, "An API key is needed.");
  await open("/register");
  await see("Register a merchant");
  fill("name", "Tea");
  fill("xpub", XPUB);
  await submit("name");
  await see("This gateway refused the registration");
  fill("setupCode", "1234");
  gateway.answers["POST /api/v1/merchants/me/xpub-preview"] = PREVIEW;
  await submit("setupCode");
  await see("kaspa:qe");
  expect(gateway.last("POST /api/v1/merchants/me/xpub-preview").headers["X-KasGate-Setup-Code"]).toBe("1234");
});
