import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import type { PageProps } from "./page";
import { withQuery } from "../api/client";
import * as gateway from "../api/gateway";
import { DELIVERY_STATES, type Queued, type WebhookTrial } from "../api/types";
import { Link, navigate, usePlace } from "../router";
import { DeliveryTable } from "../ui/DeliveryTable";
import { Dialog } from "../ui/Dialog";
import { Field, textOf } from "../ui/Field";
import { Done, Empty, Failure, Loading } from "../ui/Notes";
import { useReauth } from "../ui/Reauth";
import { Secrets } from "../ui/Secrets";

const PAGE = 50;

export default function Webhooks({ merchant }: PageProps) {
  return (
    <>
      <h1>Webhooks</h1>
      {merchant.webhookUrl === undefined ? (
        <section className="card">
          <Empty title="No webhook URL is set">
            <p>
              A webhook tells your server at once when a payment is seen, confirmed or expired.{" "}
              <Link to="/settings">Set its URL</Link>; what happens until then stays in the event
              log and can be sent later.
            </p>
          </Empty>
        </section>
      ) : (
        <Endpoint url={merchant.webhookUrl} />
      )}
      <Deliveries />
    </>
  );
}

function Endpoint({ url }: { url: string }) {
  const queries = useQueryClient();
  const refresh = (): Promise<void> => queries.invalidateQueries({ queryKey: ["deliveries"] });
  const test = useMutation({ mutationFn: gateway.testWebhook });
  const [again, setAgain] = useState<Queued>();
  const [isChoosing, setIsChoosing] = useState(false);
  const [secret, setSecret] = useState<string>();
  const askProof = useReauth();
  const rotate = useMutation({
    mutationFn: async () => {
      const proof = await askProof("A new secret signs all webhooks from now on.");
      return proof === undefined ? undefined : gateway.newWebhookSecret(proof);
    },
    onSuccess: (made) => setSecret(made?.webhookSecret),
  });
  return (
    <section className="card" aria-labelledby="endpoint">
      <h2 id="endpoint">Your endpoint</h2>
      <p className="mono">{url}</p>
      {test.error !== null && <Failure error={test.error} />}
      {test.data !== undefined && <TestResult trial={test.data} />}
      {again !== undefined && (
        <Done>
          {again.queued === 0
            ? "Nothing has failed since then."
            : `${again.queued.toLocaleString()} deliveries are on their way again.`}
          {again.hasMore && " There are more: do it once again when these are through."}
        </Done>
      )}
      {rotate.error !== null && <Failure error={rotate.error} />}
      <div className="row">
        <button type="button" className="button" disabled={test.isPending} onClick={() => test.mutate()}>
          Send a test event
        </button>
        <button type="button" className="button" onClick={() => setIsChoosing(true)}>
          Redeliver what failed…
        </button>
        <button type="button" className="button" disabled={rotate.isPending} onClick={() => rotate.mutate()}>
          New signing secret…
        </button>
      </div>
      {isChoosing && (
        <RetryFailed
          onClose={() => setIsChoosing(false)}
          onDone={(queued) => {
            setAgain(queued);
            void refresh();
          }}
        />
      )}
      {secret !== undefined && (
        <Dialog title="The new signing secret" onClose={() => setSecret(undefined)}>
          <p>
            For 24 hours <code>webhook-signature</code> carries a signature by the old secret as
            well; <code>X-KasGate-Signature</code> is by the new one at once.
          </p>
          <Secrets secrets={[["KASGATE_WEBHOOK_SECRET", secret]]} file="kasgate-webhook-secret.txt" />
          <button type="button" className="button main" onClick={() => setSecret(undefined)}>
            I have kept it
          </button>
        </Dialog>
      )}
    </section>
  );
}

function TestResult({ trial: { statusCode, durationMs, error } }: { trial: WebhookTrial }) {
  if (statusCode !== undefined && statusCode >= 200 && statusCode < 300) {
    return (
      <Done>
        Your server took the test event: status {statusCode} in {durationMs.toLocaleString()} ms.
      </Done>
    );
  }
  return (
    <p role="alert" className="note bad">
      Your server did not take the test event:{" "}
      {error ?? `status ${statusCode}; anything from 200 to 299 means that it was taken`}
    </p>
  );
}

interface RetryFailedProps {
  onClose: () => void;
  onDone: (queued: Queued) => void;
}

function RetryFailed({ onClose, onDone }: RetryFailedProps) {
  const { mutate, error, isPending } = useMutation({
    mutationFn: gateway.retryFailed,
    onSuccess: (queued) => {
      onDone(queued);
      onClose();
    },
  });
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    // What the person picked is in their zone; the gateway is told in UTC.
    mutate(new Date(textOf(new FormData(event.currentTarget), "since")).toISOString());
  }
  return (
    <Dialog title="Redeliver what failed" onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        {error !== null && <Failure error={error} />}
        <Field name="since" label="All that failed since" type="datetime-local" required autoFocus hint="In your time zone. Ids stay the same, so that a server which knows them can skip what it has." />
        <div className="row">
          <button type="submit" className="button main" disabled={isPending}>
            Redeliver
          </button>
          <button type="button" className="button" onClick={onClose}>
            Leave it
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function Deliveries() {
  const { query } = usePlace();
  const status = DELIVERY_STATES.find((known) => known === query.get("status"));
  const offset = Math.max(0, Math.trunc(Number(query.get("offset")) || 0));
  const log = useQuery({
    queryKey: ["deliveries", { status, offset }],
    queryFn: ({ signal }) =>
      gateway.deliveries({ status, limit: PAGE, offset }, signal),
    placeholderData: keepPreviousData,
  });
  const page = (to: number): string =>
    withQuery("/webhooks", { status, offset: to === 0 ? undefined : String(to) });
  return (
    <section className="card" aria-labelledby="deliveries">
      <div className="head">
        <h2 id="deliveries">Deliveries</h2>
        <div className="choice" role="group" aria-label="Which deliveries">
          {[undefined, ...DELIVERY_STATES].map((each) => (
            <button
              key={each ?? "all"}
              type="button"
              className="button"
              aria-pressed={each === status}
              onClick={() => navigate(withQuery("/webhooks", { status: each }), { replace: true })}
            >
              {each ?? "all"}
            </button>
          ))}
        </div>
      </div>
      {log.error !== null && <Failure error={log.error} retry={() => void log.refetch()} />}
      {log.isPending && <Loading what="the deliveries" />}
      {log.data?.logs.length === 0 && (
        <Empty title={status === undefined ? "Nothing was sent yet" : `No delivery is ${status}`}>
          <p>Each event of a session is one delivery, tried again at growing intervals until your server takes it.</p>
        </Empty>
      )}
      {log.data !== undefined && log.data.logs.length > 0 && <DeliveryTable logs={log.data.logs} />}
      <div className="row">
        {offset > 0 && <Link to={page(Math.max(0, offset - PAGE))} className="button">Newer</Link>}
        {log.data !== undefined && offset + PAGE < log.data.total && (
          <Link to={page(offset + PAGE)} className="button">Older</Link>
        )}
      </div>
    </section>
  );
}
