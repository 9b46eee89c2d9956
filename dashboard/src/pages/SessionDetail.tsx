import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Session } from "@widget/api";
import { SessionFollower } from "@widget/follower";
import { sompiToKas, transactionPage } from "@widget/format";
import { useEffect, useState, type FormEvent } from "react";
import type { PageProps } from "./page";
import { isAbsence } from "../api/client";
import * as gateway from "../api/gateway";
import type { SessionDetail as Detail, SessionPayment } from "../api/types";
import { gatewayUrl } from "../place";
import { Link } from "../router";
import { CopyButton } from "../ui/CopyButton";
import { DeliveryTable } from "../ui/DeliveryTable";
import { Dialog } from "../ui/Dialog";
import { Standing, Tags, WHY } from "../ui/Came";
import { Badge, Id, Kas, When } from "../ui/Figures";
import { Field, textOf } from "../ui/Field";
import { Done, Empty, Failure, Loading } from "../ui/Notes";

const PAUSE_MS = 1000;

/** What the gateway pushes of the session; what only its owner may see is asked for anew. */
function useProgress(id: string): Session | undefined {
  const queries = useQueryClient();
  const [told, setTold] = useState<Session>();
  useEffect(() => {
    let pause: ReturnType<typeof setTimeout> | undefined;
    const follower = new SessionFollower({
      apiUrl: gatewayUrl(),
      sessionId: id,
      onSession: (session) => {
        setTold(session);
        pause ??= setTimeout(() => {
          pause = undefined;
          void queries.invalidateQueries({ queryKey: ["session", id] });
        }, PAUSE_MS);
      },
      // The page's own call meets the same failure, and shows it.
      onFailure: () => setTold(undefined),
      onLink: () => undefined,
    });
    return () => {
      clearTimeout(pause);
      follower.close();
    };
  }, [id, queries]);
  return told;
}

export default function SessionDetail({ merchant, rest: id }: PageProps) {
  const loaded = useQuery({
    queryKey: ["session", id],
    queryFn: ({ signal }) => gateway.session(id, signal),
  });
  const told = useProgress(id);
  if (isAbsence(loaded.error)) {
    return (
      <section className="card">
        <h1>There is no such session</h1>
        <p>
          It may belong to another merchant. <Link to="/sessions">Look among yours</Link>
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
        <h1>Session</h1>
        <Loading what="the session" />
      </>
    );
  }
  // Final states come from the gateway's record alone, so that news on their way can't undo them.
  const isOpen = !["confirmed", "failed"].includes(loaded.data.status);
  const session = told === undefined || !isOpen ? loaded.data : withNews(loaded.data, told);
  return (
    <>
      <div className="head">
        <h1>{session.orderId ?? "Session"}</h1>
        <span className="tags">
          <Standing session={session} />
          <Tags session={session} />
        </span>
      </div>
      {session.delayed && (
        <p role="status" className="note warn">
          The gateway's node is behind, so this may be too.
        </p>
      )}
      <div className="columns">
        <Money session={session} />
        <ToShare session={session} />
      </div>
      <Payments session={session} />
      <Actions session={session} />
      <div className="columns">
        <Timeline id={id} hasWebhook={merchant.webhookUrl !== undefined} />
        <Facts session={session} />
      </div>
      <Webhooks id={id} />
    </>
  );
}

function withNews(detail: Detail, told: Session): Detail {
  const { status, confirmations, requiredConfirmations, receivedSompi, remainingSompi, dueSompi, paidState, late, delayed } = told;
  return {
    ...detail,
    ...{ status, confirmations, requiredConfirmations, receivedSompi, remainingSompi, dueSompi, late, delayed },
    // The widget passes on whatever word the gateway says.
    paidState: paidState as Detail["paidState"],
  };
}

