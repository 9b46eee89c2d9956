/** The public calls of a gateway that a checkout needs, and what they answer. */

export const STATUSES = [
  "created",
  "pending",
  "confirming",
  "confirmed",
  "expired",
  "failed",
] as const;
export type Status = (typeof STATUSES)[number];

/** One output that pays a session. */
export interface Payment {
  txId: string;
  amountSompi: string;
  /** `seen` is in the mempool only: shown, never counted. */
  state: "seen" | "accepted" | "confirmed" | "withdrawn";
  late: boolean;
}

/** What changes while a payment is under way; the WebSocket and the status call both tell it. */
export interface Progress {
  status: Status;
  confirmations: number;
  requiredConfirmations: number;
  txId?: string;
}

/** What the WebSocket may tell beside it. */
export interface Money {
  receivedSompi: string;
  remainingSompi: string;
  /** What to ask for now: "0" once nothing is, and a little more than remains where no wallet can
   * send so little. */
  dueSompi: string;
  paidState: string;
  /** Money arrived after the payment had expired. */
  late: boolean;
  /** Closed by the shop before anything was paid. */
  cancelled: boolean;
  /** The gateway's own view of the network is behind, so all of this may be. */
  delayed: boolean;
  payments: readonly Payment[];
}

/** What was asked for in another currency, when the shop did. */
export interface Fiat {
  value: string;
  currency: string;
  /** Price of one KAS in that currency. */
  rate: string;
  /** ISO 8601, or undefined. */
  at?: string;
}

export interface Session extends Progress, Money {
  id: string;
  /** With its network prefix: `kaspa:q…`. */
  address: string;
  /** In KAS, a decimal string; never a float. */
  amount: string;
  /** ISO 8601. */
  expiresAt: string;
  network?: string;
  merchantName?: string;
  redirectUrl?: string;
  explorerUrl?: string;
  checkoutUrl?: string;
  fiat?: Fiat;
}

export interface LoadedSession {
  session: Session;
  /** Server's clock minus this browser's, in milliseconds; 0 where the server's is not known. */
  clockOffset: number;
}

/** The gateway answered, but not with what was asked for. */
export class ApiError extends Error {
  readonly status: number;
  /** Asking again cannot help: the id is malformed or unknown, or the address is not to be paid. */
  readonly isFinal: boolean;

  constructor(message: string, status: number, isFinal = status === 400 || status === 404) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.isFinal = isFinal;
  }
}

export type Json = Record<string, unknown>;

export function isStatus(value: unknown): value is Status {
  return STATUSES.some((status) => status === value);
}

export function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(body: Json, name: string, shape: RegExp): string {
  const value = body[name];
  if (typeof value !== "string" || !shape.test(value)) {
    throw new ApiError(`The gateway's answer has no usable ${name}`, 0);
  }
  return value;
}

function count(body: Json, name: string): number {
  const value = body[name];
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0) {
    throw new ApiError(`The gateway's answer has no usable ${name}`, 0);
  }
  return value;
}

function readProgress(body: Json): Progress {
  if (!isStatus(body["status"])) throw new ApiError("The gateway's answer has no usable status", 0);
  return {
    status: body["status"],
    confirmations: count(body, "confirmations"),
    requiredConfirmations: count(body, "requiredConfirmations"),
    ...(typeof body["txId"] === "string" ? { txId: body["txId"] } : {}),
  };
}

const SOMPI = /^\d+$/;
const PAYMENT_STATES = ["seen", "accepted", "confirmed", "withdrawn"] as const;
const PREFIXES: Readonly<Record<string, string>> = {
  mainnet: "kaspa:",
  simnet: "kaspasim:",
  devnet: "kaspadev:",
};

function optional<Name extends string>(body: Json, ...names: Name[]): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const value = body[name];
    if (typeof value === "string" && value !== "") found[name] = value;
  }
  return found;
}

function readPayments(value: unknown): Payment[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isRecord).flatMap((payment) => {
    const { txId, amountSompi, late } = payment;
    const state = PAYMENT_STATES.find((known) => known === payment["state"]);
    if (typeof txId !== "string" || state === undefined) return [];
    if (typeof amountSompi !== "string" || !SOMPI.test(amountSompi)) return [];
    return [{ txId, amountSompi, state, late: late === true }];
  });
}

/** What there is of the money in an answer or a frame; what is not usable is left out. */
export function readMoney(body: Json): Partial<Money> {
  const money: Partial<Money> = {};
  for (const name of ["receivedSompi", "remainingSompi", "dueSompi"] as const) {
    const value = body[name];
    if (typeof value === "string" && SOMPI.test(value)) money[name] = value;
  }
  // A gateway that is older than this widget asks for what remains.
  if (money.remainingSompi !== undefined) money.dueSompi ??= money.remainingSompi;
  if (typeof body["paidState"] === "string") money.paidState = body["paidState"];
  for (const name of ["late", "cancelled", "delayed"] as const) {
    const value = body[name];
    if (typeof value === "boolean") money[name] = value;
  }
  if (Array.isArray(body["payments"])) money.payments = readPayments(body["payments"]);
  return money;
}

