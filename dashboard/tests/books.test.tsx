import { act } from "react";
import { expect, it } from "vitest";
import { ID } from "../../widget/tests/gateway";
import { decimalOf, digitsOf, kasFor, roundedKas, sumOfValues } from "../src/ui/money";
import { rangeOf, todayIn } from "../src/ui/ranges";
import { fill, gateway, MERCHANT, open, see, SIGNED_IN, submit, text, until, useFakeGateway } from "./gateway";

useFakeGateway();

const ME = "/api/v1/merchants/me";
const AT = "2026-11-30T12:00:00.000Z";
const EURO = { currency: "EUR", rate: "0.5", amount: "6.25", at: AT };
const whole = (amount: string) => ({ currency: "EUR", amount, knownAmount: amount, knownPayments: 1, unknownPayments: 0 });
const part = { currency: "EUR", knownAmount: "7.25", knownPayments: 2, unknownPayments: 3 };
const RATES = {
  enabled: true,
  currencies: ["EUR", "USD"],
  timestamp: AT,
  rates: [{ currency: "EUR", rate: "0.02758", at: AT, ageSeconds: 3, sources: [] }],
};

/** Changes a field as a person does, so that React hears of it. */
async function choose(field: string, value: string): Promise<void> {
  const element = document.querySelector<HTMLInputElement>(field);
  if (element === null) throw new Error(`no ${field}`);
  // Past the setter by which React notices its own changes.
  Object.getOwnPropertyDescriptor(Object.getPrototypeOf(element), "value")?.set?.call(element, value);
  const event = element.tagName === "SELECT" ? "change" : "input";
  await act(async () => void element.dispatchEvent(new Event(event, { bubbles: true })));
}

function inEuros(): void {
  const merchant = { ...MERCHANT, displayCurrency: "EUR" };
  gateway.answers["GET /api/v1/dashboard/session"] = { ...SIGNED_IN, merchant };
  gateway.answers[`GET ${ME}`] = merchant;
  gateway.answers["GET /api/v1/rates"] = RATES;
}

it("computes a price in KAS as the gateway does: rounded up at the eighth decimal", () => {
  expect(kasFor("19.99", "0.02758")).toBe("724.80058014");
  expect(kasFor("1", "3")).toBe("0.33333334");
  expect(kasFor("1999", "4.88")).toBe("409.63114755");
  for (const wrong of ["", "0", "1.", "-1", "1e3", "x"]) expect(kasFor(wrong, "3")).toBeUndefined();
  expect(kasFor("1", "0")).toBeUndefined();
});

it("rounds KAS in lists, halves up, and leaves what is short or small", () => {
  expect(roundedKas("12.345")).toBe("12.35");
  expect(roundedKas("12.344999")).toBe("12.34");
  expect(roundedKas("0.12345678")).toBe("0.1235");
  for (const exact of ["12.5", "3", "0.0001", "0.00000001"]) expect(roundedKas(exact)).toBeUndefined();
});

it("adds values without floats", () => {
  expect(digitsOf("12.50")).toEqual([1250n, 2]);
  expect([decimalOf(5n, 2), decimalOf(1999n, 0)]).toEqual(["0.05", "1999"]);
  expect(sumOfValues([whole("90071992547409.93"), part])).toEqual({ known: 9007199254741718n, decimals: 2, unknown: 3 });
});

it("knows the usual periods, also across a year", () => {
  expect(rangeOf("last-month", "2026-01-15")).toEqual({ from: "2025-12-01", to: "2025-12-31" });
  expect(rangeOf("last-month", "2026-03-01")).toEqual({ from: "2026-02-01", to: "2026-02-28" });
  expect(rangeOf("month", "2026-12-01")).toEqual({ from: "2026-12-01", to: "2026-12-01" });
  expect(rangeOf("last-year", "2026-12-01")).toEqual({ from: "2025-01-01", to: "2025-12-31" });
  const midnight = new Date("2026-11-30T23:30:00Z");
  expect([todayIn("UTC", midnight), todayIn("Asia/Tokyo", midnight)]).toEqual(["2026-11-30", "2026-12-01"]);
});

it("saves the display currency", async () => {
  gateway.answers["GET /api/v1/rates"] = RATES;
  gateway.answers[`PATCH ${ME}`] = { ...MERCHANT, displayCurrency: "USD" };
  await open("/settings/payments");
  await see("USD – US Dollar");
  fill("displayCurrency", "USD");
  await submit("displayCurrency");
  await until(() => gateway.asked.some(({ call }) => call === `PATCH ${ME}`), "the change");
  expect(gateway.last(`PATCH ${ME}`).body).toEqual({ displayCurrency: "USD" });
});

