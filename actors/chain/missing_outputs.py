"""Missing outputs: an output left the UTXO set before it was final. Was it spent or withdrawn?

Spent: the selected chain still accepts its transaction, and the payment stands. Otherwise it has
some seconds to return, because a transaction that loses its block is usually accepted again at
once; one that waits in the mempool gets longer. Then the other sources are asked, and only if none
of them has it, the payment is withdrawn (kaspa.md §4.6). A payment that no source can judge stays
as it is, and the operator gets a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import structlog
import trio
from attrs import define, frozen

from actors.chain.cross_check import CheckResult, CrossCheck, OutputClaim
from actors.chain.cursor import Anchor, Anchors
from actors.chain.node_pool import LAG_SCORES
from actors.chain.reconcile import seen
from actors.chain.watchlist import SessionPort, Watchlist
from kasgate.clock import Clock
from kasgate.kaspa.node import Archive, HistoryUnavailable, Node
from kasgate.kaspa.utxo import Outpoint, Utxo
from kasgate.sessions.observations import OutputSpent, OutputWithdrawn
from kasgate.sessions.payments import Payment
from kasgate.sessions.session import Session

log = structlog.get_logger(__name__)

WITHDRAWAL_GRACE_S = 10.0
"""How long a payment whose transaction is no longer accepted has to return (kaspa.md §4.4)."""
ARCHIVE_GRACE_S = 30.0
"""The same where only an archive can answer, which lags by seconds."""
MEMPOOL_GRACE_S = 60.0
"""The same for a transaction that waits in the mempool to be accepted again."""
MISSING_OUTPUT_INTERVAL_S = 0.5
"""Pause between two rounds while a question is open; at least as long as a round took."""
ARCHIVE_INTERVAL_S = 5.0
"""The same if an archive is followed, which is queried rarely."""
CROSS_CHECK_INTERVAL_S = 10.0
"""Pause between two queries of other sources about the same output."""
UNDECIDED_S = 60.0
"""An open question of this age is shown to the operator."""
WARNED_SESSIONS = 20
"""Sessions that a warning names; the rest are counted."""

DaaScore = Callable[[], int]
"""Returns the virtual DAA score last heard by the feed."""


@define
class MissingOutput:
    """An open question about one output."""

    session_id: str
    outpoint: Outpoint
    opened_at: float
    """By Trio's clock."""
    denied_since: int | None = None
    """Unix milliseconds since which every answer was: not accepted."""
    asked_others_at: float | None = None
    contradicted_by: str | None = None
    """A source that contradicts the followed node."""


@frozen
class Past:
    """Which of the transactions in question the chain accepted, as far as the node knows."""

    accepted: frozenset[str]
    """Ids of accepted transactions, of those in question."""
    reach: int | None
    """A payment above this score whose transaction is not in ``accepted`` is not accepted. None:
    nothing can be denied."""


NOTHING_KNOWN = Past(frozenset(), None)


class Unspent:
    """The node's outputs on the addresses in question. Each address is queried once a round,
    however many of its outputs are in question."""

    def __init__(self, node: Node, watchlist: Watchlist) -> None:
        self._node = node
        self._watchlist = watchlist
        self._shown: dict[str, tuple[int, dict[Outpoint, Utxo]]] = {}

    async def find(self, address: str, outpoint: Outpoint) -> Utxo | None:
        """The output if it is present, unless a notification changed it after the query."""
        if address not in self._shown:
            count = self._watchlist.change_count
            utxos = await self._node.utxos([address])
            self._shown[address] = count, {utxo.outpoint: utxo for utxo in utxos}
        count, utxos_shown = self._shown[address]
        utxo = utxos_shown.get(outpoint)
        return None if self._watchlist.changed_since(outpoint, count) else utxo