function Money({ session }: { session: Detail }) {
  const { confirmations, requiredConfirmations } = session;
  return (
    <section className="card" aria-labelledby="money">
      <h2 id="money">Amounts</h2>
      <dl>
        <dt>Asked for</dt>
        <dd>
          <Kas amount={session.amount} />
        </dd>
        {session.fiat !== undefined && (
          <>
            <dt>Made of</dt>
            <dd>
              {session.fiat.value} {session.fiat.currency} at {session.fiat.rate}
            </dd>
          </>
        )}
        <dt>Received</dt>
        <dd>
          <Kas amount={sompiToKas(session.receivedSompi)} />
        </dd>
        <dt>Remaining</dt>
        <dd>
          <Kas amount={sompiToKas(session.remainingSompi)} />
        </dd>
        <dt>Paid</dt>
        <dd>
          {session.paidState}
          {session.late && ", some of it late"}
        </dd>
      </dl>
      {["confirming", "confirmed"].includes(session.status) && (
        <div>
          <p role="status">
            {confirmations.toLocaleString()} of {requiredConfirmations.toLocaleString()} confirmations
          </p>
          <progress value={confirmations} max={requiredConfirmations} aria-label="Confirmations" />
        </div>
      )}
    </section>
  );
}

function ToShare({ session }: { session: Detail }) {
  const isPayable = session.status === "created" || session.status === "pending";
  return (
    <section className="card" aria-labelledby="share">
      <h2 id="share">{isPayable ? "To share" : "Its page"}</h2>
      {isPayable && (
        <img className="qr" src={session.qrCode} alt="QR code of the payment link, for what is due" />
      )}
      <p className="mono">{session.checkoutUrl}</p>
      <div className="row">
        <CopyButton text={session.checkoutUrl} label="Copy link" />
        <a className="button small" href={session.checkoutUrl} target="_blank" rel="noreferrer">
          Open the checkout
        </a>
        {isPayable && (
          <button type="button" className="button small" onClick={() => print()}>
            Print
          </button>
        )}
      </div>
      {isPayable && (
        <p className="quiet">
          Can be paid until <When at={session.expiresAt} />
        </p>
      )}
    </section>
  );
}

function Payments({ session }: { session: Detail }) {
  const [showsAll, setShowsAll] = useState(false);
  const total = session.paymentsTotal ?? session.payments.length;
  const hidden = total > session.payments.length;
  return (
    <section className="card" aria-labelledby="payments">
      <h2 id="payments">Payments</h2>
      {showsAll ? (
        <AllPayments session={session} />
      ) : session.payments.length === 0 ? (
        <Empty title="Nothing has arrived">
          <p>Payments to the session's address appear here within a second or two.</p>
        </Empty>
      ) : (
        <>
          {hidden && (
            <p role="status">
              The newest {session.payments.length.toLocaleString()} of {total.toLocaleString()} payments.
            </p>
          )}
          <PaymentTable payments={session.payments} explorerUrl={session.explorerUrl} />
          {hidden && (
            <button type="button" className="button" onClick={() => setShowsAll(true)}>
              Show all, from the first
            </button>
          )}
        </>
      )}
    </section>
  );
}

/** Page by page, since there may be very many. */
function AllPayments({ session }: { session: Detail }) {
  const list = useInfiniteQuery({
    // Not under the session, whose news would have all the pages fetched anew.
    queryKey: ["payments", session.id],
    queryFn: ({ pageParam, signal }) => gateway.payments(session.id, { limit: 100, after: pageParam }, signal),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.nextCursor,
  });
  const pages = list.data?.pages ?? [];
  // One that was withdrawn and is back has moved to the end, and may be on two pages.
  const payments = new Map(pages.flatMap((page) => page.payments).map((payment) => [keyOf(payment), payment]));
  return (
    <>
      {list.error !== null && <Failure error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Loading what="the payments" />}
      {list.isSuccess && (
        <p role="status">
          The first {payments.size.toLocaleString()} of {(pages.at(-1)?.paymentsTotal ?? 0).toLocaleString()} payments.
        </p>
      )}
      <PaymentTable payments={[...payments.values()]} explorerUrl={session.explorerUrl} />
      {list.hasNextPage && (
        <button type="button" className="button" disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          Show more
        </button>
      )}
    </>
  );
}

const keyOf = (payment: SessionPayment): string => `${payment.txId}:${payment.index}`;

