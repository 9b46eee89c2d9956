import { act } from "react";
import { expect, it } from "vitest";
import { ID } from "../../widget/tests/gateway";
import type { AuditEntry } from "../src/api/types";
import { beforeOf, actionOf, authorOf } from "../src/settings/auditText";
import { fill, gateway, MERCHANT, open, press, problem, see, SIGNED_IN, submit, text, until, useFakeGateway } from "./gateway";

useFakeGateway();

const ME = "/api/v1/merchants/me";
const KEYS = "/api/v1/merchants/keys";
const AT = "2026-01-31T12:00:00.000Z";
const FIRST = { id: "key_1", name: "First key", scope: "manage", hint: "kg_live_…a1b2", createdAt: AT, lastUsedAt: AT, current: true };
const TILL = { id: "key_2", name: "Till", scope: "create", hint: "kg_live_…c3d4", createdAt: AT, current: false };

async function choose(name: string, value: string): Promise<void> {
  const field = document.querySelector<HTMLInputElement>(`[name="${name}"][value="${value}"]`);
  if (field === null) throw new Error(`no choice ${value} of ${name}`);
  await act(async () => field.click());
}

async function show(key: string): Promise<void> {
  await see("Enter your API key");
  fill("apiKey", key);
  await submit("apiKey");
}

it("lists the keys with their permissions and their last use", async () => {
  gateway.answers[`GET ${KEYS}`] = { keys: [FIRST, TILL] };
  await open("/settings/keys");
  await see("kg_live_…c3d4");
  expect(text()).toContain("you signed in with this key");
  expect(text()).toContain("never used");
  expect(text()).toContain("Create payments");
  // Only the key of this sign-in can be replaced.
  const replaces = [...document.querySelectorAll("button")].filter((each) => each.textContent?.startsWith("Replace"));
  expect(replaces.map((each) => each.textContent)).toEqual(["Replace… First key"]);
});

it("creates a key with a name and a scope, and shows it once", async () => {
  gateway.answers[`GET ${KEYS}`] = { keys: [FIRST] };
  gateway.answers[`POST ${KEYS}`] = problem(409, "A merchant has at most 50 keys.");
  await open("/settings/keys");
  await see("kg_live_…a1b2");
  await press("New API key…");
  await see("For bookkeeping and statistics");
  fill("keyName", "Books");
  await choose("scope", "read");
  await submit("keyName");
  await show("kg_live_1");
  await see("A merchant has at most 50 keys.");
  gateway.answers[`POST ${KEYS}`] = { apiKey: "kg_live_new", key: TILL, message: "" };
  await submit("keyName");
  await show("kg_live_1");
  await see("kg_live_new");
  const asked = gateway.last(`POST ${KEYS}`);
  expect(asked.body).toEqual({ name: "Books", scope: "read" });
  expect(asked.headers["X-KasGate-Reauth"]).toBe("kg_live_1");
  await press("I have saved it");
  expect(text()).not.toContain("kg_live_new");
});

it("renames a key, and revokes one after asking for the key again", async () => {
  gateway.answers[`GET ${KEYS}`] = { keys: [FIRST, TILL] };
  gateway.answers[`PATCH ${KEYS}/key_2`] = { ...TILL, name: "Bar" };
  gateway.answers[`DELETE ${KEYS}/key_2`] = () => new Response(null, { status: 204 });
  await open("/settings/keys");
  await see("kg_live_…c3d4");
  await press("Rename… Till");
  fill("keyName", "Bar");
  await submit("keyName");
  await until(() => document.querySelector("dialog") === null, "the dialog to close");
  expect(gateway.last(`PATCH ${KEYS}/key_2`).body).toEqual({ name: "Bar" });
  await press("Revoke… Till");
  await see("The key “Till” stops working immediately");
  await press("Cancel");
  expect(gateway.asked.some(({ call }) => call === `DELETE ${KEYS}/key_2`)).toBe(false);
  await press("Revoke… Till");
  await show("kg_live_1");
  await until(() => gateway.asked.some(({ call }) => call === `DELETE ${KEYS}/key_2`), "the end");
  expect(gateway.last(`DELETE ${KEYS}/key_2`).headers["X-KasGate-Reauth"]).toBe("kg_live_1");
});

