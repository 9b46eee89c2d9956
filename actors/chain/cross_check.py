"""The cross-check: asks the configured sources other than the followed node.

One node may lie, lag or be on a wrong chain. Others are asked before a payment is withdrawn on a
node's word, and before a large payment counts on it. An archive also knows what nodes have pruned.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from enum import Enum, auto

import structlog
import trio
from attrs import frozen

from actors.chain.cursor import Anchors
from actors.chain.node_pool import (
    LAG_SCORES,
    Connector,
    NodePool,
    check_fitness,
    host_of,
    is_archive_url,
    shown,
)
from kasgate.kaspa.link import first_of
from kasgate.kaspa.networks import BLOCKS_PER_SECOND, PUBLIC_NETWORKS, Network
from kasgate.kaspa.node import (
    Archive,
    ArchivedOutput,
    HistoryUnavailable,
    Node,
    NodeError,
    NodeUnavailable,
)
from kasgate.kaspa.utxo import Outpoint, Utxo
from kasgate.money import Sompi

log = structlog.get_logger(__name__)

CROSS_CHECK_TIMEOUT_S = 20.0
"""The time that one source has to answer a whole batch."""
ASKED_AT_ONCE = 100
"""Outputs in one request to a source. The rest wait for the next request."""
BEHIND_SCORES = 3 * BLOCKS_PER_SECOND
"""A source whose score is not this far past a payment's may not know it yet, so its silence proves
nothing."""
ARCHIVE_MARGIN_MS = 3_600_000
"""How long before a payment an archive is queried from: its times are not the gateway's."""
REPLAY_SLICES = 50
"""Chain responses that are read in search of one output: an hour or two."""


@frozen
class OutputClaim:
    """An output that the followed node reported."""

    address: str
    outpoint: Outpoint
    amount: Sompi
    block_daa_score: int
    accepted_at: int


class CheckResult(Enum):
    """A source's answer about a claim."""

    ACCEPTED = auto()
    """Its selected chain accepted exactly this output, whether spent since or not."""
    UNKNOWN = auto()
    """It should know the output, and does not."""
    SILENT = auto()
    """It can't be asked, or its history does not reach back that far."""


@frozen
class SourceAnswer:
    """A source and its answer."""

    source: str
    """The node's URL for an operator."""
    verdict: CheckResult


