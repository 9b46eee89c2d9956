/** The filters of the payments' list, in the page's address. */

import { STATUSES } from "@widget/api";
import type { Query } from "../api/client";
import { PAID_STATES } from "../api/types";

/** The statuses as a merchant sees them: the API calls a cancelled payment expired. `unpaid` is both. */
export const SHOWN_STATUSES = [...STATUSES, "cancelled", "unpaid"] as const;
type Shown = (typeof SHOWN_STATUSES)[number];

const NAMES = ["q", "status", "paidState", "createdFrom", "createdTo", "late", "needsAttention"] as const;

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
  return known;
}

function isKnown(name: keyof Filters, value: string): boolean {
  if (name === "status") return SHOWN_STATUSES.some((each) => each === value);
  if (name === "paidState") return PAID_STATES.some((each) => each === value);
  if (name === "late" || name === "needsAttention") return value === "true";
  return true;
}

/** The filters as the API takes them. */
export function asked({ status, late, needsAttention, paidState, ...rest }: Filters): Asked {
  return {
    ...rest,
    ...statusAsked(status as Shown | undefined),
    ...(paidState === undefined ? {} : { paidState: paidState as NonNullable<Asked["paidState"]> }),
    ...(late === undefined ? {} : { late: true }),
    ...(needsAttention === undefined ? {} : { needsAttention: true }),
  };
}

function statusAsked(status: Shown | undefined): Asked {
  if (status === undefined) return {};
  if (status === "unpaid") return { status: "expired" };
  if (status === "cancelled") return { status: "expired", cancelled: true };
  return status === "expired" ? { status, cancelled: false } : { status };
}
