"""``kasgate backup``: backs the database up, also beside a running gateway."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from pathlib import Path
from typing import Final

from attrs import asdict

from kasgate.cli.outcome import DONE, Failure
from kasgate.cli.own_settings import own_settings
from kasgate.json_text import iso
from kasgate.logs.setup import configure_logging, is_terminal
from kasgate.settings.model import LogLevel, Settings
from kasgate.store.backup.making import (
    BackupOrder,
    MadeBackup,
    checked_passphrase,
    make_backup,
    read_passphrase,
)

_FOLDER: Final = "backups"


def run(arguments: argparse.Namespace) -> int:
    """Make the backup and print its path. Raises Failure and StoreError."""
    settings = own_settings()
    configure_logging(settings.log, LogLevel.WARNING)
    folder = arguments.to or settings.backup_dir or settings.data_dir / _FOLDER
    order = BackupOrder(
        database=settings.database,
        folder=folder,
        passphrase=passphrase_of(arguments, settings, twice=True),
        key_file=settings.key_file if arguments.with_key else None,
        keep=arguments.keep,
    )
    made = make_backup(order)
    print(_as_json(made) if arguments.json else _for_a_person(made, settings, order))
    return DONE


def passphrase_of(
    arguments: argparse.Namespace, settings: Settings, *, twice: bool = False
) -> str | None:
    """The passphrase that the options or the settings name; None without one."""
    if arguments.passphrase:
        return ask_passphrase(twice=twice)
    path: Path | None = arguments.passphrase_file or settings.backup_passphrase_file
    return None if path is None else read_passphrase(path)


def ask_passphrase(*, twice: bool) -> str:
    """Ask for the passphrase at the terminal. Raises Failure without one."""
    if not is_terminal(sys.stdin):
        raise Failure(
            "A passphrase is needed, and nobody can be asked for it here. Use --passphrase-file."
        )
    passphrase = getpass.getpass("Passphrase: ")
    if not twice:
        return passphrase
    if getpass.getpass("The same again: ") != passphrase:
        raise Failure("The two passphrases are not the same.")
    return checked_passphrase(passphrase)


def _as_json(made: MadeBackup) -> str:
    manifest = asdict(made.manifest) | {"made_at": iso(made.manifest.made_at)}
    return json.dumps(
        {
            "path": str(made.path),
            "size": made.size,
            "manifest": manifest,
            "removed": [str(path) for path in made.removed],
            "notRemoved": made.not_removed,
        }
    )


def _for_a_person(made: MadeBackup, settings: Settings, order: BackupOrder) -> str:
    manifest = made.manifest
    lines = [
        str(made.path),
        f"  {made.size:,} bytes, {'encrypted' if order.passphrase else 'not encrypted'}; verified",
        f"  {manifest.sessions:,} sessions and {manifest.merchants:,} merchants,"
        f" schema {manifest.schema}",
    ]
    if manifest.key_id is not None and order.key_file is None:
        lines.append(
            f"  It needs the key file {settings.key_file} (key {manifest.key_id}), which is not in"
            " it. Keep a copy of that file in another place."
        )
    lines += [f"  removed {path.name}" for path in made.removed]
    if made.not_removed is not None:
        lines.append(f"  {made.not_removed}")
    return "\n".join(lines)
