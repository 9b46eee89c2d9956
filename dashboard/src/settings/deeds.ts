/** The lines of the audit log in words. */

import { sompiToKas } from "@widget/format";
import type { AuditAction, AuditEntry } from "../api/types";
import { formatKas } from "../ui/Figures";

const FIELDS: Readonly<Record<string, string>> = {
  name: "the name",
  email: "the e-mail address",
  webhook_url: "the webhook URL",
  xpub: "the wallet's key",
  embed_origins: "the sites that may frame the checkout",
  required_confirmations: "the confirmations",
  confirmation_tiers: "the confirmations by amount",
  underpayment_tolerance: "how much may be missing",
  session_lifetime: "the time to pay",
  late_acceptance: "the rule for late money",
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
  return `Was refused at the door: ${what}${leftOut === undefined ? "" : ` (and ${leftOut} times more)`}`;
}

const DEEDS: Readonly<Record<AuditAction, (details: Details) => string>> = {
  "session.accepted": () => "Accepted a payment as paid",
  "session.failed": () => "Marked a payment as failed",
  "session.dismissed": () => "Dismissed what needed attention about a payment",
  "dashboard.signed_in": () => "Signed in to the dashboard",
  "dashboard.signed_out": () => "Signed out of the dashboard",
  "dashboard.revoked": () => "Signed another browser out",
  "dashboard.sign_in_failed": refused,
  "dashboard.reauthenticated": () => "Showed password and code once more",
  "password.set_up": () => "Set up a password for signing in",
  "password.changed": () => "Changed the password or its login",
  "password.removed": () => "Removed the password",
  "password.recovery_codes_renewed": () => "Made new recovery codes",
  "merchant.changed": changed,
  "merchant.api_key_created": (details) => `Made ${named(details)}${scoped(details)}`,
  "merchant.api_key_renamed": ({ before, name }) => `Renamed the API key “${before}” to “${name}”`,
  "merchant.api_key_revoked": (details) => `Revoked ${named(details)}`,
  "merchant.api_key_regenerated": (details) => `Replaced ${named(details)} by a new one`,
  "merchant.webhook_secret_regenerated": () => "Made a new signing secret for webhooks",
};

/** What was done; an action of a gateway that is newer than this page is not guessed at. */
export function deedOf({ action, details }: AuditEntry): string {
  return DEEDS[action]?.(details) ?? "Did something that this page is too old to name";
}

const HANDS: Readonly<Record<string, string>> = {
  api_key: "With the API key",
  dashboard: "In the dashboard, signed in with the API key",
  password: "With the password",
};

/** By whose hand, and from where. */
export function handOf({ actor, key, ip }: AuditEntry): string {
  const hand = HANDS[actor] ?? "By another way";
  const who = key === undefined ? hand.replace(", signed in with the API key", "") : `${hand} “${key}”`;
  return ip === undefined ? who : `${who}, from ${ip}`;
}

/** How a session stood before somebody decided about it. */
export function beforeOf({ details }: AuditEntry): string | undefined {
  const { status, amountSompi, receivedSompi } = details;
  if (status === undefined || amountSompi === undefined || receivedSompi === undefined) return undefined;
  const [received, amount] = [receivedSompi, amountSompi].map((sompi) => formatKas(sompiToKas(sompi)));
  return `It was ${status}; ${received} of ${amount} KAS had come.`;
}
