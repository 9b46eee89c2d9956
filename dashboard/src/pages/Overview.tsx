import { useQuery, keepPreviousData } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import type { PageProps } from "./page";
import { analytics, deliveries, stats } from "../api/gateway";
import { ATTENTION_REASONS, PERIODS, type Analytics, type Period, type Stats } from "../api/types";
import { Link, navigate, usePlace } from "../router";
import { useGatewayHealth } from "../Shell";
import { WHY } from "../ui/PaymentBadges";
import { Badge, Kas, When } from "../ui/Figures";
import { Empty, Failure, Loading } from "../ui/Notes";
import { daysInSpan } from "../ui/spans";

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
        <h1>Overview</h1>
        <PeriodChoice period={period} />
      </div>
      {figures.error !== null && (
        <Failure error={figures.error} retry={() => void figures.refetch()} />
      )}
      {figures.isPending && <Loading what="the statistics" />}
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
            <h2>All time</h2>
            <dl>
              <dt>Received</dt>
              <dd>
                <Kas amount={totals.data.totalReceived} />
              </dd>
              <dt>Payments</dt>
              <dd>{totals.data.totalSessions.toLocaleString()}</dd>
              <dt>Confirmed</dt>
              <dd>{totals.data.confirmedSessions.toLocaleString()}</dd>
            </dl>
          </section>
        )}
      </div>
    </>
  );
}

function PeriodChoice({ period }: { period: Period }) {
  return (
    <div className="choice" role="group" aria-label="Period">
      {PERIODS.map((each) => (
        <button
          key={each}
          type="button"
          className="button"
          aria-pressed={each === period}
          onClick={() => navigate(`/?period=${each}`, { replace: true })}
        >
          {each}
        </button>
      ))}
    </div>
  );
}

/** Payments that wait for the merchant's decision; kasgate/sessions/attention.py has the rules. */
function NeedsAttention({ found }: { found: Stats["needsAttention"] }) {
  return (
    <section className="card" aria-labelledby="attention">
      <h2 id="attention">Needs attention</h2>
      <p>
        <Link to="/sessions?needsAttention=true">
          {found.count.toLocaleString()} {found.count === 1 ? "payment" : "payments"}
        </Link>{" "}
        with <Kas amount={found.received} /> received
      </p>
      <dl>
        {ATTENTION_REASONS.filter((reason) => found.reasons[reason].count > 0).map((reason) => (
          <div key={reason} className="pair">
            <dt>{WHY[reason]}</dt>
            <dd>
              {found.reasons[reason].count.toLocaleString()} · <Kas amount={found.reasons[reason].received} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function FirstSteps({ hasWebhook }: { hasWebhook: boolean }) {
  return (
    <section className="card">
      <Empty title="Get started">
        <ol>
          <li>
            <Link to="/sessions/new">Create a payment</Link> and open its link to see the checkout as
            your customers see it.
          </li>
          <li>
            <Link to="/integration">Connect your shop</Link> with code that contains your values.
          </li>
          {!hasWebhook && (
            <li>
              <Link to="/settings">Set a webhook URL</Link> to notify your server of payments.
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
  return `${sign}${Math.abs(value).toLocaleString(undefined, { maximumFractionDigits: 2 })}${unit}`;
}

function Figures({ found: { period, summary, comparison, dailyBreakdown, ...found } }: { found: Analytics }) {
  return (
    <>
      <p className="quiet">
        {period.label}, in UTC days.{" "}
        {comparison.previousSessions === 0 ? (
          "The previous period has no payments to compare with."
        ) : (
          <>
            Compared with the previous period: <Kas amount={comparison.previousVolume} /> in{" "}
            {comparison.previousSessions.toLocaleString()}{" "}
            {comparison.previousSessions === 1 ? "payment" : "payments"}.
          </>
        )}
      </p>
      <div className="tiles">
        <section className="card tile">
          <h2>Received</h2>
          <p className="figure">
            <Kas amount={summary.totalVolume} />
          </p>
          <p className="quiet">{change(comparison.volumeChange, " %", comparison)}</p>
        </section>
        <section className="card tile">
          <h2>Payments</h2>
          <p className="figure">{summary.totalSessions.toLocaleString()}</p>
          <p className="quiet">{change(comparison.sessionsChange, " %", comparison)}</p>
        </section>
        <section className="card tile">
          <h2>Conversion</h2>
          <p className="figure">{summary.conversionRate.toLocaleString()} %</p>
          <p className="quiet">{change(comparison.conversionChange, " points", comparison)}</p>
        </section>
        <section className="card tile">
          <h2>Average payment</h2>
          <p className="figure">
            <Kas amount={summary.averagePayment} />
          </p>
          <p className="quiet">{summary.confirmedSessions.toLocaleString()} confirmed</p>
        </section>
      </div>
      <section className="card">
        <h2>{daysInSpan(dailyBreakdown) === 1 ? "By day" : "By week"}</h2>
        <Suspense fallback={<Loading what="the chart" />}>
          <DayChart days={dailyBreakdown} />
        </Suspense>
        <ul className="states">
          {Object.entries(found.statusDistribution).map(([state, count]) => (
            <li key={state}>
              <Link to={`/sessions?status=${state}`}>
                <Badge state={state} /> {count.toLocaleString()}
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
      <h2>Largest payments</h2>
      <ol className="top">
        {found.topPayments.map((payment, index) => (
          <li key={`${payment.id}-${index}`}>
            <Link to={`/sessions/${payment.id}`}>
              {payment.orderId ?? "No order ID"}
            </Link>
            <Kas amount={payment.amount} />
          </li>
        ))}
      </ol>
    </section>
  );
}

const WORDS: Readonly<Record<string, string>> = {
  ok: "OK",
  degraded: "degraded",
  unhealthy: "unavailable",
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
      <h2>Health</h2>
      <dl>
        <dt>Gateway</dt>
        <dd>{isError ? "unreachable" : data === undefined ? "…" : (WORDS[data.status] ?? data.status)}</dd>
        <dt>Kaspa node</dt>
        <dd>{node === undefined ? "…" : (WORDS[node.status] ?? node.status)}</dd>
        {node?.lastBlockAt !== undefined && (
          <>
            <dt>Last block</dt>
            <dd>
              <When at={node.lastBlockAt} precise />
            </dd>
          </>
        )}
        <dt>Network</dt>
        <dd>{data?.network ?? "…"}</dd>
        <dt>Webhooks</dt>
        <dd>
          {webhookUrl === undefined ? (
            <Link to="/settings">no URL set</Link>
          ) : failures === undefined ? (
            "…"
          ) : failures === 0 ? (
            "no failed deliveries"
          ) : (
            <Link to="/webhooks?status=failed">
              {failures.toLocaleString()} failed {failures === 1 ? "delivery" : "deliveries"}
            </Link>
          )}
        </dd>
      </dl>
    </section>
  );
}
