/** The calls that the pages make, by name. */

import { call, idempotencyKey, Problem, setCsrfToken, type Proof } from "./client";
import type * as T from "./types";

const ME = "/api/v1/merchants/me";
const AUTH = "/api/v1/dashboard";
const SESSIONS = "/api/v1/sessions";

type Query = Record<string, string | undefined>;
type Signal = AbortSignal | undefined;

function remember(signedIn: T.SignedIn): T.SignedIn {
  setCsrfToken(signedIn.csrfToken);
  return signedIn;
}

/** Exchanges the key for a cookie; the key is not kept. */
export async function signIn(apiKey: string): Promise<T.SignedIn> {
  return remember(await call<T.SignedIn>("POST", `${AUTH}/login`, { body: { apiKey } }));
}

/** As signIn, for a password and a code of the authenticator, or a recovery code. */
export async function signInByPassword(body: T.PasswordSignIn): Promise<T.SignedIn> {
  return remember(await call<T.SignedIn>("POST", `${AUTH}/password-login`, { body }));
}

/** Password and code once more; the gateway remembers it for five minutes. */
export const showPassword = (password: string, code: string): Promise<{ freshUntil: string }> =>
  call("POST", `${AUTH}/reauthenticate`, { body: { password, code } });

export const passwordState = (signal: Signal): Promise<T.PasswordState> =>
  call("GET", `${AUTH}/password`, { signal });
/** Nothing counts before the first code is confirmed. */
export const beginPassword = (
  login: string,
  password: string,
  reauth: Proof,
): Promise<T.PasswordSetup> => call("POST", `${AUTH}/password`, { body: { login, password }, reauth });
export const confirmPassword = (code: string): Promise<T.RecoveryCodes> =>
  call("POST", `${AUTH}/password/confirm`, { body: { code } });
export const changePassword = (body: object, reauth: Proof): Promise<T.PasswordState> =>
  call("PATCH", `${AUTH}/password`, { body, reauth });
export const newRecoveryCodes = (reauth: Proof): Promise<T.RecoveryCodes> =>
  call("POST", `${AUTH}/password/recovery-codes`, { reauth });
export const removePassword = (reauth: Proof): Promise<unknown> =>
  call("DELETE", `${AUTH}/password`, { reauth });

/** Who is signed in; null is nobody. */
export async function whoAmI(signal: Signal): Promise<T.SignedIn | null> {
  try {
    return remember(await call<T.SignedIn>("GET", `${AUTH}/session`, { signal }));
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return null;
    throw error;
  }
}

export async function signOut(): Promise<void> {
  await call("POST", `${AUTH}/logout`);
  setCsrfToken(undefined);
}

export const dashboardSessions = (signal: Signal): Promise<{ sessions: T.DashboardSession[] }> =>
  call("GET", `${AUTH}/sessions`, { signal });
export const endDashboardSession = (id: string): Promise<unknown> =>
  call("DELETE", `${AUTH}/sessions/${encodeURIComponent(id)}`);

const codeHeader = (code: string): Record<string, string> =>
  code === "" ? {} : { "X-KasGate-Setup-Code": code };
export const register = (body: T.NewMerchant, setupCode: string): Promise<T.Registered> =>
  call("POST", "/api/v1/merchants", {
    body,
    headers: codeHeader(setupCode),
  });
/** Who may register may look; the setup code is needed where it is for registering. */
export const previewXpub = (xpub: string, setupCode = ""): Promise<T.XpubPreview> =>
  call("POST", `${ME}/xpub-preview`, { body: { xpub }, headers: codeHeader(setupCode) });
export const ADDRESSES_EXPORT = `${ME}/addresses?format=csv`;
export const addresses = (signal: Signal): Promise<T.UsedAddresses> =>
  call("GET", `${ME}/addresses`, { query: { limit: "1" }, signal });
export const profile = (signal: Signal): Promise<T.Merchant> => call("GET", ME, { signal });
export const changeProfile = (body: object, reauth?: Proof): Promise<T.Merchant> =>
  call("PATCH", ME, { body, reauth });
export const newApiKey = (reauth: Proof): Promise<{ apiKey: string }> =>
  call("POST", `${ME}/regenerate-api-key`, { reauth });
export const newWebhookSecret = (reauth: Proof): Promise<{ webhookSecret: string }> =>
  call("POST", `${ME}/regenerate-webhook-secret`, { reauth });
export const audit = (query: Query, signal: Signal): Promise<T.AuditPage> =>
  call("GET", `${ME}/audit`, { query, signal });

export const stats = (signal: Signal): Promise<T.Stats> => call("GET", `${ME}/stats`, { signal });
export const analytics = (period: T.Period, signal: Signal): Promise<T.Analytics> =>
  call("GET", `${ME}/analytics`, { query: { period }, signal });
export const health = (signal: Signal): Promise<T.Health> =>
  call("GET", "/health/detailed", { signal });

export const SESSIONS_EXPORT = `${ME}/sessions/export`;
export const sessions = (query: Query, signal: Signal): Promise<T.SessionPage> =>
  call("GET", `${ME}/sessions`, { query, signal });
const one = (id: string): string => `${SESSIONS}/${encodeURIComponent(id)}`;
export const session = (id: string, signal: Signal): Promise<T.SessionDetail> =>
  call("GET", one(id), { signal });
export const createSession = (body: T.NewSession, key: string): Promise<T.CreatedSession> =>
  call("POST", SESSIONS, { body, headers: { "Idempotency-Key": key } });
export const cancelSession = (id: string): Promise<unknown> => call("POST", `${one(id)}/cancel`);
export const decideSession = (
  id: string,
  decision: "accept" | "fail",
  note: string,
): Promise<unknown> =>
  call("POST", `${one(id)}/${decision}`, {
    body: { note },
    headers: { "Idempotency-Key": idempotencyKey() },
  });

export const events = (query: Query, signal: Signal): Promise<T.EventPage> =>
  call("GET", "/api/v1/events", { query, signal });
export const resendEvent = (id: string): Promise<unknown> =>
  call("POST", `/api/v1/events/${encodeURIComponent(id)}/resend`);
export const deliveries = (query: Query, signal: Signal): Promise<T.DeliveryPage> =>
  call("GET", `${ME}/webhook-logs`, { query, signal });
export const retryDelivery = (id: string): Promise<unknown> =>
  call("POST", `${ME}/webhook-logs/${encodeURIComponent(id)}/retry`);
export const retryFailed = (since: string): Promise<T.Queued> =>
  call("POST", `${ME}/webhook-logs/retry-failed`, { body: { since } });
export const testWebhook = (): Promise<T.WebhookTrial> =>
  call("POST", `${ME}/webhook-test`);
