import { useInfiniteQuery } from "@tanstack/react-query";
import { transactionPage } from "@widget/format";
import { useState } from "react";
import * as gateway from "../api/gateway";
import type { SessionDetail as Detail, SessionPayment } from "../api/types";
import { CopyButton } from "../ui/CopyButton";
import { Badge, Id, Kas, When } from "../ui/Figures";
import { Failure } from "../ui/Failure";
import { Empty, Loading } from "../ui/Notes";
import { Value } from "../ui/Worth";
import { number, t } from "../texts";
import { nameOf } from "../texts/states";

/** The transactions that pay to the payment's address: the newest, or all of them page by page. */
export function Transactions({ session }: { session: Detail }) {
  const [showsAll, setShowsAll] = useState(false);
  const total = session.paymentsTotal ?? session.payments.length;
  const hidden = total > session.payments.length;
  return (
    <section className="card" aria-labelledby="transactions">
      <h2 id="transactions">{t("Transactions")}</h2>
      {showsAll ? (
        <AllTransactions session={session} />
      ) : session.payments.length === 0 ? (
        <Empty title={t("No transactions yet")}>
          <p>{t("Transactions to the payment's address appear here within a second or two.")}</p>
        </Empty>
      ) : (
        <>
          {hidden && (
            <p role="status">
              {t("The newest {{shown, number}} of {{total, number}} transactions.", { shown: session.payments.length, total })}
            </p>
          )}
          <TransactionTable payments={session.payments} explorerUrl={session.explorerUrl} />
          {hidden && (
            <button type="button" className="button" onClick={() => setShowsAll(true)}>
              {t("Show all, oldest first")}
            </button>
          )}
        </>
      )}
    </section>
  );
}

/** Loads page by page, since there may be thousands. */
function AllTransactions({ session }: { session: Detail }) {
  const list = useInfiniteQuery({
    // Not under the session's key: each of its updates would refetch all pages.
    queryKey: ["payments", session.id],
    queryFn: ({ pageParam, signal }) => gateway.payments(session.id, { limit: 100, after: pageParam }, signal),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.nextCursor,
  });
  const pages = list.data?.pages ?? [];
  // A withdrawn transaction that returns moves to the end, so it may be on two pages.
  const payments = new Map(pages.flatMap((page) => page.payments).map((payment) => [keyOf(payment), payment]));
  return (
    <>
      {list.error !== null && <Failure error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {list.isSuccess && (
        <p role="status">
          {t("The first {{shown, number}} of {{total, number}} transactions.", { shown: payments.size, total: pages.at(-1)?.paymentsTotal ?? 0 })}
        </p>
      )}
      <TransactionTable payments={[...payments.values()]} explorerUrl={session.explorerUrl} />
      {list.hasNextPage && (
        <button type="button" className="button" disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t("Show more")}
        </button>
      )}
    </>
  );
}

const keyOf = (payment: SessionPayment): string => `${payment.txId}:${payment.index}`;

function TransactionTable({ payments, explorerUrl }: { payments: SessionPayment[]; explorerUrl: string }) {
  const hasValues = payments.some(({ value }) => value !== undefined);
  return (
    <table className="rows">
      <thead>
        <tr>
          <th scope="col">{t("Transaction")}</th>
          <th scope="col" className="num">{t("Amount")}</th>
          {hasValues && <th scope="col" className="num">{t("Value")}</th>}
          <th scope="col">{t("Status")}</th>
          <th scope="col">{t("Confirmations")}</th>
          <th scope="col">{t("Seen")}</th>
        </tr>
      </thead>
      <tbody>
        {payments.map((payment) => (
          <TransactionRow key={keyOf(payment)} payment={payment} explorerUrl={explorerUrl} hasValues={hasValues} />
        ))}
      </tbody>
    </table>
  );
}

interface RowProps {
  payment: SessionPayment;
  explorerUrl: string;
  hasValues: boolean;
}

function TransactionRow({ payment, explorerUrl, hasValues }: RowProps) {
  const page = transactionPage(explorerUrl, payment.txId);
  return (
    <tr>
      <td data-label={t("Transaction")}>
        {page === undefined ? (
          <Id id={payment.txId} />
        ) : (
          <a href={page} target="_blank" rel="noreferrer">
            <Id id={payment.txId} />
          </a>
        )}{" "}
        <CopyButton text={payment.txId} label={t("Copy")} />
      </td>
      <td className="num" data-label={t("Amount")}>
        <Kas amount={payment.amount} />
      </td>
      {hasValues && (
        <td className="num" data-label={t("Value")}>
          <Value value={payment.value} />
        </td>
      )}
      <td data-label={t("Status")}>
        <span>
          <Badge state={payment.state} /> {payment.late && nameOf("late")}
        </span>
      </td>
      <td data-label={t("Confirmations")}>{number(payment.confirmations)}</td>
      <td data-label={t("Seen")}>
        <When at={payment.seenAt} precise />
      </td>
    </tr>
  );
}
