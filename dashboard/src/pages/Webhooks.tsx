import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { kasToSompi } from "@widget/format";
import { useState, type FormEvent } from "react";
import type { PageProps } from "./page";
import { withQuery } from "../api/client";
import * as gateway from "../api/gateway";
import { DELIVERY_STATES, EVENT_TYPES, type DeliveryState, type Queued, type WebhookTrial } from "../api/types";
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

interface Filters {
  status: DeliveryState | undefined;
  event: string | undefined;
  orderId: string | undefined;
  /** In KAS, as it was typed. */
  from: string | undefined;
  to: string | undefined;
}
const FIELDS = ["orderId", "from", "to"] as const;

function filtersIn(query: URLSearchParams): Filters {
  const asked = (query.get("event") ?? "").split(",");
  const events = EVENT_TYPES.filter((type) => asked.includes(type));
  const texts = FIELDS.map((name) => [name, query.get(name) || undefined] as const);
  return {
    status: DELIVERY_STATES.find((known) => known === query.get("status")),
    event: events.length === 0 ? undefined : events.join(","),
    ...(Object.fromEntries(texts) as Pick<Filters, (typeof FIELDS)[number]>),
  };
}

/** What is no amount is sent as it is, so that the gateway says what is wrong with it. */
function sompiOf(kas: string | undefined): string | undefined {
  return kas !== undefined && /^\d{1,11}(\.\d{1,8})?$/.test(kas) ? String(kasToSompi(kas)) : kas;
}

function Deliveries() {
  const filters = filtersIn(usePlace().query);
  const { status, event, orderId, from, to } = filters;
  const log = useInfiniteQuery({
    queryKey: ["deliveries", filters],
    queryFn: ({ pageParam, signal }) =>
      gateway.deliveries(
        { status, event, orderId, amountFrom: sompiOf(from), amountTo: sompiOf(to), limit: PAGE, startingAfter: pageParam },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor,
  });
  const logs = log.data?.pages.flatMap((page) => page.logs) ?? [];
  const isFiltered = Object.values(filters).some((value) => value !== undefined);
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
              onClick={() => navigate(withQuery("/webhooks", { ...filters, status: each }), { replace: true })}
            >
              {each ?? "all"}
            </button>
          ))}
        </div>
      </div>
      <FilterForm key={JSON.stringify(filters)} filters={filters} />
      {log.error !== null && <Failure error={log.error} retry={() => void log.refetch()} />}
      {log.isPending && <Loading what="the deliveries" />}
      {log.data !== undefined && logs.length === 0 && !log.hasNextPage && (
        <Empty title={isFiltered ? "No delivery fits" : "Nothing was sent yet"}>
          <p>Each event of a session is one delivery, tried again at growing intervals until your server takes it.</p>
        </Empty>
      )}
      {logs.length > 0 && <DeliveryTable logs={logs} withSessions />}
      {log.hasNextPage && (
        <button type="button" className="button" disabled={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
          {log.isFetchingNextPage ? "Loading…" : "Show older ones"}
        </button>
      )}
    </section>
  );
}

function FilterForm({ filters }: { filters: Filters }) {
  const events = filters.event?.split(",") ?? [];
  function submit(submitted: FormEvent<HTMLFormElement>): void {
    submitted.preventDefault();
    const form = new FormData(submitted.currentTarget);
    const texts = Object.fromEntries(FIELDS.map((name) => [name, textOf(form, name)]));
    const event = form.getAll("event").join(",");
    navigate(withQuery("/webhooks", { status: filters.status, event, ...texts }));
  }
  return (
    <details open={[filters.event, filters.orderId, filters.from, filters.to].some((value) => value !== undefined)}>
      <summary>Find by event, order or amount</summary>
      <form className="stack filters" role="search" onSubmit={submit}>
        <fieldset>
          <legend>Events</legend>
          <div className="row">
            {EVENT_TYPES.map((type) => (
              <label key={type} className="check">
                <input type="checkbox" name="event" value={type} defaultChecked={events.includes(type)} />
                {type.replace("payment.", "")}
              </label>
            ))}
          </div>
        </fieldset>
        <Field name="orderId" label="Order id" maxLength={100} defaultValue={filters.orderId} />
        <Field name="from" label="Amount from (KAS)" inputMode="decimal" defaultValue={filters.from} />
        <Field name="to" label="Amount to (KAS)" inputMode="decimal" defaultValue={filters.to} />
        <div className="row">
          <button type="submit" className="button main">
            Find
          </button>
          <Link to={withQuery("/webhooks", { status: filters.status })} className="button">
            Clear
          </Link>
        </div>
      </form>
    </details>
  );
}
