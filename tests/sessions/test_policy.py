"""Confirmation policy: tiers by amount, the gateway's and the merchant's."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from kasgate.money import Sompi
from kasgate.sessions.policy import (
    MOST_TIERS,
    ConfirmationPolicy,
    PolicyError,
    Tier,
    checked_tiers,
    largest_tolerance,
)
from tests.sample_sessions import kas
from tests.store.samples import make_merchant

GATEWAY = ConfirmationPolicy(10, (Tier(kas(100), 20), Tier(kas(10_000), 100)))


@pytest.mark.parametrize(
    ("amount", "required"), [(99.99999999, 20), (100, 100), (9_999, 100), (10_000, 10)]
)
def test_a_tier_ends_before_its_limit_and_the_number_is_for_what_is_above_all(
    amount: float, required: int
) -> None:
    assert GATEWAY.required(kas(amount)) == required


def test_a_tier_without_limit_leaves_nothing_to_the_number() -> None:
    policy = ConfirmationPolicy(10, (Tier(kas(100), 20), Tier(None, 600)))
    assert policy.required(kas(1_000_000)) == 600


def test_a_merchants_tiers_go_before_its_number_and_that_before_the_gateway() -> None:
    plain = make_merchant()
    assert plain.confirmations_for(kas(50), GATEWAY) == 20
    with_number = evolve(plain, required_confirmations=7)
    assert with_number.confirmations_for(kas(50), GATEWAY) == 7
    with_tiers = evolve(plain, confirmation_tiers=(Tier(kas(60), 3),))
    assert with_tiers.confirmations_for(kas(50), GATEWAY) == 3
    assert with_tiers.confirmations_for(kas(500), GATEWAY) == 100
    with_both = evolve(with_number, confirmation_tiers=(Tier(kas(60), 3),))
    assert with_both.confirmations_for(kas(500), GATEWAY) == 7


@pytest.mark.parametrize(
    ("tiers", "complaint"),
    [
        ([Tier(None, 10), Tier(kas(1), 20)], "Only the last"),
        ([Tier(kas(2), 10), Tier(kas(2), 20)], "have to rise"),
        ([Tier(kas(2), 10), Tier(kas(1), 20)], "have to rise"),
        ([Tier(kas(0), 10)], "below 0"),
        ([Tier(kas(1), 0)], "1 to 1000000"),
        ([Tier(kas(n), 10) for n in range(1, MOST_TIERS + 2)], "at most 20"),
    ],
)
def test_tiers_that_make_no_policy_are_refused(tiers: list[Tier], complaint: str) -> None:
    with pytest.raises(PolicyError, match=complaint):
        checked_tiers(tiers)


@given(st.integers(1, 10**19).map(Sompi))
def test_less_than_half_is_never_tolerated(amount: Sompi) -> None:
    assert 2 * (amount - largest_tolerance(amount)) > amount
