import { expect, it, vi } from "vitest";
import { fill, gateway, open, press, problem, see, SIGNED_IN, submit, text, until, useFakeGateway } from "./gateway";

useFakeGateway();

const DOOR = "/api/v1/dashboard";
const ME = "/api/v1/merchants/me";
const AT = "2026-01-31T12:00:00.000Z";
const SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const STATE = { enabled: true, login: "owner@tea.example", changedAt: AT, createdAt: AT, recoveryCodesLeft: 10 };
const SETUP = { login: "owner@tea.example", secret: SECRET, uri: `otpauth://totp/KasGate:owner?secret=${SECRET}`, qrCode: "data:image/svg+xml,qr", expiresAt: AT };
const CODES = { login: "owner@tea.example", recoveryCodes: ["abcd-efgh-ijkl-mnop", "qrst-uvwx-yz23-4567"] };
const PASSWORD = " a pot of green tea ";

function byPassword(): void {
  gateway.answers[`GET ${DOOR}/session`] = { ...SIGNED_IN, wayIn: "password" };
  gateway.answers[`GET ${DOOR}/password`] = STATE;
  gateway.answers[`POST ${DOOR}/reauthenticate`] = { freshUntil: AT };
}

const asked = (call: string): number => gateway.asked.filter((each) => each.call === call).length;

it("signs in with login, password (spaces included) and code, and stores none of them", async () => {
  gateway.answers[`GET ${DOOR}/session`] = problem(401, "nobody");
  gateway.answers[`POST ${DOOR}/password-login`] = problem(401, "Login, password or code is wrong.");
  await open("/settings/sign-in");
  await see("Sign in to KasGate");
  await press("Password");
  expect(location.search).toBe("?with=password");
  fill("login", " owner@tea.example ");
  fill("password", PASSWORD);
  fill("code", " 123 456 ");
  await submit("code");
  await see("Login, password or code is wrong.");
  expect(document.querySelector<HTMLInputElement>("[name=code]")?.value).toBe("");
  expect(document.querySelector<HTMLInputElement>("[name=password]")?.value).toBe(PASSWORD);
  gateway.answers[`POST ${DOOR}/password-login`] = { ...SIGNED_IN, wayIn: "password" };
  fill("code", "654321");
  await submit("code");
  await see("Tea & Sons");
  expect(gateway.last(`POST ${DOOR}/password-login`).body).toEqual({ login: "owner@tea.example", password: PASSWORD, code: "654321" });
  expect(location.pathname + location.search).toBe("/dashboard/settings/sign-in");
  const kept = JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, document.body.innerHTML]);
  expect(kept).not.toContain("green tea");
});

it("offers the same sign-in method after signing out", async () => {
  byPassword();
  await open("/integration");
  await see("Tea & Sons");
  await press("Sign out");
  await see("Sign in to KasGate");
  expect(document.querySelector("[name=login]")).not.toBeNull();
  await press("API key");
  expect(document.querySelector("[name=apiKey]")).not.toBeNull();
});

it("sets a password up: key, QR code, first code, recovery codes", async () => {
  gateway.answers[`POST ${DOOR}/password`] = SETUP;
  gateway.answers[`POST ${DOOR}/password/confirm`] = problem(400, "code: no", { details: [{ field: "code", message: "This is not the current code." }] });
  await open("/settings/sign-in");
  await see("Set up a password");
  await press("Set up a password");
  fill("login", "owner@tea.example");
  fill("password", PASSWORD);
  fill("again", "another one altogether");
  await submit("again");
  await see("The two passwords do not match.");
  expect(asked(`POST ${DOOR}/password`)).toBe(0);
  fill("again", PASSWORD);
  await submit("again");
  await see("Enter your API key");
  fill("apiKey", "kg_live_1");
  await submit("apiKey");
  await see("Set up the authenticator");
  const begun = gateway.last(`POST ${DOOR}/password`);
  expect(begun.body).toEqual({ login: "owner@tea.example", password: PASSWORD });
  expect(begun.headers["X-KasGate-Reauth"]).toBe("kg_live_1");
  expect(document.querySelector("img.qr")?.getAttribute("src")).toBe(SETUP.qrCode);
  expect(document.querySelector("img.qr")?.getAttribute("alt")).not.toBe("");
  await see("GEZD GNBV GY3T QOJQ");
  fill("code", "000000");
  await submit("code");
  await see("This is not the current code.");
  gateway.answers[`POST ${DOOR}/password/confirm`] = CODES;
  gateway.answers[`GET ${DOOR}/password`] = STATE;
  fill("code", "123456");
  await submit("code");
  await see("abcd-efgh-ijkl-mnop");
  expect(gateway.last(`POST ${DOOR}/password/confirm`).body).toEqual({ code: "123456" });
  const write = vi.fn(async (_: string) => undefined);
  vi.stubGlobal("navigator", { ...navigator, clipboard: { writeText: write } });
  await press("Copy codes");
  expect(write).toHaveBeenCalledWith(CODES.recoveryCodes.join("\n"));
  await press("I have saved them");
  await see("owner@tea.example");
  expect(text()).not.toContain("abcd-efgh");
  expect(text()).not.toContain("GEZD");
});

