import { Trans } from "react-i18next";
import { useQuery, keepPreviousData } from "@tanstack/react-query";
import { lazy, Suspense, type FormEvent } from "react";
import type { PageProps } from "./page";
import { analytics, deliveries, sessions, stats } from "../api/gateway";
import { ATTENTION_REASONS, PERIODS, type Analytics, type Period, type Stats } from "../api/types";
import { withQuery } from "../api/client";
import { Link, navigate, usePlace } from "../router";
import { statusFilter } from "../sessions/filters";
import { WHY } from "../ui/PaymentBadges";
import { DecisionButtons } from "../sessions/Decisions";
import { Badge, Id, Kas, When } from "../ui/Figures";
import { Failure } from "../ui/Failure";
import { Empty, Loading } from "../ui/Notes";
import { useGatewayHealth } from "../ui/health";
import { textOf } from "../ui/Field";
import { daysInSpan } from "../ui/spans";
import { ListedKas, Worth } from "../ui/Worth";
import { ownZone } from "../ui/zones";
import { number, t } from "../texts";
import { nameOf } from "../texts/states";

/** The labels of the periods in the API's answer. */
const PERIOD_NAMES: Readonly<Record<string, string>> = {
  Today: t("Today"),
  "Last 7 days": t("Last 7 days"),
  "Last 30 days": t("Last 30 days"),
  "Last 365 days": t("Last 365 days"),
};

const DayChart = lazy(() => import("../ui/DayChart"));

export default function Overview({ merchant }: PageProps) {
  const { query } = usePlace();
  const chosen = chosenDays(query);
  const figures = useQuery({
    queryKey: ["analytics", chosen],
    queryFn: ({ signal }) => analytics({ ...chosen, timeZone: ownZone() }, signal),
    placeholderData: keepPreviousData,
  });
  const totals = useQuery({ queryKey: ["stats"], queryFn: ({ signal }) => stats(signal) });
  return (
    <>
      <div className="head">
        <h1>{t("Overview")}</h1>
        <PeriodChoice chosen={chosen} />
      </div>
      {figures.error !== null && (
        <Failure error={figures.error} retry={() => void figures.refetch()} />
      )}
      {figures.isPending && <Loading />}
      {totals.data?.totalSessions === 0 && <FirstSteps hasWebhook={merchant.webhookUrl !== undefined} />}
      {totals.data !== undefined && totals.data.needsAttention.count > 0 && (
        <NeedsAttention found={totals.data.needsAttention} />
      )}
      {totals.data?.unaccounted !== undefined && <Unaccounted found={totals.data.unaccounted} />}
      {figures.data !== undefined && totals.data?.totalSessions !== 0 && (
        <Figures found={figures.data} />
      )}
      <div className="columns">
        {figures.data !== undefined && figures.data.topPayments.length > 0 && (
          <TopPayments found={figures.data} />
        )}
        <Wellbeing webhookUrl={merchant.webhookUrl} />
        {totals.data !== undefined && totals.data.totalSessions > 0 && (
          <section className="card">
            <h2>{t("All time")}</h2>
            <dl>
              <dt>{t("Received")}</dt>
              <dd>
                <Kas amount={totals.data.totalReceived} />
              </dd>
              <dt>{t("Payments")}</dt>
              <dd>{number(totals.data.totalSessions)}</dd>
              <dt>{t("Confirmed")}</dt>
              <dd>{number(totals.data.confirmedSessions)}</dd>
            </dl>
          </section>
        )}
      </div>
    </>
  );
}

/** The days in the address, as the API takes them: a named period, or the first and the last day. */
interface Chosen {
  period?: Period;
  startDate?: string;
  endDate?: string;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

function chosenDays(query: URLSearchParams): Chosen {
  const [from, to] = [query.get("from") ?? "", query.get("to") ?? ""];
  if (DAY.test(from) && DAY.test(to)) return { startDate: from, endDate: to };
  return { period: PERIODS.find((known) => known === query.get("period")) ?? "week" };
}

function PeriodChoice({ chosen }: { chosen: Chosen }) {
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    navigate(withQuery("/", { from: textOf(form, "from"), to: textOf(form, "to") }), { replace: true });
  }
  return (
    <div className="periods">
      <div className="choice" role="group" aria-label={t("Period")}>
        {PERIODS.map((each) => (
          <button
            key={each}
            type="button"
            className="button"
            aria-pressed={each === chosen.period}
            onClick={() => navigate(`/?period=${each}`, { replace: true })}
          >
            {nameOf(each)}
          </button>
        ))}
      </div>
      <form className="days" key={`${chosen.startDate} ${chosen.endDate}`} onSubmit={submit}>
        <label>
          {t("From")}
          <input type="date" name="from" required defaultValue={chosen.startDate} />
        </label>
        <label>
          {t("To")}
          <input type="date" name="to" required defaultValue={chosen.endDate} />
        </label>
        <button type="submit" className="button">
          {t("Show")}
        </button>
      </form>
    </div>
  );
}

