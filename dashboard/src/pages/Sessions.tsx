import { useInfiniteQuery } from "@tanstack/react-query";
import { STATUSES } from "@widget/api";
import type { FormEvent } from "react";
import type { PageProps } from "./page";
import { withQuery, type Query } from "../api/client";
import { sessions, SESSIONS_EXPORT } from "../api/gateway";
import { PAID_STATES, type ListedSession } from "../api/types";
import { Link, navigate, usePlace } from "../router";
import { Field, textOf } from "../ui/Field";
import { Standing, Tags } from "../ui/PaymentBadges";
import { Id, Kas, When } from "../ui/Figures";
import { Empty, Failure, Loading } from "../ui/Notes";

const FILTERS = ["q", "status", "paidState", "createdFrom", "createdTo", "late", "needsAttention"] as const;
type Filters = Pick<Query<"GET", "/api/v1/merchants/me/sessions">, (typeof FILTERS)[number]>;
const PAGE = 50;

/** The filters that are set. An unknown state is ignored. */
function filtersIn(query: URLSearchParams): Filters {
  const known = {
    status: STATUSES.find((each) => each === query.get("status")),
    paidState: PAID_STATES.find((each) => each === query.get("paidState")),
    late: query.get("late") === "true" || undefined,
    needsAttention: query.get("needsAttention") === "true" || undefined,
  };
  const given = { ...Object.fromEntries(FILTERS.map((name) => [name, query.get(name)])), ...known };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => Boolean(value)));
}

export default function Sessions(_: PageProps) {
  const filters = filtersIn(usePlace().query);
  const isFiltered = Object.keys(filters).length > 0;
  const list = useInfiniteQuery({
    queryKey: ["sessions", filters],
    queryFn: ({ pageParam, signal }) =>
      sessions({ ...filters, limit: PAGE, startingAfter: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor,
  });
  const newest = list.data?.pages[0];
  const rows = list.data?.pages.flatMap((page) => page.sessions) ?? [];
  return (
    <>
      <div className="head">
        <h1>Payments</h1>
        <Link to="/sessions/new" className="button main">
          Create payment
        </Link>
      </div>
      <FilterForm key={JSON.stringify(filters)} filters={filters} />
      {list.error !== null && <Failure error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Loading what="the payments" />}
      {newest !== undefined && (
        <section className="card" aria-label="Payments found">
          {rows.length === 0 && !list.hasNextPage ? (
            <NoneFound isFiltered={isFiltered} />
          ) : (
            <>
              <div className="head">
                <p role="status" className="quiet">
                  {newest.totalIsExact ? "" : "At least "}
                  {newest.total.toLocaleString()} {newest.total === 1 ? "payment" : "payments"}, newest first
                </p>
                <Export filters={filters} />
              </div>
              <SessionTable rows={rows} />
            </>
          )}
          {list.hasNextPage && (
            <button
              type="button"
              className="button"
              disabled={list.isFetchingNextPage}
              onClick={() => void list.fetchNextPage()}
            >
              {list.isFetchingNextPage ? "Loading…" : "Show older"}
            </button>
          )}
        </section>
      )}
    </>
  );
}

function FilterForm({ filters }: { filters: Filters }) {
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    navigate(
      withQuery("/sessions", Object.fromEntries(FILTERS.map((name) => [name, textOf(form, name)]))),
    );
  }
  return (
    <form className="card filters" role="search" onSubmit={submit}>
      <Field
        name="q"
        label="Search"
        type="search"
        maxLength={200}
        defaultValue={filters.q}
        hint="Order ID, metadata, or the start of a payment ID, address or transaction ID"
      />
      <div className="field">
        <label htmlFor="status">Status</label>
        <select id="status" name="status" defaultValue={filters.status ?? ""}>
          <option value="">any</option>
          {STATUSES.map((status) => (
            <option key={status}>{status}</option>
          ))}
        </select>
      </div>
      <div className="field">
        <label htmlFor="paidState">Paid</label>
        <select id="paidState" name="paidState" defaultValue={filters.paidState ?? ""}>
          <option value="">any</option>
          {PAID_STATES.map((state) => (
            <option key={state}>{state}</option>
          ))}
        </select>
      </div>
      <Field name="createdFrom" label="From (UTC day)" type="date" defaultValue={filters.createdFrom} />
      <Field name="createdTo" label="To (UTC day)" type="date" defaultValue={filters.createdTo} />
      <label className="check">
        <input type="checkbox" name="needsAttention" value="true" defaultChecked={filters.needsAttention} />
        Needs attention
      </label>
      <label className="check">
        <input type="checkbox" name="late" value="true" defaultChecked={filters.late} />
        Paid late
      </label>
      <div className="row">
        <button type="submit" className="button main">
          Search
        </button>
        {Object.keys(filters).length > 0 && (
          <Link to="/sessions" className="button">
            Clear
          </Link>
        )}
      </div>
    </form>
  );
}

function NoneFound({ isFiltered }: { isFiltered: boolean }) {
  return isFiltered ? (
    <Empty title="No payments match">
      <p>
        Search whole words of order IDs and metadata, and at least the first eight characters of other
        IDs and addresses. <Link to="/sessions">Show all payments</Link>
      </p>
    </Empty>
  ) : (
    <Empty title="No payments yet">
      <p>
        Each payment has an amount, its own address and a time limit.{" "}
        <Link to="/sessions/new">Create a payment</Link> by hand, or{" "}
        <Link to="/integration">connect your shop</Link>.
      </p>
    </Empty>
  );
}

function Export({ filters }: { filters: Filters }) {
  return (
    <p className="row">
      {["csv", "json"].map((format) => (
        <a
          key={format}
          className="button small"
          href={withQuery(SESSIONS_EXPORT, { format, ...filters })}
          download
        >
          Export {format.toUpperCase()}
        </a>
      ))}
    </p>
  );
}

function SessionTable({ rows }: { rows: readonly ListedSession[] }) {
  return (
    <table className="rows">
      <thead>
        <tr>
          <th scope="col">Order</th>
          <th scope="col">Amount</th>
          <th scope="col">Received</th>
          <th scope="col">Status</th>
          <th scope="col">Created</th>
          <th scope="col">Transaction</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((session) => (
          <tr key={session.id}>
            <td data-label="Order">
              <Link to={`/sessions/${session.id}`}>{session.orderId ?? <Id id={session.id} />}</Link>
            </td>
            <td data-label="Amount">
              <Kas amount={session.amount} />
            </td>
            <td data-label="Received">
              {session.receivedSompi === "0" ? <span className="quiet">none</span> : <Kas amount={session.received} />}
            </td>
            <td data-label="Status">
              <span className="tags">
                <Standing session={session} />
                <Tags session={session} />
                {session.status === "confirming" && ` ${session.confirmations.toLocaleString()} confirmations`}
              </span>
            </td>
            <td data-label="Created">
              <When at={session.createdAt} />
            </td>
            <td data-label="Transaction">
              {session.txId === undefined ? <span className="quiet">none</span> : <Id id={session.txId} />}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
