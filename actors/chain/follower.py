"""The follower of one node over one link: passes the node's data to the sessions.

A link runs in steps: subscribe, watch every address, compare the node's outputs with the sessions,
then catch up on what was missed. No score confirms anything before the comparison is done, and no
deadline expires anything before catching up is done.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from math import inf

import structlog
import trio
from attrs import field, frozen

from actors.chain.blind_spots import BlindSpots
from actors.chain.cursor import CursorLog
from actors.chain.gaps import ChainGaps
from actors.chain.mempool import MempoolWatch
from actors.chain.missing_outputs import MissingOutputs
from actors.chain.node_pool import STALL_S, NodeLeft, NodePool, NodeState, check_fitness, shown
from actors.chain.payment_clock import PaymentClock
from actors.chain.reconcile import Reconciler, seen
from actors.chain.view import ChainView
from actors.chain.watchlist import PendingWatches, SessionPort, Watchlist
from actors.turns import in_turns
from kasgate.kaspa.node import (
    DaaScoreChanged,
    Node,
    NodeUnavailable,
    Notification,
    ServerInfo,
    UtxosChanged,
    UtxoSetReplaced,
)
from kasgate.kaspa.utxo import Outpoint
from kasgate.sessions.observations import OutputMissing, Watched
from kasgate.sessions.session import SessionStatus
from kasgate.store.calls import Store
from kasgate.store.protocol import ChainCursor

log = structlog.get_logger(__name__)

TAKE_AT_ONCE = 64
"""Notifications processed between two checkpoints."""
TOLD_AT_ONCE = 500
"""Sessions notified of their watch between two checkpoints."""
RESNAPSHOT_S = 30.0
"""Interval at which open sessions are compared with the node again (security.md, Reliability 2)."""
FITNESS_S = 10.0
"""Interval at which the followed node's fitness is checked, and compared with the others."""
LATE_WATCH_S = 0.25
"""If the node watches an address later than this, a payment to it may have been accepted and spent
before. The chain is replayed then."""
SILENCE_S = 3.0
"""After a silence of the node this long, its next notification, which reports the net change, may
hide outputs that came and went. The chain is replayed then."""
BLIND_S = 15.0
"""After a longer silence of the node, its notifications can't be timed by their arrival: the link
is restarted, so that times come from the chain. This is shorter than the grace period of payments
(``PAID_IN_TIME_GRACE_MS``)."""


@frozen
class Watches:
    """All watched addresses, and those of them that the node has not acknowledged yet."""

    watchlist: Watchlist = field(factory=Watchlist)
    pending: PendingWatches = field(factory=PendingWatches)


@frozen(kw_only=True)
class LinkTasks:
    """The parts that query the node while a link lasts. They outlive it."""

    cursor_log: CursorLog
    chain_gaps: ChainGaps
    missing: MissingOutputs
    mempool: MempoolWatch | None
    """None where the mempool is not watched."""


@frozen(kw_only=True)
class LinkCallbacks:
    """The calls that a follower makes while it serves a link. All but ``look_ahead`` must not
    block."""

    score_moved: Callable[[int], None]
    """Called with each new score that may confirm payments."""
    seen_up_to: Callable[[int], None]
    """Called with each score up to which everything was seen, when deadlines may pass."""
    link_live: Callable[[], None]
    """Called once the sessions were compared with the node."""
    look_ahead: Callable[[Node], Awaitable[None]]
    """Checks addresses before sessions get them, while the link lasts."""


@frozen(kw_only=True)
class LinkContext:
    """The services that all links share. Outlives links."""

    store: Store
    clock: PaymentClock
    sessions: SessionPort
    pool: NodePool
    view: ChainView
    watches: Watches
    tasks: LinkTasks
    callbacks: LinkCallbacks


