import { Trans } from "react-i18next";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { FormEvent } from "react";
import type { PageProps } from "./page";
import { withQuery } from "../api/client";
import { sessions, SESSIONS_EXPORT } from "../api/gateway";
import { ATTENTION_REASONS, PAID_STATES, type ListedSession } from "../api/types";
import { Link, navigate, usePlace } from "../router";
import { asked, FILTERS, filtersIn, SHOWN_STATUSES, type Filters } from "../sessions/filters";
import { Field, textOf } from "../ui/Field";
import { Standing, Tags, WHY } from "../ui/PaymentBadges";
import { Id, When } from "../ui/Figures";
import { Failure } from "../ui/Failure";
import { Empty, Loading } from "../ui/Notes";
import { ListedKas, Worth } from "../ui/Worth";
import { t } from "../texts";
import { nameOf } from "../texts/states";

const PAGE = 50;

export default function Sessions({ merchant }: PageProps) {
  const filters = filtersIn(usePlace().query);
  const isFiltered = Object.keys(filters).length > 0;
  const list = useInfiniteQuery({
    queryKey: ["sessions", filters],
    queryFn: ({ pageParam, signal }) =>
      sessions({ ...asked(filters), limit: PAGE, startingAfter: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor,
  });
  const newest = list.data?.pages[0];
  const rows = list.data?.pages.flatMap((page) => page.sessions) ?? [];
  return (
    <>
      <div className="head">
        <h1>{t("Payments")}</h1>
        <Link to="/sessions/new" className="button main">
          {t("New payment")}
        </Link>
      </div>
      <FilterForm key={JSON.stringify(filters)} filters={filters} />
      {list.error !== null && <Failure error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {newest !== undefined && (
        <section className="card" aria-label={t("Payments found")}>
          {rows.length === 0 && !list.hasNextPage ? (
            <NoneFound isFiltered={isFiltered} />
          ) : (
            <>
              <div className="head">
                <p role="status" className="quiet">
                  {newest.totalIsExact
                    ? t("{{count, number}} payments, newest first", { count: newest.total })
                    : t("At least {{count, number}} payments, newest first", { count: newest.total })}
                </p>
                <Export filters={filters} />
              </div>
              <SessionTable rows={rows} hasValues={merchant.displayCurrency !== undefined} />
            </>
          )}
          {list.hasNextPage && (
            <button
              type="button"
              className="button"
              disabled={list.isFetchingNextPage}
              onClick={() => void list.fetchNextPage()}
            >
              {list.isFetchingNextPage ? t("Loading…") : t("Show older")}
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
        label={t("Search")}
        type="search"
        maxLength={200}
        defaultValue={filters.q}
        hint={t("Order ID, metadata, or the start of a payment ID, address or transaction ID")}
      />
      <div className="field">
        <label htmlFor="status">{t("Status")}</label>
        <select id="status" name="status" defaultValue={filters.status ?? ""}>
          <option value="">{t("All")}</option>
          {SHOWN_STATUSES.map((status) => (
            <option key={status} value={status}>
              {nameOf(status)}
            </option>
          ))}
        </select>
      </div>
      <div className="field">
        <label htmlFor="paidState">{t("Paid")}</label>
        <select id="paidState" name="paidState" defaultValue={filters.paidState ?? ""}>
          <option value="">{t("All")}</option>
          {PAID_STATES.map((state) => (
            <option key={state} value={state}>
              {nameOf(state)}
            </option>
          ))}
        </select>
      </div>
      <div className="field">
        <label htmlFor="attention">{t("Needs attention")}</label>
        <select id="attention" name="attention" defaultValue={filters.attention ?? ""}>
          <option value="">{t("All")}</option>
          <option value="any">{t("For any reason")}</option>
          {ATTENTION_REASONS.map((reason) => (
            <option key={reason} value={reason}>
              {WHY[reason]}
            </option>
          ))}
        </select>
      </div>
      <Field name="createdFrom" label={t("From")} type="date" defaultValue={filters.createdFrom} />
      <Field name="createdTo" label={t("To")} type="date" defaultValue={filters.createdTo} />
      <label className="check">
        <input type="checkbox" name="late" value="true" defaultChecked={filters.late !== undefined} />
        {t("Paid late")}
      </label>
      <div className="row">
        <button type="submit" className="button main">
          {t("Search")}
        </button>
        {Object.keys(filters).length > 0 && (
          <Link to="/sessions" className="button">
            {t("Clear")}
          </Link>
        )}
      </div>
    </form>
  );
}

function NoneFound({ isFiltered }: { isFiltered: boolean }) {
  return isFiltered ? (
    <Empty title={t("No payments match")}>
      <p>
        {t("Search whole words of order IDs and metadata, and at least the first eight characters of other IDs and addresses.")}{" "}
        <Link to="/sessions">{t("Show all payments")}</Link>
      </p>
    </Empty>
  ) : (
    <Empty title={t("No payments yet")}>
      <p>
        <Trans
          i18nKey="Each payment has an amount, its own address and a time limit. <a>Create a payment</a> by hand, or <b>connect your shop</b>."
          components={{ a: <Link to="/sessions/new">{null}</Link>, b: <Link to="/integration">{null}</Link> }}
        />
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
          href={withQuery(SESSIONS_EXPORT, { format, ...asked(filters) })}
          download
        >
          {t("Export {{format}}", { format: format.toUpperCase() })}
        </a>
      ))}
    </p>
  );
}

function SessionTable({ rows, hasValues }: { rows: readonly ListedSession[]; hasValues: boolean }) {
  return (
    <table className="rows">
      <thead>
        <tr>
          <th scope="col">{t("Order")}</th>
          <th scope="col" className="num">{t("Amount")}</th>
          <th scope="col" className="num">{t("Received")}</th>
          {hasValues && <th scope="col" className="num">{t("Value")}</th>}
          <th scope="col">{t("Status")}</th>
          <th scope="col">{t("Created")}</th>
          <th scope="col">{t("Transaction")}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((session) => (
          <tr key={session.id}>
            <td data-label={t("Order")}>
              <Link to={`/sessions/${session.id}`}>{session.orderId ?? <Id id={session.id} />}</Link>
            </td>
            <td className="num" data-label={t("Amount")}>
              <ListedKas amount={session.amount} />
            </td>
            <td className="num" data-label={t("Received")}>
              {session.receivedSompi === "0" ? <span className="quiet">–</span> : <ListedKas amount={session.received} />}
            </td>
            {hasValues && (
              <td className="num" data-label={t("Value")}>
                <Worth sum={session.receivedValue} />
              </td>
            )}
            <td data-label={t("Status")}>
              <span className="tags">
                <Standing session={session} />
                <Tags session={session} />
                {session.status === "confirming" &&
                  ` ${t("{{count, number}} confirmations", { count: session.confirmations })}`}
              </span>
            </td>
            <td data-label={t("Created")}>
              <When at={session.createdAt} />
            </td>
            <td data-label={t("Transaction")}>
              {session.txId === undefined ? <span className="quiet">–</span> : <Id id={session.txId} />}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
