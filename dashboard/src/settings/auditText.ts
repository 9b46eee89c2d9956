/** The texts of the audit log. */

import { sompiToKas } from "@widget/format";
import type { AuditAction, AuditEntry } from "../api/types";
import { t } from "../texts";
import { nameOf } from "../texts/states";
import { formatKas } from "../ui/Figures";

const FIELDS: Readonly<Record<string, string>> = {
  name: t("the name"),
  email: t("the e-mail address"),
  webhook_url: t("the webhook URL"),
  xpub: t("the extended public key"),
  embed_origins: t("the allowed embed domains"),
  required_confirmations: t("the confirmations"),
  confirmation_tiers: t("the confirmations by amount"),
  underpayment_tolerance: t("the underpayment tolerance"),
  session_lifetime: t("the time to pay"),
  late_acceptance: t("the rule for late payments"),
  brand_color: t("the colour of the checkout"),
  support_url: t("the support page"),
  support_email: t("the support e-mail address"),
  logo: t("the logo"),
};

const SCOPES: Readonly<Record<string, string>> = {
  read: t("may read"),
  create: t("may create payments"),
  manage: t("may do everything"),
};

type Details = AuditEntry["details"];

const named = ({ name }: Details): string => (name === undefined ? t("an API key") : t("the API key “{{name}}”", { name }));
const scoped = ({ scope }: Details): string => {
  const may = scope === undefined ? undefined : SCOPES[scope];
  return may === undefined ? "" : t(", which {{may}}", { may });
};

function changed({ changed: fields = "" }: Details): string {
  const words = fields.split(", ").map((field) => FIELDS[field] ?? field.replaceAll("_", " "));
  return t("Changed {{what}}", { what: words.join(", ") });
}

function refused({ wrong, leftOut }: Details): string {
  const what = wrong === "code" ? t("Sign-in failed: the code was wrong") : t("Sign-in failed: the password was wrong");
  return leftOut === undefined ? what : `${what} ${t("(and {{count, number}} more times)", { count: Number(leftOut) })}`;
}

const DEEDS: Readonly<Record<AuditAction, (details: Details) => string>> = {
  "session.accepted": () => t("Accepted a payment as paid"),
  "session.failed": () => t("Marked a payment as failed"),
  "session.dismissed": () => t("Dismissed the notice of a payment"),
  "dashboard.signed_in": () => t("Signed in to the dashboard"),
  "dashboard.signed_out": () => t("Signed out of the dashboard"),
  "dashboard.revoked": () => t("Signed another browser out"),
  "dashboard.link_created": () => t("Created a one-time link to sign in"),
  "dashboard.sign_in_failed": refused,
  "dashboard.reauthenticated": () => t("Confirmed password and code again"),
  "password.set_up": () => t("Set up a password for signing in"),
  "password.changed": () => t("Changed the password or its login"),
  "password.removed": () => t("Removed the password"),
  "password.recovery_codes_renewed": () => t("Created new recovery codes"),
  "merchant.changed": changed,
  "merchant.api_key_created": (details) => t("Created {{what}}", { what: named(details) + scoped(details) }),
  "merchant.api_key_renamed": ({ before, name }) => t("Renamed the API key “{{before}}” to “{{name}}”", { before, name }),
  "merchant.api_key_revoked": (details) => t("Revoked {{what}}", { what: named(details) }),
  "merchant.api_key_regenerated": (details) => t("Replaced {{what}}", { what: named(details) }),
  "merchant.webhook_secret_regenerated": () => t("Rotated the webhook signing secret"),
};

/** The action as a sentence. An action of a newer gateway has no text in an older dashboard. */
export function actionOf({ action, details }: AuditEntry): string {
  return DEEDS[action]?.(details) ?? t("Unknown action: reload the page to update the dashboard");
}

const HANDS: Readonly<Record<string, string>> = {
  api_key: t("With the API key"),
  dashboard: t("In the dashboard, signed in with the API key"),
  password: t("With the password"),
  link: t("With a one-time link"),
  operator: t("The operator, on the gateway's machine"),
};

/** The key or password that was used, and the address it was used from. */
export function authorOf({ actor, key, ip }: AuditEntry): string {
  const hand = HANDS[actor] ?? t("In another way");
  const who = key !== undefined ? `${hand} “${key}”` : actor === "dashboard" ? t("In the dashboard") : hand;
  return ip === undefined ? who : t("{{who}}, from {{address}}", { who, address: ip });
}

/** The payment's state before the decision. */
export function beforeOf({ details }: AuditEntry): string | undefined {
  const { status, amountSompi, receivedSompi } = details;
  if (status === undefined || amountSompi === undefined || receivedSompi === undefined) return undefined;
  const [received, amount] = [receivedSompi, amountSompi].map((sompi) => formatKas(sompiToKas(sompi)));
  return t("Before: {{status}}, {{received}} of {{amount}} KAS received.", { status: nameOf(status), received, amount });
}
