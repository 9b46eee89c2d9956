"""A node over wRPC JSON (kaspa.md §3.2 to §3.4), the first transport of the Node protocol."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from kasgate.kaspa.kaspad import KaspadNode
from kasgate.kaspa.link import (
    BACKLOG,
    CHAIN_PATIENCE,
    WATCH_BATCH,
    Timeouts,
    batches,
    held,
)
from kasgate.kaspa.node import (
    AcceptedIds,
    ChainBlock,
    ChainSlice,
    DaaScoreChanged,
    ServerInfo,
    UtxosChanged,
    UtxoSetReplaced,
)
from kasgate.kaspa.outputs import Garbage, in_portions
from kasgate.kaspa.wrpc import messages as wire
from kasgate.kaspa.wrpc.history import WrpcHistory
from kasgate.kaspa.wrpc.link import Link

if TYPE_CHECKING:
    import msgspec

    from kasgate.kaspa.node import Node
    from kasgate.kaspa.utxo import Utxo

__all__ = ["WrpcNode", "connect"]


class WrpcNode(KaspadNode):
    """An open link to a node; ``connect`` opens it."""

    def __init__(self, url: str, prefix: str, patience: Timeouts, backlog: int) -> None:
        self._prefix = prefix
        self._link = Link(url, patience, self._take_notice, self._wake_reader)
        super().__init__(self._link, WrpcHistory(self._link, prefix), backlog)

    async def server_info(self) -> ServerInfo:
        info = await self._link.ask("getServerInfo", {}, wire.SERVER_INFO)
        self._meet(info.server_version)
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

    async def _utxos_of(self, batch: list[str]) -> tuple[Utxo, ...]:
        answer = await self._link.ask("getUtxosByAddresses", {"addresses": batch}, wire.ENTRIES)
        with self._listening():
            return await self._values(answer.entries)

    async def _mempool_of(self, batch: list[str]) -> tuple[Utxo, ...]:
        # With other values the node refuses, or returns transactions that may never be valid.
        pools = {"includeOrphanPool": False, "filterTransactionPool": False}
        params = {"addresses": batch, **pools}
        answer = await self._link.ask("getMempoolEntriesByAddresses", params, wire.MEMPOOL)
        with self._listening():
            return await in_portions(wire.outputs_of_mempool(answer, self._prefix))

    async def sink(self) -> str:
        return (await self._link.ask("getSink", {}, wire.SINK)).sink

    async def accepted_after(self, block_hash: str) -> AcceptedIds:
        params = {"startHash": block_hash, "includeAcceptedTransactionIds": True}
        with self._history():
            answer = await self._link.ask(
                "getVirtualChainFromBlock", params, wire.CHAIN_IDS, patience=CHAIN_PATIENCE
            )
        with self._listening():
            return wire.value_of_chain_ids(answer)

    async def _ask_return_address(self, transaction_id: str, block_daa_score: int) -> None:
        params = {"txid": transaction_id, "acceptingBlockDaaScore": block_daa_score}
        await self._link.ask("getUtxoReturnAddress", params, wire.NOTHING)

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
        """Put a notification into the backlog. Raises Garbage. Unrequested and unknown kinds are
        ignored."""
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

    async def _values(self, texts: Sequence[msgspec.Raw]) -> tuple[Utxo, ...]:
        return await in_portions(wire.value_of_utxo(each, self._prefix) for each in texts)


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

    ``url`` is ws:// or wss://. ``prefix`` is the address prefix of our network, used for outputs
    that come without an address. The times are seconds: for an answer (three times as long for a
    range of the chain), for the connection, for any sign of life, and between pings. ``backlog``
    bounds the queue of ``notifications``: each message counts one, and one for each output in it;
    beyond it the link is closed.

    Raises NodeUnavailable, with a sentence that names the node, if it can't connect. Errors of the
    block are raised unchanged, in no group. Cancelling closes the socket at once; leaving the block
    closes the connection properly first, for a second at most.
    """
    patience = Timeouts(request_timeout, connect_timeout, silence_limit, ping_interval)
    node = WrpcNode(url, prefix, patience, backlog)
    async with held(node._link):
        yield node


if TYPE_CHECKING:

    def _is_a_node(node: WrpcNode) -> Node:
        return node
