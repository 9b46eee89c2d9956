"""The common part of the links to a kaspad, for every transport: all except the messages.

A transport encodes each request and decodes its answer. This module interprets the answers,
refusals and invalid messages.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from kasgate.kaspa.backlog import Backlog
from kasgate.kaspa.link import SNAPSHOT_BATCH, NodeLink, batches
from kasgate.kaspa.node import ChainPlace, ChainSlice, MempoolOutput, Notification
from kasgate.kaspa.outputs import Garbage, waiting_for
from kasgate.kaspa.refusals import (
    Refusal,
    is_found_nevertheless,
    is_syncing,
    refusal_of_history,
)
from kasgate.kaspa.replay import History, descend, is_unknown_method, replay, tells_outputs
from kasgate.kaspa.utxo import Utxo


class KaspadNode(ABC):
    """An open link to a kaspad, without its messages. It implements the Node protocol, which
    documents each call. A cancelled call leaves the link usable."""

    def __init__(self, link: NodeLink[Any], history: History[Any], backlog: int) -> None:
        self._held = link
        self._blocks = history
        self._tells_outputs = True  # until server_info says otherwise
        self._backlog = Backlog(backlog, link.fail, link.ending)

    def _wake_reader(self) -> None:
        self._backlog.wake()

    @property
    def url(self) -> str:
        return self._held.url

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
        """Notifications from before the end of the link are still delivered, unless the reader fell
        behind. Checkpoints only when it has to wait. The iterator may be dropped and requested
        again at any time: untaken notifications stay."""
        return self._backlog

    def _meet(self, server_version: str) -> None:
        """Note the capabilities of a node of this version."""
        self._tells_outputs = tells_outputs(server_version)

    async def utxos(self, addresses: Sequence[str]) -> list[Utxo]:
        found: list[Utxo] = []
        for batch in batches(addresses, SNAPSHOT_BATCH):
            found += await self._utxos_of(batch)
        return found

    async def mempool(self, addresses: Sequence[str]) -> list[MempoolOutput]:
        found: list[MempoolOutput] = []
        for batch in batches(addresses, SNAPSHOT_BATCH):
            found += waiting_for(await self._mempool_of(batch), frozenset(batch))
        return found

    async def below(self, block_hash: str, depth: int) -> ChainPlace:
        with self._history(), self._listening():
            return await descend(self._blocks, block_hash, depth)

    async def chain_after(self, block_hash: str) -> ChainSlice:
        """If ``server_info`` found a node too old to report outputs, they are collected block by
        block, which takes longer. HistoryUnavailable is then also raised if an output is
        missing."""
        with self._history():
            if self._tells_outputs:
                try:
                    return await self._told_chain(block_hash)
                except Refusal as refusal:
                    if not is_unknown_method(refusal):
                        raise
                    self._tells_outputs = False
            with self._listening():
                return await replay(self._blocks, self.url, block_hash)

    async def accepted_at(self, transaction_id: str, block_daa_score: int) -> bool:
        """Raises NodeRefused while the node syncs, because its answer then means nothing."""
        try:
            await self._ask_return_address(transaction_id, block_daa_score)
        except Refusal as refusal:
            if is_syncing(refusal):
                raise
            return is_found_nevertheless(refusal)
        return True

    @abstractmethod
    async def _utxos_of(self, batch: list[str]) -> Sequence[Utxo]: ...

    @abstractmethod
    async def _mempool_of(self, batch: list[str]) -> Sequence[Utxo]: ...

    @abstractmethod
    async def _told_chain(self, block_hash: str) -> ChainSlice:
        """The answer of getVirtualChainFromBlockV2."""

    @abstractmethod
    async def _ask_return_address(self, transaction_id: str, block_daa_score: int) -> None:
        """Ask for the payer's address; any answer proves the acceptance."""

    @contextmanager
    def _history(self) -> Iterator[None]:
        try:
            yield
        except Refusal as refusal:
            raise refusal_of_history(refusal) from refusal

    @contextmanager
    def _listening(self) -> Iterator[None]:
        """End the link and raise NodeUnavailable if the node's message is garbage."""
        try:
            yield
        except Garbage as garbage:
            self._held.fail(str(garbage), garbage)
            raise self._held.unavailable() from garbage
