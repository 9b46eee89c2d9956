"""The webhook dispatcher: schedule, isolation, crashes and restarts, on a virtual clock."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from ipaddress import ip_network
from random import Random

import pytest
import structlog
import trio
import trio.testing
from attrs import define, evolve, field, frozen
from standardwebhooks import Webhook
from structlog.testing import capture_logs

import actors.webhooks.attempt
import actors.webhooks.dispatcher
import actors.webhooks.lanes
from actors.webhooks.dispatcher import WebhookDispatcher
from actors.webhooks.lanes import LANE_WIDTH, PROMPT_S, SLOTS
from actors.webhooks.ping import TRIALS_PER_MERCHANT, WebhookPing
from kasgate.access.secrets import new_webhook_secret
from kasgate.clock import system_clock
from kasgate.egress import DeliveryFailed, Egress, HttpAnswer, UrlRefused
from kasgate.events import Delivery, DeliveryState, Event
from kasgate.limits.fair_share import ResourceBusy
from kasgate.merchant import Merchant
from kasgate.sessions.session import EventType, Session
from kasgate.sessions.transitions import opened
from kasgate.store.memory import MemoryStore
from kasgate.store.protocol import StoreUnavailable
from kasgate.webhook import body, kasgate_signature
from tests.receivers import OK, answering, receiving
from tests.store.samples import make_api_key, make_event, make_merchant, make_session, open_shop

NOW = 1_760_000_000_000
TAIL = (300, 1_800)


def wall_clock() -> int:
    """Wall time that goes with Trio's."""
    return NOW + round(trio.current_time() * 1000)


@frozen
class Attempt:
    """A request that reached a receiver, and when, in seconds."""

    at: float
    url: str
    headers: Mapping[str, str]
    body: bytes


Behaviour = Callable[[Attempt], Awaitable[HttpAnswer]]


def answer(status: int, text: str = "", **headers: str) -> Behaviour:
    async def give(_attempt: Attempt) -> HttpAnswer:
        await trio.lowlevel.checkpoint()
        return HttpAnswer(status, {k.replace("_", "-"): v for k, v in headers.items()}, text)

    return give


def fail(error: Exception, after: float = 0.0) -> Behaviour:
    async def give(_attempt: Attempt) -> HttpAnswer:
        await trio.sleep(after)
        raise error

    return give


DEAD = fail(DeliveryFailed("No complete answer within 10 seconds."), after=10)


@define
class Internet:
    """Receivers by URL; each behaves as its script says, and in the end as its last line."""

    scripts: dict[str, list[Behaviour]] = field(factory=dict)
    attempts: list[Attempt] = field(factory=list)
    under_way: Counter[str] = field(factory=Counter)
    most_under_way: Counter[str] = field(factory=Counter)

    def script(self, merchant: Merchant, *behaviours: Behaviour) -> None:
        self.scripts[str(merchant.webhook_url)] = list(behaviours)

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, tenant: str
    ) -> HttpAnswer:
        attempt = Attempt(trio.current_time(), url, headers, body)
        self.attempts.append(attempt)
        self.under_way[url] += 1
        self.most_under_way[url] = max(self.most_under_way[url], self.under_way[url])
        script = self.scripts.get(url, [answer(200, "thanks")])
        try:
            return await (script.pop(0) if len(script) > 1 else script[0])(attempt)
        finally:
            self.under_way[url] -= 1

    def told(self, merchant: Merchant) -> list[tuple[str, int]]:
        """Session and sequence of what a merchant's receiver was told, in the order of asking."""
        bodies = [json.loads(a.body) for a in self.attempts if a.url == merchant.webhook_url]
        return [(told["sessionId"], told["sequence"]) for told in bodies]

    def times(self, merchant: Merchant) -> list[float]:
        """When a merchant's receiver was asked, in whole milliseconds."""
        return [round(a.at, 3) for a in self.attempts if a.url == merchant.webhook_url]


class House:
    """A store, merchants in it, receivers out there, and a dispatcher between them."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.internet = Internet()
        self.lookup: Callable[[str], Awaitable[Merchant | None]] = self.store.merchant
        self.dispatcher = self.new_dispatcher()
        self.store.on_outbox(self._committed)
        self._sessions = 0
        self._newest = ""

    def new_dispatcher(self, tail: tuple[int, ...] = TAIL) -> WebhookDispatcher:
        self.dispatcher = WebhookDispatcher(
            self.store,
            self.internet.post,
            self.merchant_now,
            wall_clock,
            tail,
            jitter=lambda: 0.0,
        )
        return self.dispatcher

    async def merchant_now(self, merchant_id: str) -> Merchant | None:
        return await self.lookup(merchant_id)

    @asynccontextmanager
    async def dispatching(self) -> AsyncIterator[WebhookDispatcher]:
        async with trio.open_nursery() as nursery:
            await nursery.start(self.dispatcher.run)
            yield self.dispatcher
            nursery.cancel_scope.cancel()

    async def merchant(self, *script: Behaviour) -> Merchant:
        merchant = make_merchant()
        merchant = evolve(merchant, webhook_url=f"https://{merchant.id}.example/hook")
        await self.store.add_merchant(merchant, make_api_key(merchant))
        if script:
            self.internet.script(merchant, *script)
        return merchant

    async def event(self, merchant: Merchant) -> str:
        """Let something happen that the merchant is told of; the log row's id."""
        self._sessions += 1
        session = make_session(merchant, self._sessions, order_id=f"order {self._sessions}")
        event = make_event(session, at=wall_clock())
        event = evolve(event, payload=body(opened(session), merchant.id, event.id))
        await self.store.add_session(session, event, deliver=True)
        return self._newest

    async def tell(self, merchant: Merchant, session: Session | None = None) -> Session:
        """Let something more happen to a session, or make one; the session as it is then."""
        if session is None:
            self._sessions += 1
            session = make_session(merchant, self._sessions)
            event = self._told(session, 1)
            await self.store.add_session(session, event, deliver=True)
            return session
        session = evolve(session, events_told=session.events_told + 1)
        event = self._told(session, session.events_told)
        return await self.store.save_session(session, (event,), deliver=True)

    @staticmethod
    def _told(session: Session, sequence: int) -> Event:
        event = make_event(session, at=wall_clock())
        told = evolve(opened(session), sequence=sequence)
        payload = body(told, session.merchant_id, event.id)
        return evolve(event, payload=payload, sequence=sequence)

    def _committed(self, deliveries: Sequence[Delivery]) -> None:
        self._newest = deliveries[-1].id
        self.dispatcher.enqueue(deliveries)

    async def delivery(self, log_id: str) -> Delivery:
        stored = await self.store.delivery(log_id)
        assert stored is not None
        return stored


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture(autouse=True)
def log_lines() -> Iterator[list[structlog.typing.EventDict]]:
    """What is logged, kept off the screen."""
    with capture_logs() as lines:
        yield lines


