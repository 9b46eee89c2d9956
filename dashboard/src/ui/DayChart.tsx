/** A chart of amounts and payments by day, or by week for long periods, and the days as a table. */

import { sompiToKas } from "@widget/format";
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Day } from "../api/types";
import { formatKas, Kas } from "./Figures";
import { daysInSpan, spansOf, type Span } from "./spans";
import { locale, number, t } from "../texts";

const HEIGHT = 240;
const DAY_S = 86_400;
const SOMPI_PER_KAS = 1e8;

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

const numbers = (_: uPlot, marks: number[]): string[] => marks.map((mark) => number(mark));
const secondsOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) / 1000;
/** The position of a span's bar: its day, or the middle of its week. */
const middleOf = ({ to }: Span, spanS: number): number => secondsOf(to) - (spanS - DAY_S) / 2;
const nameOf = ({ from, to }: Span): string => (from === to ? from : t("{{from}} to {{to}}", { from, to }));

function options(width: number, spans: readonly Span[], spanS: number): uPlot.Options {
  const [first, last] = [spans[0], spans.at(-1)] as [Span, Span];
  const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, values: numbers };
  // The legend describes the bar under the pointer, or the last one without a pointer.
  const nameIf = (index: number | null, name: (span: Span) => string): string => name(spans[index ?? spans.length - 1] ?? last);
  const bars = uPlot.paths.bars?.({ size: [0.7, 48] });
  return {
    width,
    height: HEIGHT,
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "Etc/UTC"),
    // For every template of the axis: the chart itself knows only English months.
    fmtDate: () => (day) => day.toLocaleDateString(locale(), { day: "numeric", month: "short" }),
    cursor: { drag: { x: false, y: false } },
    scales: {
      // A bar is centred on its position, so leave room for half a bar on both sides.
      x: { range: () => [middleOf(first, spanS) - spanS / 2, middleOf(last, spanS) + spanS / 2] },
      kas: { range: (_, __, max) => [0, max > 0 ? max * 1.1 : 1] },
      count: { range: (_, __, max) => [0, max > 0 ? max * 1.1 : 1] },
    },
    axes: [
      { ...axis, space: 44, incrs: [1, 2, 7, 14, 31, 61].map((n) => n * DAY_S), values: [[DAY_S, "{D} {MMM}", null, null, null, null, null, null, 1]] },
      { ...axis, scale: "kas", size: 64, label: "KAS", labelSize: 20 },
      // Counts are integers, so the steps are too.
      { ...axis, scale: "count", side: 1, grid: { show: false }, label: t("payments"), labelSize: 20, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1e6] },
    ],
    series: [
      { label: spanS === DAY_S ? t("Day") : t("Week"), value: (_, __, ___, i) => nameIf(i, nameOf) },
      {
        label: t("Received"),
        scale: "kas",
        fill: colour("--accent"),
        stroke: colour("--accent"),
        ...(bars === undefined ? {} : { paths: bars }),
        points: { show: false },
        // Only the bar's height is a float; the text is exact.
        value: (_, __, ___, i) => nameIf(i, ({ sompi }) => `${formatKas(sompiToKas(String(sompi)))} KAS`),
      },
      { label: t("Payments"), scale: "count", stroke: colour("--warn"), width: 2, value: (_, __, ___, i) => nameIf(i, ({ sessions }) => number(sessions)), points: { show: spans.length < 40 } },
    ],
  };
}

export default function DayChart({ days }: { days: readonly Day[] }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null || days.length === 0) return;
    const length = daysInSpan(days);
    const spans = spansOf(days, length);
    const data: uPlot.AlignedData = [
      spans.map((span) => middleOf(span, length * DAY_S)),
      spans.map(({ sompi }) => Number(sompi) / SOMPI_PER_KAS),
      spans.map(({ sessions }) => sessions),
    ];
    let chart: uPlot | undefined;
    const draw = (): void => {
      chart?.destroy();
      chart = new uPlot(options(element.clientWidth, spans, length * DAY_S), data, element);
    };
    draw();
    const resized = new ResizeObserver(() => chart?.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", draw);
    return () => {
      resized.disconnect();
      scheme.removeEventListener("change", draw);
      chart?.destroy();
    };
  }, [days]);
  return (
    <>
      <div ref={place} className="chart" role="img" aria-label={t("Received KAS and number of payments over time. The table below has the figures of each day.")} />
      <details>
        <summary>{t("Show as table")}</summary>
        <div className="scroll" tabIndex={0} role="region" aria-label={t("Daily figures")}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t("Day (UTC)")}</th>
                <th scope="col">{t("Received")}</th>
                <th scope="col">{t("Payments")}</th>
                <th scope="col">{t("Confirmed")}</th>
                <th scope="col">{t("Expired")}</th>
              </tr>
            </thead>
            <tbody>
              {days.toReversed().map((day) => (
                <tr key={day.date}>
                  <th scope="row">{day.date}</th>
                  <td>
                    <Kas amount={day.volume} />
                  </td>
                  <td>{day.sessions}</td>
                  <td>{day.confirmed}</td>
                  <td>{day.expired}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </>
  );
}
