"""Sessions by words and identifiers (kasgate/search.py), newest first.

Words that few sessions have are looked up in the index of words: everything that is found is put
in order, and the total is exact. If all words of a query are common ones, matches lie close
together in the list of all sessions, so that list is walked from its newer end instead, as far as
one call may; the next one goes on where it stopped. So no search costs more than a fixed number of
look-ups.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from attrs import frozen

from kasgate.reports import COUNT_LIMIT, ListedSession, SessionPage, SessionQuery
from kasgate.search import Span, TextQuery, session_words
from kasgate.session import Session
from kasgate.store.queries.session_lists import Place, listed_of, place_of, walk

COMMON: Final = COUNT_LIMIT
"""Entries of the index from which on a word is common."""
WALK_LIMIT: Final = 10_000
"""Sessions that one call looks at when it walks."""
_STEP: Final = 250
_IDENTIFIED_LIMIT: Final = 1_000


def add_words(connection: sqlite3.Connection, session: Session) -> None:
    """Put a new session's words in the index."""
    words = session_words(session.order_id, session.metadata)
    connection.executemany(
        "INSERT INTO session_words (merchant_id, word, session_id) VALUES (?, ?, ?)",
        [(session.merchant_id, word, session.id) for word in sorted(words)],
    )


@frozen
class _Search:
    """One search and what is known of it."""

    connection: sqlite3.Connection
    merchant_id: str
    wanted: SessionQuery
    text: TextQuery
    after: Place | None
    identified: frozenset[str]
    """Ids of sessions, of whatever merchant, by the beginning of an identifier."""

    def finds(self, row: sqlite3.Row) -> bool:
        """Whether the text finds a session."""
        return row["id"] in self.identified or self.text.matches(_words_of(row))

    def lets_through(self, row: sqlite3.Row) -> bool:
        """Whether the filters do."""
        wanted, at = self.wanted, row["created_at"]
        return (
            row["merchant_id"] == self.merchant_id
            and wanted.status in (None, row["status"])
            and wanted.order_id in (None, row["order_id"])
            and (wanted.created_from is None or at >= wanted.created_from)
            and (wanted.created_to is None or at <= wanted.created_to)
        )


def page(
    connection: sqlite3.Connection, merchant_id: str, wanted: SessionQuery, text: TextQuery
) -> SessionPage:
    """Sessions that a text and the filters find. Raises UnknownCursor."""
    after = place_of(connection, merchant_id, wanted.after)
    identified = frozenset(_identified(connection, text))
    search = _Search(connection, merchant_id, wanted, text, after, identified)
    rarest, entries = _rarest(search)
    return _sorted_page(search, rarest) if entries <= COMMON else _walked_page(search)


def _identified(connection: sqlite3.Connection, text: TextQuery) -> Iterator[str]:
    lookups = [("SELECT id FROM sessions WHERE id >= ? AND id < ? LIMIT ?", text.session_ids)]
    lookups += [
        ("SELECT id FROM sessions WHERE address >= ? AND address < ? LIMIT ?", span)
        for span in text.addresses
    ]
    by_transaction = "SELECT session_id FROM payments WHERE tx_id >= ? AND tx_id < ? LIMIT ?"
    lookups.append((by_transaction, text.transaction_ids))
    for query, span in lookups:
        if span is not None:
            for row in connection.execute(query, (span.first, span.end, _IDENTIFIED_LIMIT)):
                yield row[0]


def _rarest(search: _Search) -> tuple[Span | None, int]:
    """The word with the fewest entries, and how many; counted up to COMMON + 1."""
    rarest: Span | None = None
    fewest = 0
    for span in search.text.spans:
        count: int = search.connection.execute(
            """
            SELECT count(*) FROM (
                SELECT 1 FROM session_words
                WHERE merchant_id = ? AND word >= ? AND word < ? LIMIT ?
            ) AS counted
            """,
            (search.merchant_id, span.first, span.end, COMMON + 1),
        ).fetchone()[0]
        if rarest is None or count < fewest:
            rarest, fewest = span, count
    return rarest, fewest


def _sorted_page(search: _Search, rarest: Span | None) -> SessionPage:
    """Everything that is found, in order; of it the part that is asked for."""
    candidates = set(search.identified)
    if rarest is not None:
        rows = search.connection.execute(
            """
            SELECT session_id FROM session_words
            WHERE merchant_id = ? AND word >= ? AND word < ?
            """,
            (search.merchant_id, rarest.first, rarest.end),
        )
        candidates.update(row[0] for row in rows)
    is_sure = len(search.text.spans) == 1
    places = sorted(
        (
            (row["created_at"], row["id"])
            for row in _rows(search.connection, candidates)
            if search.lets_through(row) and (is_sure or search.finds(row))
        ),
        reverse=True,
    )
    total = len(places)
    if search.after is not None:
        places = [place for place in places if place < search.after]
    end = search.wanted.offset + search.wanted.limit
    shown = [session_id for _, session_id in places[search.wanted.offset : end]]
    listed = tuple(listed_of(row) for row in _rows(search.connection, shown))
    return SessionPage(
        listed, total, total_is_exact=True, next_cursor=shown[-1] if len(places) > end else None
    )


def _walked_page(search: _Search) -> SessionPage:
    """The newest that are found, as far as one call walks."""
    enough = search.wanted.offset + search.wanted.limit
    found: list[ListedSession] = []
    place, looked_at = search.after, 0
    while looked_at < WALK_LIMIT:
        rows = walk(search.connection, search.merchant_id, search.wanted, place, _STEP)
        for row in rows:
            if not search.finds(row):
                continue
            if len(found) == enough:
                return _part(search, found, next_cursor=found[-1].id)
            found.append(listed_of(row))
        if len(rows) < _STEP:
            return _part(search, found, next_cursor=None)
        place = (rows[-1]["created_at"], rows[-1]["id"])
        looked_at += len(rows)
    return _part(search, found, next_cursor=None if place is None else place[1])


def _part(search: _Search, found: Sequence[ListedSession], next_cursor: str | None) -> SessionPage:
    wanted = search.wanted
    has_seen_all = next_cursor is None and search.after is None
    is_filtered = wanted.narrows or wanted.status is not None or len(search.text.spans) > 1
    total = len(found) if has_seen_all or is_filtered else COMMON
    return SessionPage(tuple(found[wanted.offset :]), total, has_seen_all, next_cursor)


def _rows(connection: sqlite3.Connection, session_ids: Iterable[str]) -> Iterator[sqlite3.Row]:
    for session_id in session_ids:
        yield connection.execute("SELECT * FROM sessions WHERE id = ?", (session_id,)).fetchone()


def _words_of(row: sqlite3.Row) -> set[str]:
    metadata = None if row["metadata"] is None else json.loads(row["metadata"])
    return session_words(row["order_id"], metadata)
