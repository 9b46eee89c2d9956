"""Warnings that stay until a person acknowledges them.

They are in the database, so that a restart does not forget them, and in health, log and ``kasgate
doctor``. ``kasgate warnings`` lists and acknowledges them.
"""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen


class WarningKind(StrEnum):
    """What happened."""

    OLD_DATABASE = "old_database"
    """The database is an older copy of the one that was served last."""
    NEW_DATABASE = "new_database"
    """The database is another one than the marks were kept for."""
    MARKS_LOST = "marks_lost"
    """The file that says how far addresses were given out is missing or damaged."""
    FORGOTTEN_ADDRESSES = "forgotten_addresses"
    """Addresses were given out for sales that the database does not know."""
    USED_ADDRESSES = "used_addresses"
    """Addresses that no session had hold coins, or did."""


@frozen(kw_only=True)
class OperatorWarning:
    """One of them."""

    id: str
    kind: WarningKind
    subject: str
    """What it is about: the fingerprint of an account key, or the name of a database."""
    text: str
    """What happened and what to do, in sentences."""
    since: int
    """Unix milliseconds."""
    merchant_id: str | None = None
    first_index: int | None = None
    """The addresses that were passed over begin here"""
    end_index: int | None = None
    """and end before this index, at which the account key goes on."""
    found: str | None = None
    """What was found out since, as a sentence."""

    @property
    def account(self) -> str:
        """What happened, and what was found out since."""
        return f"{self.text} {self.found}" if self.found else self.text

    @property
    def sentence(self) -> str:
        """All of it, for health."""
        return f"{self.account} Then run `kasgate warnings --acknowledge {self.id}`."
