"""Mempool sightings: shown to the shopper, waited for briefly, and never money."""

from __future__ import annotations

import pytest
from attrs import evolve

from kasgate.sessions.observations import (
    CancelRequested,
    DeadlineReached,
    FailRequested,
    MempoolSeen,
    OutputMissing,
    OutputWithdrawn,
)
from kasgate.sessions.payments import MempoolSighting
from kasgate.sessions.session import (
    SIGHTING_LINGER_MS,
    SIGHTING_PATIENCE_MS,
    EventType,
    PaidState,
    Session,
    SessionStatus,
)
from kasgate.sessions.transitions import SIGHTINGS_KEPT
from tests.sample_sessions import CREATED_AT, TTL_MS, a_session, after, kas, outpoint, seen

DEADLINE = CREATED_AT + TTL_MS


def sighting(number: int, at: int, amount: float = 10) -> MempoolSighting:
    return MempoolSighting(outpoint(number), kas(amount), at)


def in_mempool(*sightings: MempoolSighting) -> MempoolSeen:
    return MempoolSeen(sightings)


def waiting_since(at: int) -> Session:
    return after(a_session(), in_mempool(sighting(1, at)))[0]


def test_a_sighting_is_shown_and_changes_nothing_that_is_stored() -> None:
    session = a_session()
    showing, events = after(session, in_mempool(sighting(1, CREATED_AT + 500)))
    assert events == []
    assert [s.outpoint for s in showing.sightings] == [outpoint(1)]
    assert showing == session
    assert (showing.received, showing.paid_state) == (0, PaidState.NONE)


def test_the_list_is_whole_and_each_keeps_the_time_of_its_first_sight() -> None:
    session = waiting_since(CREATED_AT + 500)
    both = sighting(1, CREATED_AT + 900), sighting(2, CREATED_AT + 900)
    session, _ = after(session, in_mempool(*both))
    assert [s.seen_at for s in session.sightings] == [CREATED_AT + 500, CREATED_AT + 900]
    session, _ = after(session, in_mempool(both[1]), at=CREATED_AT + 2_000)
    assert {s.outpoint: s.left_at for s in session.sightings} == {
        outpoint(2): None,
        outpoint(1): CREATED_AT + 2_000,
    }


def test_what_left_the_mempool_lingers_until_the_chain_has_had_time_to_accept_it() -> None:
    session, _ = after(waiting_since(CREATED_AT), in_mempool(), at=CREATED_AT + 2_000)
    gone = CREATED_AT + 2_000 + SIGHTING_LINGER_MS
    assert len(session.sightings_at(gone - 1)) == 1
    assert session.sightings_at(gone) == ()
    # Another poll of the mempool does not restart the time since it left.
    assert after(session, in_mempool(), at=gone - 1)[0] is session
    session, _ = after(session, in_mempool(sighting(2, gone)), at=gone)
    assert [s.outpoint for s in session.sightings] == [outpoint(2)]


def test_what_comes_back_to_the_mempool_has_not_left() -> None:
    session, _ = after(waiting_since(CREATED_AT), in_mempool(), at=CREATED_AT + 2_000)
    session, _ = after(session, in_mempool(sighting(1, CREATED_AT + 3_000)))
    assert session.sightings == (sighting(1, CREATED_AT),)


def test_the_same_list_again_is_no_news() -> None:
    session = waiting_since(CREATED_AT + 500)
    again, _ = after(session, in_mempool(sighting(1, CREATED_AT + 900)))
    assert again is session


def test_once_accepted_it_is_a_payment_and_no_sighting() -> None:
    session, _ = after(waiting_since(CREATED_AT), seen(1, 4, 1_005))
    assert session.sightings == ()
    late_answer, _ = after(session, in_mempool(sighting(1, CREATED_AT, 4)))
    assert late_answer is session
    other, _ = after(session, in_mempool(sighting(1, CREATED_AT, 4), sighting(2, CREATED_AT, 6)))
    assert [s.outpoint for s in other.sightings] == [outpoint(2)]


def test_a_withdrawn_payment_may_be_seen_in_the_mempool_again() -> None:
    session, _ = after(
        a_session(), seen(1, 4, 1_005), OutputMissing(outpoint(1)), OutputWithdrawn(outpoint(1))
    )
    session, _ = after(session, in_mempool(sighting(1, CREATED_AT + 5_000, 4)))
    assert len(session.sightings) == 1


