/** Days put together, where there are too many of them to tell their bars apart. */

import type { Day } from "../api/types";

/** So many days still have a bar each. */
const MOST_BARS = 92;
const WEEK = 7;

export interface Span {
  /** The first UTC day, `2026-01-31`; the last is the same where a span is one day. */
  from: string;
  to: string;
  /** Exact. */
  sompi: bigint;
  sessions: number;
}

/** How many days a bar stands for. */
export const daysInSpan = (days: readonly Day[]): number => (days.length > MOST_BARS ? WEEK : 1);

/** The days in spans of the length, oldest first; the last span ends with the last day. */
export function spansOf(days: readonly Day[], length: number): Span[] {
  const spans: Span[] = [];
  for (let end = days.length; end > 0; end -= length) {
    const part = days.slice(Math.max(0, end - length), end);
    spans.unshift({
      from: part[0]?.date ?? "",
      to: part.at(-1)?.date ?? "",
      sompi: part.reduce((sum, { volumeSompi }) => sum + BigInt(volumeSompi), 0n),
      sessions: part.reduce((sum, { sessions }) => sum + sessions, 0),
    });
  }
  return spans;
}
