"""Comparisons of the database with itself. Each returns its first problems as sentences; none if
all agree. Each is one statement or a few, so that it reads one state, and uses bounded memory."""

from __future__ import annotations

import sqlite3
from typing import Final

from kasgate.money import MAX_SOMPI
from kasgate.store.queries.restores import SEQUENCE_LEAP

PROBLEMS: Final = 5
"""The most problems of one check that are returned."""
_HALF: Final = 1_000_000_000
"""Sums are made of two halves, because a whole one may exceed 64 bits."""
_COUNTS: Final = "credited = 1 AND state <> 'withdrawn'"


def session_counters(connection: sqlite3.Connection) -> list[str]:
    """The sessions of each merchant, day and status."""
    rows = connection.execute(
        """
        SELECT merchant_id, day, status, sum(counted), sum(stored) FROM (
            SELECT merchant_id, created_at / 86400000 AS day, status, 1 AS counted, 0 AS stored
            FROM sessions
            UNION ALL
            SELECT merchant_id, day, status, 0, sessions FROM session_days
        ) AS both_sides
        GROUP BY merchant_id, day, status HAVING sum(counted) <> sum(stored) LIMIT ?
        """,
        (PROBLEMS,),
    )
    return [
        f"{merchant}, day {day}: {stored} {status} sessions are counted, and there are {counted}"
        for merchant, day, status, counted, stored in rows
    ]


def receipts(connection: sqlite3.Connection) -> list[str]:
    """A receipt for each payment that counts, and for no other."""
    rows = connection.execute(
        f"""
        SELECT tx_id, output_index, count(*) FROM (
            SELECT payments.tx_id, payments.output_index, payments.amount, payments.session_id,
                payments.accepted_at / 86400000 AS day, sessions.merchant_id
            FROM payments JOIN sessions ON sessions.id = payments.session_id
            WHERE {_COUNTS}
            UNION ALL
            SELECT tx_id, output_index, amount, session_id, day, merchant_id FROM receipts
        ) AS both_sides
        GROUP BY tx_id, output_index, amount, session_id, day, merchant_id
        HAVING count(*) <> 2 LIMIT ?
        """,  # noqa: S608 - our own words
        (PROBLEMS,),
    )
    return [f"the payment {tx_id}:{index} and its receipt do not agree" for tx_id, index, _ in rows]


def receipt_counters(connection: sqlite3.Connection) -> list[str]:
    """The payments and their sum of each merchant and day."""
    rows = connection.execute(
        """
        SELECT merchant_id, day, sum(counted), sum(stored) FROM (
            SELECT merchant_id, day, 1 AS counted, 0 AS stored,
                amount / 1000000000 AS high, amount % 1000000000 AS low
            FROM receipts
            UNION ALL
            SELECT merchant_id, day, 0, payments,
                -(amount / 1000000000) - carried * 1000000000, -(amount % 1000000000)
            FROM receipt_days
        ) AS both_sides
        GROUP BY merchant_id, day
        HAVING sum(counted) <> sum(stored)
            OR sum(high) + sum(low) / 1000000000 <> 0 OR sum(low) % 1000000000 <> 0
        LIMIT ?
        """,
        (PROBLEMS,),
    )
    return [
        f"{merchant}, day {day}: {stored} payments are counted, and there are {counted}; or their"
        " sum is wrong"
        for merchant, day, counted, stored in rows
    ]


def value_counters(connection: sqlite3.Connection) -> list[str]:
    """The values of payments, and their sum, of each merchant, currency and quarter of an hour."""
    rows = connection.execute(
        f"""
        SELECT merchant_id, currency, quarter, sum(counted), sum(stored) FROM (
            SELECT sessions.merchant_id, payments.value_currency AS currency,
                payments.accepted_at / 900000 AS quarter, 1 AS counted, 0 AS stored,
                payments.value_minor / 1000000000 AS high, payments.value_minor % 1000000000 AS low
            FROM payments JOIN sessions ON sessions.id = payments.session_id
            WHERE payments.value_currency IS NOT NULL AND {_COUNTS}
            UNION ALL
            SELECT merchant_id, currency, quarter, 0, payments, -high, -low FROM receipt_values
        ) AS both_sides
        GROUP BY merchant_id, currency, quarter
        HAVING sum(counted) <> sum(stored) OR sum(high) <> 0 OR sum(low) <> 0
        LIMIT ?
        """,  # noqa: S608 - our own words
        (PROBLEMS,),
    )
    return [
        f"{merchant}, {currency}, quarter of an hour {quarter}: {stored} values are counted, and"
        f" there are {counted}; or their sum is wrong"
        for merchant, currency, quarter, counted, stored in rows
    ]


