"""The payments of one session and their sums.

Anybody may send to an address any number of times, so memory holds only some of the payments. The
others are *shelved*: they are in the database alone. The sums cover all payments and are kept
running, so that the cost of a step does not grow with the number of earlier payments.

Held are the newest payments, which are shown, and two groups of unsettled ones: those whose output
is gone, which are being looked up, and those that become deep enough next. A shelved payment is
recalled before a step that concerns it (``kasgate.sessions.recall``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from operator import add, sub
from typing import Final, NamedTuple, Self

from attrs import field, frozen

from kasgate.evolving import evolve
from kasgate.kaspa.utxo import Outpoint
from kasgate.money import NOTHING, Sompi
from kasgate.sessions.payments import Payment, PaymentState, Timing

SHOWN = 100
"""The number of newest payments that are always held; one answer shows no more than these."""
WAITING_HELD = 50
"""Of the older payments, how many that wait for depth are held: those that are deep enough
first."""
GONE_HELD = 50
"""Of the older payments, how many are held whose output left the UTXO set before they were
final."""


def most_held() -> int:
    """The largest number of held payments of one session between two steps."""
    return SHOWN + WAITING_HELD + GONE_HELD


class Sums(NamedTuple):
    """Sums over some payments. Amounts are in sompi and cover only payments that count."""

    total: int = 0
    """The number of payments, including those that do not count."""
    received: Sompi = NOTHING
    final: Sompi = NOTHING
    """The part of the received amount that no reorg can take away."""
    late: int = 0
    """How many late payments count."""
    waiting: int = 0
    """How many payments are accepted and have their output in the UTXO set."""
    waiting_amount: int = 0
    gone: int = 0
    """How many payments are accepted and have lost their output: spent, or missing."""
    in_time: int = 0
    """The part of the received amount that came in time."""
    soon: int = 0
    """The part of the received amount that came out of time, but soon enough to be accepted."""
    in_time_withdrawn: int = 0
    """The amount that came in time and was withdrawn since; not part of the received amount."""

    def plus(self, other: Sums) -> Sums:
        """Both sums added."""
        return Sums(*map(add, self, other))

    def less(self, other: Sums) -> Sums:
        """The sums without those of a part of the payments."""
        return Sums(*map(sub, self, other))

    @property
    def unsettled(self) -> int:
        """How many payments may still change by events of the network."""
        return self.waiting + self.gone


NO_SUMS: Final = Sums()


def sums_of(payment: Payment) -> Sums:
    """The sums of a single payment."""
    amount = payment.amount if payment.counts else NOTHING
    is_final = payment.state is PaymentState.CONFIRMED
    is_waiting, is_gone = payment.is_expected, payment.is_in_question
    is_withdrawn = payment.state is PaymentState.WITHDRAWN
    return Sums(
        1,
        amount,
        amount if is_final else NOTHING,
        1 if payment.late and payment.counts else 0,
        1 if is_waiting else 0,
        amount if is_waiting else 0,
        1 if is_gone else 0,
        amount if payment.timing is Timing.IN_TIME else 0,
        amount if payment.timing is Timing.SOON else 0,
        payment.amount if is_withdrawn and payment.was_in_time else 0,
    )


def sums_of_all(payments: Iterable[Payment]) -> Sums:
    """The sums of several payments."""
    sums = NO_SUMS
    for payment in payments:
        sums = sums.plus(sums_of(payment))
    return sums


@frozen
class Ledger:
    """All payments of a session: some held one by one, the others as sums."""

    held: Mapping[Outpoint, Payment] = field(factory=dict)
    """Ordered by place."""
    sums: Sums = NO_SUMS
    """Sums of all payments."""
    shelved: Sums = NO_SUMS
    """Sums of the payments that are not held."""
    next_place: int = 0
    """The place that the next credited payment gets."""
    earliest: int | None = field(default=None, eq=False)
    """A lower bound of the DAA scores of waiting shelved payments; None if none waits."""
    latest: int | None = field(default=None, eq=False)
    """An upper bound of the DAA scores of waiting shelved payments; None if none waits."""
    changed: Mapping[Outpoint, bool] = field(factory=dict, eq=False)
    """Held payments that differ from the database: False if changed, True if not stored yet."""

    def credited(self, payment: Payment) -> Self:
        """The ledger with a new payment, or a withdrawn one that came back, at its end."""
        placed = evolve(payment, place=self.next_place)
        held = dict(self.held)
        known = held.pop(payment.outpoint, None)
        held[payment.outpoint] = placed
        sums = self.sums if known is None else self.sums.less(sums_of(known))
        is_new = self.changed.get(payment.outpoint, known is None)
        return evolve(
            self,
            held=held,
            sums=sums.plus(sums_of(placed)),
            next_place=self.next_place + 1,
            changed={**self.changed, payment.outpoint: is_new},
        )

    def replaced(self, payments: Sequence[Payment]) -> Self:
        """The ledger with changed payments in place of the held ones."""
        held, changed, sums = dict(self.held), dict(self.changed), self.sums
        for payment in payments:
            sums = sums.less(sums_of(held[payment.outpoint])).plus(sums_of(payment))
            held[payment.outpoint] = payment
            changed.setdefault(payment.outpoint, False)
        return evolve(self, held=held, sums=sums, changed=changed)

    def recalled(self, payments: Iterable[Payment]) -> Self:
        """The ledger with shelved payments as read from the database; those held already are left
        unchanged."""
        fresh = {p.outpoint: p for p in payments if p.outpoint not in self.held}
        if not fresh:
            return self
        held = sorted((*self.held.values(), *fresh.values()), key=_place)
        shelved = self.shelved.less(sums_of_all(fresh.values()))
        return evolve(
            self,
            held={payment.outpoint: payment for payment in held},
            shelved=shelved,
            earliest=self.earliest if shelved.waiting else None,
            latest=self.latest if shelved.waiting else None,
        )

    def saved(self) -> Self:
        """The ledger after its changes were stored: it holds only the payments that it has to."""
        clean = evolve(self, changed={}) if self.changed else self
        return clean if len(self.held) <= most_held() else clean._shelving()

    def _shelving(self) -> Self:
        older = list(islice(self.held.values(), len(self.held) - SHOWN))
        gone = sorted((p for p in older if p.is_in_question), key=_urgency)
        waiting = sorted((p for p in older if p.is_expected), key=_score)
        kept = {p.outpoint for p in (*gone[:GONE_HELD], *waiting[:WAITING_HELD])}
        dropped = [p for p in older if p.outpoint not in kept]
        held = dict(self.held)
        for payment in dropped:
            del held[payment.outpoint]
        scores = [p.block_daa_score for p in waiting[WAITING_HELD:]]
        return evolve(
            self,
            held=held,
            shelved=self.shelved.plus(sums_of_all(dropped)),
            earliest=min((s for s in (self.earliest, *scores) if s is not None), default=None),
            latest=max((s for s in (self.latest, *scores) if s is not None), default=None),
        )

    def newest(self, number: int) -> list[Payment]:
        """The last payments in order, at most SHOWN."""
        beyond = len(self.held) - min(number, SHOWN)
        payments = self.held.values()
        return list(payments if beyond <= 0 else islice(payments, beyond, None))


NO_PAYMENTS: Final = Ledger()


def ledger_of(payments: Iterable[Payment]) -> Ledger:
    """A ledger of payments that are not stored yet, in this order."""
    ledger = NO_PAYMENTS
    for payment in payments:
        ledger = ledger.credited(payment)
    return ledger


def loaded(
    held: Sequence[Payment],
    sums: Sums | None = None,
    earliest: int | None = None,
    latest: int | None = None,
) -> Ledger:
    """A ledger as read from the database: some payments and, unless these are all, the sums of
    all."""
    if not held and sums is None:
        return NO_PAYMENTS
    in_order = sorted(held, key=_place)
    of_held = sums_of_all(held)
    return Ledger(
        held={payment.outpoint: payment for payment in in_order},
        sums=of_held if sums is None else sums,
        shelved=NO_SUMS if sums is None else sums.less(of_held),
        next_place=in_order[-1].place + 1 if in_order else 0,
        earliest=earliest,
        latest=latest,
    )


def _place(payment: Payment) -> int:
    return payment.place


def _score(payment: Payment) -> int:
    return payment.block_daa_score


def _urgency(payment: Payment) -> tuple[bool, int]:
    return payment.missing_since is None, payment.block_daa_score
