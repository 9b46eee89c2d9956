import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { retryDelivery } from "../api/gateway";
import type { Delivery } from "../api/types";
import { Link } from "../router";
import { CopyButton } from "./CopyButton";
import { Dialog } from "./Dialog";
import { Badge, Id, Kas, When } from "./Figures";
import { Done, Failure } from "./Notes";

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
      {retry.isSuccess && <Done>Queued for redelivery.</Done>}
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">Event</th>
            {withSessions && (
              <>
                <th scope="col">Order</th>
                <th scope="col">Amount</th>
              </>
            )}
            <th scope="col">Status</th>
            <th scope="col">Attempts</th>
            <th scope="col">Created</th>
            <th scope="col">Next attempt</th>
            <th scope="col">
              <span className="unseen">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {logs.map((delivery) => (
            <tr key={delivery.id}>
              <td data-label="Event">{delivery.event}</td>
              {withSessions && (
                <>
                  <td data-label="Order">
                    <Link to={`/sessions/${delivery.sessionId}`}>{delivery.orderId ?? <Id id={delivery.sessionId} />}</Link>
                  </td>
                  <td data-label="Amount">
                    <Kas amount={delivery.amount} />
                  </td>
                </>
              )}
              <td data-label="Status">
                <span>
                  <Badge state={delivery.status} /> {delivery.statusCode}
                </span>
              </td>
              <td data-label="Attempts">{delivery.attempts}</td>
              <td data-label="Created">
                <When at={delivery.createdAt} precise />
              </td>
              <td data-label="Next attempt">
                {delivery.nextRetryAt === null ? <span className="quiet">none</span> : <When at={delivery.nextRetryAt} precise />}
              </td>
              <td>
                <div className="row">
                <button type="button" className="button small" onClick={() => setOpenId(delivery.id)}>
                  View<span className="unseen"> {delivery.event}</span>
                </button>
                <button
                  type="button"
                  className="button small"
                  disabled={retry.isPending}
                  onClick={() => retry.mutate(delivery.id)}
                >
                  Redeliver<span className="unseen"> {delivery.event}</span>
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
        <dt>Delivery ID</dt>
        <dd className="mono">{delivery.deliveryId}</dd>
        <dt>Status</dt>
        <dd>
          {delivery.status}, {delivery.attempts} {delivery.attempts === 1 ? "attempt" : "attempts"}
        </dd>
        <dt>Delivered</dt>
        <dd>{delivery.deliveredAt === null ? "not yet" : <When at={delivery.deliveredAt} precise />}</dd>
        {delivery.sessionId !== null && (
          <>
            <dt>Payment</dt>
            <dd>
              <Link to={`/sessions/${delivery.sessionId}`}>{delivery.sessionId}</Link>
            </dd>
          </>
        )}
      </dl>
      <h3>Last response{delivery.statusCode === null ? "" : `: status ${delivery.statusCode}`}</h3>
      <pre tabIndex={0} aria-label="Last response">{delivery.response === null || delivery.response === "" ? "(empty)" : delivery.response}</pre>
      <h3>Request body</h3>
      <pre tabIndex={0} aria-label="Request body">{payload}</pre>
      <div className="row">
        <CopyButton text={payload} label="Copy request body" />
        <button type="button" className="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
