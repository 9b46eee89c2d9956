"""A merchant's lane: what it keeps of its sessions, and in which order they send."""

from __future__ import annotations

from actors.webhooks.lanes import EndpointLane, WorkerPace
from kasgate.events import Delivery, DeliveryState
from kasgate.sessions.session import EventType


def _delivery(session: str, sequence: int, attempts: int = 0) -> Delivery:
    return Delivery(
        id=f"whl_{session}_{sequence}",
        delivery_id=f"evt_{session}_{sequence}",
        merchant_id="mer_1",
        session_id=session,
        event=EventType.PENDING,
        payload="{}",
        created_at=0,
        sequence=sequence,
        state=DeliveryState.PENDING,
        attempts=attempts,
    )


def _prompt_lane() -> EndpointLane:
    return EndpointLane("mer_1", pace=WorkerPace.PROMPT)


def test_a_session_is_forgotten_with_its_last_delivery() -> None:
    lane = _prompt_lane()
    first, second = lane.hold(_delivery("a", 1)), lane.hold(_delivery("a", 2))
    other = lane.hold(_delivery("b", 1))
    for pending in (first, second, other):
        lane.add(pending)
    for _ in range(3):
        sent = lane.take()
        lane.ended(sent, tried=True)
        lane.drop(sent)
        lane.look_at(sent.session)
        lane.under_way -= 1
    assert (lane.held, lane._sessions) == (0, {})


def test_a_retried_delivery_stays_with_the_later_ones_of_its_session() -> None:
    lane = _prompt_lane()
    first = lane.hold(_delivery("a", 1))
    lane.add(first)
    assert lane.take() is first
    lane.ended(first, tried=True)
    lane.look_at(first.session)
    # It waits for its next attempt, so the session has nothing to send.
    assert not lane.may_start
    second = lane.hold(_delivery("a", 2))
    lane.add(second)
    assert lane.take() is second
    # While the second is in progress, the first is due again: one at a time.
    lane.add(first)
    assert not lane.may_start
    lane.ended(second, tried=True)
    lane.drop(second)
    lane.look_at(second.session)
    assert lane.take() is first


def test_an_attempt_that_was_not_made_still_comes_first() -> None:
    lane = _prompt_lane()
    first, second = lane.hold(_delivery("a", 1)), lane.hold(_delivery("a", 2))
    lane.add(first)
    lane.add(second)
    assert lane.take() is first
    lane.ended(first, tried=False)
    lane.look_at(first.session)
    assert not lane.may_start
    lane.add(first)
    assert lane.take() is first