it("asks for password and code after a password sign-in, and later only for a confirmation", async () => {
  byPassword();
  gateway.answers[`POST ${DOOR}/password/recovery-codes`] = CODES;
  gateway.answers[`DELETE ${DOOR}/password`] = () => new Response(null, { status: 204 });
  gateway.answers[`POST ${DOOR}/reauthenticate`] = problem(403, "Login, password or code is wrong.");
  await open("/settings/sign-in");
  await see("Recovery codes left");
  await press("Create new recovery codes");
  await see("Enter your password");
  fill("password", PASSWORD);
  fill("code", "123456");
  await submit("code");
  await see("Login, password or code is wrong.");
  expect(asked(`POST ${DOOR}/password/recovery-codes`)).toBe(0);
  gateway.answers[`POST ${DOOR}/reauthenticate`] = { freshUntil: AT };
  fill("code", "654321");
  await submit("code");
  await see("abcd-efgh-ijkl-mnop");
  expect(gateway.last(`POST ${DOOR}/reauthenticate`).body).toEqual({ password: PASSWORD, code: "654321" });
  expect(gateway.last(`POST ${DOOR}/password/recovery-codes`).headers).not.toHaveProperty("X-KasGate-Reauth");
  await press("I have saved them");

  await press("Remove password");
  await see("Confirm this change");
  await press("Cancel");
  expect(asked(`DELETE ${DOOR}/password`)).toBe(0);
  gateway.answers[`GET ${DOOR}/password`] = { enabled: false };
  await until(() => document.querySelector("button:disabled") === null, "that nothing is under way");
  await press("Remove password");
  await see("Confirm this change");
  await press("Continue");
  await see("The password was removed.");
  await see("Set up a password");
  expect(asked(`POST ${DOOR}/reauthenticate`)).toBe(2);
});

it("offers the choice between key and password where both exist", async () => {
  gateway.answers[`GET ${DOOR}/password`] = { ...STATE, recoveryCodesLeft: 2 };
  gateway.answers[`PATCH ${DOOR}/password`] = { ...STATE, login: "tea" };
  await open("/settings/sign-in");
  await see("Only a few recovery codes are left.");
  await press("Change login or password…");
  fill("login", "tea");
  await submit("login");
  await see("Enter your API key");
  await press("Password");
  await see("Enter your password");
  await press("API key");
  fill("apiKey", "kg_live_1");
  gateway.answers[`GET ${DOOR}/password`] = { ...STATE, login: "tea" };
  await submit("apiKey");
  await see("The change was saved.");
  const changed = gateway.last(`PATCH ${DOOR}/password`);
  expect(changed.body).toEqual({ login: "tea" });
  expect(changed.headers["X-KasGate-Reauth"]).toBe("kg_live_1");
});

it("sends a new password only if both fields match", async () => {
  byPassword();
  gateway.answers[`PATCH ${DOOR}/password`] = problem(400, "password: no", { details: [{ field: "password", message: "This is soon guessed." }] });
  await open("/settings/sign-in");
  await see("Recovery codes left");
  await press("Change login or password…");
  fill("password", "two pots of black tea");
  await submit("login");
  await see("The two passwords do not match.");
  fill("again", "two pots of black tea");
  await submit("login");
  await see("All other browsers");
  fill("password", PASSWORD);
  fill("code", "123456");
  await submit("code");
  await see("This is soon guessed.");
  expect(gateway.last(`PATCH ${DOOR}/password`).body).toEqual({ login: "owner@tea.example", password: "two pots of black tea" });
});

it("shows which browsers signed in with the password", async () => {
  byPassword();
  gateway.answers[`GET ${DOOR}/sessions`] = {
    sessions: [{ id: "das_1", createdAt: AT, lastSeenAt: AT, expiresAt: AT, wayIn: "password", current: true }],
  };
  gateway.answers[`GET ${ME}/audit`] = { entries: [] };
  await open("/settings/sign-in");
  await see("with the password");
  await until(() => text().includes("this browser"), "the list");
});
