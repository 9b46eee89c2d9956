import { act } from "react";
import { expect, it, vi } from "vitest";
import { FakeSocket, ID, sessionBody } from "../../widget/tests/gateway";
import { decisionsOf, type Decidable } from "../src/sessions/Decisions";
import { asked, filtersIn } from "../src/sessions/filters";
import { chosenZone } from "../src/ui/zones";
import { fill, gateway, MERCHANT, open, press, problem, see, submit, text, until, useFakeGateway } from "./gateway";

vi.mock("uplot", () => {
  class Chart {
    static paths = {};
    setSize(): void {}
    destroy(): void {}
  }
  return { default: Chart };
});

useFakeGateway();

const ME = "/api/v1/merchants/me";
const AT = "2026-01-31T12:00:00.000Z";
const LISTED = { id: ID, orderId: "tea-1", address: "kaspatest:qq", amount: "28700000000.00000001", amountSompi: "2870000000000000001", status: "confirming", confirmations: 4, createdAt: AT, expiresAt: AT, received: "2.5", receivedSompi: "250000000", paidState: "partial", late: false, cancelled: false, needsAttention: false, attention: [] };
const DELIVERY = { id: "whl_1", sessionId: ID, event: "payment.confirmed", status: "failed", statusCode: 500, attempts: 3, deliveryId: "evt_1", createdAt: AT, deliveredAt: null, nextRetryAt: AT, payload: { event: "payment.confirmed" }, response: "<b>oops</b>", orderId: "tea-1", amount: "10.5", amountSompi: "1050000000", received: "0", receivedSompi: "0", paidState: "none", late: false, cancelled: false };
const NOTHING = { count: 0, received: "0", receivedSompi: "0" };
const CALM = { ...NOTHING, reasons: { late: NOTHING, partial: NOTHING, overpaid: NOTHING, reverted: NOTHING } };
const DETAIL = {
  ...sessionBody(),
  orderId: "tea-1",
  description: "Two cups of tea",
  createdAt: AT,
  explorerUrl: "https://explorer.example/addresses/kaspatest:qq",
  checkoutUrl: `http://gateway.test/pay/${ID}`,
  receivedSompi: "250000000",
  remainingSompi: "800000000",
  paidState: "partial",
  late: false,
  delayed: false,
  network: "testnet-10",
  metadata: { basket: "<script>" },
  payments: [{ txId: "ab".repeat(32), index: 0, amount: "2.5", amountSompi: "250000000", confirmations: 12, state: "accepted", late: false, seenAt: AT }],
};
const ANALYTICS = {
  period: { start: AT, end: AT, label: "Last 30 days" },
  summary: { totalSessions: 3, confirmedSessions: 2, totalVolume: "1234567.00000001", totalVolumeSompi: "1", conversionRate: 66.67, averagePayment: "15" },
  comparison: { volumeChange: 50, sessionsChange: -25, conversionChange: 33.34, previousVolume: "20", previousSessions: 4 },
  statusDistribution: { pending: 0, confirming: 0, confirmed: 2, expired: 1, failed: 0 },
  dailyBreakdown: [{ date: "2026-01-25", sessions: 3, confirmed: 2, expired: 1, volume: "30", volumeSompi: "3000000000" }],
  topPayments: [{ id: ID, amount: "20", orderId: "tea-1" }],
};

it("shows the overview's figures exactly as the gateway sends them", async () => {
  gateway.answers[`GET ${ME}/analytics`] = ANALYTICS;
  gateway.answers[`GET ${ME}/stats`] = { totalSessions: 3, confirmedSessions: 2, totalReceived: "30", needsAttention: CALM };
  gateway.answers[`GET ${ME}/webhook-logs`] = { logs: [], total: 2, totalIsExact: true };
  await open("/?period=month");
  await see("1,234,567.00000001");
  expect(gateway.last(`GET ${ME}/analytics`).query.get("period")).toBe("month");
  expect(text()).toContain("−25 %");
  expect(text()).toContain("+33.34 points");
  await see("2 failed deliveries");
  await see("2026-01-25");
  // The states link to the payments of the period.
  const chip = [...document.querySelectorAll(".states a")].map((link) => link.getAttribute("href"))[2];
  expect(chip).toMatch(/\/sessions\?status=confirmed&createdFrom=2026-01-25&createdTo=2026-01-25$/);
  await press("year");
  await until(() => gateway.last(`GET ${ME}/analytics`).query.get("period") === "year", "the year");
  expect(location.search).toBe("?period=year");
  expect(text()).not.toContain("Needs attention");
});