const INBOX = 5;

/** Payments that wait for the merchant's decision; kasgate/sessions/attention.py has the rules. */
function NeedsAttention({ found }: { found: Stats["needsAttention"] }) {
  const newest = useQuery({
    queryKey: ["sessions", "inbox"],
    queryFn: ({ signal }) => sessions({ needsAttention: true, limit: INBOX }, signal),
  });
  return (
    <section className="card" aria-labelledby="attention">
      <div className="head">
        <h2 id="attention">{t("Needs attention")}</h2>
        <p>
          <Link to="/sessions?attention=any">
            {t("{{count, number}} payments", { count: found.count })}
          </Link>{" "}
          <Trans i18nKey="with <kas/> received" components={{ kas: <Kas amount={found.received} /> }} />
        </p>
      </div>
      <ul className="chips">
        {ATTENTION_REASONS.filter((reason) => found.reasons[reason].count > 0).map((reason) => (
          <li key={reason}>
            <Link to={`/sessions?attention=${reason}`}>
              {WHY[reason]} <strong>{number(found.reasons[reason].count)}</strong> ·{" "}
              <Kas amount={found.reasons[reason].received} />
            </Link>
          </li>
        ))}
      </ul>
      {newest.error !== null && <Failure error={newest.error} retry={() => void newest.refetch()} />}
      <ul className="timeline">
        {newest.data?.sessions.map((session) => (
          <li key={session.id}>
            <div className="grow">
              <Link to={`/sessions/${session.id}`}>{session.orderId ?? <Id id={session.id} />}</Link>{" "}
              <span className="tags">
                {session.attention.map((reason) => (
                  <Badge key={reason} state={reason} name={WHY[reason]} />
                ))}
              </span>
              <p className="quiet">
                <Trans
                  i18nKey="<received/> of <amount/> received."
                  components={{ received: <Kas amount={session.received} />, amount: <Kas amount={session.amount} /> }}
                />{" "}
                {session.paidAt === undefined ? t("Created") : t("Paid")} <When at={session.paidAt ?? session.createdAt} />
              </p>
            </div>
            <DecisionButtons session={session} isSmall />
          </li>
        ))}
      </ul>
      {found.count > INBOX && (
        <p>
          <Link to="/sessions?attention=any">{t("Show all that need attention")}</Link>
        </p>
      )}
    </section>
  );
}

/** Money that may be in the wallet and in no payment here. The operator acknowledges it. */
function Unaccounted({ found }: { found: NonNullable<Stats["unaccounted"]> }) {
  return (
    <section className="card" aria-labelledby="unaccounted">
      <h2 id="unaccounted">{t("Unaccounted addresses")}</h2>
      {found.map(({ text, since }) => (
        <p key={text} className="note warn">
          {text} <When at={since} />
        </p>
      ))}
    </section>
  );
}

function FirstSteps({ hasWebhook }: { hasWebhook: boolean }) {
  return (
    <section className="card">
      <Empty title={t("Get started")}>
        <ol>
          <li>
            <Trans
              i18nKey="<a>Create a payment</a> and open its link to see the checkout as your customers see it."
              components={{ a: <Link to="/sessions/new">{null}</Link> }}
            />
          </li>
          <li>
            <Trans
              i18nKey="<a>Connect your shop</a> with code that contains your values."
              components={{ a: <Link to="/integration">{null}</Link> }}
            />
          </li>
          {!hasWebhook && (
            <li>
              <Trans
                i18nKey="<a>Set a webhook URL</a> to notify your server of payments."
                components={{ a: <Link to="/settings">{null}</Link> }}
              />
            </li>
          )}
        </ol>
      </Empty>
    </section>
  );
}

/** The change since the previous period; empty if that had no payments. */
function change(value: number, unit: string, before: Analytics["comparison"]): string {
  if (before.previousSessions === 0) return "";
  const sign = value > 0 ? "+" : value < 0 ? "−" : "±";
  return `${sign}${number(Math.abs(value), { maximumFractionDigits: 2 })}${unit}`;
}

