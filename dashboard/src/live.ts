/** Listens to the merchant's events over the WebSocket and refetches the data they may have changed. */

import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { isRecord } from "@widget/api";
import { openLine, reconnectDelay } from "@widget/socket";
import { useEffect, useState } from "react";
import { isAbsence } from "./api/client";
import { gatewayUrl } from "./place";

/** The queries that an event may change, by the first part of their keys. */
const CHANGED_BY_EVENTS = ["sessions", "session", "stats", "analytics", "deliveries", "events"];
/** Milliseconds between two refetches, so that a burst of events causes only one. */
const PAUSE_MS = 1000;

export type Line = "connecting" | "live" | "lost";

class Feed {
  #drop: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pause: ReturnType<typeof setTimeout> | undefined;
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
    this.#drop?.();
  }

  #connect(): void {
    this.#drop = openLine(
      `${gatewayUrl().replace(/^http/, "ws")}/ws`,
      { type: "authenticate" },
      (data) => this.#hear(String(data)),
      () => this.#lose(),
    );
  }

  #lose(): void {
    this.#drop?.();
    if (this.#isClosed) return;
    this.onLine("lost");
    const delay = reconnectDelay(this.#attempt++, Math.random());
    this.#timer = setTimeout(() => this.#connect(), delay);
  }

  #hear(text: string): void {
    const frame: unknown = JSON.parse(text);
    if (!isRecord(frame)) return;
    if (frame["type"] === "authenticated") {
      this.#attempt = 0;
      this.onLine("live");
      // Events may have been missed while the line was down.
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
          // A refetch removes the error from the page, so "Payment not found" would flicker.
          predicate: ({ state }) => !isAbsence(state.error),
        });
      }
    }, PAUSE_MS);
  }
}

/** Follows the signed-in merchant's events while the component is mounted. */
export function useLiveEvents(): Line {
  const queries = useQueryClient();
  const [line, setLine] = useState<Line>("connecting");
  useEffect(() => {
    const feed = new Feed(queries, setLine);
    return () => feed.close();
  }, [queries]);
  return line;
}
