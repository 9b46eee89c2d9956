"""A connection's outgoing frames are bounded and in order."""

from __future__ import annotations

import math

import pytest
import trio
from trio.testing import MockClock

from kasgate.simnet.node.outbox import Outbox, OutboxFullError


async def test_frames_come_in_their_order() -> None:
    outbox = Outbox()
    outbox.put_notification("a", 0)
    outbox.put_answer("b")
    outbox.put_notification("c", 0)
    assert [await outbox.get() for _ in range(3)] == ["a", "b", "c"]
    assert len(outbox) == 0


async def test_answers_overtake_only_what_is_late(autojump_clock: MockClock) -> None:
    outbox = Outbox()
    outbox.put_notification("late", trio.current_time() + 5)
    outbox.put_answer("answer")
    started = trio.current_time()
    assert await outbox.get() == "answer"
    assert trio.current_time() == started
    assert await outbox.get() == "late"
    assert trio.current_time() == pytest.approx(started + 5)


async def test_an_answer_wakes_who_waits_for_a_late_frame(autojump_clock: MockClock) -> None:
    outbox = Outbox()
    outbox.put_notification("late", math.inf)
    async with trio.open_nursery() as nursery:

        @nursery.start_soon
        async def _answer() -> None:
            await trio.sleep(1)
            outbox.put_answer("answer")

        assert await outbox.get() == "answer"


async def test_a_cancelled_wait_loses_nothing() -> None:
    outbox = Outbox()
    outbox.put_answer("a")
    with trio.CancelScope() as scope:
        scope.cancel()
        await outbox.get()
    assert scope.cancelled_caught
    assert await outbox.get() == "a"


@pytest.mark.parametrize("limits", [{"max_frames": 2}, {"max_bytes": 7}])
async def test_it_is_full_at_its_bounds(limits: dict[str, int]) -> None:
    outbox = Outbox(**limits)
    outbox.put_answer("abc")
    outbox.put_notification("def", 0)
    with pytest.raises(OutboxFullError):
        outbox.put_answer("gh")
    with pytest.raises(OutboxFullError):
        outbox.put_notification("gh", 0)
    await outbox.get()
    outbox.put_answer("gh")
