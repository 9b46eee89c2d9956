/** The calls that the pages make, by name. Their types come from the OpenAPI document. */

import { BASE_PATH } from "../place";
import { call, idempotencyKey, Problem, setCsrfToken, type Proof, type Query } from "./client";
import type * as T from "./types";

type Signal = AbortSignal | undefined;

export const ADDRESSES_EXPORT = `${BASE_PATH}/api/v1/merchants/me/addresses?format=csv`;
export const SESSIONS_EXPORT = `${BASE_PATH}/api/v1/merchants/me/sessions/export`;
export const BOOKS_EXPORT = `${BASE_PATH}/api/v1/merchants/me/books/export`;

function remember(signedIn: T.SignedIn): T.SignedIn {
  setCsrfToken(signedIn.csrfToken);
  return signedIn;
}

/** Exchanges the key for a cookie. The key is not stored. */
export async function signIn(apiKey: string): Promise<T.SignedIn> {
  return remember(await call("POST", "/api/v1/dashboard/login", { body: { apiKey } }));
}

/** Signs in with the token of a one-time link. */
export async function signInByLink(token: string): Promise<T.SignedIn> {
  return remember(await call("POST", "/api/v1/dashboard/link-login", { body: { token } }));
}

/** Signs in with a password and a code: of the authenticator, or a recovery code. */
export async function signInByPassword(body: T.PasswordSignIn): Promise<T.SignedIn> {
  return remember(await call("POST", "/api/v1/dashboard/password-login", { body }));
}

/** Checks password and code again. The gateway remembers the result for five minutes. */
export const showPassword = (password: string, code: string) =>
  call("POST", "/api/v1/dashboard/reauthenticate", { body: { password, code } });

export const passwordState = (signal: Signal) => call("GET", "/api/v1/dashboard/password", { signal });
/** Takes effect when confirmPassword has sent the first code. */
export const beginPassword = (login: string, password: string, reauth: Proof) =>
  call("POST", "/api/v1/dashboard/password", { body: { login, password }, reauth });
export const confirmPassword = (code: string) =>
  call("POST", "/api/v1/dashboard/password/confirm", { body: { code } });
export const changePassword = (body: T.PasswordChange, reauth: Proof) =>
  call("PATCH", "/api/v1/dashboard/password", { body, reauth });
export const newRecoveryCodes = (reauth: Proof) =>
  call("POST", "/api/v1/dashboard/password/recovery-codes", { reauth });
export const removePassword = (reauth: Proof) => call("DELETE", "/api/v1/dashboard/password", { reauth });

/** The current sign-in; null if there is none. */
export async function whoAmI(signal: Signal): Promise<T.SignedIn | null> {
  try {
    return remember(await call("GET", "/api/v1/dashboard/session", { signal }));
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return null;
    throw error;
  }
}

export async function signOut(): Promise<void> {
  await call("POST", "/api/v1/dashboard/logout");
  setCsrfToken(undefined);
}

export const dashboardSessions = (signal: Signal) => call("GET", "/api/v1/dashboard/sessions", { signal });
export const endDashboardSession = (id: string) =>
  call("DELETE", "/api/v1/dashboard/sessions/{sign_in_id}", { path: { sign_in_id: id } });

export const registration = (signal: Signal) =>
  call("GET", "/api/v1/merchants/registration", { signal });
const codeHeader = (code: string): Record<string, string> =>
  code === "" ? {} : { "X-KasGate-Setup-Code": code };
export const register = (body: T.NewMerchant, setupCode: string) =>
  call("POST", "/api/v1/merchants", { body, headers: codeHeader(setupCode) });
/** Needs the same permission as `register`, including the setup code. */
export const previewXpub = (xpub: string, setupCode = "") =>
  call("POST", "/api/v1/merchants/me/xpub-preview", { body: { xpub }, headers: codeHeader(setupCode) });
export const addresses = (signal: Signal) =>
  call("GET", "/api/v1/merchants/me/addresses", { query: { limit: 1 }, signal });
