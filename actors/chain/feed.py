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
from actors.chain.cross_check import Witnesses
from actors.chain.cursor import Trail
from actors.chain.follower import Follower, Lookout
from actors.chain.gaps import Absences
from actors.chain.mempool import MempoolWatch
from actors.chain.missing_outputs import Inquiries
from actors.chain.node_pool import Connector, NodeHealth, Scouts, check_fitness, shown
from actors.chain.payment_clock import PaymentClock
from actors.chain.view import ChainView, Overdue
from actors.chain.watchlist import Orders, Sessions, Watchlist
from kasgate.kaspa.link import first_of
from kasgate.kaspa.networks import Network
from kasgate.kaspa.node import Node, NodeError
from kasgate.logs.trouble import Trouble
from kasgate.payments import Payment
from kasgate.session import Session
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
        sessions: Sessions,
        score_moved: Callable[[int], None],
        deadline_passed: Callable[[str], None],
        may_save_cursor: Callable[[], bool],
        mempool: bool,
        looked_at: Callable[[], Iterable[str]],
        look_ahead: Callable[[Node, Witnesses], Awaitable[None]],
    ) -> None:
        """``score_moved`` is called with each new score that may confirm; ``deadline_passed`` with
        sessions whose deadline passed and of whom everything up to it was seen. With
        ``mempool`` payments are looked for there before they are accepted, first those of the
        sessions that ``looked_at`` gives. ``look_ahead`` looks addresses up before sessions get
        them, while a link lasts."""
        self._connect = connect
        self._clock = clock
        self._network = network
        self._view = view = ChainView()
        self._overdue = Overdue(view, deadline_passed)
        self._orders = Orders()
        self.watchlist = Watchlist()
        self.scouts = Scouts(
            network=network,
            nodes=nodes,
            connect=connect,
            clock=clock,
            live_score=lambda: view.daa_score if view.compared else None,
        )
        trail = Trail(store=store, clock=clock, may_save=may_save_cursor)
        self.witnesses = Witnesses(
            network=network,
            scouts=self.scouts,
            connect=connect,
            anchors=trail.anchors,
            followed_url=lambda: view.url,
        )
        self.inquiries = Inquiries(
            watchlist=self.watchlist,
            sessions=sessions,
            clock=clock,
            anchors=trail.anchors,
            witnesses=self.witnesses,
        )
        self._absences = Absences(
            store=store,
            clock=clock,
            watchlist=self.watchlist,
            sessions=sessions,
            witnesses=self.witnesses,
            daa_score=lambda: view.daa_score,
        )
        self._attestations = Attestations(
            witnesses=self.witnesses, sessions=sessions, daa_score=lambda: self.live_daa_score
        )
        self._mempool = MempoolWatch(sessions=sessions, clock=clock, looked_at=looked_at)
        self._outages = {
            entry: Trouble("node link ended", "node link is back", trio.current_time)
            for entry in nodes
        }
        self._lookout = Lookout(
            network=network,
            store=store,
            clock=clock,
            sessions=sessions,
            watchlist=self.watchlist,
            orders=self._orders,
            view=view,
            overdue=self._overdue,
            scouts=self.scouts,
            trail=trail,
            absences=self._absences,
            inquiries=self.inquiries,
            mempool=self._mempool if mempool else None,
            score_moved=score_moved,
            link_live=self._link_live,
            look_ahead=lambda node: look_ahead(node, self.witnesses),
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
            *self._absences.warnings(),
            *self.inquiries.warnings(),
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
            ok, detail, view.url, view.daa_score, view.last_block_at, self.scouts.health()
        )

    def watch(self, session: Session) -> None:
        """Watch an active session's address; it will be told when the node has acknowledged."""
        self.watchlist.add(session.address, session.id)
        self._mempool.add(session)
        self._orders.watch(session.address)

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
            self._orders.watch(address)

    def forget(self, address: str) -> None:
        """Stop watching an address."""
        self.watchlist.remove(address)
        self._orders.unwatch(address)

    def investigate(self, session: Session, payment: Payment) -> None:
        """Find out whether a payment's output was spent or withdrawn, and tell the session."""
        self.inquiries.open(session, payment)

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
            if len(self.scouts) > 1:
                nursery.start_soon(self.scouts.run)
            await self._serve_links()

    async def _serve_links(self) -> None:
        failures = 0
        while True:
            tried: set[str] = set()
            while (entry := self.scouts.next_to_try(tried)) is not None:
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
        followed = self.scouts.followed
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
            self.scouts.ended(entry, reason, was_of_use=view.compared)
        finally:
            was_of_use = view.compared
            view.lose()
            self.scouts.let_go()
        return was_of_use

    async def _serve(self, entry: str, node: Node) -> None:
        info = await node.server_info()
        check_fitness(self._network, info)
        self.scouts.began(entry, info)
        self._view.url = shown(node.url)
        self._view.detail = f"{self._view.url}: comparing sessions with the node"
        await Follower(node, self._lookout).run(info)
