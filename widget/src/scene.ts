/** Chooses what a shopper sees for a session: pure functions, without clock or page. */

import { kasToSompi } from "./format";
import type { Session } from "./api";

/** The views of the checkout. `ending`: after the deadline, before the gateway has decided. */
export type Scene =
  | "waiting"
  | "partial"
  | "ending"
  | "seen"
  | "confirming"
  | "paid"
  | "over"
  | "expired"
  | "late"
  | "cancelled"
  | "failed";

/** Scenes that ask for a payment. */
export const PAYABLE: readonly Scene[] = ["waiting", "partial"];
/** Scenes of a payment that closed unpaid. */
export const CLOSED_UNPAID: readonly Scene[] = ["expired", "late", "cancelled", "failed"];

/** The scene of a session. `left`: milliseconds to the deadline, by the server's clock. */
export function sceneOf(session: Session, left: number): Scene {
  switch (session.status) {
    case "created":
    case "pending":
      if (session.payments.some((payment) => payment.state === "seen")) return "seen";
      // Without a working node the gateway expires nothing, and neither does the widget.
      if (left <= 0 && !session.delayed) return "ending";
      return session.paidState === "partial" ? "partial" : "waiting";
    case "confirming":
      return "confirming";
    case "confirmed":
      return session.paidState === "over" ? "over" : "paid";
    case "expired":
      if (session.late) return "late";
      return session.cancelled ? "cancelled" : "expired";
    case "failed":
      return "failed";
  }
}

const MINUTE_MS = 60_000;

/** Whether to warn: in the last fifth of the time, and at least in the last minute. */
export function isHurried(left: number, whole: number): boolean {
  return left <= Math.max(MINUTE_MS, whole / 5);
}

/** The amount to send now, in sompi. */
export function dueOf(session: Session): bigint {
  const isPartial = session.paidState === "partial";
  return isPartial ? BigInt(session.dueSompi) : kasToSompi(session.amount);
}

/** How far `dueSompi` exceeds `remainingSompi`, because wallets cannot send so little. */
export function roundedUpBy(session: Session): bigint {
  return BigInt(session.dueSompi) - BigInt(session.remainingSompi);
}

export function surplusOf(session: Session): bigint {
  return BigInt(session.receivedSompi) - kasToSompi(session.amount);
}

/** 0.1 KAS, the least that ordinary wallets can send: a smaller surplus cannot be returned. */
const SMALLEST_PAYABLE = 10_000_000n;

export function isSmallSurplus(session: Session): boolean {
  return surplusOf(session) < SMALLEST_PAYABLE;
}

/** Seconds until the required confirmations, at Kaspa's ten blocks per second. */
export function secondsLeft(session: Session): number {
  return Math.max(1, Math.ceil((session.requiredConfirmations - session.confirmations) / 10));
}

/** The notice for a payment that went backwards; undefined if it did not. */
export function reversalOf(
  before: Session | undefined,
  now: Session,
): "reverted" | "recount" | undefined {
  const wasWithdrawn = now.payments.some((payment) => payment.state === "withdrawn");
  const isUnpaid = now.status === "pending" || now.status === "created";
  if (before === undefined) return isUnpaid && wasWithdrawn ? "reverted" : undefined;
  if (isUnpaid && before.status === "confirming") return "reverted";
  if (isUnpaid && BigInt(now.receivedSompi) < BigInt(before.receivedSompi)) return "reverted";
  const isLess = now.confirmations < before.confirmations;
  return now.status === "confirming" && before.status === "confirming" && isLess
    ? "recount"
    : undefined;
}
