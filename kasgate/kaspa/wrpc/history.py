"""Requests over wRPC for the accepted transactions of an old node; ``replay`` combines them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from kasgate.kaspa.link import CHAIN_PATIENCE
from kasgate.kaspa.outputs import Garbage
from kasgate.kaspa.replay import Accepted, Head
from kasgate.kaspa.utxo import Utxo
from kasgate.kaspa.wrpc import messages as wire
from kasgate.kaspa.wrpc.link import Link


@frozen
class WrpcHistory:
    """Implements ``replay.History``."""

    link: Link
    prefix: str

    async def accepted_after(self, start: str) -> tuple[tuple[str, ...], Sequence[Accepted]]:
        params = {"startHash": start, "includeAcceptedTransactionIds": True}
        chain = await self.link.ask(
            "getVirtualChainFromBlock", params, wire.CHAIN_IDS, patience=CHAIN_PATIENCE
        )
        wire.value_of_chain_ids(chain)  # checks it
        accepted = [
            Accepted(each.accepting_block_hash, tuple(each.accepted_transaction_ids))
            for each in chain.accepted_transaction_ids
        ]
        return tuple(chain.removed_chain_block_hashes), accepted

    async def head(self, block_hash: str) -> Head:
        block = await self._block(block_hash, with_transactions=False)
        verbose = block.verbose_data
        return Head(
            block.header.daa_score,
            block.header.timestamp,
            (
                verbose.selected_parent_hash,
                *verbose.merge_set_blues_hashes,
                *verbose.merge_set_reds_hashes,
            ),
        )

    async def contents(self, block_hash: str) -> Mapping[str, wire.TransactionMessage]:
        block = await self._block(block_hash, with_transactions=True)
        return {each.verbose_data.transaction_id: each for each in block.transactions}

    def outputs(
        self, transaction: wire.TransactionMessage, _transaction_id: str, score: int
    ) -> Iterable[Utxo | None]:
        return wire.outputs_of_transaction(transaction, score, self.prefix)

    async def _block(self, block_hash: str, *, with_transactions: bool) -> wire.BlockMessage:
        params = {"hash": block_hash, "includeTransactions": with_transactions}
        block = (await self.link.ask("getBlock", params, wire.BLOCK)).block
        if block.verbose_data.hash != block_hash:
            raise Garbage("sent another block than it was asked for")
        return block