export const profile = (signal: Signal) => call("GET", "/api/v1/merchants/me", { signal });
export const changeProfile = (body: T.MerchantChanges, reauth?: Proof) =>
  call("PATCH", "/api/v1/merchants/me", { body, reauth });
export const uploadLogo = (file: Blob) => call("PUT", "/api/v1/merchants/me/logo", { file });
export const removeLogo = () => call("DELETE", "/api/v1/merchants/me/logo");
export const newApiKey = (reauth: Proof) =>
  call("POST", "/api/v1/merchants/me/regenerate-api-key", { reauth });
export const apiKeys = (signal: Signal) => call("GET", "/api/v1/merchants/keys", { signal });
export const createApiKey = (body: T.NewKey, reauth: Proof) =>
  call("POST", "/api/v1/merchants/keys", { body, reauth });
export const renameApiKey = (id: string, name: string) =>
  call("PATCH", "/api/v1/merchants/keys/{key_id}", { path: { key_id: id }, body: { name } });
export const revokeApiKey = (id: string, reauth: Proof) =>
  call("DELETE", "/api/v1/merchants/keys/{key_id}", { path: { key_id: id }, reauth });
export const newWebhookSecret = (reauth: Proof) =>
  call("POST", "/api/v1/merchants/me/regenerate-webhook-secret", { reauth });
export const audit = (query: Query<"GET", "/api/v1/merchants/me/audit">, signal: Signal) =>
  call("GET", "/api/v1/merchants/me/audit", { query, signal });

export const stats = (signal: Signal) => call("GET", "/api/v1/merchants/me/stats", { signal });
export const analytics = (query: Query<"GET", "/api/v1/merchants/me/analytics">, signal: Signal) =>
  call("GET", "/api/v1/merchants/me/analytics", { query, signal });
export const rates = (signal: Signal) => call("GET", "/api/v1/rates", { signal });
export const statement = (query: Query<"GET", "/api/v1/merchants/me/books/statement">, signal: Signal) =>
  call("GET", "/api/v1/merchants/me/books/statement", { query, signal });
export const health = (signal: Signal) => call("GET", "/health/detailed", { signal });

export const sessions = (query: Query<"GET", "/api/v1/merchants/me/sessions">, signal: Signal) =>
  call("GET", "/api/v1/merchants/me/sessions", { query, signal });
export const session = (id: string, signal: Signal) =>
  call("GET", "/api/v1/sessions/{session_id}", { path: { session_id: id }, signal });
export const payments = (id: string, query: Query<"GET", "/api/v1/sessions/{session_id}/payments">, signal: Signal) =>
  call("GET", "/api/v1/sessions/{session_id}/payments", { path: { session_id: id }, query, signal });
export const createSession = (body: T.NewSession, key: string) =>
  call("POST", "/api/v1/sessions", { body, headers: { "Idempotency-Key": key } });
export const cancelSession = (id: string) =>
  call("POST", "/api/v1/sessions/{session_id}/cancel", { path: { session_id: id } });
export const decideSession = (id: string, decision: "accept" | "fail" | "dismiss", note: string) =>
  call("POST", `/api/v1/sessions/{session_id}/${decision}`, {
    path: { session_id: id },
    body: { note },
    headers: { "Idempotency-Key": idempotencyKey() },
  });

export const events = (query: Query<"GET", "/api/v1/events">, signal: Signal) =>
  call("GET", "/api/v1/events", { query, signal });
export const resendEvent = (id: string) =>
  call("POST", "/api/v1/events/{event_id}/resend", { path: { event_id: id } });
export const deliveries = (query: Query<"GET", "/api/v1/merchants/me/webhook-logs">, signal: Signal) =>
  call("GET", "/api/v1/merchants/me/webhook-logs", { query, signal });
export const retryDelivery = (id: string) =>
  call("POST", "/api/v1/merchants/me/webhook-logs/{log_id}/retry", { path: { log_id: id } });
export const retryFailed = (since: string) =>
  call("POST", "/api/v1/merchants/me/webhook-logs/retry-failed", { body: { since } });
export const testWebhook = () => call("POST", "/api/v1/merchants/me/webhook-test");
