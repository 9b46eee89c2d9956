"""The outbox of webhooks, which also serves as their log."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from kasgate.events import Delivery, DeliveryState
from kasgate.reports import (
    COUNT_LIMIT,
    DeliveryPage,
    DeliveryQuery,
    ListedSession,
    LoggedDelivery,
    UnknownCursor,
)
from kasgate.sessions.session import EventType
from kasgate.store.protocol import StoreError
from kasgate.store.queries.looks import look
from kasgate.store.queries.rows import delivery_of
from kasgate.store.queries.session_lists import listed_of

_COLUMNS: Final = "webhook_logs.*, events.payload AS payload"
"""The columns that ``delivery_of`` reads. The payload is that of the event."""
_SELECT: Final = f"""
    SELECT {_COLUMNS} FROM webhook_logs JOIN events ON events.id = webhook_logs.delivery_id
    """  # noqa: S608 (ours)
"""Selects deliveries; the caller appends a condition."""
OF_ONE_SESSION: Final = 1_000
"""The most deliveries of one session, or the most sessions of one order, that are read."""
LOOK_LIMIT: Final = 1_000
"""How many deliveries one call examines for a range of amounts."""
_STEP: Final = 250


def add(connection: sqlite3.Connection, deliveries: Sequence[Delivery]) -> None:
    """Add deliveries to the outbox. Raises Conflict("delivery") through the UNIQUE constraint."""
    for delivery in deliveries:
        connection.execute(
            """
            INSERT INTO webhook_logs (
                id, delivery_id, merchant_id, session_id, event, created_at, sequence,
                state, attempts, next_retry_at, status_code, response, delivered_at
            ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            (
                delivery.id,
                delivery.delivery_id,
                delivery.merchant_id,
                delivery.session_id,
                delivery.event.value,
                delivery.created_at,
                delivery.sequence,
                delivery.state.value,
                delivery.attempts,
                delivery.next_attempt_at,
                delivery.status_code,
                delivery.response,
                delivery.delivered_at,
            ),
        )


def save(connection: sqlite3.Connection, delivery: Delivery) -> None:
    """Store the result of an attempt; the payload never changes. Raises StoreError for an unknown
    delivery."""
    updated = connection.execute(
        """
        UPDATE webhook_logs
        SET state = ?, attempts = ?, next_retry_at = ?, status_code = ?, response = ?,
            delivered_at = ?
        WHERE id = ?
        """,
        (
            delivery.state.value,
            delivery.attempts,
            delivery.next_attempt_at,
            delivery.status_code,
            delivery.response,
            delivery.delivered_at,
            delivery.id,
        ),
    )
    if updated.rowcount == 0:
        raise StoreError(f"There is no delivery {delivery.id}.")


def by_id(connection: sqlite3.Connection, log_id: str) -> Delivery | None:
    """A delivery by the id of its log entry."""
    row = connection.execute(f"{_SELECT} WHERE webhook_logs.id = ?", (log_id,)).fetchone()
    return None if row is None else delivery_of(row)


def by_event(connection: sqlite3.Connection, event_id: str) -> Delivery | None:
    """The delivery of an event."""
    row = connection.execute(f"{_SELECT} WHERE delivery_id = ?", (event_id,)).fetchone()
    return None if row is None else delivery_of(row)


def page(connection: sqlite3.Connection, merchant_id: str, wanted: DeliveryQuery) -> DeliveryPage:
    """A page of a merchant's log, newest first. It comes from the index of logs by event and state,
    with one arm for each requested pair, which the database merges. For an order or a session it
    comes from their events. Raises UnknownCursor."""
    _require_known(connection, merchant_id, wanted.after)
    if wanted.session_id is not None:
        return _chosen_page(wanted, _of_session(connection, merchant_id, wanted.session_id))
    if wanted.order_id is not None:
        return _chosen_page(wanted, _of_order(connection, merchant_id, wanted.order_id))
    if wanted.amount_from is not None or wanted.amount_to is not None:
        return _looked_page(connection, merchant_id, wanted)
    arms, values = _arms(merchant_id, wanted, None)
    counted: int = connection.execute(
        f"SELECT count(*) FROM ({arms} LIMIT ?) AS counted",  # noqa: S608
        (*values, COUNT_LIMIT + 1),
    ).fetchone()[0]
    found = _walk(connection, merchant_id, wanted, wanted.after, wanted.limit + 1, wanted.offset)
    shown = tuple(_logged(connection, one) for one in found[: wanted.limit])
    return DeliveryPage(
        shown,
        min(counted, COUNT_LIMIT),
        counted <= COUNT_LIMIT,
        shown[-1].delivery.id if len(found) > wanted.limit else None,
    )


