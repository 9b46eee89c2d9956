"""QR codes of payment URIs as SVG, in some tens of microseconds.

A general encoder needs milliseconds of pure Python for a symbol. That would be the slowest part of
creating a session. This encoder is fast because it does less. A payment URI has 68 to 106 bytes, so
two versions of the standard suffice. With version, error correction and mask fixed, each module of
the symbol is a sum (mod 2) of bits of the data. So the symbol is the exclusive or of one integer
for each byte of the text and one for its length. These integers are computed from half bytes at
their first use, and cached: an address has 32 different characters, an amount eleven. The tests
compare the symbols, module by module, with a general encoder.

The terms (codeword, block, mask) are those of ISO/IEC 18004. Error correction is level M. The mask
is always the same; a reader finds it in the symbol's format information.
"""

from __future__ import annotations

from functools import cache, reduce
from operator import getitem, xor
from typing import Final

from attrs import frozen

_QUIET_ZONE: Final = 4
_PIXELS: Final = 360
_FINDER: Final = 7
_TIMING: Final = 6
_MASK: Final = 2
# Level M is 00 in the format information; its BCH code and its mask are those of the standard.
_FORMAT_GENERATOR: Final = 0b10100110111
_FORMAT_MASK: Final = 0b101010000010010
_FIELD_POLYNOMIAL: Final = 0x11D
_PADDING: Final = b"\xec\x11"


@frozen
class _Version:
    number: int
    blocks: int
    data_per_block: int
    check_per_block: int

    @property
    def size(self) -> int:
        return 17 + 4 * self.number

    @property
    def row_bytes(self) -> int:
        return (self.size + 7) // 8

    @property
    def capacity(self) -> int:
        """Bytes of text that fit: the data codewords, less two for mode, length and end mark."""
        return self.blocks * self.data_per_block - 2


_VERSIONS: Final = (_Version(5, 2, 43, 24), _Version(6, 4, 27, 16))
MAX_BYTES: Final = _VERSIONS[-1].capacity

Halves = tuple[tuple[int, ...], ...]
"""For each half byte of the data codewords, the modules that each of its 16 values flips."""


class _Column(dict[int, int]):
    """The modules that each byte flips at one place of the text, computed at its first use."""

    def __init__(self, halves: Halves) -> None:
        """``halves`` are the two half bytes at this place."""
        super().__init__()
        self._high, self._low = halves

    def __missing__(self, byte: int) -> int:
        turned = self[byte] = self._high[byte >> 4] ^ self._low[byte & 0xF]
        return turned


