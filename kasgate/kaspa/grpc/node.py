"""A node over gRPC (kaspa.md §3.5), the second transport of the Node protocol.

It is the only transport that every kaspad serves by default. Nodes that do not number their answers
(the Go kaspad, which follows no public network any more) are not supported: the link ends with that
reason.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from kasgate.kaspa.grpc import messages as wire
from kasgate.kaspa.grpc.history import GrpcHistory
from kasgate.kaspa.grpc.link import GrpcLink
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
from kasgate.kaspa.outputs import in_portions
from kasgate.kaspa.protowire import node_pb2 as pb

if TYPE_CHECKING:
    from kasgate.kaspa.node import Node
    from kasgate.kaspa.utxo import Utxo

__all__ = ["GrpcNode", "connect"]


class GrpcNode(KaspadNode):
    """An open link to a node; ``connect`` opens it."""

    def __init__(self, url: str, prefix: str, patience: Timeouts, backlog: int) -> None:
        self._prefix = prefix
        self._link = GrpcLink(url, patience, self._take_notice, self._wake_reader)
        super().__init__(self._link, GrpcHistory(self._link, prefix), backlog)

    async def server_info(self) -> ServerInfo:
        info = await self._link.ask(
            pb.Request(get_server_info=pb.Nothing()), lambda response: response.get_server_info
        )
        self._meet(info.server_version)
        status = await self._link.ask(
            pb.Request(get_sync_status=pb.Nothing()), lambda response: response.get_sync_status
        )
        with self._listening():
            return ServerInfo(
                network_id=wire.name_of(info.network_id, "a network's name"),
                server_version=wire.name_of(info.server_version, "a version"),
                rpc_api_version=info.rpc_api_version,
                has_utxo_index=info.has_utxo_index,
                is_synced=info.is_synced and status.is_synced,
                virtual_daa_score=wire.number_of(info.virtual_daa_score, "a score"),
            )

    async def subscribe_virtual(self) -> None:
        start = pb.NotifyRequest(command=pb.START)
        for request in (
            pb.Request(notify_virtual_daa_score_changed=start),
            pb.Request(notify_pruning_point_utxo_set_override=start),
        ):
            await self._link.ask(request, _done)

    async def watch(self, addresses: Sequence[str]) -> None:
        await self._command_utxos_changed(addresses, pb.START)

    async def unwatch(self, addresses: Sequence[str]) -> None:
        await self._command_utxos_changed(addresses, pb.STOP)

    async def _command_utxos_changed(self, addresses: Sequence[str], command: pb.Command) -> None:
        for batch in batches(addresses, WATCH_BATCH):
            request = pb.NotifyUtxosChangedRequest(addresses=batch, command=command)
            await self._link.ask(pb.Request(notify_utxos_changed=request), _done)

    async def _utxos_of(self, batch: list[str]) -> tuple[Utxo, ...]:
        answer = await self._link.ask(
            pb.Request(get_utxos_by_addresses=pb.AddressesRequest(addresses=batch)),
            lambda response: response.get_utxos_by_addresses,
        )
        with self._listening():
            return await self._values(answer.entries)

    async def _mempool_of(self, batch: list[str]) -> tuple[Utxo, ...]:
        request = pb.GetMempoolEntriesByAddressesRequest(addresses=batch)
        answer = await self._link.ask(
            pb.Request(get_mempool_entries_by_addresses=request),
            lambda response: response.get_mempool_entries_by_addresses,
        )
        with self._listening():
            return await in_portions(wire.outputs_of_mempool(answer, self._prefix))

    async def sink(self) -> str:
        answer = await self._link.ask(
            pb.Request(get_sink=pb.Nothing()), lambda response: response.get_sink
        )
        with self._listening():
            return wire.hash_of(answer.sink, "a block hash")

    async def accepted_after(self, block_hash: str) -> AcceptedIds:
        request = pb.GetVirtualChainFromBlockRequest(
            start_hash=block_hash, include_accepted_transaction_ids=True
        )
        with self._history():
            answer = await self._link.ask(
                pb.Request(get_virtual_chain_from_block=request),
                lambda response: response.get_virtual_chain_from_block,
                patience=CHAIN_PATIENCE,
            )
        with self._listening():
            return wire.value_of_chain_ids(answer)

    async def _ask_return_address(self, transaction_id: str, block_daa_score: int) -> None:
        request = pb.GetUtxoReturnAddressRequest(
            txid=transaction_id, accepting_block_daa_score=block_daa_score
        )
        await self._link.ask(pb.Request(get_utxo_return_address=request), _done)

    async def timestamps(self, daa_scores: Sequence[int]) -> list[int]:
        if not daa_scores:
            return []
        request = pb.GetDaaScoreTimestampEstimateRequest(daa_scores=daa_scores)
        answer = await self._link.ask(
            pb.Request(get_daa_score_timestamp_estimate=request),
            lambda response: response.get_daa_score_timestamp_estimate,
        )
        with self._listening():
            return wire.timestamps_of(answer, daa_scores)

    async def _told_chain(self, block_hash: str) -> ChainSlice:
        request = pb.GetVirtualChainFromBlockV2Request(
            start_hash=block_hash, data_verbosity_level=pb.LOW
        )
        answer = await self._link.ask(
            pb.Request(get_virtual_chain_from_block_v2=request),
            lambda response: response.get_virtual_chain_from_block_v2,
            patience=CHAIN_PATIENCE,
        )
        blocks = []
        with self._listening():
            wire.check_chain(answer)
            for message in answer.chain_block_accepted_transactions:
                block, score, timestamp = wire.header_of(message)
                outputs = await in_portions(wire.outputs_of_block(message, self._prefix))
                blocks.append(ChainBlock(block, score, timestamp, outputs))
            removed = wire.hashes_of(answer.removed_chain_block_hashes, "a block hash")
        return ChainSlice(removed, tuple(blocks))

    async def _take_notice(self, response: pb.Response) -> None:
        """Put a notification into the backlog. Raises Garbage. Unrequested kinds are ignored."""
        match response.WhichOneof("payload"):
            case "virtual_daa_score_changed":
                score = response.virtual_daa_score_changed.virtual_daa_score
                self._backlog.tell(DaaScoreChanged(wire.number_of(score, "a score")))
            case "utxos_changed":
                difference = response.utxos_changed
                removed = await self._values(difference.removed)
                added = await self._values(difference.added)
                self._backlog.tell(UtxosChanged(added=added, removed=removed))
            case "pruning_point_utxo_set_override":
                self._backlog.tell(UtxoSetReplaced())

    async def _values(self, messages: Sequence[pb.Utxo]) -> tuple[Utxo, ...]:
        return await in_portions(wire.value_of_utxo(each, self._prefix) for each in messages)


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
) -> AsyncIterator[GrpcNode]:
    """Open a link to a node, for as long as the block runs.

    ``url`` is grpc://host:port, in plain text, as kaspad serves it. ``prefix`` is the address
    prefix of our network, used for outputs that come without an address. The times are seconds: for
    an answer (three times as long for a range of the chain), for the connection, for any sign of
    life, and between pings. ``backlog`` bounds the queue of ``notifications``: each message counts
    one, and one for each output in it; beyond it the link is closed.

    Raises NodeUnavailable, with a sentence that names the node, if it can't connect. Errors of the
    block are raised unchanged, in no group. Cancelling closes the socket at once; leaving the block
    closes the connection properly first, for a second at most.
    """
    patience = Timeouts(request_timeout, connect_timeout, silence_limit, ping_interval)
    node = GrpcNode(url, prefix, patience, backlog)
    async with held(node._link):
        yield node


def _done(_: pb.Response) -> bool:
    """Reads an answer whose content does not matter."""
    return True


if TYPE_CHECKING:

    def _is_a_node(node: GrpcNode) -> Node:
        return node
