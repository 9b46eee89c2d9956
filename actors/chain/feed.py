"""The chain feed: follows one of the configured nodes at a time, on behalf of all sessions.

It chooses the node, opens the link and has it followed. When the link breaks, it tries the next
best node. Each link starts from scratch: every address is subscribed again and compared with the
node. So no watch is lost with a link, and a change of node alone expires or confirms nothing.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Iterable

import structlog
import trio
from attrs import frozen

from actors.chain.attestation import Attestations
from actors.chain.cross_check import CrossCheck
from actors.chain.cursor import CursorLog
from actors.chain.follower import LinkCallbacks, LinkContext, LinkTasks, NodeFollower, Watches
from actors.chain.gaps import ChainGaps
from actors.chain.mempool import MempoolWatch
from actors.chain.missing_outputs import MissingOutputs
from actors.chain.node_pool import NodeHealth, NodeList, NodePool, check_fitness, shown
from actors.chain.payment_clock import PaymentClock
from actors.chain.view import ChainView, Overdue
from actors.chain.watchlist import SessionPort
from kasgate.kaspa.link import first_of
from kasgate.kaspa.node import Node, NodeError
from kasgate.logs.trouble import Trouble
from kasgate.sessions.observations import DeadlineReached
from kasgate.sessions.payments import Payment
from kasgate.sessions.session import Session
from kasgate.store.calls import Store
from kasgate.store.protocol import StoreUnavailable

log = structlog.get_logger(__name__)

FRESH_S = 5.0
"""A node that has sent no block for this long is reported as degraded."""
BACKOFF_S = (0.25, 0.5, 1.0, 2.0, 4.0, 5.0)
"""Waits after every node of the list failed. Each is shortened at random by up to half."""
STEADY_S = 10.0
"""A link that lasted this long starts a new round of tries, without a wait. A link that breaks
sooner counts as a failed try, so the waits apply to a list of bad nodes."""


@frozen
class LinkHealth:
    """The state of the connection to the network."""

    ok: bool
    detail: str
    """For an operator."""
    url: str | None
    daa_score: int | None
    last_block_at: int | None
    """Unix milliseconds."""
    nodes: tuple[NodeHealth, ...]
    """Every configured node, in the operator's order."""


@frozen(kw_only=True)
class FeedCallbacks:
    """The calls that the feed makes into the rest of the gateway. All but ``look_ahead`` must not
    block."""

    score_moved: Callable[[int], None]
    """Called with each new DAA score that may confirm payments."""
    may_save_cursor: Callable[[], bool]
    """Whether everything that was observed is committed, so that the cursor may move."""
    followed_sessions: Callable[[], Iterable[str]]
    """The sessions whose page somebody has open. The mempool is searched for these first."""
    look_ahead: Callable[[Node, CrossCheck], Awaitable[None]]
    """Looks addresses up before sessions get them, while a link lasts."""


