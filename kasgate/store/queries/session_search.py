"""Sessions by words and identifiers (kasgate/search.py), newest first.

Words that few sessions have are looked up in the index of words, which alone says what is found and
in which order. If all words of a query are common ones, matches lie close together in the list of
all sessions, and that list is walked from its newer end instead. What the index can't say, such as
a session's status, is looked at session by session, as far as one call may; the next call goes on
where it stopped. So no search costs more than a fixed number of look-ups.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Final

from attrs import frozen

from kasgate.reports import COUNT_LIMIT, ListedSession, SessionPage, SessionQuery
from kasgate.search import Span, TextQuery, session_words
from kasgate.session import Session
from kasgate.store.queries import session_lists
from kasgate.store.queries.session_lists import Place, listed_of, place_of, walk

COMMON: Final = COUNT_LIMIT
"""Entries of the index from which on a word is common."""
LOOK_LIMIT: Final = 2_000
"""Sessions that one call looks at."""
_STEP: Final = 250
_IDENTIFIED_LIMIT: Final = 1_000


def add_words(connection: sqlite3.Connection, session: Session) -> None:
    """Put a new session's words in the index."""
    words = session_words(session.order_id, session.metadata)
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
    """One search and what is known of it."""

    connection: sqlite3.Connection
    merchant_id: str
    wanted: SessionQuery
    text: TextQuery
    after: Place | None
    identified: frozenset[str]
    """Ids of sessions, of whatever merchant, by the beginning of an identifier."""

    def finds(self, row: sqlite3.Row) -> bool:
        """Whether text and filters find a session."""
        wanted, at = self.wanted, row["created_at"]
        return (
            row["merchant_id"] == self.merchant_id
            and wanted.status in (None, row["status"])
            and wanted.order_id in (None, row["order_id"])
            and (wanted.created_from is None or at >= wanted.created_from)
            and (wanted.created_to is None or at <= wanted.created_to)
            and (row["id"] in self.identified or self.text.matches(_words_of(row)))
        )


def page(connection: sqlite3.Connection, merchant_id: str, wanted: SessionQuery) -> SessionPage:
    """Sessions of a merchant that the filters and the text, if there is one, find, newest first.
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
        return _looked_page(search, _walked_rows(search))
    places = _places(search, rare)
    is_known = len(rare) == len(text.spans) and wanted.status is None and wanted.order_id is None
    if is_known:
        return _known_page(search, places)
    return _looked_page(search, _rows_at(search, places))


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
    """Where the sessions stand that have all the rare words, or an identifier, newest first; those
    that a filter by time leaves."""
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
    """The index has said it all: the total is exact, and only what is shown is read."""
    total = len(places)
    places = _behind(search, places)
    end = search.wanted.offset + search.wanted.limit
    shown = places[search.wanted.offset : end]
    listed = tuple(
        listed_of(row) for row in _rows(search.connection, [place[1] for place in shown])
    )
    return SessionPage(
        listed, total, total_is_exact=True, next_cursor=shown[-1][1] if len(places) > end else None
    )


def _looked_page(search: _Search, rows: Iterator[sqlite3.Row]) -> SessionPage:
    """The newest that are found among rows in order, as far as one call looks."""
    enough = search.wanted.offset + search.wanted.limit
    found: list[ListedSession] = []
    next_cursor: str | None = None
    for number, row in enumerate(rows, start=1):
        if search.finds(row):
            if len(found) == enough:
                next_cursor = found[-1].id
                break
            found.append(listed_of(row))
        if number == LOOK_LIMIT:
            next_cursor = row["id"]
            break
    has_seen_all = next_cursor is None and search.after is None
    return SessionPage(tuple(found[search.wanted.offset :]), len(found), has_seen_all, next_cursor)


def _walked_rows(search: _Search) -> Iterator[sqlite3.Row]:
    """All sessions that the filters let through, some at a time."""
    place = search.after
    while True:
        rows = walk(search.connection, search.merchant_id, search.wanted, place, _STEP)
        yield from rows
        if len(rows) < _STEP:
            return
        place = (rows[-1]["created_at"], rows[-1]["id"])


def _rows_at(search: _Search, places: Sequence[Place]) -> Iterator[sqlite3.Row]:
    yield from _rows(search.connection, [place[1] for place in _behind(search, places)])


def _rows(connection: sqlite3.Connection, session_ids: Sequence[str]) -> Iterator[sqlite3.Row]:
    for session_id in session_ids:
        yield connection.execute("SELECT * FROM sessions WHERE id = ?", (session_id,)).fetchone()


def _behind(search: _Search, places: Sequence[Place]) -> Sequence[Place]:
    """Those after the cursor."""
    if search.after is None:
        return places
    after = search.after
    return [place for place in places if place < after]


def _words_of(row: sqlite3.Row) -> set[str]:
    metadata = None if row["metadata"] is None else json.loads(row["metadata"])
    return session_words(row["order_id"], metadata)
