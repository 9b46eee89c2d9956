import { useQuery } from "@tanstack/react-query";
import type { PageProps } from "./page";
import { withQuery } from "../api/client";
import { statement } from "../api/gateway";
import type { BookLine, BookSum, Statement as Found } from "../api/types";
import { Link, usePlace } from "../router";
import { Failure } from "../ui/Failure";
import { Id, Kas, When } from "../ui/Figures";
import { Loading } from "../ui/Notes";
import { Value, Worth } from "../ui/Worth";
import { locale, number, t } from "../texts";
import { nameOf } from "../texts/states";

const KAS_DECIMALS = 8;

/** A period's days in words, the same on paper wherever it is read. */
function dayName(day: string): string {
  const format = new Intl.DateTimeFormat(locale(), { dateStyle: "long", timeZone: "UTC" });
  return format.format(new Date(`${day}T00:00:00Z`));
}

/** The statement of a period, made to be printed on A4 or Letter. */
export default function Statement({ merchant }: PageProps) {
  const { query } = usePlace();
  const asked = Object.fromEntries(["from", "to", "timeZone"].map((name) => [name, query.get(name) ?? undefined]));
  const { data, error, refetch } = useQuery({
    queryKey: ["statement", asked],
    queryFn: ({ signal }) => statement(asked, signal),
  });
  return (
    <>
      <div className="head">
        <h1>{t("Statement")}</h1>
        <p className="row">
          <Link to={withQuery("/exports", asked)} className="button">
            {t("Back to exports")}
          </Link>
          <button type="button" className="button main" disabled={data === undefined} onClick={() => window.print()}>
            {t("Print")}
          </button>
        </p>
      </div>
      {error !== null && <Failure error={error} retry={() => void refetch()} />}
      {error === null && data === undefined && <Loading />}
      {data !== undefined && <Sheet found={data} hasValues={merchant.displayCurrency !== undefined} />}
    </>
  );
}

function Sheet({ found, hasValues }: { found: Found; hasValues: boolean }) {
  const { period } = found;
  const days = found.days.filter(({ payments }) => payments > 0);
  return (
    <article className="card statement">
      <div>
        <h2>{found.merchantName}</h2>
        <p>
          {period.first === period.last
            ? dayName(period.first)
            : t("{{from}} to {{to}}", { from: dayName(period.first), to: dayName(period.last) })}
        </p>
        <p className="quiet">
          {t("Days in the time zone {{zone}}. Payments that the network accepted, on the day of acceptance.", { zone: period.timeZone })}{" "}
          {t("Made on")} <When at={found.madeAt} />.
        </p>
      </div>
      <Totals found={found} hasValues={hasValues} />
      {days.length === 0 ? (
        <p>{t("Nothing was received in this period.")}</p>
      ) : (
        <>
          <section aria-labelledby="by-day">
            <h3 id="by-day">{t("By day")}</h3>
            <table className="rows">
              <thead>
                <tr>
                  <th scope="col">{t("Day")}</th>
                  <SumHeads hasValues={hasValues} />
                </tr>
              </thead>
              <tbody>
                {days.map((day) => (
                  <tr key={day.date}>
                    <th scope="row">{day.date}</th>
                    <SumCells sum={day} hasValues={hasValues} />
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
          <Lines found={found} hasValues={hasValues} />
        </>
      )}
    </article>
  );
}

function Totals({ found, hasValues }: { found: Found; hasValues: boolean }) {
  const unknown = found.received.value?.unknownPayments ?? 0;
  return (
    <section aria-labelledby="totals">
      <h3 id="totals">{t("Totals")}</h3>
      <table className="rows">
        <thead>
          <tr>
            <td />
            <SumHeads hasValues={hasValues} />
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">{t("Received before")}</th>
            <SumCells sum={found.before} hasValues={hasValues} />
          </tr>
          <tr className="total">
            <th scope="row">{t("Received in this period")}</th>
            <SumCells sum={found.received} hasValues={hasValues} />
          </tr>
          <tr>
            <th scope="row">{t("Received until its end")}</th>
            <SumCells sum={found.after} hasValues={hasValues} />
          </tr>
        </tbody>
      </table>
      {unknown > 0 && (
        <p className="quiet">
          {t("The value of {{count, number}} payments is not known, and is not in these sums.", { count: unknown })}
        </p>
      )}
    </section>
  );
}

function SumHeads({ hasValues }: { hasValues: boolean }) {
  return (
    <>
      <th scope="col" className="num">{t("Payments")}</th>
      <th scope="col" className="num">{t("Received")}</th>
      {hasValues && <th scope="col" className="num">{t("Value")}</th>}
    </>
  );
}

function SumCells({ sum, hasValues }: { sum: BookSum; hasValues: boolean }) {
  return (
    <>
      <td className="num" data-label={t("Payments")}>{number(sum.payments)}</td>
      <td className="num" data-label={t("Received")}>
        <Kas amount={sum.received} least={KAS_DECIMALS} />
      </td>
      {hasValues && (
        <td className="num" data-label={t("Value")}>
          <Worth sum={sum.value} />
        </td>
      )}
    </>
  );
}

function Lines({ found, hasValues }: { found: Found; hasValues: boolean }) {
  return (
    <section aria-labelledby="lines">
      <h3 id="lines">{t("Payments")}</h3>
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">{t("Time")}</th>
            <th scope="col">{t("Order")}</th>
            <th scope="col">{t("Transaction")}</th>
            <th scope="col" className="num">{t("Received")}</th>
            {hasValues && <th scope="col" className="num">{t("Value")}</th>}
          </tr>
        </thead>
        <tbody>
          {found.payments.map((line) => (
            <tr key={`${line.txId}:${line.index}`}>
              <td data-label={t("Time")}>{`${line.date} ${line.time}`}</td>
              <td data-label={t("Order")}>
                <span>
                  {line.orderId ?? <Id id={line.sessionId} />}
                  {line.description !== undefined && ` · ${line.description}`} <Remarks line={line} />
                </span>
              </td>
              <td data-label={t("Transaction")}>
                <Id id={line.txId} />
              </td>
              <td className="num" data-label={t("Received")}>
                <Kas amount={line.amount} least={KAS_DECIMALS} />
              </td>
              {hasValues && (
                <td className="num" data-label={t("Value")}>
                  <Value value={line.value} />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {!found.areAllListed && (
        <p className="quiet">
          {t("The first {{shown, number}} of {{total, number}} payments. The journal has all of them.", {
            shown: found.payments.length,
            total: found.received.payments,
          })}
        </p>
      )}
    </section>
  );
}

function Remarks({ line }: { line: BookLine }) {
  const words = [
    ...(line.late ? [nameOf("late")] : []),
    ...(line.overpaid ? [nameOf("over")] : []),
    ...(line.final ? [] : [t("not final yet")]),
  ];
  return words.length === 0 ? null : <small>{words.join(", ")}</small>;
}