def _require_known(connection: sqlite3.Connection, merchant_id: str, log_id: str | None) -> None:
    if log_id is None:
        return
    known = by_id(connection, log_id)
    if known is None or known.merchant_id != merchant_id:
        raise UnknownCursor(log_id)


def _walk(  # noqa: PLR0917 (each of them is part of where to walk)
    connection: sqlite3.Connection,
    merchant_id: str,
    wanted: DeliveryQuery,
    after: str | None,
    limit: int,
    offset: int = 0,
) -> list[Delivery]:
    """Deliveries of the requested events and states after a place, newest first."""
    arms, values = _arms(merchant_id, wanted, after)
    rows = connection.execute(
        f"""
        SELECT {_COLUMNS}
        FROM ({arms} ORDER BY id DESC LIMIT ? OFFSET ?) AS page
        CROSS JOIN webhook_logs CROSS JOIN events
        WHERE webhook_logs.id = page.id AND events.id = webhook_logs.delivery_id
        """,  # noqa: S608 (the arms are below)
        (*values, limit, offset),
    )
    # A join guarantees no order.
    return sorted(map(delivery_of, rows), key=lambda one: one.id, reverse=True)


def _arms(merchant_id: str, wanted: DeliveryQuery, after: str | None) -> tuple[str, list[str]]:
    arms: list[str] = []
    values: list[str] = []
    behind = "" if after is None else " AND id < ?"
    for event in wanted.events or EventType:
        for state in DeliveryState if wanted.state is None else (wanted.state,):
            arms.append(
                "SELECT id FROM webhook_logs"  # noqa: S608 (ours)
                f" WHERE merchant_id = ? AND event = ? AND state = ?{behind}"
            )
            values += [merchant_id, event.value, state.value]
            if after is not None:
                values.append(after)
    return " UNION ALL ".join(arms), values


def _logged(connection: sqlite3.Connection, delivery: Delivery) -> LoggedDelivery:
    return LoggedDelivery(delivery, _session(connection, delivery.session_id))


def _session(connection: sqlite3.Connection, session_id: str) -> ListedSession:
    row = connection.execute("SELECT * FROM sessions WHERE id = ?", (session_id,)).fetchone()
    return listed_of(row)


def _looked_page(
    connection: sqlite3.Connection, merchant_id: str, wanted: DeliveryQuery
) -> DeliveryPage:
    """The newest deliveries within a range of amounts, as far as one call examines them. An index
    of amounts would cost every session more than it is worth."""
    walked = _ids_and_amounts(connection, merchant_id, wanted)
    rows = ((log_id, _is_in_range(wanted, amount)) for log_id, amount in walked)
    found, next_cursor = look(rows, wanted.offset + wanted.limit, LOOK_LIMIT)
    shown = filter(None, (by_id(connection, log_id) for log_id in found[wanted.offset :]))
    return DeliveryPage(
        tuple(_logged(connection, delivery) for delivery in shown),
        len(found),
        total_is_exact=next_cursor is None and wanted.after is None,
        next_cursor=next_cursor,
    )


def _ids_and_amounts(
    connection: sqlite3.Connection, merchant_id: str, wanted: DeliveryQuery
) -> Iterator[tuple[str, int]]:
    """Deliveries of the requested events and states with the amounts of their sessions, newest
    first, read in chunks."""
    after = wanted.after
    while True:
        arms, values = _arms(merchant_id, wanted, after)
        rows = connection.execute(
            f"""
            SELECT page.id, sessions.amount FROM ({arms} ORDER BY id DESC LIMIT ?) AS page
            CROSS JOIN webhook_logs CROSS JOIN sessions
            WHERE webhook_logs.id = page.id AND sessions.id = webhook_logs.session_id
            """,  # noqa: S608 (the arms are below)
            (*values, _STEP),
        )
        found = sorted(map(tuple, rows), reverse=True)
        yield from found
        if len(found) < _STEP:
            return
        after = found[-1][0]


