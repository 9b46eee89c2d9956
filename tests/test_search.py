"""The words of a text, and the parts of a query."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kasgate.search import (
    LONGEST_WORD,
    MOST_WORDS,
    beginning_with,
    read_query,
    session_words,
    session_words_json,
)


def test_words_are_runs_of_letters_and_digits_without_case() -> None:
    assert session_words("INV-2024/0815_b", None, {"Who": "Zoë O'Brien", "n": "ЖУК 牛奶"}) == {
        "inv", "2024", "0815", "b", "zoë", "o", "brien", "жук", "牛奶",
    }  # fmt: skip
    assert session_words(None, None, None) == set()
    assert session_words("Zoe\u0308 STRASSE ﬁx", None, None) == {"zoë", "strasse", "fix"}
    assert session_words("A-1", "Flat white \N{MULTIPLICATION SIGN} 2", {"n": "b"}) == {
        "a",
        "1",
        "2",
        "flat",
        "white",
        "b",
    }
    assert session_words("straße", None, None) == {"strasse"}
    assert session_words("x" * 80, None, None) == {"x" * LONGEST_WORD}
    assert session_words_json("B a", '{"k": "C"}') == '["a", "b", "c"]'
    assert session_words_json(None, None) == "[]"


def test_the_last_word_may_be_only_begun() -> None:
    query = read_query("Flat  whi")
    assert (query.words, query.begun) == (("flat",), "whi")
    assert query.matches({"flat", "white"})
    assert not query.matches({"flatter", "white"})
    assert not query.matches({"flat"})
    ended = read_query("flat white ")
    assert (ended.words, ended.begun) == (("flat", "white"), None)
    assert read_query("a-").words == ("a",)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("0123abcd", {"session", "transaction"}),
        ("0123ABCD-4", {"session"}),
        ("0123abc", set()),
        ("f" * 64, {"transaction"}),
        ("f" * 65, set()),
        ("kaspa:qqd6e65yefepe9wk0m9vux", {"address"}),
        ("qqd6e65yefepe9wk0m9vux", {"address"}),
        ("order 0123abcd", set()),
    ],
)
def test_identifiers_by_their_form(text: str, kinds: set[str]) -> None:
    query = read_query(text)
    found = {
        "session": query.session_ids,
        "transaction": query.transaction_ids,
        "address": query.addresses,
    }
    assert {kind for kind, spans in found.items() if spans} == kinds


def test_an_address_without_its_prefix_may_be_of_any_network() -> None:
    assert len(read_query("qqd6e65yefepe9wk0m9vux").addresses) == 4
    (span,) = read_query("kaspasim:qqd6e65yefepe9wk0m9vux").addresses
    assert "kaspasim:qqd6e65yefepe9wk0m9vuxdufx" in span


def test_a_query_has_a_measure() -> None:
    read_query("a " * MOST_WORDS)
    with pytest.raises(ValueError, match="at most 10 words"):
        read_query("a " * (MOST_WORDS + 1))
    assert read_query(" -_- ").is_empty
    assert not read_query("a").is_empty


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_span_holds_what_begins_so_and_nothing_else(text: str, other: str) -> None:
    assert ((text + other) in beginning_with(text)) == (other[:1] != "\U0010ffff")
    if not other.startswith(text):
        assert other not in beginning_with(text)


@given(st.text(min_size=1, max_size=40))
@example("\U0001d79e")
@example("\U0001d504")
def test_a_session_is_found_by_its_own_words(text: str) -> None:
    words = session_words(text, None, None)
    query = read_query(" ".join(sorted(words)[:MOST_WORDS]))
    assert not words or query.matches(words)