it("shows a range of days, in the time zone that was chosen", async () => {
  localStorage.setItem("kasgate-time-zone", "Pacific/Kiritimati");
  gateway.answers[`GET ${ME}/analytics`] = { ...ANALYTICS, period: { start: AT, end: AT, timeZone: "Pacific/Kiritimati", label: "Custom" } };
  gateway.answers[`GET ${ME}/stats`] = { totalSessions: 3, confirmedSessions: 2, totalReceived: "30", needsAttention: CALM };
  await open("/?period=month");
  await see("in days of Pacific/Kiritimati");
  fill("from", "2026-01-01");
  fill("to", "2026-01-25");
  await submit("from");
  await until(() => gateway.last(`GET ${ME}/analytics`).query.get("startDate") === "2026-01-01", "the range");
  expect(Object.fromEntries(gateway.last(`GET ${ME}/analytics`).query)).toEqual({ startDate: "2026-01-01", endDate: "2026-01-25", timeZone: "Pacific/Kiritimati" });
  expect(location.search).toBe("?from=2026-01-01&to=2026-01-25");
  expect(asked({ createdFrom: "2026-01-01" })).toEqual({ createdFrom: "2026-01-01", timeZone: "Pacific/Kiritimati" });
  // A name that is no time zone counts for nothing.
  localStorage.setItem("kasgate-time-zone", "Moon/Sea");
  expect(chosenZone()).toBe("");
  localStorage.removeItem("kasgate-time-zone");
});

it("counts payments that need attention by reason, and links to them", async () => {
  const late = { count: 2, received: "31.5", receivedSompi: "3150000000" };
  gateway.answers[`GET ${ME}/analytics`] = ANALYTICS;
  gateway.answers[`GET ${ME}/stats`] = {
    ...{ totalSessions: 3, confirmedSessions: 2, totalReceived: "30" },
    needsAttention: { ...late, reasons: { ...CALM.reasons, late } },
    unaccounted: [{ text: "Addresses 3 to 5 may have been given out.", since: AT }],
  };
  gateway.answers[`GET ${ME}/sessions`] = { sessions: [{ ...LISTED, status: "expired", cancelled: true, late: true, needsAttention: true, attention: ["late"] }], total: 1, totalIsExact: true };
  await open("/");
  await see("Needs attention");
  const panel = document.querySelector("[aria-labelledby=attention]")?.textContent;
  expect(panel).toContain("2 payments with 31.5 KAS received");
  expect(panel).toContain("Paid late 2 · 31.5 KAS");
  expect(panel).not.toContain("Overpaid");
  expect(text()).toContain("Addresses 3 to 5 may have been given out.");
  // Dealt with right there, in two clicks: the note has a beginning.
  await see("2.5 KAS of 28,700,000,000.00000001 KAS received.");
  gateway.answers[`POST /api/v1/sessions/${ID}/accept`] = { id: ID, status: "confirmed" };
  await press("Accept as paid…");
  await submit("note");
  await until(() => document.querySelector("dialog") === null, "the dialog to close");
  expect(gateway.last(`POST /api/v1/sessions/${ID}/accept`).body).toEqual({ note: "Accept as paid: Paid late" });
  await press("2 payments");
  await see("1 payment, newest first");
  expect(gateway.last(`GET ${ME}/sessions`).query.get("needsAttention")).toBe("true");
  const badges = [...document.querySelectorAll("td .badge")].map((badge) => badge.textContent);
  expect(badges).toEqual(["cancelled", "late", "partial"]);
  expect(document.querySelector("[data-label=Received]")?.textContent).toBe("2.50 KAS");
});

