"""The chain feed: the nodes of the list, one followed at a time, for all sessions.

It chooses the node, opens the link, has it followed, and when the link breaks tries the next best.
Each link begins anew: everything is subscribed again and compared, so no watch is lost with one,
and nothing expires or confirms because of the change alone.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Iterable, Sequence

import structlog
import trio
from attrs import frozen

from actors.chain.attestation import Attestations
from actors.chain.cross_check import CrossCheck
from actors.chain.cursor import CursorLog
from actors.chain.follower import LinkContext, NodeFollower
from actors.chain.gaps import ChainGaps
from actors.chain.mempool import MempoolWatch
from actors.chain.missing_outputs import MissingOutputs
from actors.chain.node_pool import Connector, NodeHealth, NodePool, check_fitness, shown
from actors.chain.payment_clock import PaymentClock
from actors.chain.view import ChainView, Overdue
from actors.chain.watchlist import PendingWatches, SessionPort, Watchlist
from kasgate.kaspa.link import first_of
from kasgate.kaspa.networks import Network
from kasgate.kaspa.node import Node, NodeError
from kasgate.logs.trouble import Trouble
from kasgate.sessions.payments import Payment
from kasgate.sessions.session import Session
from kasgate.store.calls import Store
from kasgate.store.protocol import StoreUnavailable

log = structlog.get_logger(__name__)

FRESH_S = 5.0
"""A node that has sent no block for so long is reported as degraded."""
BACKOFF_S = (0.25, 0.5, 1.0, 2.0, 4.0, 5.0)
"""Waits after the whole list of nodes failed, each shortened at random by up to half."""
STEADY_S = 10.0
"""After a link that lived for so long all other nodes are tried at once. Links that break sooner
count as tries, so that a list of bad nodes is gone through with waits."""


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
    nodes: tuple[NodeHealth, ...]
    """Every configured node, in the operator's order."""


