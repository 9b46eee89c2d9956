/**
 * Calls to the gateway that serves this dashboard. An HttpOnly cookie identifies the signed-in
 * merchant. The CSRF token is held in memory only. API keys are never stored.
 */

import { inTime, isRecord } from "@widget/api";
import { BASE_PATH } from "../place";
import type { paths } from "./openapi";
import { t } from "../texts";

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
type Operation<M extends Method, P extends keyof paths> = NonNullable<paths[P][Lowercase<M>]>;
/** The paths that the OpenAPI document has for a method. */
type PathOf<M extends Method> = {
  [P in keyof paths]: [Operation<M, P>] extends [never] ? never : P;
}[keyof paths];

type JsonOf<From> = From extends { content: { "application/json": infer Json } } ? Json : never;
type AnswersOf<From> = From extends { responses: infer All } ? JsonOf<All[keyof All & (200 | 201)]> : never;
type ParametersOf<From, In extends string> = From extends { parameters: { [key in In]: infer All } } ? All : never;
type QueryOf<From> = From extends { parameters: { query?: infer All } }
  ? { [Name in keyof All]?: All[Name] | undefined }
  : never;
type BodyOf<From> = From extends { requestBody: infer Body } ? JsonOf<Body> : never;
/** Required where the call has such a value, forbidden where it has none. */
type Given<Name extends string, Value> = [Value] extends [never]
  ? { [key in Name]?: undefined }
  : { [key in Name]: Value };

/** A call's response body by the OpenAPI document; undefined where it has none. */
export type Answer<M extends Method, P extends keyof paths> = [AnswersOf<Operation<M, P>>] extends [never]
  ? undefined
  : AnswersOf<Operation<M, P>>;
/** A call's query parameters. */
export type Query<M extends Method, P extends keyof paths> = QueryOf<Operation<M, P>>;

/** An error response of the gateway (RFC 9457). */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  /** Error messages of single fields, by dotted path. */
  readonly fields: Readonly<Record<string, string>>;

  constructor(status: number, body: unknown) {
    const record = isRecord(body) ? body : {};
    super(
      typeof record["detail"] === "string"
        ? record["detail"]
        : status === 0
          ? t("The gateway cannot be reached. Check that it runs and that you are online.")
          : t("The gateway answered with status {{status}}. Try again. If the error persists, check the gateway's log.", { status }),
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

/** The merchant has nothing with this id, and no event will change that. */
export function isAbsence(error: unknown): boolean {
  return error instanceof Problem && [400, 404].includes(error.status);
}

/**
 * A repeated authentication: the API key, which is sent with one call, or nothing after password and
 * code, which the gateway remembers for some minutes.
 */
export interface Proof {
  apiKey?: string;
}

type Values = Record<string, string | number | boolean | undefined>;

interface CallOptions {
  /** Values of the names in the path. */
  path?: object | undefined;
  query?: object | undefined;
  body?: unknown;
  /** A body that is sent as it is. */
  file?: Blob | undefined;
  headers?: Record<string, string> | undefined;
  /** For calls that need more than the cookie. */
  reauth?: Proof | undefined;
  signal?: AbortSignal | undefined;
}

type OptionsOf<M extends Method, P extends keyof paths> = Omit<CallOptions, "path" | "query" | "body"> & {
  query?: Query<M, P> | undefined;
} & Given<"path", ParametersOf<Operation<M, P>, "path">> &
  Given<"body", BodyOf<Operation<M, P>>>;

let csrfToken: string | undefined;
let onSignedOut: () => void = () => undefined;

/** Sets the token that the gateway issued at sign-in; undefined clears it. */
export function setCsrfToken(token: string | undefined): void {
  csrfToken = token;
}

/** Sets the function to call when a response shows that the sign-in has ended. */
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener;
}

/** A path with those query parameters that have a value. */
export function withQuery(path: string, query: Values = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text === "" ? path : `${path}?${text}`;
}

function filled(path: string, values: object = {}): string {
  return Object.entries(values).reduce(
    (text, [name, value]) => text.replace(`{${name}}`, encodeURIComponent(String(value))),
    path,
  );
}

/**
 * Makes one call of the OpenAPI document, given its method and path template. Throws a Problem for an
 * error response, with status 0 if there is no response. An abort by `signal` throws the AbortError.
 */
export async function call<M extends Method, P extends PathOf<M>>(
  method: M,
  address: P,
  ...[options]: Record<string, never> extends OptionsOf<M, P> ? [OptionsOf<M, P>?] : [OptionsOf<M, P>]
): Promise<Answer<M, P>> {
  const { path, query, body, file, headers = {}, reauth, signal }: CallOptions = options ?? {};
  const sent: Record<string, string> = { Accept: "application/json", ...headers };
  if (body !== undefined) sent["Content-Type"] = "application/json";
  // The gateway looks at the file itself, and names the type that it found.
  if (file !== undefined) sent["Content-Type"] = "application/octet-stream";
  if (method !== "GET" && csrfToken !== undefined) sent["X-KasGate-CSRF"] = csrfToken;
  if (reauth?.apiKey !== undefined) sent["X-KasGate-Reauth"] = reauth.apiKey;
  let response: Response;
  let answer: unknown;
  try {
    const made = fetch(BASE_PATH + withQuery(filled(address, path), { ...query }), {
      method,
      headers: sent,
      credentials: "same-origin",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(file === undefined ? {} : { body: file }),
      ...(signal === undefined ? {} : { signal }),
    });
    response = await inTime(made);
    answer = await inTime(response.json().catch(() => undefined));
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, undefined);
  }
  // The gateway's tests check every answer against the document that this type is generated from.
  if (response.ok) return answer as Answer<M, P>;
  if (response.status === 401 && reauth === undefined && csrfToken !== undefined) onSignedOut();
  throw new Problem(response.status, answer);
}

/** An idempotency key, so that a repeated click or a lost answer has one effect. */
export function idempotencyKey(): string {
  // getRandomValues, because randomUUID is missing where the gateway is reached without TLS.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
