/** The merchant's events as they happen: what the pages show of them is asked for anew. */

import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { isRecord } from "@widget/api";
import { reconnectDelay } from "@widget/socket";
import { useEffect, useState } from "react";
import { isAbsence } from "./api/client";
import { gatewayUrl } from "./place";

/** What an event may have changed, by the first part of the queries' keys. */
const CHANGED_BY_EVENTS = ["sessions", "session", "stats", "analytics", "deliveries", "events"];
/** However fast events come, the pages ask anew at most this often. */
const PAUSE_MS = 1000;
/** A line on which nothing comes for two beats, not even the answer to a ping, is dead. */
const BEAT_MS = 20_000;

export type Line = "connecting" | "live" | "lost";

class Feed {
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pause: ReturnType<typeof setTimeout> | undefined;
  #beat: ReturnType<typeof setInterval> | undefined;
  #heard = false;
  #attempt = 0;
  #isClosed = false;

  constructor(
    private readonly queries: QueryClient,
    private readonly onLine: (line: Line) => void,
  ) {
    this.#connect();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#pause);
    this.#drop();
  }

  #connect(): void {
    const socket = new WebSocket(`${gatewayUrl().replace(/^http/, "ws")}/ws`);
    this.#socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ type: "authenticate" }));
    socket.onmessage = ({ data }) => this.#hear(String(data));
    socket.onclose = () => this.#lose();
    // A line that vanished without a close (a laptop that slept) answers no ping.
    this.#heard = true;
    this.#beat = setInterval(() => {
      if (!this.#heard) return this.#lose();
      this.#heard = false;
      if (socket.readyState === WebSocket.OPEN) socket.send('{"type":"ping"}');
    }, BEAT_MS);
  }

  #drop(): void {
    clearInterval(this.#beat);
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #lose(): void {
    this.#drop();
    if (this.#isClosed) return;
    this.onLine("lost");
    const delay = reconnectDelay(this.#attempt++, Math.random());
    this.#timer = setTimeout(() => this.#connect(), delay);
  }

  #hear(text: string): void {
    this.#heard = true;
    const frame: unknown = JSON.parse(text);
    if (!isRecord(frame)) return;
    if (frame["type"] === "authenticated") {
      this.#attempt = 0;
      this.onLine("live");
      // Whatever happened while nobody listened.
      this.#refresh();
    } else if (frame["type"] === "event" || frame["type"] === "missed") {
      this.#refresh();
    } else if (frame["type"] === "error") {
      this.#lose();
    }
  }

  #refresh(): void {
    this.#pause ??= setTimeout(() => {
      this.#pause = undefined;
      for (const key of CHANGED_BY_EVENTS) {
        void this.queries.invalidateQueries({
          queryKey: [key],
          // To ask anew takes the failure off the page, so "no such session" would flicker.
          predicate: ({ state }) => !isAbsence(state.error),
        });
      }
    }, PAUSE_MS);
  }
}

/** Follows the events of whoever is signed in while the component is there. */
export function useLiveEvents(): Line {
  const queries = useQueryClient();
  const [line, setLine] = useState<Line>("connecting");
  useEffect(() => {
    const feed = new Feed(queries, setLine);
    return () => feed.close();
  }, [queries]);
  return line;
}
