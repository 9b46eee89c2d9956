/** The gateway's public calls that a checkout needs, and the checked shapes of their answers. */

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
  /** `seen`: only in the mempool, so it is shown but not counted. */
  state: "seen" | "accepted" | "confirmed" | "withdrawn";
  late: boolean;
}

/** The fields that change while a payment is in progress. WebSocket and status call both have them. */
export interface Progress {
  status: Status;
  confirmations: number;
  requiredConfirmations: number;
  txId?: string;
}

/** The amounts, which only the WebSocket and the session call have. */
export interface Money {
  receivedSompi: string;
  remainingSompi: string;
  /** The amount to ask for now. "0" if nothing is due; more than `remainingSompi` where wallets cannot
   * send so little. */
  dueSompi: string;
  paidState: string;
  /** A transaction arrived after the payment had expired. */
  late: boolean;
  /** The shop closed the payment before anything was paid. */
  cancelled: boolean;
  /** The gateway's node is behind, so these values may be out of date. */
  delayed: boolean;
  payments: readonly Payment[];
}

/** The price in another currency, if the shop set one. */
export interface Fiat {
  value: string;
  currency: string;
  /** The price of one KAS in that currency. */
  rate: string;
  /** When the rate was taken, in ISO 8601. */
  at?: string;
}

/** The shop's branding. */
export interface Brand {
  color?: string;
  /** The readable colour on `color`. */
  textColor?: string;
  /** Below the gateway's address. */
  logoUrl?: string;
  supportUrl?: string;
  supportEmail?: string;
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
  /** What the shopper pays for, in the shop's words. */
  description?: string;
  brand?: Brand;
  fiat?: Fiat;
}

export interface LoadedSession {
  session: Session;
  /** The server's clock minus this browser's, in milliseconds; 0 if the server's is unknown. */
  clockOffset: number;
}

/** The gateway answered with an error, or with data that is not usable. */
export class ApiError extends Error {
  readonly status: number;
  /** A retry cannot help: the id is malformed or unknown, or the address must not be paid. */
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

/** The amounts in an answer or a frame. Fields that are missing or malformed are left out. */
export function readMoney(body: Json): Partial<Money> {
  const money: Partial<Money> = {};
  for (const name of ["receivedSompi", "remainingSompi", "dueSompi"] as const) {
    const value = body[name];
    if (typeof value === "string" && SOMPI.test(value)) money[name] = value;
  }
  // An older gateway has no dueSompi.
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

const COLOUR = /^#[0-9a-f]{6}$/;
const LOGO = /^\/logos\/[0-9a-f]{64}\.png$/;

function readBrand(value: unknown): { brand?: Brand } {
  if (!isRecord(value)) return {};
  const brand = optional(value, "color", "textColor", "logoUrl", "supportUrl", "supportEmail");
  if (!COLOUR.test(brand.color ?? "") || !COLOUR.test(brand.textColor ?? "")) {
    delete brand.color;
    delete brand.textColor;
  }
  if (!LOGO.test(brand.logoUrl ?? "")) delete brand.logoUrl;
  if (!/^https:\/\//.test(brand.supportUrl ?? "")) delete brand.supportUrl;
  return { brand };
}

/** Checks an answer's shape. The address is used in a link and an image, so it is checked strictly. */
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
    ...optional(body, "network", "merchantName", "redirectUrl", "explorerUrl", "checkoutUrl", "description"),
    ...readBrand(body["brand"]),
    ...readFiat(body["fiat"]),
  };
  const { network } = session;
  if (network !== undefined && !session.address.startsWith(PREFIXES[network] ?? "kaspatest:")) {
    throw new ApiError(`The address is not one of the network ${network}`, 0, true);
  }
  return session;
}

/** The server's clock minus ours, from an answer's serverTime; undefined if it has none. */
export function clockOffsetOf(body: Json, receivedAt: number): number | undefined {
  const at = Date.parse(String(body["serverTime"]));
  return Number.isNaN(at) ? undefined : at - receivedAt;
}

/** The timeout of a call: a connection may go dead without being closed. */
const CALL_MS = 20_000;

/** The result of `work`. Rejects after CALL_MS; the work itself goes on. */
export function inTime<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new Error("The gateway did not answer in time"));
    const timer = setTimeout(late, CALL_MS);
    const settle = (): void => clearTimeout(timer);
    work.then(resolve, reject).finally(settle);
  });
}

/** Calls one gateway about one session. An abort of `signal` rejects every call with an AbortError. */
export class SessionApi {
  readonly #base: string;
  readonly #path: string;
  readonly #signal: AbortSignal | undefined;

  /** Throws a TypeError if `apiUrl` is not a URL. */
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
    // The server wrote the answer about half way between. The Date header has whole seconds only.
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
