"""The year for the dashboard is one that a real gateway could have written."""

from __future__ import annotations

from collections import Counter

from kasgate.access.secrets import Vault
from kasgate.cli.demo.orders import DAY, orders
from kasgate.cli.demo.past import PastOrders
from kasgate.events import DeliveryState
from kasgate.kaspa.networks import Network
from kasgate.reports import DeliveryQuery, SessionQuery
from kasgate.sessions.observations import OutputSeen
from kasgate.sessions.session import SessionStatus
from kasgate.store.memory import MemoryStore
from tests.vectors import vectors
from tests.year import DAYS, NAME, WEBHOOK_URL

UNTIL = 1_795_000_000_000


def test_a_seed_makes_one_year_and_another_seed_another() -> None:
    year = list(orders(7, 300, UNTIL, DAYS))
    assert year == list(orders(7, 300, UNTIL, DAYS))
    assert year != list(orders(8, 300, UNTIL, DAYS))
    times = [order.at for order in year]
    assert times == sorted(times)
    assert times[0] >= UNTIL - DAYS * DAY
    assert times[-1] < UNTIL
    for order in year:
        seen = [one.at for one in order.seen]
        assert seen == sorted(seen), order
        assert all(order.at < at < UNTIL for at in seen)


async def test_the_books_hold_every_order_and_all_money_that_came() -> None:
    year = list(orders(7, 300, UNTIL, DAYS))
    vault = Vault.generate()
    store = MemoryStore(vault)
    made = await PastOrders(store, Network.SIMNET, 7, NAME, WEBHOOK_URL).write(
        vectors("kpubs")[0]["kpub"], year, UNTIL
    )
    merchant_id = made.merchant.id
    totals = await store.totals(merchant_id)
    paid = [seen.observation for order in year for seen in order.seen]
    came = sum(output.amount for output in paid if isinstance(output, OutputSeen))
    assert sum(totals.sessions.values()) == len(year)
    assert totals.received == came > 0
    page = await store.session_page(merchant_id, SessionQuery(limit=len(year)))
    listed = Counter(session.status for session in page.sessions)
    assert listed == +Counter(totals.sessions)
    assert totals.sessions[SessionStatus.CONFIRMED] > len(year) // 2
    # Only new deliveries are left in the outbox.
    deliveries = await store.delivery_page(merchant_id, DeliveryQuery(limit=10_000))
    sent = [one.delivery for one in deliveries.deliveries]
    old = [one for one in sent if one.created_at < UNTIL - DAY]
    assert {one.state for one in old} <= {DeliveryState.DELIVERED, DeliveryState.FAILED}
    assert len(sent) > 2 * len(year)
