"""Payments: outputs that pay a session, and what the mempool shows of those still to come.

A payment is an outpoint. It is accepted, then confirmed (final), or withdrawn by a reorg. An output
that leaves the UTXO set is merely *missing* until somebody finds out whether it was spent (the
payment stands) or withdrawn (it does not): kaspa.md §4.6.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum

from attrs import frozen

from kasgate.kaspa.utxo import Outpoint
from kasgate.money import Sompi


class PaymentState(StrEnum):
    """Where one payment stands."""

    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


class Timing(IntEnum):
    """When a payment came, against the session's end as it stood then."""

    IN_TIME = 0
    SOON = 1
    """Out of time, but so soon after it that the merchant's terms take it."""
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
    """When the network first accepted it, unix milliseconds: the first sight on a live link, else
    the accepting block's timestamp or an estimate of it. It stays if a reorg withdraws the payment
    and the network accepts it again."""
    state: PaymentState = PaymentState.ACCEPTED
    late: bool = False
    """Whether it came, or came back, once the session had expired or failed."""
    timing: Timing = Timing.IN_TIME
    """Judged once, when the network first accepted it: it stays through reorgs, unless the payment
    is late now. A surplus that came while the session confirmed may be out of time and not late.
    It says nothing about what is not credited."""
    credited: bool = True
    """False for outputs that are not plain money, and for what would make the sum exceed all the
    KAS that can exist: shown, never counted."""
    missing_since: int | None = None
    """Unix milliseconds since which the output is gone and nobody knows why; it then counts as
    received, but gets no confirmations."""
    spent_evidence: int | None = None
    """For an output that was spent: the virtual DAA score at which the acceptance of its
    transaction was last proven. Its depth is believed up to here and no further, because a spent
    output can no longer be seen to leave."""
    attested: bool = False
    """Whether a second, independent source says too that the network accepts it, where it lies
    now. Asked for large sessions alone."""
    place: int = 0
    """Its place in the order in which the session's payments were credited; there may be gaps."""

    @property
    def counts(self) -> bool:
        """Whether its amount is part of what was received."""
        return self.credited and self.state is not PaymentState.WITHDRAWN

    @property
    def was_in_time(self) -> bool:
        """Whether it is plain money that came in time, whatever became of it since."""
        return self.credited and self.timing is Timing.IN_TIME

    @property
    def is_settled(self) -> bool:
        """Whether nothing that the network does can still change it."""
        return self.state is not PaymentState.ACCEPTED

    @property
    def is_gone(self) -> bool:
        """Whether its output is known to have left the UTXO set."""
        return self.missing_since is not None or self.spent_evidence is not None

    @property
    def is_in_question(self) -> bool:
        """Whether it left the UTXO set before it was final: spent, or withdrawn?"""
        return self.is_gone and not self.is_settled

    @property
    def is_expected(self) -> bool:
        """Whether its output ought to be in the UTXO set, and matters."""
        return not self.is_gone and not self.is_settled

    def depth(self, daa_score: int) -> int:
        """Confirmations at a virtual DAA score: the difference, never below 0."""
        if self.missing_since is not None:
            return 0
        if self.spent_evidence is not None:
            daa_score = min(daa_score, self.spent_evidence)
        return max(0, daa_score - self.block_daa_score)


@frozen
class MempoolSighting:
    """An output that a node's mempool holds for a session: a promise, never money."""

    outpoint: Outpoint
    amount: Sompi
    seen_at: int
    """When it was first seen there, unix milliseconds."""
    left_at: int | None = None
    """When the mempool held it no longer, unix milliseconds. A transaction leaves with the block
    that contains it, a moment before the selected chain accepts that block; or for good."""
