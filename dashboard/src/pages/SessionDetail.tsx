import { Trans } from "react-i18next";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Session } from "@widget/api";
import { SessionFollower } from "@widget/follower";
import { sompiToKas } from "@widget/format";
import { useEffect, useState } from "react";
import type { PageProps } from "./page";
import { isAbsence } from "../api/client";
import * as gateway from "../api/gateway";
import type { SessionDetail as Detail, ValueSum } from "../api/types";
import { gatewayUrl } from "../place";
import { Link } from "../router";
import { Decisions } from "../sessions/Decisions";
import { Transactions } from "../sessions/Transactions";
import { CopyButton } from "../ui/CopyButton";
import { DeliveryTable } from "../ui/DeliveryTable";
import { Standing, Tags } from "../ui/PaymentBadges";
import { Kas, When } from "../ui/Figures";
import { Failure } from "../ui/Failure";
import { decimalOf, digitsOf } from "../ui/money";
import { Done, Loading } from "../ui/Notes";
import { Worth } from "../ui/Worth";
import { t } from "../texts";
import { nameOf } from "../texts/states";

const PAUSE_MS = 1000;

/** The public state that the gateway pushes. Each update also refetches the merchant's own data. */
function useProgress(id: string): Session | undefined {
  const queries = useQueryClient();
  const [pushed, setPushed] = useState<Session>();
  useEffect(() => {
    let pause: ReturnType<typeof setTimeout> | undefined;
    const follower = new SessionFollower({
      apiUrl: gatewayUrl(),
      sessionId: id,
      onSession: (session) => {
        setPushed(session);
        pause ??= setTimeout(() => {
          pause = undefined;
          void queries.invalidateQueries({ queryKey: ["session", id] });
        }, PAUSE_MS);
      },
      // The page's own call fails in the same way and shows the error.
      onFailure: () => setPushed(undefined),
      onLink: () => undefined,
    });
    return () => {
      clearTimeout(pause);
      follower.close();
    };
  }, [id, queries]);
  return pushed;
}

export default function SessionDetail({ merchant, rest: id }: PageProps) {
  const loaded = useQuery({
    queryKey: ["session", id],
    queryFn: ({ signal }) => gateway.session(id, signal),
  });
  const pushed = useProgress(id);
  const order = loaded.data?.orderId;
  useEffect(() => {
    if (order !== undefined) document.title = `${t("Payment {{order}}", { order })} · ${merchant.name} · KasGate`;
  }, [order, merchant.name]);
  if (isAbsence(loaded.error)) {
    return (
      <section className="card">
        <h1>{t("Payment not found")}</h1>
        <p>
          {t("None of your payments has this ID. It may belong to another merchant.")}{" "}
          <Link to="/sessions">{t("Show all payments")}</Link>
        </p>
      </section>
    );
  }
  if (loaded.error !== null) {
    return <Failure error={loaded.error} retry={() => void loaded.refetch()} />;
  }
  if (loaded.data === undefined) {
    return (
      <>
        <h1>{t("Payment")}</h1>
        <Loading />
      </>
    );
  }
  // A final state comes only from the loaded record, so that an older update cannot undo it.
  const isOpen = !["confirmed", "failed"].includes(loaded.data.status);
  const session = pushed === undefined || !isOpen ? loaded.data : withPushed(loaded.data, pushed);
  return (
    <>
      <BackToList />
      <div className="head">
        <h1>{session.orderId === undefined ? t("Payment") : t("Payment {{order}}", { order: session.orderId })}</h1>
        <span className="tags">
          <Standing session={session} />
          <Tags session={session} />
        </span>
      </div>
      {session.description !== undefined && (
        <p className="purpose" dir="auto">
          {session.description}
        </p>
      )}
      {session.delayed && (
        <p role="status" className="note warn">
          {t("The gateway's Kaspa node is behind, so this payment may be out of date.")}
        </p>
      )}
      <div className="columns">
        <Money session={session} />
        <ToShare session={session} />
      </div>
      <Transactions session={session} />
      <Decisions session={session} />
      <div className="columns">
        <Timeline id={id} hasWebhook={merchant.webhookUrl !== undefined} />
        <Facts session={session} />
      </div>
      <Webhooks id={id} />
    </>
  );
}

