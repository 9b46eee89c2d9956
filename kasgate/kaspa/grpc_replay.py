"""The selected chain with its outputs, from a node that can tell accepted transactions by id only.

Before getVirtualChainFromBlockV2 there was a call that names, for each chain block, the ids of the
transactions it accepted. A chain block accepts transactions out of the blocks that it merges
(kaspa.md §4.1), and getBlock names those and gives their contents, so that the outputs can be put
together. That is right only if every accepted id is found in them: otherwise there is no answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kasgate.kaspa.grpc_link import GrpcLink
from kasgate.kaspa.grpc_messages import (
    hash_of,
    hashes_of,
    number_of,
    outputs_of_transaction,
    value_of_chain_ids,
)
from kasgate.kaspa.node import ChainBlock, ChainSlice, HistoryUnavailable
from kasgate.kaspa.outputs import Garbage, in_portions
from kasgate.kaspa.protowire import node_pb2 as pb
from kasgate.kaspa.utxo import Utxo

_MAX_BLOCKS: Final = 50
"""Chain blocks in one stretch: each takes several requests, and the rest can be asked for next."""


async def replay(link: GrpcLink, start: str, prefix: str, patience: float) -> ChainSlice:
    """What the chain accepted after a block, at most so many blocks of it.

    Raises NodeUnavailable, Refusal, HistoryUnavailable if an accepted transaction can't be found,
    and Garbage, upon which the link is to be ended.
    """
    request = pb.GetVirtualChainFromBlockRequest(
        start_hash=start, include_accepted_transaction_ids=True
    )
    chain = await link.ask(
        pb.Request(get_virtual_chain_from_block=request),
        lambda response: response.get_virtual_chain_from_block,
        patience=patience,
    )
    value_of_chain_ids(chain)  # checks it
    accepted = chain.accepted_transaction_ids[:_MAX_BLOCKS]
    blocks = [await _chain_block(link, each, prefix) for each in accepted]
    return ChainSlice(tuple(chain.removed_chain_block_hashes), tuple(blocks))


async def _chain_block(link: GrpcLink, accepted: pb.AcceptedIds, prefix: str) -> ChainBlock:
    block = await _block(link, accepted.accepting_block_hash, with_transactions=False)
    score = number_of(block.header.daa_score, "a score")
    timestamp = number_of(block.header.timestamp, "a time")
    ids = list(accepted.accepted_transaction_ids)
    found = await _find(link, block, set(ids)) if ids else {}
    missing = [transaction_id for transaction_id in ids if transaction_id not in found]
    if missing:
        raise HistoryUnavailable(
            f"The node at {link.url} is too old to tell outputs of its chain, and transaction"
            f" {missing[0]}, accepted by block {accepted.accepting_block_hash}, is in none of the"
            " blocks that this one merged."
        )

    def outputs() -> Iterator[Utxo | None]:
        for transaction_id in ids:
            yield from outputs_of_transaction(found[transaction_id], transaction_id, score, prefix)

    return ChainBlock(accepted.accepting_block_hash, score, timestamp, await in_portions(outputs()))


async def _find(link: GrpcLink, block: pb.Block, wanted: set[str]) -> dict[str, pb.Transaction]:
    """Those of the wanted transactions that the blocks merged by this one contain."""
    verbose = block.verbose_data
    merged = dict.fromkeys(
        hashes_of(
            [
                verbose.selected_parent_hash,
                *verbose.merge_set_blues_hashes,
                *verbose.merge_set_reds_hashes,
            ],
            "a block hash",
        )
    )
    found: dict[str, pb.Transaction] = {}
    for block_hash in merged:
        if len(found) == len(wanted):
            break
        contents = await _block(link, block_hash, with_transactions=True)
        for transaction in contents.transactions:
            transaction_id = hash_of(transaction.verbose_data.transaction_id, "a transaction id")
            if transaction_id in wanted:
                found[transaction_id] = transaction
    return found


async def _block(link: GrpcLink, block_hash: str, *, with_transactions: bool) -> pb.Block:
    request = pb.GetBlockRequest(hash=block_hash, include_transactions=with_transactions)
    block = await link.ask(pb.Request(get_block=request), lambda response: response.get_block.block)
    if block.verbose_data.hash != block_hash or not block.HasField("header"):
        raise Garbage("sent another block than it was asked for")
    return block
