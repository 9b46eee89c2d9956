/** Keeps one session current: one load, then the WebSocket. Polls only while the WebSocket is down. */

import { ApiError, SessionApi, type Session } from "./api";
import { reconnectDelay, SessionSocket, type News } from "./socket";

const POLL_MS = 3000;
/** Every third poll loads the whole session, since part payments do not change the status. */
const WHOLE_EVERY = 3;

export interface FollowerOptions {
  apiUrl: string;
  sessionId: string;
  /** A subscription token, if the page has one; otherwise it is requested from the gateway. */
  token?: string | undefined;
  /** The session that the page was delivered with, in place of the first call. */
  first?: { session: Session; clockOffset: number } | undefined;
  /** Called at load and on every change. `clockOffset`: the server's clock minus ours, in ms. */
  onSession: (session: Session, clockOffset: number) => void;
  /** Called once if the session does not exist or cannot be used. No other callback follows. */
  onFailure: (error: Error) => void;
  /** Called when neither WebSocket nor polling reaches the gateway, and when one does again. */
  onLink: (isUp: boolean) => void;
}

export class SessionFollower {
  readonly #options: FollowerOptions;
  readonly #abort = typeof AbortController === "undefined" ? undefined : new AbortController();
  readonly #api: SessionApi;
  #session: Session | undefined;
  #clockOffset = 0;
  #socket: SessionSocket | undefined;
  #reload: ReturnType<typeof setTimeout> | undefined;
  #nextPoll: ReturnType<typeof setTimeout> | undefined;
  #isPolling = false;
  #polls = 0;
  #isHeard = true;
  #isClosed = false;
  #attempt = 0;
  /** Updates received during the current load, whose answer may be older than they are. */
  #newsMeanwhile: News = {};

  /** Throws a TypeError if `apiUrl` is not a URL. */
  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#api = new SessionApi(options.apiUrl, options.sessionId, this.#abort?.signal);
    document.addEventListener("visibilitychange", this.#refresh);
    window.addEventListener("online", this.#refresh);
    window.addEventListener("pageshow", this.#cameBack);
    window.addEventListener("offline", this.#wentOffline);
    // The caller must have the follower before the first callback.
    queueMicrotask(() => void this.#begin());
  }

  /** Stops following. No callback comes after it. */
  close(): void {
    document.removeEventListener("visibilitychange", this.#refresh);
    window.removeEventListener("online", this.#refresh);
    window.removeEventListener("pageshow", this.#cameBack);
    window.removeEventListener("offline", this.#wentOffline);
    this.#isClosed = true;
    this.#abort?.abort();
    this.#socket?.close();
    this.#stopPolling();
    clearTimeout(this.#reload);
  }

  /** Loads the session now. Resolves after the callbacks; a failed load is retried later. */
  async refresh(): Promise<void> {
    clearTimeout(this.#reload);
    try {
      await this.#load();
    } catch (error) {
      if (!this.#isClosed) this.#loadFailed(error);
    }
  }

  async #load(): Promise<void> {
    this.#newsMeanwhile = {};
    const loaded = await this.#api.session();
    if (this.#isClosed) return;
    this.#attempt = 0;
    this.#clockOffset = loaded.clockOffset;
    this.#hear(true);
    this.#show({ ...loaded.session, ...this.#newsMeanwhile }, true);
  }

  async #begin(): Promise<void> {
    const { first } = this.#options;
    if (this.#isClosed) return;
    if (first === undefined) return this.refresh();
    this.#clockOffset = first.clockOffset;
    this.#show(first.session, true);
  }

  #loadFailed(error: unknown): void {
    if (error instanceof ApiError && error.isFinal) {
      this.close();
      this.#options.onFailure(error);
      return;
    }
    if (this.#session === undefined) this.#hear(false);
    const delay = reconnectDelay(this.#attempt++, Math.random());
    this.#reload = setTimeout(() => void this.refresh(), delay);
  }

  /** `isWhole`: the session is complete, so a final state ends the following. */
  #show(session: Session, isWhole: boolean): void {
    this.#session = session;
    if (isWhole && (session.status === "confirmed" || session.status === "failed")) {
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
      onNews: (news, mayBeStale) => this.#apply(news, mayBeStale),
      onLink: (isUp) => {
        if (!isUp) return this.#poll();
        this.#stopPolling();
        this.#hear(true);
      },
    });
  }

  /** Applies an update. Reloads the session if the update lacks the list of payments. */
  #apply(news: News, mayBeStale: boolean): void {
    const session = this.#session;
    if (session === undefined || this.#isClosed) return;
    const hasMoved = (["status", "receivedSompi", "late"] as const).some(
      (name) => news[name] !== undefined && news[name] !== session[name],
    );
    Object.assign(this.#newsMeanwhile, news);
    const isWhole = news.payments !== undefined;
    this.#show({ ...session, ...news }, isWhole);
    if ((mayBeStale || hasMoved) && !isWhole && !this.#isClosed) void this.refresh();
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
      if (++this.#polls % WHOLE_EVERY === 0) await this.#load();
      else this.#apply(await this.#api.progress(), false);
      if (!this.#isPolling) return;
      this.#hear(true);
    } catch {
      // Any error means that polling fails too. The next round tries again.
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
    if (document.visibilityState !== "hidden" && this.#session !== undefined) void this.refresh();
  };

  /** `pageshow` also follows the first load; only a page from the back/forward cache is out of date. */
  readonly #cameBack = (event: PageTransitionEvent): void => {
    if (event.persisted) this.#refresh();
  };

  readonly #wentOffline = (): void => this.#hear(false);
}
