"""Wall-clock deadlines to the millisecond, and confirmations by score, for due names only."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock, wait_all_tasks_blocked

from actors.clocks import ConfirmationClock, DeadlineClock
from tests.actors.simulated_chain import WallClock


class Deadlines:
    """A running deadline clock that records its calls, in seconds of virtual time."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self.wall = WallClock()
        self.clock = DeadlineClock(self.wall, self.note)
        self.called: list[tuple[str, float]] = []
        self.then: Callable[[], None] | None = None
        """Runs with each call."""
        nursery.start_soon(self.clock.run)

    def set(self, name: str, in_s: float) -> None:
        self.clock.set(name, self.wall() + round(in_s * 1000))

    def note(self, name: str) -> None:
        self.called.append((name, round(trio.current_time(), 3)))
        if self.then is not None:
            self.then()


@pytest.fixture
def deadlines(nursery: trio.Nursery, autojump_clock: MockClock) -> Deadlines:
    return Deadlines(nursery)


async def test_each_is_called_once_at_its_time(deadlines: Deadlines):
    for name, in_s in [("hour", 3600), ("soon", 0.005), ("minute", 61.234), ("past", -5)]:
        deadlines.set(name, in_s)
    await trio.sleep(7200)
    assert deadlines.called == [
        ("past", 0), ("soon", 0.005), ("minute", 61.234), ("hour", 3600),
    ]  # fmt: skip
    assert len(deadlines.clock) == 0


async def test_a_deadline_set_again_moves_and_a_cleared_one_is_not_called(deadlines: Deadlines):
    for name in ("later", "earlier", "cleared"):
        deadlines.set(name, 10)
    deadlines.set("later", 20)
    deadlines.set("earlier", 3)
    deadlines.clock.clear("cleared")
    deadlines.clock.clear("never set")
    await trio.sleep(60)
    assert deadlines.called == [("earlier", 3), ("later", 20)]


async def test_a_deadline_cleared_and_set_to_the_same_time_again_is_called_once(
    deadlines: Deadlines,
):
    for _ in range(3):
        deadlines.set("x", 10)
        deadlines.clock.clear("x")
    deadlines.set("x", 10)
    await trio.sleep(60)
    assert deadlines.called == [("x", 10)]


async def test_a_call_may_set_the_next_one(deadlines: Deadlines):
    def again() -> None:
        if len(deadlines.called) < 3:
            deadlines.set("tick", 1)

    deadlines.then = again
    deadlines.set("tick", 1)
    await trio.sleep(10)
    assert deadlines.called == [("tick", 1), ("tick", 2), ("tick", 3)]


async def test_a_wall_clock_set_forward_is_noticed_within_a_minute(deadlines: Deadlines):
    deadlines.set("x", 3600)
    await trio.sleep(90)
    deadlines.wall.jump(3600)
    await trio.sleep(60)
    assert [name for name, _ in deadlines.called] == ["x"]


async def test_a_wall_clock_set_back_calls_no_deadline_early(deadlines: Deadlines):
    deadlines.set("x", 100)
    await trio.sleep(50)
    deadlines.wall.jump(-3600)
    await trio.sleep(3649)
    assert deadlines.called == []
    await trio.sleep(2)
    assert deadlines.called == [("x", 3700)]


async def test_moving_one_deadline_without_end_takes_no_memory(deadlines: Deadlines):
    for n in range(10_000):
        deadlines.set("x", 1000 + n)
    assert len(deadlines.clock._heap) < 100
    await wait_all_tasks_blocked()
    assert len(deadlines.clock) == 1


def test_a_score_wakes_due_sessions_once_and_no_others():
    clock = ConfirmationClock()
    for name, score in [("a", 10), ("b", 11), ("c", 11), ("d", 12), ("never", None)]:
        clock.set(name, score)
    assert clock.due(9) == []
    assert sorted(clock.due(11)) == ["a", "b", "c"]
    assert clock.due(11) == []
    assert clock.due(1_000) == ["d"]
    assert len(clock) == 0


@settings(max_examples=settings().max_examples // 5)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("set"), st.sampled_from("abcd"), st.none() | st.integers(0, 20)),
            st.tuples(st.just("due"), st.just(""), st.integers(0, 20)),
        )
    )
)
def test_a_confirmation_clock_is_a_dictionary_of_scores(
    calls: list[tuple[str, str, int | None]],
):
    clock, scores = ConfirmationClock(), dict[str, int]()
    for call, name, score in calls:
        if call == "set":
            clock.set(name, score)
            scores.pop(name, None)
            if score is not None:
                scores[name] = score
        else:
            assert score is not None
            ready = {name for name, due in scores.items() if due <= score}
            told = clock.due(score)
            assert sorted(told) == sorted(ready)
            scores = {name: due for name, due in scores.items() if name not in ready}
        assert len(clock) == len(scores)
