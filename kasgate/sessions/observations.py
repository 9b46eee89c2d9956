"""Observations of a session: by the network, by the clock, by its merchant.

Observations may come twice, late or in another order: each gives a state, never a difference.
``kasgate.sessions.transitions.step`` applies them.
"""

from __future__ import annotations

from attrs import frozen

from kasgate.kaspa.utxo import Outpoint
from kasgate.money import Sompi
from kasgate.sessions.payments import MempoolSighting
from kasgate.sessions.valuation import ValueRate


@frozen
class Moment:
    """The time and DAA score of a step."""

    at: int
    """Unix milliseconds."""
    daa_score: int | None
    """Virtual DAA score last seen; None before any node was reached."""
    rate: ValueRate | None = None
    """The rate at which a new payment is valued; None if the merchant has no display currency, or
    if there is no rate now."""


@frozen
class Watched:
    """The node acknowledged the watch of the session's address."""


@frozen
class MempoolSeen:
    """The mempool now holds exactly these outputs for the session."""

    outputs: tuple[MempoolSighting, ...]


@frozen
class OutputSeen:
    """The UTXO set now holds this output of the session's address, with this DAA score."""

    outpoint: Outpoint
    amount: Sompi
    block_daa_score: int
    accepted_at: int
    credited: bool = True


@frozen
class OutputMissing:
    """The output has left the UTXO set, for a reason not known yet."""

    outpoint: Outpoint


@frozen
class OutputSpent:
    """The output was spent: the selected chain accepted its transaction at this virtual DAA
    score."""

    outpoint: Outpoint
    daa_score: int


@frozen
class OutputWithdrawn:
    """The output is gone because the network no longer accepts its transaction."""

    outpoint: Outpoint


@frozen
class PaymentAttested:
    """A second, independent source says that the network accepts this payment's transaction."""

    outpoint: Outpoint


@frozen
class ScoreMoved:
    """Virtual reached a DAA score, after every earlier observation."""

    daa_score: int


@frozen
class DeadlineReached:
    """The deadline passed, and the gateway has processed all that the node knows up to now."""


@frozen
class DeadlineBroughtForward:
    """On a simulated network: the session's time ends early, at this unix time in milliseconds."""

    at: int


@frozen
class ClockCorrected:
    """The clock was wrong in a range of time; it concerns sessions that were created in it."""

    since: int
    until: int
    """``since`` and ``until`` bound the wrong stamps; unix milliseconds by the wrong clock."""
    by: int
    """Milliseconds to add to them."""


@frozen
class CancelRequested:
    """The merchant cancels."""


@frozen
class AcceptRequested:
    """The merchant accepts the received amount as payment, though it is late or incomplete."""


@frozen
class FailRequested:
    """The merchant fails the session."""


@frozen
class DismissRequested:
    """The merchant dismisses the session's need for attention and changes nothing else."""


Observation = (
    Watched
    | MempoolSeen
    | OutputSeen
    | OutputMissing
    | OutputSpent
    | OutputWithdrawn
    | PaymentAttested
    | ScoreMoved
    | DeadlineReached
    | DeadlineBroughtForward
    | ClockCorrected
    | CancelRequested
    | AcceptRequested
    | FailRequested
    | DismissRequested
)
