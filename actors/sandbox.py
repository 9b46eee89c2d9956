"""The sandbox: pay, revert or expire sessions on a simulated network by one call.

Nothing is faked. A call sends a command to the simulated network and waits until the gateway has
seen the result through its node. The exception is expiry, since no network can make time pass: the
session's deadline is brought forward, and the session expires like any other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import trio

from kasgate.money import SOMPI_PER_KAS
from kasgate.sessions.payments import Payment, PaymentState
from kasgate.sessions.session import UNPAID_STATUSES, Session, SessionStatus
from kasgate.simnet.control.client import TIMEOUT_SECONDS, ControlError, acall

if TYPE_CHECKING:
    from actors.broker import SessionView
    from actors.gateway import Gateway

SEEN_S: Final = 10.0
"""Time for the gateway to see the result of a command."""
WITHDRAWN_S: Final = 25.0
"""The same for a withdrawal, which the gateway accepts after ten seconds of checks."""

_SURPLUS: Final = SOMPI_PER_KAS
Condition = Callable[[Session], bool]


class Action(StrEnum):
    """A sandbox command on a session."""

    PAY = "pay"
    """Pay the remaining amount, to the sompi."""
    UNDERPAY = "underpay"
    """Pay half of the remaining amount."""
    OVERPAY = "overpay"
    """Pay the remaining amount and one KAS more."""
    PAY_LATE = "pay-late"
    """Pay after the session has expired."""
    REVERT = "revert"
    """Remove the last payment that is not final from the chain. If there is none, pay first."""
    CONFIRM = "confirm"
    """Pay the remaining amount and let the network make enough blocks."""
    EXPIRE = "expire"
    """Let the session expire."""


class SandboxRefused(Exception):
    """The session's status does not allow this. The message is a sentence for a person."""


class Sandbox:
    """Controls the simulated network behind a gateway. It exists only if the network is simnet and
    the settings name its control port."""

    def __init__(self, gateway: Gateway, door: tuple[str, int]) -> None:
        self._gateway = gateway
        self._host, self._port = door

    async def act(self, session_id: str, action: Action) -> None:
        """Run a command. Returns when the gateway has seen the result, or after a timeout.

        The session must exist. Raises SandboxRefused, ControlError when the network can't be
        controlled, StoreUnavailable.
        """
        acts: dict[Action, Callable[[Session], Awaitable[object]]] = {
            Action.PAY: self._pay,
            Action.UNDERPAY: self._underpay,
            Action.OVERPAY: self._overpay,
            Action.PAY_LATE: self._pay_late,
            Action.REVERT: self._revert,
            Action.CONFIRM: self._confirm,
            Action.EXPIRE: self._expire,
        }
        await acts[action]((await self._view(session_id)).session)

    async def _pay(self, session: Session) -> Session:
        _require_waiting(session)
        return await self._send(session, session.remaining, _is_covered)

    async def _overpay(self, session: Session) -> None:
        _require_waiting(session)
        await self._send(session, session.remaining + _SURPLUS, _is_covered)

    async def _underpay(self, session: Session) -> None:
        _require_waiting(session)
        if session.remaining < 2:  # noqa: PLR2004
            raise SandboxRefused("A sompi can't be paid in part.")
        before = session.received
        await self._send(session, session.remaining // 2, lambda now: now.received > before)

    async def _pay_late(self, session: Session) -> None:
        if session.status in UNPAID_STATUSES:
            session = await self._expire(session)
        if session.status is not SessionStatus.EXPIRED:
            raise SandboxRefused(f"The session is {session.status.value}: no payment is late.")
        before = session.payments_total
        amount = session.remaining or session.amount
        await self._send(session, amount, lambda now: now.payments_total > before)

    async def _revert(self, session: Session) -> None:
        payment = _newest_open_payment(session)
        if payment is None and session.status in UNPAID_STATUSES:
            session = await self._pay(session)
            payment = _newest_open_payment(session)
        if payment is None:
            raise SandboxRefused("The session has no payment that a reorg could still revert.")
        outpoint = payment.outpoint
        try:
            await self._tell("withdraw", txid=outpoint.transaction_id)
        except ControlError as error:
            stands = (await self._view(session.id)).session.payment(outpoint)
            if stands is None or stands.is_expected:
                raise
            raise SandboxRefused("The payment is being reverted already.") from error
        now = await self._until(session.id, WITHDRAWN_S, lambda now: _is_settled(now, payment))
        settled = now.payment(outpoint)
        if settled is not None and settled.state is PaymentState.CONFIRMED:
            raise SandboxRefused(
                "The payment became final before it could be reverted. Ask for more confirmations"
                " (requiredConfirmations) to have the time."
            )

    async def _confirm(self, session: Session) -> None:
        if session.status in UNPAID_STATUSES:
            session = await self._pay(session)
        if session.status is SessionStatus.CONFIRMED:
            return
        if session.status is not SessionStatus.CONFIRMING:
            raise SandboxRefused(f"The session is {session.status.value}: nothing can confirm.")
        await self._tell("advance", daa=session.required_confirmations + 1)
        await self._until(
            session.id, SEEN_S, lambda now: now.status is not SessionStatus.CONFIRMING
        )

    async def _expire(self, session: Session) -> Session:
        if session.status not in UNPAID_STATUSES:
            raise SandboxRefused(f"The session is {session.status.value}: it can't expire.")
        if session.awaits_withdrawn:
            raise SandboxRefused(
                "The session was covered in time: it waits up to ten minutes past its deadline for"
                " the payment that was reverted."
            )
        self._gateway.bring_deadline_forward(session.id)
        return await self._until(session.id, SEEN_S, lambda now: now.status not in UNPAID_STATUSES)

    async def _send(self, session: Session, sompi: int, seen: Condition) -> Session:
        await self._tell("pay", address=session.address, sompi=sompi)
        return await self._until(session.id, SEEN_S, seen)

    async def _tell(self, command: str, **arguments: object) -> object:
        return await acall(
            self._host, self._port, command, timeout_seconds=TIMEOUT_SECONDS, **arguments
        )

    async def _until(self, session_id: str, seconds: float, condition: Condition) -> Session:
        """The session once the condition holds, or its state after this many seconds."""
        with self._gateway.broker.open_slot() as slot:
            slot.follow(session_id)
            session = (await self._view(session_id)).session
            with trio.move_on_after(seconds):
                while not condition(session):
                    await slot.take()
                    session = (await self._view(session_id)).session
        return session

    async def _view(self, session_id: str) -> SessionView:
        view = await self._gateway.session(session_id)
        if view is None:
            raise SandboxRefused("There is no such session.")
        return view


def _require_waiting(session: Session) -> None:
    if session.status not in UNPAID_STATUSES:
        raise SandboxRefused(f"The session is {session.status.value}: it awaits no payment.")


def _is_covered(session: Session) -> bool:
    return session.status not in UNPAID_STATUSES


def _newest_open_payment(session: Session) -> Payment | None:
    return next((p for p in reversed(session.payments) if not p.is_settled and p.counts), None)


def _is_settled(session: Session, payment: Payment) -> bool:
    now = session.payment(payment.outpoint)
    return now is None or now.is_settled