def session_quarters(connection: sqlite3.Connection) -> list[str]:
    """The sessions of each merchant, quarter of an hour and status."""
    rows = connection.execute(
        """
        SELECT merchant_id, quarter, status, sum(counted), sum(stored) FROM (
            SELECT merchant_id, created_at / 900000 AS quarter, status, 1 AS counted, 0 AS stored
            FROM sessions
            UNION ALL
            SELECT merchant_id, quarter, status, 0, sessions FROM session_quarters
        ) AS both_sides
        GROUP BY merchant_id, quarter, status HAVING sum(counted) <> sum(stored) LIMIT ?
        """,
        (PROBLEMS,),
    )
    return [
        f"{merchant}, quarter {quarter}: {stored} {status} sessions are counted, and there are"
        f" {counted}"
        for merchant, quarter, status, counted, stored in rows
    ]


def receipt_quarters(connection: sqlite3.Connection) -> list[str]:
    """The payments and their sum of each merchant and quarter of an hour."""
    rows = connection.execute(
        f"""
        SELECT merchant_id, quarter, sum(counted), sum(stored) FROM (
            SELECT sessions.merchant_id, payments.accepted_at / 900000 AS quarter, 1 AS counted,
                0 AS stored, payments.amount / 1000000000 AS high,
                payments.amount % 1000000000 AS low
            FROM payments JOIN sessions ON sessions.id = payments.session_id
            WHERE {_COUNTS}
            UNION ALL
            SELECT merchant_id, quarter, 0, payments, -high, -low FROM receipt_quarters
        ) AS both_sides
        GROUP BY merchant_id, quarter
        HAVING sum(counted) <> sum(stored) OR sum(high) <> 0 OR sum(low) <> 0
        LIMIT ?
        """,  # noqa: S608 - our own words
        (PROBLEMS,),
    )
    return [
        f"{merchant}, quarter {quarter}: {stored} payments are counted, and there are {counted};"
        " or their sum is wrong"
        for merchant, quarter, counted, stored in rows
    ]


def attention_counters(connection: sqlite3.Connection) -> list[str]:
    """The sessions that need attention, and their money."""
    rows = connection.execute(
        """
        SELECT merchant_id, attention, sum(counted), sum(stored) FROM (
            SELECT merchant_id, attention, 1 AS counted, 0 AS stored,
                received / 100000000 AS kas, received % 100000000 AS rest
            FROM sessions WHERE attention > 0
            UNION ALL
            SELECT merchant_id, attention, 0, sessions, -whole_kas, -sompi_beyond
            FROM attention_figures
        ) AS both_sides
        GROUP BY merchant_id, attention
        HAVING sum(counted) <> sum(stored) OR sum(kas) <> 0 OR sum(rest) <> 0 LIMIT ?
        """,
        (PROBLEMS,),
    )
    return [
        f"{merchant}, reasons {attention}: {stored} sessions are counted, and there are {counted};"
        " or their sum is wrong"
        for merchant, attention, counted, stored in rows
    ]


def session_sums(connection: sqlite3.Connection) -> list[str]:
    """What each session received, and the number of its payments."""
    rows = connection.execute(
        f"""
        SELECT sessions.id, sessions.received, sums.high, sums.low, sessions.payments_total,
            sums.total
        FROM sessions JOIN (
            SELECT session_id, count(*) AS total,
                coalesce(sum(amount / 1000000000) FILTER (WHERE {_COUNTS}), 0) AS high,
                coalesce(sum(amount % 1000000000) FILTER (WHERE {_COUNTS}), 0) AS low
            FROM payments GROUP BY session_id
        ) AS sums ON sums.session_id = sessions.id
        WHERE sessions.payments_total <> sums.total OR (
            sessions.received < ? AND (
                sessions.received / 1000000000 <> sums.high + sums.low / 1000000000
                OR sessions.received % 1000000000 <> sums.low % 1000000000
            )
        )
        LIMIT ?
        """,  # noqa: S608 - our own words
        (MAX_SOMPI, PROBLEMS),
    ).fetchall()
    found = [
        f"session {id_} has received {stored} sompi in {count} payments, and its payments are"
        f" {high * _HALF + low} sompi in {total}"
        for id_, stored, high, low, count, total in rows
    ]
    without = connection.execute(
        """
        SELECT id FROM sessions WHERE (payments_total > 0 OR received > 0)
            AND NOT EXISTS (SELECT 1 FROM payments WHERE payments.session_id = sessions.id)
        LIMIT ?
        """,
        (PROBLEMS,),
    )
    return [*found, *(f"session {row[0]} counts payments that are not there" for row in without)]


