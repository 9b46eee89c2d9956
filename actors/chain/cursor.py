"""The cursor log: blocks of the selected chain, stored while it is followed.

A stored block is the starting point of two queries. After a gap in the link, the chain is replayed
from the newest stored block. And the check whether a payment is still accepted reads the chain from
a block before the payment. One block a second is kept for a quarter of an hour, one a minute for a
day, across restarts, so that nearly every payment that is not final has a block before it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator

import structlog
import trio
from attrs import frozen

from kasgate.clock import Clock
from kasgate.kaspa.node import Node
from kasgate.store.calls import Store
from kasgate.store.protocol import ChainCursor, StoreUnavailable

log = structlog.get_logger(__name__)

CURSOR_S = 1.0
CURSOR_LAG_S = 3.0
"""The stored cursor stays this far behind, so that everything before it is committed."""
RECENT_ANCHORS = 900
"""One a second: a quarter of an hour."""
SPARSE_ANCHORS = 1_440
"""One a minute: a day, within what a node can replay (kaspa.md §4.3)."""
FIRST_DEPTH = 30
"""How far below the newest block the very first anchor lies: three seconds."""
MINUTE_MS = 60_000
EARLIER_MS = 30_000


@frozen
class Anchor:
    """A block of the selected chain, and the approximate DAA score at which it was the newest."""

    block_hash: str
    """Empty if the node can't name a block: the anchor then only marks how far the chain was
    followed."""
    daa_score: int
    at: int


class Anchors:
    """The blocks to query from. Older ones are further apart."""

    def __init__(self) -> None:
        self._recent: deque[Anchor] = deque(maxlen=RECENT_ANCHORS)
        self._sparse: deque[Anchor] = deque(maxlen=SPARSE_ANCHORS)

    def __len__(self) -> int:
        return len(self._recent)

    def add(self, anchor: Anchor) -> None:
        """Add an anchor that is newer than all others."""
        if not anchor.block_hash:
            return
        if not self._sparse or anchor.at // MINUTE_MS != self._sparse[-1].at // MINUTE_MS:
            self._sparse.append(anchor)
        self._recent.append(anchor)

    def recall(self, cursors: Iterable[ChainCursor]) -> None:
        """Add the anchors of an earlier run, oldest first."""
        for cursor in cursors:
            self.add(Anchor(cursor.block_hash, cursor.daa_score, cursor.at))

    def before(self, daa_score: int) -> Anchor | None:
        """The newest anchor below a score; None if all are above it."""
        return next((a for a in self._newest_first() if a.daa_score < daa_score), None)

    def beginnings(self, daa_score: int) -> list[Anchor]:
        """Like `before`, with an earlier anchor added: a node that is slightly behind does not know
        the newest."""
        found: list[Anchor] = []
        for anchor in self._newest_first():
            if anchor.daa_score < daa_score and (
                not found or found[0].at - anchor.at >= EARLIER_MS
            ):
                found.append(anchor)
                if len(found) > 1:
                    break
        return found

    def is_recent(self, daa_score: int) -> bool:
        """Whether the recent anchors, a quarter of an hour, reach back before this score."""
        return bool(self._recent) and self._recent[0].daa_score < daa_score

    def _newest_first(self) -> Iterator[Anchor]:
        yield from reversed(self._recent)
        yield from reversed(self._sparse)


class CursorLog:
    """Records how far the chain was followed, in memory and in the store. Outlives links."""

    def __init__(self, *, store: Store, clock: Clock, may_save: Callable[[], bool]) -> None:
        """``may_save`` returns False while any actor holds observations that are not committed."""
        self._store = store
        self._clock = clock
        self._may_save = may_save
        self.anchors = Anchors()

    async def recall(self) -> list[ChainCursor]:
        """The stored cursors, oldest first. Raises StoreUnavailable."""
        cursors = await self._store.cursors()
        if not len(self.anchors):
            self.anchors.recall(cursors)
        return cursors

    async def note(self, node: Node, heard_score: int) -> Anchor:
        """Record the newest block of the chain, with a score that is not below its own."""
        if not node.replays_chain:
            return Anchor("", heard_score, self._clock())
        sink = await node.sink()
        # The score is requested after the block. Notifications may lag, and with a score below the
        # block's own, everything that the block accepted would look withdrawn.
        score = (await node.server_info()).virtual_daa_score
        anchor = Anchor(sink, score, self._clock())
        self.anchors.add(anchor)
        return anchor

    async def begin(self, node: Node, heard_score: int) -> Anchor:
        """Record where a link begins. The very first anchor lies some blocks below the newest: a
        payment may be accepted in the newest block, and needs an anchor before it."""
        first: Anchor | None = None
        if node.replays_chain and not len(self.anchors):
            place = await node.below(await node.sink(), FIRST_DEPTH)
            first = Anchor(place.hash, place.daa_score, min(place.timestamp, self._clock()))
            self.anchors.add(first)
        newest = await self.note(node, heard_score)
        return first or newest

    async def store_first(self, anchor: Anchor) -> None:
        """Store the very first anchor at once, before any address is watched, so that every payment
        has an anchor before it. Raises StoreUnavailable."""
        await self._store.save_cursor(_cursor(anchor))

    async def follow(
        self, node: Node, heard_score: Callable[[], int], blind_since: Callable[[], float]
    ) -> None:
        """Record a block each second, and store those that are old enough, until cancelled.

        ``blind_since`` returns the time by Trio's clock from which the chain is still to be
        replayed, infinity if none of it is. Only blocks recorded before are stored.
        """
        recent: deque[tuple[float, Anchor]] = deque()
        while True:
            began = trio.current_time()
            recent.append((began, await self.note(node, heard_score())))
            await self._save_ripe(recent, min(blind_since(), trio.current_time() - CURSOR_LAG_S))
            await trio.sleep(CURSOR_S)

    async def _save_ripe(self, recent: deque[tuple[float, Anchor]], until: float) -> None:
        """Store the newest block that was recorded by then."""
        ripe: Anchor | None = None
        while recent and recent[0][0] <= until:
            ripe = recent.popleft()[1]
        if ripe is None or not self._may_save():
            return
        try:
            await self._store.save_cursor(_cursor(ripe))
        except StoreUnavailable as error:
            log.debug("cursor not saved", error=str(error))


def _cursor(anchor: Anchor) -> ChainCursor:
    return ChainCursor(anchor.block_hash, anchor.daa_score, anchor.at)
