/** Keeps one session current: loaded once, then by WebSocket, by polling only while that is down. */

import { ApiError, SessionApi, type Progress, type Session } from "./api";
import { reconnectDelay, SessionSocket } from "./socket";

const POLL_MS = 3000;

export interface FollowerOptions {
  apiUrl: string;
  sessionId: string;
  /** A subscription token, when the page was given one; else the gateway is asked for it. */
  token?: string | undefined;
  /** Told at load and on every change. `clockOffset`: the server's clock minus ours, in ms. */
  onSession: (session: Session, clockOffset: number) => void;
  /** Told once when the gateway says that there is no such session; nothing follows. */
  onFailure: (error: Error) => void;
  /** Told when the gateway is heard neither way, and when it is again. Trying goes on by itself. */
  onLink: (isUp: boolean) => void;
}

export class SessionFollower {
  readonly #options: FollowerOptions;
  readonly #abort = new AbortController();
  readonly #api: SessionApi;
  #session: Session | undefined;
  #clockOffset = 0;
  #socket: SessionSocket | undefined;
  #reload: ReturnType<typeof setTimeout> | undefined;
  #nextPoll: ReturnType<typeof setTimeout> | undefined;
  #isPolling = false;
  #isHeard = true;
  #attempt = 0;

  /** Throws a TypeError when `apiUrl` is no URL. */
  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#api = new SessionApi(options.apiUrl, options.sessionId, this.#abort.signal);
    document.addEventListener("visibilitychange", this.#refresh);
    void this.#load();
  }

  /** Ends for good: no callback comes after it. */
  close(): void {
    document.removeEventListener("visibilitychange", this.#refresh);
    this.#abort.abort();
    this.#socket?.close();
    this.#stopPolling();
    clearTimeout(this.#reload);
  }

  async #load(): Promise<void> {
    clearTimeout(this.#reload);
    try {
      const loaded = await this.#api.session();
      if (this.#abort.signal.aborted) return;
      this.#attempt = 0;
      this.#clockOffset = loaded.clockOffset;
      this.#hear(true);
      this.#show(loaded.session);
    } catch (error) {
      if (!this.#abort.signal.aborted) this.#loadFailed(error);
    }
  }

  #loadFailed(error: unknown): void {
    if (error instanceof ApiError && error.isFinal) {
      this.close();
      this.#options.onFailure(error);
      return;
    }
    if (this.#session === undefined) this.#hear(false);
    const delay = reconnectDelay(this.#attempt++, Math.random());
    this.#reload = setTimeout(() => void this.#load(), delay);
  }

  #show(session: Session): void {
    this.#session = session;
    if (session.status === "confirmed" || session.status === "failed") {
      this.close();
    } else {
      this.#socket ??= this.#listen();
    }
    this.#options.onSession(session, this.#clockOffset);
  }

  #listen(): SessionSocket {
    this.#poll();
    return new SessionSocket({
      url: this.#api.socketUrl,
      sessionId: this.#options.sessionId,
      token: async (renew) => (renew ? undefined : this.#options.token) ?? this.#api.token(),
      onProgress: (progress, mayBeStale) => this.#apply(progress, mayBeStale),
      onLink: (isUp) => {
        if (!isUp) return this.#poll();
        this.#stopPolling();
        this.#hear(true);
      },
    });
  }

  /** What is still due and what arrived stand only in the session itself: loaded again at need. */
  #apply(progress: Partial<Progress>, mayBeStale: boolean): void {
    const session = this.#session;
    if (session === undefined || this.#abort.signal.aborted) return;
    const hasMoved = progress.status !== undefined && progress.status !== session.status;
    this.#show({ ...session, ...progress });
    if ((mayBeStale || hasMoved) && !this.#abort.signal.aborted) void this.#load();
  }

  #poll(): void {
    if (this.#isPolling) return;
    this.#isPolling = true;
    this.#nextPoll = setTimeout(() => void this.#pollOnce(), POLL_MS);
  }

  #stopPolling(): void {
    this.#isPolling = false;
    clearTimeout(this.#nextPoll);
  }

  async #pollOnce(): Promise<void> {
    try {
      const progress = await this.#api.progress();
      if (!this.#isPolling) return;
      this.#hear(true);
      this.#apply(progress, false);
    } catch {
      // Any failure means the same here: this line is down as well, and the next round asks again.
      if (this.#isPolling) this.#hear(false);
    }
    if (this.#isPolling) this.#nextPoll = setTimeout(() => void this.#pollOnce(), POLL_MS);
  }

  #hear(isHeard: boolean): void {
    if (isHeard === this.#isHeard) return;
    this.#isHeard = isHeard;
    this.#options.onLink(isHeard);
  }

  readonly #refresh = (): void => {
    if (document.visibilityState !== "hidden" && this.#session !== undefined) void this.#load();
  };
}
