"""What may be observed of a session: by the network, by the clock, by its merchant.

Observations may come twice, late or in another order: each says how things stand, none what to add.
``kasgate.sessions.transitions.step`` says what each means.
"""

from __future__ import annotations

from attrs import frozen

from kasgate.kaspa.utxo import Outpoint
from kasgate.money import Sompi
from kasgate.sessions.payments import MempoolSighting


@frozen
class Moment:
    """When a step is taken."""

    at: int
    """Unix milliseconds."""
    daa_score: int | None
    """Virtual DAA score last seen; None before the first node."""


@frozen
class Watched:
    """The node acknowledged the watch of the session's address."""


@frozen
class MempoolSeen:
    """The mempool holds these outputs for the session now, and no others."""

    outputs: tuple[MempoolSighting, ...]


@frozen
class OutputSeen:
    """The UTXO set holds this output of the session's address, with this score, now."""

    outpoint: Outpoint
    amount: Sompi
    block_daa_score: int
    accepted_at: int
    credited: bool = True


@frozen
class OutputMissing:
    """The output is no longer in the UTXO set; why is not known yet."""

    outpoint: Outpoint


@frozen
class OutputSpent:
    """The output is gone because it was spent: at this virtual DAA score its transaction was
    accepted by the selected chain."""

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
    """Virtual reached a DAA score, after everything observed before."""

    daa_score: int


@frozen
class DeadlineReached:
    """The deadline passed, and the gateway has seen everything the node knows up to now."""


@frozen
class DeadlineBroughtForward:
    """On a simulated network: time is up at this unix time in milliseconds already."""

    at: int


@frozen
class ClockCorrected:
    """The clock was wrong that the session was made by, if it was made then."""

    since: int
    until: int
    """Times between these were stamped wrong; unix milliseconds by the wrong clock."""
    by: int
    """Milliseconds to be added to them."""


@frozen
class CancelRequested:
    """The merchant cancels."""


@frozen
class AcceptRequested:
    """The merchant takes what was received as payment, though it came late or is not all."""


@frozen
class FailRequested:
    """The merchant gives the session up."""


@frozen
class DismissRequested:
    """The merchant has seen what needs attention about the session, and leaves it as it is."""


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
