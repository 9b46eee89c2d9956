"""The webhook dispatcher: sends deliveries from the outbox to the merchants' servers.

A delivery is due or waits for its time. Due deliveries are in their merchant's lane, which workers
serve while there is something to send. Waiting deliveries are entries of one timer. For each
session one delivery is sent at a time, and no first attempt is made before all earlier deliveries
have been tried. The outcome of an attempt is stored before the next one is planned, so a crash
repeats at most the attempts in progress and loses nothing.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, ParamSpec, TypeVar

import structlog
import trio

from actors.clocks import DeadlineClock
from actors.webhooks.attempt import DeliveryAttempt, Merchants
from actors.webhooks.lanes import DeliveryWorkers, EndpointLane, Pending
from kasgate.clock import Clock
from kasgate.egress import Post
from kasgate.events import Delivery, DeliveryState
from kasgate.evolving import evolve
from kasgate.limits.fair_share import ResourceBusy
from kasgate.store.calls import Store
from kasgate.store.protocol import StoreUnavailable

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger(__name__)

BODIES_HELD: Final = 10_000
"""Deliveries held with their body. Further ones are held by id and read again when they are due."""
HELD_PER_MERCHANT: Final = 10_000
"""Deliveries of one merchant in memory. Further ones stay in the outbox, unattempted, until half of
these are done; then the oldest of them are read."""
PAGE: Final = 500
"""Page size of reads from the outbox."""
BODY_KEPT_MS: Final = 60_000
"""A delivery that waits longer is held without its body."""
STORE_RETRY_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Pauses between retries while the database is not usable. The last one repeats."""
BUSY_PAUSE_MS: Final = 2_000
"""The pause before a delivery is tried again for which there was no free slot. It has already
waited for one."""
RESTART_S: Final = (0.1, 0.5, 2.0)
"""Pauses before a lane that failed continues with its other deliveries. The last one repeats."""
BROKE_LANE_S: Final = (1.0, 5.0, 30.0, 300.0)
"""Pauses before a delivery that made its lane fail is tried again. The last one repeats."""

_uniform = random.SystemRandom().uniform


def random_jitter() -> float:
    return _uniform(-1.0, 1.0)


