"""Lists, search and logs: their results and order, without duplicates or omissions."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import trio
from attrs import evolve

from kasgate.access.secrets import Vault
from kasgate.events import DeliveryState, Event
from kasgate.merchant import Merchant
from kasgate.money import Sompi
from kasgate.reports import (
    DeliveryQuery,
    EventQuery,
    LoggedDelivery,
    Order,
    SessionQuery,
    UnknownCursor,
)
from kasgate.search import read_query, session_words
from kasgate.sessions.attention import AttentionReason, reasons
from kasgate.sessions.session import OPEN_STATUSES, EventType, PaidState, Session, SessionStatus
from kasgate.store.calls import Store
from kasgate.store.memory import MemoryStore
from kasgate.store.outbox import deliveries_of
from kasgate.store.protocol import Conflict
from kasgate.store.queries import deliveries, events, session_lists, session_search
from kasgate.store.sqlite import open_store
from tests.sample_sessions import holding
from tests.store.samples import (
    NOW,
    expired,
    make_event,
    make_payment,
    make_session,
    open_session,
    open_shop,
)

UNKNOWN = "00000000-0000-4000-8000-000000000000"
PENDING = frozenset({EventType.PENDING})
EXPIRED = frozenset({EventType.EXPIRED})


@pytest.fixture(params=["sqlite", "memory"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
    else:
        async with open_store(tmp_path / "kasgate.db", Vault.generate()) as opened:
            yield opened


async def shelf(store: Store, merchant: Merchant, count: int = 12) -> list[Session]:
    """Sessions of a merchant, newest first. Every third is expired, and two share each moment."""
    made = []
    for index in range(count):
        session = make_session(
            merchant,
            index,
            created_at=NOW + index // 2 * 1_000,
            order_id=f"INV-{index:03d}",
            metadata={"item": "Flat White" if index % 2 else "Espresso"},
        )
        await store.add_session(session, make_event(session), deliver=True)
        if index % 3 == 0:
            session = await store.save_session(expired(session), (), deliver=False)
        made.append(session)
    return sorted(made, key=lambda session: (session.created_at, session.id), reverse=True)


async def pages(store: Store, merchant: Merchant, wanted: SessionQuery) -> list[str]:
    """Ids on all pages, from cursor to cursor."""
    found: list[str] = []
    for _ in range(100):
        page = await store.session_page(merchant.id, wanted)
        found += [session.id for session in page.sessions]
        if page.next_cursor is None:
            return found
        wanted = evolve(wanted, after=page.next_cursor)
    raise AssertionError("the pages do not end")


def ids(sessions: Sequence[Session]) -> list[str]:
    return [session.id for session in sessions]


# Lists


@pytest.mark.parametrize("limit", [1, 5, 12, 100])
async def test_pages_follow_each_other_newest_first_and_miss_none(store: Store, limit: int) -> None:
    merchant, other = await open_shop(store), await open_shop(store)
    made = await shelf(store, merchant)
    await shelf(store, other, 3)
    assert await pages(store, merchant, SessionQuery(limit)) == ids(made)
    by_offset = [
        (await store.session_page(merchant.id, SessionQuery(limit, offset))).sessions
        for offset in range(0, 12, limit)
    ]
    assert [session.id for page in by_offset for session in page] == ids(made)


async def mixed_shelf(store: Store, merchant: Merchant, count: int = 60) -> list[Session]:
    """Sessions with every outcome, newest first."""
    chance = random.Random(7)
    made = []
    for index in range(count):
        order = chance.choice([None, "A-1", "B 2"])
        session = make_session(merchant, index, created_at=NOW + index // 2, order_id=order)
        await store.add_session(session, make_event(session), deliver=False)
        amounts = chance.choice([[], [], [4], [10], [12], [3, 2]])
        payments = tuple(
            make_payment(amount * 10**8, late=chance.random() < 0.4) for amount in amounts
        )
        status = chance.choice(list(SessionStatus))
        session = evolve(
            holding(session, *payments),
            status=status,
            closed_at=None if status in OPEN_STATUSES else NOW,
            cancelled=status is SessionStatus.EXPIRED and chance.random() < 0.5,
            attended=chance.choice([None, None, Sompi(10**9)]),
            reverted=chance.random() < 0.1,
        )
        made.append(await store.save_session(session, (), deliver=False))
    return sorted(made, key=lambda session: (session.created_at, session.id), reverse=True)


@pytest.mark.parametrize("look_limit", [7, 2_000])
async def test_filters_by_what_came_in_every_combination(
    store: Store, monkeypatch: pytest.MonkeyPatch, look_limit: int
) -> None:
    """Compared with plain filtering of the sessions, also where one call reads few of them."""
    monkeypatch.setattr(session_lists, "LOOK_LIMIT", look_limit)
    monkeypatch.setattr(session_lists, "_STEP", 5)
    merchant = await open_shop(store)
    made = await mixed_shelf(store, merchant)
    flags = (None, True, False)
    for paid_state, late, cancelled, needs in itertools.product(
        (None, *PaidState), flags, flags, flags
    ):
        for status, order_id, text in (
            (None, None, None),
            (SessionStatus.EXPIRED, None, None),
            (SessionStatus.CONFIRMED, "A-1", None),
            (None, None, read_query("a 1")),
            (None, None, read_query("sky")),
        ):
            wanted = SessionQuery(
                4,
                status=status,
                order_id=order_id,
                paid_state=paid_state,
                late=late,
                cancelled=cancelled,
                needs_attention=needs,
                text=text,
            )
            expected = [
                session.id
                for session in made
                if paid_state in (None, session.paid_state)
                and late in (None, session.late)
                and cancelled in (None, session.cancelled)
                and needs in (None, bool(reasons(session)))
                and status in (None, session.status)
                and order_id in (None, session.order_id)
                and (
                    text is None
                    or text.matches(
                        session_words(session.order_id, session.description, session.metadata)
                    )
                )
            ]
            assert await pages(store, merchant, wanted) == expected, wanted
            page = await store.session_page(merchant.id, evolve(wanted, limit=100))
            if page.total_is_exact:
                assert page.total == len(expected), wanted
            elif look_limit > len(made):
                raise AssertionError(wanted)


@pytest.mark.parametrize("look_limit", [7, 2_000])
@pytest.mark.parametrize("reason", list(AttentionReason))
async def test_a_list_by_the_reason_for_attention(
    store: Store, monkeypatch: pytest.MonkeyPatch, reason: AttentionReason, look_limit: int
) -> None:
    monkeypatch.setattr(session_lists, "LOOK_LIMIT", look_limit)
    monkeypatch.setattr(session_lists, "_STEP", 5)
    merchant = await open_shop(store)
    made = await mixed_shelf(store, merchant)
    having = [session for session in made if reason in reasons(session)]
    assert having
    wanted = SessionQuery(4, attention=reason)
    assert await pages(store, merchant, wanted) == ids(having)
    page = await store.session_page(merchant.id, wanted)
    assert (page.total, page.total_is_exact) == (len(having), True)
    for filters, expected in (
        ({"needs_attention": True}, having),
        ({"needs_attention": False}, []),
        ({"late": True}, [session for session in having if session.late]),
        ({"created_to": NOW + 9}, [each for each in having if each.created_at <= NOW + 9]),
        ({"order_id": "A-1"}, [each for each in having if each.order_id == "A-1"]),
        (
            {"status": SessionStatus.EXPIRED},
            [each for each in having if each.status is SessionStatus.EXPIRED],
        ),
        ({"text": read_query("a 1")}, [each for each in having if each.order_id == "A-1"]),
    ):
        assert await pages(store, merchant, evolve(wanted, **filters)) == ids(expected)


async def test_a_listed_session_says_what_came(store: Store) -> None:
    merchant = await open_shop(store)
    made = await mixed_shelf(store, merchant, 20)
    page = await store.session_page(merchant.id, SessionQuery(100))
    for session, listed in zip(made, page.sessions, strict=True):
        assert (listed.received, listed.paid_state) == (session.received, session.paid_state)
        assert (listed.late, listed.cancelled) == (session.late, session.cancelled)
        assert listed.attention == reasons(session)
        assert json.loads(listed.metadata or "null") == session.metadata


async def test_a_listed_session_is_the_stored_one(store: Store) -> None:
    merchant = await open_shop(store)
    session = make_session(merchant)
    await store.add_session(session, make_event(session), deliver=False)
    payment = make_payment()
    session = await store.save_session(
        evolve(
            holding(session, payment),
            status=SessionStatus.CONFIRMED,
            tx_id=payment.outpoint.transaction_id,
            paid_at=NOW + 5,
            confirmed_at=NOW + 6,
            closed_at=NOW + 6,
        ),
        (),
        deliver=False,
    )
    (listed,) = (await store.session_page(merchant.id, SessionQuery(1))).sessions
    assert (listed.id, listed.address, listed.amount) == (session.id, session.address, 10**9)
    assert (listed.status, listed.confirmations) == (SessionStatus.CONFIRMED, 10)
    assert (listed.tx_id, listed.order_id) == (session.tx_id, session.order_id)
    assert (listed.created_at, listed.expires_at) == (session.created_at, session.expires_at)
    assert (listed.paid_at, listed.confirmed_at) == (NOW + 5, NOW + 6)


async def test_filters_and_their_totals(store: Store) -> None:
    merchant = await open_shop(store)
    made = await shelf(store, merchant)
    closed = [session for session in made if not session.is_open]
    everything = await store.session_page(merchant.id, SessionQuery(5))
    assert (everything.total, everything.total_is_exact) == (12, True)

    by_status = SessionQuery(2, status=SessionStatus.EXPIRED)
    assert await pages(store, merchant, by_status) == ids(closed)
    assert (await store.session_page(merchant.id, by_status)).total == 4
    nothing = await store.session_page(merchant.id, evolve(by_status, status=SessionStatus.FAILED))
    assert (nothing.sessions, nothing.total, nothing.next_cursor) == ((), 0, None)

    by_order = await store.session_page(merchant.id, SessionQuery(5, order_id="INV-003"))
    assert [session.order_id for session in by_order.sessions] == ["INV-003"]
    assert (by_order.total, by_order.total_is_exact) == (1, True)
    both = SessionQuery(5, order_id="INV-003", status=SessionStatus.CREATED)
    assert (await store.session_page(merchant.id, both)).total == 0

    span = SessionQuery(3, created_from=NOW + 1_000, created_to=NOW + 2_000)
    assert await pages(store, merchant, span) == ids(
        [session for session in made if NOW + 1_000 <= session.created_at <= NOW + 2_000]
    )
    assert (await store.session_page(merchant.id, span)).total == 4


async def test_what_is_not_kept_is_counted_up_to_a_limit(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_lists, "COUNT_LIMIT", 4)
    merchant = await open_shop(store)
    await shelf(store, merchant)
    span = SessionQuery(1, created_from=NOW)
    page = await store.session_page(merchant.id, span)
    assert (page.total, page.total_is_exact) == (4, False)
    page = await store.session_page(merchant.id, evolve(span, created_from=NOW + 4_000))
    assert (page.total, page.total_is_exact) == (4, True)


async def test_a_cursor_is_a_session_of_the_same_merchant(store: Store) -> None:
    merchant, other = await open_shop(store), await open_shop(store)
    foreign = await open_session(store, other)
    for cursor in (foreign.id, UNKNOWN):
        for text in (None, read_query("sku")):
            with pytest.raises(UnknownCursor):
                await store.session_page(merchant.id, SessionQuery(5, after=cursor, text=text))


# Search


async def search(store: Store, merchant: Merchant, text: str, **wanted: object) -> list[str]:
    query = SessionQuery(**({"limit": 3, "text": read_query(text)} | wanted))  # type: ignore[arg-type]
    return await pages(store, merchant, query)


@pytest.mark.parametrize("words_are", ["rare", "common"])
async def test_words_find_the_sessions_that_have_them(
    store: Store, words_are: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if words_are == "common":
        monkeypatch.setattr(session_search, "COMMON", 0)
        monkeypatch.setattr(session_lists, "LOOK_LIMIT", 4)
    merchant, other = await open_shop(store), await open_shop(store)
    made = await shelf(store, merchant)
    await shelf(store, other, 4)
    white = [s for s in made if (s.metadata or {})["item"] == "Flat White"]

    assert await search(store, merchant, "inv-005") == ids(
        [s for s in made if s.address_index == 5]
    )
    assert await search(store, merchant, "INV") == ids(made)
    assert await search(store, merchant, "flat") == ids(white)
    assert await search(store, merchant, "white FLAT") == ids(white)
    assert await search(store, merchant, "flat whi") == ids(white)
    assert await search(store, merchant, "flat whi ") == [], "a space ends the word"
    assert await search(store, merchant, "espresso white") == []
    assert await search(store, merchant, "mocha") == []
    assert await search(store, merchant, "flat 00") == ids(
        [s for s in white if s.address_index < 10]
    )
    assert await search(store, merchant, "flat", status=SessionStatus.EXPIRED) == ids(
        [s for s in white if not s.is_open]
    )
    assert await search(store, merchant, "flat", created_from=NOW + 3_000) == ids(
        [s for s in white if s.created_at >= NOW + 3_000]
    )
    assert await search(store, merchant, "flat", order_id="INV-001") == ids(
        [s for s in white if s.address_index == 1]
    )


async def test_one_common_and_one_rare_word(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_search, "COMMON", 8)
    merchant = await open_shop(store)
    made = await shelf(store, merchant)
    assert await search(store, merchant, "inv esp") == ids(
        [s for s in made if (s.metadata or {})["item"] == "Espresso"]
    )


async def test_totals_of_a_search(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    merchant = await open_shop(store)
    await shelf(store, merchant)
    query = SessionQuery(2, text=read_query("flat"))
    page = await store.session_page(merchant.id, query)
    assert (page.total, page.total_is_exact, len(page.sessions)) == (6, True, 2)
    second = await store.session_page(merchant.id, evolve(query, after=page.next_cursor))
    assert (second.total, second.total_is_exact) == (6, True)
    skipped = await store.session_page(merchant.id, evolve(query, offset=2))
    assert skipped.sessions == second.sessions

    monkeypatch.setattr(session_search, "COMMON", 5)
    walked = await store.session_page(merchant.id, query)
    assert walked.sessions == page.sessions
    assert (walked.total_is_exact, walked.total <= 6) == (False, True)
    skipped = await store.session_page(merchant.id, evolve(query, offset=2))
    assert skipped.sessions == second.sessions


async def test_identifiers_find_by_their_beginning_and_only_what_is_ones_own(
    store: Store,
) -> None:
    merchant, other = await open_shop(store), await open_shop(store)
    address = "kaspasim:qqd6e65yefepe9wk0m9vuxdufxd80sphy67gwwd0vdaumzdt4tc9s7skwr78y"
    session = make_session(merchant, address=address, order_id=None, metadata=None)
    await store.add_session(session, make_event(session), deliver=False)
    payment = make_payment()
    await store.save_session(holding(session, payment), (), deliver=False)
    for text in (
        session.id,
        session.id[:8],
        session.id[:21].upper(),
        address,
        address.removeprefix("kaspasim:"),
        address[:20],
        payment.outpoint.transaction_id,
        payment.outpoint.transaction_id[:12],
    ):
        assert await search(store, merchant, text) == [session.id], text
        assert await search(store, other, text) == [], text
    assert await search(store, merchant, session.id[:7]) == [], "too short to be an identifier"
    assert await search(store, merchant, "f" * 64) == []
    assert await search(store, merchant, session.id, status=SessionStatus.FAILED) == []


# The webhook log


async def test_the_webhook_log_newest_first_by_event_state_and_session(store: Store) -> None:
    merchant, other = await open_shop(store), await open_shop(store)
    made = [await open_session(store, merchant, index) for index in range(5)]
    await open_session(store, other)
    await store.save_session(
        expired(made[2]), (make_event(made[2], EventType.EXPIRED, NOW + 9),), deliver=True
    )
    everything = await store.delivery_page(merchant.id, DeliveryQuery(100))
    assert (everything.total, everything.total_is_exact) == (6, True)
    log = [one.delivery for one in everything.deliveries]
    assert [entry.id for entry in log] == sorted((entry.id for entry in log), reverse=True)
    assert (log[0].event, log[0].session_id) == (EventType.EXPIRED, made[2].id)
    second = await store.delivery_page(merchant.id, DeliveryQuery(2, offset=2))
    assert ([one.delivery for one in second.deliveries], second.total) == (log[2:4], 6)

    done = evolve(log[1], state=DeliveryState.DELIVERED, attempts=1, next_attempt_at=None)
    await store.save_delivery(done)
    log[1] = done
    for query, expected in (
        (DeliveryQuery(9, events=EXPIRED), [log[0]]),
        (DeliveryQuery(9, events=PENDING), log[1:]),
        (DeliveryQuery(9, events=PENDING | EXPIRED), log),
        (DeliveryQuery(9, state=DeliveryState.DELIVERED), [log[1]]),
        (DeliveryQuery(9, state=DeliveryState.PENDING), [log[0], *log[2:]]),
        (DeliveryQuery(9, state=DeliveryState.FAILED), []),
        (DeliveryQuery(9, events=PENDING, state=DeliveryState.PENDING), log[2:]),
        (DeliveryQuery(9, session_id=made[2].id), [e for e in log if e.session_id == made[2].id]),
        (DeliveryQuery(9, session_id=made[2].id, events=EXPIRED), [log[0]]),
        (DeliveryQuery(9, session_id=UNKNOWN), []),
    ):
        page = await store.delivery_page(merchant.id, query)
        shown = [one.delivery for one in page.deliveries]
        assert (shown, page.total) == (expected, len(expected)), query
    foreign = await store.delivery_page(other.id, DeliveryQuery(9, session_id=made[2].id))
    assert (foreign.deliveries, foreign.total) == ((), 0)


@pytest.mark.parametrize("look_limit", [3, 2_000])
async def test_the_webhook_log_by_order_and_amount(
    store: Store, monkeypatch: pytest.MonkeyPatch, look_limit: int
) -> None:
    monkeypatch.setattr(deliveries, "LOOK_LIMIT", look_limit)
    monkeypatch.setattr(deliveries, "_STEP", 2)
    merchant, other = await open_shop(store), await open_shop(store)
    for shop in (merchant, other):
        for index in range(9):
            session = make_session(
                shop, index, amount=Sompi((index + 1) * 10**8), order_id=f"O-{index % 2}"
            )
            await store.add_session(session, make_event(session), deliver=True)
            if index % 3 == 0:
                event = make_event(session, EventType.EXPIRED, NOW + 9)
                await store.save_session(expired(session), (event,), deliver=True)
    log = (await store.delivery_page(merchant.id, DeliveryQuery(100))).deliveries
    assert len(log) == 12
    for low, high, order_id, events_wanted, limit in itertools.product(
        (None, 0, 4 * 10**8),
        (None, 6 * 10**8),
        (None, "O-1", "O-9"),
        (frozenset(), EXPIRED),
        (2, 9),
    ):
        wanted = DeliveryQuery(
            limit, events=events_wanted, order_id=order_id, amount_from=low, amount_to=high
        )
        expected = [
            one
            for one in log
            if (low is None or one.session.amount >= low)
            and (high is None or one.session.amount <= high)
            and order_id in (None, one.session.order_id)
            and (not events_wanted or one.delivery.event in events_wanted)
        ]
        found: list[LoggedDelivery] = []
        for _ in range(20):
            page = await store.delivery_page(merchant.id, wanted)
            found += page.deliveries
            if page.next_cursor is None:
                break
            wanted = evolve(wanted, after=page.next_cursor)
        assert found == expected, wanted
    for unknown in (
        "whl_nobody",
        (await store.delivery_page(other.id, DeliveryQuery(1))).deliveries[0].delivery.id,
    ):
        with pytest.raises(UnknownCursor):
            await store.delivery_page(merchant.id, DeliveryQuery(1, after=unknown))


async def test_of_an_order_with_very_many_deliveries_the_newest_are_looked_at(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "OF_ONE_SESSION", 3)
    merchant = await open_shop(store)
    for index in range(5):
        session = make_session(merchant, index, created_at=NOW + index, order_id="same")
        await store.add_session(session, make_event(session, at=NOW + index), deliver=True)
    page = await store.delivery_page(merchant.id, DeliveryQuery(9, order_id="same"))
    assert [one.session.created_at for one in page.deliveries] == [NOW + 4, NOW + 3, NOW + 2]
    assert (page.total, page.total_is_exact) == (3, False)


async def test_a_long_webhook_log_is_counted_up_to_a_limit(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "COUNT_LIMIT", 3)
    merchant = await open_shop(store)
    for index in range(4):
        await open_session(store, merchant, index)
    page = await store.delivery_page(merchant.id, DeliveryQuery(1))
    assert (page.total, page.total_is_exact) == (3, False)


async def test_an_event_has_one_delivery_at_most(store: Store) -> None:
    merchant = await open_shop(store)
    session = make_session(merchant)
    event = make_event(session)
    await store.add_session(session, event, deliver=False)
    assert await store.delivery_of_event(event.id) is None
    told: list[str] = []
    store.on_outbox(lambda committed: told.extend(one.id for one in committed))
    (delivery,) = deliveries_of((event,), at=NOW + 5)
    await store.add_delivery(delivery)
    assert await store.delivery_of_event(event.id) == delivery
    assert told == [delivery.id]
    with pytest.raises(Conflict) as refused:
        await store.add_delivery(evolve(delivery, id="whl_other"))
    assert refused.value.what == "delivery"


# The event log


async def read_log(store: Store, merchant: Merchant, wanted: EventQuery) -> list[str]:
    found: list[str] = []
    for _ in range(100):
        page = await store.event_page(merchant.id, wanted)
        found += [event.id for event in page.events]
        if not page.has_more:
            return found
        wanted = evolve(wanted, after=page.next_cursor)
    raise AssertionError("the log does not end")


async def test_the_log_is_read_in_the_order_of_commits_whatever_the_ids(store: Store) -> None:
    """Ids are made before the commit: the first id may be committed last."""
    merchant, other = await open_shop(store), await open_shop(store)
    made_first, made_second = make_session(merchant, 0), make_session(merchant, 1)
    early, late = make_event(made_first), make_event(made_second)
    assert early.id < late.id
    assert await store.newest_event_id(merchant.id) is None
    await store.add_session(made_second, late, deliver=False)
    page = await store.event_page(merchant.id, EventQuery(10))
    assert [event.id for event in page.events] == [late.id]
    await open_session(store, other)
    await store.add_session(made_first, early, deliver=False)

    page = await store.event_page(merchant.id, EventQuery(10, after=page.next_cursor))
    assert (page.events, page.has_more) == ((early,), False)
    assert page.next_cursor == early.id
    page = await store.event_page(merchant.id, EventQuery(10, after=page.next_cursor))
    assert (page.events, page.has_more, page.next_cursor) == ((), False, early.id)
    assert await store.newest_event_id(merchant.id) == early.id
    assert await store.event(late.id) == late
    assert await store.event("evt_unknown") is None


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("limit", [1, 3, 100])
async def test_the_log_by_type_and_session(
    store: Store, order: Order, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "LOOKED_AT", 2)
    merchant, other = await open_shop(store), await open_shop(store)
    log: list[Event] = []
    for index in range(4):
        session = make_session(merchant, index)
        first, last = make_event(session), make_event(session, EventType.EXPIRED)
        await store.add_session(session, first, deliver=False)
        later = [last] if index % 2 else []
        await store.save_session(expired(session), later, deliver=False)
        log += [first, *later]
    foreign = await open_session(store, other)
    if order is Order.NEWEST:
        log.reverse()

    def of(**wanted: object) -> EventQuery:
        return EventQuery(**({"limit": limit, "order": order} | wanted))  # type: ignore[arg-type]

    monkeypatch.setattr(events, "LOOKED_AT", 2 if limit < 100 else 1_000)
    for type_ in (EventType.PENDING, EventType.EXPIRED, EventType.LATE):
        expected = [event.id for event in log if event.type is type_]
        assert await read_log(store, merchant, of(type=type_)) == expected
    session_id = log[1].session_id
    expected = [event.id for event in log if event.session_id == session_id]
    assert await read_log(store, merchant, of(session_id=session_id)) == expected
    both = of(session_id=session_id, type=EventType.PENDING)
    assert len(await read_log(store, merchant, both)) == 1
    assert await read_log(store, merchant, of(session_id=foreign.id)) == []


async def test_a_cursor_of_the_log_is_an_event_of_the_same_merchant(store: Store) -> None:
    merchant, other = await open_shop(store), await open_shop(store)
    await open_session(store, other)
    foreign = await store.newest_event_id(other.id)
    for cursor in (foreign, "evt_unknown"):
        with pytest.raises(UnknownCursor):
            await store.event_page(merchant.id, EventQuery(5, after=cursor))


async def test_a_reader_who_resumes_misses_nothing_while_others_write(store: Store) -> None:
    merchant = await open_shop(store)
    told: list[str] = []
    store.on_events(lambda committed: told.extend(event.id for event in committed))
    read: list[str] = []
    cursor: str | None = None

    async def write(first: int) -> None:
        for index in range(first, first + 10):
            await open_session(store, merchant, index)

    async def follow() -> None:
        nonlocal cursor
        while len(read) < 50:
            page = await store.event_page(merchant.id, EventQuery(7, after=cursor))
            read.extend(event.id for event in page.events)
            cursor = page.next_cursor

    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(follow)
            for writer in range(5):
                nursery.start_soon(write, writer * 10)
    assert read == told, "what is told after commits is the log, in its order"
    assert len(set(read)) == 50


async def test_payments_page_by_page_in_the_order_of_their_places(store: Store) -> None:
    merchant, other = await open_shop(store), await open_shop(store)
    session = await open_session(store, merchant)
    await open_session(store, other)
    paid = [make_payment(amount) for amount in range(1, 8)]
    session = await store.save_session(holding(session, *paid), (), deliver=False)
    # A payment that a reorg took back and that was accepted again moves to the end.
    moved = evolve(session, ledger=session.ledger.credited(paid[2]))
    await store.save_session(moved, (), deliver=False)
    expected = [1, 2, 4, 5, 6, 7, 3]
    for limit in (1, 3, 7, 100):
        found: list[int] = []
        after: int | None = -1
        for _ in range(8):
            assert after is not None
            page = await store.payments_of_session(merchant.id, session.id, after, limit)
            assert (page.total, len(page.payments) <= limit) == (7, True)
            found += [payment.amount for payment in page.payments]
            after = page.next_cursor
            if after is None:
                break
        assert (after, found) == (None, expected)
    beyond = await store.payments_of_session(merchant.id, session.id, 7, 5)
    assert (beyond.payments, beyond.total, beyond.next_cursor) == ((), 7, None)
    foreign = await store.payments_of_session(other.id, session.id, -1, 5)
    assert (foreign.payments, foreign.total, foreign.next_cursor) == ((), 0, None)