def assert_signed(attempt: Attempt, secret: str) -> None:
    headers = attempt.headers
    moment = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    expected = Webhook(secret).sign(headers["webhook-id"], moment, attempt.body.decode())
    assert expected in headers["webhook-signature"].split(" ")
    assert headers["X-KasGate-Signature"] == kasgate_signature(secret, attempt.body)
    assert moment.timestamp() == (NOW + int(attempt.at * 1000)) // 1000


async def test_500_500_200_makes_three_attempts_on_schedule_and_one_success(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    merchant = await house.merchant(answer(500), answer(500, "again"), answer(200, "thanks"))
    async with house.dispatching() as dispatcher:
        log_id = await house.event(merchant)
        await trio.sleep(60)
        assert house.internet.times(merchant) == [0, 1, 3]
        assert dispatcher.pending == dispatcher.lanes == dispatcher.under_way == 0
        assert (dispatcher.delivered, dispatcher.given_up) == (1, 0)
    row = await house.delivery(log_id)
    assert row.state is DeliveryState.DELIVERED
    assert (row.attempts, row.status_code, row.response) == (3, 200, "thanks")
    assert (row.delivered_at, row.next_attempt_at) == (NOW + 3_000, None)
    first, *others = house.internet.attempts
    assert json.loads(first.body)["deliveryId"] == row.delivery_id
    for attempt in others:
        assert attempt.body == first.body == row.payload.encode()
        assert attempt.headers["webhook-id"] == row.delivery_id
        assert attempt.headers["X-KasGate-Delivery-Id"] == row.delivery_id
    for attempt in house.internet.attempts:
        assert_signed(attempt, merchant.webhook_secret)
    signatures = {attempt.headers["webhook-signature"] for attempt in house.internet.attempts}
    assert len(signatures) == 3


async def test_every_attempt_is_in_the_log_with_the_time_of_the_next_one(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    merchant = await house.merchant(answer(500, "first"), fail(DeliveryFailed("No route.")), DEAD)
    async with house.dispatching():
        log_id = await house.event(merchant)
        await trio.sleep(0.5)
        row = await house.delivery(log_id)
        assert (row.attempts, row.status_code, row.response) == (1, 500, "first")
        assert (row.state, row.next_attempt_at) == (DeliveryState.PENDING, NOW + 1_000)
        await trio.sleep(1)
        row = await house.delivery(log_id)
        assert (row.attempts, row.status_code, row.response) == (2, None, "No route.")
        assert row.next_attempt_at == NOW + 3_000


async def test_five_attempts_then_the_slow_tail_then_it_is_given_up(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    merchant = await house.merchant(answer(302, "over there"))
    async with house.dispatching() as dispatcher:
        log_id = await house.event(merchant)
        await trio.sleep(80_000)
        assert house.internet.times(merchant) == [0, 1, 3, 7, 15, 315, 2_115]
        assert dispatcher.pending == 0
        assert (dispatcher.delivered, dispatcher.given_up) == (0, 1)
    row = await house.delivery(log_id)
    assert (row.state, row.attempts, row.next_attempt_at) == (DeliveryState.FAILED, 7, None)
    assert (row.status_code, row.response, row.delivered_at) == (302, "over there", None)


async def test_without_a_tail_five_attempts_are_all(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    merchant = await house.merchant(answer(500))
    house.new_dispatcher(tail=())
    async with house.dispatching():
        await house.event(merchant)
        await trio.sleep(80_000)
    assert house.internet.times(merchant) == [0, 1, 3, 7, 15]


async def test_a_receiver_may_ask_for_patience(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    merchant = await house.merchant(answer(503, retry_after="90"), answer(200))
    async with house.dispatching():
        await house.event(merchant)
        await trio.sleep(200)
    assert house.internet.times(merchant) == [0, 90]


async def test_a_receiver_that_is_gone_is_left_alone(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    merchant = await house.merchant(answer(410, "bye"))
    async with house.dispatching():
        log_id = await house.event(merchant)
        await trio.sleep(80_000)
    assert house.internet.times(merchant) == [0]
    row = await house.delivery(log_id)
    assert (row.state, row.status_code, row.response) == (DeliveryState.FAILED, 410, "bye")


async def test_a_url_that_turned_private_is_tried_again_on_schedule(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    merchant = await house.merchant(fail(UrlRefused("That is private.")), answer(200))
    async with house.dispatching():
        log_id = await house.event(merchant)
        await trio.sleep(0.5)
        assert (await house.delivery(log_id)).response == "That is private."
        await trio.sleep(1)
    assert (await house.delivery(log_id)).state is DeliveryState.DELIVERED


async def test_an_attempt_that_got_no_slot_is_put_off_and_counts_for_nothing(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    merchant = await house.merchant(*[fail(ResourceBusy("name lookups"))] * 9, answer(200))
    async with house.dispatching() as dispatcher:
        log_id = await house.event(merchant)
        await trio.sleep(17)
        row = await house.delivery(log_id)
        assert (row.state, row.attempts) == (DeliveryState.PENDING, 0)
        await trio.sleep(2)
        assert (dispatcher.put_off, dispatcher.failures, dispatcher.pending) == (9, 0, 0)
    row = await house.delivery(log_id)
    assert (row.state, row.attempts) == (DeliveryState.DELIVERED, 1)


async def test_a_merchant_without_url_gets_a_row_that_says_so(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    merchant = await house.merchant()
    await house.store.update_merchant(evolve(merchant, webhook_url=None))
    async with house.dispatching() as dispatcher:
        log_id = await house.event(merchant)
        await trio.sleep(1)
        assert dispatcher.pending == 0
    row = await house.delivery(log_id)
    assert (row.state, row.attempts) == (DeliveryState.FAILED, 0)
    assert row.response == actors.webhooks.attempt.NO_URL
    assert house.internet.attempts == []


async def test_a_merchant_who_is_no_more_gets_nothing(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    merchant = await house.merchant()

    async def nobody(_merchant_id: str) -> None:
        await trio.lowlevel.checkpoint()

    house.lookup = nobody
    async with house.dispatching():
        log_id = await house.event(merchant)
        await trio.sleep(1)
    assert (await house.delivery(log_id)).response == actors.webhooks.attempt.NO_MERCHANT


async def test_each_attempt_goes_by_the_url_and_the_secret_of_its_time(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    merchant = await house.merchant(answer(500))
    async with house.dispatching():
        await house.event(merchant)
        await trio.sleep(0.5)
        moved = evolve(
            merchant, webhook_url="https://new.example/", webhook_secret=new_webhook_secret()
        )
        await house.store.update_merchant(moved)
        await trio.sleep(1)
    first, second = house.internet.attempts
    assert (first.url, second.url) == (merchant.webhook_url, "https://new.example/")
    assert_signed(first, merchant.webhook_secret)
    assert_signed(second, moved.webhook_secret)


async def test_a_dead_endpoint_never_delays_another_merchants(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    dead, alive = await house.merchant(DEAD), await house.merchant()
    async with house.dispatching():
        for _ in range(100):
            await house.event(dead)
        for second in range(20):
            await house.event(alive)
            await trio.sleep(1)
            assert house.internet.times(alive)[-1] == second
    assert house.internet.most_under_way[str(dead.webhook_url)] == LANE_WIDTH


async def test_more_dead_endpoints_than_slots_do_not_delay_the_living(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    dead = [await house.merchant(DEAD) for _ in range(SLOTS + 50)]
    alive = await house.merchant()
    async with house.dispatching():
        for merchant in dead:
            await house.event(merchant)
            await house.event(merchant)
        await trio.sleep(25)
        assert sum(house.internet.under_way.values()) > 100
        started = trio.current_time()
        for _ in range(20):
            await house.event(alive)
        await trio.sleep(0.1)
        assert house.internet.times(alive) == [round(started, 3)] * 20


async def test_one_merchant_gets_eight_at_once(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    async def take_half_a_second(_attempt: Attempt) -> HttpAnswer:
        await trio.sleep(0.5)
        return HttpAnswer(200, {}, "")

    merchant = await house.merchant(take_half_a_second)
    async with house.dispatching() as dispatcher:
        for _ in range(25):
            await house.event(merchant)
        await trio.sleep(0.1)
        assert dispatcher.under_way == 1
        await trio.sleep(0.5)
        assert dispatcher.under_way == LANE_WIDTH
        await trio.sleep(5)
    assert house.internet.times(merchant) == [0, *[0.5] * 8, *[1.0] * 8, *[1.5] * 8]


async def test_the_first_attempt_at_an_endpoint_goes_alone_for_a_second_at_most(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    hangs, answers = await house.merchant(DEAD, answer(200)), await house.merchant()
    async with house.dispatching():
        for _ in range(5):
            await house.event(hangs)
            await house.event(answers)
        await trio.sleep(9)
        assert house.internet.times(hangs) == [0, *[PROMPT_S] * 4]
        assert house.internet.times(answers) == [0] * 5


async def test_an_endpoint_that_was_idle_while_its_first_call_hung_is_known_to_be_slow(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    merchant = await house.merchant(DEAD, answer(200))
    async with house.dispatching():
        await house.event(merchant)
        await trio.sleep(5)
        await house.event(merchant)
        await trio.sleep(1)
        assert house.internet.times(merchant) == [0, 5]


async def test_the_oldest_goes_first_a_retry_before_what_came_after_it(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    async def slowly(_attempt: Attempt) -> HttpAnswer:
        await trio.sleep(1)
        return HttpAnswer(200, {}, "")

    merchant = await house.merchant(answer(500), slowly)
    async with house.dispatching():
        for _ in range(12):
            await house.event(merchant)
            await trio.sleep(0.001)
        await trio.sleep(10)
    pending = [json.loads(attempt.body)["orderId"] for attempt in house.internet.attempts]
    assert pending[:9] == [f"order {n}" for n in range(1, 10)]
    assert pending[9] == "order 1"
    assert pending[10:] == ["order 10", "order 11", "order 12"]


async def test_a_lane_that_breaks_goes_on_and_loses_nothing(
    autojump_clock: trio.testing.MockClock,
    house: House,
    log_lines: list[structlog.typing.EventDict],
) -> None:
    broken, other = await house.merchant(), await house.merchant()
    breaks = 3

    async def lookup(merchant_id: str) -> Merchant | None:
        nonlocal breaks
        if merchant_id == broken.id and breaks:
            breaks -= 1
            raise RuntimeError("a bug")
        return await house.store.merchant(merchant_id)

    house.lookup = lookup
    async with house.dispatching() as dispatcher:
        rows = [await house.event(broken) for _ in range(5)]
        await house.event(other)
        await trio.sleep(0.05)
        assert house.internet.times(other) == [0]
        await trio.sleep(60)
        assert dispatcher.failures == 3
        assert dispatcher.pending == 0
    assert [line["merchant"] for line in log_lines] == [broken.id] * 3
    assert [(await house.delivery(row)).attempts for row in rows] == [1] * 5


async def test_a_delivery_that_breaks_its_lane_each_time_does_not_keep_the_others(
    autojump_clock: trio.testing.MockClock,
    house: House,
) -> None:
    async def take_a_second(attempt: Attempt) -> HttpAnswer:
        await trio.sleep(1)
        if b"order 1," in attempt.body.replace(b'"', b""):
            raise RuntimeError("a bug")
        return HttpAnswer(200, {}, "")

    merchant = await house.merchant(take_a_second)
    async with house.dispatching() as dispatcher:
        rows = [await house.event(merchant) for _ in range(20)]
        await trio.sleep(60)
        assert dispatcher.pending == 1
        assert dispatcher.failures > 2
    states = [(await house.delivery(row)).state for row in rows]
    assert states == [DeliveryState.PENDING] + [DeliveryState.DELIVERED] * 19


async def test_what_is_under_way_when_a_lane_breaks_is_not_cut(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    async def take_a_second(attempt: Attempt) -> HttpAnswer:
        if b"order 2," in attempt.body.replace(b'"', b"") and attempt.at == 0:
            raise RuntimeError("a bug")
        await trio.sleep(1)
        return HttpAnswer(200, {}, "")

    merchant = await house.merchant(answer(200), take_a_second)
    async with house.dispatching() as dispatcher:
        rows = [await house.event(merchant) for _ in range(9)]
        await trio.sleep(60)
        assert (dispatcher.failures, dispatcher.pending) == (1, 0)
    assert len(house.internet.attempts) == 10
    assert [(await house.delivery(row)).attempts for row in rows] == [1] * 9


async def test_a_lane_that_broke_starts_nothing_for_a_moment(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    merchant = await house.merchant(fail(RuntimeError("a bug")), answer(200))
    async with house.dispatching() as dispatcher:
        await house.event(merchant)
        await house.event(merchant)
        await trio.sleep(0.05)
        await house.event(merchant)
        await trio.sleep(60)
        assert dispatcher.failures == 1
    assert house.internet.times(merchant) == [0, 0.1, 0.1, 1.0]


async def test_with_few_porters_every_merchant_gets_its_turn(
    autojump_clock: trio.testing.MockClock, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actors.webhooks.lanes, "SLOTS", 2)

    async def take_half_a_second(_attempt: Attempt) -> HttpAnswer:
        await trio.sleep(0.5)
        return HttpAnswer(200, {}, "")

    busy = [await house.merchant(take_half_a_second) for _ in range(3)]
    quiet = await house.merchant(take_half_a_second)
    async with house.dispatching() as dispatcher:
        for merchant in busy:
            for _ in range(20):
                await house.event(merchant)
        await trio.sleep(6.1)
        served = [len(house.internet.times(merchant)) for merchant in busy]
        # Two porters, twelve times and once more; at first, while nobody knows how the endpoints
        # are, the two of the slow as well.
        assert 26 <= sum(served) <= 30
        assert max(served) - min(served) <= 2
        await house.event(quiet)
        await trio.sleep(2)
        assert len(house.internet.times(quiet)) == 1
        assert dispatcher.under_way == sum(house.internet.under_way.values()) == 2
        await trio.sleep(60)
        assert dispatcher.pending == dispatcher.under_way == 0


async def test_an_endpoint_that_turned_slow_is_served_by_the_porters_of_the_slow(
    autojump_clock: trio.testing.MockClock, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actors.webhooks.lanes, "SLOTS", 1)
    dead, alive = await house.merchant(DEAD), await house.merchant()
    async with house.dispatching() as dispatcher:
        for _ in range(5):
            await house.event(dead)
        await trio.sleep(12)
        for second in range(12, 42):
            await house.event(alive)
            await trio.sleep(1)
            assert house.internet.times(alive)[-1] == second
        assert len(house.internet.times(dead)) >= 4
        assert dispatcher.under_way == 1
    assert house.internet.most_under_way[str(dead.webhook_url)] <= 2


async def test_what_was_under_way_at_the_end_is_sent_again_by_the_next_run(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    merchant = await house.merchant(DEAD, answer(500), answer(200))
    async with house.dispatching():
        log_id = await house.event(merchant)
        await trio.sleep(5)
    assert house.dispatcher.pending == house.dispatcher.under_way == 0
    assert (await house.delivery(log_id)).attempts == 0
    house.new_dispatcher()
    async with house.dispatching():
        await trio.sleep(60)
    assert house.internet.times(merchant) == [0, 5, 6]
    assert (await house.delivery(log_id)).attempts == 2


async def test_a_retry_keeps_its_time_over_a_restart(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    merchant = await house.merchant(*[answer(500)] * 5, answer(200))
    async with house.dispatching():
        await house.event(merchant)
        await trio.sleep(100)
    await trio.sleep(100)
    house.new_dispatcher()
    async with house.dispatching():
        await trio.sleep(500)
    assert house.internet.times(merchant) == [0, 1, 3, 7, 15, 315]


async def test_the_same_dispatcher_can_run_again(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    merchant = await house.merchant()
    for number in range(1, 4):
        async with house.dispatching():
            await house.event(merchant)
            await trio.sleep(1)
        assert len(house.internet.attempts) == number


async def test_the_outbox_is_read_in_pages_at_the_start(
    autojump_clock: trio.testing.MockClock, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actors.webhooks.dispatcher, "PAGE", 3)
    merchants = [await house.merchant() for _ in range(2)]
    rows = [await house.event(merchants[n % 2]) for n in range(11)]
    house.new_dispatcher()
    async with house.dispatching():
        await trio.sleep(1)
    assert [(await house.delivery(row)).attempts for row in rows] == [1] * 11


async def test_what_is_due_at_the_start_is_read_once_and_what_is_not_once_more_in_its_time(
    autojump_clock: trio.testing.MockClock, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    due, waiting = await house.merchant(), await house.merchant(*[answer(500)] * 5, answer(200))
    late = await house.event(waiting)
    async with house.dispatching():
        await trio.sleep(100)
    rows = {await house.event(due) for _ in range(5)}
    read: list[str] = []
    read_one = house.store.delivery

    async def count(log_id: str) -> Delivery | None:
        read.append(log_id)
        return await read_one(log_id)

    monkeypatch.setattr(house.store, "delivery", count)
    house.new_dispatcher()
    async with house.dispatching() as dispatcher:
        await trio.sleep(60)
        assert (read, dispatcher.pending) == ([], 1)
        await trio.sleep(1_000)
        assert (read, dispatcher.pending) == ([late], 0)
    assert house.internet.times(due) == [100] * len(rows)


async def test_what_was_delivered_while_the_outbox_was_being_read_is_not_sent_again(
    autojump_clock: trio.testing.MockClock, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    merchant = await house.merchant()
    read_page = house.store.pending_deliveries

    async def read_slowly(after: str, limit: int) -> list[Delivery]:
        page = await read_page(after, limit)
        await trio.sleep(10)
        return page

    monkeypatch.setattr(house.store, "pending_deliveries", read_slowly)
    await house.event(merchant)
    async with house.dispatching() as dispatcher:
        await trio.sleep(60)
        assert dispatcher.pending == 0
    assert house.internet.times(merchant) == [0]


async def test_what_is_told_before_the_start_or_twice_is_sent_once(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    merchant = await house.merchant()
    row = await house.delivery(await house.event(merchant))
    house.dispatcher.enqueue([row, row])
    async with house.dispatching():
        house.dispatcher.enqueue([row])
        await trio.sleep(60)
        house.dispatcher.enqueue([await house.delivery(row.id)])
        await trio.sleep(60)
    assert house.internet.times(merchant) == [0]


async def test_while_the_database_is_down_an_outcome_waits_and_nothing_is_sent_twice(
    autojump_clock: trio.testing.MockClock,
    house: House,
) -> None:
    merchant = await house.merchant(answer(500), answer(200))
    async with house.dispatching() as dispatcher:
        log_id = await house.event(merchant)
        house.store.fail_next(*[StoreUnavailable("disk full")] * 6)
        await trio.sleep(3)
        assert house.internet.times(merchant) == [0]
        assert (await house.delivery(log_id)).attempts == 0
        await trio.sleep(60)
        assert dispatcher.failures == 0
    assert len(house.internet.attempts) == 2
    row = await house.delivery(log_id)
    assert (row.state, row.attempts) == (DeliveryState.DELIVERED, 2)


async def test_while_merchants_cannot_be_read_attempts_wait(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    merchant = await house.merchant()
    failures = [StoreUnavailable("busy")] * 4

    async def lookup(merchant_id: str) -> Merchant | None:
        if failures:
            raise failures.pop()
        return await house.store.merchant(merchant_id)

    house.lookup = lookup
    async with house.dispatching() as dispatcher:
        await house.event(merchant)
        await trio.sleep(60)
        assert dispatcher.failures == 0
    assert house.internet.times(merchant) == [1.8]


async def test_bodies_beyond_the_limit_are_read_when_they_are_due(
    autojump_clock: trio.testing.MockClock, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actors.webhooks.dispatcher, "BODIES_HELD", 2)
    merchant = await house.merchant(*[answer(500)] * 30, answer(200))
    rows = [await house.event(merchant) for _ in range(10)]
    async with house.dispatching():
        await trio.sleep(3_000)
    payloads = {(await house.delivery(row)).payload.encode() for row in rows}
    assert {attempt.body for attempt in house.internet.attempts} == payloads
    assert len(payloads) == 10
    assert {(await house.delivery(row)).state for row in rows} == {DeliveryState.DELIVERED}


async def test_a_merchants_share_of_memory_is_bounded_and_the_rest_follows(
    autojump_clock: trio.testing.MockClock, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actors.webhooks.dispatcher, "HELD_PER_MERCHANT", 6)
    dead, alive = (
        await house.merchant(DEAD, *[answer(500)] * 20, answer(200)),
        await house.merchant(),
    )
    async with house.dispatching() as dispatcher:
        rows = [await house.event(dead) for _ in range(30)]
        assert dispatcher.pending == 6
        await house.event(alive)
        await trio.sleep(0.01)
        assert house.internet.times(alive) == [0]
        assert dispatcher.pending == 6
        await trio.sleep(10_000)
        assert dispatcher.pending == 0
    assert {(await house.delivery(row)).state for row in rows} == {DeliveryState.DELIVERED}


async def test_waiting_retries_have_no_tasks(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    merchants = [await house.merchant(answer(500)) for _ in range(50)]
    async with house.dispatching() as dispatcher:
        before = trio.lowlevel.current_statistics().tasks_living
        for merchant in merchants:
            await house.event(merchant)
        await trio.sleep(20)
        assert dispatcher.pending == 50
        assert trio.lowlevel.current_statistics().tasks_living == before


async def test_a_delivery_can_be_sent_again_whatever_became_of_it(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    merchant = await house.merchant(answer(200, "first"), answer(204, "second"))
    async with house.dispatching() as dispatcher:
        log_id = await house.event(merchant)
        await trio.sleep(10)
        await dispatcher.resend(await house.delivery(log_id))
        await trio.sleep(10)
    assert house.internet.times(merchant) == [0, 10]
    row = await house.delivery(log_id)
    assert (row.state, row.attempts, row.status_code) == (DeliveryState.DELIVERED, 2, 204)
    assert row.delivered_at == NOW + 10_000


async def test_a_delivery_that_waits_can_be_sent_at_once(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    merchant = await house.merchant(*[answer(500)] * 6, answer(200))
    async with house.dispatching() as dispatcher:
        log_id = await house.event(merchant)
        await trio.sleep(100)
        await dispatcher.resend(await house.delivery(log_id))
        await dispatcher.resend(await house.delivery(log_id))
        await trio.sleep(5_000)
    assert house.internet.times(merchant) == [0, 1, 3, 7, 15, 100, 1_900]


async def test_sending_again_adds_nothing_to_an_attempt_under_way(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    merchant = await house.merchant(DEAD, answer(200))
    async with house.dispatching() as dispatcher:
        log_id = await house.event(merchant)
        await trio.sleep(1)
        await dispatcher.resend(await house.delivery(log_id))
        await trio.sleep(60)
    assert house.internet.times(merchant) == [0, 11]


async def test_draining_lets_attempts_finish_and_starts_no_more(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    async def take_a_second(_attempt: Attempt) -> HttpAnswer:
        await trio.sleep(1)
        return HttpAnswer(200, {}, "")

    merchant = await house.merchant(take_a_second)
    async with house.dispatching() as dispatcher:
        rows = [await house.event(merchant) for _ in range(22)]
        await trio.sleep(2.5)
        with trio.fail_after(5):
            await dispatcher.drain()
        assert trio.current_time() == 3
        await house.event(merchant)
        await trio.sleep(60)
    states = Counter([(await house.delivery(row)).state for row in rows])
    assert states == {DeliveryState.DELIVERED: 17, DeliveryState.PENDING: 5}
    assert len(house.internet.attempts) == 17


# Order within a session


async def test_a_call_that_hangs_holds_the_later_events_of_its_own_session_alone(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    merchant = await house.merchant(DEAD, answer(200))
    async with house.dispatching():
        hangs = await house.tell(merchant)
        others = [await house.tell(merchant) for _ in range(20)]
        await house.tell(merchant, hangs)
        for session in others:
            await house.tell(merchant, session)
        await trio.sleep(2)
        assert house.internet.times(merchant) == [0, *[PROMPT_S] * 40]
        assert house.internet.told(merchant).count((hangs.id, 2)) == 0
        await trio.sleep(60)
    assert [n for id_, n in house.internet.told(merchant) if id_ == hangs.id] == [1, 2, 1]
    assert house.internet.times(merchant)[-2:] == [10, 11]


async def test_a_later_event_waits_for_the_first_attempt_and_not_for_the_retries(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    merchant = await house.merchant(answer(500), answer(200))
    async with house.dispatching():
        session = await house.tell(merchant)
        session = await house.tell(merchant, session)
        await trio.sleep(60)
    assert [n for _, n in house.internet.told(merchant)] == [1, 2, 1]
    assert house.internet.times(merchant) == [0, 0, 1]


async def test_two_calls_about_one_session_are_never_under_way_at_once(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    async def slowly(_attempt: Attempt) -> HttpAnswer:
        await trio.sleep(3)
        return HttpAnswer(200, {}, "")

    merchant = await house.merchant(answer(500), slowly)
    async with house.dispatching():
        session = await house.tell(merchant)
        session = await house.tell(merchant, session)
        await trio.sleep(60)
    assert [n for _, n in house.internet.told(merchant)] == [1, 2, 1]
    assert house.internet.times(merchant) == [0, 0, 3]
    assert house.internet.most_under_way[str(merchant.webhook_url)] == 1


async def test_after_an_outage_the_earliest_of_a_session_goes_first(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    merchant = await house.merchant(answer(500))
    async with house.dispatching():
        session = await house.tell(merchant)
        for _ in range(4):
            session = await house.tell(merchant, session)
        await trio.sleep(60)
    house.internet.attempts.clear()
    house.internet.script(merchant, answer(200))
    await trio.sleep(1_000)
    house.new_dispatcher()
    async with house.dispatching():
        await trio.sleep(60)
    assert [n for _, n in house.internet.told(merchant)] == [1, 2, 3, 4, 5]


async def test_what_is_new_waits_for_what_the_outbox_still_holds_of_its_session(
    autojump_clock: trio.testing.MockClock, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    merchant = await house.merchant()
    before = await house.tell(merchant)
    read_page = house.store.pending_deliveries

    async def read_slowly(after: str, limit: int) -> list[Delivery]:
        await trio.sleep(10)
        return await read_page(after, limit)

    monkeypatch.setattr(house.store, "pending_deliveries", read_slowly)
    house.new_dispatcher()
    async with house.dispatching():
        await house.tell(merchant, before)
        fresh = await house.tell(merchant)
        await trio.sleep(60)
        assert house.dispatcher.pending == 0
    assert house.internet.told(merchant) == [(fresh.id, 1), (before.id, 1), (before.id, 2)]


async def test_order_holds_beyond_what_is_held_in_memory(
    autojump_clock: trio.testing.MockClock, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actors.webhooks.dispatcher, "HELD_PER_MERCHANT", 6)
    monkeypatch.setattr(actors.webhooks.dispatcher, "PAGE", 4)
    merchant = await house.merchant(DEAD, answer(200))
    async with house.dispatching() as dispatcher:
        sessions = [await house.tell(merchant) for _ in range(10)]
        for _ in range(5):
            sessions = [await house.tell(merchant, session) for session in sessions]
            await trio.sleep(2)
            assert dispatcher.pending <= 6
        await trio.sleep(1_000)
        assert dispatcher.pending == 0
    assert_in_order(house, merchant)
    assert len(set(house.internet.told(merchant))) == 60


async def test_sending_again_keeps_to_the_order(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    merchant = await house.merchant(answer(410))
    async with house.dispatching() as dispatcher:
        session = await house.tell(merchant)
        for _ in range(3):
            session = await house.tell(merchant, session)
        await trio.sleep(60)
        house.internet.attempts.clear()
        house.internet.script(merchant, DEAD, answer(200))
        for delivery in await house.store.failed_deliveries(merchant.id, 0, 10):
            await dispatcher.resend(delivery)
        await trio.sleep(60)
    assert [n for _, n in house.internet.told(merchant)] == [1, 2, 3, 4, 1]


async def test_a_delivery_that_breaks_its_lane_does_not_keep_the_rest_of_its_session(
    autojump_clock: trio.testing.MockClock, house: House
) -> None:
    merchant = await house.merchant(fail(RuntimeError("a bug")), answer(200))
    async with house.dispatching() as dispatcher:
        session = await house.tell(merchant)
        await house.tell(merchant, session)
        await trio.sleep(60)
        assert dispatcher.pending == 0
    assert [n for _, n in house.internet.told(merchant)] == [1, 2, 1]


@pytest.mark.parametrize("seed", range(12))
async def test_order_holds_whatever_receivers_do_and_over_restarts(
    autojump_clock: trio.testing.MockClock,
    house: House,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    random = Random(seed)
    monkeypatch.setattr(actors.webhooks.dispatcher, "HELD_PER_MERCHANT", random.choice([5, 40]))
    monkeypatch.setattr(actors.webhooks.dispatcher, "PAGE", 3)
    under_way: Counter[str] = Counter()

    async def anyhow(attempt: Attempt) -> HttpAnswer:
        session_id = json.loads(attempt.body)["sessionId"]
        under_way[session_id] += 1
        assert under_way[session_id] == 1
        try:
            await trio.sleep(random.choice([0, 0, 0.5, 10]))
        finally:
            under_way[session_id] -= 1
        if random.random() < 0.1:
            raise ResourceBusy("name lookups")
        if random.random() < 0.2:
            raise DeliveryFailed("No complete answer.")
        return HttpAnswer(random.choice([200, 200, 500]), {}, "")

    merchants = [await house.merchant(anyhow) for _ in range(2)]
    sessions: list[tuple[Merchant, Session]] = []
    for _ in range(4):
        house.new_dispatcher()
        async with house.dispatching():
            for _ in range(30):
                if sessions and random.random() < 0.7:
                    place = random.randrange(len(sessions))
                    merchant, session = sessions[place]
                    sessions[place] = merchant, await house.tell(merchant, session)
                else:
                    merchant = random.choice(merchants)
                    sessions.append((merchant, await house.tell(merchant)))
                await trio.sleep(random.choice([0, 0, 0.3, 3]))
    house.new_dispatcher()
    async with house.dispatching() as dispatcher:
        await trio.sleep(80_000)
        assert (dispatcher.pending, dispatcher.failures) == (0, 0)
    for merchant in merchants:
        assert_in_order(house, merchant)
    told = {pair for merchant in merchants for pair in house.internet.told(merchant)}
    assert len(told) == 120


@pytest.mark.parametrize("seed", range(8))
async def test_nothing_is_lost_stuck_or_sent_twice_when_lanes_break_end_and_begin_again(
    autojump_clock: trio.testing.MockClock, house: House, seed: int
) -> None:
    random = Random(seed)
    arrived: Counter[str] = Counter()
    under_way: Counter[str] = Counter()
    pauses = [0, 0, 0.4, 0.95, 1.0, 1.05, 9]

    async def anyhow(attempt: Attempt) -> HttpAnswer:
        event_id = attempt.headers["webhook-id"]
        under_way[attempt.url] += 1
        assert under_way[attempt.url] <= LANE_WIDTH
        assert not arrived[event_id]
        try:
            await trio.sleep(random.choice(pauses))
        finally:
            under_way[attempt.url] -= 1
        fate = random.random()
        if fate < 0.15:
            raise RuntimeError("a bug")
        if fate < 0.25:
            raise ResourceBusy("name lookups")
        if fate < 0.35:
            raise DeliveryFailed("No complete answer.")
        arrived[event_id] += 1
        return HttpAnswer(200, {}, "")

    merchants = [await house.merchant(anyhow) for _ in range(3)]
    for _ in range(3):
        house.new_dispatcher()
        async with house.dispatching() as dispatcher:
            for _ in range(25):
                for _ in range(random.choice([1, 1, 3, 12])):
                    await house.tell(random.choice(merchants))
                await trio.sleep(random.choice([*pauses, 40]))
            await dispatcher.drain()
            assert (dispatcher.under_way, under_way.total()) == (0, 0)
            asked = len(house.internet.attempts)
            await trio.sleep(5)
            assert len(house.internet.attempts) == asked
    house.new_dispatcher()
    async with trio.open_nursery() as nursery:
        await nursery.start(house.dispatcher.run)
        await trio.sleep(80_000)
        assert (house.dispatcher.pending, house.dispatcher.lanes) == (0, 0)
        # The three tasks of the dispatcher are left, and no worker or timer.
        (run,) = nursery.child_tasks
        children = [task for inner in run.child_nurseries for task in inner.child_tasks]
        assert sum(len(inner.child_tasks) for t in children for inner in t.child_nurseries) == 0
        nursery.cancel_scope.cancel()
    assert len(arrived) == house._sessions
    assert set(arrived.values()) == {1}


def assert_in_order(house: House, merchant: Merchant) -> None:
    """No event was told for the first time before all earlier ones of its session were."""
    highest: Counter[str] = Counter()
    for session_id, sequence in house.internet.told(merchant):
        assert sequence <= highest[session_id] + 1
        highest[session_id] = max(highest[session_id], sequence)


async def test_over_the_wire_a_receiver_verifies_what_it_gets() -> None:
    store = MemoryStore()
    async with receiving(answering(OK.replace(b"200 OK", b"503 No"), OK)) as receiver:
        egress = Egress((ip_network("127.0.0.0/8"),))
        url = f"http://127.0.0.1:{receiver.port}/hook"
        merchant = await open_shop(store, webhook_url=url)
        dispatcher = WebhookDispatcher(store, egress.post, store.merchant, system_clock, ())
        store.on_outbox(dispatcher.enqueue)
        session = make_session(merchant, created_at=system_clock())
        event = make_event(session, EventType.PENDING, at=system_clock())
        event = evolve(event, payload=body(opened(session), merchant.id, event.id))
        started = time.monotonic()
        async with trio.open_nursery() as nursery:
            await nursery.start(dispatcher.run)
            await store.add_session(session, event, deliver=True)
            with trio.fail_after(60):
                while dispatcher.pending:
                    await trio.testing.wait_all_tasks_blocked(0.01)
            nursery.cancel_scope.cancel()
        assert time.monotonic() - started >= 1.0
    assert len(receiver.requests) == 2
    for request in receiver.requests:
        told = Webhook(merchant.webhook_secret).verify(request.body, request.headers)
        assert told["sessionId"] == session.id
        assert told["orderId"] == "<b>SKU</b>"
        assert request.headers["content-type"] == "application/json"
        assert request.headers["x-kasgate-event"] == "payment.pending"


# Test events


async def test_a_merchant_has_few_test_events_under_way_and_keeps_no_other_waiting(
    autojump_clock: trio.testing.MockClock, house: House, nursery: trio.Nursery
) -> None:
    one, other = await house.merchant(DEAD), await house.merchant(DEAD)
    trials = WebhookPing(house.internet.post, wall_clock)
    refused = []

    async def send(merchant: Merchant) -> None:
        try:
            await trials.send(merchant)
        except ResourceBusy as busy:
            refused.append(busy)

    for _ in range(20):
        nursery.start_soon(send, one)
    nursery.start_soon(send, other)
    await trio.sleep(1)
    assert house.internet.most_under_way[str(one.webhook_url)] == TRIALS_PER_MERCHANT
    assert house.internet.times(other) == [0]
    await trio.sleep(60)
    assert len(house.internet.times(one)) + len(refused) == 20
    assert house.internet.most_under_way[str(one.webhook_url)] == TRIALS_PER_MERCHANT