class WebhookDispatcher:
    """Sends every delivery of the outbox until it is delivered or its schedule ends.

    ``egress_post`` sends. ``merchants`` returns a merchant's current URL and secret. ``tail`` is
    the slow tail in seconds. ``jitter`` returns random numbers from -1 to 1.
    """

    def __init__(
        self,
        store: Store,
        egress_post: Post,
        merchants: Merchants,
        clock: Clock,
        tail: tuple[int, ...],
        *,
        jitter: Callable[[], float] = random_jitter,
    ) -> None:
        self._store = store
        self._clock = clock
        self._sender = DeliveryAttempt(egress_post, merchants, clock, tail, jitter)
        self.failures = 0
        """How often a lane failed and was restarted."""
        self.delivered = 0
        """Successful deliveries since the start of the process."""
        self.given_up = 0
        """Deliveries given up since the start of the process."""
        self.tried_again = 0
        """Failed attempts that will be retried, since the start of the process."""
        self.put_off = 0
        """Attempts delayed because there was no free slot, since the start of the process."""
        self._forget_all()

    def _forget_all(self) -> None:
        self._held: dict[str, Pending] = {}
        self._bodies = 0
        self._lanes: dict[str, EndpointLane] = {}
        self._workers = DeliveryWorkers(self._carry)
        self._timer = DeadlineClock(self._clock, lambda log_id: self._due(self._held[log_id]))
        self._room = trio.Event()
        self._settled: set[str] | None = None
        self._is_reading = True
        self._unsure: list[Pending] = []

    @property
    def pending(self) -> int:
        """Deliveries in memory: due, waiting for their time, or in progress."""
        return len(self._held)

    @property
    def under_way(self) -> int:
        """Attempts in progress."""
        return self._workers.at_work

    @property
    def lanes(self) -> int:
        """Merchants with deliveries in memory."""
        return len(self._lanes)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Deliver until cancelled, beginning with the outbox.

        Cancellation cuts attempts in progress. They are pending in the database, and the next run
        sends them again, in this process or another. A failed lane is restarted here. Any other
        failure ends the run, which may be started again.
        """
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._workers.run)
                nursery.start_soon(self._timer.run)
                nursery.start_soon(self._read_outbox)
                task_status.started()
        finally:
            self._forget_all()

    def enqueue(self, deliveries: Sequence[Delivery]) -> None:
        """Accept deliveries that have just been committed to the outbox (the store's listener).
        Never blocks. A delivery that is already held is ignored."""
        for delivery in deliveries:
            self._take_in(delivery, is_new=True)

    async def resend(self, delivery: Delivery) -> None:
        """Send a delivery again, now, in any state. If that fails, its schedule continues where it
        was. An attempt in progress is not repeated.

        Raises StoreError; nothing has changed then.
        """
        held = self._held.get(delivery.id)
        if held is None:
            again = evolve(delivery, state=DeliveryState.PENDING, next_attempt_at=self._clock())
            await self._store.save_delivery(again)
            self._take_in(again, beyond_limit=True)
        elif held.waiting:
            self._timer.clear(held.log_id)
            self._due(held)

    async def drain(self) -> None:
        """Start no more attempts, and return when none is in progress. The caller limits the time.
        Unsent deliveries stay in the outbox."""
        await self._workers.drain()

    def _take_in(
        self, delivery: Delivery, *, is_new: bool = False, beyond_limit: bool = False
    ) -> None:
        if delivery.id in self._held or delivery.state is not DeliveryState.PENDING:
            return
        lane = self._lanes.get(delivery.merchant_id)
        if lane is None:
            lane = self._lanes[delivery.merchant_id] = EndpointLane(delivery.merchant_id)
        # Later deliveries stay behind those left in the outbox, because they may be of the same
        # sessions.
        if (lane.left_behind or lane.held >= HELD_PER_MERCHANT) and not beyond_limit:
            lane.left_behind = True
            return
        pending = lane.hold(delivery)
        if is_new and self._is_reading and delivery.sequence > 1:
            pending.is_unsure = True
            self._unsure.append(pending)
        self._held[pending.log_id] = pending
        due = delivery.created_at if delivery.next_attempt_at is None else delivery.next_attempt_at
        self._keep(pending, delivery, due)

    def _keep(self, pending: Pending, delivery: Delivery, due: int) -> None:
        """Hold a delivery, as stored in the database, until it is due."""
        now = self._clock()
        self._set_body(pending, delivery if due <= now + BODY_KEPT_MS else None)
        self._schedule(pending, due, now)

    def _schedule(self, pending: Pending, due: int, now: int) -> None:
        if due <= now:
            self._due(pending)
            return
        pending.waiting = True
        self._timer.set(pending.log_id, due)

    def _due(self, pending: Pending) -> None:
        pending.waiting = False
        pending.lane.add(pending)
        self._workers.call(pending.lane)

    def _set_body(self, pending: Pending, delivery: Delivery | None) -> None:
        self._bodies -= pending.delivery is not None
        pending.delivery = delivery if self._bodies < BODIES_HELD else None
        self._bodies += pending.delivery is not None

    async def _carry(self, pending: Pending) -> None:
        """Make an attempt and store its outcome. A failure delays only this lane."""
        lane = pending.lane
        started = trio.current_time()
        try:
            outcome = await self._attempt(pending)
            lane.answered(trio.current_time() - started)
            await self._record(pending, outcome)
        except ResourceBusy:
            # The receiver is not at fault, so this is not an attempt.
            self.put_off += 1
            lane.answered(trio.current_time() - started)
            lane.ended(pending, tried=False)
            now = self._clock()
            self._schedule(pending, now + BUSY_PAUSE_MS, now)
            lane.look_at(pending.session)
        except Exception:
            self.failures += 1
            log.exception("webhook lane failed", merchant=lane.merchant_id)
            self._put_back(pending)
        else:
            pending.crashes = lane.crashes = 0

    def _put_back(self, pending: Pending) -> None:
        """Delay a delivery that made its lane fail, so that the others are sent first."""
        pause_s = _step(BROKE_LANE_S, pending.crashes)
        pending.crashes += 1
        self._set_body(pending, None)
        lane = pending.lane
        lane.ended(pending, tried=True)
        now = self._clock()
        self._schedule(pending, now + round(pause_s * 1000), now)
        lane.look_at(pending.session)
        self._workers.call_later(lane, _step(RESTART_S, lane.crashes))
        lane.crashes += 1

    async def _attempt(self, pending: Pending) -> Delivery | None:
        delivery = pending.delivery
        if delivery is None:
            delivery = await _retried(self._store.delivery, pending.log_id)
        if delivery is None or delivery.state is not DeliveryState.PENDING:
            return None
        # As ``_retried`` does, without its frame: this is done for each attempt.
        try:
            return await self._sender.attempt(delivery)
        except StoreUnavailable as error:
            failure = error
        return await _again(failure, self._sender.attempt, delivery)

    async def _record(self, pending: Pending, outcome: Delivery | None) -> None:
        """Commit the outcome of an attempt, retrying as long as necessary; then schedule the next
        one."""
        if outcome is not None:
            failure = None
            try:
                await self._store.save_delivery(outcome)
            except StoreUnavailable as error:
                failure = error
            if failure is not None:
                await _again(failure, self._store.save_delivery, outcome)
            self.delivered += outcome.state is DeliveryState.DELIVERED
            self.given_up += outcome.state is DeliveryState.FAILED
            self.tried_again += outcome.state is DeliveryState.PENDING
        pending.lane.ended(pending, tried=True)
        if outcome is not None and outcome.next_attempt_at is not None:
            self._keep(pending, outcome, outcome.next_attempt_at)
        else:
            self._forget(pending)
        pending.lane.look_at(pending.session)

    def _forget(self, pending: Pending) -> None:
        del self._held[pending.log_id]
        if self._settled is not None:
            self._settled.add(pending.log_id)
        self._set_body(pending, None)
        lane = pending.lane
        lane.drop(pending)
        if lane.left_behind and lane.held <= HELD_PER_MERCHANT // 2:
            self._is_reading = True
            self._room.set()
        if not lane.held and not lane.left_behind:
            del self._lanes[lane.merchant_id]

    async def _read_outbox(self) -> None:
        """Read the outbox at the start, and again when a merchant whose deliveries were left there
        has room."""
        while True:
            self._room = trio.Event()
            self._let_in()
            last: str | None = ""
            while last is not None:
                last = await _retried(self._read_page, last)
            if not self._room.is_set():
                self._all_read()
            await self._room.wait()

    def _let_in(self) -> None:
        """Let lanes accept the deliveries that were left in the outbox: all of it is read now."""
        for lane in tuple(self._lanes.values()):
            lane.left_behind = False
            if not lane.held:
                del self._lanes[lane.merchant_id]

    def _all_read(self) -> None:
        """Release deliveries that arrived during the read: nothing before them is left in the
        outbox. If a merchant still has deliveries there, its new ones go back to the outbox too."""
        self._is_reading = False
        unsure, self._unsure = self._unsure, []
        for pending in unsure:
            lane = pending.lane
            pending.is_unsure = False
            if lane.left_behind:
                self._timer.clear(pending.log_id)
                pending.is_dropped = True
                self._forget(pending)
            lane.look_at(pending.session)
            self._workers.call(lane)

    async def _read_page(self, after: str) -> str | None:
        """Accept a page of the outbox. Return its last id; None at the end.

        The page can contain deliveries that were settled during the read; they must not be sent
        again. For deliveries that are already held, the state in memory is newer.
        """
        settled = self._settled = set()
        try:
            page = await self._store.pending_deliveries(after, PAGE)
        finally:
            self._settled = None
        for delivery in page:
            if delivery.id not in settled:
                self._take_in(delivery)
        return page[-1].id if page else None


async def _retried(call: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
    """Retry a call while the database is not usable. Other errors are raised."""
    try:
        return await call(*args, **kwargs)
    except StoreUnavailable as error:
        failure = error
    return await _again(failure, call, *args, **kwargs)


async def _again(
    failure: StoreUnavailable, call: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Repeat a call that failed because the database is not usable, after a pause each time."""
    tries = 0
    while True:
        log.warning("the dispatcher waits for the database", error=str(failure))
        await trio.sleep(_step(STORE_RETRY_S, tries))
        tries += 1
        try:
            return await call(*args, **kwargs)
        except StoreUnavailable as error:
            failure = error


def _step(pauses: Sequence[float], number: int) -> float:
    return pauses[min(number, len(pauses) - 1)]
