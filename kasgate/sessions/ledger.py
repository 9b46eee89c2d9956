"""The payments of one session, and what they come to.

Anybody may send to an address as often as they like, so only some payments are held in memory; the
others are *shelved*: they are in the database alone. The sums are of all payments and are kept
running, so that no step costs more for the number of payments that came before.

Held are the newest, which are shown, and of the unsettled ones those that come first: the ones
whose output is gone, about which somebody is asking, and the ones that are deep enough next.
Whatever concerns a shelved payment has it recalled first (``kasgate.sessions.recall``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from operator import add, sub
from typing import Final, NamedTuple, Self

from attrs import evolve, field, frozen

from kasgate.kaspa.utxo import Outpoint
from kasgate.money import NOTHING, Sompi
from kasgate.sessions.payments import Payment, PaymentState, Timing

SHOWN = 100
"""The newest payments, which are always held and are all that is shown in one answer."""
WAITING_HELD = 50
"""Of the older ones, those that wait for depth: the ones that are deep enough first."""
GONE_HELD = 50
"""Of the older ones, those whose output left the UTXO set before they were final."""


def most_held() -> int:
    """Held payments of one session between two steps."""
    return SHOWN + WAITING_HELD + GONE_HELD


class Sums(NamedTuple):
    """What some payments come to. Amounts are in sompi, of payments that count alone."""

    total: int = 0
    """How many there are, those that do not count included."""
    received: Sompi = NOTHING
    final: Sompi = NOTHING
    """Of what was received: what nothing can take away."""
    late: int = 0
    """How many came late and count."""
    waiting: int = 0
    """How many are accepted, and their output is where it ought to be."""
    waiting_amount: int = 0
    gone: int = 0
    """How many are accepted, and their output left the UTXO set: spent, or missing."""
    in_time: int = 0
    """Of what was received: what came in time."""
    soon: int = 0
    """Of what was received: what came out of time, and soon enough to be taken."""
    in_time_withdrawn: int = 0
    """What came in time and was withdrawn since; no part of what was received."""

    def plus(self, other: Sums) -> Sums:
        """The sums of both."""
        return Sums(*map(add, self, other))

    def less(self, other: Sums) -> Sums:
        """The sums without others that are part of them."""
        return Sums(*map(sub, self, other))

    @property
    def unsettled(self) -> int:
        """How many may still change by what the network does."""
        return self.waiting + self.gone


NO_SUMS: Final = Sums()


def sums_of(payment: Payment) -> Sums:
    """What one payment comes to."""
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
    """What payments come to."""
    sums = NO_SUMS
    for payment in payments:
        sums = sums.plus(sums_of(payment))
    return sums


@frozen
class Ledger:
    """All payments of a session: some by themselves, the others as sums."""

    held: Mapping[Outpoint, Payment] = field(factory=dict)
    """In the order of their places."""
    sums: Sums = NO_SUMS
    """Of all payments."""
    shelved: Sums = NO_SUMS
    """Of those that are not held."""
    next_place: int = 0
    """The place of the next payment that is credited."""
    earliest: int | None = field(default=None, eq=False)
    """No shelved payment that waits was accepted at a lower DAA score. None if none waits."""
    latest: int | None = field(default=None, eq=False)
    """No shelved payment that waits was accepted at a higher one."""
    changed: Mapping[Outpoint, bool] = field(factory=dict, eq=False)
    """Held payments that the database has otherwise, or (True) not at all."""

    def credited(self, payment: Payment) -> Self:
        """With a payment at the end that is new, or that was withdrawn and is back."""
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
        """With held payments that changed in their places."""
        held, changed, sums = dict(self.held), dict(self.changed), self.sums
        for payment in payments:
            sums = sums.less(sums_of(held[payment.outpoint])).plus(sums_of(payment))
            held[payment.outpoint] = payment
            changed.setdefault(payment.outpoint, False)
        return evolve(self, held=held, sums=sums, changed=changed)

    def recalled(self, payments: Iterable[Payment]) -> Self:
        """With shelved payments as the database has them; held ones among them are left as they
        are."""
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
        """Once the database has it: held is what ought to be, and no more."""
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
        """Of the payments the last ones, at most SHOWN, in order."""
        beyond = len(self.held) - min(number, SHOWN)
        payments = self.held.values()
        return list(payments if beyond <= 0 else islice(payments, beyond, None))


NO_PAYMENTS: Final = Ledger()


def ledger_of(payments: Iterable[Payment]) -> Ledger:
    """A ledger of payments that are nowhere yet, in this order."""
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
    """A ledger as the database has it: some payments and, unless these are all, the sums of all."""
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