it("says that the gateway has no rates", async () => {
  gateway.answers["GET /api/v1/rates"] = { ...RATES, enabled: false, currencies: [], rates: [] };
  await open("/settings/payments");
  await see("KASGATE_RATES=on");
  await open("/sessions/new");
  await see("Amount (KAS)");
  expect(document.querySelector("[name=currency]")).toBeNull();
});

it("creates a payment in euros, with the KAS that it is worth now", async () => {
  inEuros();
  gateway.answers["POST /api/v1/sessions"] = { id: ID };
  await open("/sessions/new");
  await see("Currency");
  await choose("[name=currency]", "EUR");
  await see("Amount (EUR)");
  await choose("[name=amount]", "19.99");
  await see("About 724.80058014 KAS");
  await see("€0.02758");
  await submit("amount");
  await until(() => gateway.asked.some(({ call }) => call === "POST /api/v1/sessions"), "the payment");
  expect(gateway.last("POST /api/v1/sessions").body).toEqual({
    amount: { value: "19.99", currency: "EUR" },
    expiresIn: 1800,
  });
});

it("never shows the value of a part as the whole", async () => {
  inEuros();
  const session = { id: ID, orderId: "A-1", amount: "1", amountSompi: "1", status: "confirmed", confirmations: 10, createdAt: AT, expiresAt: AT, received: "1", receivedSompi: "1", paidState: "exact", attention: [] };
  gateway.answers[`GET ${ME}/sessions`] = {
    sessions: [
      { ...session, receivedValue: whole("6.25") },
      { ...session, id: "2", receivedValue: part },
      { ...session, id: "3", receivedValue: { ...part, knownPayments: 0 } },
      { ...session, id: "4" },
    ],
    total: 4,
    totalIsExact: true,
  };
  await open("/sessions");
  await see("€6.25");
  const cells = [...document.querySelectorAll("td[data-label=Value]")].map((cell) => cell.textContent);
  expect(cells).toEqual(["€6.25", "€7.25 + 3 without a value", "unknown", "–"]);
});

it("leads to the files of a period and to its statement", async () => {
  inEuros();
  await open("/exports?from=2026-11-01&to=2026-11-30&timeZone=Europe/Berlin");
  await see("Download file");
  const href = (): URLSearchParams =>
    new URL(document.querySelector("a[download]")?.getAttribute("href") ?? "", "http://x").searchParams;
  expect(Object.fromEntries(href())).toEqual({ format: "journal", from: "2026-11-01", to: "2026-11-30", timeZone: "Europe/Berlin" });
  await act(async () => document.querySelectorAll<HTMLElement>("input[type=radio]")[1]?.click());
  expect(href().get("format")).toBe("koinly");
  expect(text()).not.toContain("Choose a display currency");
  await open("/exports?from=2026-11-30&to=2026-11-01&timeZone=UTC");
  await see("The last day is before the first.");
  expect(document.querySelector("a[download]")).toBeNull();
});

it("shows a statement with its sums, days and payments", async () => {
  inEuros();
  const sum = (payments: number, received: string, value: object) => ({ payments, received, receivedSompi: "1", value });
  gateway.answers[`GET ${ME}/books/statement`] = {
    period: { first: "2026-11-01", last: "2026-11-30", timeZone: "Europe/Berlin", start: AT, end: AT },
    merchantName: "Tea & Sons",
    madeAt: AT,
    before: sum(1, "1", whole("0.50")),
    received: sum(5, "14.50000001", part),
    after: sum(6, "15.50000001", { ...part, knownAmount: "7.75" }),
    days: [{ date: "2026-11-01", ...sum(5, "14.50000001", part) }, { date: "2026-11-02", ...sum(0, "0", whole("0.00")) }],
    payments: [{ at: AT, date: "2026-11-01", time: "00:00:00", sessionId: ID, orderId: "A-1", txId: "ab".repeat(32), index: 0, amount: "12.5", amountSompi: "1250000000", value: EURO, status: "confirmed", late: true, overpaid: false, final: false }],
    areAllListed: false,
  };
  await open("/exports/statement?from=2026-11-01&to=2026-11-30&timeZone=Europe/Berlin");
  await see("Received in this period");
  expect(gateway.last(`GET ${ME}/books/statement`).query.get("timeZone")).toBe("Europe/Berlin");
  await see("November 1, 2026 to November 30, 2026");
  await see("The value of 3 payments is not known");
  await see("14.50000001");
  await see("€6.25");
  await see("late, not final yet");
  await see("The first 1 of 5 payments.");
  expect(document.querySelectorAll("[aria-labelledby=by-day] tbody tr")).toHaveLength(1);
});
