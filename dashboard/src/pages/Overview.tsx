import { Trans } from "react-i18next";
import { useQuery, keepPreviousData } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import type { PageProps } from "./page";
import { analytics, deliveries, sessions, stats } from "../api/gateway";
import { ATTENTION_REASONS, PERIODS, type Analytics, type AttentionReason, type Period, type Stats } from "../api/types";
import { withQuery } from "../api/client";
import { Link, navigate, usePlace } from "../router";
import { statusFilter } from "../sessions/filters";
import { WHY } from "../ui/PaymentBadges";
import { DecisionButtons } from "../sessions/Decisions";
import { Badge, Id, Kas, When } from "../ui/Figures";
import { Failure } from "../ui/Failure";
import { Empty, Loading } from "../ui/Notes";
import { useGatewayHealth } from "../ui/health";
import { daysInSpan } from "../ui/spans";
import { ListedKas, Worth } from "../ui/Worth";
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
  const period = PERIODS.find((known) => known === query.get("period")) ?? "week";
  const figures = useQuery({
    queryKey: ["analytics", period],
    queryFn: ({ signal }) => analytics(period, signal),
    placeholderData: keepPreviousData,
  });
  const totals = useQuery({ queryKey: ["stats"], queryFn: ({ signal }) => stats(signal) });
  return (
    <>
      <div className="head">
        <h1>{t("Overview")}</h1>
        <PeriodChoice period={period} />
      </div>
      {figures.error !== null && (
        <Failure error={figures.error} retry={() => void figures.refetch()} />
      )}
      {figures.isPending && <Loading />}
      {totals.data?.totalSessions === 0 && <FirstSteps hasWebhook={merchant.webhookUrl !== undefined} />}
      {totals.data !== undefined && totals.data.needsAttention.count > 0 && (
        <NeedsAttention found={totals.data.needsAttention} />
      )}
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

function PeriodChoice({ period }: { period: Period }) {
  return (
    <div className="choice" role="group" aria-label={t("Period")}>
      {PERIODS.map((each) => (
        <button
          key={each}
          type="button"
          className="button"
          aria-pressed={each === period}
          onClick={() => navigate(`/?period=${each}`, { replace: true })}
        >
          {nameOf(each)}
        </button>
      ))}
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
          <Link to="/sessions?needsAttention=true">
            {t("{{count, number}} payments", { count: found.count })}
          </Link>{" "}
          <Trans i18nKey="with <kas/> received" components={{ kas: <Kas amount={found.received} /> }} />
        </p>
      </div>
      <ul className="chips">
        {ATTENTION_REASONS.filter((reason) => found.reasons[reason].count > 0).map((reason) => (
          <li key={reason}>
            <Link to={`/sessions?needsAttention=true&${FILTER_OF[reason]}`}>
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
                <When at={session.paidAt ?? session.createdAt} />
              </p>
            </div>
            <DecisionButtons session={session} isSmall />
          </li>
        ))}
      </ul>
      {found.count > INBOX && (
        <p>
          <Link to="/sessions?needsAttention=true">{t("Show all that need attention")}</Link>
        </p>
      )}
    </section>
  );
}

/** The list's filter for a reason. A reverted payment has no filter of its own. */
const FILTER_OF: Readonly<Record<AttentionReason, string>> = {
  late: "late=true",
  partial: "paidState=partial",
  overpaid: "paidState=over",
  reverted: "",
};

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

/** The UTC day of a time, as the list's filters take it. */
const dayOf = (time: string): string => time.slice(0, 10);

function Figures({ found: { period, summary, comparison, dailyBreakdown, ...found } }: { found: Analytics }) {
  return (
    <>
      <p className="quiet">
        {t("{{period}}, in UTC days.", { period: PERIOD_NAMES[period.label] ?? period.label })}{" "}
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
              <Link to={withQuery("/sessions", { ...statusFilter(state), createdFrom: dayOf(period.start), createdTo: dayOf(period.end) })}>
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
