/**
 * Calls of the gateway that serves this dashboard. Whoever is signed in is known by an HttpOnly
 * cookie; beside it the pages hold a CSRF token, in memory alone. No API key is ever kept.
 */

import { inTime, isRecord } from "@widget/api";
import { BASE_PATH } from "../place";
import type { paths } from "./openapi";

type Method = "GET" | "POST" | "PATCH" | "DELETE";
type Operation<M extends Method, P extends keyof paths> = NonNullable<paths[P][Lowercase<M>]>;
/** The paths that the gateway's description has for a method. */
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
/** Wanted where the call has one, impossible where it has none. */
type Given<Name extends string, Value> = [Value] extends [never]
  ? { [key in Name]?: undefined }
  : { [key in Name]: Value };

/** What a call answers, by the gateway's description; undefined where there is nothing to say. */
export type Answer<M extends Method, P extends keyof paths> = [AnswersOf<Operation<M, P>>] extends [never]
  ? undefined
  : AnswersOf<Operation<M, P>>;
/** The parameters of a call's query. */
export type Query<M extends Method, P extends keyof paths> = QueryOf<Operation<M, P>>;

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

/** There is nothing behind this id for this merchant, and events won't change that. */
export function isAbsence(error: unknown): boolean {
  return error instanceof Problem && [400, 404].includes(error.status);
}

/**
 * That a person showed once more who they are: by the API key, which is sent with one call, or by
 * password and code, which the gateway itself remembers for some minutes.
 */
export interface Proof {
  apiKey?: string;
}

type Values = Record<string, string | number | boolean | undefined>;

interface CallOptions {
  /** What stands for the names in the path. */
  path?: object | undefined;
  query?: object | undefined;
  body?: unknown;
  headers?: Record<string, string> | undefined;
  /** For what asks for more than the cookie. */
  reauth?: Proof | undefined;
  signal?: AbortSignal | undefined;
}

type OptionsOf<M extends Method, P extends keyof paths> = Omit<CallOptions, "path" | "query" | "body"> & {
  query?: Query<M, P> | undefined;
} & Given<"path", ParametersOf<Operation<M, P>, "path">> &
  Given<"body", BodyOf<Operation<M, P>>>;

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
 * One call that the gateway's description has, by its method and its path as it stands there. Raises
 * Problem for each answer that is not a success, with status 0 without answer.
 */
export async function call<M extends Method, P extends PathOf<M>>(
  method: M,
  address: P,
  ...[options]: Record<string, never> extends OptionsOf<M, P> ? [OptionsOf<M, P>?] : [OptionsOf<M, P>]
): Promise<Answer<M, P>> {
  const { path, query, body, headers = {}, reauth, signal }: CallOptions = options ?? {};
  const sent: Record<string, string> = { Accept: "application/json", ...headers };
  if (body !== undefined) sent["Content-Type"] = "application/json";
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
      ...(signal === undefined ? {} : { signal }),
    });
    response = await inTime(made);
    answer = await inTime(response.json().catch(() => undefined));
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, undefined);
  }
  // Tests of the gateway hold every answer to the description that this type is made of.
  if (response.ok) return answer as Answer<M, P>;
  if (response.status === 401 && reauth === undefined && csrfToken !== undefined) onSignedOut();
  throw new Problem(response.status, answer);
}

/** A key under which a repeated click or a lost answer does a thing once. */
export function idempotencyKey(): string {
  // getRandomValues, because randomUUID is missing where the gateway is reached without TLS.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
