"""Amounts of money: whole sompi inside, decimal KAS text at the edge, never a float.

1 KAS is 100,000,000 sompi and no more than 29,000,000,000 KAS can exist (kaspa.md §1, units).
"""

import re
from typing import Final, NewType

Sompi = NewType("Sompi", int)
"""An amount in sompi, the smallest unit of Kaspa. Only whole numbers are amounts."""

SOMPI_PER_KAS: Final = 100_000_000
MAX_SOMPI: Final = Sompi(29_000_000_000 * SOMPI_PER_KAS)
NOTHING: Final = Sompi(0)
SMALLEST_PAYABLE: Final = Sompi(SOMPI_PER_KAS // 10)
"""The least that ordinary wallets send: an output of so many sompi costs 10^12 divided by them in
storage mass (KIP-9), and they refuse a transaction of more than 100,000 (kaspa.md §4.7)."""

_DECIMALS: Final = 8
_KAS_TEXT: Final = re.compile(r"([0-9]+)(?:\.([0-9]{1,8}))?")
# The largest amount takes 20 characters; the room above it is for harmless leading zeros. The
# bound comes before int(), whose cost grows with the square of the number of digits.
_MAX_TEXT_LENGTH: Final = 40


class AmountError(ValueError):
    """An amount that cannot be used. The message is a sentence for a person."""


def parse_kas(text: str) -> Sompi:
    """Read an amount in KAS, such as ``"12.5"``, into sompi.

    The whole text has to be ``[0-9]+(\\.[0-9]{1,8})?`` in ASCII digits: no sign, no exponent, no
    separators, no spaces (contract.md §5). Zero is an amount here; whoever asks for a payment
    checks its own minimum.

    Raises AmountError for any other text, for one of more than 40 characters, and for more than
    MAX_SOMPI.
    """
    if len(text) > _MAX_TEXT_LENGTH:
        raise AmountError("The amount has too many digits.")
    match = _KAS_TEXT.fullmatch(text)
    if match is None:
        raise AmountError(
            "The amount must be written in KAS as plain digits with at most eight decimals after"
            " a point, for example 12.5."
        )
    whole, fraction = match.group(1), match.group(2) or ""
    sompi = int(whole) * SOMPI_PER_KAS + int(fraction.ljust(_DECIMALS, "0"))
    if sompi > MAX_SOMPI:
        raise AmountError("The amount is larger than all the KAS that can ever exist.")
    return Sompi(sompi)


def format_kas(sompi: int) -> str:
    """Write an amount of sompi as KAS: ``"3"``, ``"10.5"``, ``"0.00000001"``.

    Plain decimal without exponent, separators or trailing zeros; parse_kas reads it back. Sums
    above MAX_SOMPI are written too, because a turnover may count the same coin twice.

    Raises AmountError for a negative number, which no amount ever is.
    """
    if sompi < 0:
        raise AmountError("An amount cannot be negative.")
    whole, fraction = divmod(sompi, SOMPI_PER_KAS)
    if fraction == 0:
        return str(whole)
    return f"{whole}.{fraction:08d}".rstrip("0")


def asked_for(remaining: Sompi, amount: Sompi) -> Sompi:
    """What to ask for now, of an amount of which so much remains to be paid: the rest, or the least
    that wallets can send where the rest is less. An amount that is itself below that was allowed
    by the operator, and no more than it is asked for."""
    if remaining == NOTHING:
        return NOTHING
    return max(remaining, min(SMALLEST_PAYABLE, amount))
