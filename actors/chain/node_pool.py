"""The node pool: the health of each configured node, and which one to follow.

One node is followed; the others are probed from time to time over a short link. When the followed
node lags, stalls or disconnects, the next fit one in the operator's order replaces it. A node that
failed is preferred again once it has been fit and level for a while. That wait grows with each
failure, so that an unstable node does not cause repeated switches.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from enum import StrEnum
from math import inf
from urllib.parse import urlsplit

import structlog
import trio
from attrs import define, frozen

from kasgate.clock import Clock
from kasgate.kaspa.link import first_of
from kasgate.kaspa.networks import BLOCKS_PER_SECOND, RESOLVER, Network
from kasgate.kaspa.node import Node, NodeError, NodeUnavailable, ServerInfo

log = structlog.get_logger(__name__)

SUPPORTED_RPC_VERSION = 1
LOOK_S = 15.0
"""Pause between two probes of a node that is not followed, plus or minus a quarter."""
LOOK_PUBLIC_S = 60.0
"""The same for a public service: REST, or a node from a resolver."""
FIRST_LOOK_S = 2.0
LONGEST_PAUSE_S = 300.0
"""The pause doubles with each failed probe, up to this."""
LOOK_TIMEOUT_S = 10.0
LAG_SCORES = 10 * BLOCKS_PER_SECOND
"""A node whose DAA score is further than this behind another's is lagging: ten seconds."""
STALL_S = 30.0
"""A chain without a new block for so long is left for a better node, if there is one."""
RETURN_S = 60.0
"""How long a preferred node must be fit and level before the gateway returns to it. Doubles with
each of its failures."""
LONGEST_RETURN_S = 3_600.0
FORGIVEN_S = 3_600.0
"""After being followed for so long, a node's earlier failures are forgotten."""

Connector = Callable[[str], AbstractAsyncContextManager[Node]]
"""Opens a link to a node by its entry in the list; raises NodeError."""


@frozen
class NodeList:
    """The configured nodes of one network, and how to open a link to one of them."""

    network: Network
    entries: Sequence[str]
    """In the operator's order: URLs, or ``resolver``."""
    connect: Connector


class NodeUnfit(NodeError):
    """The node answers but can't be used: another network, no UTXO index, or not synced."""


class NodeLeft(NodeError):
    """The link was closed in favour of a better node."""


class NodeState(StrEnum):
    """The last known state of a node."""

    UNKNOWN = "unknown"
    """Not probed yet."""
    FIT = "fit"
    LAGGING = "lagging"
    """Its DAA score is behind another node's."""
    STALLED = "stalled"
    """Its chain does not advance."""
    UNFIT = "unfit"
    UNREACHABLE = "unreachable"


_RANKS = {
    NodeState.FIT: 0,
    NodeState.UNKNOWN: 0,
    NodeState.LAGGING: 1,
    NodeState.STALLED: 2,
    NodeState.UNFIT: 3,
    NodeState.UNREACHABLE: 3,
}
"""The order in which nodes are tried; the operator's order decides among equals."""


@frozen
class NodeHealth:
    """The health of a configured node, for an operator."""

    name: str
    """Its URL without secrets, or ``resolver``."""
    state: NodeState
    detail: str
    followed: bool
    daa_score: int | None
    looked_at: int | None
    """Unix milliseconds of the last probe, or of the start of the followed link."""
    is_archive: bool
    """Whether it is a REST server."""


@define(eq=False)
class PooledNode:
    """The stored state of a node. Times are by Trio's clock."""

    entry: str
    state: NodeState = NodeState.UNKNOWN
    detail: str = "not looked at yet"
    daa_score: int | None = None
    rose_at: float = -inf
    looked_at: int | None = None
    fit_since: float = inf
    followed_since: float = inf
    falls: int = 0
    failures: int = 0

    @property
    def return_wait_s(self) -> float:
        """How long it must be fit before the gateway returns to it, in seconds."""
        return min(RETURN_S * 2.0**self.falls, LONGEST_RETURN_S)


