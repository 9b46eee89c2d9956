"""Requests over gRPC for the accepted transactions of an old node; ``replay`` combines them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from kasgate.kaspa.grpc.link import GrpcLink
from kasgate.kaspa.grpc.messages import (
    hash_of,
    hashes_of,
    number_of,
    outputs_of_transaction,
    value_of_chain_ids,
)
from kasgate.kaspa.link import CHAIN_PATIENCE
from kasgate.kaspa.outputs import Garbage
from kasgate.kaspa.protowire import node_pb2 as pb
from kasgate.kaspa.replay import Accepted, Head
from kasgate.kaspa.utxo import Utxo


@frozen
class GrpcHistory:
    """Implements ``replay.History``."""

    link: GrpcLink
    prefix: str

    async def accepted_after(self, start: str) -> tuple[tuple[str, ...], Sequence[Accepted]]:
        request = pb.GetVirtualChainFromBlockRequest(
            start_hash=start, include_accepted_transaction_ids=True
        )
        chain = await self.link.ask(
            pb.Request(get_virtual_chain_from_block=request),
            lambda response: response.get_virtual_chain_from_block,
            patience=CHAIN_PATIENCE,
        )
        value_of_chain_ids(chain)  # checks it
        accepted = [
            Accepted(each.accepting_block_hash, tuple(each.accepted_transaction_ids))
            for each in chain.accepted_transaction_ids
        ]
        return tuple(chain.removed_chain_block_hashes), accepted

    async def head(self, block_hash: str) -> Head:
        block = await self._block(block_hash, with_transactions=False)
        verbose = block.verbose_data
        merged = [
            verbose.selected_parent_hash,
            *verbose.merge_set_blues_hashes,
            *verbose.merge_set_reds_hashes,
        ]
        return Head(
            number_of(block.header.daa_score, "a score"),
            number_of(block.header.timestamp, "a time"),
            hashes_of(merged, "a block hash"),
        )

    async def contents(self, block_hash: str) -> Mapping[str, pb.Transaction]:
        block = await self._block(block_hash, with_transactions=True)
        return {
            hash_of(each.verbose_data.transaction_id, "a transaction id"): each
            for each in block.transactions
        }

    def outputs(
        self, transaction: pb.Transaction, transaction_id: str, score: int
    ) -> Iterable[Utxo | None]:
        return outputs_of_transaction(transaction, transaction_id, score, self.prefix)

    async def _block(self, block_hash: str, *, with_transactions: bool) -> pb.Block:
        request = pb.GetBlockRequest(hash=block_hash, include_transactions=with_transactions)
        block = await self.link.ask(
            pb.Request(get_block=request), lambda response: response.get_block.block
        )
        if block.verbose_data.hash != block_hash or not block.HasField("header"):
            raise Garbage("sent another block than it was asked for")
        return block
