/** Ranges of calendar days, as texts such as `2026-01-31`. */

export const RANGES = ["month", "last-month", "year", "last-year"] as const;
export type Range = (typeof RANGES)[number];

export interface Days {
  from: string;
  to: string;
}

/** Today's date on the clock of a zone. UTC if the browser does not know the zone. */
export function todayIn(zone: string, now = new Date()): string {
  try {
    return new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" }).format(now);
  } catch {
    return now.toISOString().slice(0, 10);
  }
}

const day = (year: number, month: number, date: number): string =>
  new Date(Date.UTC(year, month, date)).toISOString().slice(0, 10);

/** The days of a range; one that is not over ends today. */
export function rangeOf(range: Range, today: string): Days {
  const [year = 1970, month = 1] = today.split("-").map(Number);
  switch (range) {
    case "month":
      return { from: day(year, month - 1, 1), to: today };
    case "last-month":
      return { from: day(year, month - 2, 1), to: day(year, month - 1, 0) };
    case "year":
      return { from: day(year, 0, 1), to: today };
    case "last-year":
      return { from: day(year - 1, 0, 1), to: day(year - 1, 11, 31) };
  }
}
