"""The contract of every Store, checked on the file store and the memory store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trio
from attrs import evolve

from kasgate.access.secrets import Vault
from kasgate.audit import AuditAction, AuditEntry
from kasgate.events import Delivery, DeliveryState
from kasgate.idempotency import KEPT_MS, IdempotentCall
from kasgate.kaspa.utxo import Outpoint
from kasgate.money import Sompi
from kasgate.sessions.payments import PaymentState
from kasgate.sessions.policy import Tier
from kasgate.sessions.session import EventType, Session, SessionStatus
from kasgate.store import calls
from kasgate.store.calls import Store
from kasgate.store.memory import MemoryStore
from kasgate.store.protocol import (
    ChainCursor,
    ChainGap,
    Conflict,
    LateWatch,
    StaleSession,
    StoreError,
    WrongNetwork,
)
from kasgate.store.sqlite import open_store
from tests.sample_sessions import holding
from tests.store.samples import (
    NOW,
    expired,
    make_event,
    make_key,
    make_merchant,
    make_payment,
    make_session,
    open_session,
    open_shop,
)


@pytest.fixture(params=["sqlite", "memory"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
    else:
        async with open_store(tmp_path / "kasgate.db", Vault.generate()) as opened:
            yield opened


# The network


async def test_a_database_serves_the_network_that_it_was_made_for(store: Store) -> None:
    await store.claim_network("simnet")
    await store.claim_network("simnet")
    with pytest.raises(WrongNetwork, match=r"belongs to simnet.*set to mainnet"):
        await store.claim_network("mainnet")


# Merchants


async def test_a_merchant_comes_back_as_stored(store: Store) -> None:
    assert not await store.has_merchants()
    merchant = await open_shop(store)
    bare = await open_shop(store, email=None, webhook_url=None)

    assert await store.has_merchants()
    assert await store.merchant(merchant.id) == merchant
    assert await store.merchant(bare.id) == bare
    assert await store.merchant("mer_unknown") is None


async def test_a_merchants_policy_comes_back_and_can_be_cleared(store: Store) -> None:
    policy = {
        "required_confirmations": 30,
        "confirmation_tiers": (Tier(Sompi(10**10), 5), Tier(None, 600)),
        "underpayment_tolerance": Sompi(7),
        "session_lifetime": 900,
        "late_acceptance": 7_200,
        "embed_origins": ("https://shop.example", "http://localhost:8080"),
        "brand_color": "#0a7468",
        "support_url": "https://shop.example/help",
        "support_email": "help@shop.example",
    }
    merchant = await open_shop(store, **policy)
    assert await store.merchant(merchant.id) == merchant
    plain = make_merchant(id=merchant.id, account_key=merchant.account_key)
    assert await store.update_merchant(plain) == plain
    assert await store.merchant(merchant.id) == plain
    assert await store.update_merchant(merchant) == merchant


async def test_a_logo_is_stored_with_its_merchant(store: Store) -> None:
    shop, other = await open_shop(store), await open_shop(store)
    png, digest = bytes(range(256)), "ab" * 32
    entry = AuditEntry("aud_1", shop.id, None, AuditAction.PROFILE_CHANGED, "me", None, {}, NOW)
    changed = await store.replace_logo(evolve(shop, logo=digest), png, [entry])
    assert changed == evolve(shop, logo=digest) == await store.merchant(shop.id)
    assert await store.logo(digest) == png
    assert await store.logo("cd" * 32) is None

    await store.replace_logo(evolve(other, logo=digest), png)
    newer = await store.replace_logo(evolve(shop, logo="cd" * 32), b"newer")
    assert (await store.logo(digest), await store.logo("cd" * 32)) == (png, b"newer")
    # Another change of the profile keeps it.
    await store.update_merchant(evolve(newer, name="Bean There"))
    assert await store.logo("cd" * 32) == b"newer"

    assert await store.replace_logo(shop, None) == shop
    assert await store.logo("cd" * 32) is None
    await store.replace_logo(other, None)
    assert await store.logo(digest) is None


async def test_all_merchants_are_listed_however_many_are_read_at_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "_MERCHANTS_PER_READ", 2)
    shops = [await open_shop(store) for _ in range(5)]
    assert await store.merchants() == shops


async def test_two_merchants_have_two_email_addresses(store: Store) -> None:
    first = await open_shop(store)
    with pytest.raises(Conflict) as refused:
        await open_shop(store, email=first.email)
    assert refused.value.what == "email"
    await open_shop(store, email=None)
    await open_shop(store, email=None)

    second = await open_shop(store)
    with pytest.raises(Conflict) as refused:
        await store.update_merchant(evolve(second, email=first.email))
    assert refused.value.what == "email"
    assert await store.merchant(second.id) == second


async def test_two_merchants_never_share_a_key_in_whatever_form_it_is_written(
    store: Store,
) -> None:
    first = await open_shop(store)
    same_key = evolve(first.account_key, prefix="xpub")
    with pytest.raises(Conflict) as refused:
        await open_shop(store, account_key=same_key)
    assert refused.value.what == "account_key"
    assert await store.merchants() == [first], "the refused merchant left nothing behind"


async def test_a_retired_key_stays_its_merchants(store: Store) -> None:
    first, second = await open_shop(store), await open_shop(store)
    await store.update_merchant(evolve(first, account_key=make_key()))
    with pytest.raises(Conflict) as refused:
        await store.update_merchant(evolve(second, account_key=first.account_key))
    assert refused.value.what == "account_key"
    assert await store.merchant(second.id) == second


async def test_each_key_of_a_merchant_goes_on_at_its_own_index(store: Store) -> None:
    merchant = await open_shop(store)
    for index in range(3):
        await open_session(store, merchant, index)

    moved = await store.update_merchant(evolve(merchant, account_key=make_key("xpub")))
    assert moved.next_address_index == 0
    await open_session(store, moved)
    assert (await store.merchant(merchant.id)) == evolve(moved, next_address_index=1)

    back = await store.update_merchant(evolve(moved, account_key=merchant.account_key))
    assert back.next_address_index == 3


async def test_setting_the_same_key_again_keeps_the_index(store: Store) -> None:
    merchant = await open_shop(store)
    await open_session(store, merchant, 6)
    rewritten = evolve(merchant.account_key, prefix="ktub")
    updated = await store.update_merchant(
        evolve(merchant, account_key=rewritten, name="New name", updated_at=NOW + 5)
    )
    assert updated == evolve(
        merchant,
        account_key=rewritten,
        name="New name",
        updated_at=NOW + 5,
        next_address_index=7,
    )


async def test_a_session_of_a_retired_key_does_not_move_the_present_ones_index(
    store: Store,
) -> None:
    merchant = await open_shop(store)
    moved = await store.update_merchant(evolve(merchant, account_key=make_key()))
    await open_session(store, merchant, 4)
    assert await store.merchant(merchant.id) == moved
    back = await store.update_merchant(merchant)
    assert back.next_address_index == 5


async def test_an_unknown_merchant_cant_be_updated(store: Store) -> None:
    with pytest.raises(StoreError, match="no merchant"):
        await store.update_merchant(make_merchant())
    assert not await store.has_merchants()


# Sessions


async def test_a_session_comes_back_as_stored(store: Store) -> None:
    merchant = await open_shop(store)
    session = await open_session(store, merchant)
    plain = make_session(
        merchant,
        1,
        order_id=None,
        description=None,
        metadata=None,
        redirect_url=None,
        created_daa_score=None,
    )
    await store.add_session(plain, make_event(plain), deliver=False)

    assert await store.session(session.id) == session
    assert await store.session_by_address(plain.address) == plain
    assert await store.session("unknown") is None
    assert await store.session_by_address("kaspasim:unknown") is None


async def test_the_terms_of_the_day_stay_with_a_session(store: Store) -> None:
    merchant = await open_shop(store)
    fiat = {"value": "19.99", "currency": "EUR", "sources": ["a", "b", "c"], "at": NOW}
    session = make_session(
        merchant, tolerance=Sompi(5), needs_attestation=True, fiat=fiat, redirect_url="https://x.io"
    )
    await store.add_session(session, make_event(session), deliver=False)
    assert await store.session(session.id) == session


async def test_indices_may_come_in_any_order_and_are_never_handed_out_again(
    store: Store,
) -> None:
    merchant = await open_shop(store)
    for index in (5, 3, 4):
        await open_session(store, merchant, index)
        assert await store.merchant(merchant.id) == evolve(merchant, next_address_index=6)


@pytest.mark.parametrize("taken", ["index", "address"])
async def test_an_address_is_given_to_one_session_only(store: Store, taken: str) -> None:
    merchant = await open_shop(store)
    first = await open_session(store, merchant)
    second = (
        make_session(merchant, 0, address="kaspasim:another")
        if taken == "index"
        else make_session(merchant, 1, address=first.address)
    )
    with pytest.raises(Conflict) as refused:
        await store.add_session(second, make_event(second), deliver=True)

    assert refused.value.what == "address"
    assert await store.session(second.id) is None
    assert await store.events_of_session(second.id) == []
    assert [delivery.session_id for delivery in await store.pending_deliveries("", 10)] == [
        first.id
    ]


async def test_a_session_needs_a_key_of_its_own_merchant(store: Store) -> None:
    merchant, other = await open_shop(store), await open_shop(store)
    stray = make_session(merchant, account_key=other.account_key.fingerprint)
    with pytest.raises(StoreError, match="not its merchant's"):
        await store.add_session(stray, make_event(stray), deliver=False)
    assert await store.session(stray.id) is None


async def test_a_change_needs_the_newest_version(store: Store) -> None:
    session = await open_session(store, await open_shop(store))
    pending = await store.save_session(
        evolve(session, status=SessionStatus.PENDING), (), deliver=False
    )
    assert pending.version == session.version + 1
    assert await store.session(session.id) == pending

    stale = holding(expired(session), make_payment())
    with pytest.raises(StaleSession):
        await store.save_session(stale, [make_event(session, EventType.EXPIRED)], deliver=True)
    assert await store.session(session.id) == pending
    assert [event.type for event in await store.events_of_session(session.id)] == [
        EventType.PENDING
    ]
    assert len(await store.pending_deliveries("", 10)) == 1


async def test_an_unknown_session_cant_be_saved(store: Store) -> None:
    session = make_session(await open_shop(store))
    with pytest.raises(StaleSession):
        await store.save_session(session, (), deliver=False)


async def test_payments_keep_their_order_while_they_come_change_and_move(store: Store) -> None:
    session = await open_session(store, await open_shop(store))
    first, second, third = make_payment(1), make_payment(2), make_payment(3)
    session = await store.save_session(holding(session, second, first), (), deliver=False)
    assert await store.session(session.id) == session

    moved = evolve(second, state=PaymentState.CONFIRMED, missing_since=None, spent_evidence=9)
    missing = evolve(first, missing_since=NOW, late=True, credited=False)
    session = await store.save_session(holding(session, missing, third, moved), (), deliver=False)
    assert await store.session(session.id) == session


async def test_two_outputs_of_one_transaction_are_two_payments(store: Store) -> None:
    session = await open_session(store, await open_shop(store))
    first = make_payment()
    second = evolve(first, outpoint=Outpoint(first.outpoint.transaction_id, 1))
    saved = await store.save_session(holding(session, first, second), (), deliver=False)
    assert await store.session(session.id) == saved


async def test_an_outpoint_pays_one_session_only(store: Store) -> None:
    merchant = await open_shop(store)
    first, second = await open_session(store, merchant), await open_session(store, merchant, 1)
    payment = make_payment()
    await store.save_session(holding(first, payment), (), deliver=False)
    with pytest.raises(Conflict) as refused:
        await store.save_session(holding(second, make_payment(), payment), (), deliver=False)
    assert refused.value.what == "outpoint"
    assert await store.session(second.id) == second


async def test_a_payment_that_is_stored_is_not_taken_for_new(store: Store) -> None:
    """It would count twice: the caller that saves it did not know it."""
    session = await open_session(store, await open_shop(store))
    payment = make_payment()
    paid = await store.save_session(holding(session, payment), (), deliver=False)
    unaware = evolve(holding(session, payment), version=paid.version)
    with pytest.raises(Conflict) as refused:
        await store.save_session(unaware, (), deliver=False)
    assert refused.value.what == "outpoint"
    assert await store.session(session.id) == paid


async def test_a_change_of_a_payment_that_is_not_stored_is_refused(store: Store) -> None:
    merchant = await open_shop(store)
    session, other = await open_session(store, merchant), await open_session(store, merchant, 1)
    paid = await store.save_session(holding(session, make_payment()), (), deliver=False)
    (payment,) = paid.payments
    changed = holding(paid, evolve(payment, late=True)).ledger
    with pytest.raises(StoreError, match="has no payment"):
        await store.save_session(evolve(other, ledger=changed), (), deliver=False)
    assert await store.session(other.id) == other


def a_line(session: Session, number: int = 1, **changes: Any) -> AuditEntry:
    entry = AuditEntry(
        id=f"aud_{number}",
        merchant_id=session.merchant_id,
        session_id=session.id,
        action=AuditAction.SESSION_FAILED,
        actor="api_key",
        note="<b>out</b> of \N{SNOWMAN}",
        details={"status": "pending", "receivedSompi": "5"},
        created_at=NOW + number,
    )
    return evolve(entry, **changes)


async def test_the_audit_log_is_written_with_what_it_tells_of(store: Store) -> None:
    merchant = await open_shop(store)
    session, other = await open_session(store, merchant), await open_session(store, merchant, 1)
    first = a_line(session, note=None, action=AuditAction.SESSION_ACCEPTED)
    second = a_line(session, 2)
    session = await store.save_session(session, (), deliver=False, audit=[first])
    await store.save_session(session, (), deliver=False, audit=[second])
    await store.save_session(other, (), deliver=False, audit=[a_line(other, 3)])
    assert await store.audit_of_session(session.id) == [first, second]
    assert await store.audit_of_session("unknown") == []


async def test_a_change_that_is_not_made_leaves_no_line_in_the_audit_log(store: Store) -> None:
    session = await open_session(store, await open_shop(store))
    await store.save_session(session, (), deliver=False)
    with pytest.raises(StaleSession):
        await store.save_session(expired(session), (), deliver=False, audit=[a_line(session)])
    assert await store.audit_of_session(session.id) == []


async def test_a_line_that_cant_be_written_undoes_the_change(store: Store) -> None:
    session = await open_session(store, await open_shop(store))
    saved = await store.save_session(session, (), deliver=False, audit=[a_line(session)])
    with pytest.raises(StoreError):
        await store.save_session(
            expired(saved),
            [make_event(saved, EventType.EXPIRED)],
            deliver=True,
            audit=[a_line(session)],
        )
    assert await store.session(session.id) == saved
    assert len(await store.events_of_session(session.id)) == 1


async def test_known_payments_are_told_from_new_outpoints(store: Store) -> None:
    session = await open_session(store, await open_shop(store))
    known, unknown = make_payment().outpoint, make_payment().outpoint
    other_index = Outpoint(known.transaction_id, 1)
    payment = make_payment(outpoint=known, state=PaymentState.WITHDRAWN)
    await store.save_session(holding(session, payment), (), deliver=False)
    assert await store.known_payments([unknown, known, other_index]) == {known: payment}


async def test_a_write_that_fails_half_way_leaves_nothing(store: Store) -> None:
    session = await open_session(store, await open_shop(store))
    # The second payment's amount fits no column, after the first was written.
    too_much = holding(expired(session), make_payment(), make_payment(amount=1 << 63))
    with pytest.raises(OverflowError):
        await store.save_session(too_much, [make_event(session, EventType.EXPIRED)], deliver=True)
    assert await store.session(session.id) == session
    assert len(await store.events_of_session(session.id)) == 1
    assert await store.known_payments([p.outpoint for p in too_much.payments]) == {}
    assert store.healthy


async def test_neighbours_of_a_write_that_fails_are_kept(store: Store) -> None:
    merchant = await open_shop(store)
    taken = await open_session(store, merchant)
    newcomers = [
        make_session(merchant, index, address=taken.address if index == 3 else f"kaspasim:{index}")
        for index in range(1, 6)
    ]
    refused: list[str] = []

    async def add(index: int) -> None:
        session = newcomers[index]
        try:
            await store.add_session(session, make_event(session), deliver=False)
        except Conflict:
            refused.append(session.id)

    async with trio.open_nursery() as nursery:
        for index in range(len(newcomers)):
            nursery.start_soon(add, index)

    assert refused == [newcomers[2].id]
    kept = [session.id for session in newcomers if await store.session(session.id) is not None]
    assert kept == [session.id for session in newcomers if session.id not in refused]


# Resuming


async def test_active_sessions_are_read_page_by_page_with_their_payments(store: Store) -> None:
    merchant = await open_shop(store)
    sessions = [await open_session(store, merchant, index) for index in range(7)]
    sessions.sort(key=lambda session: session.id)
    closed = await store.save_session(expired(sessions[2]), (), deliver=False)
    late = make_payment(late=True)
    closed_but_unsettled = await store.save_session(
        holding(expired(sessions[4]), late), (), deliver=False
    )
    paid = await store.save_session(
        holding(sessions[5], make_payment(), make_payment()), (), deliver=False
    )
    expected = [*sessions[:2], sessions[3], closed_but_unsettled, paid, sessions[6]]

    read, after = [], ""
    while page := await store.active_sessions(after, 2):
        assert len(page) <= 2
        read += page
        after = page[-1].id
    assert read == expected

    assert await store.late_watches(NOW, "", 10) == [LateWatch(closed.id, closed.address, NOW)]


async def test_late_watches_reach_back_to_a_time_and_are_read_page_by_page(
    store: Store,
) -> None:
    merchant = await open_shop(store)
    sessions = [await open_session(store, merchant, index) for index in range(5)]
    for age, session in enumerate(sessions):
        await store.save_session(expired(session, NOW - age), (), deliver=False)

    watches, after = [], ""
    while page := await store.late_watches(NOW - 3, after, 3):
        watches += page
        after = page[-1].session_id
    assert watches == sorted(watches, key=lambda watch: watch.session_id)
    assert {watch.session_id for watch in watches} == {session.id for session in sessions[:4]}


async def test_the_cursor_is_the_one_saved_last(store: Store) -> None:
    assert await store.cursor() is None
    await store.save_cursor(ChainCursor("aa", 100, NOW))
    await store.save_cursor(ChainCursor("bb", 90, NOW + 1))
    assert await store.cursor() == ChainCursor("bb", 90, NOW + 1)


async def test_of_the_cursors_one_a_second_and_then_one_a_minute_are_kept(store: Store) -> None:
    start = NOW // 60_000 * 60_000
    seconds = range(0, 1_200, 10)
    for second in seconds:
        await store.save_cursor(ChainCursor(f"{second:04x}", second * 10, start + second * 1_000))
    kept = [(cursor.at - start) // 1_000 for cursor in await store.cursors()]
    recent = [second for second in seconds if second > seconds[-1] - 900]
    assert [second for second in kept if second > seconds[-1] - 900] == sorted(
        [*recent, *(second for second in recent if second % 60 == 0)]
    )
    assert [second for second in kept if second <= seconds[-1] - 900] == [0, 60, 120, 180, 240]


async def test_a_minute_of_yesterday_gives_way_to_one_of_today(store: Store) -> None:
    start = NOW // 60_000 * 60_000
    await store.save_cursor(ChainCursor("aa", 1, start))
    await store.save_cursor(ChainCursor("bb", 2, start + 86_400_000 + 5_000))
    await store.save_cursor(ChainCursor("cc", 3, start + 86_400_000 + 6_000))
    names = [cursor.block_hash for cursor in await store.cursors()]
    assert names[-1] == "cc"
    assert names.count("bb") == 2


# Gaps


def a_gap(number: int, from_at: int) -> ChainGap:
    return ChainGap(f"gap_{number}", 100, from_at, 200, from_at + 60_000, "pruned")


async def test_gaps_are_open_until_they_are_searched_or_acknowledged(store: Store) -> None:
    first, second, third = [a_gap(number, NOW + number) for number in range(3)]
    for gap in (second, first, third):
        await store.record_gap(gap)
    assert await store.open_gaps() == [first, second, third]
    await store.close_searched_gap(first.id, NOW)
    assert await store.acknowledge_gap(second.id, NOW)
    assert await store.open_gaps() == [third]
    for gone in (first.id, second.id, "gap_unknown"):
        assert not await store.acknowledge_gap(gone, NOW)


async def test_a_gap_that_goes_on_takes_the_place_of_the_one_before(store: Store) -> None:
    await store.record_gap(a_gap(1, NOW))
    assert await store.acknowledge_gap("gap_1", NOW)
    longer = evolve(a_gap(2, NOW), to_at=NOW + 120_000)
    await store.record_gap(longer)
    assert await store.open_gaps() == [longer]


# Events and deliveries


async def test_events_come_in_the_order_in_which_they_happened(store: Store) -> None:
    session = await open_session(store, await open_shop(store))
    types = [EventType.PARTIAL, EventType.CONFIRMING, EventType.CONFIRMED, EventType.OVERPAID]
    # All in one millisecond, so that no id or time shows their order.
    session = await store.save_session(
        session, [make_event(session, type_) for type_ in types], deliver=False
    )
    await store.save_session(session, [make_event(session, EventType.EXPIRED)], deliver=False)

    events = await store.events_of_session(session.id)
    assert [event.type for event in events] == [EventType.PENDING, *types, EventType.EXPIRED]


async def test_an_event_with_a_delivery_is_told_after_the_commit(store: Store) -> None:
    merchant = await open_shop(store)
    told: list[Delivery] = []
    store.on_outbox(told.extend)
    session = make_session(merchant)
    event = make_event(session, payload='{"n":1}')
    await store.add_session(session, event, deliver=True)
    await trio.testing.wait_all_tasks_blocked()

    [delivery] = told
    assert delivery.id.startswith("whl_")
    assert delivery == Delivery(
        id=delivery.id,
        delivery_id=event.id,
        merchant_id=merchant.id,
        session_id=session.id,
        event=EventType.PENDING,
        payload='{"n":1}',
        created_at=NOW,
        next_attempt_at=NOW,
    )
    assert await store.delivery(delivery.id) == delivery
    assert await store.pending_deliveries("", 10) == [delivery]


async def test_no_delivery_without_a_receiver_and_none_of_a_write_that_failed(
    store: Store,
) -> None:
    merchant = await open_shop(store)
    told: list[Delivery] = []
    store.on_outbox(told.extend)
    session = make_session(merchant)
    await store.add_session(session, make_event(session), deliver=False)
    with pytest.raises(StaleSession):
        await store.save_session(evolve(session, version=5), [make_event(session)], deliver=True)
    await trio.testing.wait_all_tasks_blocked()
    assert told == []
    assert await store.pending_deliveries("", 10) == []


async def test_deliveries_of_one_transition_are_read_in_its_order(store: Store) -> None:
    session = await open_session(store, await open_shop(store))
    types = [EventType.PARTIAL, EventType.CONFIRMING, EventType.CONFIRMED, EventType.OVERPAID]
    await store.save_session(
        session, [make_event(session, type_, NOW + 1) for type_ in types], deliver=True
    )
    read, after = [], ""
    while page := await store.pending_deliveries(after, 2):
        read += page
        after = page[-1].id
    assert [delivery.event for delivery in read] == [EventType.PENDING, *types]


async def test_what_an_attempt_came_to_is_kept(store: Store) -> None:
    await open_session(store, await open_shop(store))
    [fresh] = await store.pending_deliveries("", 10)
    failed = evolve(
        fresh, attempts=1, next_attempt_at=NOW + 1_000, status_code=500, response="oh no"
    )
    await store.save_delivery(failed)
    assert await store.pending_deliveries("", 10) == [failed]

    done = evolve(
        failed,
        attempts=2,
        state=DeliveryState.DELIVERED,
        next_attempt_at=None,
        status_code=204,
        response="",
        delivered_at=NOW + 1_010,
    )
    await store.save_delivery(done)
    assert await store.pending_deliveries("", 10) == []
    assert await store.delivery(fresh.id) == done
    with pytest.raises(StoreError, match="no delivery"):
        await store.save_delivery(evolve(fresh, id="whl_unknown"))
    assert await store.delivery("whl_unknown") is None


async def test_an_operator_can_count(store: Store) -> None:
    merchant = await open_shop(store)
    await open_shop(store)
    session = await open_session(store, merchant)
    await open_session(store, merchant, 1)
    await store.save_session(
        expired(session), [make_event(session, EventType.EXPIRED)], deliver=True
    )
    counts = await store.counts()
    assert (counts.merchants, counts.active_sessions, counts.pending_deliveries) == (2, 1, 3)
    assert (store.healthy, store.detail) == (True, "ok")


# Calls that may be repeated


def made_call(merchant_id: str, **changes: object) -> IdempotentCall:
    call = IdempotentCall(merchant_id, "order-42", "fingerprint", NOW)
    return evolve(call, **changes)  # type: ignore[arg-type]


async def test_a_session_and_the_call_that_asked_for_it_are_stored_together(store: Store) -> None:
    shop = await open_shop(store)
    first = make_session(shop)
    call = made_call(shop.id, session_id=first.id)
    await store.add_session(first, make_event(first), True, call)
    assert await store.idempotent_call(shop.id, "order-42", NOW - 1) == call
    assert await store.idempotent_call(shop.id, "order-42", NOW) is None
    assert await store.idempotent_call(shop.id, "order-43", 0) is None
    assert await store.idempotent_call("mer_other", "order-42", 0) is None


async def test_a_call_that_was_made_takes_its_second_session_along(store: Store) -> None:
    shop = await open_shop(store)
    first, second = make_session(shop, 0), make_session(shop, 1)
    await store.add_session(first, make_event(first), True, made_call(shop.id, session_id=first.id))
    with pytest.raises(Conflict, match="idempotency_key"):
        await store.add_session(
            second, make_event(second), True, made_call(shop.id, session_id=second.id)
        )
    assert await store.session(second.id) is None
    assert len(await store.pending_deliveries("", 10)) == 1
    kept = await store.idempotent_call(shop.id, "order-42", 0)
    assert kept is not None
    assert kept.session_id == first.id


async def test_a_session_that_is_refused_takes_its_call_along(store: Store) -> None:
    shop = await open_shop(store)
    first = await open_session(store, shop)
    second = make_session(shop, 1, address=first.address)
    with pytest.raises(Conflict, match="address"):
        await store.add_session(
            second, make_event(second), True, made_call(shop.id, session_id=second.id)
        )
    assert await store.idempotent_call(shop.id, "order-42", 0) is None


async def test_a_key_is_free_again_after_a_day(store: Store) -> None:
    shop = await open_shop(store)
    await store.add_idempotent_call(made_call(shop.id, status=200, answer="{}"))
    with pytest.raises(Conflict, match="idempotency_key"):
        await store.add_idempotent_call(made_call(shop.id, made_at=NOW + KEPT_MS - 1))
    later = made_call(shop.id, made_at=NOW + KEPT_MS, fingerprint="another")
    await store.add_idempotent_call(later)
    assert await store.idempotent_call(shop.id, "order-42", NOW) == later


async def test_old_calls_are_forgotten_some_at_a_time(store: Store) -> None:
    shop = await open_shop(store)
    for number in range(5):
        await store.add_idempotent_call(made_call(shop.id, key=f"k{number}", made_at=NOW + number))
    assert await store.forget_idempotent_calls(NOW + 3, 3) == 3
    assert await store.forget_idempotent_calls(NOW + 3, 3) == 1
    assert await store.idempotent_call(shop.id, "k4", 0) is not None
