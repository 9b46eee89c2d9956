"""Warnings to the operator that stay open until somebody acknowledges them.

They are stored in the database, so that they survive a restart. Health, the log and ``kasgate
doctor`` show them; ``kasgate warnings`` lists and acknowledges them.
"""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen


class WarningKind(StrEnum):
    """The event that a warning reports."""

    OLD_DATABASE = "old_database"
    """The database is an older copy of the one that was served last."""
    NEW_DATABASE = "new_database"
    """The database is not the one that the address marks belong to."""
    MARKS_LOST = "marks_lost"
    """The file of address marks is missing or damaged."""
    FORGOTTEN_ADDRESSES = "forgotten_addresses"
    """Addresses were given out for sessions that the database does not have."""
    RESTORED = "restored"
    """``kasgate restore`` put a backup in place of the database."""
    USED_ADDRESSES = "used_addresses"
    """Addresses that no session has hold coins, or held some."""


@frozen(kw_only=True)
class OperatorWarning:
    """A warning with its subject, its text and the addresses that it concerns."""

    id: str
    kind: WarningKind
    subject: str
    """Its subject: the fingerprint of an account key, or the name of a database."""
    text: str
    """The event and what to do about it, in sentences."""
    since: int
    """Unix milliseconds."""
    merchant_id: str | None = None
    first_index: int | None = None
    """The skipped addresses begin at this index"""
    end_index: int | None = None
    """and end before this one, at which the account key continues."""
    found: str | None = None
    """What a later check found, as a sentence."""

    @property
    def account(self) -> str:
        """The event, and what a later check found."""
        return f"{self.text} {self.found}" if self.found else self.text

    @property
    def sentence(self) -> str:
        """The whole text, for health."""
        return f"{self.account} Then run `kasgate warnings --acknowledge {self.id}`."
