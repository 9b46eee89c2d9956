"""The webhook dispatcher: from the outbox to the merchants' servers.

A delivery is due or waits for its time. The due ones stand in their merchant's lane, which workers
serve while there is something to send; the waiting ones are names in one clock. Of one session one
delivery is sent at a time, and none for the first time before all earlier ones have been tried.
What a delivery came to is in the database before the next attempt is thought of, so a crash repeats
at most what was under way, and loses nothing.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, ParamSpec, TypeVar

import structlog
import trio
from attrs import evolve

from actors.clocks import DeadlineClock
from actors.webhooks.attempt import DeliveryAttempt, Merchants
from actors.webhooks.lanes import DeliveryWorkers, EndpointLane, Pending
from kasgate.clock import Clock
from kasgate.egress import Post
from kasgate.events import Delivery, DeliveryState
from kasgate.limits.fair_share import ResourceBusy
from kasgate.store.calls import Store
from kasgate.store.protocol import StoreUnavailable

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger(__name__)

BODIES_HELD: Final = 10_000
"""Deliveries held whole; those beyond are held by id and read again when they are due."""
HELD_PER_MERCHANT: Final = 10_000
"""Deliveries of one merchant in memory. Those beyond stay in the outbox, unattempted, until half of
these are done; then the oldest of them are read."""
PAGE: Final = 500
"""Deliveries read at once from the outbox."""
BODY_KEPT_MS: Final = 60_000
"""A delivery that waits longer is not kept whole."""
STORE_RETRY_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Pauses while the database can't be used; the last one repeats."""
BUSY_PAUSE_MS: Final = 2_000
"""Before a delivery is tried for which there was no free slot; it has waited for one already."""
RESTART_S: Final = (0.1, 0.5, 2.0)
"""Pauses before a broken lane goes on with the other deliveries; the last one repeats."""
BROKE_LANE_S: Final = (1.0, 5.0, 30.0, 300.0)
"""Pauses before a delivery that broke its lane is tried again; the last one repeats."""

_uniform = random.SystemRandom().uniform


def random_jitter() -> float:
    """A number from -1 to 1."""
    return _uniform(-1.0, 1.0)


