"""The errors of the store, and the values that only the store uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from attrs import frozen

from kasgate.events import Delivery, Event


class StoreError(Exception):
    """A read or write failed as a whole and had no effect."""


class StoreUnavailable(StoreError):
    """The database can't be used now (disk full, read-only, busy, too many queued writes). A retry
    may succeed later."""


class StoreBusy(StoreUnavailable):
    """Too many reads of this tenant, or of all tenants, are waiting, so this one was refused."""


class Conflict(StoreError):
    """The write contradicts stored data. ``what`` names the conflict: "email", "account_key",
    "address", "merchant", "session", "outpoint", "event", "delivery", "idempotency_key",
    "login"."""

    def __init__(self, what: str) -> None:
        super().__init__(f"this {what} is already taken")
        self.what = what


class WrongNetwork(StoreError):
    """The database belongs to another network, so its addresses and scores have no meaning here."""


class SpentAlready(StoreError):
    """The second factor was used before, or belongs to an earlier password."""


class StaleSession(StoreError):
    """The session was changed since it was read and has to be read again."""


class CorruptDatabase(StoreError):
    """The database file is damaged, or no database. A retry does not help: the process has to end,
    and an operator has to examine the file."""


@frozen
class ChainCursor:
    """How far the chain was followed: all payments accepted up to this block are in the
    database."""

    block_hash: str
    """Empty if the node that was followed could not give the block."""
    daa_score: int
    at: int
    """Unix milliseconds."""


@frozen
class ChainGap:
    """A range of the chain that no node could replay. Times are unix milliseconds."""

    id: str
    from_daa_score: int
    from_at: int
    """When the chain was last followed before the gap."""
    to_daa_score: int
    to_at: int
    """When it was followed again after the gap."""
    reason: str


@frozen
class DatabaseIdentity:
    """Identifies a database independently of its file name."""

    name: str
    """32 hexadecimal digits."""
    commits: int
    """The number of commits that stored events."""
    is_new: bool
    """Whether the database got its name just now."""


@frozen
class LateWatch:
    """A closed session whose address is still watched."""

    session_id: str
    address: str
    closed_at: int


@frozen
class Counts:
    """Totals for the operator's health page."""

    merchants: int
    active_sessions: int
    pending_deliveries: int
    sessions: Mapping[str, int]
    """The number of sessions by status."""
    payments: int
    """The number of payments that count as received."""


OutboxListener = Callable[[Sequence[Delivery]], None]
EventListener = Callable[[Sequence[Event]], None]
