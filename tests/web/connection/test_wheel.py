"""The wheel: it calls each member at its deadline, and moving a deadline costs nothing."""

from __future__ import annotations

from math import inf

import trio
from trio.testing import MockClock

from web.connection.wheel import NEVER, TICK_S, Wheel


class Member:
    """Records the times of its calls."""

    def __init__(self, due: float) -> None:
        self.tick = NEVER
        self.due = due
        self.asked: list[float] = []

    def overdue(self, now: float) -> float:
        self.asked.append(now)
        return self.due if self.due > now else inf


async def test_each_member_is_called_at_its_deadline(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    wheel = Wheel()
    nursery.start_soon(wheel.run)
    await trio.testing.wait_all_tasks_blocked()
    begun = trio.current_time()
    members = [Member(begun + after) for after in (5, 0.3, 60, 0.31)]
    for member in members:
        wheel.set(member, member.due)
    await trio.sleep(100)
    for member in members:
        [asked] = member.asked
        assert member.due <= asked <= member.due + 2 * TICK_S
    assert len(wheel) == 0


async def test_a_member_whose_deadline_moved_is_called_again(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    wheel = Wheel()
    nursery.start_soon(wheel.run)
    member = Member(trio.current_time() + 1)
    wheel.set(member, member.due)
    member.due += 10
    await trio.sleep(5)
    assert len(member.asked) == 1
    await trio.sleep(10)
    assert len(member.asked) == 2


async def test_a_removed_or_reset_member_is_not_called_at_the_old_time(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    wheel = Wheel()
    nursery.start_soon(wheel.run)
    now = trio.current_time()
    left, later, sooner = Member(now + 1), Member(now + 20), Member(now + 20)
    for member in (left, later, sooner):
        wheel.set(member, now + 10)
    wheel.set(left, inf)
    wheel.set(later, now + 20)
    wheel.set(sooner, now + 2)
    await trio.sleep(3)
    assert [len(member.asked) for member in (left, later, sooner)] == [0, 0, 1]
    await trio.sleep(10)
    assert [len(member.asked) for member in (left, later)] == [0, 0]
    await trio.sleep(10)
    assert [len(member.asked) for member in (left, later)] == [0, 1]


async def test_many_members_with_one_deadline_are_all_called(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    wheel = Wheel()
    nursery.start_soon(wheel.run)
    due = trio.current_time() + 1
    members = [Member(due) for _ in range(2_000)]
    for member in members:
        wheel.set(member, due)
    await trio.sleep(2)
    assert all(len(member.asked) == 1 for member in members)