def test_a_covered_session_shows_no_sightings() -> None:
    two = in_mempool(sighting(1, CREATED_AT), sighting(2, CREATED_AT))
    session, _ = after(a_session(), two, seen(1, 10, 1_005))
    assert session.sightings == ()
    assert after(session, two)[0] is session


@pytest.mark.parametrize("closing", [CancelRequested(), FailRequested()])
def test_a_closed_session_shows_no_sightings(closing: CancelRequested | FailRequested) -> None:
    session, _ = after(waiting_since(CREATED_AT), closing)
    assert session.sightings == ()
    assert after(session, in_mempool(sighting(2, CREATED_AT)))[0] is session


def test_of_very_many_the_first_are_kept() -> None:
    crowd = tuple(sighting(n, CREATED_AT, 0.2) for n in range(SIGHTINGS_KEPT + 10))
    session, _ = after(a_session(), MempoolSeen(crowd))
    assert [s.outpoint for s in session.sightings] == [outpoint(n) for n in range(SIGHTINGS_KEPT)]


# The deadline


def test_a_session_waits_a_minute_for_what_was_seen_in_time() -> None:
    seen_at = DEADLINE - 10_000
    session = waiting_since(seen_at)
    patience_ends = seen_at + SIGHTING_PATIENCE_MS
    assert session.deadline == patience_ends
    kept, events = after(session, DeadlineReached(), at=patience_ends - 1)
    assert kept is session
    assert events == []
    assert after(session, DeadlineReached(), at=patience_ends)[1] == [EventType.EXPIRED]


def test_an_old_sighting_does_not_bring_the_deadline_forward() -> None:
    session = waiting_since(CREATED_AT)
    assert session.deadline == DEADLINE


def test_what_was_seen_after_the_deadline_is_not_waited_for() -> None:
    assert waiting_since(DEADLINE).deadline == DEADLINE + SIGHTING_PATIENCE_MS
    session = waiting_since(DEADLINE + 1)
    assert session.deadline == DEADLINE
    assert after(session, DeadlineReached(), at=DEADLINE + 1)[1] == [EventType.EXPIRED]


def test_when_it_left_the_mempool_it_is_waited_for_a_moment_longer() -> None:
    session, _ = after(waiting_since(DEADLINE - 1), in_mempool(), at=DEADLINE + 1_000)
    lapse = DEADLINE + 1_000 + SIGHTING_LINGER_MS
    assert session.deadline == lapse
    assert after(session, DeadlineReached(), at=lapse - 1)[0] is session
    assert after(session, DeadlineReached(), at=lapse)[1] == [EventType.EXPIRED]


def test_leaving_the_mempool_prolongs_nothing() -> None:
    session = waiting_since(DEADLINE - 1)
    patience_ends = DEADLINE - 1 + SIGHTING_PATIENCE_MS
    session, _ = after(session, in_mempool(), at=patience_ends - 1_000)
    assert session.deadline == patience_ends


@pytest.mark.parametrize("still_there", [True, False])
def test_money_that_was_waited_for_is_in_time(still_there: bool) -> None:
    accepted_at = DEADLINE - 1 + SIGHTING_PATIENCE_MS
    session = waiting_since(DEADLINE - 1)
    if not still_there:
        session, _ = after(session, in_mempool(), at=accepted_at - 200)
    session, events = after(session, seen(1, 10, 1_050, at=accepted_at), at=accepted_at)
    assert events == [EventType.CONFIRMING]
    assert session.status is SessionStatus.CONFIRMING
    assert not session.late


@pytest.mark.parametrize("number", [1, 2, 4], ids=["seen too late", "never seen", "seen long ago"])
def test_other_money_is_late_as_ever(number: int) -> None:
    accepted_at = DEADLINE + 50_000
    session = a_session(
        sightings=(
            sighting(1, DEADLINE + 1),
            sighting(3, DEADLINE - 1),
            sighting(4, DEADLINE - 10_001),
        )
    )
    session, events = after(session, seen(number, 10, 1_050, at=accepted_at), at=accepted_at)
    assert events == [EventType.EXPIRED, EventType.LATE]


def test_what_is_shown_does_not_make_two_sessions_differ() -> None:
    session = a_session()
    assert evolve(session, sightings=(sighting(1, CREATED_AT),)) == session
