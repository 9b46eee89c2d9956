/** The names of states and kinds that the API sends. An unknown one is shown as it is. */

import { t } from ".";

const NAMES: Readonly<Record<string, string>> = {
  // Payments
  created: t("created"),
  pending: t("pending"),
  confirming: t("confirming"),
  confirmed: t("confirmed"),
  expired: t("expired"),
  failed: t("failed"),
  cancelled: t("cancelled"),
  unpaid: t("expired or cancelled"),
  late: t("late"),
  partial: t("partial"),
  over: t("over"),
  exact: t("exact"),
  none: t("none"),
  // Transactions
  seen: t("seen"),
  accepted: t("accepted"),
  withdrawn: t("withdrawn"),
  // Deliveries
  delivered: t("delivered"),
  // Periods
  day: t("day"),
  week: t("week"),
  month: t("month"),
  year: t("year"),
};

/** The name of a state of the API in the chosen language. */
export const nameOf = (state: string): string => NAMES[state] ?? state;
