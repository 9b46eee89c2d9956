/** Groups days into weeks when there are too many for one bar each. */

import type { Day } from "../api/types";
import { sumOfValues } from "./money";

/** Up to this many days get a bar each. */
const MOST_BARS = 92;
const WEEK = 7;

export interface Span {
  /** The first day, `2026-01-31`; equal to `to` in a span of one day. */
  from: string;
  to: string;
  /** Exact. */
  sompi: bigint;
  /** The value of it in the display currency, as far as it is known. */
  value: { known: bigint; decimals: number; unknown: number };
  sessions: number;
}

/** The number of days per bar. */
export const daysInSpan = (days: readonly Day[]): number => (days.length > MOST_BARS ? WEEK : 1);

/** The days in spans of `length` days, oldest first. The last span ends with the last day. */
export function spansOf(days: readonly Day[], length: number): Span[] {
  const spans: Span[] = [];
  for (let end = days.length; end > 0; end -= length) {
    const part = days.slice(Math.max(0, end - length), end);
    spans.unshift({
      from: part[0]?.date ?? "",
      to: part.at(-1)?.date ?? "",
      sompi: part.reduce((sum, { volumeSompi }) => sum + BigInt(volumeSompi), 0n),
      value: sumOfValues(part.flatMap(({ value }) => value ?? [])),
      sessions: part.reduce((sum, { sessions }) => sum + sessions, 0),
    });
  }
  return spans;
}
