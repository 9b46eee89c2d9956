"""Payments: outputs that pay a session, and mempool sightings of outputs to come.

A payment is an outpoint. It is accepted, then confirmed (final), or withdrawn by a reorg. An output
that leaves the UTXO set is *missing* until it is known whether it was spent (the payment stands) or
withdrawn (it does not): kaspa.md §4.6.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum

from attrs import frozen

from kasgate.kaspa.utxo import Outpoint
from kasgate.money import Sompi
from kasgate.sessions.valuation import PaymentValue


class PaymentState(StrEnum):
    """The state of one payment."""

    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


class Timing(IntEnum):
    """When a payment came, compared with the end of the session at that time."""

    IN_TIME = 0
    SOON = 1
    """After the session's end, but early enough for the merchant's late acceptance."""
    TOO_LATE = 2


@frozen
class Payment:
    """One output that pays a session."""

    outpoint: Outpoint
    amount: Sompi
    block_daa_score: int
    seen_at: int
    """When the gateway first saw it, unix milliseconds."""
    accepted_at: int
    """When the network first accepted it, unix milliseconds. On a live link this is the time when
    the output was first seen, else the accepting block's timestamp or an estimate of it. It stays
    the same when a reorg withdraws the payment and the network accepts it again."""
    state: PaymentState = PaymentState.ACCEPTED
    late: bool = False
    """Whether it came, or came back, after the session had expired or failed."""
    timing: Timing = Timing.IN_TIME
    """Decided once, when the network first accepted it. It stays the same through reorgs, unless
    the payment is late now. A surplus that came while the session confirmed may be out of time
    without being late. It has no meaning for a payment that is not credited."""
    credited: bool = True
    """False for an output that is not plain money, and for one with which the sum would exceed all
    the KAS that can exist: such a payment is shown and never counted."""
    missing_since: int | None = None
    """Unix milliseconds since which the output is gone for an unknown reason. The payment then
    counts as received, but gets no confirmations."""
    spent_evidence: int | None = None
    """For a spent output: the virtual DAA score at which the acceptance of its transaction was last
    proven. Its depth counts up to this score and no further, because the removal of a spent output
    by a reorg can no longer be seen."""
    attested: bool = False
    """Whether a second, independent source reports too that the network accepts it at its current
    place. Required for large sessions only."""
    place: int = 0
    """Its number in the order in which the session's payments were credited; there may be gaps."""
    value: PaymentValue | None = None
    """Its value in the merchant's display currency when it was first credited; None if that is not
    known. It never changes."""

    @property
    def counts(self) -> bool:
        """Whether its amount is part of the received amount."""
        return self.credited and self.state is not PaymentState.WITHDRAWN

    @property
    def was_in_time(self) -> bool:
        """Whether it is plain money that came in time, even if it was withdrawn since."""
        return self.credited and self.timing is Timing.IN_TIME

    @property
    def is_settled(self) -> bool:
        """Whether no event of the network can change it any more."""
        return self.state is not PaymentState.ACCEPTED

    @property
    def is_gone(self) -> bool:
        """Whether its output is known to have left the UTXO set."""
        return self.missing_since is not None or self.spent_evidence is not None

    @property
    def is_in_question(self) -> bool:
        """Whether its output left the UTXO set before it was final, so that it may be withdrawn."""
        return self.is_gone and not self.is_settled

    @property
    def is_expected(self) -> bool:
        """Whether its output should be in the UTXO set, and is still needed there."""
        return not self.is_gone and not self.is_settled

    def depth(self, daa_score: int) -> int:
        """Confirmations at a virtual DAA score: the difference of the scores, at least 0."""
        if self.missing_since is not None:
            return 0
        if self.spent_evidence is not None:
            daa_score = min(daa_score, self.spent_evidence)
        return max(0, daa_score - self.block_daa_score)


@frozen
class MempoolSighting:
    """An output that a node's mempool holds for a session. It never counts as money."""

    outpoint: Outpoint
    amount: Sompi
    seen_at: int
    """When it was first seen there, unix milliseconds."""
    left_at: int | None = None
    """When the mempool no longer held it, unix milliseconds. A transaction leaves with the block
    that contains it, shortly before the selected chain accepts that block; or it leaves for
    good."""