it("shows the first steps while there are no payments", async () => {
  gateway.answers[`GET ${ME}/analytics`] = ANALYTICS;
  gateway.answers[`GET ${ME}/stats`] = { totalSessions: 0, confirmedSessions: 0, totalReceived: "0", needsAttention: CALM };
  await open("/");
  await see("Get started");
});

it("lists payments by the filters of the address, pages by the cursor and exports the same", async () => {
  gateway.answers[`GET ${ME}/sessions`] = { sessions: [LISTED], total: 10_000, totalIsExact: false, nextCursor: ID };
  await open("/sessions?status=confirming");
  // Rounded; a press shows the exact figure.
  await see("28,700,000,000.00 KAS");
  await press("28,700,000,000");
  await see("28,700,000,000.00000001");
  await see("At least 10,000 payments");
  expect(gateway.last(`GET ${ME}/sessions`).query.get("status")).toBe("confirming");
  gateway.answers[`GET ${ME}/sessions`] = { sessions: [{ ...LISTED, id: "older", orderId: "tea-0" }], total: 1, totalIsExact: true };
  await press("Show older");
  await see("tea-0");
  expect(gateway.last(`GET ${ME}/sessions`).query.get("startingAfter")).toBe(ID);
  fill("q", "inv 20");
  await submit("q");
  await until(() => gateway.last(`GET ${ME}/sessions`).query.get("q") === "inv 20", "the search");
  expect(new URLSearchParams(location.search).get("q")).toBe("inv 20");
  await see("tea-0");
  const href = document.querySelector("a[download]")?.getAttribute("href");
  expect(href).toBe(`${ME}/sessions/export?format=csv&q=inv+20&status=confirming`);
  fill("paidState", "over");
  document.querySelector<HTMLInputElement>("[name=late]")?.click();
  await submit("q");
  await until(() => gateway.last(`GET ${ME}/sessions`).query.get("late") === "true", "the filter by late money");
  expect(gateway.last(`GET ${ME}/sessions`).query.get("paidState")).toBe("over");
  expect(gateway.last(`GET ${ME}/sessions`).query.has("needsAttention")).toBe(false);
});

it("creates a payment once, however often the form is sent, and opens its page", async () => {
  gateway.answers["POST /api/v1/sessions"] = problem(400, "Validation failed", {
    details: [{ field: "amount", message: "must be at least 0.2" }],
  });
  gateway.answers[`GET /api/v1/sessions/${ID}`] = DETAIL;
  await open("/sessions/new");
  await see("New payment");
  fill("amount", "10.5");
  fill("orderId", "tea-1");
  fill("description", "Two cups of tea");
  await submit("amount");
  await see("must be at least 0.2");
  // Once, at its field.
  await see("Check the marked fields.");
  expect(text().split("must be at least 0.2")).toHaveLength(2);
  gateway.answers["POST /api/v1/sessions"] = { id: ID };
  await submit("amount");
  await see("Payable until");
  expect(document.querySelector(".purpose")?.textContent).toBe("Two cups of tea");
  const keys = gateway.asked
    .filter(({ call }) => call === "POST /api/v1/sessions")
    .map(({ headers }) => headers["Idempotency-Key"]);
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(keys[1]).toBe(keys[0]);
  expect(gateway.last("POST /api/v1/sessions").body).toEqual({
    amount: "10.5",
    expiresIn: 1800,
    orderId: "tea-1",
    description: "Two cups of tea",
  });
  expect(location.pathname).toBe(`/dashboard/sessions/${ID}`);
});

async function openDetail(): Promise<void> {
  gateway.answers[`GET /api/v1/sessions/${ID}`] = DETAIL;
  gateway.answers[`POST /api/v1/sessions/${ID}/token`] = { token: "t" };
  gateway.answers["GET /api/v1/events"] = { events: [{ id: "evt_0", type: "payment.pending", createdAt: AT, receivedSompi: "0" }, { id: "evt_1", type: "payment.confirmed", createdAt: AT, receivedSompi: "0" }], hasMore: false };
  gateway.answers[`GET ${ME}/webhook-logs`] = { logs: [DELIVERY], total: 1, totalIsExact: true };
  await open(`/sessions/${ID}`);
  await see("Accept as paid");
  await see("payment.pending");
  await see("payment.confirmed");
}

