"""Answers of a node about blocks and the selected chain (kaspa.md §3.3, §4.5)."""

from collections.abc import Mapping
from typing import Final

from kasgate.simnet.dag.chain import Block, NotRetainedError, UnknownBlockError
from kasgate.simnet.dag.dag import VirtualDag
from kasgate.simnet.dag.rewards import accepted
from kasgate.simnet.node import requests
from kasgate.simnet.node.faults import Faults
from kasgate.simnet.node.methods import Methods, RpcError, method
from kasgate.simnet.node.wire import (
    AddressBook,
    Json,
    Verbosity,
    accepted_ids_json,
    block_json,
    optional_header_json,
    optional_transaction_json,
)

_RETENTION: Final = "the queried hash does not have retention root on its chain"
_LEVELS: Final[Mapping[requests.VerbosityName, Verbosity]] = {
    requests.VerbosityName.NONE: Verbosity.NONE,
    requests.VerbosityName.LOW: Verbosity.LOW,
    requests.VerbosityName.HIGH: Verbosity.HIGH,
    requests.VerbosityName.FULL: Verbosity.FULL,
}


class ChainAnswers:
    """Answers from the chain and the blocks beside it."""

    def __init__(
        self, dag: VirtualDag, book: AddressBook, faults: Faults, blocks_per_second: float
    ) -> None:
        self._dag = dag
        self._book = book
        self._faults = faults
        self._milliseconds_per_block = 1000 / blocks_per_second

    def methods(self) -> Methods:
        """The methods that are answered here, by name."""
        return {
            "getVirtualChainFromBlock": method(requests.ChainParams, self._chain),
            "getVirtualChainFromBlockV2": method(requests.ChainV2Params, self._chain_v2),
            "getBlock": method(requests.BlockParams, self._block),
            "getCurrentBlockColor": method(requests.HashParams, self._block_color),
            "getDaaScoreTimestampEstimate": method(requests.DaaScoresParams, self._timestamps),
        }

    def _path(self, start: str, min_confirmations: int | None) -> tuple[list[str], list[Block]]:
        try:
            removed, added = self._dag.chain.path_from(start)
        except NotRetainedError:
            raise RpcError(_RETENTION) from None
        except UnknownBlockError:
            raise RpcError(f"cannot find header {start}") from None
        batch: list[Block] = []
        merged = 0
        for block in added:
            merged += len(block.merged_blues) + len(block.merged_reds)
            if batch and merged > self._faults.chain_batch:
                break
            batch.append(block)
        if min_confirmations:
            blue_score = self._dag.chain.sink.blue_score
            while batch and blue_score - batch[-1].blue_score <= min_confirmations:
                batch.pop()
        return removed, batch

    def _chain(self, params: requests.ChainParams) -> Json:
        removed, added = self._path(params.start_hash, params.min_confirmation_count)
        with_ids = params.include_accepted_transaction_ids
        return {
            "removedChainBlockHashes": removed,
            "addedChainBlockHashes": [block.hash for block in added],
            "acceptedTransactionIds": (
                [accepted_ids_json(block) for block in added] if with_ids else []
            ),
        }

    def _chain_v2(self, params: requests.ChainV2Params) -> Json:
        removed, added = self._path(params.start_hash, params.min_confirmation_count)
        level = _LEVELS[params.data_verbosity_level or requests.VerbosityName.FULL]
        pruning_point = self._dag.chain.oldest.hash
        return {
            "removedChainBlockHashes": removed,
            "addedChainBlockHashes": [block.hash for block in added],
            "chainBlockAcceptedTransactions": [
                {
                    "chainBlockHeader": optional_header_json(block, pruning_point, level),
                    "acceptedTransactions": [
                        optional_transaction_json(self._book, acceptance, level)
                        for acceptance in accepted(block, self._known_block(block.parent).timestamp)
                    ],
                }
                for block in added
            ],
        }

    def _known_block(self, block_hash: str) -> Block:
        block = self._dag.chain.block(block_hash)
        if block is None:
            raise RpcError(f"cannot find header {block_hash}")
        return block

    def _block(self, params: requests.BlockParams) -> Json:
        block = self._known_block(params.hash)
        chain = self._dag.chain
        child = chain.child_of(block.hash)
        return {
            "block": block_json(
                self._book,
                block,
                pruning_point=chain.oldest.hash,
                child=None if child is None else child.hash,
                on_chain=chain.is_on_chain(block.hash),
                with_transactions=params.include_transactions,
            )
        }

    def _block_color(self, params: requests.HashParams) -> Json:
        block = self._known_block(params.hash)
        if not block.merged:
            raise RpcError(f"Block {params.hash} doesn't have any merger block.")
        return {"blue": not block.red}

    def _timestamps(self, params: requests.DaaScoresParams) -> Json:
        return {"timestamps": [self._timestamp(score) for score in params.daa_scores]}

    def _timestamp(self, score: int) -> int:
        below, above = self._dag.chain.before_score(score)
        if below is not None and above is not None:
            width = above.daa_score - below.daa_score
            share = (score - below.daa_score) / width
            return below.timestamp + round(share * (above.timestamp - below.timestamp))
        edge = above or below or self._dag.chain.sink
        distance = (score - edge.daa_score) * self._milliseconds_per_block
        return min(max(0, edge.timestamp + round(distance)), requests.MAX_U64)