class ChainFeed:
    """Follows the chain for the sessions. It outlives links: `run` serves one after another."""

    def __init__(
        self,
        nodes: NodeList,
        *,
        store: Store,
        clock: PaymentClock,
        sessions: SessionPort,
        view: ChainView,
        callbacks: FeedCallbacks,
        mempool: bool,
    ) -> None:
        """The feed keeps ``view`` up to date for all its readers. With ``mempool`` it also looks
        for payments that are not accepted yet."""
        self._nodes = nodes
        self._clock = clock
        self._sessions = sessions
        self._view = view
        self._overdue = Overdue(view, self._deadline_passed)
        watches = Watches()
        self.watchlist, self._pending = watches.watchlist, watches.pending
        self.pool = NodePool(nodes, clock=clock, live_score=lambda: view.live_daa_score)
        cursor_log = CursorLog(store=store, clock=clock, may_save=callbacks.may_save_cursor)
        self.cross_check = CrossCheck(
            network=nodes.network,
            pool=self.pool,
            connect=nodes.connect,
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
            cross_check=self.cross_check, sessions=sessions, daa_score=lambda: view.live_daa_score
        )
        self._mempool = MempoolWatch(
            sessions=sessions, clock=clock, followed_sessions=callbacks.followed_sessions
        )
        tasks = LinkTasks(
            cursor_log=cursor_log,
            chain_gaps=self._chain_gaps,
            missing=self.missing,
            mempool=self._mempool if mempool else None,
        )
        self._context = self._link_context(store, watches, tasks, callbacks)
        self._outages = {entry: _outage() for entry in nodes.entries}

    def _link_context(
        self, store: Store, watches: Watches, tasks: LinkTasks, callbacks: FeedCallbacks
    ) -> LinkContext:
        return LinkContext(
            store=store,
            clock=self._clock,
            sessions=self._sessions,
            pool=self.pool,
            view=self._view,
            watches=watches,
            tasks=tasks,
            callbacks=LinkCallbacks(
                score_moved=callbacks.score_moved,
                seen_up_to=self._overdue.seen_up_to,
                link_live=self._link_live,
                look_ahead=lambda node: callbacks.look_ahead(node, self.cross_check),
            ),
        )

    @property
    def daa_score(self) -> int | None:
        """The DAA score of the virtual block, as last heard; None before the first node."""
        return self._view.daa_score

    @property
    def live_daa_score(self) -> int | None:
        """As ``daa_score``, but None while the sessions are not compared with a node."""
        return self._view.live_daa_score

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences for the operator, about problems that a person has to look into."""
        return (
            *self._chain_gaps.warnings(),
            *self.missing.warnings(),
            *self._attestations.warnings(),
            *self._clock.warnings(),
        )

    def recall(self, daa_score: int) -> None:
        """Start from the score that was stored last, until a node gives a newer one."""
        self._view.daa_score = self._view.highest = daa_score

    @property
    def is_fresh(self) -> bool:
        """Whether a node is followed, was compared with the sessions, and sends blocks in time."""
        view = self._view
        return view.compared and view.silence_s() <= FRESH_S + view.delay

    def health(self) -> LinkHealth:
        """The state of the connection to the network."""
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
        """Watch an active session's address. The session gets ``Watched`` once the node has
        acknowledged that."""
        self.watchlist.add(session.address, session.id)
        self._mempool.add(session)
        self._pending.watch(session.address)

    def go_on_watching(self, session: Session) -> None:
        """Watch the address of a closed session that has an actor again. If it is watched already,
        it is compared with the node in the next regular round and not at once."""
        if session.address in self.watchlist:
            self.watchlist.add(session.address, session.id)
        else:
            self.watch(session)

    def stop_watching(self, session: Session) -> None:
        """Stop watching a session's address, unless it belongs to another session."""
        watch = self.watchlist.get(session.address)
        if watch is not None and watch.session_id == session.id:
            self.forget(session.address)

    def keep_watching(self, address: str, session_id: str, closed_at: int) -> None:
        """Watch an address for late payments. Its session, closed at a unix time in milliseconds,
        needs no actor any more."""
        if self.watchlist.add(address, session_id, closed_at):
            self._pending.watch(address)

    def forget(self, address: str) -> None:
        """Stop watching an address."""
        self.watchlist.remove(address)
        self._pending.unwatch(address)

    def investigate(self, session: Session, payment: Payment) -> None:
        """Find out whether a payment's output was spent or withdrawn, and report that to the
        session."""
        self.missing.open(session, payment)

    def attest(self, session: Session, payment: Payment) -> None:
        """Ask a second source whether the network accepts a payment, and report that to the
        session if it does."""
        self._attestations.open(session, payment)

    def at_next_sight(self, session_id: str) -> None:
        """Report to the session that its deadline passed, once a later block shows that everything
        before it was seen. While no node is followed, that waits."""
        self._overdue.add(session_id)

    async def run(self) -> None:
        """Serve links until cancelled. An exception from here is a bug."""
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

    def _deadline_passed(self, session_id: str) -> None:
        self._sessions.observe(session_id, DeadlineReached())

    def _link_live(self) -> None:
        followed = self.pool.followed
        if followed is not None:
            self._outages[followed].works(node=shown(followed))

    async def _try_node(self, entry: str) -> bool:
        """Serve a link to this node until it ends. Returns whether the sessions were ever compared
        with the node over it."""
        view = self._view
        try:
            async with self._nodes.connect(entry) as node:
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
        check_fitness(self._nodes.network, info)
        self.pool.began(entry, info)
        self._view.url = shown(node.url)
        self._view.detail = f"{self._view.url}: comparing sessions with the node"
        await NodeFollower(node, self._context).run(info)


def _outage() -> Trouble:
    return Trouble("node link ended", "node link is back", trio.current_time)