it("shows a payment with its amounts, transactions, events and webhooks", async () => {
  await openDetail();
  const amounts = document.querySelector("[aria-labelledby=money]")?.textContent;
  expect(amounts).toContain("10.5 KAS");
  expect(amounts).toContain("2.5 KAS");
  expect(amounts).toContain("8 KAS");
  expect(text()).toContain("<script>");
  expect(document.querySelector("time")?.title).toMatch(/ UTC$/);
  expect(document.title).toContain("Payment tea-1");
  expect(text()).toContain("All payments");
  // The other event has a delivery, which can be sent again there.
  expect([...document.querySelectorAll("button")].filter(({ textContent }) => textContent?.startsWith("Send webhook"))).toHaveLength(1);
  await press("Send webhook");
  await until(() => gateway.asked.some(({ call }) => call === "POST /api/v1/events/evt_0/resend"), "the resending");
});

it("cancels a payment only after a question", async () => {
  await openDetail();
  gateway.answers[`POST /api/v1/sessions/${ID}/cancel`] = { id: ID, status: "expired" };
  await press("Cancel payment…");
  expect(gateway.asked.some(({ call }) => call.endsWith("/cancel"))).toBe(false);
  await press("Keep payment");
  await press("Cancel payment…");
  const button = document.querySelector<HTMLButtonElement>("dialog button[type=submit]");
  await act(async () => button?.click());
  await until(() => gateway.asked.some(({ call }) => call === `POST /api/v1/sessions/${ID}/cancel`), "the cancelling");
});

it("offers what the gateway would take, and nothing else", () => {
  const of = (status: string, more: object = {}) =>
    decisionsOf({ ...DETAIL, id: ID, status, paidState: "none", ...more } as unknown as Decidable);
  expect(of("pending")).toEqual(["cancel", "fail"]);
  expect(of("pending", { paidState: "partial" })).toEqual(["accept", "cancel", "fail"]);
  expect(of("confirming", { paidState: "exact" })).toEqual(["fail"]);
  expect(of("confirming", { paidState: "exact", heldUp: true })).toEqual(["accept", "fail"]);
  expect(of("expired", { paidState: "partial", attention: ["late"] })).toEqual(["accept", "fail", "dismiss"]);
  expect(of("expired")).toEqual(["fail"]);
  expect(of("confirmed", { attention: ["overpaid"] })).toEqual(["dismiss"]);
  expect(of("failed")).toEqual([]);
});

it("asks for cancelled payments as the API calls them", () => {
  const query = (text: string) => asked(filtersIn(new URLSearchParams(text)));
  expect(query("status=cancelled")).toEqual({ status: "expired", cancelled: true });
  expect(query("status=unpaid")).toEqual({ status: "expired" });
  expect(query("status=expired&late=true")).toEqual({ status: "expired", cancelled: false, late: true });
  expect(query("attention=any")).toEqual({ needsAttention: true });
  expect(query("needsAttention=true")).toEqual({ needsAttention: true });
  expect(query("attention=late")).toEqual({ attention: "late" });
  expect(query("status=unheard&attention=odd&paidState=all&needsAttention=no&q=tea")).toEqual({ q: "tea" });
});

it("shows the newest of many transactions, and all of them page by page", async () => {
  await openDetail();
  expect(text()).not.toContain("Show all");
  const call = `GET /api/v1/sessions/${ID}`;
  const payment = (number: number) => ({ ...DETAIL.payments[0], txId: String(number).padStart(64, "0") });
  gateway.answers[call] = { ...DETAIL, paymentsTotal: 1201 };
  gateway.answers[`${call}/payments`] = ({ query }) =>
    Response.json(
      query.get("after") === null
        ? { payments: [payment(1), payment(2)], paymentsTotal: 1201, nextCursor: 7 }
        : { payments: [payment(3), payment(1)], paymentsTotal: 1202 },
    );
  await open(`/sessions/${ID}?again`);
  await act(async () => FakeSocket.all[1]?.open());
  await act(async () => FakeSocket.all[1]?.tell({ type: "status", sessionId: ID, status: "pending", confirmations: 0 }));
  await see("The newest 1 of 1,201 transactions.");
  await press("Show all");
  await see("The first 2 of 1,201 transactions.");
  await press("Show more");
  await see("The first 3 of 1,202 transactions.");
  expect(gateway.last(`${call}/payments`).query.get("after")).toBe("7");
  expect(document.querySelectorAll("[aria-labelledby=transactions] tbody tr").length).toBe(3);
  expect(text()).not.toContain("Show more");
});

