"""Searching sessions by words: what is a word, and what a query asks for.

A session is found by the words of its order id and of the values of its metadata, and by the
beginning of its id, its address or the id of a transaction that paid it. The store keeps the words
of each session in an index; this says which they are, so that every engine finds the same.
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
"""That one query may have."""

_WORD: Final = re.compile(r"[^\W_]+")
# At least eight characters of an id, address or transaction: fewer begin too many.
_HEX: Final = re.compile(r"[0-9a-f]{8,64}")
_SESSION_ID: Final = re.compile(r"[0-9a-f]{8}[0-9a-f-]{0,28}")
_ADDRESS: Final = re.compile(r"(?:(kaspa[a-z]{0,5}):)?([qp][ac-hj-np-z02-9]{7,66})")
_ADDRESS_PREFIXES: Final = ("kaspa", "kaspatest", "kaspasim", "kaspadev")
_LAST_CHARACTER: Final = "\U0010ffff"


def words_of_text(text: str) -> Iterator[str]:
    """Runs of letters and digits, without regard to case or to how accents are written."""
    for match in _WORD.finditer(_folded(text)):
        yield match[0][:LONGEST_WORD]


def _folded(text: str) -> str:
    """Twice, since the compatible form of a letter without case, such as a mathematical one, may be
    a capital (Unicode's compatibility caseless match, D146)."""
    once = unicodedata.normalize("NFKC", text.casefold())
    return unicodedata.normalize("NFKC", once.casefold())


def session_words(order_id: str | None, metadata: Mapping[str, str] | None) -> set[str]:
    """The words that a session is found by."""
    texts = [] if order_id is None else [order_id]
    if metadata is not None:
        texts += metadata.values()
    return {word for text in texts for word in words_of_text(text)}


def session_words_json(order_id: str | None, metadata: str | None) -> str:
    """As session_words, with JSON text for the metadata and for the words: for migrations."""
    given = None if metadata is None else json.loads(metadata)
    return json.dumps(sorted(session_words(order_id, given)))


@frozen
class Span:
    """All texts from ``first`` up to, not including, ``end``."""

    first: str
    end: str

    def __contains__(self, text: str) -> bool:
        return self.first <= text < self.end


def beginning_with(text: str) -> Span:
    """The texts that begin so."""
    return Span(text, text + _LAST_CHARACTER)


@frozen
class TextQuery:
    """What ``q`` asks for. A session is found if it has all words, or by an identifier."""

    words: tuple[str, ...]
    """Whole words that it has."""
    begun: str | None
    """The beginning of one more word that it has: the last one of the query, unless a space or a
    mark follows it."""
    session_ids: Span | None
    transaction_ids: Span | None
    addresses: tuple[Span, ...]

    @property
    def spans(self) -> tuple[Span, ...]:
        """The words as spans of the index; a session is found that has a word in each."""
        whole = tuple(Span(word, word + "\0") for word in self.words)
        return whole if self.begun is None else (*whole, beginning_with(self.begun))

    @property
    def is_empty(self) -> bool:
        """Whether it can't find anything: there is neither a word nor an identifier in it."""
        return not (self.spans or self.session_ids or self.transaction_ids or self.addresses)

    def matches(self, words: set[str]) -> bool:
        """Whether a session with these words is found by them."""
        if not self.spans or not words.issuperset(self.words):
            return False
        return self.begun is None or any(word.startswith(self.begun) for word in words)


def read_query(text: str) -> TextQuery:
    """What a text asks for. Raises ValueError for more than MOST_WORDS words."""
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
