"""Chain gaps: parts of the chain that no node can replay.

A gap is recorded first, so that no restart forgets it. Then an archive is queried for every watched
address that could have been paid in it. When all addresses have been queried, the gap is closed.
Otherwise it stays open, is tried again, and is shown to the operator until a person acknowledges
it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import structlog
import trio

from actors.chain.cross_check import CrossCheck
from actors.chain.reconcile import MissedHistory, Reconciler
from actors.chain.watchlist import SessionPort, Watchlist
from kasgate.clock import Clock
from kasgate.ids import time_sortable
from kasgate.kaspa.link import first_of
from kasgate.kaspa.networks import BLOCKS_PER_SECOND
from kasgate.kaspa.node import Node, NodeError
from kasgate.store.calls import Store
from kasgate.store.protocol import ChainGap, StoreUnavailable

log = structlog.get_logger(__name__)

MARGIN_MS = 60_000
"""How long before a gap an archive is queried from: block times are not the gateway's."""
SEARCHED_ADDRESSES = 5_000
"""Addresses that an archive is queried for per gap: those of active sessions, then those closed
last. With more, the gap stays open."""
SEARCH_PAUSE_S = 0.05
"""Pause between two queries of an archive, in addition to its adapter's own."""
ARCHIVE_LAG_SCORES = 10 * BLOCKS_PER_SECOND
"""An archive's answer holds for this long ago, since it lags by seconds (kaspa.md §6)."""
SETTLE_S = 60.0
"""This long after a gap, an archive is expected to know all of it."""
RETRY_S = 300.0
"""Pause before a failed search is tried again."""
RELOAD_S = 30.0
"""Interval of reloads: `kasgate gaps` acknowledges in another process."""


class ChainGaps:
    """The open gaps, and the search of archives for payments in them. Outlives links."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        watchlist: Watchlist,
        sessions: SessionPort,
        cross_check: CrossCheck,
        daa_score: Callable[[], int | None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._watchlist = watchlist
        self._sessions = sessions
        self._cross_check = cross_check
        self._daa_score = daa_score
        self._gaps: list[ChainGap] = []
        self._why_not: str | None = None

    def warnings(self) -> tuple[str, ...]:
        """A sentence for each open gap."""
        return tuple(self._sentence(gap) for gap in self._gaps)

    def _sentence(self, gap: ChainGap) -> str:
        searched = f" No archive could be searched: {self._why_not}." if self._why_not else ""
        return (
            f"No node can replay the chain from {_moment(gap.from_at)} to {_moment(gap.to_at)} "
            f"(DAA scores {gap.from_daa_score} to {gap.to_daa_score}): {gap.reason}.{searched} A "
            "payment that arrived and was spent within that gap would not be seen: compare with "
            f"your wallet, then run `kasgate gaps --acknowledge {gap.id}`."
        )

    async def record(self, missed: MissedHistory, to_daa_score: int) -> None:
        """Record a part of the chain that could not be replayed. Raises StoreUnavailable."""
        now = self._clock()
        gap = ChainGap(
            id=time_sortable("gap", now),
            from_daa_score=missed.since.daa_score,
            from_at=missed.since.at,
            to_daa_score=to_daa_score,
            to_at=now,
            reason=missed.reason,
        )
        await self._store.record_gap(gap)
        log.warning("chain gap", gap=gap.id, since=gap.from_daa_score, reason=gap.reason)

    async def search_active(self, node: Node, reconciler: Reconciler) -> None:
        """Query an archive for the addresses of active sessions, which must not expire before.
        Raises StoreUnavailable, and NodeError if the followed node is lost."""
        await self.reload()
        if self._gaps:
            await self._search(node, reconciler, self._watchlist.active_addresses())

    async def run(self, node: Node, reconciler: Reconciler) -> None:
        """Search the remaining addresses, and retry failed searches, until cancelled."""
        await trio.sleep(SETTLE_S)
        while True:
            await self._reload_quietly()
            if self._gaps:
                await self._search_all(node, reconciler)
            with trio.move_on_after(RETRY_S):
                while True:
                    await trio.sleep(RELOAD_S)
                    await self._reload_quietly()

    async def _search_all(self, node: Node, reconciler: Reconciler) -> None:
        gaps = tuple(self._gaps)
        addresses = list(self._watchlist)
        if not await self._search(node, reconciler, addresses[:SEARCHED_ADDRESSES]):
            return
        if len(addresses) > SEARCHED_ADDRESSES:
            self._why_not = (
                f"only {SEARCHED_ADDRESSES} of {len(addresses)} addresses were asked for"
            )
            return
        try:
            for gap in gaps:
                await self._store.close_searched_gap(gap.id, self._clock())
                log.info("chain gap searched", gap=gap.id, addresses=len(addresses))
            await self.reload()
        except StoreUnavailable as error:
            log.warning("a searched gap stays open", error=str(error))

    async def _search(self, node: Node, reconciler: Reconciler, addresses: Sequence[str]) -> bool:
        """Whether an archive was queried for all of these addresses since the oldest gap began."""
        since = min(gap.from_at for gap in self._gaps) - MARGIN_MS
        until = max(gap.to_at for gap in self._gaps)
        self._why_not = None
        try:
            async with self._cross_check.archive(node) as archive:
                for address in addresses:
                    if self._is_younger(address, until):
                        continue
                    score = self._daa_score()
                    found = await archive.received(address, since)
                    if found and score is not None:
                        await reconciler.take_archived(found, score - ARCHIVE_LAG_SCORES)
                    await trio.sleep(SEARCH_PAUSE_S)
        except* NodeError as group:
            self._why_not = str(first_of(group))
            log.warning("no archive could be searched", error=self._why_not)
        return self._why_not is None

    def _is_younger(self, address: str, moment: int) -> bool:
        """Whether an address was first shown after a unix time in milliseconds."""
        watch = self._watchlist.get(address)
        session = self._sessions.active(watch.session_id) if watch is not None else None
        return session is not None and session.created_at > moment

    async def reload(self) -> None:
        """Read the open gaps. Raises StoreUnavailable."""
        self._gaps = await self._store.open_gaps()

    async def _reload_quietly(self) -> None:
        try:
            await self.reload()
        except StoreUnavailable as error:
            log.warning("can't read the gaps", error=str(error))


def _moment(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
