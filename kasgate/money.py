"""Amounts of money: whole sompi inside, decimal KAS text at the edges, never a float.

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
"""The least that ordinary wallets send. An output of n sompi has a storage mass of 10^12 / n
(KIP-9), and wallets refuse a transaction with a mass above 100,000 (kaspa.md §4.7)."""

_DECIMALS: Final = 8
_KAS_TEXT: Final = re.compile(r"([0-9]+)(?:\.([0-9]{1,8}))?")
# The largest amount takes 20 characters; the rest allows for harmless leading zeros. The length is
# checked before int(), whose cost grows with the square of the number of digits.
_MAX_TEXT_LENGTH: Final = 40


class AmountError(ValueError):
    """An amount that cannot be used. The message is a sentence for the user."""


def parse_kas(text: str) -> Sompi:
    """Read an amount in KAS, such as ``"12.5"``, into sompi.

    The whole text has to be ``[0-9]+(\\.[0-9]{1,8})?`` in ASCII digits: no sign, no exponent, no
    separators, no spaces (contract.md §5). Zero is an amount here; the caller checks the minimum of
    a payment.

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
    above MAX_SOMPI are written too, because a turnover may count the same coins twice.

    Raises AmountError for a negative number.
    """
    if sompi < 0:
        raise AmountError("An amount cannot be negative.")
    whole, fraction = divmod(sompi, SOMPI_PER_KAS)
    if fraction == 0:
        return str(whole)
    return f"{whole}.{fraction:08d}".rstrip("0")


def asked_for(remaining: Sompi, amount: Sompi) -> Sompi:
    """The amount to ask the shopper for: the remaining amount, but at least the smallest that
    wallets can send. If the whole amount is below that minimum, which only the operator can allow,
    the minimum does not apply."""
    if remaining == NOTHING:
        return NOTHING
    return max(remaining, min(SMALLEST_PAYABLE, amount))
