"""The gateway's database, if there is one already."""

from __future__ import annotations

from pathlib import Path

from kasgate.access.secrets import Vault, VaultError
from kasgate.cli.outcome import Failure
from kasgate.cli.setup.account import Account
from kasgate.cli.setup.dialogue import Wrong
from kasgate.merchant import Merchant
from kasgate.settings.model import Settings
from kasgate.store.inspection import Inspection, inspect
from kasgate.store.protocol import StoreError


def database_network(database: Path, key_file: Path, account: Account) -> str | None:
    """The network of a database, None if there is no database or it was never used. Raises Wrong
    if it can't be read."""
    try:
        found = _inspected(database, key_file, account)
    except (StoreError, VaultError) as error:
        raise Wrong(str(error)) from None
    return None if found is None else found.network


def known_merchants(settings: Settings, account: Account) -> tuple[Merchant, ...]:
    """The merchants in the database. Raises Failure for a database of an older version, and
    StoreError and VaultError."""
    found = _inspected(settings.database, settings.key_file, account)
    if found is None:
        return ()
    if found.missing:
        raise Failure(
            f"The database {settings.database} is of an older version. Start this version once"
            " (kasgate serve), after a backup; then run setup again."
        )
    return found.merchants


def _inspected(database: Path, key_file: Path, account: Account) -> Inspection | None:
    with account.acting():
        if not database.exists() or not database.stat().st_size:
            return None
        if not key_file.exists():
            raise VaultError(
                f"The key file {key_file} is missing, and the database {database} can't be read"
                " without it. Restore the copy of the key file."
            )
        return inspect(database, Vault.load_or_create(key_file))
