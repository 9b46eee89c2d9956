"""Writes example orders: each through the rules and the store, with its webhooks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from heapq import heapify, heappop, heappush
from random import Random
from typing import Final

import trio
from attrs import define, evolve, field
from trio.testing import wait_all_tasks_blocked

from actors.merchants.keyring import KeyRing
from actors.merchants.registry import MerchantRegistry, Registered
from actors.merchants.sign_in import SignIns
from actors.sessions.actor import event_row
from actors.sessions.decisions import Decision
from kasgate.access.secrets import new_subscription_token
from kasgate.audit import BY_API_KEY, BY_DASHBOARD, AuditEntry, Principal
from kasgate.cli.demo.orders import (
    CONFIRMATIONS,
    CURRENCY,
    DAY,
    HOUR,
    MINUTE,
    TIME_TO_PAY,
    Order,
    Seen,
    score_at,
)
from kasgate.events import Delivery, DeliveryState
from kasgate.kaspa.networks import Network
from kasgate.merchant import Merchant
from kasgate.sessions.observations import AcceptRequested, FailRequested, Moment
from kasgate.sessions.session import Session, SessionEvent, numbered
from kasgate.sessions.transitions import opened, step
from kasgate.sessions.valuation import ValueRate
from kasgate.store.calls import Store

_BAD_DAYS: Final = (12, 90, 233)
"""Days, counted from the first, on which the shop's server was down and its webhooks were given
up."""
_BROWSERS: Final = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
    " Gecko) Version/26.1 Mobile/15E148 Safari/604.1",
)
_TOGETHER: Final = 200
"""Writes in progress at once."""
_VISITS: Final = 30
_FROM: Final = "203.0.113.24"


@define
class PastOrders:
    """One merchant's past. The clock shows the time of the current write."""

    store: Store
    network: Network
    seed: int
    name: str
    """The merchant's."""
    webhook_url: str
    now: int = 0
    _outbox: list[Delivery] = field(factory=list)
    _writing: trio.Nursery = field(init=False)

    async def write(self, xpub: str, orders: Sequence[Order], until: int) -> Registered:
        """Register the merchant before the first order, and write everything that happened until
        then, in the order of time."""
        random = Random(self.seed)
        self.store.on_outbox(self._outbox.extend)
        self.now = first = orders[0].at - DAY
        book = MerchantRegistry(
            store=self.store,
            network=self.network,
            clock=lambda: self.now,
            refuse_url=any_url,
        )
        registered = await book.register(name=self.name, xpub=xpub, webhook_url=self.webhook_url)
        changes = {"display_currency": CURRENCY}
        merchant, _ = await book.update(registered.merchant, changes)
        registered = evolve(registered, merchant=merchant)
        keys = KeyRing(
            store=self.store, merchants=book, clock=lambda: self.now, ended=lambda *_: None
        )
        door = SignIns(self.store, book, keys, lambda: self.now, lambda *_: None)
        (key,) = await keys.keys(merchant)
        by = Principal(BY_API_KEY, _FROM, key.name)
        visits = sorted(random.randrange(first, until) for _ in range(_VISITS))
        visits += [until - 5 * HOUR, until - 40 * MINUTE]
        sessions: dict[int, Session] = {}
        # By time, then by order, so that later fields are never compared.
        due: list[tuple[int, int, int]] = [(order.at, n, -1) for n, order in enumerate(orders)]
        heapify(due)
        while due:
            async with trio.open_nursery() as self._writing:
                for _ in range(min(len(due), _TOGETHER)):
                    at, number, place = heappop(due)
                    while visits and visits[0] <= at:
                        self.now = visits.pop(0)
                        browser = random.choice(_BROWSERS)
                        await door.enter(merchant, by, key, browser, None)
                    self.now, order = at, orders[number]
                    if place < 0:
                        sessions[number] = await self._opened(book, merchant, order)
                    else:
                        seen, rate = order.seen[place], order.rate
                        sessions[number] = await self._step(sessions[number], seen, rate)
                    if place + 1 < len(order.seen):
                        heappush(due, (order.seen[place + 1].at, number, place + 1))
            await self._deliver(random, first, until)
        for visit in visits:
            self.now = visit
            await door.enter(merchant, by, key, _BROWSERS[0], None)
        return registered

    async def _opened(self, book: MerchantRegistry, merchant: Merchant, order: Order) -> Session:
        account_key, index, address = await book.next_address(merchant.id)
        session = Session(
            id=order.id,
            merchant_id=merchant.id,
            account_key=account_key.fingerprint,
            address=address,
            address_index=index,
            amount=order.amount,
            required_confirmations=CONFIRMATIONS,
            created_at=order.at,
            expires_at=order.at + TIME_TO_PAY,
            created_daa_score=None,
            subscription_token=new_subscription_token(),
            order_id=order.order_id,
            description=order.description,
            metadata=order.metadata,
            fiat=order.fiat,
        )
        row = event_row(opened(session))
        await self._queued(partial(self.store.add_session, session, row, deliver=True))
        return session

    async def _step(self, session: Session, seen: Seen, rate: ValueRate) -> Session:
        moment = Moment(seen.at, score_at(seen.at), rate)
        audit: tuple[AuditEntry, ...] = ()
        events: Sequence[SessionEvent]
        if isinstance(seen.observation, AcceptRequested | FailRequested):
            decision = Decision(seen.observation, Principal(BY_DASHBOARD, _FROM), seen.note)
            stepped, events = decision.take(session, moment)
            audit = decision.audit_entries(session, moment)
        else:
            stepped, events = step(session, seen.observation, moment)
        if stepped is session:
            return session
        stepped, events = numbered(stepped, events)
        rows = [event_row(event) for event in events]
        save = partial(self.store.save_session, stepped, rows, deliver=True, audit=audit)
        await self._queued(save)
        return evolve(stepped, version=stepped.version + 1, ledger=stepped.ledger.saved())

    async def _queued(self, write: Callable[[], Awaitable[object]]) -> None:
        """Begin a write behind all queued ones, so that many are committed together. A failure ends
        the whole run."""
        self._writing.start_soon(write)
        await wait_all_tasks_blocked()

    async def _deliver(self, random: Random, first: int, until: int) -> None:
        """Finish all deliveries of the outbox except the new ones."""
        async with trio.open_nursery() as nursery:
            for delivery in self._outbox:
                is_bad = (delivery.created_at - first) // DAY in _BAD_DAYS
                gone = _given_up if is_bad else _delivered
                outcome = gone(random, delivery)
                if (outcome.delivered_at or 0) < until:
                    nursery.start_soon(self.store.save_delivery, outcome)
        self._outbox.clear()


async def any_url(url: str, tenant: str) -> None:
    """Refuses no webhook URL: the shop's server is an example too."""


def _delivered(random: Random, delivery: Delivery) -> Delivery:
    attempts = random.choices((1, 2, 3, 6), (95, 3, 1, 1))[0]
    return evolve(
        delivery,
        state=DeliveryState.DELIVERED,
        attempts=attempts,
        next_attempt_at=None,
        status_code=200,
        response="ok",
        delivered_at=delivery.created_at + random.randrange(40, 400) + (attempts - 1) * MINUTE,
    )


def _given_up(random: Random, delivery: Delivery) -> Delivery:
    status, response = random.choice(
        ((500, "<h1>Internal Server Error</h1>"), (None, "The server does not answer: timed out"))
    )
    return evolve(
        delivery,
        state=DeliveryState.FAILED,
        attempts=14,
        next_attempt_at=None,
        status_code=status,
        response=response,
    )
