/** What came of a session, in words: where it stands, and what is out of the ordinary about it. */

import type { AttentionReason } from "../api/types";
import { Badge } from "./Figures";

interface Came {
  status: string;
  cancelled: boolean;
  paidState: string;
  late: boolean;
}

const TAGS: readonly (readonly [tag: string, holds: (session: Came) => boolean])[] = [
  ["late", ({ late }) => late],
  ["partial", ({ paidState }) => paidState === "partial"],
  ["over", ({ paidState }) => paidState === "over"],
];

/** Who cancelled knows that it did not just run out. */
export function Standing({ session }: { session: Pick<Came, "status" | "cancelled"> }) {
  return <Badge state={session.status === "expired" && session.cancelled ? "cancelled" : session.status} />;
}

export function Tags({ session }: { session: Came }) {
  return TAGS.filter(([, holds]) => holds(session)).map(([tag]) => <Badge key={tag} state={tag} />);
}

/** Why somebody has to look. */
export const WHY: Readonly<Record<AttentionReason, string>> = {
  late: "Money came late",
  partial: "Paid in part and closed",
  overpaid: "Paid too much",
  reverted: "A payment was reverted",
};
