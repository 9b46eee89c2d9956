"""A node over wRPC JSON (kaspa.md §3.2 to §3.4), the first transport behind the Node protocol."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from kasgate.kaspa import wrpc_messages as wire
from kasgate.kaspa.backlog import Backlog
from kasgate.kaspa.link import (
    BACKLOG,
    CHAIN_PATIENCE,
    SNAPSHOT_BATCH,
    WATCH_BATCH,
    Patience,
    batches,
    held,
)
from kasgate.kaspa.node import (
    AcceptedIds,
    ChainBlock,
    ChainPlace,
    ChainSlice,
    DaaScoreChanged,
    MempoolOutput,
    Notification,
    ServerInfo,
    UtxosChanged,
    UtxoSetReplaced,
)
from kasgate.kaspa.outputs import Garbage, in_portions, waiting_for
from kasgate.kaspa.refusals import (
    Refusal,
    is_found_nevertheless,
    is_syncing,
    refusal_of_history,
)
from kasgate.kaspa.replay import descend, is_unknown_method, replay, tells_outputs
from kasgate.kaspa.wrpc_history import WrpcHistory
from kasgate.kaspa.wrpc_link import Link

if TYPE_CHECKING:
    from kasgate.kaspa.node import Node
    from kasgate.kaspa.utxo import Utxo

__all__ = ["WrpcNode", "connect"]


class WrpcNode:
    """An open link to a node; ``connect`` makes it. Implements the Node protocol, which says what
    each call does. A cancelled call leaves the link usable."""

    def __init__(self, url: str, prefix: str, patience: Patience, backlog: int) -> None:
        self._prefix = prefix
        self._tells_outputs = True  # until server_info says otherwise
        self._link = Link(url, patience, self._take_notice, self._wake_reader)
        self._backlog = Backlog(backlog, self._link.fail, self._link.ending)

    def _wake_reader(self) -> None:
        self._backlog.wake()

    @property
    def url(self) -> str:
        return self._link.url

    @property
    def replays_chain(self) -> bool:
        return True

    @property
    def sees_mempool(self) -> bool:
        return True

    @property
    def delay(self) -> float:
        return 0

    def notifications(self) -> AsyncIterator[Notification]:
        """What came before the link went down is still delivered, unless the reader fell behind.
        A checkpoint only where it has to wait. May be dropped and asked for again at any time:
        what was not taken stays."""
        return self._backlog

    async def server_info(self) -> ServerInfo:
        info = await self._link.ask("getServerInfo", {}, wire.SERVER_INFO)
        self._tells_outputs = tells_outputs(info.server_version)
        status = await self._link.ask("getSyncStatus", {}, wire.SYNC_STATUS)
        return ServerInfo(
            network_id=info.network_id,
            server_version=info.server_version,
            rpc_api_version=info.rpc_api_version,
            has_utxo_index=info.has_utxo_index,
            is_synced=info.is_synced and status.is_synced,
            virtual_daa_score=info.virtual_daa_score,
        )

    async def subscribe_virtual(self) -> None:
        for scope in ("VirtualDaaScoreChanged", "PruningPointUtxoSetOverride"):
            await self._link.ask("subscribe", {scope: {}}, wire.NOTHING)

    async def watch(self, addresses: Sequence[str]) -> None:
        for batch in batches(addresses, WATCH_BATCH):
            params = {"UtxosChanged": {"addresses": batch}}
            await self._link.ask("subscribe", params, wire.NOTHING)

    async def unwatch(self, addresses: Sequence[str]) -> None:
        for batch in batches(addresses, WATCH_BATCH):
            params = {"UtxosChanged": {"addresses": batch}}
            await self._link.ask("unsubscribe", params, wire.NOTHING)

    async def utxos(self, addresses: Sequence[str]) -> list[Utxo]:
        found: list[Utxo] = []
        for batch in batches(addresses, SNAPSHOT_BATCH):
            answer = await self._link.ask("getUtxosByAddresses", {"addresses": batch}, wire.ENTRIES)
            with self._listening():
                found += await self._values(answer.entries)
        return found

    async def mempool(self, addresses: Sequence[str]) -> list[MempoolOutput]:
        found: list[MempoolOutput] = []
        for batch in batches(addresses, SNAPSHOT_BATCH):
            # With these two any other way round the node refuses, or shows what may never be valid.
            pools = {"includeOrphanPool": False, "filterTransactionPool": False}
            params = {"addresses": batch, **pools}
            answer = await self._link.ask("getMempoolEntriesByAddresses", params, wire.MEMPOOL)
            with self._listening():
                outputs = await in_portions(wire.outputs_of_mempool(answer, self._prefix))
            found += waiting_for(outputs, frozenset(batch))
        return found

    async def sink(self) -> str:
        return (await self._link.ask("getSink", {}, wire.SINK)).sink

    async def below(self, block_hash: str, depth: int) -> ChainPlace:
        with self._history(), self._listening():
            return await descend(WrpcHistory(self._link, self._prefix), block_hash, depth)

    async def chain_after(self, block_hash: str) -> ChainSlice:
        """If ``server_info`` found a node too old to tell outputs, they are gathered block by
        block, which takes longer; HistoryUnavailable is raised as well if any can't be found."""
        with self._history():
            if self._tells_outputs:
                try:
                    return await self._told_chain(block_hash)
                except Refusal as refusal:
                    if not is_unknown_method(refusal):
                        raise
                    self._tells_outputs = False
            with self._listening():
                return await replay(
                    WrpcHistory(self._link, self._prefix), self._link.url, block_hash
                )

    async def accepted_after(self, block_hash: str) -> AcceptedIds:
        params = {"startHash": block_hash, "includeAcceptedTransactionIds": True}
        with self._history():
            answer = await self._link.ask(
                "getVirtualChainFromBlock", params, wire.CHAIN_IDS, patience=CHAIN_PATIENCE
            )
        with self._listening():
            return wire.value_of_chain_ids(answer)

    async def accepted_at(self, transaction_id: str, block_daa_score: int) -> bool:
        """Raises NodeRefused while the node syncs: what it says then is not even "not there"."""
        params = {"txid": transaction_id, "acceptingBlockDaaScore": block_daa_score}
        try:
            await self._link.ask("getUtxoReturnAddress", params, wire.NOTHING)
        except Refusal as refusal:
            if is_syncing(refusal):
                raise
            return is_found_nevertheless(refusal)
        return True

    async def timestamps(self, daa_scores: Sequence[int]) -> list[int]:
        if not daa_scores:
            return []
        params = {"daaScores": list(daa_scores)}
        answer = await self._link.ask("getDaaScoreTimestampEstimate", params, wire.TIMESTAMPS)
        with self._listening():
            if len(answer.timestamps) != len(daa_scores):
                raise Garbage("sent another number of timestamps than it was asked for")
        return answer.timestamps

    async def _told_chain(self, block_hash: str) -> ChainSlice:
        params = {"startHash": block_hash, "dataVerbosityLevel": "Low"}
        answer = await self._link.ask(
            "getVirtualChainFromBlockV2", params, wire.CHAIN, patience=CHAIN_PATIENCE
        )
        blocks = []
        with self._listening():
            wire.check_chain(answer)
            for message in answer.chain_block_accepted_transactions:
                header = message.chain_block_header
                outputs = await in_portions(wire.outputs_of_block(message, self._prefix))
                blocks.append(ChainBlock(header.hash, header.daa_score, header.timestamp, outputs))
        return ChainSlice(tuple(answer.removed_chain_block_hashes), tuple(blocks))

    async def _take_notice(self, frame: wire.Frame) -> None:
        """Put a notification into the backlog; raises Garbage. Kinds that we never asked for and
        don't know are ignored."""
        decoder = wire.NOTICES.get(frame.method or "")
        if decoder is None:
            return
        notice = wire.decode(decoder, frame.params, f"a {frame.method}")
        match notice:
            case wire.ScoreChangedMessage():
                self._backlog.tell(DaaScoreChanged(notice.score.virtual_daa_score))
            case wire.UtxosChangedMessage():
                removed = await self._values(notice.difference.removed)
                added = await self._values(notice.difference.added)
                self._backlog.tell(UtxosChanged(added=added, removed=removed))
            case wire.OverrideMessage():
                self._backlog.tell(UtxoSetReplaced())

    async def _values(self, messages: Sequence[wire.UtxoMessage]) -> tuple[Utxo, ...]:
        return await in_portions(wire.value_of_utxo(each, self._prefix) for each in messages)

    @contextmanager
    def _history(self) -> Iterator[None]:
        try:
            yield
        except Refusal as refusal:
            raise refusal_of_history(refusal) from refusal

    @contextmanager
    def _listening(self) -> Iterator[None]:
        """End the link, and raise NodeUnavailable, if what it says turns out to be garbage."""
        try:
            yield
        except Garbage as garbage:
            self._link.fail(str(garbage), garbage)
            raise self._link.unavailable() from garbage


@asynccontextmanager
async def connect(
    url: str,
    *,
    prefix: str,
    request_timeout: float = 10,
    connect_timeout: float = 10,
    silence_limit: float = 30,
    ping_interval: float = 10,
    backlog: int = BACKLOG,
) -> AsyncIterator[WrpcNode]:
    """Open a link to a node, for as long as the block runs.

    ``url`` is ws:// or wss://; ``prefix`` that of the addresses of our network, which gives an
    output its address where the node doesn't. Times are seconds: for an answer (three times as
    long for a stretch of the chain), for the connection, for any sign of life, and between pings.
    ``backlog`` bounds what waits for ``notifications``: each message counts one, and one for each
    output that it names; beyond it the link is closed.

    Raises NodeUnavailable, with a sentence that names the node, if it can't connect. What the
    block raises comes out as it is, in no group. Cancelling closes the socket at once; leaving the
    block says goodbye first, for a second at most.
    """
    patience = Patience(request_timeout, connect_timeout, silence_limit, ping_interval)
    node = WrpcNode(url, prefix, patience, backlog)
    async with held(node._link):
        yield node


if TYPE_CHECKING:

    def _is_a_node(node: WrpcNode) -> Node:
        return node