it("follows its confirmations live", async () => {
  await openDetail();
  await until(() => FakeSocket.all.length === 2, "the session's own line");
  const socket = FakeSocket.all[1] as FakeSocket;
  socket.open();
  await until(() => socket.sent.length > 0, "the subscription");
  gateway.answers[`GET /api/v1/sessions/${ID}`] = { ...DETAIL, status: "confirming", confirmations: 3, receivedSompi: "1050000000", remainingSompi: "0", paidState: "exact" };
  await act(async () => socket.tell({ type: "status", sessionId: ID, status: "confirming", confirmations: 3 }));
  await see("3 of 10 confirmations");
});

it("accepts with a note, and shows why it could not", async () => {
  await openDetail();
  gateway.answers[`POST /api/v1/sessions/${ID}/accept`] = problem(409, "It is still open.");
  await press("Accept as paid…");
  await see("2.5 KAS of 10.5 KAS received");
  fill("note", "a friend");
  await submit("note");
  await see("It is still open.");
  gateway.answers[`POST /api/v1/sessions/${ID}/accept`] = { id: ID, status: "confirmed" };
  await submit("note");
  await until(() => document.querySelector("dialog") === null, "the dialog to close");
  expect(gateway.last(`POST /api/v1/sessions/${ID}/accept`).body).toEqual({ note: "a friend" });
});

it("dismisses the notice of a final payment with a note", async () => {
  const call = `GET /api/v1/sessions/${ID}`;
  await openDetail();
  expect(text()).not.toContain("Dismiss");
  gateway.answers[call] = { ...DETAIL, status: "confirmed", paidState: "over", needsAttention: true, attention: ["overpaid"] };
  await open(`/sessions/${ID}?again`);
  await act(async () => FakeSocket.all[1]?.open());
  await act(async () => FakeSocket.all[1]?.tell({ type: "status", sessionId: ID, status: "confirmed", confirmations: 10 }));
  await see("Overpaid");
  await until(() => !text().includes("Accept as paid…"), "what can't be done to go");
  expect(text()).not.toContain("Mark as failed…");
  await press("Dismiss…");
  await see("The payment stays as it is.");
  fill("note", "paid back");
  gateway.answers[`POST /api/v1/sessions/${ID}/dismiss`] = { id: ID, status: "confirmed" };
  gateway.answers[call] = { ...DETAIL, status: "confirmed", paidState: "over", needsAttention: false, attention: [] };
  await submit("note");
  await until(() => document.querySelector("dialog") === null, "the dialog to close");
  expect(gateway.last(`POST /api/v1/sessions/${ID}/dismiss`).body).toEqual({ note: "paid back" });
  await until(() => !text().includes("Needs attention"), "the panel to go");
});

it("shows that a payment does not exist", async () => {
  gateway.answers["GET /api/v1/sessions/nonsense"] = problem(400, "no UUID");
  await open("/sessions/nonsense");
  await see("Payment not found");
});

it("keeps showing it when events refetch everything else", async () => {
  const call = `GET /api/v1/sessions/${ID}`;
  gateway.answers[call] = problem(404, "no such session");
  gateway.answers["GET /health/detailed"] = { status: "healthy", network: "simnet", checks: {} };
  await open(`/sessions/${ID}`);
  await see("Payment not found");
  const feed = FakeSocket.all.find(({ url }) => !url.includes(ID)) as FakeSocket;
  feed.open();
  const shown: (string | undefined)[] = [];
  const watch = new MutationObserver(() => shown.push(document.querySelector("h1")?.textContent ?? undefined));
  watch.observe(document.body, { childList: true, subtree: true });
  const asked = gateway.asked.filter((one) => one.call === call).length;
  await act(async () => feed.tell({ type: "authenticated" }));
  await act(() => new Promise((resolve) => setTimeout(resolve, 1_500)));
  watch.disconnect();
  expect(gateway.asked.filter((one) => one.call === call)).toHaveLength(asked);
  expect(shown.filter((title) => title !== "Payment not found")).toEqual([]);
});

