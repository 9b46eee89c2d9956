import type { Scope } from "../api/types";

/** The permissions of each scope, from least to most. */
export const SCOPES: Record<Scope, { label: string; means: string }> = {
  read: {
    label: "Read",
    means: "Can see everything and change nothing. For bookkeeping and statistics.",
  },
  create: {
    label: "Create payments",
    means: "Can also create payments and cancel unpaid ones. For your shop's server.",
  },
  manage: {
    label: "Manage",
    means: "Can do everything: settings, decisions, secrets and keys. Needed to sign in here.",
  },
};
