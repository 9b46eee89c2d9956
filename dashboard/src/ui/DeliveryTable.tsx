import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { retryDelivery } from "../api/gateway";
import type { Delivery } from "../api/types";
import { Link } from "../router";
import { CopyButton } from "./CopyButton";
import { Dialog } from "./Dialog";
import { Badge, Id, Kas, When } from "./Figures";
import { Failure } from "./Failure";
import { Done } from "./Notes";
import { t } from "../texts";
import { nameOf } from "../texts/states";

interface DeliveryTableProps {
  logs: readonly Delivery[];
  /** Shows each row's payment, for a list that covers several. */
  withSessions?: boolean;
}

/** Webhook deliveries with their status, and buttons to view and to redeliver each. */
export function DeliveryTable({ logs, withSessions = false }: DeliveryTableProps) {
  const queries = useQueryClient();
  const [openId, setOpenId] = useState<string>();
  const opened = logs.find(({ id }) => id === openId);
  const retry = useMutation({
    mutationFn: retryDelivery,
    onSuccess: () => queries.invalidateQueries({ queryKey: ["deliveries"] }),
  });
  return (
    <>
      {retry.error !== null && <Failure error={retry.error} />}
      {retry.isSuccess && <Done>{t("Queued for redelivery.")}</Done>}
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">{t("Event")}</th>
            {withSessions && (
              <>
                <th scope="col">{t("Order")}</th>
                <th scope="col">{t("Amount")}</th>
              </>
            )}
            <th scope="col">{t("Status")}</th>
            <th scope="col">{t("Attempts")}</th>
            <th scope="col">{t("Created")}</th>
            <th scope="col">{t("Next attempt")}</th>
            <th scope="col">
              <span className="unseen">{t("Actions")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {logs.map((delivery) => (
            <tr key={delivery.id}>
              <td data-label={t("Event")}>{delivery.event}</td>
              {withSessions && (
                <>
                  <td data-label={t("Order")}>
                    <Link to={`/sessions/${delivery.sessionId}`}>{delivery.orderId ?? <Id id={delivery.sessionId} />}</Link>
                  </td>
                  <td data-label={t("Amount")}>
                    <Kas amount={delivery.amount} />
                  </td>
                </>
              )}
              <td data-label={t("Status")}>
                <span>
                  <Badge state={delivery.status} /> {delivery.statusCode}
                </span>
              </td>
              <td data-label={t("Attempts")}>{delivery.attempts}</td>
              <td data-label={t("Created")}>
                <When at={delivery.createdAt} precise />
              </td>
              <td data-label={t("Next attempt")}>
                {delivery.nextRetryAt === null ? <span className="quiet">–</span> : <When at={delivery.nextRetryAt} precise />}
              </td>
              <td>
                <div className="row">
                <button type="button" className="button small" onClick={() => setOpenId(delivery.id)}>
                  {t("View")}
                  <span className="unseen"> {delivery.event}</span>
                </button>
                <button
                  type="button"
                  className="button small"
                  disabled={retry.isPending}
                  onClick={() => retry.mutate(delivery.id)}
                >
                  {t("Redeliver")}
                  <span className="unseen"> {delivery.event}</span>
                </button>
                </div>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {opened !== undefined && <DeliveryDialog delivery={opened} onClose={() => setOpenId(undefined)} />}
    </>
  );
}

function DeliveryDialog({ delivery, onClose }: { delivery: Delivery; onClose: () => void }) {
  const payload = JSON.stringify(delivery.payload, null, 2);
  return (
    <Dialog title={delivery.event} onClose={onClose}>
      <dl>
        <dt>{t("Delivery ID")}</dt>
        <dd className="mono">{delivery.deliveryId}</dd>
        <dt>{t("Status")}</dt>
        <dd>
          {nameOf(delivery.status)}, {t("{{count, number}} attempts", { count: delivery.attempts })}
        </dd>
        <dt>{t("Delivered")}</dt>
        <dd>{delivery.deliveredAt === null ? t("not yet") : <When at={delivery.deliveredAt} precise />}</dd>
        {delivery.sessionId !== null && (
          <>
            <dt>{t("Payment")}</dt>
            <dd>
              <Link to={`/sessions/${delivery.sessionId}`}>{delivery.sessionId}</Link>
            </dd>
          </>
        )}
      </dl>
      <h3>
        {delivery.statusCode === null
          ? t("Last response")
          : t("Last response: status {{status}}", { status: delivery.statusCode })}
      </h3>
      <pre tabIndex={0} aria-label={t("Last response")}>{delivery.response === null || delivery.response === "" ? t("(empty)") : delivery.response}</pre>
      <h3>{t("Request body")}</h3>
      <pre tabIndex={0} aria-label={t("Request body")}>{payload}</pre>
      <div className="row">
        <CopyButton text={payload} label={t("Copy request body")} />
        <button type="button" className="button" onClick={onClose}>
          {t("Close")}
        </button>
      </div>
    </Dialog>
  );
}
