"""What the store raises, and the values that only it deals in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from attrs import frozen

from kasgate.events import Delivery, Event


class StoreError(Exception):
    """A read or write did not happen; nothing of it did."""


class StoreUnavailable(StoreError):
    """The database can't be written now (disk full, read-only, busy, too many writes queued).
    Trying again later may succeed."""


class StoreBusy(StoreUnavailable):
    """So many readings of this tenant, or of all, wait for their turn that this one would wait for
    too long."""


class Conflict(StoreError):
    """The write contradicts what is stored. ``what`` names it: "email", "account_key", "address",
    "merchant", "session", "outpoint", "event", "delivery", "idempotency_key", "login"."""

    def __init__(self, what: str) -> None:
        super().__init__(f"this {what} is already taken")
        self.what = what


class WrongNetwork(StoreError):
    """The database was made for another network: its addresses and scores mean nothing here."""


class SpentAlready(StoreError):
    """A second factor works once, and for the password that it came with."""


class StaleSession(StoreError):
    """The session was changed by somebody else since it was read: read it again."""


class CorruptDatabase(StoreError):
    """The database file is damaged or no database at all. No retry helps: the process has to end
    and an operator to look."""


@frozen
class ChainCursor:
    """How far the chain was followed: everything accepted up to this block is in the database."""

    block_hash: str
    """Empty where the node that was followed could not name one."""
    daa_score: int
    at: int
    """Unix milliseconds."""


@frozen
class ChainGap:
    """A stretch of the chain that no node could replay. Times are unix milliseconds."""

    id: str
    from_daa_score: int
    from_at: int
    """When the chain had last been followed before it."""
    to_daa_score: int
    to_at: int
    """When it was followed again."""
    reason: str


@frozen
class DatabaseIdentity:
    """Which database this is, whatever its file is called."""

    name: str
    """32 hexadecimal digits."""
    commits: int
    """Those that told of events."""
    is_new: bool
    """Whether it had no name before."""


@frozen
class LateWatch:
    """A closed session whose address is still watched."""

    session_id: str
    address: str
    closed_at: int


@frozen
class Counts:
    """Totals for an operator's health page."""

    merchants: int
    active_sessions: int
    pending_deliveries: int
    sessions: Mapping[str, int]
    """All of them, by status."""
    payments: int
    """All that count as received."""


OutboxListener = Callable[[Sequence[Delivery]], None]
EventListener = Callable[[Sequence[Event]], None]
