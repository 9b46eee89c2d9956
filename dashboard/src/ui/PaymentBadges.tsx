/** A payment's status, and badges for what is unusual about it. */

import type { AttentionReason } from "../api/types";
import { Badge } from "./Figures";
import { t } from "../texts";

interface PaymentState {
  status: string;
  cancelled: boolean;
  paidState: string;
  late: boolean;
}

const TAGS: readonly (readonly [tag: string, holds: (session: PaymentState) => boolean])[] = [
  ["late", ({ late }) => late],
  ["partial", ({ paidState }) => paidState === "partial"],
  ["over", ({ paidState }) => paidState === "over"],
];

/** Shows a cancelled payment as cancelled, although its status in the API is expired. */
export function Standing({ session }: { session: Pick<PaymentState, "status" | "cancelled"> }) {
  return <Badge state={session.status === "expired" && session.cancelled ? "cancelled" : session.status} />;
}

export function Tags({ session }: { session: PaymentState }) {
  return TAGS.filter(([, holds]) => holds(session)).map(([tag]) => <Badge key={tag} state={tag} />);
}

/** Why a payment needs attention. */
export const WHY: Readonly<Record<AttentionReason, string>> = {
  late: t("Paid late"),
  partial: t("Underpaid"),
  overpaid: t("Overpaid"),
  reverted: t("Transaction reverted"),
};