def shown(url: str) -> str:
    """A node's URL for logs and health. The path is hidden: a hosted node may have its key
    there."""
    parts = urlsplit(url)
    if not parts.netloc:
        return url
    hidden = "/…" if parts.path.strip("/") or parts.query else ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{hidden}"


def host_of(url: str) -> str:
    """The host name of a node's URL."""
    return (urlsplit(url).hostname or url).lower()


def is_archive_url(entry: str) -> bool:
    """Whether an entry is a REST server, which keeps what nodes have pruned."""
    return entry.startswith(("https://", "http://"))


def check_fitness(network: Network, info: ServerInfo) -> None:
    """Check a node's answer to the handshake (kaspa.md §4.5, step 2). Raises NodeUnfit with the
    problem and its remedy."""
    if info.network_id != network.value:
        raise NodeUnfit(
            f"the node is on {info.network_id}, this gateway on {network.value}: "
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


class NodePool:
    """The configured nodes and their health. `run` probes those that are not followed."""

    def __init__(
        self,
        nodes: NodeList,
        *,
        clock: Clock,
        live_score: Callable[[], int | None],
    ) -> None:
        """``live_score`` returns the last DAA score of the followed node."""
        self.network = nodes.network
        self._connect = nodes.connect
        self._clock = clock
        self._live_score = live_score
        self._nodes = {entry: PooledNode(entry) for entry in nodes.entries}
        self._followed: PooledNode | None = None

    def __len__(self) -> int:
        return len(self._nodes)

    @property
    def followed(self) -> str | None:
        """The entry of the followed node."""
        return self._followed.entry if self._followed is not None else None

    def others(self) -> list[str]:
        """All entries except the followed one, in the operator's order."""
        return [entry for entry in self._nodes if entry != self.followed]

    def next_to_try(self, tried: Collection[str]) -> str | None:
        """The best node that was not tried yet; None if none is left."""
        left = [node for node in self._nodes.values() if node.entry not in tried]
        return min(left, key=lambda node: _RANKS[node.state]).entry if left else None

    def began(self, entry: str, info: ServerInfo) -> None:
        """Note that a node passed the handshake and is followed from now on."""
        node = self._followed = self._nodes[entry]
        node.state, node.detail = NodeState.FIT, "fit"
        node.daa_score = info.virtual_daa_score
        node.looked_at = self._clock()
        node.followed_since = trio.current_time()
        node.failures = 0

    def ended(self, entry: str, reason: BaseException, *, was_of_use: bool) -> None:
        """Note that a link to a node ended, or could not be opened."""
        node = self._nodes[entry]
        node.looked_at = self._clock()
        followed_s = trio.current_time() - node.followed_since
        node.followed_since = inf
        if isinstance(reason, NodeLeft):
            return
        if isinstance(reason, NodeError):
            # A local fault, such as a full disk, does not count against the node.
            node.state = NodeState.UNFIT if isinstance(reason, NodeUnfit) else NodeState.UNREACHABLE
            node.detail, node.fit_since = str(reason), inf
            if was_of_use:
                node.falls = 1 if followed_s > FORGIVEN_S else node.falls + 1

    def let_go(self) -> None:
        """Note that no node is followed any more."""
        self._followed = None

    def demote(self, state: NodeState, detail: str) -> None:
        """Note that the followed node lags or stalls, and is about to be left."""
        node = self._followed
        if node is not None:
            node.state, node.detail, node.fit_since = state, detail, inf
            node.falls += 1

    def lag(self) -> int:
        """How many blocks the followed node is behind the best other one; 0 if it is level."""
        score, best = self._live_score(), self._best_score(self._followed)
        if score is None or best is None or best - score <= LAG_SCORES:
            return 0
        return best - score

    def replacement(self) -> str | None:
        """The best fit node except the followed one; None if no other is known to be fit."""
        return next((n.entry for n in self._nodes.values() if self._is_spare(n)), None)

    def preferred(self) -> str | None:
        """A node to follow instead: earlier in the list, and fit for long enough."""
        now = trio.current_time()
        for node in self._nodes.values():
            if node is self._followed:
                return None
            if self._is_spare(node) and now - node.fit_since >= node.return_wait_s:
                return node.entry
        return None

    def _is_spare(self, node: PooledNode) -> bool:
        return node is not self._followed and node.state is NodeState.FIT

    def health(self) -> tuple[NodeHealth, ...]:
        """The health of every node, in the operator's order."""
        return tuple(self._health_of(node) for node in self._nodes.values())

    def _health_of(self, node: PooledNode) -> NodeHealth:
        followed = node is self._followed
        return NodeHealth(
            name=shown(node.entry),
            state=node.state,
            detail=node.detail,
            followed=followed,
            daa_score=self._live_score() if followed else node.daa_score,
            looked_at=node.looked_at,
            is_archive=is_archive_url(node.entry),
        )

    async def run(self) -> None:
        """Probe the nodes that are not followed, until cancelled."""
        async with trio.open_nursery() as nursery:
            for node in self._nodes.values():
                nursery.start_soon(self._watch_over, node)

    async def _watch_over(self, node: PooledNode) -> None:
        await trio.sleep(FIRST_LOOK_S)
        while True:
            # While no node is followed, the feed tries them all itself.
            if self._followed is not None and node is not self._followed:
                await self.look(node.entry)
            pause = LOOK_S if _is_own(node.entry) else LOOK_PUBLIC_S
            pause = min(pause * 2.0 ** min(node.failures, 10), max(pause, LONGEST_PAUSE_S))
            await trio.sleep(pause * random.uniform(0.75, 1.25))  # noqa: S311 - spreads looks

    async def look(self, entry: str) -> bool:
        """Probe a node over a link of its own. Returns whether it is fit."""
        node = self._nodes[entry]
        try:
            info = await self._ask(entry)
            check_fitness(self.network, info)
        except* NodeError as group:
            reason = first_of(group)
            unfit = isinstance(reason, NodeUnfit)
            self._note(node, NodeState.UNFIT if unfit else NodeState.UNREACHABLE, str(reason))
            node.failures += 1
        else:
            node.failures = 0
            self._judge(node, info.virtual_daa_score)
        return node.state is NodeState.FIT

    async def _ask(self, entry: str) -> ServerInfo:
        with trio.move_on_after(LOOK_TIMEOUT_S):
            async with self._connect(entry) as link:
                return await link.server_info()
        raise NodeUnavailable(f"no answer within {LOOK_TIMEOUT_S:.0f} s")

    def _judge(self, node: PooledNode, score: int) -> None:
        now = trio.current_time()
        if node.daa_score is None or score > node.daa_score or node.rose_at == -inf:
            node.rose_at = now
        node.daa_score = score
        best = self._best_score(node)
        still_s = now - node.rose_at
        if best is not None and best - score > LAG_SCORES:
            self._note(node, NodeState.LAGGING, f"{best - score} blocks behind another node")
        elif still_s > STALL_S:
            self._note(node, NodeState.STALLED, f"its chain has stood still for {still_s:.0f} s")
        else:
            self._note(node, NodeState.FIT, "fit")

    def _note(self, node: PooledNode, state: NodeState, detail: str) -> None:
        if node.state is not state:
            log.info("node seen", node=shown(node.entry), state=state.value, detail=detail)
        node.state, node.detail, node.looked_at = state, detail, self._clock()
        if state is not NodeState.FIT:
            node.fit_since = inf
        elif node.fit_since == inf:
            node.fit_since = trio.current_time()

    def _best_score(self, excluded: PooledNode | None) -> int | None:
        """The highest score of a fit node other than this one."""
        scores = [
            node.daa_score
            for node in self._nodes.values()
            if self._is_spare(node) and node is not excluded
        ]
        if self._followed is not None and self._followed is not excluded:
            scores.append(self._live_score())
        return max((score for score in scores if score is not None), default=None)


def _is_own(entry: str) -> bool:
    return entry != RESOLVER and not is_archive_url(entry)
