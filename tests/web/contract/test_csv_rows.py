"""No program reads more than a table from a CSV file, with any separators."""

from __future__ import annotations

import csv
import io
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.contract import csv_rows
from web.contract.csv_rows import SIGNS, csv_line

ANY_SEPARATOR = re.compile("[,;|\t\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029]")
UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
TEXTS = st.text(
    st.one_of(
        st.sampled_from("=+-@\uff1d\uff0b\uff0d\uff20\u2212;,\t\r\n|\"' \ufeff\u200b\xa0\x00ax1"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=30,
)


def begins_a_formula(cell: str) -> bool:
    """Whether any program could read a cell as a formula, after removal of invisible characters."""
    seen = next((c for c in cell if c != '"' and unicodedata.category(c) not in UNSEEN), "")
    return unicodedata.normalize("NFKC", seen) in ("=", "+", "-", "@", "\N{MINUS SIGN}")


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_no_reader_finds_a_formula(cells: list[str]) -> None:
    text = csv_line(cells).decode()
    # A reader that ignores quotes and splits at every separator.
    assert not [part for part in ANY_SEPARATOR.split(text) if begins_a_formula(part)]
    # Readers that respect quotes, with the separators of different countries.
    for delimiter in ",;\t|":
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            assert not [cell for cell in row if begins_a_formula(cell)]


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_only_apostrophes_are_added_to_cells(cells: list[str]) -> None:
    ((*read,),) = csv.reader(io.StringIO(csv_line(cells).decode(), newline=""))
    assert len(read) == len(cells)
    for was, now in zip(cells, read, strict=True):
        left = iter(now)
        assert all(character in left for character in was)
        assert now.replace("'", "") == was.replace("'", "")


@pytest.mark.parametrize(
    "text",
    [
        "INV-2026-001", "12.5", "kaspa:qq-x", "2026-01-31T12:00:00.000Z", "a = b", "x@example.com",
        "3 - 2", "tea; coffee, cake", '{"size":"L","note":"extra hot"}', "C++", "", " ",
    ],
)  # fmt: skip
def test_plain_texts_are_unchanged(text: str) -> None:
    assert next(csv.reader([csv_line([text, "end"]).decode()])) == [text, "end"]


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=cmd", "'=cmd"),
        ("-5", "'-5"),
        ("\tcmd", "'\tcmd"),
        ("\uff1dcmd", "'\uff1dcmd"),
        (" =cmd", "' =cmd"),
        ("\ufeff=cmd", "'\ufeff=cmd"),
        ("tea;=cmd", "tea;'=cmd"),
        ("tea, +cmd", "tea,' +cmd"),
        ('tea;"@cmd', "tea;'\"@cmd"),
        ("tea\n\uff20cmd", "tea\n'\uff20cmd"),
        (";\t=cmd", "';'\t'=cmd"),
    ],
)
def test_each_place_where_a_formula_could_begin(text: str, safe: str) -> None:
    assert next(csv.reader(io.StringIO(csv_line([text]).decode(), newline=""))) == [safe]


def test_numbers_and_flags_are_not_escaped() -> None:
    assert csv_line([7, -7, None, True, False]) == b"7,-7,,true,false\r\n"


def test_unseen_has_every_invisible_character_of_unicode() -> None:
    seen = re.compile(f"[^{csv_rows.UNSEEN}]")
    every = map(chr, range(0x110000))
    assert not [c for c in every if unicodedata.category(c) in UNSEEN and seen.match(c)]


def test_signs_has_every_unicode_form_of_each_sign() -> None:
    every = map(chr, range(0x110000))
    assert set(SIGNS) == {sign for sign in every if begins_a_formula(sign)}
