/** One session's live updates over `/ws`. Reconnects without limit. */

import { isRecord, isStatus, readMoney, type Money, type Progress } from "./api";

/** The fields of a session in a frame. */
export type News = Partial<Progress & Money>;

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;
const BEAT_MS = 20_000;

export interface FollowOptions {
  url: string;
  sessionId: string;
  /** A subscription token; `renew` after the server refused the last one. */
  token: (renew: boolean) => Promise<string>;
  /** `mayBeStale`: other fields may have changed too, for example after a part payment. */
  onNews: (news: News, mayBeStale: boolean) => void;
  /** Called when updates start and when they stop. */
  onLink: (isUp: boolean) => void;
}

/** The backoff in milliseconds: it doubles up to a ceiling, and half of it is random. */
export function reconnectDelay(attempt: number, random: number): number {
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 16));
  return (ceiling * (1 + random)) / 2;
}

/** Reads a server's frame about `sessionId`: an update, an error, or nothing. */
export function readFrame(
  data: unknown,
  sessionId: string,
): { type?: unknown; news?: News; error?: string } {
  let frame: unknown;
  try {
    frame = JSON.parse(String(data));
  } catch {
    return {};
  }
  if (!isRecord(frame)) return {};
  const subject = frame["type"] === "session" ? frame["id"] : frame["sessionId"];
  if (frame["type"] === "error" && (subject === undefined || subject === sessionId)) {
    return { error: String(frame["message"]) };
  }
  if (subject !== sessionId) return {};
  const required = frame["requiredConfirmations"] ?? frame["required"];
  const news: News = readMoney(frame);
  if (isStatus(frame["status"])) news.status = frame["status"];
  if (typeof frame["confirmations"] === "number") news.confirmations = frame["confirmations"];
  if (typeof required === "number") news.requiredConfirmations = required;
  if (typeof frame["txId"] === "string") news.txId = frame["txId"];
  return { type: frame["type"], news };
}

/**
 * Opens a WebSocket, sends `hello` and then pings. Calls `lost` when the socket closes, or when a whole
 * beat brought no frame. The returned function closes it; no callback comes after that.
 */
export function openLine(
  url: string,
  hello: object,
  hear: (data: unknown) => void,
  lost: () => void,
): () => void {
  const socket = new WebSocket(url);
  let heard = true;
  // A connection that died without a close, for example during sleep, answers no ping.
  const beat = setInterval(() => {
    if (!heard) return lost();
    heard = false;
    if (socket.readyState === WebSocket.OPEN) socket.send('{"type":"ping"}');
  }, BEAT_MS);
  socket.onopen = () => socket.send(JSON.stringify(hello));
  socket.onmessage = ({ data }) => {
    heard = true;
    hear(data);
  };
  socket.onclose = lost;
  return () => {
    clearInterval(beat);
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  };
}

export class SessionSocket {
  readonly #options: FollowOptions;
  #drop: (() => void) | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;
  #isUp = false;
  #hasListened = false;
  #renew = false;
  #isClosed = false;

  constructor(options: FollowOptions) {
    this.#options = options;
    window.addEventListener("online", this.#wake);
    window.addEventListener("pageshow", this.#wake);
    document.addEventListener("visibilitychange", this.#wake);
    void this.#connect();
  }

  /** Closes for good. No callback comes after it. */
  close(): void {
    this.#isClosed = true;
    window.removeEventListener("online", this.#wake);
    window.removeEventListener("pageshow", this.#wake);
    document.removeEventListener("visibilitychange", this.#wake);
    this.#drop?.();
    clearTimeout(this.#retry);
  }

  async #connect(): Promise<void> {
    const { sessionId, url } = this.#options;
    try {
      const token = await this.#options.token(this.#renew);
      if (this.#isClosed) return;
      this.#renew = false;
      this.#drop = openLine(
        url,
        { type: "subscribe", sessionId, token },
        (data) => this.#receive(data),
        () => this.#lose(),
      );
    } catch {
      // The follower reports the gateway's errors; here only the next attempt matters.
      this.#reconnectLater();
    }
  }

  #receive(data: unknown): void {
    const { type, news, error } = readFrame(data, this.#options.sessionId);
    if (error !== undefined) {
      this.#renew = error === "Invalid subscription token";
      this.#lose();
    } else if (news !== undefined) {
      const isSnapshot = type === "session";
      const mayBeStale = type === "status" || (isSnapshot && this.#hasListened);
      if (isSnapshot) this.#settle();
      this.#options.onNews(news, mayBeStale);
    }
  }

  #settle(): void {
    this.#hasListened = true;
    this.#attempt = 0;
    if (this.#isUp) return;
    this.#isUp = true;
    this.#options.onLink(true);
  }

  #lose(): void {
    this.#drop?.();
    if (this.#isUp) {
      this.#isUp = false;
      this.#options.onLink(false);
    }
    this.#reconnectLater();
  }

  #reconnectLater(): void {
    if (this.#isClosed) return;
    clearTimeout(this.#retry);
    const delay = reconnectDelay(this.#attempt++, Math.random());
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      void this.#connect();
    }, delay);
  }

  readonly #wake = (): void => {
    if (document.visibilityState === "hidden" || this.#retry === undefined) return;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    void this.#connect();
  };
}
