"""The watchlist and the addresses that a node has yet to watch."""

from __future__ import annotations

import trio

from actors.chain.watchlist import ORDERED_AT_ONCE, WATCH_BATCH, PendingWatches, Watchlist


async def test_a_new_node_watches_active_sessions_before_closed_ones():
    watchlist, pending = Watchlist(), PendingWatches()
    for number in range(6):
        watchlist.add(f"address {number}", f"session {number}", None if number % 2 else 1_000)
    await pending.begin_anew(watchlist)
    told = pending.next_batch()
    assert told == [f"address {number}" for number in (1, 3, 5, 0, 2, 4)]


async def test_a_new_node_gets_no_requests_meant_for_the_one_before():
    watchlist, pending = Watchlist(), PendingWatches()
    watchlist.add("kept", "session 1")
    pending.watch("gone meanwhile")
    pending.unwatch("never known")
    await pending.begin_anew(watchlist)
    assert pending.next_batch() == ["kept"]
    assert pending.take_unwatch() == []


async def test_addresses_added_and_removed_while_a_new_node_is_queued_are_respected():
    """With so many addresses, other tasks get a turn in between."""
    watchlist, pending = Watchlist(), PendingWatches()
    for number in range(2 * ORDERED_AT_ONCE):
        watchlist.add(f"late {number}", f"session {number}", closed_at=1_000)
    watchlist.add("active", "session")

    async def meanwhile() -> None:
        watchlist.remove("late 0")
        watchlist.add("new", "new session")
        pending.watch("new")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(pending.begin_anew, watchlist)
        nursery.start_soon(meanwhile)
    told: list[str] = []
    while batch := pending.next_batch():
        assert len(batch) <= WATCH_BATCH
        told += batch
        for address in batch:
            pending.done(address)
    assert "late 0" not in told
    assert {"new", "active"} <= set(told[:2])
    assert len(told) == len(set(told)) == len(watchlist)
