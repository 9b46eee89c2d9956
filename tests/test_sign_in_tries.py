"""How often a login may be tried."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from kasgate.sign_in_tries import (
    FIRST_WAIT_S,
    FORGET_S,
    FREE_TRIES,
    LONGEST_WAIT_S,
    SignInTries,
)


def test_five_at_once_then_ever_more_slowly() -> None:
    tries = SignInTries()
    assert [tries.begin("owner", 0) for _ in range(FREE_TRIES)] == [0] * FREE_TRIES
    now, waits = 0.0, []
    for _ in range(8):
        wait = tries.begin("owner", now)
        waits.append(wait)
        assert tries.begin("owner", now + wait - 1) == 1
        now += wait
        assert tries.begin("owner", now) == 0
    assert waits[0] == FIRST_WAIT_S
    assert all(later in (2 * wait, LONGEST_WAIT_S) for wait, later in pairwise(waits))
    assert waits[-1] == LONGEST_WAIT_S


def test_the_right_one_takes_all_back_and_others_are_not_concerned() -> None:
    tries = SignInTries()
    for _ in range(FREE_TRIES):
        tries.begin("owner", 0)
    assert tries.begin("owner", 1)
    assert tries.begin("other", 1) == 0
    tries.succeeded("owner")
    assert tries.begin("owner", 1) == 0
    tries.succeeded("nobody")


def test_a_quiet_day_is_forgiven() -> None:
    tries = SignInTries()
    for _ in range(FREE_TRIES):
        tries.begin("owner", 0)
    assert tries.begin("owner", FORGET_S - 1) == 0
    assert tries.begin("owner", FORGET_S - 1)
    assert [tries.begin("owner", 2 * FORGET_S) for _ in range(FREE_TRIES)] == [0] * FREE_TRIES


def test_of_very_many_logins_the_quietest_is_forgotten() -> None:
    tries = SignInTries(most=2)
    for _ in range(FREE_TRIES):
        tries.begin("owner", 0)
    tries.begin("a", 1)
    assert tries.begin("owner", 2)
    tries.begin("b", 3)
    assert len(tries) == 2
    assert tries.begin("owner", 4) == 0


@given(st.lists(st.integers(0, 400), max_size=300))
def test_a_day_of_trying_is_a_hundred_tries(pauses: list[int]) -> None:
    tries, now, begun = SignInTries(), 0.0, []
    for pause in pauses:
        now += pause
        if tries.begin("owner", now) == 0:
            begun.append(now)
    most = FREE_TRIES + 6 + now / LONGEST_WAIT_S
    assert len(begun) <= most
