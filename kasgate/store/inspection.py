"""Inspection of a database without serving it: for ``kasgate doctor``, also beside a gateway."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Final

from attrs import frozen

from kasgate.access.secrets import Vault
from kasgate.merchant import Merchant
from kasgate.store.engine import connect_beside, connect_reader, transaction, translated_errors
from kasgate.store.migrate import missing_migrations, shipped_migrations
from kasgate.store.protocol import ChainGap
from kasgate.store.queries import audit, chain, merchants, warnings
from kasgate.store.sealing import unseal_merchant
from kasgate.warnings import OperatorWarning

MERCHANTS_READ: Final = 100
"""The most merchants that are inspected; the first ones by id."""

WARNINGS_READ: Final = 20


@frozen
class Inspection:
    """The findings about a database."""

    schema: int
    """The number of the newest migration that this version ships."""
    missing: int
    """How many migrations the next start will apply. If there are any, nothing else was read."""
    network: str | None
    """The network of the database's first use; None if it was never used."""
    merchants: tuple[Merchant, ...]
    merchant_count: int
    audit_lines: int = 0
    audit_break: str | None = None
    """The id of the first audit log entry whose hash does not match; None if all match."""
    warnings: tuple[OperatorWarning, ...] = ()
    """The first open warnings."""
    gaps: tuple[ChainGap, ...] = ()


def inspect(path: Path, vault: Vault) -> Inspection:
    """Inspect an existing database. Raises StoreError, and VaultError if its secrets were sealed
    with another key."""
    with closing(connect_reader(path)) as connection, translated_errors():
        schema = shipped_migrations()[-1].number
        missing = missing_migrations(connection)
        if missing:
            return Inspection(schema, len(missing), None, (), 0)
        sealed = merchants.page(connection, "", MERCHANTS_READ)
        return Inspection(
            schema=schema,
            missing=0,
            network=chain.network_name(connection),
            merchants=tuple(unseal_merchant(one, vault) for one in sealed),
            merchant_count=merchants.count(connection),
            audit_lines=audit.count(connection),
            audit_break=audit.first_break(connection),
            warnings=tuple(warnings.still_open(connection, WARNINGS_READ)),
            gaps=tuple(chain.open_gaps(connection)),
        )


def try_to_write(path: Path) -> None:
    """Take the database's write lock and release it without a change. Raises StoreUnavailable or
    CorruptDatabase."""
    with (
        closing(connect_beside(path)) as connection,
        translated_errors(),
        transaction(connection, "BEGIN IMMEDIATE"),
    ):
        pass
