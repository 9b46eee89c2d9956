"""The history in a REST server's database (kaspa.md §6): the acceptance of transactions, and
everything that an address ever received.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Final

from attrs import frozen

from kasgate.kaspa.link import batches
from kasgate.kaspa.node import Acceptance, ArchivedOutput, HistoryUnavailable, NodeRefused
from kasgate.kaspa.outputs import Garbage
from kasgate.kaspa.rest import messages as wire
from kasgate.kaspa.rest.link import RestLink, TooLarge

ACCEPTANCES_BATCH: Final = 1_000
"""Transactions in one request, the server's own limit (kaspa.md §6)."""
PAGE: Final = 500
"""Transactions of an address in one answer, the server's own limit."""
MAX_TRANSACTIONS: Final = 10_000
"""Transactions of one address, back to the given time. An order's address has a handful."""
MAX_BLOCKS_ASKED: Final = 50
"""Accepting blocks looked up for one call; each takes a request."""
_SURELY_LAST: Final = PAGE // 2
# A transaction's block is older than the block that accepts it, by seconds in practice. An older
# one than this could no longer be merged.
_ACCEPTED_WITHIN_MS: Final = 3_600_000
_ROW_FIELDS: Final = (
    "transaction_id,block_time,subnetwork_id,is_accepted,accepting_block_hash,outputs"
)
_MAX_BLOCKS_KEPT: Final = 10_000


@frozen
class AcceptingBlock:
    """A block of the selected chain, with the fields that its acceptances need."""

    daa_score: int
    timestamp: int
    """Unix milliseconds."""


class RestArchive:
    """Queries the database routes over a link. Raises as documented at the Archive protocol."""

    def __init__(self, link: RestLink, prefix: str) -> None:
        self._link = link
        self._prefix = prefix
        self._blocks: OrderedDict[str, AcceptingBlock] = OrderedDict()

    async def acceptances(self, transaction_ids: Sequence[str]) -> list[Acceptance]:
        """``daa_score`` is None for the transactions of a call that needs more than
        MAX_BLOCKS_ASKED unknown blocks; otherwise the blocks are looked up."""
        found = await self.acceptance_messages(transaction_ids)
        hashes = {each.accepting_block_hash for each in found if each.accepted}
        unknown = [hash_ for hash_ in hashes if hash_ is not None and hash_ not in self._blocks]
        if len(unknown) <= MAX_BLOCKS_ASKED:
            for block_hash in unknown:
                await self._block_if_known(block_hash)
        return [self._value(message) for message in found]

    async def acceptance_messages(
        self, transaction_ids: Sequence[str]
    ) -> list[wire.AcceptanceMessage]:
        """The server's answers about these transactions, in their order."""
        found: list[wire.AcceptanceMessage] = []
        for batch in batches(transaction_ids, ACCEPTANCES_BATCH):
            answer = await self._link.ask(
                "POST",
                "/transactions/acceptance",
                wire.ACCEPTANCES,
                body={"transactionIds": batch},
                from_database=True,
            )
            if [each.transaction_id for each in answer] != batch:
                raise self._garbage("sent the acceptances of other transactions than asked for")
            found += answer
        return found

    async def received(self, address: str, since: int) -> list[ArchivedOutput]:
        rows = await self._accepted_rows(address, since)
        await self._know_blocks(rows)
        outputs: list[ArchivedOutput] = []
        for row in rows:
            block = self._blocks[str(row.accepting_block_hash)]
            if block.timestamp < since:
                continue
            try:
                utxos = wire.outputs_of_row(row, address, block.daa_score, self._prefix)
                outputs += [ArchivedOutput(utxo, block.timestamp) for utxo in utxos]
            except Garbage as garbage:
                raise self._garbage(str(garbage)) from garbage
        return sorted(outputs, key=lambda each: (each.accepted_at, each.utxo.outpoint))

    async def _accepted_rows(self, address: str, since: int) -> list[wire.TransactionRow]:
        """The accepted transactions of an address back to a time. One that arrives meanwhile moves
        the others to later pages, where they are seen again."""
        found: dict[str, wire.TransactionRow] = {}
        offset, limit = 0, PAGE
        while offset < MAX_TRANSACTIONS:
            try:
                page = await self._page(address, offset, limit)
            except TooLarge:
                if limit == 1:
                    raise self._too_much(address) from None
                limit //= 2
                continue
            found.update((row.transaction_id, row) for row in page if row.is_accepted)
            oldest = min((row.block_time or 0 for row in page), default=0)
            # The server may leave out rows of a page, but hardly half of them.
            if len(page) < min(limit, _SURELY_LAST) or oldest < since - _ACCEPTED_WITHIN_MS:
                return list(found.values())
            offset += limit
        raise self._too_much(address)

    async def _page(self, address: str, offset: int, limit: int) -> list[wire.TransactionRow]:
        query: dict[str, str | int] = {
            "limit": limit,
            "offset": offset,
            "resolve_previous_outpoints": "no",
            "fields": _ROW_FIELDS,
        }
        return await self._link.ask(
            "GET",
            f"/addresses/{address}/full-transactions",
            wire.TRANSACTIONS,
            query=query,
            from_database=True,
        )

    async def _know_blocks(self, rows: Iterable[wire.TransactionRow]) -> None:
        """Look up the accepting blocks. Raises HistoryUnavailable if one is missing."""
        hashes = list(dict.fromkeys(row.accepting_block_hash for row in rows))
        if len(hashes) > _MAX_BLOCKS_KEPT:
            raise HistoryUnavailable(f"{self._link.url} reports too many transactions")
        for block_hash in hashes:
            if block_hash is None or await self._block_if_known(block_hash) is None:
                raise HistoryUnavailable(
                    f"{self._link.url} does not know a block that accepted a payment any longer"
                )

    async def _block_if_known(self, block_hash: str) -> AcceptingBlock | None:
        known = self._blocks.get(block_hash)
        if known is not None:
            self._blocks.move_to_end(block_hash)
            return known
        try:
            answer = await self._link.ask(
                "GET",
                f"/blocks/{block_hash}",
                wire.BLOCK,
                query={"includeTransactions": "false"},
            )
        except NodeRefused:
            return None
        if answer.verbose_data.hash != block_hash:
            raise self._garbage("sent another block than it was asked for")
        block = AcceptingBlock(answer.header.daa_score, answer.header.timestamp)
        self._blocks[block_hash] = block
        if len(self._blocks) > _MAX_BLOCKS_KEPT:
            self._blocks.popitem(last=False)
        return block

    def _value(self, message: wire.AcceptanceMessage) -> Acceptance:
        block = self._blocks.get(message.accepting_block_hash or "")
        at = message.accepting_timestamp
        if not message.accepted:
            return Acceptance(message.transaction_id, accepted=False, daa_score=None, at=None)
        return Acceptance(
            message.transaction_id,
            accepted=True,
            daa_score=None if block is None else block.daa_score,
            at=at if at is not None or block is None else block.timestamp,
        )

    def _garbage(self, clause: str) -> Exception:
        self._link.fail(clause)
        return self._link.unavailable()

    def _too_much(self, address: str) -> HistoryUnavailable:
        return HistoryUnavailable(
            f"{self._link.url} reports more transactions of {address} than are read"
        )
