/** The texts of the audit log. */

import { sompiToKas } from "@widget/format";
import type { AuditAction, AuditEntry } from "../api/types";
import { formatKas } from "../ui/Figures";

const FIELDS: Readonly<Record<string, string>> = {
  name: "the name",
  email: "the e-mail address",
  webhook_url: "the webhook URL",
  xpub: "the extended public key",
  embed_origins: "the sites that may embed the checkout",
  required_confirmations: "the confirmations",
  confirmation_tiers: "the confirmations by amount",
  underpayment_tolerance: "the underpayment tolerance",
  session_lifetime: "the time to pay",
  late_acceptance: "the rule for late payments",
};

const SCOPES: Readonly<Record<string, string>> = {
  read: "may read",
  create: "may create payments",
  manage: "may do everything",
};

type Details = AuditEntry["details"];

const named = ({ name }: Details): string => (name === undefined ? "an API key" : `the API key “${name}”`);
const scoped = ({ scope }: Details): string => {
  const may = scope === undefined ? undefined : SCOPES[scope];
  return may === undefined ? "" : `, which ${may}`;
};

function changed({ changed: fields = "" }: Details): string {
  const words = fields.split(", ").map((field) => FIELDS[field] ?? field.replaceAll("_", " "));
  return `Changed ${words.join(", ")}`;
}

function refused({ wrong, leftOut }: Details): string {
  const what = wrong === "code" ? "the code was wrong" : "the password was wrong";
  return `Sign-in failed: ${what}${leftOut === undefined ? "" : ` (and ${leftOut} more times)`}`;
}

const DEEDS: Readonly<Record<AuditAction, (details: Details) => string>> = {
  "session.accepted": () => "Accepted a payment as paid",
  "session.failed": () => "Marked a payment as failed",
  "session.dismissed": () => "Dismissed the notice of a payment",
  "dashboard.signed_in": () => "Signed in to the dashboard",
  "dashboard.signed_out": () => "Signed out of the dashboard",
  "dashboard.revoked": () => "Signed another browser out",
  "dashboard.link_created": () => "Created a one-time link to sign in",
  "dashboard.sign_in_failed": refused,
  "dashboard.reauthenticated": () => "Confirmed password and code again",
  "password.set_up": () => "Set up a password for signing in",
  "password.changed": () => "Changed the password or its login",
  "password.removed": () => "Removed the password",
  "password.recovery_codes_renewed": () => "Created new recovery codes",
  "merchant.changed": changed,
  "merchant.api_key_created": (details) => `Created ${named(details)}${scoped(details)}`,
  "merchant.api_key_renamed": ({ before, name }) => `Renamed the API key “${before}” to “${name}”`,
  "merchant.api_key_revoked": (details) => `Revoked ${named(details)}`,
  "merchant.api_key_regenerated": (details) => `Replaced ${named(details)}`,
  "merchant.webhook_secret_regenerated": () => "Rotated the webhook signing secret",
};

/** The action as a sentence. An action of a newer gateway has no text in an older dashboard. */
export function actionOf({ action, details }: AuditEntry): string {
  return DEEDS[action]?.(details) ?? "Unknown action: reload the page to update the dashboard";
}

const HANDS: Readonly<Record<string, string>> = {
  api_key: "With the API key",
  dashboard: "In the dashboard, signed in with the API key",
  password: "With the password",
  link: "With a one-time link",
  operator: "The operator, on the gateway's machine",
};

/** The key or password that was used, and the address it was used from. */
export function authorOf({ actor, key, ip }: AuditEntry): string {
  const hand = HANDS[actor] ?? "In another way";
  const who = key === undefined ? hand.replace(", signed in with the API key", "") : `${hand} “${key}”`;
  return ip === undefined ? who : `${who}, from ${ip}`;
}

/** The payment's state before the decision. */
export function beforeOf({ details }: AuditEntry): string | undefined {
  const { status, amountSompi, receivedSompi } = details;
  if (status === undefined || amountSompi === undefined || receivedSompi === undefined) return undefined;
  const [received, amount] = [receivedSompi, amountSompi].map((sompi) => formatKas(sompiToKas(sompi)));
  return `Before: ${status}, ${received} of ${amount} KAS received.`;
}
