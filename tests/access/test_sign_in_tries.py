"""How often a login may be tried."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from kasgate.access.sign_in_tries import (
    FIRST_WAIT_S,
    FORGET_S,
    FREE_TRIES,
    FREE_TRIES_OF_ALL,
    LONGEST_WAIT_S,
    MOST_NETWORKS,
    SignInTries,
    Tries,
)


def test_five_tries_at_once_then_growing_waits() -> None:
    tries = Tries()
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


def test_a_success_resets_its_own_login_only() -> None:
    tries = Tries()
    for _ in range(FREE_TRIES):
        tries.begin("owner", 0)
    assert tries.begin("owner", 1)
    assert tries.begin("other", 1) == 0
    tries.succeeded("owner")
    assert tries.begin("owner", 1) == 0
    tries.succeeded("nobody")


def test_a_quiet_day_is_forgiven() -> None:
    tries = Tries()
    for _ in range(FREE_TRIES):
        tries.begin("owner", 0)
    assert tries.begin("owner", FORGET_S - 1) == 0
    assert tries.begin("owner", FORGET_S - 1)
    assert [tries.begin("owner", 2 * FORGET_S) for _ in range(FREE_TRIES)] == [0] * FREE_TRIES


def test_of_very_many_logins_the_one_idle_longest_is_forgotten() -> None:
    tries = Tries(most=2)
    for _ in range(FREE_TRIES):
        tries.begin("owner", 0)
    tries.begin("a", 1)
    assert tries.begin("owner", 2)
    tries.begin("b", 3)
    assert len(tries) == 2
    assert tries.begin("owner", 4) == 0


def test_a_try_that_was_not_made_is_taken_back() -> None:
    tries = Tries()
    for _ in range(3 * FREE_TRIES):
        assert tries.begin("owner", 0) == 0
        tries.take_back("owner")
    tries.take_back("owner")
    assert len(tries) == 0


def test_wrong_tries_from_elsewhere_do_not_concern_the_owner() -> None:
    tries = SignInTries()
    for _ in range(FREE_TRIES):
        assert tries.begin("owner", "far", 0) == 0
    assert tries.begin("owner", "far", 0) == FIRST_WAIT_S
    assert tries.begin("owner", "home", 0) == 0


def attacked(tries: SignInTries, login: str = "owner") -> int:
    """The tries that a thousand unknown networks get at once."""
    return sum(tries.begin(login, f"far {number}", 0) == 0 for number in range(1_000))


def test_many_networks_together_are_slowed_and_a_known_one_is_not() -> None:
    tries = SignInTries()
    assert tries.begin("owner", "home", 0) == 0
    tries.succeeded("owner", "home")
    assert attacked(tries) == FREE_TRIES_OF_ALL
    assert tries.begin("owner", "hotel", 1)
    assert [tries.begin("owner", "home", 1) for _ in range(FREE_TRIES)] == [0] * FREE_TRIES
    assert tries.begin("owner", "home", 1) > FIRST_WAIT_S - 2
    tries.forget("owner")
    assert not tries.knows("owner", "home")


def test_a_success_gives_an_attacker_no_new_tries() -> None:
    tries = SignInTries()
    tries.begin("owner", "home", 0)
    tries.succeeded("owner", "home")
    attacked(tries)
    for _ in range(100):
        assert tries.begin("owner", "home", 1) == 0
        tries.succeeded("owner", "home")
    assert tries.begin("owner", "far 999", 2)


def test_what_happened_before_a_restart_can_be_told() -> None:
    tries = SignInTries()
    attacked(tries)
    assert tries.held_by_others("owner", "home", 1)
    assert tries.misses_history("owner")
    tries.tell_history("owner", ["home", "office"])
    assert not tries.misses_history("owner")
    assert not tries.held_by_others("owner", "home", 1)
    assert tries.begin("owner", "home", 1) == tries.begin("owner", "office", 1) == 0


def test_a_login_has_so_many_known_networks_and_no_more() -> None:
    tries = SignInTries(most=2)
    tries.tell_history("owner", map(str, range(100)))
    assert [tries.knows("owner", str(n)) for n in range(100)].count(True) == MOST_NETWORKS
    assert tries.knows("owner", "99")
    for login in ("a", "b"):
        tries.tell_history(login, ["home"])
    assert not tries.knows("owner", "99")
    assert tries.misses_history("owner")


@given(st.lists(st.integers(0, 400), max_size=300))
def test_a_day_of_trying_is_a_hundred_tries(pauses: list[int]) -> None:
    tries, now, begun = Tries(), 0.0, []
    for pause in pauses:
        now += pause
        if tries.begin("owner", now) == 0:
            begun.append(now)
    most = FREE_TRIES + 6 + now / LONGEST_WAIT_S
    assert len(begun) <= most