/** A link to the list from which the merchant came, with its filters. */
function BackToList() {
  return (
    <p className="back">
      <Link to="/sessions">{t("All payments")}</Link>
    </p>
  );
}

/** Each accepted transaction has at least the confirmations of the payment, which are pushed more often. */
function withCounts(payments: Detail["payments"], { status, confirmations }: Session): Detail["payments"] {
  if (status !== "confirming") return payments;
  return payments.map((each) =>
    each.state === "accepted" ? { ...each, confirmations: Math.max(each.confirmations, confirmations) } : each,
  );
}

function withPushed(detail: Detail, pushed: Session): Detail {
  const { status, confirmations, requiredConfirmations, receivedSompi, remainingSompi, dueSompi, paidState, late, delayed } = pushed;
  return {
    ...detail,
    ...{ status, confirmations, requiredConfirmations, receivedSompi, remainingSompi, dueSompi, late, delayed },
    payments: withCounts(detail.payments, pushed),
    // The widget passes the gateway's value on as a plain string.
    paidState: paidState as Detail["paidState"],
  };
}

/** The value of the payments that count; undefined unless all are listed and one has a value. */
function valueOf({ payments, paymentsTotal }: Detail): ValueSum | undefined {
  const counted = payments.filter(({ credited, state }) => credited && state !== "withdrawn" && state !== "seen");
  const first = counted.find(({ value }) => value !== undefined)?.value;
  if (first === undefined || (paymentsTotal ?? 0) > payments.length) return undefined;
  const known = counted.flatMap(({ value }) => (value?.currency === first.currency ? [digitsOf(value.amount)] : []));
  const sum = known.reduce((total, [digits]) => total + digits, 0n);
  return {
    currency: first.currency,
    knownAmount: decimalOf(sum, known[0]?.[1] ?? 0),
    knownPayments: known.length,
    unknownPayments: counted.length - known.length,
  };
}

function Money({ session }: { session: Detail }) {
  const { confirmations, requiredConfirmations } = session;
  const worth = valueOf(session);
  return (
    <section className="card" aria-labelledby="money">
      <h2 id="money">{t("Amounts")}</h2>
      <dl>
        <dt>{t("Amount due")}</dt>
        <dd>
          <Kas amount={session.amount} />
        </dd>
        {session.fiat !== undefined && (
          <>
            <dt>{t("Price")}</dt>
            <dd>
              {t("{{value}} {{currency}} at {{rate}}", { ...session.fiat })}
            </dd>
          </>
        )}
        <dt>{t("Received")}</dt>
        <dd>
          <Kas amount={sompiToKas(session.receivedSompi)} />
        </dd>
        {worth !== undefined && (
          <>
            <dt>{t("Value when received")}</dt>
            <dd>
              <Worth sum={worth} />
            </dd>
          </>
        )}
        <dt>{t("Remaining")}</dt>
        <dd>
          <Kas amount={sompiToKas(session.remainingSompi)} />
        </dd>
        <dt>{t("Paid")}</dt>
        <dd>
          {session.late ? t("{{state}}, partly late", { state: nameOf(session.paidState) }) : nameOf(session.paidState)}
        </dd>
      </dl>
      {["confirming", "confirmed"].includes(session.status) && (
        <div>
          <p role="status">
            {t("{{done, number}} of {{count, number}} confirmations", { done: confirmations, count: requiredConfirmations })}
          </p>
          <progress value={confirmations} max={requiredConfirmations} aria-label={t("Confirmations")} />
        </div>
      )}
    </section>
  );
}

function ToShare({ session }: { session: Detail }) {
  const isPayable = session.status === "created" || session.status === "pending";
  return (
    <section className="card" aria-labelledby="share">
      <h2 id="share">{isPayable ? t("Share") : t("Checkout page")}</h2>
      {isPayable && (
        <img className="qr" src={session.qrCode} alt={t("QR code of the payment link for the amount due")} />
      )}
      <p className="mono">{session.checkoutUrl}</p>
      <div className="row">
        <CopyButton text={session.checkoutUrl} label={t("Copy link")} />
        <a className="button small" href={session.checkoutUrl} target="_blank" rel="noreferrer">
          {t("Open checkout")}
        </a>
        {isPayable && (
          <button type="button" className="button small" onClick={() => print()}>
            {t("Print")}
          </button>
        )}
      </div>
      {isPayable && (
        <p className="quiet">
          <Trans i18nKey="Payable until <time/>" components={{ time: <When at={session.expiresAt} /> }} />
        </p>
      )}
    </section>
  );
}