class MissingOutputs:
    """Open questions, and the task that resolves them. Outlives links."""

    def __init__(
        self,
        *,
        watchlist: Watchlist,
        sessions: SessionPort,
        clock: Clock,
        anchors: Anchors,
        cross_check: CrossCheck,
    ) -> None:
        self._watchlist = watchlist
        self._sessions = sessions
        self._clock = clock
        self._anchors = anchors
        self._cross_check = cross_check
        self._open: dict[Outpoint, MissingOutput] = {}
        self._wanted = trio.Event()

    def __len__(self) -> int:
        return len(self._open)

    def open(self, session: Session, payment: Payment) -> None:
        """Open a question. Repeated calls change nothing."""
        if payment.outpoint not in self._open:
            opened = trio.current_time()
            self._open[payment.outpoint] = MissingOutput(session.id, payment.outpoint, opened)
            self._wanted.set()

    def warnings(self) -> tuple[str, ...]:
        """A sentence about the payments that no source can judge."""
        now = trio.current_time()
        old = [q for q in self._open.values() if now - q.opened_at >= UNDECIDED_S]
        old = [q for q in old if self._payment(q) is not None]
        if not old:
            return ()
        ids = list(dict.fromkeys(question.session_id for question in old))
        more = f" and {len(ids) - WARNED_SESSIONS} more" if len(ids) > WARNED_SESSIONS else ""
        sources = {q.contradicted_by for q in old if q.contradicted_by is not None}
        said = f" {' and '.join(sorted(sources))} say otherwise than the node." if sources else ""
        return (
            f"Payments vanished before they were final, and whether they were spent or withdrawn "
            f"can't be told.{said} They count as received and do not confirm: look them up in an "
            f"explorer, then accept or fail their sessions: {', '.join(ids[:WARNED_SESSIONS])}"
            f"{more}.",
        )

    async def run(self, node: Node, daa_score: DaaScore) -> None:
        """Query this node until cancelled, or until NodeError reports that it is gone."""
        pause = MISSING_OUTPUT_INTERVAL_S if node.replays_chain else ARCHIVE_INTERVAL_S
        while True:
            if not self._open:
                self._wanted = trio.Event()
                await self._wanted.wait()
            began = trio.current_time()
            await self._round(node, daa_score)
            await trio.sleep(max(pause, trio.current_time() - began))

    async def _round(self, node: Node, daa_score: DaaScore) -> None:
        questions = [q for q in self._open.values() if self._payment(q) is not None]
        self._open = {q.outpoint: q for q in questions}
        # Everything proven below holds at this score, however long the answers take.
        score = daa_score()
        recent = [q for q in questions if self._is_recent(q)]
        older = [q for q in questions if not self._is_recent(q)]
        for group in filter(None, (recent, older)):
            past = await self._past(node, group)
            waiting = await self._in_mempool(node, group)
            unspent = Unspent(node, self._watchlist)
            for question in group:
                await self._answer(node, question, past, waiting, unspent, score)
        await self._ask_others(node, score)

    def _is_recent(self, question: MissingOutput) -> bool:
        payment = self._payment(question)
        return payment is not None and self._anchors.is_recent(payment.block_daa_score)

    def _payment(self, question: MissingOutput) -> Payment | None:
        """The payment in question; None once the question is settled."""
        session = self._sessions.active(question.session_id)
        payment = session.payment(question.outpoint) if session is not None else None
        return payment if payment is not None and payment.is_in_question else None

    async def _answer(  # noqa: PLR0917 (all of them are what is known in this round)
        self,
        node: Node,
        question: MissingOutput,
        past: Past,
        waiting: set[Outpoint],
        unspent: Unspent,
        score: int,
    ) -> None:
        payment = self._payment(question)
        session = self._sessions.active(question.session_id)
        if payment is None or session is None:
            return
        if await self._is_present(unspent, session, payment):
            self._close(question)
        elif await self._is_accepted(node, payment, past):
            self._spent(question, payment, score if node.replays_chain else score - LAG_SCORES)
        elif past.reach is not None and payment.block_daa_score > past.reach:
            now = self._clock()
            question.denied_since = question.denied_since or now
            grace_s = WITHDRAWAL_GRACE_S if node.replays_chain else ARCHIVE_GRACE_S
            if question.outpoint in waiting:
                grace_s = MEMPOOL_GRACE_S
            if now - question.denied_since >= grace_s * 1000:
                await self._withdraw_unless_contradicted(question, payment)

    async def _is_present(self, unspent: Unspent, session: Session, payment: Payment) -> bool:
        utxo = await unspent.find(session.address, payment.outpoint)
        if utxo is None:
            return False
        self._sessions.observe(session.id, seen(utxo, payment.accepted_at))
        return True

    async def _is_accepted(self, node: Node, payment: Payment, past: Past) -> bool:
        transaction_id = payment.outpoint.transaction_id
        if transaction_id in past.accepted:
            return True
        return await node.accepted_at(transaction_id, payment.block_daa_score)

    async def _in_mempool(self, node: Node, questions: Iterable[MissingOutput]) -> set[Outpoint]:
        """Outputs in question that wait to be accepted again (kaspa.md §4.6 a)."""
        if not node.sees_mempool:
            return set()
        sessions = [self._sessions.active(question.session_id) for question in questions]
        addresses = sorted({session.address for session in sessions if session is not None})
        return {output.outpoint for output in await node.mempool(addresses)}

    async def _past(self, node: Node, questions: Sequence[MissingOutput]) -> Past:
        payments = [p for q in questions if (p := self._payment(q)) is not None]
        wanted = frozenset(payment.outpoint.transaction_id for payment in payments)
        if not node.replays_chain:
            return await _remembered(node, sorted(wanted))
        oldest = min(
            (p.block_daa_score for p in payments if self._anchors.before(p.block_daa_score)),
            default=None,
        )
        # A payment older than all anchors is left out: it must not stop the others from being
        # judged.
        if oldest is None:
            return NOTHING_KNOWN
        for anchor in self._anchors.beginnings(oldest):
            try:
                return await _accepted_since(node, anchor, wanted)
            except HistoryUnavailable as error:
                log.warning("can't judge a vanished payment", error=str(error))
        return NOTHING_KNOWN

    async def _ask_others(self, node: Node, score: int) -> None:
        """Ask other sources about what the followed node can't judge."""
        now = trio.current_time()
        due = [
            question
            for question in self._open.values()
            if question.denied_since is None
            and now - question.opened_at >= CROSS_CHECK_INTERVAL_S
            and now - (question.asked_others_at or 0) >= CROSS_CHECK_INTERVAL_S
        ]
        claims = {q.outpoint: c for q in due if (c := self._claim(q)) is not None}
        if not claims:
            return
        heard = await self._cross_check.hear(list(claims.values()))
        for question in due:
            question.asked_others_at = now
            payment = self._payment(question)
            if payment is None or question.outpoint not in heard:
                continue
            verdicts = {answer.verdict for answer in heard[question.outpoint]}
            if CheckResult.ACCEPTED in verdicts:
                self._spent(question, payment, score - LAG_SCORES)

    async def _withdraw_unless_contradicted(
        self, question: MissingOutput, payment: Payment
    ) -> None:
        """The node has denied the output for the whole grace period. Ask the others before the
        payment is withdrawn."""
        now = trio.current_time()
        asked_at = question.asked_others_at
        if asked_at is not None and now - asked_at < CROSS_CHECK_INTERVAL_S:
            return
        question.asked_others_at = now
        claim = self._claim(question)
        heard = await self._cross_check.hear([claim]) if claim is not None else {}
        against = [
            t.source for t in heard.get(question.outpoint, ()) if t.verdict is CheckResult.ACCEPTED
        ]
        if against:
            question.contradicted_by = against[0]
            log.error(
                "sources contradict each other about a payment",
                session=question.session_id,
                outpoint=str(question.outpoint),
                accepted_by=against,
            )
        elif self._payment(question) is not None:
            log.warning(
                "payment withdrawn by a reorg",
                session=question.session_id,
                outpoint=str(question.outpoint),
            )
            self._sessions.observe(question.session_id, OutputWithdrawn(question.outpoint))
            self._close(question)

    def _claim(self, question: MissingOutput) -> OutputClaim | None:
        payment = self._payment(question)
        session = self._sessions.active(question.session_id)
        return claim_of(session, payment) if session is not None and payment is not None else None

    def _spent(self, question: MissingOutput, payment: Payment, evidence: int) -> None:
        self._sessions.observe(
            question.session_id,
            OutputSpent(question.outpoint, max(evidence, payment.block_daa_score)),
        )
        self._close(question)

    def _close(self, question: MissingOutput) -> None:
        self._open.pop(question.outpoint, None)


