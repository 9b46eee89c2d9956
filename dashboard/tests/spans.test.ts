import { expect, it } from "vitest";
import type { Day } from "../src/api/types";
import { daysInSpan, spansOf } from "../src/ui/spans";

function days(count: number): Day[] {
  return Array.from({ length: count }, (_, day) => ({
    date: new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10),
    sessions: 2,
    confirmed: 1,
    expired: 0,
    volume: "28700000000.00000001",
    volumeSompi: "2870000000000000001",
  }));
}

it("gives each day of a month its bar, and each week of a year", () => {
  expect(daysInSpan(days(30))).toBe(1);
  expect(daysInSpan(days(365))).toBe(7);
});

it("counts nothing twice and nothing off, and ends with the last day", () => {
  const spans = spansOf(days(16), 7);
  expect(spans.map(({ from, to, sessions }) => [from, to, sessions])).toEqual([
    ["2026-01-01", "2026-01-02", 4],
    ["2026-01-03", "2026-01-09", 14],
    ["2026-01-10", "2026-01-16", 14],
  ]);
  expect(spans[2]?.sompi).toBe(20_090_000_000_000_000_007n);
  expect(spansOf(days(1), 1)).toEqual([
    { from: "2026-01-01", to: "2026-01-01", sessions: 2, sompi: 2_870_000_000_000_000_001n, value: { known: 0n, decimals: 0, unknown: 0 } },
  ]);
});
