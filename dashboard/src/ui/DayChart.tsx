/** Volume and sessions by day, drawn by uPlot; the same days as a table for whoever prefers text. */

import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Day } from "../api/types";
import { formatKas, Kas } from "./Figures";

const HEIGHT = 240;
const DAY_S = 86_400;

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function options(width: number, days: readonly Day[]): uPlot.Options {
  const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
  const bars = uPlot.paths.bars?.({ size: [0.7, 48] });
  return {
    width,
    height: HEIGHT,
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "Etc/UTC"),
    cursor: { drag: { x: false, y: false } },
    scales: {
      // A bar stands around its day: half a day of room on both sides.
      x: { range: (_, min, max) => [min - DAY_S / 2, max + DAY_S / 2] },
      kas: { range: (_, __, max) => [0, max > 0 ? max * 1.1 : 1] },
      count: { range: (_, __, max) => [0, max > 0 ? max * 1.1 : 1] },
    },
    axes: [
      { ...axis, space: 44, incrs: [1, 2, 7, 14, 31, 61].map((n) => n * DAY_S), values: [[DAY_S, "{D} {MMM}", null, null, null, null, null, null, 1]] },
      { ...axis, scale: "kas", size: 64, label: "KAS", labelSize: 20 },
      { ...axis, scale: "count", side: 1, grid: { show: false }, label: "sessions", labelSize: 20 },
    ],
    series: [
      { label: "Day", value: (_, __, ___, i) => (i === null ? "–" : (days[i]?.date ?? "–")) },
      {
        label: "Received",
        scale: "kas",
        fill: colour("--accent"),
        stroke: colour("--accent"),
        ...(bars === undefined ? {} : { paths: bars }),
        points: { show: false },
        // The bars' heights are drawn from numbers; what is read is the exact text.
        value: (_, __, ___, i) => (i === null ? "–" : `${formatKas(days[i]?.volume ?? "0")} KAS`),
      },
      { label: "Sessions", scale: "count", stroke: colour("--warn"), width: 2, value: (_, value) => (value === null ? "–" : String(value)), points: { show: days.length < 40 } },
    ],
  };
}

export default function DayChart({ days }: { days: readonly Day[] }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null || days.length === 0) return;
    const data: uPlot.AlignedData = [
      days.map(({ date }) => Date.parse(`${date}T00:00:00Z`) / 1000),
      days.map(({ volume }) => Number(volume)),
      days.map(({ sessions }) => sessions),
    ];
    let chart: uPlot | undefined;
    const draw = (): void => {
      chart?.destroy();
      chart = new uPlot(options(element.clientWidth, days), data, element);
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
      <div ref={place} className="chart" role="img" aria-label="Received KAS and sessions by day; the table below has the same figures" />
      <details>
        <summary>The same as a table</summary>
        <div className="scroll" tabIndex={0} role="region" aria-label="Figures by day">
          <table>
            <thead>
              <tr>
                <th scope="col">Day (UTC)</th>
                <th scope="col">Received</th>
                <th scope="col">Sessions</th>
                <th scope="col">Confirmed</th>
                <th scope="col">Expired</th>
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