it("shows deliveries, redelivers one or all failed ones, and sends a test event", async () => {
  gateway.answers[`GET ${ME}/webhook-logs`] = { logs: [DELIVERY], total: 51, totalIsExact: true, nextCursor: "whl_1" };
  gateway.answers[`POST ${ME}/webhook-logs/whl_1/retry`] = { message: "ok", logId: "whl_1" };
  gateway.answers[`POST ${ME}/webhook-logs/retry-failed`] = { queued: 3, hasMore: true };
  gateway.answers[`POST ${ME}/webhook-test`] = { statusCode: 500, durationMs: 12 };
  await open("/webhooks?status=failed");
  await see("payment.confirmed");
  expect(gateway.last(`GET ${ME}/webhook-logs`).query.get("status")).toBe("failed");
  await press("View");
  await see("<b>oops</b>");
  await press("Close");
  await press("Redeliver payment.confirmed");
  await see("Queued for redelivery.");
  await press("Send test event");
  await see("did not accept the test event: status 500");
  gateway.answers[`POST ${ME}/webhook-test`] = { statusCode: 204, durationMs: 12 };
  await press("Send test event");
  await see("accepted the test event: status 204 in 12 ms");
  await press("Redeliver failed…");
  fill("since", "2026-01-31T12:00");
  await submit("since");
  await until(() => document.querySelector("dialog") === null, "the dialog to close");
  const { since } = gateway.last(`POST ${ME}/webhook-logs/retry-failed`).body as { since: string };
  expect(since).toBe(new Date("2026-01-31T12:00").toISOString());
  expect(text()).toContain("3 deliveries queued for redelivery. There are more");
  gateway.answers[`GET ${ME}/webhook-logs`] = { logs: [{ ...DELIVERY, id: "whl_0" }], total: 51, totalIsExact: true };
  await press("Show older");
  await until(() => gateway.last(`GET ${ME}/webhook-logs`).query.get("startingAfter") === "whl_1", "the second page");
});

it("filters deliveries by event, order and amount, and shows each one's order", async () => {
  gateway.answers[`GET ${ME}/webhook-logs`] = { logs: [DELIVERY, { ...DELIVERY, id: "whl_0", orderId: undefined }], total: 2, totalIsExact: true };
  await open("/webhooks?status=failed");
  await see("tea-1");
  const cells = [...document.querySelectorAll("[data-label=Order], [data-label=Amount]")].map((cell) => cell.textContent);
  expect(cells.slice(0, 2)).toEqual(["tea-1", "10.5 KAS"]);
  for (const event of ["payment.late", "payment.expired"]) {
    document.querySelector<HTMLInputElement>(`[name=event][value="${event}"]`)?.click();
  }
  fill("orderId", "tea-1");
  fill("from", "0.5");
  fill("to", "28700000000.00000001");
  await submit("orderId");
  await until(() => gateway.last(`GET ${ME}/webhook-logs`).query.get("orderId") === "tea-1", "the filter");
  expect(Object.fromEntries(gateway.last(`GET ${ME}/webhook-logs`).query)).toEqual({
    status: "failed",
    event: "payment.expired,payment.late",
    orderId: "tea-1",
    amountFrom: "50000000",
    amountTo: "2870000000000000001",
    limit: "50",
  });
});

it("rotates the signing secret after asking for the key again", async () => {
  gateway.answers[`POST ${ME}/regenerate-webhook-secret`] = { webhookSecret: "whsec_new" };
  await open("/webhooks");
  await see("Endpoint");
  await press("Rotate signing secret…");
  await see("Enter your API key");
  await press("Cancel");
  expect(text()).not.toContain("whsec_new");
  await press("Rotate signing secret…");
  fill("apiKey", "kg_live_1");
  await submit("apiKey");
  await see("whsec_new");
  expect(gateway.last(`POST ${ME}/regenerate-webhook-secret`).headers["X-KasGate-Reauth"]).toBe("kg_live_1");
  await press("I have saved it");
  expect(text()).not.toContain("whsec_new");
});

