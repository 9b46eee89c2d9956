"""The event feed: bounded, in order, and exact about dropped events."""

from __future__ import annotations

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from actors.event_feed import QUEUE_LIMIT, EventFeed, EventsMissed, FeedClosed
from kasgate.events import Event
from tests.store.samples import make_event, make_merchant, make_session

SHOP, OTHER = make_merchant(), make_merchant()


def events(count: int, shop=SHOP) -> list[Event]:
    return [make_event(make_session(shop)) for _ in range(count)]


async def test_a_subscriber_gets_its_merchants_events_in_order() -> None:
    feed = EventFeed()
    mine, theirs = events(3), events(2, OTHER)
    with feed.follow(SHOP.id) as one, feed.follow(SHOP.id) as two, feed.follow(OTHER.id) as other:
        assert feed.followers == 3
        feed.publish([mine[0], theirs[0], mine[1]])
        feed.publish([theirs[1], mine[2]])
        assert await one.take() == mine
        assert await two.take() == mine
        assert await other.take() == theirs
    assert feed.followers == 0
    feed.publish(mine)


async def test_a_full_queue_is_dropped_and_the_last_event_taken_is_reported() -> None:
    feed = EventFeed()
    known, *more = events(QUEUE_LIMIT + 3)
    with feed.follow(SHOP.id) as follower:
        follower.begin_after("evt_before")
        feed.publish([*more[:QUEUE_LIMIT]])
        assert await follower.take() == more[:QUEUE_LIMIT]
        last = more[QUEUE_LIMIT - 1].id
        feed.publish([known] * (QUEUE_LIMIT + 1))
        feed.publish([known] * QUEUE_LIMIT)
        assert await follower.take() == [EventsMissed(last)]
        feed.publish(more[-1:])
        assert await follower.take() == more[-1:]


async def test_a_subscriber_that_took_nothing_missed_all_events_since_it_began() -> None:
    feed = EventFeed()
    with feed.follow(SHOP.id) as follower:
        follower.begin_after("evt_before")
        feed.publish(events(QUEUE_LIMIT + 1))
        assert await follower.take() == [EventsMissed("evt_before")]


async def test_waiting_ends_with_an_event_or_with_the_key() -> None:
    feed = EventFeed()
    taken: list[object] = []
    (event,) = events(1)

    async def follow() -> None:
        with feed.follow(SHOP.id, "sign-in", "key") as follower:
            taken.extend(await follower.take())
            with pytest.raises(FeedClosed):
                await follower.take()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(follow)
        await wait_all_tasks_blocked()
        feed.publish([event])
        await wait_all_tasks_blocked()
        assert taken == [event]
        feed.dismiss(OTHER.id, "key")
        feed.dismiss(SHOP.id, "another key")
        await wait_all_tasks_blocked()
        assert feed.followers == 1
        feed.dismiss(SHOP.id, "key")
    assert feed.followers == 0
