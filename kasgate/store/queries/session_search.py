"""Sessions by words and identifiers (kasgate/search.py), newest first.

Rare words are looked up in the index of words, which alone gives the matches and their order. If
all words of a query are common, matches are frequent in the list of all sessions, and that list is
walked from its newer end instead. Conditions that the index can't answer, such as the status, are
checked session by session, up to a limit per call; the next call continues there. So a search costs
at most a fixed number of look-ups.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Final

from attrs import frozen

from kasgate.reports import COUNT_LIMIT, SessionPage, SessionQuery
from kasgate.search import Span, TextQuery, session_words
from kasgate.sessions.session import Session
from kasgate.store.queries import session_lists
from kasgate.store.queries.session_lists import (
    Place,
    lets_through,
    listed_of,
    looked_page,
    place_of,
    rows_of_ids,
    walked,
)

COMMON: Final = COUNT_LIMIT
"""A word with at least this many entries in the index is common."""
_IDENTIFIED_LIMIT: Final = 1_000


def add_words(connection: sqlite3.Connection, session: Session) -> None:
    """Put a new session's words in the index."""
    words = session_words(session.order_id, session.description, session.metadata)
    if not words:
        return
    connection.executemany(
        """
        INSERT INTO session_words (merchant_id, word, created_at, session_id)
        VALUES (?, ?, ?, ?)
        """,
        [(session.merchant_id, word, session.created_at, session.id) for word in sorted(words)],
    )


@frozen
class _Search:
    """One search and its known facts."""

    connection: sqlite3.Connection
    merchant_id: str
    wanted: SessionQuery
    text: TextQuery
    after: Place | None
    identified: frozenset[str]
    """Ids of sessions, of any merchant, by the beginning of an identifier."""

    def finds(self, row: sqlite3.Row) -> bool:
        """Whether text and filters match a session."""
        return (
            row["merchant_id"] == self.merchant_id
            and lets_through(self.wanted, row)
            and (row["id"] in self.identified or self.text.matches(_words_of(row)))
        )


def page(connection: sqlite3.Connection, merchant_id: str, wanted: SessionQuery) -> SessionPage:
    """A merchant's sessions that match the filters and the text, if there is one, newest first.
    Raises UnknownCursor."""
    if wanted.text is None:
        return session_lists.page(connection, merchant_id, wanted)
    return _found(connection, merchant_id, wanted, wanted.text)


def _found(
    connection: sqlite3.Connection, merchant_id: str, wanted: SessionQuery, text: TextQuery
) -> SessionPage:
    after = place_of(connection, merchant_id, wanted.after)
    identified = frozenset(_identified(connection, text))
    search = _Search(connection, merchant_id, wanted, text, after, identified)
    rare = [span for span in text.spans if not _is_common(search, span)]
    if text.spans and not rare:
        rows = walked(connection, merchant_id, wanted, after)
        return looked_page(connection, wanted, rows, search.finds)
    places = _places(search, rare)
    asks_for_more = wanted.status is not None or wanted.order_id is not None or wanted.marks
    if len(rare) == len(text.spans) and not asks_for_more:
        return _known_page(search, places)
    return looked_page(connection, wanted, _rows_at(search, places), search.finds)


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


def _is_common(search: _Search, span: Span) -> bool:
    count: int = search.connection.execute(
        """
        SELECT count(*) FROM (
            SELECT 1 FROM session_words
            WHERE merchant_id = ? AND word >= ? AND word < ? LIMIT ?
        ) AS counted
        """,
        (search.merchant_id, span.first, span.end, COMMON + 1),
    ).fetchone()[0]
    return count > COMMON


def _places(search: _Search, rare: Sequence[Span]) -> list[Place]:
    """The places of the sessions that have all the rare words, or an identifier, and match the
    filter by time, newest first."""
    by_words: set[Place] | None = None
    for span in rare:
        rows = search.connection.execute(
            """
            SELECT created_at, session_id FROM session_words
            WHERE merchant_id = ? AND word >= ? AND word < ?
            """,
            (search.merchant_id, span.first, span.end),
        )
        has_word = {(row[0], row[1]) for row in rows}
        by_words = has_word if by_words is None else by_words & has_word
    found = by_words or set()
    for session_id in search.identified:
        row = search.connection.execute(
            "SELECT merchant_id, created_at FROM sessions WHERE id = ?", (session_id,)
        ).fetchone()
        if row["merchant_id"] == search.merchant_id:
            found.add((row["created_at"], session_id))
    first, last = search.wanted.created_from, search.wanted.created_to
    return sorted(
        (
            place
            for place in found
            if (first is None or place[0] >= first) and (last is None or place[0] <= last)
        ),
        reverse=True,
    )


def _known_page(search: _Search, places: Sequence[Place]) -> SessionPage:
    """A page of sessions known from the index alone: the total is exact, and only this page is
    read."""
    total = len(places)
    places = _behind(search, places)
    end = search.wanted.offset + search.wanted.limit
    shown = places[search.wanted.offset : end]
    listed = tuple(map(listed_of, rows_of_ids(search.connection, [place[1] for place in shown])))
    return SessionPage(
        listed, total, total_is_exact=True, next_cursor=shown[-1][1] if len(places) > end else None
    )


def _rows_at(search: _Search, places: Sequence[Place]) -> Iterator[sqlite3.Row]:
    return rows_of_ids(search.connection, [place[1] for place in _behind(search, places)])


def _behind(search: _Search, places: Sequence[Place]) -> Sequence[Place]:
    """The places after the cursor."""
    if search.after is None:
        return places
    after = search.after
    return [place for place in places if place < after]


def _words_of(row: sqlite3.Row) -> set[str]:
    metadata = None if row["metadata"] is None else json.loads(row["metadata"])
    return session_words(row["order_id"], row["description"], metadata)
