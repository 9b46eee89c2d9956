/** What a shopper is shown for a session as it stands: pure, no clock, no page. */

import { kasToSompi } from "./format";
import type { Session } from "./api";

/** One per picture of the checkout; `ending` is the moment between the deadline and its verdict. */
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

/** Scenes in which money may be sent. */
export const PAYABLE: readonly Scene[] = ["waiting", "partial"];
/** Scenes after which nothing is waited for. */
export const CLOSED_UNPAID: readonly Scene[] = ["expired", "late", "cancelled", "failed"];

/** `left`: milliseconds to the deadline, by the server's clock. */
export function sceneOf(session: Session, left: number): Scene {
  switch (session.status) {
    case "created":
    case "pending":
      if (session.payments.some((payment) => payment.state === "seen")) return "seen";
      // While the gateway is blind it expires nothing, and so don't we.
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

/** The last fifth of the time, and at least the last minute of it. */
export function isHurried(left: number, whole: number): boolean {
  return left <= Math.max(MINUTE_MS, whole / 5);
}

/** What to send now, in sompi. */
export function dueOf(session: Session): bigint {
  const isPartial = session.paidState === "partial";
  return isPartial ? BigInt(session.dueSompi) : kasToSompi(session.amount);
}

/** By how much that exceeds what remains, since no wallet can send so little. */
export function roundedUpBy(session: Session): bigint {
  return BigInt(session.dueSompi) - BigInt(session.remainingSompi);
}

export function surplusOf(session: Session): bigint {
  return BigInt(session.receivedSompi) - kasToSompi(session.amount);
}

/** The least that ordinary wallets can send, so that less can't be sent back either: 0.1 KAS. */
const SMALLEST_PAYABLE = 10_000_000n;

export function isSmallSurplus(session: Session): boolean {
  return surplusOf(session) < SMALLEST_PAYABLE;
}

/** Seconds until the required confirmations, at the ten blocks a second that Kaspa makes. */
export function secondsLeft(session: Session): number {
  return Math.max(1, Math.ceil((session.requiredConfirmations - session.confirmations) / 10));
}

/** What a change means that is told in words, not only by how things now stand. */
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