function Timeline({ id, hasWebhook }: { id: string; hasWebhook: boolean }) {
  const log = useQuery({
    queryKey: ["events", id],
    queryFn: ({ signal }) => gateway.events({ sessionId: id, limit: 100 }, signal),
  });
  const queries = useQueryClient();
  const sent = useDeliveries(id).data?.logs;
  /** An event without a delivery, for example from before there was a webhook URL. Others are sent again below. */
  const maySend = (event: string): boolean =>
    hasWebhook && sent !== undefined && !sent.some(({ deliveryId }) => deliveryId === event);
  const resend = useMutation({
    mutationFn: gateway.resendEvent,
    onSuccess: () => queries.invalidateQueries({ queryKey: ["deliveries"] }),
  });
  return (
    <section className="card" aria-labelledby="timeline">
      <h2 id="timeline">{t("Timeline")}</h2>
      {log.error !== null && <Failure error={log.error} retry={() => void log.refetch()} />}
      {resend.error !== null && <Failure error={resend.error} />}
      {resend.isSuccess && <Done>{t("Queued for redelivery.")}</Done>}
      {log.data?.events.length === 0 && <p className="quiet">{t("No events yet.")}</p>}
      <ol className="timeline">
        {log.data?.events.map((event) => (
          <li key={event.id}>
            <div>
              <strong>{event.type}</strong>
              <br />
              <When at={event.createdAt} precise />
              {event.receivedSompi !== "0" && (
                <>
                  {" · "}
                  <Trans
                    i18nKey="<kas/> received"
                    components={{ kas: <Kas amount={sompiToKas(event.receivedSompi)} /> }}
                  />
                </>
              )}
            </div>
            {maySend(event.id) && (
              <button
                type="button"
                className="button small"
                disabled={resend.isPending}
                onClick={() => resend.mutate(event.id)}
              >
                {t("Send webhook")}
                <span className="unseen"> {event.type}</span>
              </button>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}

function Facts({ session }: { session: Detail }) {
  return (
    <section className="card" aria-labelledby="facts">
      <h2 id="facts">{t("Details")}</h2>
      <dl className="facts">
        <dt>{t("Payment ID")}</dt>
        <dd className="mono">{session.id}</dd>
        <dt>{t("Address")}</dt>
        <dd className="mono">{session.address}</dd>
        <dt>{t("Network")}</dt>
        <dd>{session.network}</dd>
        <dt>{t("Created at")}</dt>
        <dd>
          <When at={session.createdAt} precise />
        </dd>
        {session.paidAt !== undefined && (
          <>
            <dt>{t("Paid at")}</dt>
            <dd>
              <When at={session.paidAt} precise />
            </dd>
          </>
        )}
        {session.confirmedAt !== undefined && (
          <>
            <dt>{t("Confirmed at")}</dt>
            <dd>
              <When at={session.confirmedAt} precise />
            </dd>
          </>
        )}
        {Object.entries(session.metadata ?? {}).map(([key, value]) => (
          <div key={key} className="pair">
            <dt>{key}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function useDeliveries(id: string) {
  return useQuery({
    queryKey: ["deliveries", { sessionId: id }],
    queryFn: ({ signal }) => gateway.deliveries({ sessionId: id, limit: 100 }, signal),
  });
}

function Webhooks({ id }: { id: string }) {
  const log = useDeliveries(id);
  return (
    <section className="card" aria-labelledby="webhooks">
      <h2 id="webhooks">{t("Webhooks")}</h2>
      {log.error !== null && <Failure error={log.error} retry={() => void log.refetch()} />}
      {log.data?.logs.length === 0 && <p className="quiet">{t("No webhooks were sent for this payment.")}</p>}
      {log.data !== undefined && log.data.logs.length > 0 && <DeliveryTable logs={log.data.logs} />}
    </section>
  );
}
