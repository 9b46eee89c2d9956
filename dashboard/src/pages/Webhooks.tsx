import { Trans } from "react-i18next";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { kasToSompi } from "@widget/format";
import { useState, type FormEvent } from "react";
import type { PageProps } from "./page";
import { withQuery } from "../api/client";
import * as gateway from "../api/gateway";
import { DELIVERY_STATES, EVENT_TYPES, type DeliveryState, type Queued, type WebhookTrial } from "../api/types";
import { Link, navigate, usePlace } from "../router";
import { DeliveryTable } from "../ui/DeliveryTable";
import { Dialog, DialogButtons } from "../ui/Dialog";
import { Field, textOf } from "../ui/Field";
import { Failure } from "../ui/Failure";
import { Done, Empty, Loading } from "../ui/Notes";
import { useReauth } from "../ui/Reauth";
import { Secrets } from "../ui/Secrets";
import { t } from "../texts";
import { nameOf } from "../texts/states";

const PAGE = 50;

export default function Webhooks({ merchant }: PageProps) {
  return (
    <>
      <h1>{t("Webhooks")}</h1>
      {merchant.webhookUrl === undefined ? (
        <section className="card">
          <Empty title={t("No webhook URL is set")}>
            <p>
              <Trans
                i18nKey="A webhook notifies your server when a payment is seen, confirmed or expired. <a>Set the webhook URL</a>. Earlier events stay in the event log, and you can send them later."
                components={{ a: <Link to="/settings">{null}</Link> }}
              />
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
      const proof = await askProof(t("A new secret signs all webhooks from now on. Update it on your server."));
      return proof === undefined ? undefined : gateway.newWebhookSecret(proof);
    },
    onSuccess: (made) => setSecret(made?.webhookSecret),
  });
  return (
    <section className="card" aria-labelledby="endpoint">
      <h2 id="endpoint">{t("Endpoint")}</h2>
      <p className="mono">{url}</p>
      {test.error !== null && <Failure error={test.error} />}
      {test.data !== undefined && <TestResult trial={test.data} />}
      {again !== undefined && (
        <Done>
          {again.queued === 0
            ? t("No delivery has failed since then.")
            : t("{{count, number}} deliveries queued for redelivery.", { count: again.queued })}
          {again.hasMore && ` ${t("There are more: repeat this when these are delivered.")}`}
        </Done>
      )}
      {rotate.error !== null && <Failure error={rotate.error} />}
      <div className="row">
        <button type="button" className="button" disabled={test.isPending} onClick={() => test.mutate()}>
          {t("Send test event")}
        </button>
        <button type="button" className="button" onClick={() => setIsChoosing(true)}>
          {t("Redeliver failed…")}
        </button>
        <button type="button" className="button" disabled={rotate.isPending} onClick={() => rotate.mutate()}>
          {t("Rotate signing secret…")}
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
        <Dialog title={t("New signing secret")} onClose={() => setSecret(undefined)}>
          <p>
            <Trans
              i18nKey="For 24 hours, <code>webhook-signature</code> also carries a signature made with the old secret. <code>X-KasGate-Signature</code> uses the new secret immediately."
              components={{ code: <code /> }}
            />
          </p>
          <Secrets secrets={[["KASGATE_WEBHOOK_SECRET", secret]]} file="kasgate-webhook-secret.txt" />
          <button type="button" className="button main" onClick={() => setSecret(undefined)}>
            {t("I have saved it")}
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
        {t("Your server accepted the test event: status {{status}} in {{ms, number}} ms.", { status: statusCode, ms: durationMs })}
      </Done>
    );
  }
  return (
    <p role="alert" className="note bad">
      {t("Your server did not accept the test event:")}{" "}
      {error ?? t("status {{status}}. Only a status from 200 to 299 counts as accepted.", { status: statusCode })}
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
    const since = textOf(new FormData(event.currentTarget), "since");
    // The field is in the viewer's time zone; the API takes UTC. Empty means all.
    mutate(new Date(since === "" ? 0 : since).toISOString());
  }
  return (
    <Dialog title={t("Redeliver failed deliveries")} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        {error !== null && <Failure error={error} />}
        <Field name="since" label={t("Failed since (optional)")} type="datetime-local" autoFocus hint={t("In your time zone. Leave empty for all. Event IDs stay the same, so your server can skip events that it already has.")} />
        <DialogButtons submit={t("Redeliver")} isPending={isPending} onClose={onClose} />
      </form>
    </Dialog>
  );
}

interface Filters {
  status: DeliveryState | undefined;
  event: string | undefined;
  orderId: string | undefined;
  /** In KAS, as typed. */
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

/** Converts to sompi. Invalid text is passed on unchanged, so that the gateway explains the error. */
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
        <h2 id="deliveries">{t("Deliveries")}</h2>
        <div className="choice" role="group" aria-label={t("Delivery status")}>
          {[undefined, ...DELIVERY_STATES].map((each) => (
            <button
              key={each ?? "all"}
              type="button"
              className="button"
              aria-pressed={each === status}
              onClick={() => navigate(withQuery("/webhooks", { ...filters, status: each }), { replace: true })}
            >
              {each === undefined ? t("All") : nameOf(each)}
            </button>
          ))}
        </div>
      </div>
      <FilterForm key={JSON.stringify(filters)} filters={filters} />
      {log.error !== null && <Failure error={log.error} retry={() => void log.refetch()} />}
      {log.isPending && <Loading />}
      {log.data !== undefined && logs.length === 0 && !log.hasNextPage && (
        <Empty title={isFiltered ? t("No deliveries match") : t("No deliveries yet")}>
          <p>{t("Each payment event is one delivery. It is retried at growing intervals until your server accepts it.")}</p>
        </Empty>
      )}
      {logs.length > 0 && <DeliveryTable logs={logs} withSessions />}
      {log.hasNextPage && (
        <button type="button" className="button" disabled={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
          {log.isFetchingNextPage ? t("Loading…") : t("Show older")}
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
      <summary>{t("Filter by event, order or amount")}</summary>
      <form className="stack filters" role="search" onSubmit={submit}>
        <fieldset>
          <legend>{t("Events")}</legend>
          <div className="row">
            {EVENT_TYPES.map((type) => (
              <label key={type} className="check">
                <input type="checkbox" name="event" value={type} defaultChecked={events.includes(type)} />
                {type.replace("payment.", "")}
              </label>
            ))}
          </div>
        </fieldset>
        <Field name="orderId" label={t("Order ID")} maxLength={100} defaultValue={filters.orderId} />
        <Field name="from" label={t("Amount from (KAS)")} inputMode="decimal" defaultValue={filters.from} />
        <Field name="to" label={t("Amount to (KAS)")} inputMode="decimal" defaultValue={filters.to} />
        <div className="row">
          <button type="submit" className="button main">
            {t("Search")}
          </button>
          <Link to={withQuery("/webhooks", { status: filters.status })} className="button">
            {t("Clear")}
          </Link>
        </div>
      </form>
    </details>
  );
}