def claim_of(session: Session, payment: Payment) -> OutputClaim:
    """A payment as other sources are asked about it."""
    return OutputClaim(
        session.address,
        payment.outpoint,
        payment.amount,
        payment.block_daa_score,
        payment.accepted_at,
    )


async def _remembered(node: Node, transaction_ids: Sequence[str]) -> Past:
    """The archive's answer about these transactions. It knows the whole past."""
    if not isinstance(node, Archive):
        return NOTHING_KNOWN
    try:
        found = await node.acceptances(transaction_ids)
    except HistoryUnavailable as error:
        log.warning("can't judge a vanished payment", error=str(error))
        return NOTHING_KNOWN
    return Past(frozenset(one.transaction_id for one in found if one.accepted), -1)


async def _accepted_since(node: Node, anchor: Anchor, wanted: frozenset[str]) -> Past:
    """The transactions of these that were accepted after an anchor. An anchor's score is never
    below its block's, so that any payment above it was accepted after it."""
    accepted: set[str] = set()
    blocks: set[str] = set()
    block_hash = anchor.block_hash
    while True:
        part = await node.accepted_after(block_hash)
        if not blocks.isdisjoint(part.removed):
            return NOTHING_KNOWN  # the chain changed during the query
        if not part.added:
            return Past(frozenset(accepted), anchor.daa_score)
        accepted |= part.transaction_ids & wanted
        blocks.update(part.added)
        block_hash = part.added[-1]
