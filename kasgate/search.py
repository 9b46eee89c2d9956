"""Searching sessions by words: how text is split, and how a query is read.

A search finds a session by the words of its order id, its description and its metadata values, and
by the beginning of its id, its address or the id of a transaction that paid it. The store keeps the
words of each session in an index. This module defines the words, so that every engine finds the
same.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Final

from attrs import frozen

LONGEST_WORD: Final = 64
"""Longer words are cut to this, in sessions and in queries."""
MOST_WORDS: Final = 10
"""The number of words that one query may have."""

_WORD: Final = re.compile(r"[^\W_]+")
# At least eight characters of an id, address or transaction: shorter prefixes match too much.
_HEX: Final = re.compile(r"[0-9a-f]{8,64}")
_SESSION_ID: Final = re.compile(r"[0-9a-f]{8}[0-9a-f-]{0,28}")
_ADDRESS: Final = re.compile(r"(?:(kaspa[a-z]{0,5}):)?([qp][ac-hj-np-z02-9]{7,66})")
_ADDRESS_PREFIXES: Final = ("kaspa", "kaspatest", "kaspasim", "kaspadev")
_LAST_CHARACTER: Final = "\U0010ffff"


def words_of_text(text: str) -> Iterator[str]:
    """Runs of letters and digits, ignoring case and the encoding of accents."""
    for match in _WORD.finditer(_folded(text)):
        yield match[0][:LONGEST_WORD]


def _folded(text: str) -> str:
    """Case-fold twice: the compatible form of a letter without case, such as a mathematical one,
    may be a capital (Unicode's compatibility caseless match, D146)."""
    once = unicodedata.normalize("NFKC", text.casefold())
    return unicodedata.normalize("NFKC", once.casefold())


def session_words(
    order_id: str | None, description: str | None, metadata: Mapping[str, str] | None
) -> set[str]:
    """The words that a session is found by."""
    texts = [text for text in (order_id, description) if text is not None]
    if metadata is not None:
        texts += metadata.values()
    return {word for text in texts for word in words_of_text(text)}


def session_words_json(order_id: str | None, metadata: str | None) -> str:
    """Like session_words, with JSON text for the metadata and the result. A migration uses it, for
    sessions from before there were descriptions."""
    given = None if metadata is None else json.loads(metadata)
    return json.dumps(sorted(session_words(order_id, None, given)))


@frozen
class Span:
    """All texts from ``first`` up to but not including ``end``."""

    first: str
    end: str

    def __contains__(self, text: str) -> bool:
        return self.first <= text < self.end


def beginning_with(text: str) -> Span:
    """The texts that begin with this one."""
    return Span(text, text + _LAST_CHARACTER)


@frozen
class TextQuery:
    """A parsed ``q``. It finds a session that has all the words, or a matching identifier."""

    words: tuple[str, ...]
    """Whole words of the session."""
    begun: str | None
    """The beginning of one more word of the session: the last word of the query, unless a space or
    a punctuation mark follows it."""
    session_ids: Span | None
    transaction_ids: Span | None
    addresses: tuple[Span, ...]

    @property
    def spans(self) -> tuple[Span, ...]:
        """The words as spans of the index; a matching session has a word in each span."""
        whole = tuple(Span(word, word + "\0") for word in self.words)
        return whole if self.begun is None else (*whole, beginning_with(self.begun))

    @property
    def is_empty(self) -> bool:
        """Whether it has neither a word nor an identifier, and so finds nothing."""
        return not (self.spans or self.session_ids or self.transaction_ids or self.addresses)

    def matches(self, words: set[str]) -> bool:
        """Whether a session with these words matches."""
        if not self.spans or not words.issuperset(self.words):
            return False
        return self.begun is None or any(word.startswith(self.begun) for word in words)


def read_query(text: str) -> TextQuery:
    """Parse the text of a query. Raises ValueError for more than MOST_WORDS words."""
    words = list(words_of_text(text))
    if len(words) > MOST_WORDS:
        raise ValueError(f"A search has at most {MOST_WORDS} words.")
    begun = words.pop() if words and _WORD.fullmatch(text[-1:]) else None
    asked = text.strip().lower()
    return TextQuery(
        words=tuple(dict.fromkeys(words)),
        begun=begun,
        session_ids=beginning_with(asked) if _SESSION_ID.fullmatch(asked) else None,
        transaction_ids=beginning_with(asked) if _HEX.fullmatch(asked) else None,
        addresses=tuple(_address_spans(asked)),
    )


def _address_spans(asked: str) -> Iterator[Span]:
    match = _ADDRESS.fullmatch(asked)
    if match is None:
        return
    prefixes = _ADDRESS_PREFIXES if match[1] is None else (match[1],)
    for prefix in prefixes:
        yield beginning_with(f"{prefix}:{match[2]}")
