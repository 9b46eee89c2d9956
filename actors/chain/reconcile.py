"""Reconciliation: compares the node's outputs with the sessions' payments.

The same code serves every transport. A snapshot shows the outputs that exist; replaying the virtual
chain from the last processed block shows those that came and went in between (kaspa.md §4.5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import structlog
import trio
from attrs import frozen

from actors.chain.watchlist import SessionPort, Watchlist
from actors.turns import in_turns
from kasgate.clock import Clock
from kasgate.kaspa.node import (
    ArchivedOutput,
    ChainBlock,
    HistoryUnavailable,
    Node,
    NodeRefused,
)
from kasgate.kaspa.utxo import Outpoint, Utxo
from kasgate.sessions.observations import OutputMissing, OutputSeen, OutputSpent
from kasgate.sessions.payments import Payment, PaymentState
from kasgate.store.calls import Store
from kasgate.store.protocol import ChainCursor

log = structlog.get_logger(__name__)

SNAPSHOT_ADDRESSES = 500
"""Addresses per snapshot request (kaspa.md §4.5). The node serves no other request meanwhile."""

LOOKED_UP_AT_ONCE = 500
"""Outputs in one query of the database."""

EARLIER_S = (0, 30, 300)
"""Where a replay starts: this far before the newest cursor, tried in order."""


def seen(utxo: Utxo, accepted_at: int) -> OutputSeen:
    """The observation of an output in the UTXO set."""
    return OutputSeen(
        utxo.outpoint,
        utxo.amount,
        utxo.block_daa_score,
        accepted_at,
        credited=utxo.is_plain_money,
    )


@frozen
class UtxoSnapshot:
    """The node's answer, and the change count at the time of the request."""

    utxos: dict[Outpoint, Utxo]
    count: int


@frozen
class MissedHistory:
    since: ChainCursor
    reason: str


