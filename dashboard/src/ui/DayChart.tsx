/** A chart of amounts and payments by day, or by week for long periods, and the days as a table. */

import { sompiToKas } from "@widget/format";
import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Day } from "../api/types";
import { formatKas } from "./Figures";
import { decimalOf } from "./money";
import { ListedKas, moneyText, Worth } from "./Worth";
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

/** The amount of a span in KAS, or in a currency as far as its value is known. Only the bar's height is a float. */
function amountText({ sompi, value }: Span, currency: string | undefined): string {
  if (currency === undefined) return `${formatKas(sompiToKas(String(sompi)))} KAS`;
  const known = moneyText(decimalOf(value.known, value.decimals), currency);
  return value.unknown === 0 ? known : `${known} ${t("+ {{count, number}} without a value", { count: value.unknown })}`;
}

function heightOf({ sompi, value }: Span, currency: string | undefined): number {
  return currency === undefined ? Number(sompi) / SOMPI_PER_KAS : Number(value.known) / 10 ** value.decimals;
}

function options(width: number, spans: readonly Span[], spanS: number, currency: string | undefined): uPlot.Options {
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
      { ...axis, scale: "kas", size: 64, label: currency ?? "KAS", labelSize: 20 },
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
        value: (_, __, ___, i) => nameIf(i, (span) => amountText(span, currency)),
      },
      { label: t("Payments"), scale: "count", stroke: colour("--warn"), width: 2, value: (_, __, ___, i) => nameIf(i, ({ sessions }) => number(sessions)), points: { show: spans.length < 40 } },
    ],
  };
}

export default function DayChart({ days }: { days: readonly Day[] }) {
  const place = useRef<HTMLDivElement>(null);
  const known = days.find(({ value }) => value !== undefined)?.value?.currency;
  const [chosen, setCurrency] = useState<string>();
  const currency = chosen === known ? known : undefined;
  useEffect(() => {
    const element = place.current;
    if (element === null || days.length === 0) return;
    const length = daysInSpan(days);
    const spans = spansOf(days, length);
    const data: uPlot.AlignedData = [
      spans.map((span) => middleOf(span, length * DAY_S)),
      spans.map((span) => heightOf(span, currency)),
      spans.map(({ sessions }) => sessions),
    ];
    let chart: uPlot | undefined;
    const draw = (): void => {
      chart?.destroy();
      chart = new uPlot(options(element.clientWidth, spans, length * DAY_S, currency), data, element);
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
  }, [days, currency]);
  return (
    <>
      {known !== undefined && (
        <div className="choice plain" role="group" aria-label={t("Currency of the chart")}>
          {[undefined, known].map((each) => (
            <button key={each ?? "KAS"} type="button" className="button small" aria-pressed={each === currency} onClick={() => setCurrency(each)}>
              {each ?? "KAS"}
            </button>
          ))}
        </div>
      )}
      <div ref={place} className="chart" role="img" aria-label={t("Received amounts and number of payments over time. The table below has the figures of each day.")} />
      <details>
        <summary>{t("Show as table")}</summary>
        <div className="scroll" tabIndex={0} role="region" aria-label={t("Daily figures")}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t("Day")}</th>
                <th scope="col" className="num">{t("Received")}</th>
                {known !== undefined && <th scope="col" className="num">{t("Value")}</th>}
                <th scope="col" className="num">{t("Payments")}</th>
                <th scope="col" className="num">{t("Confirmed")}</th>
                <th scope="col" className="num">{t("Expired")}</th>
              </tr>
            </thead>
            <tbody>
              {days.toReversed().map((day) => (
                <tr key={day.date}>
                  <th scope="row">{day.date}</th>
                  <td className="num">
                    <ListedKas amount={day.volume} />
                  </td>
                  {known !== undefined && (
                    <td className="num">
                      <Worth sum={day.value} />
                    </td>
                  )}
                  <td className="num">{day.sessions}</td>
                  <td className="num">{day.confirmed}</td>
                  <td className="num">{day.expired}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </>
  );
}