class CrossCheck:
    """Opens short links to other sources and asks them."""

    def __init__(
        self,
        *,
        network: Network,
        pool: NodePool,
        connect: Connector,
        anchors: Anchors,
        followed_url: Callable[[], str | None],
    ) -> None:
        """``followed_url`` returns the URL of the followed node, after any resolver."""
        self._network = network
        self._pool = pool
        self._connect = connect
        self._anchors = anchors
        self._followed_url = followed_url

    async def hear(
        self, claims: Sequence[OutputClaim], *, independent: bool = False
    ) -> dict[Outpoint, list[SourceAnswer]]:
        """Ask every other source about these claims, at most ASKED_AT_ONCE. Raises none of their
        errors: a source that can't be asked is silent. With ``independent``, a source on the
        followed node's machine is silent too, since it may be the same node on another port."""
        heard: dict[Outpoint, list[SourceAnswer]] = {claim.outpoint: [] for claim in claims}

        async def ask(entry: str) -> None:
            verdicts = await self._ask(entry, claims[:ASKED_AT_ONCE], independent)
            for outpoint, verdict in verdicts.items():
                heard[outpoint].append(SourceAnswer(shown(entry), verdict))

        async with trio.open_nursery() as nursery:
            for entry in self._pool.others():
                nursery.start_soon(ask, entry)
        return heard

    async def _ask(
        self, entry: str, claims: Sequence[OutputClaim], independent: bool
    ) -> dict[Outpoint, CheckResult]:
        verdicts = {claim.outpoint: CheckResult.SILENT for claim in claims}
        try:
            with trio.move_on_after(CROSS_CHECK_TIMEOUT_S):
                async with self._connect(entry) as node:
                    if independent and self._may_be_followed(node.url):
                        return verdicts
                    info = await node.server_info()
                    check_fitness(self._network, info)
                    present = await _present(node, claims)
                    for claim in claims:
                        verdicts[claim.outpoint] = await self._judge(
                            node, claim, present, info.virtual_daa_score
                        )
        except* NodeError as group:
            log.warning("a source can't be asked", node=shown(entry), error=str(first_of(group)))
        return verdicts

    async def _judge(
        self, node: Node, claim: OutputClaim, present: dict[Outpoint, Utxo], score: int
    ) -> CheckResult:
        utxo = present.get(claim.outpoint)
        if utxo is not None:
            return CheckResult.ACCEPTED if _is_meant(utxo, claim) else CheckResult.UNKNOWN
        reach = claim.block_daa_score + BEHIND_SCORES + node.delay * BLOCKS_PER_SECOND
        if score < reach:
            return CheckResult.SILENT
        return await (
            _remembered(node, claim) if isinstance(node, Archive) else self._replayed(node, claim)
        )

    def _may_be_followed(self, url: str) -> bool:
        followed = self._followed_url()
        return (
            self._network in PUBLIC_NETWORKS
            and followed is not None
            and host_of(followed) == host_of(url)
        )

    async def _replayed(self, node: Node, claim: OutputClaim) -> CheckResult:
        """Whether the node's chain has a block that accepted this exact output. An accepted
        transaction alone would not prove that it pays the session."""
        anchor = self._anchors.before(claim.block_daa_score)
        if anchor is None:
            return CheckResult.SILENT
        block_hash = anchor.block_hash
        beyond = claim.block_daa_score + LAG_SCORES
        try:
            for _ in range(REPLAY_SLICES):
                part = await node.chain_after(block_hash)
                outputs = (utxo for block in part.added for utxo in block.outputs)
                if any(_is_meant(utxo, claim) for utxo in outputs):
                    return CheckResult.ACCEPTED
                if not part.added or part.added[-1].daa_score > beyond:
                    return CheckResult.UNKNOWN
                block_hash = part.added[-1].hash
        except HistoryUnavailable:
            pass  # the node has pruned these blocks
        return CheckResult.SILENT

    @asynccontextmanager
    async def archive(self, followed: Node) -> AsyncIterator[Archive]:
        """The followed node if it is an archive, else the first archive that can be opened.

        Raises NodeUnavailable if there is none.
        """
        async with AsyncExitStack() as stack:
            if isinstance(followed, Archive):
                yield followed
            else:
                yield await self._open_archive(stack)

    async def _open_archive(self, stack: AsyncExitStack) -> Archive:
        reasons = []
        for entry in filter(is_archive_url, self._pool.others()):
            try:
                async with AsyncExitStack() as attempt:
                    node = await attempt.enter_async_context(self._connect(entry))
                    check_fitness(self._network, await node.server_info())
                    if isinstance(node, Archive):
                        await stack.enter_async_context(attempt.pop_all())
                        return node
            except* NodeError as group:
                reasons.append(f"{shown(entry)}: {first_of(group)}")
        raise NodeUnavailable("; ".join(reasons) or "no REST server is configured as an archive")


async def _present(node: Node, claims: Sequence[OutputClaim]) -> dict[Outpoint, Utxo]:
    utxos = await node.utxos(sorted({claim.address for claim in claims}))
    return {utxo.outpoint: utxo for utxo in utxos}


async def _remembered(archive: Archive, claim: OutputClaim) -> CheckResult:
    try:
        outputs = await archive.received(claim.address, claim.accepted_at - ARCHIVE_MARGIN_MS)
    except HistoryUnavailable:
        return CheckResult.SILENT
    return CheckResult.ACCEPTED if any(_is_same(o, claim) for o in outputs) else CheckResult.UNKNOWN


def _is_same(output: ArchivedOutput, claim: OutputClaim) -> bool:
    return _is_meant(output.utxo, claim)


def _is_meant(utxo: Utxo, claim: OutputClaim) -> bool:
    return (utxo.outpoint, utxo.address, utxo.amount) == (
        claim.outpoint, claim.address, claim.amount,
    )  # fmt: skip