function PaymentTable({ payments, explorerUrl }: { payments: SessionPayment[]; explorerUrl: string }) {
  return (
    <table className="rows">
      <thead>
        <tr>
          <th scope="col">Transaction</th>
          <th scope="col">Amount</th>
          <th scope="col">State</th>
          <th scope="col">Confirmations</th>
          <th scope="col">Seen</th>
        </tr>
      </thead>
      <tbody>
        {payments.map((payment) => (
          <PaymentRow key={keyOf(payment)} payment={payment} explorerUrl={explorerUrl} />
        ))}
      </tbody>
    </table>
  );
}

function PaymentRow({ payment, explorerUrl }: { payment: SessionPayment; explorerUrl: string }) {
  const page = transactionPage(explorerUrl, payment.txId);
  return (
    <tr>
      <td data-label="Transaction">
        {page === undefined ? (
          <Id id={payment.txId} />
        ) : (
          <a href={page} target="_blank" rel="noreferrer">
            <Id id={payment.txId} />
          </a>
        )}{" "}
        <CopyButton text={payment.txId} label="Copy" />
      </td>
      <td data-label="Amount">
        <Kas amount={payment.amount} />
      </td>
      <td data-label="State">
        <span>
          <Badge state={payment.state} /> {payment.late && "late"}
        </span>
      </td>
      <td data-label="Confirmations">{payment.confirmations.toLocaleString()}</td>
      <td data-label="Seen">
        <When at={payment.seenAt} precise />
      </td>
    </tr>
  );
}

type Decision = "accept" | "fail" | "dismiss";

const QUESTIONS: Readonly<Record<Decision, { title: string; text: string; deed: string }>> = {
  accept: {
    title: "Accept this session as paid?",
    text: "Your shop will be told that it is confirmed.",
    deed: "Accept as paid",
  },
  fail: {
    title: "Mark this session as failed?",
    text: "Money that arrived stays in your wallet; returning it is up to you.",
    deed: "Mark as failed",
  },
  dismiss: {
    title: "Dismiss what needs attention?",
    text: "The session stays as it is. If more happens to it, it needs attention again.",
    deed: "Dismiss",
  },
};

function Actions({ session }: { session: Detail }) {
  const queries = useQueryClient();
  const [asked, setAsked] = useState<Decision>();
  const refresh = async (): Promise<void> => {
    const changed = [["session", session.id], ["sessions"], ["stats"]];
    await Promise.all(changed.map((queryKey) => queries.invalidateQueries({ queryKey })));
  };
  const cancel = useMutation({
    mutationFn: () => gateway.cancelSession(session.id),
    onSuccess: refresh,
  });
  const canCancel = session.status === "created" || session.status === "pending";
  const canDecide = session.status !== "confirmed" && session.status !== "failed";
  const canAccept = canDecide && session.paidState !== "none";
  const reasons = session.attention ?? [];
  if (!canDecide && reasons.length === 0) return null;
  return (
    <section className="card" aria-labelledby="actions">
      <h2 id="actions">Decide</h2>
      {reasons.length > 0 && (
        <div role="status" className="note warn">
          <p>
            <strong>Needs attention</strong>
          </p>
          {reasons.map((reason) => (
            <p key={reason}>{WHY[reason]}</p>
          ))}
        </div>
      )}
      {cancel.error !== null && <Failure error={cancel.error} />}
      {cancel.isSuccess && <Done>Cancelled.</Done>}
      <div className="row">
        {canCancel && (
          <button type="button" className="button" disabled={cancel.isPending} onClick={() => cancel.mutate()}>
            Cancel
          </button>
        )}
        {canAccept && (
          <button type="button" className="button" onClick={() => setAsked("accept")}>
            Accept as paid…
          </button>
        )}
        {canDecide && (
          <button type="button" className="button" onClick={() => setAsked("fail")}>
            Mark as failed…
          </button>
        )}
        {reasons.length > 0 && (
          <button type="button" className="button" onClick={() => setAsked("dismiss")}>
            Dismiss…
          </button>
        )}
      </div>
      <p className="quiet">
        {canDecide && "What you accept or fail is final and told to your webhook. "}
        Each decision is kept in the audit log.
      </p>
      {asked !== undefined && (
        <DecisionDialog session={session} decision={asked} onClose={() => setAsked(undefined)} onDone={() => void refresh()} />
      )}
    </section>
  );
}