class WebhookDispatcher:
    """Sends every delivery of the outbox until it has arrived or its schedule has run out.

    ``egress_post`` sends, ``merchants`` gives a merchant's URL and secret as they are now, ``tail``
    is the slow tail in seconds, and ``jitter`` gives random numbers from -1 to 1.
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
        """How often a lane broke and was started again."""
        self.delivered = 0
        """Deliveries that arrived since the start of the process."""
        self.given_up = 0
        """Deliveries given up since the start of the process."""
        self.tried_again = 0
        """Attempts that failed and have another one coming, since the start of the process."""
        self.put_off = 0
        """Attempts that could not be made for want of a free slot, since the start of the
        process."""
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
        """Deliveries in memory: due, waiting for their time, or under way."""
        return len(self._held)

    @property
    def under_way(self) -> int:
        """Attempts under way."""
        return self._workers.at_work

    @property
    def lanes(self) -> int:
        """Merchants that something is held for."""
        return len(self._lanes)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Deliver until cancelled, beginning with what the outbox holds.

        Cancellation cuts what is under way; it is pending in the database and is sent again by the
        next run, in this process or another. A lane's failure is mended here; any other ends the
        run, and it may be started again.
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
        """Take in deliveries that have just been committed to the outbox: the store's listener.
        Never blocks; one that is already held is passed over."""
        for delivery in deliveries:
            self._take_in(delivery, is_new=True)

    async def resend(self, delivery: Delivery) -> None:
        """Send a delivery once more, now, whatever became of it; if that fails, its schedule goes
        on where it stands. Nothing is added to an attempt that is under way.

        Raises StoreError, and nothing has changed then.
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
        """Start nothing more, and return once nothing is under way; the caller limits the time.
        What is left is in the outbox."""
        await self._workers.drain()

    def _take_in(
        self, delivery: Delivery, *, is_new: bool = False, beyond_limit: bool = False
    ) -> None:
        if delivery.id in self._held or delivery.state is not DeliveryState.PENDING:
            return
        lane = self._lanes.get(delivery.merchant_id)
        if lane is None:
            lane = self._lanes[delivery.merchant_id] = EndpointLane(delivery.merchant_id)
        # What follows stays behind what was left, for it may be of the same sessions.
        if (lane.left_behind or lane.held >= HELD_PER_MERCHANT) and not beyond_limit:
            lane.left_behind = True
            return
        pending = Pending(
            delivery.id, lane, delivery.session_id, delivery.sequence, tried=delivery.attempts > 0
        )
        if is_new and self._is_reading and delivery.sequence > 1:
            pending.is_unsure = True
            self._unsure.append(pending)
        lane.expect(pending)
        self._held[pending.log_id] = pending
        lane.held += 1
        due = delivery.created_at if delivery.next_attempt_at is None else delivery.next_attempt_at
        self._keep(pending, delivery, due)

    def _keep(self, pending: Pending, delivery: Delivery, due: int) -> None:
        """Hold a delivery as it is in the database until it is due."""
        is_soon = due <= self._clock() + BODY_KEPT_MS
        self._set_body(pending, delivery if is_soon else None)
        self._schedule(pending, due)

    def _schedule(self, pending: Pending, due: int) -> None:
        if due <= self._clock():
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
        """Make an attempt and store its outcome. A failure delays this lane alone."""
        lane = pending.lane
        started = trio.current_time()
        try:
            outcome = await self._attempt(pending)
            lane.answered(trio.current_time() - started)
            await self._record(pending, outcome)
        except ResourceBusy:
            # Not for the receiver's fault, so it is no attempt.
            self.put_off += 1
            lane.answered(trio.current_time() - started)
            lane.ended(pending, tried=False)
            self._schedule(pending, self._clock() + BUSY_PAUSE_MS)
            lane.look_at(pending)
        except Exception:
            self.failures += 1
            log.exception("webhook lane failed", merchant=lane.merchant_id)
            self._put_back(pending)
        else:
            pending.crashes = lane.crashes = 0

    def _put_back(self, pending: Pending) -> None:
        """Let a delivery that broke its lane wait, so that the others get their turn."""
        pause_s = _step(BROKE_LANE_S, pending.crashes)
        pending.crashes += 1
        self._set_body(pending, None)
        lane = pending.lane
        lane.ended(pending, tried=True)
        self._schedule(pending, self._clock() + round(pause_s * 1000))
        lane.look_at(pending)
        self._workers.call_later(lane, _step(RESTART_S, lane.crashes))
        lane.crashes += 1

    async def _attempt(self, pending: Pending) -> Delivery | None:
        delivery = pending.delivery
        if delivery is None:
            delivery = await _patiently(self._store.delivery, pending.log_id)
        if delivery is None or delivery.state is not DeliveryState.PENDING:
            return None
        return await _patiently(self._sender.attempt, delivery)

    async def _record(self, pending: Pending, outcome: Delivery | None) -> None:
        """Commit what an attempt came to, however long that takes; then set its next one."""
        if outcome is not None:
            await _patiently(self._store.save_delivery, outcome)
            self.delivered += outcome.state is DeliveryState.DELIVERED
            self.given_up += outcome.state is DeliveryState.FAILED
            self.tried_again += outcome.state is DeliveryState.PENDING
        pending.lane.ended(pending, tried=True)
        if outcome is not None and outcome.next_attempt_at is not None:
            self._keep(pending, outcome, outcome.next_attempt_at)
        else:
            self._forget(pending)
        pending.lane.look_at(pending)

    def _forget(self, pending: Pending) -> None:
        del self._held[pending.log_id]
        if self._settled is not None:
            self._settled.add(pending.log_id)
        self._set_body(pending, None)
        lane = pending.lane
        lane.held -= 1
        if lane.left_behind and lane.held <= HELD_PER_MERCHANT // 2:
            self._is_reading = True
            self._room.set()
        if not lane.held and not lane.left_behind:
            del self._lanes[lane.merchant_id]

    async def _read_outbox(self) -> None:
        """Take in what the outbox holds, at the start and whenever there is room again for a
        merchant of whom some was left there."""
        while True:
            self._room = trio.Event()
            self._let_in()
            last: str | None = ""
            while last is not None:
                last = await _patiently(self._read_page, last)
            if not self._room.is_set():
                self._all_read()
            await self._room.wait()

    def _let_in(self) -> None:
        """Let lanes take in again what was left behind of them; all of it is read now."""
        for lane in tuple(self._lanes.values()):
            lane.left_behind = False
            if not lane.held:
                del self._lanes[lane.merchant_id]

    def _all_read(self) -> None:
        """What came while the outbox was being read has nothing before it there any more. Of a
        merchant of whom more was left there this can't be said: it goes back to the outbox."""
        self._is_reading = False
        unsure, self._unsure = self._unsure, []
        for pending in unsure:
            lane = pending.lane
            pending.is_unsure = False
            if lane.left_behind:
                self._timer.clear(pending.log_id)
                pending.is_dropped = True
                self._forget(pending)
            lane.look_at(pending)
            self._workers.call(lane)

    async def _read_page(self, after: str) -> str | None:
        """Take in some of the outbox; the last id of it, None at its end.

        What is settled since it was asked for may still be in it, and must not be sent again; what
        is held by then is known better.
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


async def _patiently(call: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call until the database can be used; raises every other error."""
    tries = 0
    while True:
        try:
            return await call(*args, **kwargs)
        except StoreUnavailable as error:
            log.warning("the dispatcher waits for the database", error=str(error))
        await trio.sleep(_step(STORE_RETRY_S, tries))
        tries += 1


def _step(pauses: Sequence[float], number: int) -> float:
    return pauses[min(number, len(pauses) - 1)]
