import { useState } from "react";
import { Trans } from "react-i18next";
import type { PageProps } from "./page";
import { withQuery } from "../api/client";
import { BOOKS_EXPORT } from "../api/gateway";
import { BOOK_FORMATS, type BookFormat } from "../api/types";
import { Link, navigate, usePlace } from "../router";
import { ownZone, zones } from "../ui/zones";
import { RANGES, rangeOf, todayIn, type Range } from "../ui/ranges";
import { t } from "../texts";

const RANGE_NAMES: Readonly<Record<Range, string>> = {
  month: t("This month"),
  "last-month": t("Last month"),
  year: t("This year"),
  "last-year": t("Last year"),
};
const FORMAT_NAMES: Readonly<Record<BookFormat, [name: string, purpose: string]>> = {
  journal: [t("Journal (CSV)"), t("For your accountant, or a spreadsheet. One line for each payment.")],
  koinly: ["Koinly", t("Koinly's universal CSV file. Check the first import.")],
  cointracking: ["CoinTracking", t("CoinTracking's own CSV format. Check the first import.")],
};

/** The books of a period: files for accountants, and a statement to print. */
export default function Exports({ merchant }: PageProps) {
  const { query } = usePlace();
  const zone = query.get("timeZone") ?? ownZone();
  const usual = rangeOf("last-month", todayIn(zone));
  const from = query.get("from") ?? usual.from;
  const to = query.get("to") ?? usual.to;
  const [format, setFormat] = useState<BookFormat>("journal");
  const isOrdered = from !== "" && to !== "" && from <= to;
  const period = { from, to, timeZone: zone };

  function choose(changes: Partial<typeof period>): void {
    navigate(withQuery("/exports", { ...period, ...changes }), { replace: true });
  }

  return (
    <>
      <h1>{t("Exports")}</h1>
      {merchant.displayCurrency === undefined && (
        <p className="note warn">
          <Trans
            i18nKey="Your payments have no value in a currency. <a>Choose a display currency</a>; it applies to payments from then on."
            components={{ a: <Link to="/settings/payments">{null}</Link> }}
          />
        </p>
      )}
      <section className="card" aria-labelledby="period">
        <h2 id="period">{t("Period")}</h2>
        <div className="choice plain" role="group" aria-label={t("Usual periods")}>
          {RANGES.map((range) => {
            const days = rangeOf(range, todayIn(zone));
            return (
              <button
                key={range}
                type="button"
                className="button"
                aria-pressed={days.from === from && days.to === to}
                onClick={() => choose(days)}
              >
                {RANGE_NAMES[range]}
              </button>
            );
          })}
        </div>
        <div className="dates">
          <label className="field">
            {t("First day")}
            <input type="date" value={from} onChange={({ target }) => choose({ from: target.value })} />
          </label>
          <label className="field">
            {t("Last day")}
            <input
              type="date"
              value={to}
              aria-invalid={isOrdered ? undefined : true}
              onChange={({ target }) => choose({ to: target.value })}
            />
          </label>
          <label className="field">
            {t("Time zone")}
            <select value={zone} onChange={({ target }) => choose({ timeZone: target.value })}>
              {zones(zone).map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        </div>
        {!isOrdered && <p role="alert" className="wrong">{t("The last day is before the first.")}</p>}
      </section>
      {isOrdered && (
        <div className="columns">
          <section className="card" aria-labelledby="file">
            <h2 id="file">{t("File")}</h2>
            <fieldset>
              <legend className="unseen">{t("Format")}</legend>
              {BOOK_FORMATS.map((each) => (
                <label key={each} className="check">
                  <input type="radio" name="format" checked={each === format} onChange={() => setFormat(each)} />
                  <span>
                    {FORMAT_NAMES[each][0]}
                    <br />
                    <small>{FORMAT_NAMES[each][1]}</small>
                  </span>
                </label>
              ))}
            </fieldset>
            <p>
              <a className="button main" href={withQuery(BOOKS_EXPORT, { format, ...period })} download>
                {t("Download file")}
              </a>
            </p>
          </section>
          <section className="card" aria-labelledby="statement">
            <h2 id="statement">{t("Statement")}</h2>
            <p>{t("A page to print, or to keep as PDF: what you received, day by day, and the list of payments.")}</p>
            <p>
              <Link to={withQuery("/exports/statement", period)} className="button">
                {t("Open statement")}
              </Link>
            </p>
          </section>
        </div>
      )}
    </>
  );
}
