"""The chain feed: one link to one node at a time, and what it says, brought to the sessions.

A link is served in steps: check who answers, subscribe, watch every address, compare what is there
with what the sessions know, replay what was missed. Until the comparison is done no score confirms
anything; until the replay is done no deadline expires anything. When the link breaks, the next
node of the list is tried and everything is done again.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

import structlog
import trio
from attrs import frozen

from actors.inquiry import Inquiries
from actors.reconcile import Reconciler, seen
from actors.watchlist import Anchor, Sessions, Watchlist
from kasgate.clock import Clock
from kasgate.kaspa.link import first_of
from kasgate.kaspa.networks import Network
from kasgate.kaspa.node import (
    DaaScoreChanged,
    Node,
    NodeError,
    NodeUnavailable,
    Notification,
    ServerInfo,
    UtxosChanged,
    UtxoSetReplaced,
)
from kasgate.kaspa.utxo import Outpoint
from kasgate.observations import OutputMissing, Watched
from kasgate.payments import Payment
from kasgate.session import Session, SessionStatus
from kasgate.store.protocol import ChainCursor, Store, StoreUnavailable

log = structlog.get_logger(__name__)

SUPPORTED_RPC_VERSION = 1
WATCH_GATHER_S = 0.003
"""New addresses are collected for this long into one subscribe."""
WATCH_BATCH = 5_000
"""Addresses per subscribe (kaspa.md §4.5)."""
TAKE_AT_ONCE = 64
"""Notifications taken in before others get a turn, however many wait."""
RESNAPSHOT_S = 30.0
"""Open sessions are compared with the node again in this time (security.md, Reliability 2)."""
FITNESS_S = 10.0
"""How often a node in use is asked whether it is still fit."""
STALL_S = 30.0
"""A chain that stands still for so long is left for another node, if there is one."""
BLIND_S = 15.0
"""After so long without a word from the node, what it then says is not taken as news: the link is
begun anew, so that times come from the chain and not from when we heard. Less than the grace that
payments have (``PAID_IN_TIME_GRACE_MS``)."""
FRESH_S = 5.0
"""A node that has sent no block for so long is reported as degraded."""
CURSOR_S = 1.0
CURSOR_LAG_S = 3.0
"""The cursor stays this far behind, so that what it covers is committed."""
BACKOFF_S = (0.25, 0.5, 1.0, 2.0, 4.0, 5.0)
"""Waits after the whole list of nodes failed, each shortened at random by up to half."""

Connector = Callable[[str], AbstractAsyncContextManager[Node]]
"""Opens a link to a node by its URL; raises NodeError."""


class NodeUnfit(NodeError):
    """The node answers, but can't be used: another network, no UTXO index, not synced, stalled."""


@frozen
class LinkHealth:
    """How things stand with the network."""

    ok: bool
    detail: str
    """For an operator."""
    url: str | None
    daa_score: int | None
    last_block_at: int | None
    """Unix milliseconds."""


