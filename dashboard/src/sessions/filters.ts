/** The filters of the payments' list, in the page's address. */

import { STATUSES } from "@widget/api";
import type { Query } from "../api/client";
import { ATTENTION_REASONS, PAID_STATES } from "../api/types";
import { ownZone } from "../ui/zones";

/** The statuses as a merchant sees them: the API calls a cancelled payment expired. `unpaid` is both. */
export const SHOWN_STATUSES = [...STATUSES, "cancelled", "unpaid"] as const;
type Shown = (typeof SHOWN_STATUSES)[number];

/** Payments that need attention: for any reason, or for one. */
export const ATTENTIONS = ["any", ...ATTENTION_REASONS] as const;
type Attention = (typeof ATTENTIONS)[number];

const NAMES = ["q", "status", "paidState", "attention", "createdFrom", "createdTo", "late"] as const;

/** As in the address. */
export type Filters = Partial<Record<(typeof NAMES)[number], string>>;
export const FILTERS: readonly (keyof Filters)[] = NAMES;

type Asked = Query<"GET", "/api/v1/merchants/me/sessions">;

/** The filter of the list for a status of the API. */
export const statusFilter = (status: string): Filters => ({ status: status === "expired" ? "unpaid" : status });

/** The filters that are set and known. */
export function filtersIn(query: URLSearchParams): Filters {
  const known: Filters = {};
  for (const name of NAMES) {
    const value = query.get(name);
    if (value !== null && value !== "" && isKnown(name, value)) known[name] = value;
  }
  // As older links have it.
  if (query.get("needsAttention") === "true") known.attention ??= "any";
  return known;
}

function isKnown(name: keyof Filters, value: string): boolean {
  if (name === "status") return SHOWN_STATUSES.some((each) => each === value);
  if (name === "paidState") return PAID_STATES.some((each) => each === value);
  if (name === "attention") return ATTENTIONS.some((each) => each === value);
  if (name === "late") return value === "true";
  return true;
}

/** The filters as the API takes them. Days are those of the dashboard's time zone. */
export function asked({ status, late, attention, paidState, ...rest }: Filters): Asked {
  const hasDays = rest.createdFrom !== undefined || rest.createdTo !== undefined;
  return {
    ...rest,
    ...statusAsked(status as Shown | undefined),
    ...(paidState === undefined ? {} : { paidState: paidState as NonNullable<Asked["paidState"]> }),
    ...(late === undefined ? {} : { late: true }),
    ...attentionAsked(attention as Attention | undefined),
    ...(hasDays ? { timeZone: ownZone() } : {}),
  };
}

function attentionAsked(attention: Attention | undefined): Asked {
  if (attention === undefined) return {};
  return attention === "any" ? { needsAttention: true } : { attention };
}

function statusAsked(status: Shown | undefined): Asked {
  if (status === undefined) return {};
  if (status === "unpaid") return { status: "expired" };
  if (status === "cancelled") return { status: "expired", cancelled: true };
  return status === "expired" ? { status, cancelled: false } : { status };
}
