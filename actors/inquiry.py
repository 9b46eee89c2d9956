"""Inquiries: an output left the UTXO set before it was final. Was it spent, or did a reorg take it?

Spent: its transaction is still accepted by the selected chain, the payment stands. Otherwise it
has some seconds to come back, since a transaction that loses its block is usually accepted again
at once; then it is withdrawn (kaspa.md §4.6).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

import structlog
import trio
from attrs import define

from actors.reconcile import seen
from actors.watchlist import Anchor, Sessions, Watchlist
from kasgate.clock import Clock
from kasgate.kaspa.node import HistoryUnavailable, Node
from kasgate.kaspa.utxo import Outpoint
from kasgate.observations import OutputSpent, OutputWithdrawn
from kasgate.payments import Payment
from kasgate.session import Session

log = structlog.get_logger(__name__)

WITHDRAWAL_GRACE_S = 10.0
"""How long a payment whose transaction is no longer accepted has to come back (kaspa.md §4.4)."""

INQUIRY_INTERVAL_S = 0.5
"""Between two rounds of asking while something is open."""

ANCHORS = 900
"""One a second: a quarter of an hour. A payment older than that is judged by the oldest anchor
that lies before it, or by the node's own search."""

DaaScore = Callable[[], int | None]
"""Virtual's DAA score, as the feed last heard of it."""


@define
class Inquiry:
    """An open question about one output."""

    session_id: str
    outpoint: Outpoint
    denied_since: int | None = None
    """Unix milliseconds since which every answer said: not accepted."""


class Inquiries:
    """Open questions, and the task that has them answered. Outlives the link to a node."""

    def __init__(self, *, watchlist: Watchlist, sessions: Sessions, clock: Clock) -> None:
        self._watchlist = watchlist
        self._sessions = sessions
        self._clock = clock
        self._open: dict[Outpoint, Inquiry] = {}
        self._wanted = trio.Event()
        self.anchors: deque[Anchor] = deque(maxlen=ANCHORS)
        self.grace_s = WITHDRAWAL_GRACE_S

    def __len__(self) -> int:
        return len(self._open)

    def open(self, session: Session, payment: Payment) -> None:
        """Have a question answered; asking again changes nothing."""
        if payment.outpoint not in self._open:
            self._open[payment.outpoint] = Inquiry(session.id, payment.outpoint)
            self._wanted.set()

    async def run(self, node: Node, daa_score: DaaScore) -> None:
        """Ask this node until cancelled, or until NodeError says that it is gone."""
        while True:
            if not self._open:
                self._wanted = trio.Event()
                await self._wanted.wait()
            await self._round(node, daa_score)
            await trio.sleep(INQUIRY_INTERVAL_S)

    async def _round(self, node: Node, daa_score: DaaScore) -> None:
        questions = [q for q in self._open.values() if self._payment(q) is not None]
        self._open = {q.outpoint: q for q in questions}
        # What is proven below held at this score, however long the answers take.
        score = daa_score()
        accepted, since = await self._accepted_since(node, questions)
        for question in questions:
            payment = self._payment(question)
            if payment is None or score is None:
                continue
            session = self._sessions.active(question.session_id)
            if session is not None and await self._is_present(node, session, payment):
                del self._open[question.outpoint]
            elif await self._is_accepted(node, payment, accepted):
                self._sessions.observe(question.session_id, OutputSpent(question.outpoint, score))
                del self._open[question.outpoint]
            elif accepted is not None and payment.block_daa_score > since:
                self._deny(question)

    def _payment(self, question: Inquiry) -> Payment | None:
        """The payment in question, while there still is a question."""
        session = self._sessions.active(question.session_id)
        payment = session.payment(question.outpoint) if session is not None else None
        return payment if payment is not None and payment.is_in_question else None

    async def _is_present(self, node: Node, session: Session, payment: Payment) -> bool:
        count = self._watchlist.change_count
        for utxo in await node.utxos([session.address]):
            if utxo.outpoint != payment.outpoint:
                continue
            if self._watchlist.changed_since(utxo.outpoint, count):
                return False
            self._sessions.observe(session.id, seen(utxo, payment.accepted_at))
            return True
        return False

    async def _is_accepted(
        self, node: Node, payment: Payment, accepted: frozenset[str] | None
    ) -> bool:
        transaction_id = payment.outpoint.transaction_id
        if accepted is not None and transaction_id in accepted:
            return True
        return await node.accepted_at(transaction_id, payment.block_daa_score)

    def _deny(self, question: Inquiry) -> None:
        now = self._clock()
        if question.denied_since is None:
            question.denied_since = now
        elif now - question.denied_since >= self.grace_s * 1000:
            log.warning(
                "payment withdrawn by a reorg",
                session=question.session_id,
                outpoint=str(question.outpoint),
            )
            self._sessions.observe(question.session_id, OutputWithdrawn(question.outpoint))
            del self._open[question.outpoint]

    async def _accepted_since(
        self, node: Node, questions: Sequence[Inquiry]
    ) -> tuple[frozenset[str] | None, int]:
        """Every transaction that the chain accepted, for payments above the score given with them.

        None if no anchor is old enough for any payment in question or the node's history does not
        reach back, and so nothing can be denied. An anchor's score is never below its block's, so
        that any payment above it was accepted after it. A payment older than all anchors stays out
        of it: it must not keep the others from being judged.
        """
        if not self.anchors:
            return None, 0
        reach = self.anchors[0].daa_score
        scores = [p.block_daa_score for q in questions if (p := self._payment(q)) is not None]
        oldest = min((score for score in scores if score > reach), default=None)
        if oldest is None:
            return None, 0
        anchor = next(a for a in reversed(self.anchors) if a.daa_score < oldest)
        try:
            accepted = await _accepted_after(node, anchor.block_hash)
        except HistoryUnavailable as error:
            log.warning("can't judge a vanished payment", error=str(error))
            return None, 0
        return accepted, anchor.daa_score


async def _accepted_after(node: Node, block_hash: str) -> frozenset[str] | None:
    """Transactions accepted after a block; None if the chain moved under the question."""
    accepted: set[str] = set()
    blocks: set[str] = set()
    while True:
        part = await node.accepted_after(block_hash)
        if not blocks.isdisjoint(part.removed):
            return None
        if not part.added:
            return frozenset(accepted)
        accepted |= part.transaction_ids
        blocks.update(part.added)
        block_hash = part.added[-1]
