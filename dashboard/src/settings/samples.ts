/** Made-up payments, one for each state that the preview of the checkout shows. */

import type { Merchant } from "../api/types";
import { t } from "../texts";
import { textColor } from "./contrast";

export const STATES = ["waiting", "partial", "confirming", "paid", "expired", "cancelled"] as const;
export type State = (typeof STATES)[number];

const TX = "5a".repeat(32);
const DUE = 1_250_000_000;
const HALF = DUE / 2;
const MINUTE_MS = 60_000;

/** What the form has now, saved or not. */
export interface Branding {
  color: string | undefined;
  logoUrl: string | undefined;
  supportUrl: string | undefined;
  supportEmail: string | undefined;
}

const NOTHING_PAID = { status: "pending", receivedSompi: "0", remainingSompi: String(DUE), dueSompi: String(DUE), paidState: "none" };
const ALL_PAID = { receivedSompi: String(DUE), remainingSompi: "0", dueSompi: "0", paidState: "exact", txId: TX };

const payment = (amountSompi: number, state: string) => ({
  txId: TX,
  index: 0,
  amountSompi: String(amountSompi),
  state,
  late: false,
});

function fieldsOf(state: State): object {
  switch (state) {
    case "waiting":
      return NOTHING_PAID;
    case "partial":
      return {
        ...{ status: "pending", paidState: "partial" },
        ...{ receivedSompi: String(HALF), remainingSompi: String(HALF), dueSompi: String(HALF) },
        payments: [payment(HALF, "confirmed")],
      };
    case "confirming":
      return { ...ALL_PAID, status: "confirming", confirmations: 4, payments: [payment(DUE, "accepted")] };
    case "paid":
      return { ...ALL_PAID, status: "confirmed", confirmations: 10, payments: [payment(DUE, "confirmed")] };
    case "expired":
      return { ...NOTHING_PAID, status: "expired" };
    case "cancelled":
      return { ...NOTHING_PAID, status: "expired", cancelled: true };
  }
}

/** The branding as the gateway sends it; undefined without any. */
function brandOf({ color, ...others }: Branding): object | undefined {
  const brand = Object.fromEntries(
    Object.entries({ color, ...others }).filter(([, value]) => value !== undefined && value !== ""),
  );
  if (color !== undefined) brand["textColor"] = textColor(color);
  return Object.keys(brand).length === 0 ? undefined : brand;
}

/** A payment as `GET /api/v1/sessions/{id}` answers it. No wallet accepts its address. */
export function sampleOf(state: State, merchant: Merchant, branding: Branding): Record<string, unknown> {
  const now = Date.now();
  const brand = brandOf(branding);
  return {
    id: "00000000-0000-4000-8000-000000000000",
    address: `kaspa:q${"preview".repeat(8)}`,
    network: "mainnet",
    amount: "12.5",
    amountSompi: String(DUE),
    confirmations: 0,
    requiredConfirmations: 10,
    orderId: "A-1001",
    description: t("Two flat whites, table 7"),
    merchantName: merchant.name,
    createdAt: new Date(now - MINUTE_MS).toISOString(),
    expiresAt: new Date(now + 25 * MINUTE_MS).toISOString(),
    serverTime: new Date(now).toISOString(),
    late: false,
    cancelled: false,
    delayed: false,
    payments: [],
    ...(brand === undefined ? {} : { brand }),
    ...fieldsOf(state),
  };
}
