"""The mailbox: putting never blocks, nothing is lost before it is taken, one message per key."""

from __future__ import annotations

import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import wait_all_tasks_blocked

from actors.sessions.mailbox import Mailbox


async def test_the_owner_takes_everything_at_once_the_newest_of_each_key_in_order_of_last_put():
    mailbox: Mailbox[str] = Mailbox()
    for key, message in [("a", "a1"), ("b", "b1"), ("c", "c1"), ("a", "a2")]:
        mailbox.put(key, message)
    assert await mailbox.take() == ["b1", "c1", "a2"]
    assert len(mailbox) == 0


async def test_a_message_wakes_the_owner_who_also_gets_those_that_came_before_it_ran(
    nursery: trio.Nursery,
):
    mailbox: Mailbox[int] = Mailbox()
    taken: list[list[int]] = []

    async def own() -> None:
        while True:
            taken.append(await mailbox.take())

    nursery.start_soon(own)
    await wait_all_tasks_blocked()
    assert taken == []
    mailbox.put("x", 1)
    mailbox.put("y", 2)
    await wait_all_tasks_blocked()
    mailbox.put("x", 3)
    await wait_all_tasks_blocked()
    assert taken == [[1, 2], [3]]


async def test_an_owner_who_is_cancelled_takes_nothing_and_can_come_back():
    mailbox: Mailbox[int] = Mailbox()
    with trio.move_on_after(0):
        await mailbox.take()
    mailbox.put("x", 1)
    with trio.move_on_after(0) as scope:
        await mailbox.take()
    assert scope.cancelled_caught
    assert await mailbox.take() == [1]


async def test_taking_from_a_full_mailbox_lets_others_run():
    mailbox: Mailbox[int] = Mailbox()
    others_ran = 0

    async def other() -> None:
        nonlocal others_ran
        while True:
            others_ran += 1
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(other)
        for n in range(100):
            mailbox.put("x", n)
            await mailbox.take()
        nursery.cancel_scope.cancel()
    assert others_ran >= 99


@settings(max_examples=settings().max_examples // 5)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers())))
def test_it_never_holds_more_than_one_message_of_a_key(puts: list[tuple[int, int]]):
    mailbox: Mailbox[tuple[int, int]] = Mailbox()
    for key, value in puts:
        mailbox.put(key, (key, value))
    assert len(mailbox) == len({key for key, _ in puts})
    newest = dict(puts)
    if puts:
        assert dict(trio.run(mailbox.take)) == newest