def ledger_sums(connection: sqlite3.Connection) -> list[str]:
    """The sums of sessions with very many payments, which are kept apart."""
    rows = connection.execute(
        f"""
        SELECT payment_sums.session_id FROM payment_sums
        JOIN sessions ON sessions.id = payment_sums.session_id
        JOIN (
            SELECT session_id,
                coalesce(sum(amount) FILTER (WHERE credited = 1 AND state = 'confirmed'), 0)
                    AS final,
                count(*) FILTER (WHERE {_COUNTS} AND late = 1) AS late,
                count(*) FILTER (WHERE state = 'accepted'
                    AND missing_since IS NULL AND spent_evidence IS NULL) AS waiting,
                count(*) FILTER (WHERE state = 'accepted'
                    AND (missing_since IS NOT NULL OR spent_evidence IS NOT NULL)) AS gone
            FROM payments WHERE session_id IN (
                SELECT payment_sums.session_id FROM payment_sums
                JOIN sessions ON sessions.id = payment_sums.session_id
                WHERE sessions.received < ?
            )
            GROUP BY session_id
        ) AS sums ON sums.session_id = payment_sums.session_id
        WHERE payment_sums.final <> sums.final OR payment_sums.late <> sums.late
            OR payment_sums.waiting <> sums.waiting OR payment_sums.gone <> sums.gone
        LIMIT ?
        """,  # noqa: S608 - our own words
        (MAX_SOMPI, PROBLEMS),
    )
    return [f"the sums of session {row[0]} are not those of its payments" for row in rows]


def address_indices(connection: sqlite3.Connection) -> list[str]:
    """The next index of each account key lies behind each address that it gave out."""
    behind = connection.execute(
        """
        SELECT account_keys.fingerprint, account_keys.next_address_index, max(address_index)
        FROM sessions JOIN account_keys ON account_keys.fingerprint = sessions.account_key
        GROUP BY account_keys.fingerprint, account_keys.next_address_index
        HAVING max(address_index) >= account_keys.next_address_index LIMIT ?
        """,
        (PROBLEMS,),
    ).fetchall()
    apart = connection.execute(
        """
        SELECT merchants.id FROM merchants
        LEFT JOIN account_keys ON account_keys.fingerprint = merchants.account_key
        WHERE account_keys.fingerprint IS NULL OR account_keys.merchant_id <> merchants.id
            OR account_keys.next_address_index <> merchants.next_address_index LIMIT ?
        """,
        (PROBLEMS,),
    )
    return [
        *(
            f"account key {key[:8]} would give out number {next_}, and number {used} is in use"
            for key, next_, used in behind
        ),
        *(f"merchant {row[0]} and its account key have different numbers" for row in apart),
    ]


def event_log(connection: sqlite3.Connection) -> list[str]:
    """Each session has all events that it counts, numbered once; each merchant's log has no gaps.
    A restore makes a session count SEQUENCE_LEAP more."""
    problems = [
        f"session {row[0]} has {row[1]} events, numbered up to {row[2]}, and counts {row[3]}"
        for row in connection.execute(
            """
            SELECT sessions.id, count(events.id), coalesce(max(events.sequence), 0),
                sessions.events_told
            FROM sessions LEFT JOIN events ON events.session_id = sessions.id
            GROUP BY sessions.id, sessions.events_told
            HAVING count(events.id) = 0 OR max(events.sequence) > sessions.events_told
                OR count(DISTINCT events.sequence) <> count(events.id)
                OR (sessions.events_told - count(events.id)) % ? <> 0 LIMIT ?
            """,
            (SEQUENCE_LEAP, PROBLEMS),
        )
    ]
    problems += [
        f"the event log of merchant {row[0]} has {row[1]} events in {row[2]} places"
        for row in connection.execute(
            """
            SELECT merchant_id, count(*), max(place) FROM events
            GROUP BY merchant_id HAVING count(*) <> max(place) LIMIT ?
            """,
            (PROBLEMS,),
        )
    ]
    return problems


def outbox(connection: sqlite3.Connection) -> list[str]:
    """Each delivery is of its own event, and its state is possible."""
    rows = connection.execute(
        """
        SELECT webhook_logs.id FROM webhook_logs
        LEFT JOIN events ON events.id = webhook_logs.delivery_id
        WHERE events.id IS NULL OR events.session_id <> webhook_logs.session_id
            OR events.merchant_id <> webhook_logs.merchant_id OR events.type <> webhook_logs.event
            OR events.sequence <> webhook_logs.sequence
            OR (webhook_logs.state = 'delivered' AND webhook_logs.delivered_at IS NULL)
        LIMIT ?
        """,
        (PROBLEMS,),
    )
    return [f"delivery {row[0]} does not fit its event" for row in rows]
