"""QR codes, compared with a general encoder and decoded again."""

from __future__ import annotations

import re
from urllib.parse import unquote
from xml.etree import ElementTree

import msgspec
import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from kasgate.kaspa.uri import payment_uri
from kasgate.money import MAX_SOMPI
from tests.plugins.required_parts import ROOT
from web.qr import MAX_BYTES, qr_data_uri, qr_modules

ascii_text = st.characters(min_codepoint=32, max_codepoint=126)
CAPACITIES = {5: 84, 6: 106}


@pytest.mark.parametrize("version", CAPACITIES)
@settings(max_examples=60)
@given(data=st.data())
def test_full_symbols_equal_those_of_a_general_encoder(version: int, data: st.DataObject) -> None:
    # Full symbols only: segno pads a symbol with free space in another way than the standard. They
    # suffice, because the symbol is a linear function of its data bits.
    length = CAPACITIES[version]
    text = data.draw(st.text(ascii_text, min_size=length, max_size=length))
    expected = segno.make(
        text, version=version, error="m", boost_error=False, mode="byte", mask=2, micro=False
    )
    assert qr_modules(text) == [[module == 1 for module in row] for row in expected.matrix]


@given(st.text(ascii_text, max_size=MAX_BYTES))
def test_a_code_can_be_decoded(text: str) -> None:
    assert read_back(qr_modules(text)) == text


def test_the_longest_payment_uri_fits() -> None:
    longest = payment_uri("kaspatest:" + "q" * 61, MAX_SOMPI - 1)
    assert read_back(qr_modules(longest)) == longest
    with pytest.raises(ValueError, match="106"):
        qr_data_uri("x" * 107)


def test_the_image_has_the_symbol_and_its_quiet_zone() -> None:
    text = payment_uri("kaspa:" + "q" * 61, 1)
    modules = qr_modules(text)
    svg = ElementTree.fromstring(unquote(qr_data_uri(text).partition(",")[2]))
    size = len(modules)
    assert svg.attrib["viewBox"] == f"-4 -4.5 {size + 8} {size + 8}"
    background, symbol = svg
    assert background.attrib["d"] == f"M-4-4.5h{size + 8}v{size + 8}h-{size + 8}z"
    assert drawn(symbol.attrib["d"], size) == modules


def drawn(path: str, size: int) -> list[list[bool]]:
    """The modules that the strokes of the path cover."""
    modules = [[False] * size for _ in range(size)]
    x = y = 0
    for command, first, second in re.findall(r"([Mmh])(\d+)(?:,(\d+))?", path):
        if command == "M":
            x, y = int(first), int(second)
        elif command == "m":
            x += int(first)
        else:
            for column in range(x, x + int(first)):
                modules[y][column] = True
            x += int(first)
    return modules


def read_back(modules: list[list[bool]]) -> str:
    """The text of a symbol of version 5 or 6 with mask 2, without error correction."""
    size = len(modules)
    version = (size - 17) // 4
    blocks, per_block = {5: (2, 43), 6: (4, 27)}[version]
    bits = []
    column, upward = size - 1, True
    while column > 0:
        column -= column == 6
        rows = range(size - 1, -1, -1) if upward else range(size)
        bits += [
            modules[row][c] ^ (c % 3 == 0)
            for row in rows
            for c in (column, column - 1)
            if not is_function(row, c, size)
        ]
        upward = not upward
        column -= 2
    codewords = [
        int("".join("01"[bit] for bit in bits[start : start + 8]), 2)
        for start in range(0, blocks * per_block * 8, 8)
    ]
    data = [codewords[i * blocks + block] for block in range(blocks) for i in range(per_block)]
    digits = bytes(data).hex()
    assert digits[0] == "4"
    length = int(digits[1:3], 16)
    rest = digits[3 + 2 * length :]
    assert re.fullmatch(r"0(ec11)*(ec)?", rest)
    return bytes.fromhex(digits[3 : 3 + 2 * length]).decode()


def is_function(row: int, column: int, size: int) -> bool:
    """Whether a module belongs to a pattern or the format information."""
    if row == 6 or column == 6:
        return True
    if (row < 9 and (column < 9 or column >= size - 8)) or (row >= size - 8 and column < 9):
        return True
    return abs(row - (size - 7)) <= 2 and abs(column - (size - 7)) <= 2


def test_the_widget_draws_the_same_symbols() -> None:
    vectors = msgspec.json.decode((ROOT / "widget/tests/qr-vectors.json").read_bytes())
    assert {len(vector["text"]) for vector in vectors} >= set(CAPACITIES.values())
    for vector in vectors:
        drawn = ["".join(".#"[dark] for dark in row) for row in qr_modules(vector["text"])]
        assert drawn == vector["rows"]
