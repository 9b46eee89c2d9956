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

/** What changes while a payment is under way; the WebSocket and the status call both tell it. */
export interface Progress {
  status: Status;
  confirmations: number;
  requiredConfirmations: number;
  txId?: string;
}

export interface Session extends Progress {
  id: string;
  /** With its network prefix: `kaspa:q…`. */
  address: string;
  /** In KAS, a decimal string; never a float. */
  amount: string;
  remainingSompi: string;
  paidState: string;
  /** Data URI of the payment link's QR code. */
  qrCode: string;
  /** ISO 8601. */
  expiresAt: string;
}

export interface LoadedSession {
  session: Session;
  /** Server's clock minus this browser's, in milliseconds; 0 where the server's is hidden (CORS). */
  clockOffset: number;
}

/** The gateway answered, but not with what was asked for. */
export class ApiError extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.name = "ApiError";
    this.status = status;
  }

  /** Asking again cannot help: the id is malformed or unknown. */
  get isFinal(): boolean {
    return this.status === 400 || this.status === 404;
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

/** Checks an answer's shape; address and QR code end in a link and an image, so theirs strictly. */
export function readSession(body: Json): Session {
  return {
    ...readProgress(body),
    id: text(body, "id", /./),
    address: text(body, "address", /^kaspa(test|sim|dev)?:[a-z0-9]+$/),
    amount: text(body, "amount", /^\d+(\.\d+)?$/),
    remainingSompi: text(body, "remainingSompi", /^\d+$/),
    paidState: text(body, "paidState", /./),
    qrCode: text(body, "qrCode", /^data:image\//),
    expiresAt: text(body, "expiresAt", /^\d{4}-/),
  };
}

/** Calls one gateway about one session. All calls end early with an AbortError by `signal`. */
export class SessionApi {
  readonly #base: string;
  readonly #path: string;
  readonly #signal: AbortSignal;

  /** Throws a TypeError when `apiUrl` is no URL. */
  constructor(apiUrl: string, sessionId: string, signal: AbortSignal) {
    this.#base = new URL(apiUrl).href.replace(/\/+$/, "");
    this.#path = `/api/v1/sessions/${encodeURIComponent(sessionId)}`;
    this.#signal = signal;
  }

  get socketUrl(): string {
    return `${this.#base.replace(/^http/, "ws")}/ws`;
  }

  async session(): Promise<LoadedSession> {
    const { body, date } = await this.#call("GET", "");
    const clockOffset = date === null ? 0 : Date.parse(date) - Date.now();
    return { session: readSession(body), clockOffset };
  }

  async progress(): Promise<Progress> {
    return readProgress((await this.#call("GET", "/status")).body);
  }

  async token(): Promise<string> {
    return text((await this.#call("POST", "/token")).body, "token", /./);
  }

  async #call(method: string, tail: string): Promise<{ body: Json; date: string | null }> {
    const response = await fetch(this.#base + this.#path + tail, {
      method,
      credentials: "omit",
      signal: this.#signal,
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