interface DecisionDialogProps {
  session: Detail;
  decision: Decision;
  onClose: () => void;
  onDone: () => void;
}

function DecisionDialog({ session, decision, onClose, onDone }: DecisionDialogProps) {
  const { mutate, error, isPending } = useMutation({
    mutationFn: (note: string) => gateway.decideSession(session.id, decision, note),
    onSuccess: () => {
      onDone();
      onClose();
    },
  });
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    mutate(textOf(new FormData(event.currentTarget), "note"));
  }
  const question = QUESTIONS[decision];
  return (
    <Dialog title={question.title} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <p>
          <Kas amount={sompiToKas(session.receivedSompi)} /> of <Kas amount={session.amount} /> arrived.{" "}
          {question.text}
        </p>
        {error !== null && <Failure error={error} />}
        <Field name="note" label="Note for the audit log" maxLength={500} required autoFocus error={error} hint="Why, for whoever asks later" />
        <div className="row">
          <button type="submit" className="button main" disabled={isPending}>
            {question.deed}
          </button>
          <button type="button" className="button" onClick={onClose}>
            Leave it
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function Timeline({ id, hasWebhook }: { id: string; hasWebhook: boolean }) {
  const log = useQuery({
    queryKey: ["events", id],
    queryFn: ({ signal }) => gateway.events({ sessionId: id, limit: 100 }, signal),
  });
  const queries = useQueryClient();
  const resend = useMutation({
    mutationFn: gateway.resendEvent,
    onSuccess: () => queries.invalidateQueries({ queryKey: ["deliveries"] }),
  });
  return (
    <section className="card" aria-labelledby="timeline">
      <h2 id="timeline">Timeline</h2>
      {log.error !== null && <Failure error={log.error} retry={() => void log.refetch()} />}
      {resend.error !== null && <Failure error={resend.error} />}
      {resend.isSuccess && <Done>On its way again.</Done>}
      {log.data?.events.length === 0 && <p className="quiet">Nothing has happened yet.</p>}
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
                  <Kas amount={sompiToKas(event.receivedSompi)} /> received
                </>
              )}
            </div>
            {hasWebhook && (
              <button
                type="button"
                className="button small"
                disabled={resend.isPending}
                onClick={() => resend.mutate(event.id)}
              >
                Resend<span className="unseen"> {event.type}</span>
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
      <h2 id="facts">Details</h2>
      <dl className="facts">
        <dt>Session id</dt>
        <dd className="mono">{session.id}</dd>
        <dt>Address</dt>
        <dd className="mono">{session.address}</dd>
        <dt>Network</dt>
        <dd>{session.network}</dd>
        <dt>Created</dt>
        <dd>
          <When at={session.createdAt} precise />
        </dd>
        {session.paidAt !== undefined && (
          <>
            <dt>Paid</dt>
            <dd>
              <When at={session.paidAt} precise />
            </dd>
          </>
        )}
        {session.confirmedAt !== undefined && (
          <>
            <dt>Confirmed</dt>
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

function Webhooks({ id }: { id: string }) {
  const log = useQuery({
    queryKey: ["deliveries", { sessionId: id }],
    queryFn: ({ signal }) => gateway.deliveries({ sessionId: id, limit: 100 }, signal),
  });
  return (
    <section className="card" aria-labelledby="webhooks">
      <h2 id="webhooks">Webhooks</h2>
      {log.error !== null && <Failure error={log.error} retry={() => void log.refetch()} />}
      {log.data?.logs.length === 0 && <p className="quiet">None was sent for this session.</p>}
      {log.data !== undefined && log.data.logs.length > 0 && <DeliveryTable logs={log.data.logs} />}
    </section>
  );
}