it("saves the payment rules, and asks for the key only when the webhook URL changes", async () => {
  gateway.answers[`PATCH ${ME}`] = ({ body }: { body: unknown }) => Response.json({ ...MERCHANT, ...(body as object), updatedAt: String(gateway.asked.length) });
  await open("/settings/payments");
  await see("Confirmations and tolerance");
  fill("underpaymentTolerance", "0.1");
  await submit("underpaymentTolerance");
  expect(gateway.last(`PATCH ${ME}`).body).toEqual({
    requiredConfirmations: null,
    confirmationTiers: MERCHANT.confirmationTiers,
    underpaymentTolerance: "0.1",
  });
  await press("Profile");
  await see("Allowed embed domains");
  fill("name", "Coffee");
  await submit("name");
  await until(() => text().includes("Coffee"), "the new name");
  expect(gateway.last(`PATCH ${ME}`).headers).not.toHaveProperty("X-KasGate-Reauth");
  fill("webhookUrl", "");
  await submit("webhookUrl");
  fill("apiKey", "kg_live_1");
  await submit("apiKey");
  await until(() => gateway.last(`PATCH ${ME}`).headers["X-KasGate-Reauth"] === "kg_live_1", "the change");
  expect(gateway.last(`PATCH ${ME}`).body).toMatchObject({ webhookUrl: null });
});

it("lists the signed-in browsers and signs one out, and shows the audit log", async () => {
  gateway.answers["GET /api/v1/dashboard/sessions"] = {
    sessions: [
      { id: "one", userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", createdAt: AT, lastSeenAt: AT, expiresAt: AT, current: true },
      { id: "two", userAgent: "Old phone", createdAt: AT, lastSeenAt: AT, expiresAt: AT, current: false },
    ],
  };
  gateway.answers["DELETE /api/v1/dashboard/sessions/two"] = () => new Response(null, { status: 204 });
  gateway.answers[`GET ${ME}/audit`] = { entries: [{ id: "aud_1", action: "session.accepted", actor: "api_key", key: "Till", ip: "192.0.2.7", note: "a friend", sessionId: ID, details: {}, createdAt: AT }] };
  await open("/settings/sign-in");
  await see("Firefox on Linux");
  await see("Old phone");
  await press("Sign this browser out");
  await until(() => gateway.asked.some(({ call }) => call === "DELETE /api/v1/dashboard/sessions/two"), "the end");
  await press("Audit log");
  await see("Accepted a payment as paid");
});

it("shows a new key's addresses before it is saved", async () => {
  gateway.answers[`POST ${ME}/xpub-preview`] = { network: "mainnet", prefix: "kpub", account: 0, addresses: ["kaspa:qa"], warnings: [] };
  gateway.answers[`PATCH ${ME}`] = MERCHANT;
  gateway.answers[`GET ${ME}/addresses`] = { addresses: [], nextAddressIndex: 120, unpaidInARow: 35 };
  await open("/settings/wallet");
  await see("Raise its gap limit above 35");
  expect(document.querySelector("a[download]")?.getAttribute("href")).toBe(`${ME}/addresses?format=csv`);
  fill("xpub", "kpub-2");
  await submit("xpub");
  await see("kaspa:qa");
  expect(gateway.asked.some(({ call }) => call === `PATCH ${ME}`)).toBe(false);
  await press("Confirm and change key");
  fill("apiKey", "kg_live_1");
  await submit("apiKey");
  await see("The key was changed. New payments go to its addresses.");
  expect(gateway.last(`PATCH ${ME}`).body).toEqual({ xpub: "kpub-2" });
});

it("fills the snippets with the gateway's own address", async () => {
  await open("/integration");
  await see(`curl -X POST ${location.origin}/api/v1/sessions`);
  await press("Webhook check");
  await see(`MERCHANT_ID = "${MERCHANT.id}"`);
});

it("shows that a page does not exist", async () => {
  await open("/nowhere");
  await see("Page not found");
});