it("shows why the last managing key cannot be revoked, and replaces it", async () => {
  gateway.answers[`GET ${KEYS}`] = { keys: [FIRST] };
  gateway.answers[`DELETE ${KEYS}/key_1`] = problem(409, "This is the last key with the scope manage.");
  gateway.answers[`POST ${ME}/regenerate-api-key`] = { apiKey: "kg_live_new", message: "" };
  await open("/settings/keys");
  await see("kg_live_…a1b2");
  await press("Revoke… First key");
  await show("kg_live_1");
  await see("This is the last key with the scope manage.");
  await press("Replace… First key");
  await show("kg_live_1");
  await see("kg_live_new");
});

it("saves the time to pay and the rule for late payments", async () => {
  gateway.answers[`PATCH ${ME}`] = MERCHANT;
  await open("/settings/payments");
  await see("Time to pay");
  fill("sessionLifetime", "15");
  await choose("late", "accept");
  await see("Time limit (hours after expiry)");
  fill("acceptLatePaymentsFor", "1.5");
  await submit("sessionLifetime");
  expect(gateway.last(`PATCH ${ME}`).body).toEqual({ sessionLifetime: 900, acceptLatePaymentsFor: 5400 });
});

it("resets the time to the gateway's default and late payments to manual review", async () => {
  const merchant = { ...MERCHANT, sessionLifetime: 900, acceptLatePaymentsFor: 5400 };
  gateway.answers["GET /api/v1/dashboard/session"] = { ...SIGNED_IN, merchant };
  gateway.answers[`GET ${ME}`] = merchant;
  gateway.answers[`PATCH ${ME}`] = MERCHANT;
  await open("/settings/payments");
  await see("Time limit (hours after expiry)");
  const shown = (name: string) => document.querySelector<HTMLInputElement>(`[name="${name}"]`)?.value;
  expect([shown("sessionLifetime"), shown("acceptLatePaymentsFor")]).toEqual(["15", "1.5"]);
  fill("sessionLifetime", "");
  await choose("late", "review");
  await submit("sessionLifetime");
  expect(gateway.last(`PATCH ${ME}`).body).toEqual({ sessionLifetime: null, acceptLatePaymentsFor: 0 });
});

it("shows the audit log as sentences", async () => {
  const line = (entry: Partial<AuditEntry>): AuditEntry =>
    ({ id: "aud_1", actor: "api_key", details: {}, createdAt: AT, ...entry }) as AuditEntry;
  const details = { keyId: "key_2", name: "Till", scope: "create", before: "Bar" };
  expect(actionOf(line({ action: "merchant.api_key_created", details }))).toBe("Created the API key “Till”, which may create payments");
  expect(actionOf(line({ action: "merchant.api_key_renamed", details }))).toBe("Renamed the API key “Bar” to “Till”");
  expect(actionOf(line({ action: "merchant.changed", details: { changed: "name, webhook_url" } }))).toBe("Changed the name, the webhook URL");
  expect(actionOf(line({ action: "of.tomorrow" as AuditEntry["action"] }))).not.toContain("of.tomorrow");
  expect(authorOf(line({ key: "Till", ip: "192.0.2.7" }))).toBe("With the API key “Till”, from 192.0.2.7");
  expect(authorOf(line({ actor: "dashboard", key: "First key" }))).toBe("In the dashboard, signed in with the API key “First key”");
  expect(authorOf(line({ actor: "dashboard" }))).toBe("In the dashboard");
  const stood = { status: "expired", amountSompi: "1000000000", receivedSompi: "400000000", paidState: "partial" };
  expect(beforeOf(line({ details: stood }))).toBe("Before: expired, 4 of 10 KAS received.");
  gateway.answers[`GET ${ME}/audit`] = { entries: [line({ action: "session.accepted", note: "cash", sessionId: ID, details: stood })] };
  await open("/settings/audit");
  await see("Before: expired, 4 of 10 KAS received.");
  expect(text()).toContain("“cash”");
  expect(text()).not.toContain("session.accepted");
});