class ChainFeed:
    """Follows the chain for the sessions. Outlives links; `run` serves one after another."""

    def __init__(
        self,
        *,
        network: Network,
        nodes: Sequence[str],
        connect: Connector,
        store: Store,
        clock: PaymentClock,
        sessions: SessionPort,
        score_moved: Callable[[int], None],
        deadline_passed: Callable[[str], None],
        may_save_cursor: Callable[[], bool],
        mempool: bool,
        followed_sessions: Callable[[], Iterable[str]],
        look_ahead: Callable[[Node, CrossCheck], Awaitable[None]],
    ) -> None:
        """``score_moved`` is called with each new score that may confirm; ``deadline_passed`` with
        sessions whose deadline passed and of whom everything up to it was seen. With
        ``mempool`` payments are looked for there before they are accepted, first those of the
        sessions that ``followed_sessions`` gives. ``look_ahead`` looks addresses up before sessions
        get them, while a link lasts."""
        self._connect = connect
        self._clock = clock
        self._network = network
        self._view = view = ChainView()
        self._overdue = Overdue(view, deadline_passed)
        self._pending = PendingWatches()
        self.watchlist = Watchlist()
        self.pool = NodePool(
            network=network,
            nodes=nodes,
            connect=connect,
            clock=clock,
            live_score=lambda: view.daa_score if view.compared else None,
        )
        cursor_log = CursorLog(store=store, clock=clock, may_save=may_save_cursor)
        self.cross_check = CrossCheck(
            network=network,
            pool=self.pool,
            connect=connect,
            anchors=cursor_log.anchors,
            followed_url=lambda: view.url,
        )
        self.missing = MissingOutputs(
            watchlist=self.watchlist,
            sessions=sessions,
            clock=clock,
            anchors=cursor_log.anchors,
            cross_check=self.cross_check,
        )
        self._chain_gaps = ChainGaps(
            store=store,
            clock=clock,
            watchlist=self.watchlist,
            sessions=sessions,
            cross_check=self.cross_check,
            daa_score=lambda: view.daa_score,
        )
        self._attestations = Attestations(
            cross_check=self.cross_check, sessions=sessions, daa_score=lambda: self.live_daa_score
        )
        self._mempool = MempoolWatch(
            sessions=sessions, clock=clock, followed_sessions=followed_sessions
        )
        self._outages = {
            entry: Trouble("node link ended", "node link is back", trio.current_time)
            for entry in nodes
        }
        self._context = LinkContext(
            network=network,
            store=store,
            clock=clock,
            sessions=sessions,
            watchlist=self.watchlist,
            pending=self._pending,
            view=view,
            overdue=self._overdue,
            pool=self.pool,
            cursor_log=cursor_log,
            chain_gaps=self._chain_gaps,
            missing=self.missing,
            mempool=self._mempool if mempool else None,
            score_moved=score_moved,
            link_live=self._link_live,
            look_ahead=lambda node: look_ahead(node, self.cross_check),
        )

    @property
    def daa_score(self) -> int | None:
        """Virtual's DAA score, as last heard; None before the first node."""
        return self._view.daa_score

    @property
    def live_daa_score(self) -> int | None:
        """As daa_score, but None while no node is heard."""
        return self._view.daa_score if self._view.compared else None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person has to look into."""
        return (
            *self._chain_gaps.warnings(),
            *self.missing.warnings(),
            *self._attestations.warnings(),
            *self._clock.warnings(),
        )

    def recall(self, daa_score: int) -> None:
        """Begin with the score that was last stored, until a node tells a newer one."""
        self._view.daa_score = self._view.highest = daa_score

    @property
    def is_fresh(self) -> bool:
        """Whether a node is followed, its state compared, and its blocks come in time."""
        view = self._view
        return view.compared and view.silence_s() <= FRESH_S + view.delay

    def health(self) -> LinkHealth:
        """How things stand with the network."""
        view, ok = self._view, self.is_fresh
        if ok:
            detail = "following the chain"
        elif not view.compared:
            detail = view.detail
        else:
            never = view.last_block_at is None
            heard = "yet" if never else f"for {view.silence_s():.0f} s"
            detail = f"{view.url} has sent no block {heard}"
        return LinkHealth(
            ok, detail, view.url, view.daa_score, view.last_block_at, self.pool.health()
        )

    def watch(self, session: Session) -> None:
        """Watch an active session's address; it will be told when the node has acknowledged."""
        self.watchlist.add(session.address, session.id)
        self._mempool.add(session)
        self._pending.watch(session.address)

    def go_on_watching(self, session: Session) -> None:
        """A closed session needs an actor again; its address is compared with the node like those
        of all others that have one, and not at once."""
        if session.address in self.watchlist:
            self.watchlist.add(session.address, session.id)
        else:
            self.watch(session)

    def stop_watching(self, session: Session) -> None:
        """Watch a session's address no more, unless it is another session's."""
        watch = self.watchlist.get(session.address)
        if watch is not None and watch.session_id == session.id:
            self.forget(session.address)

    def keep_watching(self, address: str, session_id: str, closed_at: int) -> None:
        """The session no longer needs an actor; its address stays watched for late money."""
        if self.watchlist.add(address, session_id, closed_at):
            self._pending.watch(address)

    def forget(self, address: str) -> None:
        """Stop watching an address."""
        self.watchlist.remove(address)
        self._pending.unwatch(address)

    def investigate(self, session: Session, payment: Payment) -> None:
        """Find out whether a payment's output was spent or withdrawn, and tell the session."""
        self.missing.open(session, payment)

    def attest(self, session: Session, payment: Payment) -> None:
        """Have a second source asked whether the network accepts a payment, and tell the session
        if it does."""
        self._attestations.open(session, payment)

    def at_next_sight(self, session_id: str) -> None:
        """Tell the session that its deadline passed as soon as a later block shows that everything
        before was seen; while the gateway is blind, that waits."""
        self._overdue.add(session_id)

    async def run(self) -> None:
        """Serve links until cancelled. Raises only what is a fault of ours."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._attestations.run)
            if len(self.pool) > 1:
                nursery.start_soon(self.pool.run)
            await self._serve_links()

    async def _serve_links(self) -> None:
        failures = 0
        while True:
            tried: set[str] = set()
            while (entry := self.pool.next_to_try(tried)) is not None:
                tried.add(entry)
                began = trio.current_time()
                if await self._try_node(entry):
                    failures = 0
                    if trio.current_time() - began >= STEADY_S:
                        tried = {entry}
            wait = BACKOFF_S[min(failures, len(BACKOFF_S) - 1)]
            failures += 1
            await trio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 - spreads reconnects

    def _link_live(self) -> None:
        followed = self.pool.followed
        if followed is not None:
            self._outages[followed].works(node=shown(followed))

    async def _try_node(self, entry: str) -> bool:
        """Serve a link to this node until it ends; whether it ever was of use."""
        view = self._view
        try:
            async with self._connect(entry) as node:
                await self._serve(entry, node)
        except* (NodeError, StoreUnavailable) as group:
            reason = first_of(group)
            view.detail = f"{shown(entry)}: {reason}"
            self._outages[entry].fails(node=shown(entry), reason=str(reason))
            self.pool.ended(entry, reason, was_of_use=view.compared)
        finally:
            was_of_use = view.compared
            view.lose()
            self.pool.let_go()
        return was_of_use

    async def _serve(self, entry: str, node: Node) -> None:
        info = await node.server_info()
        check_fitness(self._network, info)
        self.pool.began(entry, info)
        self._view.url = shown(node.url)
        self._view.detail = f"{self._view.url}: comparing sessions with the node"
        await NodeFollower(node, self._context).run(info)