class _Frames(dict[int, int]):
    """By length, the symbol of a text of zero bytes, with its mask. The first module is the
    highest bit."""

    def __init__(self, base: int, halves: Halves, capacity: int) -> None:
        """``base`` is the symbol of all-zero data."""
        super().__init__()
        self._base = base
        self._halves = halves
        self._capacity = capacity

    def __missing__(self, length: int) -> int:
        room = self._capacity - length
        padding = (_PADDING * (room // 2 + 1))[:room].hex()
        # Mode (4 bits), length (8 bits), text, end mark (4 bits): all of it falls on half bytes.
        digits = f"4{length:02x}{'00' * length}0{padding}"
        values = (int(digit, 16) for digit in digits)
        frame = self[length] = reduce(xor, map(getitem, self._halves, values), self._base)
        return frame


@frozen
class _Tables:
    columns: tuple[_Column, ...]
    frames: _Frames


def qr_data_uri(text: str) -> str:
    """A data URI of an SVG image of the symbol, dark on white with its quiet zone.

    Raises ValueError for text of more than MAX_BYTES bytes of UTF-8.
    """
    data = text.encode()
    version = _version_for(len(data))
    edge = version.size + 2 * _QUIET_ZONE
    path = _path(_symbol(data, version), version)
    return (
        "data:image/svg+xml,%3Csvg%20xmlns='http://www.w3.org/2000/svg'"
        f"%20width='{_PIXELS}'%20height='{_PIXELS}'"
        f"%20viewBox='-{_QUIET_ZONE}%20-{_QUIET_ZONE}.5%20{edge}%20{edge}'"
        "%20shape-rendering='crispEdges'%3E"
        f"%3Cpath%20fill='%23fff'%20d='M-{_QUIET_ZONE}-{_QUIET_ZONE}.5h{edge}v{edge}h-{edge}z'/%3E"
        f"%3Cpath%20stroke='%23000'%20d='{path}'/%3E%3C/svg%3E"
    )


def qr_modules(text: str) -> list[list[bool]]:
    """The same symbol as rows of modules, True for dark, without quiet zone.

    Raises ValueError as qr_data_uri.
    """
    data = text.encode()
    version = _version_for(len(data))
    rows = _symbol(data, version)
    width = version.row_bytes
    return [
        [bool(rows[row * width + column // 8] & (0x80 >> column % 8)) for column in range(size)]
        for size in (version.size,)
        for row in range(size)
    ]


def _version_for(length: int) -> _Version:
    for version in _VERSIONS:
        if length <= version.capacity:
            return version
    raise ValueError(f"a payment URI has at most {MAX_BYTES} bytes, this one {length}")


def _symbol(data: bytes, version: _Version) -> bytes:
    """The symbol as rows of modules, each padded to whole bytes."""
    tables = _tables(version)
    symbol = reduce(xor, map(getitem, tables.columns, data), tables.frames[len(data)])
    return symbol.to_bytes(version.size * version.row_bytes, "big")


def _path(rows: bytes, version: _Version) -> str:
    """The symbol's rows as one SVG path. It is joined by columns of bytes, in few steps of Python,
    because this is the slowest part of drawing a symbol."""
    width = version.row_bytes
    pieces = [""] * (version.size * (width + 1))
    pieces[:: width + 1] = _STARTS[: version.size]
    for column in range(width):
        pieces[column + 1 :: width + 1] = map(_STROKES.__getitem__, rows[column::width])
    return "".join(pieces)


def _stroke(byte: int) -> str:
    """Eight modules as a piece of an SVG path, from the left edge to the right one."""
    pieces = []
    start = 0
    while start < 8:  # noqa: PLR2004 (bits of a byte)
        dark = byte >> (7 - start) & 1
        end = start
        while end < 8 and byte >> (7 - end) & 1 == dark:  # noqa: PLR2004
            end += 1
        pieces.append(f"h{end - start}" if dark else f"m{end - start},0")
        start = end
    return "".join(pieces)


_STROKES: Final = tuple(_stroke(byte) for byte in range(256))
_STARTS: Final = [f"M0,{row}" for row in range(_VERSIONS[-1].size)]


@cache
def _tables(version: _Version) -> _Tables:
    """The tables of a version. The first symbol of each costs some 30 ms and 700 KB."""
    fixed, places = _layout(version)
    base = fixed
    for row, column in places:
        if _masked(row, column):
            base ^= _bit(version, row, column)
    halves = tuple(
        tuple(_sum_of(nibble, value) for value in range(16))
        for bits in _contributions(version, places)
        for nibble in (bits[:4], bits[4:])
    )
    # Mode and length come before the text and take three half bytes.
    columns = tuple(_Column(halves[at : at + 2]) for at in range(3, 3 + 2 * version.capacity, 2))
    return _Tables(columns, _Frames(base, halves, version.capacity))


def _masked(row: int, column: int) -> bool:
    """Mask pattern 010 of the standard."""
    return column % 3 == 0


def _sum_of(nibble: list[int], value: int) -> int:
    total = 0
    for place, contribution in enumerate(nibble):
        if value >> (3 - place) & 1:
            total ^= contribution
    return total


def _bit(version: _Version, row: int, column: int) -> int:
    bits = version.row_bytes * 8
    return 1 << (version.size * bits - 1 - (row * bits + column))


def _contributions(version: _Version, places: list[tuple[int, int]]) -> list[list[int]]:
    """For each data codeword, in the order of the data, the modules that each of its bits flips,
    highest bit first: its own module, and those of the check codewords that depend on it."""
    data_total = version.blocks * version.data_per_block
    shown = [_bit(version, row, column) for row, column in places]
    checks_by_position = _checks(version)

    def modules(codeword: int, value: int) -> int:
        total = 0
        for bit in shown[codeword * 8 : codeword * 8 + 8]:
            if value & 0x80:
                total ^= bit
            value <<= 1
        return total

    result = []
    for block in range(version.blocks):
        for position, unit in enumerate(checks_by_position):
            bits = []
            checks = unit
            for place in range(8):
                total = modules(position * version.blocks + block, 1 << place)
                for number, check in enumerate(checks):
                    total ^= modules(data_total + number * version.blocks + block, check)
                bits.append(total)
                checks = [_times(check, 2) for check in checks]
            result.append(bits[::-1])
    return result


def _checks(version: _Version) -> list[list[int]]:
    """By position in a block, the check codewords of a block with 1 there and 0 elsewhere."""
    generator = _generator(version.check_per_block)
    # For the last position these are the generator without its leading 1. Each earlier position
    # is one step of long division further.
    checks = generator[1:]
    by_position = []
    for _ in range(version.data_per_block):
        by_position.append(checks)
        lead = checks[0]
        checks = [
            after ^ _times(lead, factor)
            for after, factor in zip([*checks[1:], 0], generator[1:], strict=True)
        ]
    return by_position[::-1]


def _times(left: int, right: int) -> int:
    """Product in the field of 256 elements that the standard uses."""
    product = 0
    while right:
        if right & 1:
            product ^= left
        left <<= 1
        if left & 0x100:
            left ^= _FIELD_POLYNOMIAL
        right >>= 1
    return product


def _generator(degree: int) -> list[int]:
    """The product of (x - a^i) for i below the degree, highest coefficient first."""
    coefficients = [1]
    root = 1
    for _ in range(degree):
        shifted = [*coefficients, 0]
        scaled = [0, *(_times(root, coefficient) for coefficient in coefficients)]
        coefficients = [a ^ b for a, b in zip(shifted, scaled, strict=True)]
        root = _times(root, 2)
    return coefficients


def _layout(version: _Version) -> tuple[int, list[tuple[int, int]]]:
    """The modules that all symbols share, and the places of the data bits in order."""
    size = version.size
    taken: dict[tuple[int, int], bool] = {}
    for top, left in ((0, 0), (0, size - _FINDER), (size - _FINDER, 0)):
        _draw_square(taken, size, (top + 3, left + 3), radius=4, light=(2, 4))
    centre = size - _FINDER
    _draw_square(taken, size, (centre, centre), radius=2, light=(1,))
    for along in range(8, size - 8):
        taken[(_TIMING, along)] = taken[(along, _TIMING)] = along % 2 == 0
    _draw_format(taken, size)
    fixed = 0
    for (row, column), dark in taken.items():
        if dark:
            fixed ^= _bit(version, row, column)
    return fixed, _zigzag(taken, size)


def _draw_square(
    taken: dict[tuple[int, int], bool],
    size: int,
    centre: tuple[int, int],
    radius: int,
    light: tuple[int, ...],
) -> None:
    for row in range(centre[0] - radius, centre[0] + radius + 1):
        for column in range(centre[1] - radius, centre[1] + radius + 1):
            if 0 <= row < size and 0 <= column < size:
                ring = max(abs(row - centre[0]), abs(column - centre[1]))
                taken[(row, column)] = ring not in light


def _draw_format(taken: dict[tuple[int, int], bool], size: int) -> None:
    remainder = _MASK << 10
    for place in range(14, 9, -1):
        if remainder >> place & 1:
            remainder ^= _FORMAT_GENERATOR << (place - 10)
    word = (_MASK << 10 | remainder) ^ _FORMAT_MASK
    around = [(8, 0), (8, 1), (8, 2), (8, 3), (8, 4), (8, 5), (8, 7), (8, 8), (7, 8)]
    around += [(row, 8) for row in range(5, -1, -1)]
    apart = [(size - 1 - step, 8) for step in range(7)]
    apart += [(8, size - 8 + step) for step in range(8)]
    for place, spots in enumerate(zip(around, apart, strict=True)):
        for spot in spots:
            taken[spot] = bool(word >> (14 - place) & 1)
    taken[(size - 8, 8)] = True


def _zigzag(taken: dict[tuple[int, int], bool], size: int) -> list[tuple[int, int]]:
    places: list[tuple[int, int]] = []
    upward = True
    column = size - 1
    while column > 0:
        if column == _TIMING:
            column -= 1
        for step in range(size):
            row = size - 1 - step if upward else step
            places.extend((row, c) for c in (column, column - 1) if (row, c) not in taken)
        upward = not upward
        column -= 2
    return places