class Reconciler:
    """Compares one node with the sessions."""

    def __init__(
        self,
        *,
        node: Node,
        watchlist: Watchlist,
        sessions: SessionPort,
        store: Store,
        clock: Clock,
    ) -> None:
        self._node = node
        self._watchlist = watchlist
        self._sessions = sessions
        self._store = store
        self._clock = clock

    async def snapshot(self, addresses: Sequence[str]) -> None:
        """Compare these addresses with the sessions, and pass on present and missing outputs."""
        for start in range(0, len(addresses), SNAPSHOT_ADDRESSES):
            await self._snapshot(addresses[start : start + SNAPSHOT_ADDRESSES])

    async def _snapshot(self, addresses: Sequence[str]) -> None:
        snapshot = await self._present(addresses)
        strangers: list[Utxo] = []
        async for utxo in in_turns(snapshot.utxos.values()):
            watch = self._watchlist.get(utxo.address)
            if watch is None or not self._is_current(utxo.outpoint, snapshot):
                continue
            session = self._sessions.active(watch.session_id)
            payment = session.payment(utxo.outpoint) if session is not None else None
            if payment is None:
                strangers.append(utxo)
            else:
                self._sessions.observe(watch.session_id, seen(utxo, payment.accepted_at))
        await self._introduce(strangers)
        await self._look_for_missing(addresses, snapshot)

    async def _present(self, addresses: Sequence[str]) -> UtxoSnapshot:
        count = self._watchlist.change_count
        utxos = await self._node.utxos(addresses)
        return UtxoSnapshot({utxo.outpoint: utxo for utxo in utxos}, count)

    def _is_current(self, outpoint: Outpoint, snapshot: UtxoSnapshot) -> bool:
        """Whether no notification has changed this output since the snapshot was requested."""
        return not self._watchlist.changed_since(outpoint, snapshot.count)

    async def _introduce(self, strangers: Sequence[Utxo]) -> None:
        """Pass on outputs that no actor holds: new ones with an estimate of their acceptance time,
        and stored payments whose state in the database differs.

        Without the estimate they wait for the next snapshot: a guess could count an old coin, or
        make a payment late.
        """
        known = await self._known(strangers)
        unknown: list[Utxo] = []
        async for utxo in in_turns(strangers):
            payment = known.get(utxo.outpoint)
            if payment is None:
                unknown.append(utxo)
            elif _is_news(utxo, payment):
                self._observe(utxo, payment.accepted_at)
        if not unknown:
            return
        scores = sorted({utxo.block_daa_score for utxo in unknown})
        try:
            times = dict(zip(scores, await self._node.timestamps(scores), strict=True))
        except NodeRefused as error:
            log.warning("node has no times for its scores", error=str(error), scores=len(scores))
            return
        now = self._clock()
        async for utxo in in_turns(unknown):
            self._observe(utxo, min(now, times[utxo.block_daa_score]))

    async def _known(self, utxos: Sequence[Utxo]) -> dict[Outpoint, Payment]:
        """Those that are stored as payments already."""
        known: dict[Outpoint, Payment] = {}
        for start in range(0, len(utxos), LOOKED_UP_AT_ONCE):
            some = utxos[start : start + LOOKED_UP_AT_ONCE]
            known |= await self._store.known_payments([utxo.outpoint for utxo in some])
        return known

    def _observe(self, utxo: Utxo, accepted_at: int) -> None:
        watch = self._watchlist.get(utxo.address)
        if watch is not None:
            self._sessions.observe(watch.session_id, seen(utxo, accepted_at))

    async def _look_for_missing(self, addresses: Sequence[str], snapshot: UtxoSnapshot) -> None:
        """Pass on missing outputs. An empty answer proves nothing, so these are requested twice."""
        suspects = {
            address: absent
            for address in addresses
            if (absent := await self._absent(address, snapshot))
        }
        if not suspects:
            return
        second_look = await self._present(list(suspects))
        for address, absent in suspects.items():
            watch = self._watchlist.get(address)
            if watch is None:
                continue
            async for outpoint in in_turns(absent):
                is_absent = outpoint not in second_look.utxos
                if is_absent and self._is_current(outpoint, snapshot):
                    self._sessions.observe(watch.session_id, OutputMissing(outpoint))

    async def _absent(self, address: str, snapshot: UtxoSnapshot) -> list[Outpoint]:
        """Outputs that a session expects in the UTXO set and a snapshot lacks."""
        watch = self._watchlist.get(address)
        session = self._sessions.active(watch.session_id) if watch is not None else None
        if session is None or not session.ledger.sums.waiting:
            return []
        absent = self._lacked(session.ledger.held.values(), snapshot)
        if session.ledger.shelved.waiting:
            # These may include payments held in memory, where only memory is current. The session
            # ignores observations that it has newer knowledge of.
            after = -1
            while page := await self._store.expected_payments(session.id, after, LOOKED_UP_AT_ONCE):
                absent += self._lacked(page, snapshot)
                after = page[-1].place
        return list(dict.fromkeys(absent))

    def _lacked(self, payments: Iterable[Payment], snapshot: UtxoSnapshot) -> list[Outpoint]:
        return [
            payment.outpoint
            for payment in payments
            if payment.is_expected
            and payment.outpoint not in snapshot.utxos
            and self._is_current(payment.outpoint, snapshot)
        ]

    async def catch_up(self, cursors: Sequence[ChainCursor]) -> MissedHistory | None:
        """Replay the chain since the newest cursor, for payments that were accepted and spent while
        no node was followed. Returns the part that could not be replayed, if any."""
        if not cursors:
            return None
        beginnings = _beginnings(cursors) if self._node.replays_chain else []
        reason = "the node can't replay its chain"
        for cursor in beginnings:
            try:
                blocks = await self._replay(cursor.block_hash)
            except HistoryUnavailable as error:
                reason = str(error)
            else:
                await self._take_replayed(blocks)
                return None
        log.warning("chain history unavailable", since=cursors[-1].daa_score, error=reason)
        return MissedHistory(cursors[-1], reason)

    async def _take_replayed(self, blocks: Sequence[ChainBlock]) -> None:
        times = {utxo.outpoint: block.timestamp for block in blocks for utxo in block.outputs}
        found = [utxo for block in blocks for utxo in block.outputs]
        async for utxo in in_turns(await self._tell_of(found, times)):
            watch = self._watchlist.get(utxo.address)
            if watch is not None:
                self._sessions.observe(watch.session_id, OutputMissing(utxo.outpoint))

    async def take_archived(self, found: Sequence[ArchivedOutput], evidence: int) -> int:
        """Pass on outputs from an archive. An output that is no longer in the UTXO set was spent;
        the archive's answer is evidence of its acceptance at the virtual DAA score ``evidence``.
        Returns how many of those were new."""
        times = {output.utxo.outpoint: output.accepted_at for output in found}
        gone = await self._tell_of([output.utxo for output in found], times)
        async for utxo in in_turns(gone):
            watch = self._watchlist.get(utxo.address)
            if watch is not None:
                self._sessions.observe(watch.session_id, OutputMissing(utxo.outpoint))
                self._sessions.observe(watch.session_id, OutputSpent(utxo.outpoint, evidence))
        return len(gone)

    async def _tell_of(self, found: Sequence[Utxo], times: Mapping[Outpoint, int]) -> list[Utxo]:
        """Pass on outputs that are not payments yet, with their acceptance times. Returns those
        that are not in the UTXO set now."""
        by_outpoint = {utxo.outpoint: utxo for utxo in found}
        known = await self._known(list(by_outpoint.values()))
        unknown = [utxo for outpoint, utxo in by_outpoint.items() if outpoint not in known]
        present = await self._present(sorted({utxo.address for utxo in unknown}))
        async for utxo in in_turns(unknown):
            # Prefer the UTXO set: unlike history, it knows covenants and coinbases.
            self._observe(present.utxos.get(utxo.outpoint, utxo), times[utxo.outpoint])
        return [utxo for utxo in unknown if utxo.outpoint not in present.utxos]

    async def _replay(self, block_hash: str) -> list[ChainBlock]:
        """The chain blocks after this one, reduced to outputs that pay watched addresses."""
        relevant: dict[str, ChainBlock] = {}
        while True:
            part = await self._node.chain_after(block_hash)
            for removed in part.removed:
                relevant.pop(removed, None)
            if not part.added:
                return list(relevant.values())
            for block in part.added:
                outputs = tuple(u for u in block.outputs if self._watchlist.get(u.address))
                if outputs:
                    relevant[block.hash] = ChainBlock(
                        block.hash, block.daa_score, block.timestamp, outputs
                    )
            block_hash = part.added[-1].hash
            await trio.lowlevel.checkpoint()


def _is_news(utxo: Utxo, payment: Payment) -> bool:
    """Whether a present output changes a payment that no actor holds."""
    if payment.is_settled:
        return payment.state is PaymentState.WITHDRAWN
    return payment.is_gone or payment.block_daa_score != utxo.block_daa_score


def _beginnings(cursors: Sequence[ChainCursor]) -> list[ChainCursor]:
    """The cursors to try: the newest, then earlier ones, since a node that is slightly behind does
    not know the newest block."""
    named = [cursor for cursor in cursors if cursor.block_hash]
    found: list[ChainCursor] = []
    for pause_s in EARLIER_S:
        before = named[-1].at - pause_s * 1000 if named else 0
        earlier = next((cursor for cursor in reversed(named) if cursor.at <= before), None)
        if earlier is not None:
            found.append(earlier)
    return found