def _is_in_range(wanted: DeliveryQuery, amount: int) -> bool:
    return (wanted.amount_from is None or amount >= wanted.amount_from) and (
        wanted.amount_to is None or amount <= wanted.amount_to
    )


def _lets_through(wanted: DeliveryQuery, logged: LoggedDelivery) -> bool:
    delivery = logged.delivery
    return (
        (not wanted.events or delivery.event in wanted.events)
        and wanted.state in (None, delivery.state)
        and wanted.order_id in (None, logged.session.order_id)
        and _is_in_range(wanted, logged.session.amount)
        and (wanted.after is None or delivery.id < wanted.after)
    )


def _chosen_page(wanted: DeliveryQuery, deliveries: Iterator[LoggedDelivery]) -> DeliveryPage:
    """A page from a short list, of which the newest OF_ONE_SESSION entries are examined."""
    few = list(islice(deliveries, OF_ONE_SESSION + 1))
    looked_at = sorted(few[:OF_ONE_SESSION], key=lambda one: one.delivery.id, reverse=True)
    found = [one for one in looked_at if _lets_through(wanted, one)]
    end = wanted.offset + wanted.limit
    shown = tuple(found[wanted.offset : end])
    return DeliveryPage(
        shown,
        len(found),
        total_is_exact=len(few) <= OF_ONE_SESSION and wanted.after is None,
        next_cursor=shown[-1].delivery.id if len(found) > end else None,
    )


def _of_session(
    connection: sqlite3.Connection, merchant_id: str, session_id: str
) -> Iterator[LoggedDelivery]:
    """The deliveries of a session's events; an event has at most one."""
    rows = connection.execute(
        f"""
        SELECT {_COLUMNS} FROM events
        JOIN webhook_logs ON webhook_logs.delivery_id = events.id
        WHERE events.session_id = ?
        ORDER BY webhook_logs.id DESC LIMIT ?
        """,  # noqa: S608 (ours)
        (session_id, OF_ONE_SESSION + 1),
    ).fetchall()
    if rows and rows[0]["merchant_id"] == merchant_id:
        session = _session(connection, session_id)
        for row in rows:
            yield LoggedDelivery(delivery_of(row), session)


def _of_order(
    connection: sqlite3.Connection, merchant_id: str, order_id: str
) -> Iterator[LoggedDelivery]:
    """The deliveries of an order's sessions, newest session first."""
    rows = connection.execute(
        """
        SELECT id FROM sessions WHERE merchant_id = ? AND order_id = ?
        ORDER BY created_at DESC, id DESC LIMIT ?
        """,
        (merchant_id, order_id, OF_ONE_SESSION + 1),
    ).fetchall()
    for row in rows:
        yield from _of_session(connection, merchant_id, row["id"])


def pending(connection: sqlite3.Connection, after: str, limit: int) -> list[Delivery]:
    """Pending deliveries ordered by log id, after the given id."""
    rows = connection.execute(
        f"""
        {_SELECT} WHERE state = 'pending' AND webhook_logs.id > ?
        ORDER BY webhook_logs.id LIMIT ?
        """,
        (after, limit),
    ).fetchall()
    return [delivery_of(row) for row in rows]


def failed_since(
    connection: sqlite3.Connection, merchant_id: str, since: int, limit: int
) -> list[Delivery]:
    """A merchant's failed deliveries for events since a time, oldest first."""
    arms, values = _arms(merchant_id, DeliveryQuery(limit=limit, state=DeliveryState.FAILED), None)
    rows = connection.execute(
        f"""
        SELECT {_COLUMNS} FROM ({arms}) AS failed
        CROSS JOIN webhook_logs CROSS JOIN events
        WHERE webhook_logs.id = failed.id AND webhook_logs.created_at >= ?
            AND events.id = webhook_logs.delivery_id
        ORDER BY webhook_logs.id LIMIT ?
        """,  # noqa: S608 (the arms are above)
        (*values, since, limit),
    )
    return [delivery_of(row) for row in rows]


def count_pending(connection: sqlite3.Connection) -> int:
    number: int = connection.execute(
        "SELECT count(*) FROM webhook_logs WHERE state = 'pending'"
    ).fetchone()[0]
    return number
