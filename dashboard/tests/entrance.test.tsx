import { act } from "react";
import { expect, it } from "vitest";
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

it("exchanges the key for a session and keeps it nowhere", async () => {
  gateway.answers["GET /api/v1/dashboard/session"] = problem(401, "nobody");
  await open("/settings");
  await see("Sign in to KasGate");
  fill("apiKey", `  ${KEY} `);
  await submit("apiKey");
  await see("Tea & Sons");
  expect(gateway.last("POST /api/v1/dashboard/login").body).toEqual({ apiKey: KEY });
  await see("Confirmations and tolerance");
  nothingKept();
});

it("says what to do about a key that the gateway does not know", async () => {
  gateway.answers["GET /api/v1/dashboard/session"] = problem(401, "nobody");
  gateway.answers["POST /api/v1/dashboard/login"] = problem(401, "This API key is not known.");
  await open("/");
  await see("Sign in to KasGate");
  fill("apiKey", KEY);
  await submit("apiKey");
  await see("The gateway does not know this key");
  nothingKept();
});

it("signs out with the token that guards changes, and shows nothing of the merchant any more", async () => {
  await open("/integration");
  await see("Tea & Sons");
  await press("Sign out");
  await see("Sign in to KasGate");
  expect(gateway.last("POST /api/v1/dashboard/logout").headers["X-KasGate-CSRF"]).toBe("csrf-1");
  expect(text()).not.toContain("Tea & Sons");
});

it("goes back to the door when the session has ended meanwhile", async () => {
  gateway.answers["GET /api/v1/merchants/me/stats"] = problem(401, "no");
  await open("/");
  await see("You were signed out.");
});

it("offers to try again while the gateway cannot be reached", async () => {
  gateway.answers["GET /api/v1/dashboard/session"] = problem(400, "The gateway is odd today.");
  await open("/");
  await see("The gateway is odd today.");
  gateway.answers["GET /api/v1/dashboard/session"] = SIGNED_IN;
  await press("Try again");
  await see("Tea & Sons");
});

it("follows the merchant's events with the cookie and asks anew for what they may have changed", async () => {
  gateway.answers["GET /api/v1/merchants/me/sessions"] = { sessions: [], total: 0, totalIsExact: true };
  await open("/sessions");
  await see("No sessions yet");
  const socket = FakeSocket.all[0] as FakeSocket;
  socket.open();
  expect(socket.sent).toEqual([{ type: "authenticate" }]);
  const asked = (): number =>
    gateway.asked.filter(({ call }) => call === "GET /api/v1/merchants/me/sessions").length;
  expect(asked()).toBe(1);
  gateway.answers["GET /api/v1/merchants/me/sessions"] = {
    sessions: [{ id: "s1", orderId: "tea-1", amount: "10.50000000", status: "pending", confirmations: 0, createdAt: "2026-01-31T12:00:00.000Z" }],
    total: 1,
    totalIsExact: true,
  };
  await act(async () => socket.tell({ type: "event", id: "evt_1", event: "payment.pending" }));
  await see("tea-1");
  expect(asked()).toBe(2);
  await act(async () => socket.lose());
  await see("The live line is broken");
});

it("tells when the gateway's node is behind", async () => {
  gateway.answers["GET /health/detailed"] = { status: "degraded", network: "simnet", checks: { rpc: { status: "degraded" } } };
  await open("/integration");
  await see("Kaspa node is away or behind");
});

it("registers: keeps the secrets, compares the addresses, and takes another key with the one just made", async () => {
  gateway.answers["POST /api/v1/merchants"] = { id: "mer_1", name: "Tea & Sons", apiKey: KEY, webhookSecret: "whsec_1" };
  gateway.answers["POST /api/v1/merchants/me/xpub-preview"] = PREVIEW;
  gateway.answers["PATCH /api/v1/merchants/me"] = SIGNED_IN.merchant;
  await open("/register");
  await see("Register a merchant");
  fill("name", "Tea & Sons");
  fill("xpub", XPUB);
  await submit("name");
  await see(KEY);
  expect(text()).toContain("whsec_1");
  await act(async () => document.querySelector("form")?.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true })));
  await see("kaspa:qe");
  expect(gateway.last("POST /api/v1/merchants/me/xpub-preview").body).toEqual({ xpub: XPUB });
  await see("The key has another network's prefix.");
  await press("They don't");
  fill("xpub", "kpub-of-another");
  await submit("xpub");
  await until(() => gateway.asked.filter(({ path }) => path.endsWith("xpub-preview")).length === 2, "another look");
  const change = gateway.last("PATCH /api/v1/merchants/me");
  expect(change.body).toEqual({ xpub: "kpub-of-another" });
  expect(change.headers).toMatchObject({ "X-KasGate-Reauth": KEY, "X-KasGate-CSRF": "csrf-1" });
  await see("kaspa:qe");
  await press("They match");
  await see("Overview");
  nothingKept();
});

it("asks for the setup code only when the gateway wants one", async () => {
  gateway.answers["POST /api/v1/merchants"] = problem(403, "Needs a setup code.", { code: "setup_code_required" });
  await open("/register");
  await see("Register a merchant");
  expect(document.querySelector("[name=setupCode]")).toBeNull();
  fill("name", "Tea");
  await submit("name");
  await see("Needs a setup code.");
  fill("setupCode", "1234");
  await submit("setupCode");
  expect(gateway.last("POST /api/v1/merchants").headers["X-KasGate-Setup-Code"]).toBe("1234");
});