class ChainFeed:
    """Follows the chain for the sessions. Outlives links; `run` serves one after another."""

    def __init__(
        self,
        *,
        network: Network,
        nodes: Sequence[str],
        connect: Connector,
        store: Store,
        clock: Clock,
        sessions: Sessions,
        score_moved: Callable[[int], None],
        deadline_passed: Callable[[str], None],
        may_save_cursor: Callable[[], bool],
    ) -> None:
        """``score_moved`` is called with each new score that may confirm; ``deadline_passed`` with
        sessions whose deadline passed and of whom everything up to it was seen."""
        self._network = network
        self._nodes = tuple(nodes)
        self._connect = connect
        self._store = store
        self._clock = clock
        self._sessions = sessions
        self._score_moved = score_moved
        self._deadline_passed = deadline_passed
        self._may_save_cursor = may_save_cursor
        self.watchlist = Watchlist()
        self.inquiries = Inquiries(watchlist=self.watchlist, sessions=sessions, clock=clock)
        self.warnings: list[str] = []
        self._daa_score: int | None = None
        self._last_block_at: int | None = None
        self._heard_at = 0
        self._url: str | None = None
        self._detail = "not connected yet"
        self._to_watch: dict[str, None] = {}
        self._to_unwatch: dict[str, None] = {}
        self._watch_wanted = trio.Event()
        self._reconciled = False
        self._caught_up = False
        self._awaiting_sight: dict[str, int | None] = {}

    @property
    def daa_score(self) -> int | None:
        """Virtual's DAA score, as last heard; None before the first node."""
        return self._daa_score

    @property
    def live_daa_score(self) -> int | None:
        """As daa_score, but None while no node is heard."""
        return self._daa_score if self._reconciled else None

    def recall(self, daa_score: int) -> None:
        """Begin with the score that was last stored, until a node tells a newer one."""
        self._daa_score = daa_score

    def health(self) -> LinkHealth:
        """How things stand with the network."""
        silence = None if self._last_block_at is None else self._clock() - self._last_block_at
        if not self._reconciled:
            ok, detail = False, self._detail
        elif silence is None or silence > FRESH_S * 1000:
            heard = "yet" if silence is None else f"for {silence // 1000} s"
            ok, detail = False, f"{self._url} has sent no block {heard}"
        else:
            ok, detail = True, "following the chain"
        return LinkHealth(ok, detail, self._url, self._daa_score, self._last_block_at)

    def watch(self, session: Session) -> None:
        """Watch an active session's address; it will be told when the node has acknowledged."""
        self.watchlist.add(session.address, session.id)
        self._want(session.address)

    def keep_watching(self, address: str, session_id: str, closed_at: int) -> None:
        """The session no longer needs an actor; its address stays watched for late money."""
        if self.watchlist.add(address, session_id, closed_at):
            self._want(address)

    def forget(self, address: str) -> None:
        """Stop watching an address."""
        self.watchlist.remove(address)
        self._to_watch.pop(address, None)
        self._to_unwatch[address] = None
        self._watch_wanted.set()

    def investigate(self, session: Session, payment: Payment) -> None:
        """Find out whether a payment's output was spent or withdrawn, and tell the session."""
        self.inquiries.open(session, payment)

    def attest(self, session: Session, payment: Payment) -> None:
        """Have a second source asked whether the network accepts a payment."""
        log.error("no second source to attest a payment", session=session.id)

    def at_next_sight(self, session_id: str) -> None:
        """Tell the session that its deadline passed as soon as a later block shows that everything
        before was seen; while the gateway is blind, that waits."""
        self._awaiting_sight.setdefault(session_id, self._daa_score)

    def _sight(self, score: int) -> None:
        """Virtual is known up to this score: let deadlines pass that came before."""
        waiting = self._awaiting_sight
        for session_id, since in tuple(waiting.items()):
            if since is None:
                waiting[session_id] = score
            elif score > since:
                del waiting[session_id]
                self._deadline_passed(session_id)

    def _want(self, address: str) -> None:
        self._to_watch[address] = None
        self._watch_wanted.set()

    async def run(self) -> None:
        """Serve links until cancelled. Raises only what is a fault of ours."""
        failures = 0
        while True:
            for url in self._nodes:
                if await self._try_node(url):
                    failures = 0
            wait = BACKOFF_S[min(failures, len(BACKOFF_S) - 1)]
            failures += 1
            await trio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 - spreads reconnects

    async def _try_node(self, url: str) -> bool:
        """Serve a link to this node until it ends; whether it ever was of use."""
        try:
            async with self._connect(url) as node:
                await self._serve(node)
        except* (NodeError, StoreUnavailable) as group:
            reason = first_of(group)
            self._detail = f"{url}: {reason}"
            log.warning("node link ended", node=url, reason=str(reason))
        finally:
            was_of_use = self._reconciled
            self._reconciled = self._caught_up = False
            self._url = None
        return was_of_use

    async def _serve(self, node: Node) -> None:
        info = await node.server_info()
        self._check(info)
        self._url = node.url
        self._detail = f"{node.url}: comparing sessions with the node"
        if self._daa_score is None or info.virtual_daa_score > self._daa_score:
            self._last_block_at = self._clock()
        self._daa_score = info.virtual_daa_score
        self._to_watch = dict.fromkeys(self.watchlist)
        self._to_unwatch.clear()
        reconciler = Reconciler(
            node=node,
            watchlist=self.watchlist,
            sessions=self._sessions,
            store=self._store,
            clock=self._clock,
            warn=self._warn,
        )
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._listen, node)
            await node.subscribe_virtual()
            await self._watch_all(node, reconciler)
            self._heard_at = self._clock()
            self._reconciled = True
            log.info("node link live", node=node.url, daa_score=self._daa_score)
            # Virtual had this score before the sessions were compared with it, so it holds for
            # what they found; on a chain that stands still no other would come.
            self._score_moved(self._daa_score)
            nursery.start_soon(self._watch_new, node, reconciler)
            nursery.start_soon(self._catch_up, node, reconciler)
            nursery.start_soon(self._snapshot_again, reconciler)
            nursery.start_soon(self.inquiries.run, node, self._heard_score)
            nursery.start_soon(self._check_fitness, node, self._clock())

    def _check(self, info: ServerInfo) -> None:
        """kaspa.md §4.5, step 2. Raises NodeUnfit with what is wrong and what to do."""
        if info.network_id != self._network.value:
            raise NodeUnfit(
                f"the node is on {info.network_id}, this gateway on {self._network.value}: "
                "set KASGATE_NETWORK or KASGATE_NODES right"
            )
        if info.rpc_api_version > SUPPORTED_RPC_VERSION:
            raise NodeUnfit(
                f"the node speaks RPC version {info.rpc_api_version}, newer than this gateway "
                f"knows ({SUPPORTED_RPC_VERSION}): upgrade the gateway"
            )
        if not info.has_utxo_index:
            raise NodeUnfit("the node has no UTXO index: start it with --utxoindex")
        if not info.is_synced:
            raise NodeUnfit("the node is not synced yet")

    async def _listen(self, node: Node) -> None:
        count = 0
        async for notification in node.notifications():
            self._take_in(notification)
            count += 1
            if count % TAKE_AT_ONCE == 0:
                await trio.lowlevel.checkpoint()
        raise NodeUnavailable("the node's notifications ended")

    def _take_in(self, notification: Notification) -> None:
        now = self._clock()
        silence_s = (now - self._heard_at) / 1000
        self._heard_at = now
        if self._reconciled and silence_s > BLIND_S:
            raise NodeUnavailable(f"said nothing for {silence_s:.0f} s: starting over")
        match notification:
            case DaaScoreChanged(score):
                self._take_score(score)
            case UtxosChanged():
                self._take_utxos(notification)
            case UtxoSetReplaced():
                raise NodeUnavailable("the node replaced its UTXO set: starting over")

    def _take_utxos(self, changed: UtxosChanged) -> None:
        now = self._clock()
        added = {utxo.outpoint for utxo in changed.added}
        removed = {utxo.outpoint for utxo in changed.removed}
        for utxo in changed.removed:
            watch = self.watchlist.get(utxo.address)
            if watch is None or utxo.outpoint in added:
                continue
            self.watchlist.note_changed(utxo.outpoint)
            if watch.closed_at is None:
                self._sessions.observe(watch.session_id, OutputMissing(utxo.outpoint))
        for utxo in changed.added:
            watch = self.watchlist.get(utxo.address)
            if watch is None:
                continue
            self.watchlist.note_changed(utxo.outpoint)
            if utxo.outpoint in removed and not self._is_known(watch.session_id, utxo.outpoint):
                # It was there before and only its score moved, so now is not when it came. The
                # snapshot that goes with a watch knows better.
                self._want(utxo.address)
            else:
                self._sessions.observe(watch.session_id, seen(utxo, now))

    def _is_known(self, session_id: str, outpoint: Outpoint) -> bool:
        session = self._sessions.active(session_id)
        return session is not None and session.payment(outpoint) is not None

    def _take_score(self, score: int) -> None:
        rose = self._daa_score is None or score > self._daa_score
        self._daa_score = score
        if rose:
            self._last_block_at = self._clock()
        if not self._reconciled:
            return
        self._score_moved(score)
        if rose and self._caught_up:
            self._sight(score)

    async def _watch_all(self, node: Node, reconciler: Reconciler) -> None:
        while self._to_watch:
            await self._watch_batch(node, reconciler)

    async def _watch_new(self, node: Node, reconciler: Reconciler) -> None:
        while True:
            self._watch_wanted = trio.Event()
            if not self._to_watch and not self._to_unwatch:
                await self._watch_wanted.wait()
                await trio.sleep(WATCH_GATHER_S)
            if self._to_unwatch:
                gone, self._to_unwatch = self._to_unwatch, {}
                await node.unwatch([a for a in gone if self.watchlist.get(a) is None])
            if self._to_watch:
                await self._watch_batch(node, reconciler)

    async def _watch_batch(self, node: Node, reconciler: Reconciler) -> None:
        batch = [address for address, _ in zip(self._to_watch, range(WATCH_BATCH), strict=False)]
        await node.watch(batch)
        for address in batch:
            self._to_watch.pop(address, None)
            watch = self.watchlist.get(address)
            session = self._sessions.active(watch.session_id) if watch is not None else None
            if session is not None and session.status is SessionStatus.CREATED:
                self._sessions.observe(session.id, Watched())
        await reconciler.snapshot(batch)

    async def _catch_up(self, node: Node, reconciler: Reconciler) -> None:
        """Replay what was missed, then note each second how far the chain was followed."""
        cursors = await self._store.cursors()
        if not self.inquiries.anchors:
            self.inquiries.anchors.extend(Anchor(c.block_hash, c.daa_score, c.at) for c in cursors)
        compared_at = self._daa_score
        await self._note_anchor(node)
        await reconciler.catch_up(cursors[-1] if cursors else None)
        self._caught_up = True
        if compared_at is not None:
            self._sight(compared_at)
        recent: deque[Anchor] = deque()
        while True:
            recent.append(await self._note_anchor(node))
            await self._save_cursor(recent)
            await trio.sleep(CURSOR_S)

    async def _note_anchor(self, node: Node) -> Anchor:
        """Note the newest block of the chain, with a score that is not below its own."""
        sink = await node.sink()
        # Asked for after the block, and not taken from notifications, which may lag: if the block
        # were younger than its score, what it accepted would look withdrawn.
        score = (await node.server_info()).virtual_daa_score
        anchor = Anchor(sink, score, self._clock())
        self.inquiries.anchors.append(anchor)
        return anchor

    async def _save_cursor(self, recent: deque[Anchor]) -> None:
        """Store the newest block that is old enough for all before it to be committed."""
        ripe: Anchor | None = None
        while recent and self._clock() - recent[0].at >= CURSOR_LAG_S * 1000:
            ripe = recent.popleft()
        if ripe is None or not self._may_save_cursor():
            return
        try:
            await self._store.save_cursor(ChainCursor(ripe.block_hash, ripe.daa_score, ripe.at))
        except StoreUnavailable as error:
            log.warning("cursor not saved", error=str(error))

    async def _snapshot_again(self, reconciler: Reconciler) -> None:
        while True:
            await trio.sleep(RESNAPSHOT_S)
            await reconciler.snapshot(self.watchlist.active_addresses())

    async def _check_fitness(self, node: Node, live_since: int) -> None:
        while True:
            await trio.sleep(FITNESS_S)
            self._check(await node.server_info())
            silence = self._clock() - max(live_since, self._last_block_at or 0)
            if len(self._nodes) > 1 and silence > STALL_S * 1000:
                raise NodeUnfit(f"the chain has stood still for {silence // 1000} s")

    def _heard_score(self) -> int | None:
        return self._daa_score

    def _warn(self, sentence: str) -> None:
        self.warnings.append(sentence)
        del self.warnings[:-10]