function readFiat(value: unknown): { fiat?: Fiat } {
  if (!isRecord(value)) return {};
  const { at, ...fiat } = optional(value, "value", "currency", "rate", "at");
  if (fiat.value === undefined || fiat.currency === undefined || fiat.rate === undefined) return {};
  const known = { value: fiat.value, currency: fiat.currency, rate: fiat.rate };
  return { fiat: at === undefined ? known : { ...known, at } };
}

/** Checks an answer's shape; the address ends in a link and an image, so its own strictly. */
export function readSession(body: Json): Session {
  const session = {
    receivedSompi: "0",
    late: false,
    cancelled: false,
    delayed: false,
    payments: [],
    dueSompi: text(body, "remainingSompi", SOMPI),
    ...readProgress(body),
    ...readMoney(body),
    id: text(body, "id", /./),
    address: text(body, "address", /^kaspa(test|sim|dev)?:[a-z0-9]+$/),
    amount: text(body, "amount", /^\d+(\.\d{1,8})?$/),
    remainingSompi: text(body, "remainingSompi", SOMPI),
    paidState: text(body, "paidState", /./),
    expiresAt: text(body, "expiresAt", /^\d{4}-/),
    ...optional(body, "network", "merchantName", "redirectUrl", "explorerUrl", "checkoutUrl"),
    ...readFiat(body["fiat"]),
  };
  const { network } = session;
  if (network !== undefined && !session.address.startsWith(PREFIXES[network] ?? "kaspatest:")) {
    throw new ApiError(`The address is not one of the network ${network}`, 0, true);
  }
  return session;
}

/** The server's clock minus ours by an answer's own time; undefined when it tells none. */
export function clockOffsetOf(body: Json, receivedAt: number): number | undefined {
  const at = Date.parse(String(body["serverTime"]));
  return Number.isNaN(at) ? undefined : at - receivedAt;
}

/** After so long without a whole answer a call counts as lost: a line may go dead without an end. */
const CALL_MS = 20_000;

/** What work comes to; rejects when that takes too long, whatever becomes of it then. */
export function inTime<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new Error("The gateway did not answer in time"));
    const timer = setTimeout(late, CALL_MS);
    const settle = (): void => clearTimeout(timer);
    work.then(resolve, reject).finally(settle);
  });
}

/** Calls one gateway about one session. All calls end early with an AbortError by `signal`, if any. */
export class SessionApi {
  readonly #base: string;
  readonly #path: string;
  readonly #signal: AbortSignal | undefined;

  /** Throws a TypeError when `apiUrl` is no URL. */
  constructor(apiUrl: string, sessionId: string, signal: AbortSignal | undefined) {
    this.#base = new URL(apiUrl).href.replace(/\/+$/, "");
    this.#path = `/api/v1/sessions/${encodeURIComponent(sessionId)}`;
    this.#signal = signal;
  }

  get socketUrl(): string {
    return `${this.#base.replace(/^http/, "ws")}/ws`;
  }

  async session(): Promise<LoadedSession> {
    const askedAt = Date.now();
    const { body, date } = await this.#call("GET", "");
    // The answer was written about half way between; the header counts whole seconds only.
    const between = (askedAt + Date.now()) / 2;
    const offset = clockOffsetOf(body, between) ?? Date.parse(date ?? "") - between;
    return { session: readSession(body), clockOffset: Number.isNaN(offset) ? 0 : offset };
  }

  async progress(): Promise<Progress> {
    return readProgress((await this.#call("GET", "/status")).body);
  }

  async token(): Promise<string> {
    return text((await this.#call("POST", "/token")).body, "token", /./);
  }

  #call(method: string, tail: string): Promise<{ body: Json; date: string | null }> {
    return inTime(this.#ask(method, tail));
  }

  async #ask(method: string, tail: string): Promise<{ body: Json; date: string | null }> {
    const response = await fetch(this.#base + this.#path + tail, {
      method,
      credentials: "omit",
      signal: this.#signal ?? null,
    });
    const body: unknown = await response.json().catch(() => undefined);
    const record = isRecord(body) ? body : {};
    if (!response.ok) {
      const message = record["message"];
      throw new ApiError(
        typeof message === "string" ? message : `The gateway answered ${response.status}`,
        response.status,
      );
    }
    return { body: record, date: response.headers.get("date") };
  }
}
