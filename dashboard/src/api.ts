/** The merchant's calls of the gateway that serves this dashboard. */

import { ApiError, isRecord, readSession, type Session } from "@widget/api";

export interface Profile {
  id: string;
  name: string;
  email?: string;
  webhookUrl?: string;
  nextAddressIndex: number;
  createdAt: string;
}

export interface NewSession {
  /** In KAS, as typed. */
  amount: string;
  orderId?: string;
}

export interface CreatedSession {
  id: string;
  subscriptionToken: string;
  checkoutUrl?: string;
}

export interface Readiness {
  isReady: boolean;
  error?: string;
}

export { ApiError, type Session, readSession };

/** One sentence for a person, with the fields that a validation error names. */
function explain(body: Record<string, unknown>, status: number): string {
  const details = Array.isArray(body["details"]) ? body["details"].filter(isRecord) : [];
  if (details.length > 0) {
    return details.map(({ field, message }) => `${String(field)}: ${String(message)}`).join("; ");
  }
  return typeof body["message"] === "string"
    ? body["message"]
    : `The gateway answered with status ${status}`;
}

export class MerchantApi {
  readonly #key: string;

  constructor(key: string) {
    this.#key = key;
  }

  profile(signal: AbortSignal): Promise<Profile> {
    return this.#call<Profile>("/api/v1/merchants/me", { signal });
  }

  /** `idempotencyKey` makes a repeated click or a lost answer create one session, not two. */
  createSession(session: NewSession, idempotencyKey: string): Promise<CreatedSession> {
    return this.#call<CreatedSession>("/api/v1/sessions", {
      method: "POST",
      body: JSON.stringify(session),
      headers: { "Content-Type": "application/json", "Idempotency-Key": idempotencyKey },
    });
  }

  async #call<Answer>(path: string, init: RequestInit): Promise<Answer> {
    const headers = { ...init.headers, "X-API-Key": this.#key };
    const response = await fetch(path, { ...init, credentials: "omit", headers });
    const body: unknown = await response.json().catch(() => undefined);
    const record = isRecord(body) ? body : {};
    if (!response.ok) throw new ApiError(explain(record, response.status), response.status);
    return record as Answer;
  }
}

/** Whether database and node are usable; an unreachable gateway is "not ready", not an exception. */
export async function readiness(signal: AbortSignal): Promise<Readiness> {
  try {
    const response = await fetch("/health/ready", { credentials: "omit", signal });
    const body: unknown = await response.json();
    const error = isRecord(body) ? body["error"] : undefined;
    return { isReady: response.ok, ...(typeof error === "string" ? { error } : {}) };
  } catch (error) {
    if (signal.aborted) throw error;
    return { isReady: false, error: "the gateway cannot be reached" };
  }
}