class NodeFollower:
    """Serves one link."""

    def __init__(self, node: Node, context: LinkContext) -> None:
        self._node = node
        self._context = context
        self._view = context.view
        self._clock = context.clock
        self._watchlist = context.watches.watchlist
        self._pending = context.watches.pending
        self._sessions = context.sessions
        self._heard_at = 0.0
        """By Trio's clock."""
        self._watching_since = inf
        """Since when the first address of the batch under way had waited, by Trio's clock."""
        self._blind_spots = BlindSpots()
        self._held_score: int | None = None
        """The score up to which everything was seen, held back while the clock is in doubt."""
        self._reconciler = Reconciler(
            node=node,
            watchlist=self._watchlist,
            sessions=context.sessions,
            store=context.store,
            clock=context.clock,
        )

    async def run(self, info: ServerInfo) -> None:
        """Follow until the link ends or is left, with NodeError. ``info`` is the answer to the
        handshake, already checked. Raises StoreUnavailable when the database can't be read or
        written."""
        view, node, context = self._view, self._node, self._context
        tasks, callbacks = context.tasks, context.callbacks
        cursors = await tasks.cursor_log.recall()
        score = info.virtual_daa_score
        view.take_score(score, self._clock())
        view.delay = node.delay
        anchor = await tasks.cursor_log.begin(node, score)
        if not cursors and not len(self._watchlist):
            await tasks.cursor_log.store_first(anchor)
        await context.clock.begin(node)
        await self._pending.begin_anew(self._watchlist)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._listen)
            await node.subscribe_virtual()
            await self._watch_all()
            self._heard_at = trio.current_time()
            view.compared = True
            callbacks.link_live()
            log.info("node link live", node=view.url, daa_score=view.daa_score)
            # Virtual had this score before the comparison, so it holds for the outputs found. On a
            # chain without new blocks no other score would come.
            callbacks.score_moved(self._heard_score())
            nursery.start_soon(self._watch_new)
            nursery.start_soon(self._catch_up, cursors)
            nursery.start_soon(self._snapshot_again)
            nursery.start_soon(tasks.missing.run, node, self._heard_score)
            nursery.start_soon(self._check_fitness, trio.current_time())
            nursery.start_soon(
                context.clock.follow, node, context.pool.others, self._let_held_deadlines_pass
            )
            nursery.start_soon(callbacks.look_ahead, node)
            if tasks.mempool is not None:
                nursery.start_soon(tasks.mempool.run, node)

    async def _listen(self) -> None:
        count = 0
        async for notification in self._node.notifications():
            self._view.delay = self._node.delay
            await self._take_in(notification)
            count += 1
            if count % TAKE_AT_ONCE == 0:
                await trio.lowlevel.checkpoint()
        raise NodeUnavailable("the node's notifications ended")

    async def _take_in(self, notification: Notification) -> None:
        now = trio.current_time()
        silence_s = now - self._heard_at
        self._heard_at = now
        if self._view.compared and silence_s > BLIND_S + self._view.delay:
            raise NodeUnavailable(f"said nothing for {silence_s:.0f} s: starting over")
        if self._view.compared and silence_s > SILENCE_S + self._view.delay:
            self._note_blind_spot(now - silence_s)
        match notification:
            case DaaScoreChanged(score):
                self._take_score(score)
            case UtxosChanged():
                await self._take_utxos(notification)
            case UtxoSetReplaced():
                raise NodeUnavailable("the node replaced its UTXO set: starting over")

    async def _take_utxos(self, changed: UtxosChanged) -> None:
        """Pass on moved outputs, with checkpoints in between. A response of the node that arrives
        meanwhile is older than the outputs not yet passed on; those override it."""
        now = self._clock.seen_at()
        added = {utxo.outpoint for utxo in changed.added}
        removed = {utxo.outpoint for utxo in changed.removed}
        async for utxo in in_turns(changed.removed):
            watch = self._watchlist.get(utxo.address)
            if watch is None or utxo.outpoint in added:
                continue
            self._watchlist.note_changed(utxo.outpoint)
            if watch.closed_at is None:
                self._sessions.observe(watch.session_id, OutputMissing(utxo.outpoint))
        async for utxo in in_turns(changed.added):
            watch = self._watchlist.get(utxo.address)
            if watch is None:
                continue
            self._watchlist.note_changed(utxo.outpoint)
            if utxo.outpoint in removed and not self._is_known(watch.session_id, utxo.outpoint):
                # The output existed before and only its score moved, so it was not accepted now.
                # The snapshot that goes with a watch finds its acceptance time.
                self._pending.watch(utxo.address)
            else:
                self._sessions.observe(watch.session_id, seen(utxo, now))

    def _is_known(self, session_id: str, outpoint: Outpoint) -> bool:
        session = self._sessions.active(session_id)
        return session is not None and session.payment(outpoint) is not None

    def _take_score(self, score: int) -> None:
        rose = self._view.take_score(score, self._clock())
        if not self._view.compared:
            return
        self._context.callbacks.score_moved(score)
        if rose and self._view.caught_up:
            self._let_deadlines_pass(score)

    def _let_deadlines_pass(self, score: int) -> None:
        # A lagging node has not yet reported everything before the deadline, and while the clock is
        # in doubt no deadline has passed for certain.
        if self._context.pool.lag():
            return
        if self._clock.may_expire:
            self._held_score = None
            self._context.callbacks.seen_up_to(score)
        else:
            self._held_score = score

    def _let_held_deadlines_pass(self) -> None:
        """Check held deadlines after a clock check. With rare blocks, no score may come for
        long."""
        if self._held_score is not None:
            self._let_deadlines_pass(self._held_score)

    async def _watch_all(self) -> None:
        """Watch all addresses. The node takes in the next batch while one is compared."""
        compared = trio.Event()
        compared.set()
        async with trio.open_nursery() as nursery:
            while batch := self._pending.next_batch():
                await self._have_watched(batch)
                await compared.wait()
                compared = trio.Event()
                nursery.start_soon(self._compare, batch, compared)

    async def _compare(self, batch: list[str], done: trio.Event) -> None:
        await self._reconciler.snapshot(batch)
        done.set()

    async def _watch_new(self) -> None:
        while True:
            await self._pending.wait()
            gone = self._pending.take_unwatch()
            if gone:
                await self._node.unwatch([a for a in gone if a not in self._watchlist])
            batch = self._pending.next_batch()
            if batch:
                self._watching_since = self._pending.since
                await self._have_watched(batch)
                if trio.current_time() - self._watching_since > LATE_WATCH_S:
                    self._note_blind_spot(self._watching_since)
                await self._reconciler.snapshot(batch)
                self._watching_since = inf

    async def _have_watched(self, batch: list[str]) -> None:
        """Have the node watch a batch, and notify the sessions that wait for it."""
        await self._node.watch(batch)
        for count, address in enumerate(batch, start=1):
            if count % TOLD_AT_ONCE == 0:
                await trio.lowlevel.checkpoint()
            self._pending.done(address)
            watch = self._watchlist.get(address)
            session = self._sessions.active(watch.session_id) if watch is not None else None
            if session is not None and session.status is SessionStatus.CREATED:
                self._sessions.observe(session.id, Watched())

    async def _catch_up(self, cursors: list[ChainCursor]) -> None:
        """Catch up on what was missed, then record each second how far the chain was followed."""
        tasks = self._context.tasks
        compared_at = self._heard_score()
        await self._replay(cursors)
        await tasks.chain_gaps.search_active(self._node, self._reconciler)
        self._view.caught_up = True
        self._let_deadlines_pass(compared_at)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(tasks.chain_gaps.run, self._node, self._reconciler)
            nursery.start_soon(
                tasks.cursor_log.follow, self._node, self._heard_score, self._blind_since
            )
            nursery.start_soon(self._blind_spots.run, self._replay_again)

    async def _replay(self, cursors: Sequence[ChainCursor]) -> None:
        """Replay the chain since the newest cursor, and record a gap if no node can."""
        score = self._heard_score()
        missed = await self._reconciler.catch_up(cursors)
        if missed is not None:
            await self._context.tasks.chain_gaps.record(missed, score)

    async def _replay_again(self) -> None:
        await self._replay(await self._context.tasks.cursor_log.recall())

    def _note_blind_spot(self, since: float) -> None:
        # A node that can't replay its chain queries an archive, whose answers leave nothing out.
        if self._node.replays_chain:
            self._blind_spots.note(since)

    def _blind_since(self) -> float:
        # What the node did since its last notification has not arrived.
        return min(
            self._heard_at, self._pending.since, self._watching_since, self._blind_spots.since
        )

    async def _snapshot_again(self) -> None:
        while True:
            await trio.sleep(RESNAPSHOT_S)
            await self._reconciler.snapshot(self._watchlist.active_addresses())

    async def _check_fitness(self, live_since: float) -> None:
        while True:
            await trio.sleep(FITNESS_S)
            info = await self._node.server_info()
            check_fitness(self._context.pool.network, info)
            silence_s = self._view.silence_s(live_since) - self._view.delay
            if silence_s > STALL_S and info.virtual_daa_score > self._heard_score():
                raise NodeUnavailable(
                    f"told of no block for {silence_s:.0f} s though it has some: starting over"
                )
            await self._compare_with_others(silence_s)

    async def _compare_with_others(self, silence_s: float) -> None:
        """Raises NodeLeft if another node should be followed. That node is probed once more, so
        that the present one is not left for a node that is gone."""
        pool = self._context.pool
        lag = pool.lag()
        if lag:
            state, reason = NodeState.LAGGING, f"its chain is {lag} blocks behind another node's"
            better = pool.replacement()
        elif silence_s > STALL_S:
            state = NodeState.STALLED
            reason = f"its chain has stood still for {silence_s:.0f} s"
            better = pool.replacement()
        else:
            state, reason = NodeState.FIT, "a preferred node is fit again"
            better = pool.preferred()
        if better is None or not await pool.look(better):
            return
        if state is not NodeState.FIT:
            pool.demote(state, reason)
        raise NodeLeft(f"{reason}; going to {shown(better)}")

    def _heard_score(self) -> int:
        score = self._view.daa_score
        if score is None:
            raise RuntimeError("a node is followed, so its score is known")
        return score
