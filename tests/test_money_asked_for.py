"""The amount requested now: the rest of a price, and never less than wallets can send."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kasgate.money import MAX_SOMPI, SMALLEST_PAYABLE, Sompi, asked_for
from kasgate.simnet.dag.transactions import storage_mass
from tests.sample_sessions import kas


@pytest.mark.parametrize(
    ("remaining", "amount", "asked"),
    [
        (10, 10, 10),
        (2.5, 10, 2.5),
        (0.1, 10, 0.1),
        (0.09999999, 10, 0.1),
        (0.00000001, 10, 0.1),
        (0, 10, 0),
        (0.05, 0.05, 0.05),
        (0.02, 0.05, 0.05),
    ],
)
def test_no_less_is_asked_for_than_wallets_can_send(
    remaining: float, amount: float, asked: float
) -> None:
    assert asked_for(kas(remaining), kas(amount)) == kas(asked)


@given(amount=st.integers(1, MAX_SOMPI), paid=st.integers(0, MAX_SOMPI))
def test_what_is_asked_for_covers_the_rest_and_little_more(amount: int, paid: int) -> None:
    remaining = Sompi(max(0, amount - paid))
    asked = asked_for(remaining, Sompi(amount))
    assert (asked == 0) == (remaining == 0)
    assert remaining <= asked <= max(remaining, SMALLEST_PAYABLE)
    assert asked <= amount
    assert asked >= min(SMALLEST_PAYABLE, amount) or remaining == 0


def test_the_smallest_payable_sum_is_that_of_a_standard_transaction() -> None:
    """For a wallet with a large coin: its change adds almost nothing to the storage mass."""
    coin, change = kas(1_000_000), kas(999_999)
    assert storage_mass([coin], [SMALLEST_PAYABLE, change]) <= 100_000 + 1
    assert storage_mass([coin], [SMALLEST_PAYABLE // 2, change]) > 100_000 + 1
