import type { Scope } from "../api/types";

/** What a key of each scope may do, from the least to everything. */
export const SCOPES: Record<Scope, { label: string; means: string }> = {
  read: {
    label: "Read",
    means: "Sees everything and changes nothing. For bookkeeping and statistics.",
  },
  create: {
    label: "Create payments",
    means: "Also makes payments, and cancels those that nobody paid. For your shop's server.",
  },
  manage: {
    label: "Manage",
    means: "Does everything: settings, decisions, secrets, keys. For signing in here.",
  },
};
