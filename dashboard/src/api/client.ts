/**
 * Calls of the gateway that serves this dashboard. Whoever is signed in is known by an HttpOnly
 * cookie; beside it the pages hold a CSRF token, in memory alone. No API key is ever kept.
 */

import { isRecord } from "@widget/api";

/** A refusal, as the gateway explains it (RFC 9457). */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  /** What is wrong with single fields, by their dotted path. */
  readonly fields: Readonly<Record<string, string>>;

  constructor(status: number, body: unknown) {
    const record = isRecord(body) ? body : {};
    super(
      typeof record["detail"] === "string"
        ? record["detail"]
        : status === 0
          ? "The gateway cannot be reached. Check that it runs and that you are online."
          : `The gateway answered with status ${status}. Try again; if it stays, look at its log.`,
    );
    this.name = "Problem";
    this.status = status;
    this.code = typeof record["code"] === "string" ? record["code"] : "";
    const details = Array.isArray(record["details"]) ? record["details"].filter(isRecord) : [];
    this.fields = Object.fromEntries(
      details.map(({ field, message }) => [String(field), String(message)]),
    );
  }
}

/**
 * That a person showed once more who they are: by the API key, which is sent with one call, or by
 * password and code, which the gateway itself remembers for some minutes.
 */
export interface Proof {
  apiKey?: string;
}

export interface CallOptions {
  query?: Record<string, string | undefined>;
  body?: unknown;
  headers?: Record<string, string>;
  /** For what asks for more than the cookie. */
  reauth?: Proof | undefined;
  signal?: AbortSignal | undefined;
}

type Method = "GET" | "POST" | "PATCH" | "DELETE";

let csrfToken: string | undefined;
let onSignedOut: () => void = () => undefined;

/** What the gateway gave at sign-in; undefined forgets it. */
export function setCsrfToken(token: string | undefined): void {
  csrfToken = token;
}

/** Told when a call shows that nobody is signed in any more. */
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener;
}

/** A path with the parameters that have a value. */
export function withQuery(path: string, query: CallOptions["query"] = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const text = new URLSearchParams(given as [string, string][]).toString();
  return text === "" ? path : `${path}?${text}`;
}

/** One call; raises Problem for each answer that is not a success, with status 0 without answer. */
export async function call<Answer>(
  method: Method,
  path: string,
  { query, body, headers = {}, reauth, signal }: CallOptions = {},
): Promise<Answer> {
  const sent: Record<string, string> = { Accept: "application/json", ...headers };
  if (body !== undefined) sent["Content-Type"] = "application/json";
  if (method !== "GET" && csrfToken !== undefined) sent["X-KasGate-CSRF"] = csrfToken;
  if (reauth?.apiKey !== undefined) sent["X-KasGate-Reauth"] = reauth.apiKey;
  let response: Response;
  try {
    response = await fetch(withQuery(path, query), {
      method,
      headers: sent,
      credentials: "same-origin",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, undefined);
  }
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer as Answer;
  if (response.status === 401 && reauth === undefined && csrfToken !== undefined) onSignedOut();
  throw new Problem(response.status, answer);
}

/** A key under which a repeated click or a lost answer does a thing once. */
export function idempotencyKey(): string {
  // getRandomValues, because randomUUID is missing where the gateway is reached without TLS.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
