import type { Scope } from "../api/types";
import { t } from "../texts";

/** The permissions of each scope, from least to most. */
export const SCOPES: Record<Scope, { label: string; means: string }> = {
  read: {
    label: t("Read"),
    means: t("Can see everything and change nothing. For bookkeeping and statistics."),
  },
  create: {
    label: t("Create payments"),
    means: t("Can also create payments and cancel unpaid ones. For your shop's server."),
  },
  manage: {
    label: t("Manage"),
    means: t("Can do everything: settings, decisions, secrets and keys. Needed to sign in here."),
  },
};
