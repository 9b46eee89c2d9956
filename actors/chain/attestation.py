"""Attestation: a large payment is confirmed only when a second, independent source knows it.

A single node, or an attacker between it and the gateway, could report money that does not exist.
For sessions at or above the quorum amount, other configured sources are asked for the exact output;
one that has it is enough. While no source can be asked, or none has it, the payment waits and the
operator gets a warning.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog
import trio
from attrs import define

from actors.chain.cross_check import (
    ASKED_AT_ONCE,
    CheckResult,
    CrossCheck,
    OutputClaim,
    SourceAnswer,
)
from actors.chain.missing_outputs import claim_of
from actors.chain.watchlist import SessionPort
from kasgate.kaspa.utxo import Outpoint
from kasgate.sessions.observations import PaymentAttested
from kasgate.sessions.payments import Payment
from kasgate.sessions.session import Session

log = structlog.get_logger(__name__)

ASK_AGAIN_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Pauses between two rounds of requests; the last one repeats. A new payment starts again with the
first."""
WAITS_LONG_S = 60.0
"""After this wait a payment is shown to the operator."""
NAMED_SESSIONS = 20


@define
class Waiting:
    session_id: str
    outpoint: Outpoint
    since: float
    """By Trio's clock."""
    answers: tuple[SourceAnswer, ...] = ()
    """The latest answers."""


class Attestations:
    """Payments that wait for a second source, and the task that asks. Outlives links."""

    def __init__(
        self,
        *,
        cross_check: CrossCheck,
        sessions: SessionPort,
        daa_score: Callable[[], int | None],
    ) -> None:
        self._cross_check = cross_check
        self._sessions = sessions
        self._daa_score = daa_score
        self._waiting: dict[Outpoint, Waiting] = {}
        self._added = trio.Event()

    def open(self, session: Session, payment: Payment) -> None:
        """Have a payment attested. Repeated calls change nothing."""
        if payment.outpoint not in self._waiting:
            self._waiting[payment.outpoint] = Waiting(
                session.id, payment.outpoint, trio.current_time()
            )
            self._added.set()

    def warnings(self) -> tuple[str, ...]:
        """A sentence about payments that have waited long."""
        now = trio.current_time()
        old = [w for w in self._waiting.values() if now - w.since >= WAITS_LONG_S]
        old = [waiting for waiting in old if self._claim(waiting) is not None]
        if not old:
            return ()
        unknown_to = sorted({source for waiting in old for source in _unknown_to(waiting)})
        why = (
            f"{' and '.join(unknown_to)} ought to know them and does not: one of the sources is"
            " wrong, so do not ship before you know which"
            if unknown_to
            else "no other source could be asked"
        )
        ids = list(dict.fromkeys(waiting.session_id for waiting in old))
        more = f" and {len(ids) - NAMED_SESSIONS} more" if len(ids) > NAMED_SESSIONS else ""
        return (
            f"Payments are deep enough and wait for a second source (KASGATE_QUORUM_AMOUNT); {why}."
            f" Sessions: {', '.join(ids[:NAMED_SESSIONS])}{more}.",
        )

    async def run(self) -> None:
        """Ask other sources until cancelled."""
        rounds = 0
        while True:
            self._added = trio.Event()
            if not await self._round():
                await self._added.wait()
                rounds = 0
                continue
            with trio.move_on_after(ASK_AGAIN_S[min(rounds, len(ASK_AGAIN_S) - 1)]) as waited:
                await self._added.wait()
            rounds = rounds + 1 if waited.cancelled_caught else 0

    async def _round(self) -> bool:
        """Ask about all waiting payments, the oldest first. Returns whether any still wait."""
        claims = {outpoint: self._claim(waiting) for outpoint, waiting in self._waiting.items()}
        self._waiting = {o: w for o, w in self._waiting.items() if claims[o] is not None}
        asked = [claim for claim in claims.values() if claim is not None]
        for start in range(0, len(asked), ASKED_AT_ONCE):
            await self._ask(asked[start : start + ASKED_AT_ONCE])
        return bool(self._waiting)

    async def _ask(self, claims: list[OutputClaim]) -> None:
        heard = await self._cross_check.hear(claims, independent=True)
        for claim in claims:
            waiting = self._waiting.get(claim.outpoint)
            # The payment may have changed during the request.
            if waiting is None or self._claim(waiting) != claim:
                continue
            waiting.answers = tuple(heard[claim.outpoint])
            verdicts = {answer.verdict for answer in waiting.answers}
            if CheckResult.UNKNOWN in verdicts:
                log.warning(
                    "a source does not know a payment",
                    session=waiting.session_id,
                    outpoint=str(claim.outpoint),
                    unknown_to=_unknown_to(waiting),
                )
            if CheckResult.ACCEPTED in verdicts:
                del self._waiting[claim.outpoint]
                self._sessions.observe(waiting.session_id, PaymentAttested(claim.outpoint))

    def _claim(self, waiting: Waiting) -> OutputClaim | None:
        """The claim to attest; None once it is no longer needed."""
        session = self._sessions.active(waiting.session_id)
        if session is None:
            return None
        payment = session.payment(waiting.outpoint)
        if payment is None or not session.is_unattested(payment, self._daa_score()):
            return None
        return claim_of(session, payment)


def _unknown_to(waiting: Waiting) -> list[str]:
    return [t.source for t in waiting.answers if t.verdict is CheckResult.UNKNOWN]