function Figures({ found: { period, summary, comparison, dailyBreakdown, ...found } }: { found: Analytics }) {
  const [first, last] = [dailyBreakdown[0]?.date ?? "", dailyBreakdown.at(-1)?.date ?? ""];
  return (
    <>
      <p className="quiet">
        {t("{{period}}, in days of {{zone}}.", { period: PERIOD_NAMES[period.label] ?? `${first} – ${last}`, zone: period.timeZone })}{" "}
        {comparison.previousSessions === 0 ? (
          t("The previous period has no payments to compare with.")
        ) : (
          <Trans
            i18nKey="Compared with the previous period: <kas/> in {{count, number}} payments."
            count={comparison.previousSessions}
            components={{ kas: <Kas amount={comparison.previousVolume} /> }}
          />
        )}
      </p>
      <div className="tiles">
        <section className="card tile">
          <h2>{t("Received")}</h2>
          <p className="figure">
            <Kas amount={summary.totalVolume} />
          </p>
          {summary.totalValue !== undefined && (
            <p>
              <Worth sum={summary.totalValue} />
            </p>
          )}
          <p className="quiet">{change(comparison.volumeChange, " %", comparison)}</p>
        </section>
        <section className="card tile">
          <h2>{t("Payments")}</h2>
          <p className="figure">{number(summary.totalSessions)}</p>
          <p className="quiet">{change(comparison.sessionsChange, " %", comparison)}</p>
        </section>
        <section className="card tile">
          <h2>{t("Conversion")}</h2>
          <p className="figure">{number(summary.conversionRate)} %</p>
          <p className="quiet">{change(comparison.conversionChange, t(" points"), comparison)}</p>
        </section>
        <section className="card tile">
          <h2>{t("Average payment")}</h2>
          <p className="figure">
            <Kas amount={summary.averagePayment} />
          </p>
          <p className="quiet">{t("{{count, number}} confirmed", { count: summary.confirmedSessions })}</p>
        </section>
      </div>
      <section className="card">
        <h2>{daysInSpan(dailyBreakdown) === 1 ? t("By day") : t("By week")}</h2>
        <Suspense fallback={<Loading />}>
          <DayChart days={dailyBreakdown} />
        </Suspense>
        <ul className="states">
          {Object.entries(found.statusDistribution).map(([state, count]) => (
            <li key={state}>
              <Link to={withQuery("/sessions", { ...statusFilter(state), createdFrom: first, createdTo: last })}>
                <Badge state={state} name={nameOf(statusFilter(state).status ?? state)} /> {number(count)}
              </Link>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}

function TopPayments({ found }: { found: Analytics }) {
  return (
    <section className="card">
      <h2>{t("Largest payments")}</h2>
      <ol className="top">
        {found.topPayments.map((payment, index) => (
          <li key={`${payment.id}-${index}`}>
            <Link to={`/sessions/${payment.id}`}>
              {payment.orderId ?? t("No order ID")}
            </Link>
            <ListedKas amount={payment.amount} />
          </li>
        ))}
      </ol>
    </section>
  );
}

const WORDS: Readonly<Record<string, string>> = {
  ok: t("OK"),
  degraded: t("degraded"),
  unhealthy: t("unavailable"),
};

function Wellbeing({ webhookUrl }: { webhookUrl: string | undefined }) {
  const { data, isError } = useGatewayHealth();
  const failed = useQuery({
    queryKey: ["deliveries", "failed-count"],
    queryFn: ({ signal }) => deliveries({ status: "failed", limit: 1 }, signal),
  });
  const node = data?.checks["rpc"];
  const failures = failed.data?.total;
  return (
    <section className="card">
      <h2>{t("Health")}</h2>
      <dl>
        <dt>{t("Gateway")}</dt>
        <dd>{isError ? t("unreachable") : data === undefined ? "…" : (WORDS[data.status] ?? data.status)}</dd>
        <dt>{t("Kaspa node")}</dt>
        <dd>{node === undefined ? "…" : (WORDS[node.status] ?? node.status)}</dd>
        {node?.lastBlockAt !== undefined && (
          <>
            <dt>{t("Last block")}</dt>
            <dd>
              <When at={node.lastBlockAt} precise />
            </dd>
          </>
        )}
        <dt>{t("Network")}</dt>
        <dd>{data?.network ?? "…"}</dd>
        <dt>{t("Webhooks")}</dt>
        <dd>
          {webhookUrl === undefined ? (
            <Link to="/settings">{t("no URL set")}</Link>
          ) : failures === undefined ? (
            "…"
          ) : failures === 0 ? (
            t("no failed deliveries")
          ) : (
            <Link to="/webhooks?status=failed">
              {t("{{count, number}} failed deliveries", { count: failures })}
            </Link>
          )}
        </dd>
      </dl>
    </section>
  );
}
