"""A node over gRPC (kaspa.md §3.5), the second transport behind the Node protocol.

The only transport that every kaspad serves unless told otherwise. Nodes that don't number their
answers (the Go kaspad, which follows no public network any more) are not supported: the link to
one ends with that reason.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from kasgate.kaspa import grpc_messages as wire
from kasgate.kaspa.backlog import Backlog
from kasgate.kaspa.grpc_history import GrpcHistory
from kasgate.kaspa.grpc_link import GrpcLink
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
from kasgate.kaspa.protowire import node_pb2 as pb
from kasgate.kaspa.refusals import (
    Refusal,
    is_found_nevertheless,
    is_syncing,
    refusal_of_history,
)
from kasgate.kaspa.replay import descend, is_unknown_method, replay, tells_outputs

if TYPE_CHECKING:
    from kasgate.kaspa.node import Node
    from kasgate.kaspa.utxo import Utxo

__all__ = ["GrpcNode", "connect"]


class GrpcNode:
    """An open link to a node; ``connect`` makes it. Implements the Node protocol, which says what
    each call does. A cancelled call leaves the link usable."""

    def __init__(self, url: str, prefix: str, patience: Patience, backlog: int) -> None:
        self._prefix = prefix
        self._tells_outputs = True  # until server_info says otherwise
        self._link = GrpcLink(url, patience, self._take_notice, self._wake_reader)
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
        info = await self._link.ask(
            pb.Request(get_server_info=pb.Nothing()), lambda response: response.get_server_info
        )
        self._tells_outputs = tells_outputs(info.server_version)
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

    async def utxos(self, addresses: Sequence[str]) -> list[Utxo]:
        found: list[Utxo] = []
        for batch in batches(addresses, SNAPSHOT_BATCH):
            answer = await self._link.ask(
                pb.Request(get_utxos_by_addresses=pb.AddressesRequest(addresses=batch)),
                lambda response: response.get_utxos_by_addresses,
            )
            with self._listening():
                found += await self._values(answer.entries)
        return found

    async def mempool(self, addresses: Sequence[str]) -> list[MempoolOutput]:
        found: list[MempoolOutput] = []
        for batch in batches(addresses, SNAPSHOT_BATCH):
            request = pb.GetMempoolEntriesByAddressesRequest(addresses=batch)
            answer = await self._link.ask(
                pb.Request(get_mempool_entries_by_addresses=request),
                lambda response: response.get_mempool_entries_by_addresses,
            )
            with self._listening():
                outputs = await in_portions(wire.outputs_of_mempool(answer, self._prefix))
            found += waiting_for(outputs, frozenset(batch))
        return found

    async def sink(self) -> str:
        answer = await self._link.ask(
            pb.Request(get_sink=pb.Nothing()), lambda response: response.get_sink
        )
        with self._listening():
            return wire.hash_of(answer.sink, "a block hash")

    async def below(self, block_hash: str, depth: int) -> ChainPlace:
        with self._history(), self._listening():
            return await descend(GrpcHistory(self._link, self._prefix), block_hash, depth)

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
                    GrpcHistory(self._link, self._prefix), self._link.url, block_hash
                )

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

    async def accepted_at(self, transaction_id: str, block_daa_score: int) -> bool:
        """Raises NodeRefused while the node syncs: what it says then is not even "not there"."""
        request = pb.GetUtxoReturnAddressRequest(
            txid=transaction_id, accepting_block_daa_score=block_daa_score
        )
        try:
            await self._link.ask(pb.Request(get_utxo_return_address=request), _done)
        except Refusal as refusal:
            if is_syncing(refusal):
                raise
            return is_found_nevertheless(refusal)
        return True

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
        """Put a notification into the backlog; raises Garbage. Kinds that we never asked for are
        ignored."""
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
) -> AsyncIterator[GrpcNode]:
    """Open a link to a node, for as long as the block runs.

    ``url`` is grpc://host:port, in plain text, as kaspad speaks it; ``prefix`` that of the
    addresses of our network, which gives an output its address where the node doesn't. Times are
    seconds: for an answer (three times as long for a stretch of the chain), for the connection,
    for any sign of life, and between pings. ``backlog`` bounds what waits for ``notifications``:
    each message counts one, and one for each output that it names; beyond it the link is closed.

    Raises NodeUnavailable, with a sentence that names the node, if it can't connect. What the
    block raises comes out as it is, in no group. Cancelling closes the socket at once; leaving the
    block says goodbye first, for a second at most.
    """
    patience = Patience(request_timeout, connect_timeout, silence_limit, ping_interval)
    node = GrpcNode(url, prefix, patience, backlog)
    async with held(node._link):
        yield node


def _done(_: pb.Response) -> bool:
    """Reads an answer whose content does not matter, only that it came."""
    return True


if TYPE_CHECKING:

    def _is_a_node(node: GrpcNode) -> Node:
        return node
