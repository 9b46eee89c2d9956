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
    """Wall time that advances with Trio's virtual clock."""
    return NOW + round(trio.current_time() * 1000)


@frozen
class Attempt:
    """A request that reached a receiver, with its time in seconds."""

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
class Receivers:
    """Receivers by URL. Each behaves as its script says, and repeats the script's last entry."""

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

    def received(self, merchant: Merchant) -> list[tuple[str, int]]:
        """The session id and sequence of each request to a merchant's receiver, in order."""
        bodies = [json.loads(a.body) for a in self.attempts if a.url == merchant.webhook_url]
        return [(received["sessionId"], received["sequence"]) for received in bodies]

    def times(self, merchant: Merchant) -> list[float]:
        """The times of the requests to a merchant's receiver, rounded to milliseconds."""
        return [round(a.at, 3) for a in self.attempts if a.url == merchant.webhook_url]


class Rig:
    """A store with merchants, their receivers, and a dispatcher."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.receivers = Receivers()
        self.lookup: Callable[[str], Awaitable[Merchant | None]] = self.store.merchant
        self.dispatcher = self.new_dispatcher()
        self.store.on_outbox(self._committed)
        self._sessions = 0
        self._newest = ""

    def new_dispatcher(self, tail: tuple[int, ...] = TAIL) -> WebhookDispatcher:
        self.dispatcher = WebhookDispatcher(
            self.store,
            self.receivers.post,
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
            self.receivers.script(merchant, *script)
        return merchant

    async def event(self, merchant: Merchant) -> str:
        """Create a session, whose event is delivered to the merchant. Return the id of the log
        row."""
        self._sessions += 1
        session = make_session(merchant, self._sessions, order_id=f"order {self._sessions}")
        event = make_event(session, at=wall_clock())
        event = evolve(event, payload=body(opened(session), merchant.id, event.id))
        await self.store.add_session(session, event, deliver=True)
        return self._newest

    async def emit(self, merchant: Merchant, session: Session | None = None) -> Session:
        """Add one more event to a session, or create a session. Return its new state."""
        if session is None:
            self._sessions += 1
            session = make_session(merchant, self._sessions)
            event = self._event_of(session, 1)
            await self.store.add_session(session, event, deliver=True)
            return session
        session = evolve(session, events_told=session.events_told + 1)
        event = self._event_of(session, session.events_told)
        return await self.store.save_session(session, (event,), deliver=True)

    @staticmethod
    def _event_of(session: Session, sequence: int) -> Event:
        event = make_event(session, at=wall_clock())
        numbered = evolve(opened(session), sequence=sequence)
        payload = body(numbered, session.merchant_id, event.id)
        return evolve(event, payload=payload, sequence=sequence)

    def _committed(self, deliveries: Sequence[Delivery]) -> None:
        self._newest = deliveries[-1].id
        self.dispatcher.enqueue(deliveries)

    async def delivery(self, log_id: str) -> Delivery:
        stored = await self.store.delivery(log_id)
        assert stored is not None
        return stored


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest.fixture(autouse=True)
def log_lines() -> Iterator[list[structlog.typing.EventDict]]:
    """Captures log lines, which keeps them off the screen."""
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
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    merchant = await rig.merchant(answer(500), answer(500, "again"), answer(200, "thanks"))
    async with rig.dispatching() as dispatcher:
        log_id = await rig.event(merchant)
        await trio.sleep(60)
        assert rig.receivers.times(merchant) == [0, 1, 3]
        assert dispatcher.pending == dispatcher.lanes == dispatcher.under_way == 0
        assert (dispatcher.delivered, dispatcher.given_up) == (1, 0)
    row = await rig.delivery(log_id)
    assert row.state is DeliveryState.DELIVERED
    assert (row.attempts, row.status_code, row.response) == (3, 200, "thanks")
    assert (row.delivered_at, row.next_attempt_at) == (NOW + 3_000, None)
    first, *others = rig.receivers.attempts
    assert json.loads(first.body)["deliveryId"] == row.delivery_id
    for attempt in others:
        assert attempt.body == first.body == row.payload.encode()
        assert attempt.headers["webhook-id"] == row.delivery_id
        assert attempt.headers["X-KasGate-Delivery-Id"] == row.delivery_id
    for attempt in rig.receivers.attempts:
        assert_signed(attempt, merchant.webhook_secret)
    signatures = {attempt.headers["webhook-signature"] for attempt in rig.receivers.attempts}
    assert len(signatures) == 3


async def test_every_attempt_is_in_the_log_with_the_time_of_the_next_one(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    merchant = await rig.merchant(answer(500, "first"), fail(DeliveryFailed("No route.")), DEAD)
    async with rig.dispatching():
        log_id = await rig.event(merchant)
        await trio.sleep(0.5)
        row = await rig.delivery(log_id)
        assert (row.attempts, row.status_code, row.response) == (1, 500, "first")
        assert (row.state, row.next_attempt_at) == (DeliveryState.PENDING, NOW + 1_000)
        await trio.sleep(1)
        row = await rig.delivery(log_id)
        assert (row.attempts, row.status_code, row.response) == (2, None, "No route.")
        assert row.next_attempt_at == NOW + 3_000


async def test_five_attempts_then_the_slow_tail_then_it_is_given_up(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    merchant = await rig.merchant(answer(302, "over there"))
    async with rig.dispatching() as dispatcher:
        log_id = await rig.event(merchant)
        await trio.sleep(80_000)
        assert rig.receivers.times(merchant) == [0, 1, 3, 7, 15, 315, 2_115]
        assert dispatcher.pending == 0
        assert (dispatcher.delivered, dispatcher.given_up) == (0, 1)
    row = await rig.delivery(log_id)
    assert (row.state, row.attempts, row.next_attempt_at) == (DeliveryState.FAILED, 7, None)
    assert (row.status_code, row.response, row.delivered_at) == (302, "over there", None)


async def test_without_a_tail_five_attempts_are_all(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    merchant = await rig.merchant(answer(500))
    rig.new_dispatcher(tail=())
    async with rig.dispatching():
        await rig.event(merchant)
        await trio.sleep(80_000)
    assert rig.receivers.times(merchant) == [0, 1, 3, 7, 15]


async def test_retry_after_delays_the_next_attempt(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    merchant = await rig.merchant(answer(503, retry_after="90"), answer(200))
    async with rig.dispatching():
        await rig.event(merchant)
        await trio.sleep(200)
    assert rig.receivers.times(merchant) == [0, 90]


async def test_a_410_ends_the_delivery(autojump_clock: trio.testing.MockClock, rig: Rig) -> None:
    merchant = await rig.merchant(answer(410, "bye"))
    async with rig.dispatching():
        log_id = await rig.event(merchant)
        await trio.sleep(80_000)
    assert rig.receivers.times(merchant) == [0]
    row = await rig.delivery(log_id)
    assert (row.state, row.status_code, row.response) == (DeliveryState.FAILED, 410, "bye")


async def test_a_url_that_became_private_is_retried_on_schedule(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    merchant = await rig.merchant(fail(UrlRefused("That is private.")), answer(200))
    async with rig.dispatching():
        log_id = await rig.event(merchant)
        await trio.sleep(0.5)
        assert (await rig.delivery(log_id)).response == "That is private."
        await trio.sleep(1)
    assert (await rig.delivery(log_id)).state is DeliveryState.DELIVERED


async def test_an_attempt_without_a_slot_is_delayed_and_not_counted(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    merchant = await rig.merchant(*[fail(ResourceBusy("name lookups"))] * 9, answer(200))
    async with rig.dispatching() as dispatcher:
        log_id = await rig.event(merchant)
        await trio.sleep(17)
        row = await rig.delivery(log_id)
        assert (row.state, row.attempts) == (DeliveryState.PENDING, 0)
        await trio.sleep(2)
        assert (dispatcher.put_off, dispatcher.failures, dispatcher.pending) == (9, 0, 0)
    row = await rig.delivery(log_id)
    assert (row.state, row.attempts) == (DeliveryState.DELIVERED, 1)


async def test_a_merchant_without_url_gets_a_log_row_with_the_reason(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    merchant = await rig.merchant()
    await rig.store.update_merchant(evolve(merchant, webhook_url=None))
    async with rig.dispatching() as dispatcher:
        log_id = await rig.event(merchant)
        await trio.sleep(1)
        assert dispatcher.pending == 0
    row = await rig.delivery(log_id)
    assert (row.state, row.attempts) == (DeliveryState.FAILED, 0)
    assert row.response == actors.webhooks.attempt.NO_URL
    assert rig.receivers.attempts == []


async def test_a_deleted_merchant_gets_nothing(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    merchant = await rig.merchant()

    async def no_merchant(_merchant_id: str) -> None:
        await trio.lowlevel.checkpoint()

    rig.lookup = no_merchant
    async with rig.dispatching():
        log_id = await rig.event(merchant)
        await trio.sleep(1)
    assert (await rig.delivery(log_id)).response == actors.webhooks.attempt.NO_MERCHANT


async def test_each_attempt_uses_the_current_url_and_secret(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    merchant = await rig.merchant(answer(500))
    async with rig.dispatching():
        await rig.event(merchant)
        await trio.sleep(0.5)
        moved = evolve(
            merchant, webhook_url="https://new.example/", webhook_secret=new_webhook_secret()
        )
        await rig.store.update_merchant(moved)
        await trio.sleep(1)
    first, second = rig.receivers.attempts
    assert (first.url, second.url) == (merchant.webhook_url, "https://new.example/")
    assert_signed(first, merchant.webhook_secret)
    assert_signed(second, moved.webhook_secret)


async def test_a_dead_endpoint_never_delays_another_merchants(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    dead, alive = await rig.merchant(DEAD), await rig.merchant()
    async with rig.dispatching():
        for _ in range(100):
            await rig.event(dead)
        for second in range(20):
            await rig.event(alive)
            await trio.sleep(1)
            assert rig.receivers.times(alive)[-1] == second
    assert rig.receivers.most_under_way[str(dead.webhook_url)] == LANE_WIDTH


async def test_more_dead_endpoints_than_slots_do_not_delay_the_others(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    dead = [await rig.merchant(DEAD) for _ in range(SLOTS + 50)]
    alive = await rig.merchant()
    async with rig.dispatching():
        for merchant in dead:
            await rig.event(merchant)
            await rig.event(merchant)
        await trio.sleep(25)
        assert sum(rig.receivers.under_way.values()) > 100
        started = trio.current_time()
        for _ in range(20):
            await rig.event(alive)
        await trio.sleep(0.1)
        assert rig.receivers.times(alive) == [round(started, 3)] * 20


async def test_one_merchant_gets_at_most_eight_concurrent_attempts(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    async def take_half_a_second(_attempt: Attempt) -> HttpAnswer:
        await trio.sleep(0.5)
        return HttpAnswer(200, {}, "")

    merchant = await rig.merchant(take_half_a_second)
    async with rig.dispatching() as dispatcher:
        for _ in range(25):
            await rig.event(merchant)
        await trio.sleep(0.1)
        assert dispatcher.under_way == 1
        await trio.sleep(0.5)
        assert dispatcher.under_way == LANE_WIDTH
        await trio.sleep(5)
    assert rig.receivers.times(merchant) == [0, *[0.5] * 8, *[1.0] * 8, *[1.5] * 8]


async def test_the_first_attempt_at_an_endpoint_runs_alone_for_at_most_a_second(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    hangs, answers = await rig.merchant(DEAD, answer(200)), await rig.merchant()
    async with rig.dispatching():
        for _ in range(5):
            await rig.event(hangs)
            await rig.event(answers)
        await trio.sleep(9)
        assert rig.receivers.times(hangs) == [0, *[PROMPT_S] * 4]
        assert rig.receivers.times(answers) == [0] * 5


async def test_an_endpoint_whose_only_call_hung_is_known_to_be_slow(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    merchant = await rig.merchant(DEAD, answer(200))
    async with rig.dispatching():
        await rig.event(merchant)
        await trio.sleep(5)
        await rig.event(merchant)
        await trio.sleep(1)
        assert rig.receivers.times(merchant) == [0, 5]


async def test_the_oldest_is_sent_first_and_a_retry_before_later_deliveries(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    async def slowly(_attempt: Attempt) -> HttpAnswer:
        await trio.sleep(1)
        return HttpAnswer(200, {}, "")

    merchant = await rig.merchant(answer(500), slowly)
    async with rig.dispatching():
        for _ in range(12):
            await rig.event(merchant)
            await trio.sleep(0.001)
        await trio.sleep(10)
    pending = [json.loads(attempt.body)["orderId"] for attempt in rig.receivers.attempts]
    assert pending[:9] == [f"order {n}" for n in range(1, 10)]
    assert pending[9] == "order 1"
    assert pending[10:] == ["order 10", "order 11", "order 12"]


async def test_a_failed_lane_continues_and_loses_nothing(
    autojump_clock: trio.testing.MockClock,
    rig: Rig,
    log_lines: list[structlog.typing.EventDict],
) -> None:
    broken, other = await rig.merchant(), await rig.merchant()
    breaks = 3

    async def lookup(merchant_id: str) -> Merchant | None:
        nonlocal breaks
        if merchant_id == broken.id and breaks:
            breaks -= 1
            raise RuntimeError("a bug")
        return await rig.store.merchant(merchant_id)

    rig.lookup = lookup
    async with rig.dispatching() as dispatcher:
        rows = [await rig.event(broken) for _ in range(5)]
        await rig.event(other)
        await trio.sleep(0.05)
        assert rig.receivers.times(other) == [0]
        await trio.sleep(60)
        assert dispatcher.failures == 3
        assert dispatcher.pending == 0
    assert [line["merchant"] for line in log_lines] == [broken.id] * 3
    assert [(await rig.delivery(row)).attempts for row in rows] == [1] * 5


async def test_a_delivery_that_always_fails_its_lane_does_not_block_the_others(
    autojump_clock: trio.testing.MockClock,
    rig: Rig,
) -> None:
    async def take_a_second(attempt: Attempt) -> HttpAnswer:
        await trio.sleep(1)
        if b"order 1," in attempt.body.replace(b'"', b""):
            raise RuntimeError("a bug")
        return HttpAnswer(200, {}, "")

    merchant = await rig.merchant(take_a_second)
    async with rig.dispatching() as dispatcher:
        rows = [await rig.event(merchant) for _ in range(20)]
        await trio.sleep(60)
        assert dispatcher.pending == 1
        assert dispatcher.failures > 2
    states = [(await rig.delivery(row)).state for row in rows]
    assert states == [DeliveryState.PENDING] + [DeliveryState.DELIVERED] * 19


async def test_attempts_in_progress_are_not_cut_when_their_lane_fails(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    async def take_a_second(attempt: Attempt) -> HttpAnswer:
        if b"order 2," in attempt.body.replace(b'"', b"") and attempt.at == 0:
            raise RuntimeError("a bug")
        await trio.sleep(1)
        return HttpAnswer(200, {}, "")

    merchant = await rig.merchant(answer(200), take_a_second)
    async with rig.dispatching() as dispatcher:
        rows = [await rig.event(merchant) for _ in range(9)]
        await trio.sleep(60)
        assert (dispatcher.failures, dispatcher.pending) == (1, 0)
    assert len(rig.receivers.attempts) == 10
    assert [(await rig.delivery(row)).attempts for row in rows] == [1] * 9


async def test_a_failed_lane_pauses_before_it_continues(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    merchant = await rig.merchant(fail(RuntimeError("a bug")), answer(200))
    async with rig.dispatching() as dispatcher:
        await rig.event(merchant)
        await rig.event(merchant)
        await trio.sleep(0.05)
        await rig.event(merchant)
        await trio.sleep(60)
        assert dispatcher.failures == 1
    assert rig.receivers.times(merchant) == [0, 0.1, 0.1, 1.0]


async def test_with_few_workers_every_merchant_gets_its_turn(
    autojump_clock: trio.testing.MockClock, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actors.webhooks.lanes, "SLOTS", 2)

    async def take_half_a_second(_attempt: Attempt) -> HttpAnswer:
        await trio.sleep(0.5)
        return HttpAnswer(200, {}, "")

    busy = [await rig.merchant(take_half_a_second) for _ in range(3)]
    quiet = await rig.merchant(take_half_a_second)
    async with rig.dispatching() as dispatcher:
        for merchant in busy:
            for _ in range(20):
                await rig.event(merchant)
        await trio.sleep(6.1)
        served = [len(rig.receivers.times(merchant)) for merchant in busy]
        # Two workers, twelve times and once more. At first the pace of the endpoints is unknown, so
        # the two workers for slow endpoints work too.
        assert 26 <= sum(served) <= 30
        assert max(served) - min(served) <= 2
        await rig.event(quiet)
        await trio.sleep(2)
        assert len(rig.receivers.times(quiet)) == 1
        assert dispatcher.under_way == sum(rig.receivers.under_way.values()) == 2
        await trio.sleep(60)
        assert dispatcher.pending == dispatcher.under_way == 0


async def test_an_endpoint_that_became_slow_is_served_by_the_workers_for_slow_ones(
    autojump_clock: trio.testing.MockClock, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actors.webhooks.lanes, "SLOTS", 1)
    dead, alive = await rig.merchant(DEAD), await rig.merchant()
    async with rig.dispatching() as dispatcher:
        for _ in range(5):
            await rig.event(dead)
        await trio.sleep(12)
        for second in range(12, 42):
            await rig.event(alive)
            await trio.sleep(1)
            assert rig.receivers.times(alive)[-1] == second
        assert len(rig.receivers.times(dead)) >= 4
        assert dispatcher.under_way == 1
    assert rig.receivers.most_under_way[str(dead.webhook_url)] <= 2


async def test_attempts_cut_at_the_end_are_repeated_by_the_next_run(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    merchant = await rig.merchant(DEAD, answer(500), answer(200))
    async with rig.dispatching():
        log_id = await rig.event(merchant)
        await trio.sleep(5)
    assert rig.dispatcher.pending == rig.dispatcher.under_way == 0
    assert (await rig.delivery(log_id)).attempts == 0
    rig.new_dispatcher()
    async with rig.dispatching():
        await trio.sleep(60)
    assert rig.receivers.times(merchant) == [0, 5, 6]
    assert (await rig.delivery(log_id)).attempts == 2


async def test_a_retry_keeps_its_time_over_a_restart(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    merchant = await rig.merchant(*[answer(500)] * 5, answer(200))
    async with rig.dispatching():
        await rig.event(merchant)
        await trio.sleep(100)
    await trio.sleep(100)
    rig.new_dispatcher()
    async with rig.dispatching():
        await trio.sleep(500)
    assert rig.receivers.times(merchant) == [0, 1, 3, 7, 15, 315]


async def test_the_same_dispatcher_can_run_again(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    merchant = await rig.merchant()
    for number in range(1, 4):
        async with rig.dispatching():
            await rig.event(merchant)
            await trio.sleep(1)
        assert len(rig.receivers.attempts) == number


async def test_the_outbox_is_read_in_pages_at_the_start(
    autojump_clock: trio.testing.MockClock, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actors.webhooks.dispatcher, "PAGE", 3)
    merchants = [await rig.merchant() for _ in range(2)]
    rows = [await rig.event(merchants[n % 2]) for n in range(11)]
    rig.new_dispatcher()
    async with rig.dispatching():
        await trio.sleep(1)
    assert [(await rig.delivery(row)).attempts for row in rows] == [1] * 11


async def test_due_deliveries_are_read_once_and_later_ones_again_when_due(
    autojump_clock: trio.testing.MockClock, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    due, waiting = await rig.merchant(), await rig.merchant(*[answer(500)] * 5, answer(200))
    late = await rig.event(waiting)
    async with rig.dispatching():
        await trio.sleep(100)
    rows = {await rig.event(due) for _ in range(5)}
    read: list[str] = []
    read_one = rig.store.delivery

    async def count(log_id: str) -> Delivery | None:
        read.append(log_id)
        return await read_one(log_id)

    monkeypatch.setattr(rig.store, "delivery", count)
    rig.new_dispatcher()
    async with rig.dispatching() as dispatcher:
        await trio.sleep(60)
        assert (read, dispatcher.pending) == ([], 1)
        await trio.sleep(1_000)
        assert (read, dispatcher.pending) == ([late], 0)
    assert rig.receivers.times(due) == [100] * len(rows)


async def test_a_delivery_settled_during_the_read_of_the_outbox_is_not_repeated(
    autojump_clock: trio.testing.MockClock, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    merchant = await rig.merchant()
    read_page = rig.store.pending_deliveries

    async def read_slowly(after: str, limit: int) -> list[Delivery]:
        page = await read_page(after, limit)
        await trio.sleep(10)
        return page

    monkeypatch.setattr(rig.store, "pending_deliveries", read_slowly)
    await rig.event(merchant)
    async with rig.dispatching() as dispatcher:
        await trio.sleep(60)
        assert dispatcher.pending == 0
    assert rig.receivers.times(merchant) == [0]


async def test_a_delivery_enqueued_before_the_start_or_twice_is_sent_once(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    merchant = await rig.merchant()
    row = await rig.delivery(await rig.event(merchant))
    rig.dispatcher.enqueue([row, row])
    async with rig.dispatching():
        rig.dispatcher.enqueue([row])
        await trio.sleep(60)
        rig.dispatcher.enqueue([await rig.delivery(row.id)])
        await trio.sleep(60)
    assert rig.receivers.times(merchant) == [0]


async def test_while_the_database_is_down_an_outcome_waits_and_nothing_is_sent_twice(
    autojump_clock: trio.testing.MockClock,
    rig: Rig,
) -> None:
    merchant = await rig.merchant(answer(500), answer(200))
    async with rig.dispatching() as dispatcher:
        log_id = await rig.event(merchant)
        rig.store.fail_next(*[StoreUnavailable("disk full")] * 6)
        await trio.sleep(3)
        assert rig.receivers.times(merchant) == [0]
        assert (await rig.delivery(log_id)).attempts == 0
        await trio.sleep(60)
        assert dispatcher.failures == 0
    assert len(rig.receivers.attempts) == 2
    row = await rig.delivery(log_id)
    assert (row.state, row.attempts) == (DeliveryState.DELIVERED, 2)


async def test_while_merchants_cannot_be_read_attempts_wait(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    merchant = await rig.merchant()
    failures = [StoreUnavailable("busy")] * 4

    async def lookup(merchant_id: str) -> Merchant | None:
        if failures:
            raise failures.pop()
        return await rig.store.merchant(merchant_id)

    rig.lookup = lookup
    async with rig.dispatching() as dispatcher:
        await rig.event(merchant)
        await trio.sleep(60)
        assert dispatcher.failures == 0
    assert rig.receivers.times(merchant) == [1.8]


async def test_bodies_beyond_the_limit_are_read_when_they_are_due(
    autojump_clock: trio.testing.MockClock, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actors.webhooks.dispatcher, "BODIES_HELD", 2)
    merchant = await rig.merchant(*[answer(500)] * 30, answer(200))
    rows = [await rig.event(merchant) for _ in range(10)]
    async with rig.dispatching():
        await trio.sleep(3_000)
    payloads = {(await rig.delivery(row)).payload.encode() for row in rows}
    assert {attempt.body for attempt in rig.receivers.attempts} == payloads
    assert len(payloads) == 10
    assert {(await rig.delivery(row)).state for row in rows} == {DeliveryState.DELIVERED}


async def test_a_merchants_deliveries_in_memory_are_bounded_and_the_rest_follows(
    autojump_clock: trio.testing.MockClock, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actors.webhooks.dispatcher, "HELD_PER_MERCHANT", 6)
    dead, alive = (
        await rig.merchant(DEAD, *[answer(500)] * 20, answer(200)),
        await rig.merchant(),
    )
    async with rig.dispatching() as dispatcher:
        rows = [await rig.event(dead) for _ in range(30)]
        assert dispatcher.pending == 6
        await rig.event(alive)
        await trio.sleep(0.01)
        assert rig.receivers.times(alive) == [0]
        assert dispatcher.pending == 6
        await trio.sleep(10_000)
        assert dispatcher.pending == 0
    assert {(await rig.delivery(row)).state for row in rows} == {DeliveryState.DELIVERED}


async def test_waiting_retries_have_no_tasks(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    merchants = [await rig.merchant(answer(500)) for _ in range(50)]
    async with rig.dispatching() as dispatcher:
        before = trio.lowlevel.current_statistics().tasks_living
        for merchant in merchants:
            await rig.event(merchant)
        await trio.sleep(20)
        assert dispatcher.pending == 50
        assert trio.lowlevel.current_statistics().tasks_living == before


async def test_a_delivery_in_any_state_can_be_sent_again(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    merchant = await rig.merchant(answer(200, "first"), answer(204, "second"))
    async with rig.dispatching() as dispatcher:
        log_id = await rig.event(merchant)
        await trio.sleep(10)
        await dispatcher.resend(await rig.delivery(log_id))
        await trio.sleep(10)
    assert rig.receivers.times(merchant) == [0, 10]
    row = await rig.delivery(log_id)
    assert (row.state, row.attempts, row.status_code) == (DeliveryState.DELIVERED, 2, 204)
    assert row.delivered_at == NOW + 10_000


async def test_a_waiting_delivery_can_be_sent_at_once(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    merchant = await rig.merchant(*[answer(500)] * 6, answer(200))
    async with rig.dispatching() as dispatcher:
        log_id = await rig.event(merchant)
        await trio.sleep(100)
        await dispatcher.resend(await rig.delivery(log_id))
        await dispatcher.resend(await rig.delivery(log_id))
        await trio.sleep(5_000)
    assert rig.receivers.times(merchant) == [0, 1, 3, 7, 15, 100, 1_900]


async def test_sending_again_adds_nothing_to_an_attempt_under_way(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    merchant = await rig.merchant(DEAD, answer(200))
    async with rig.dispatching() as dispatcher:
        log_id = await rig.event(merchant)
        await trio.sleep(1)
        await dispatcher.resend(await rig.delivery(log_id))
        await trio.sleep(60)
    assert rig.receivers.times(merchant) == [0, 11]


async def test_draining_finishes_attempts_and_starts_no_more(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    async def take_a_second(_attempt: Attempt) -> HttpAnswer:
        await trio.sleep(1)
        return HttpAnswer(200, {}, "")

    merchant = await rig.merchant(take_a_second)
    async with rig.dispatching() as dispatcher:
        rows = [await rig.event(merchant) for _ in range(22)]
        await trio.sleep(2.5)
        with trio.fail_after(5):
            await dispatcher.drain()
        assert trio.current_time() == 3
        await rig.event(merchant)
        await trio.sleep(60)
    states = Counter([(await rig.delivery(row)).state for row in rows])
    assert states == {DeliveryState.DELIVERED: 17, DeliveryState.PENDING: 5}
    assert len(rig.receivers.attempts) == 17


# Order within a session


async def test_a_call_that_hangs_delays_only_later_events_of_its_session(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    merchant = await rig.merchant(DEAD, answer(200))
    async with rig.dispatching():
        hangs = await rig.emit(merchant)
        others = [await rig.emit(merchant) for _ in range(20)]
        await rig.emit(merchant, hangs)
        for session in others:
            await rig.emit(merchant, session)
        await trio.sleep(2)
        assert rig.receivers.times(merchant) == [0, *[PROMPT_S] * 40]
        assert rig.receivers.received(merchant).count((hangs.id, 2)) == 0
        await trio.sleep(60)
    assert [n for id_, n in rig.receivers.received(merchant) if id_ == hangs.id] == [1, 2, 1]
    assert rig.receivers.times(merchant)[-2:] == [10, 11]


async def test_a_later_event_waits_for_the_first_attempt_and_not_for_the_retries(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    merchant = await rig.merchant(answer(500), answer(200))
    async with rig.dispatching():
        session = await rig.emit(merchant)
        session = await rig.emit(merchant, session)
        await trio.sleep(60)
    assert [n for _, n in rig.receivers.received(merchant)] == [1, 2, 1]
    assert rig.receivers.times(merchant) == [0, 0, 1]


async def test_two_calls_about_one_session_are_never_concurrent(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    async def slowly(_attempt: Attempt) -> HttpAnswer:
        await trio.sleep(3)
        return HttpAnswer(200, {}, "")

    merchant = await rig.merchant(answer(500), slowly)
    async with rig.dispatching():
        session = await rig.emit(merchant)
        session = await rig.emit(merchant, session)
        await trio.sleep(60)
    assert [n for _, n in rig.receivers.received(merchant)] == [1, 2, 1]
    assert rig.receivers.times(merchant) == [0, 0, 3]
    assert rig.receivers.most_under_way[str(merchant.webhook_url)] == 1


async def test_after_an_outage_the_earliest_event_of_a_session_is_sent_first(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    merchant = await rig.merchant(answer(500))
    async with rig.dispatching():
        session = await rig.emit(merchant)
        for _ in range(4):
            session = await rig.emit(merchant, session)
        await trio.sleep(60)
    rig.receivers.attempts.clear()
    rig.receivers.script(merchant, answer(200))
    await trio.sleep(1_000)
    rig.new_dispatcher()
    async with rig.dispatching():
        await trio.sleep(60)
    assert [n for _, n in rig.receivers.received(merchant)] == [1, 2, 3, 4, 5]


async def test_a_new_event_waits_for_earlier_ones_of_its_session_in_the_outbox(
    autojump_clock: trio.testing.MockClock, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    merchant = await rig.merchant()
    before = await rig.emit(merchant)
    read_page = rig.store.pending_deliveries

    async def read_slowly(after: str, limit: int) -> list[Delivery]:
        await trio.sleep(10)
        return await read_page(after, limit)

    monkeypatch.setattr(rig.store, "pending_deliveries", read_slowly)
    rig.new_dispatcher()
    async with rig.dispatching():
        await rig.emit(merchant, before)
        fresh = await rig.emit(merchant)
        await trio.sleep(60)
        assert rig.dispatcher.pending == 0
    assert rig.receivers.received(merchant) == [(fresh.id, 1), (before.id, 1), (before.id, 2)]


async def test_order_holds_for_more_deliveries_than_memory_holds(
    autojump_clock: trio.testing.MockClock, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actors.webhooks.dispatcher, "HELD_PER_MERCHANT", 6)
    monkeypatch.setattr(actors.webhooks.dispatcher, "PAGE", 4)
    merchant = await rig.merchant(DEAD, answer(200))
    async with rig.dispatching() as dispatcher:
        sessions = [await rig.emit(merchant) for _ in range(10)]
        for _ in range(5):
            sessions = [await rig.emit(merchant, session) for session in sessions]
            await trio.sleep(2)
            assert dispatcher.pending <= 6
        await trio.sleep(1_000)
        assert dispatcher.pending == 0
    assert_in_order(rig, merchant)
    assert len(set(rig.receivers.received(merchant))) == 60


async def test_sending_again_keeps_the_order(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    merchant = await rig.merchant(answer(410))
    async with rig.dispatching() as dispatcher:
        session = await rig.emit(merchant)
        for _ in range(3):
            session = await rig.emit(merchant, session)
        await trio.sleep(60)
        rig.receivers.attempts.clear()
        rig.receivers.script(merchant, DEAD, answer(200))
        for delivery in await rig.store.failed_deliveries(merchant.id, 0, 10):
            await dispatcher.resend(delivery)
        await trio.sleep(60)
    assert [n for _, n in rig.receivers.received(merchant)] == [1, 2, 3, 4, 1]


async def test_a_delivery_that_fails_its_lane_does_not_block_its_session(
    autojump_clock: trio.testing.MockClock, rig: Rig
) -> None:
    merchant = await rig.merchant(fail(RuntimeError("a bug")), answer(200))
    async with rig.dispatching() as dispatcher:
        session = await rig.emit(merchant)
        await rig.emit(merchant, session)
        await trio.sleep(60)
        assert dispatcher.pending == 0
    assert [n for _, n in rig.receivers.received(merchant)] == [1, 2, 1]


@pytest.mark.parametrize("seed", range(12))
async def test_order_holds_with_random_receivers_and_restarts(
    autojump_clock: trio.testing.MockClock,
    rig: Rig,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    random = Random(seed)
    monkeypatch.setattr(actors.webhooks.dispatcher, "HELD_PER_MERCHANT", random.choice([5, 40]))
    monkeypatch.setattr(actors.webhooks.dispatcher, "PAGE", 3)
    under_way: Counter[str] = Counter()

    async def respond_at_random(attempt: Attempt) -> HttpAnswer:
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

    merchants = [await rig.merchant(respond_at_random) for _ in range(2)]
    sessions: list[tuple[Merchant, Session]] = []
    for _ in range(4):
        rig.new_dispatcher()
        async with rig.dispatching():
            for _ in range(30):
                if sessions and random.random() < 0.7:
                    place = random.randrange(len(sessions))
                    merchant, session = sessions[place]
                    sessions[place] = merchant, await rig.emit(merchant, session)
                else:
                    merchant = random.choice(merchants)
                    sessions.append((merchant, await rig.emit(merchant)))
                await trio.sleep(random.choice([0, 0, 0.3, 3]))
    rig.new_dispatcher()
    async with rig.dispatching() as dispatcher:
        await trio.sleep(80_000)
        assert (dispatcher.pending, dispatcher.failures) == (0, 0)
    for merchant in merchants:
        assert_in_order(rig, merchant)
    received = {pair for merchant in merchants for pair in rig.receivers.received(merchant)}
    assert len(received) == 120


@pytest.mark.parametrize("seed", range(8))
async def test_nothing_is_lost_stuck_or_repeated_when_lanes_fail_and_restart(
    autojump_clock: trio.testing.MockClock, rig: Rig, seed: int
) -> None:
    random = Random(seed)
    arrived: Counter[str] = Counter()
    under_way: Counter[str] = Counter()
    pauses = [0, 0, 0.4, 0.95, 1.0, 1.05, 9]

    async def respond_at_random(attempt: Attempt) -> HttpAnswer:
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

    merchants = [await rig.merchant(respond_at_random) for _ in range(3)]
    for _ in range(3):
        rig.new_dispatcher()
        async with rig.dispatching() as dispatcher:
            for _ in range(25):
                for _ in range(random.choice([1, 1, 3, 12])):
                    await rig.emit(random.choice(merchants))
                await trio.sleep(random.choice([*pauses, 40]))
            await dispatcher.drain()
            assert (dispatcher.under_way, under_way.total()) == (0, 0)
            asked = len(rig.receivers.attempts)
            await trio.sleep(5)
            assert len(rig.receivers.attempts) == asked
    rig.new_dispatcher()
    async with trio.open_nursery() as nursery:
        await nursery.start(rig.dispatcher.run)
        await trio.sleep(80_000)
        assert (rig.dispatcher.pending, rig.dispatcher.lanes) == (0, 0)
        # The three tasks of the dispatcher are left, and no worker or timer.
        (run,) = nursery.child_tasks
        children = [task for inner in run.child_nurseries for task in inner.child_tasks]
        assert sum(len(inner.child_tasks) for t in children for inner in t.child_nurseries) == 0
        nursery.cancel_scope.cancel()
    assert len(arrived) == rig._sessions
    assert set(arrived.values()) == {1}


def assert_in_order(rig: Rig, merchant: Merchant) -> None:
    """Assert that no event was sent for the first time before all earlier ones of its session."""
    highest: Counter[str] = Counter()
    for session_id, sequence in rig.receivers.received(merchant):
        assert sequence <= highest[session_id] + 1
        highest[session_id] = max(highest[session_id], sequence)


async def test_a_receiver_verifies_deliveries_over_the_wire() -> None:
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
        received = Webhook(merchant.webhook_secret).verify(request.body, request.headers)
        assert received["sessionId"] == session.id
        assert received["orderId"] == "<b>SKU</b>"
        assert request.headers["content-type"] == "application/json"
        assert request.headers["x-kasgate-event"] == "payment.pending"


# Test events


async def test_a_merchants_test_events_are_few_and_delay_no_other_merchant(
    autojump_clock: trio.testing.MockClock, rig: Rig, nursery: trio.Nursery
) -> None:
    one, other = await rig.merchant(DEAD), await rig.merchant(DEAD)
    trials = WebhookPing(rig.receivers.post, wall_clock)
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
    assert rig.receivers.most_under_way[str(one.webhook_url)] == TRIALS_PER_MERCHANT
    assert rig.receivers.times(other) == [0]
    await trio.sleep(60)
    assert len(rig.receivers.times(one)) + len(refused) == 20
    assert rig.receivers.most_under_way[str(one.webhook_url)] == TRIALS_PER_MERCHANT
