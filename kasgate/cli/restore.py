"""``kasgate restore``: puts a backup in place of the database, or lists backups."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from kasgate.cli.backup import ask_passphrase, passphrase_of
from kasgate.cli.outcome import DONE, Failure
from kasgate.cli.own_settings import own_settings
from kasgate.json_text import iso
from kasgate.logs.setup import configure_logging
from kasgate.settings.model import LogLevel, Settings
from kasgate.store.backup.archive import Manifest, is_encrypted, read_manifest
from kasgate.store.backup.errors import RestoreRefused
from kasgate.store.backup.files import BackupFile, backups_in
from kasgate.store.backup.restoring import Restored, RestoreOrder, restore
from kasgate.store.lock import DatabaseInUse, lock_database
from kasgate.store.protocol import StoreError


def run(arguments: argparse.Namespace) -> int:
    """Restore the file or list the directory. Raises Failure and StoreError."""
    overrides = {} if arguments.data_dir is None else {"data_dir": arguments.data_dir}
    settings = own_settings(overrides)
    configure_logging(settings.log, LogLevel.WARNING)
    if arguments.list is not None:
        _list(arguments, settings)
        return DONE
    order = RestoreOrder(
        file=arguments.file,
        database=settings.database,
        key_file=settings.key_file,
        marks_file=settings.marks_file,
        network=settings.network.value,
        passphrase=_passphrase(arguments, settings),
        leap=arguments.leap,
    )
    try:
        with lock_database(settings.database):
            restored = restore(order)
    except DatabaseInUse as error:
        raise Failure(f"{error} Stop that gateway first; nothing was changed.") from error
    print(_as_json(restored) if arguments.json else _for_a_person(restored, settings))
    return DONE


def _passphrase(arguments: argparse.Namespace, settings: Settings) -> str | None:
    if not arguments.file.is_file():
        raise RestoreRefused(f"There is no file {arguments.file}.")
    if not is_encrypted(arguments.file):
        return None
    return passphrase_of(arguments, settings) or ask_passphrase(twice=False)


def _as_json(restored: Restored) -> str:
    return json.dumps(
        {
            "sessions": restored.facts.sessions,
            "merchants": restored.facts.merchants,
            "schema": restored.facts.schema,
            "madeAt": None if restored.made_at is None else iso(restored.made_at),
            "aside": None if restored.aside is None else str(restored.aside),
            "keyFileWritten": restored.key_file_written,
            "addressMarks": restored.marks_know,
            "passedOver": [
                {"merchant": leap.merchant, "first": leap.first, "end": leap.end}
                for leap in restored.leaps
            ],
        }
    )


def _for_a_person(restored: Restored, settings: Settings) -> str:
    facts = restored.facts
    lines = [
        f"{settings.database} is restored: {facts.sessions:,} sessions and"
        f" {facts.merchants:,} merchants"
        + ("." if restored.made_at is None else f", as of {iso(restored.made_at)}.")
    ]
    if restored.aside is not None:
        lines.append(f"The database that was there is now {restored.aside}.")
    if restored.key_file_written:
        lines.append(f"The key file {settings.key_file} was written from the backup.")
    if restored.marks_know:
        lines.append(f"{settings.marks_file} knows which addresses were given out since.")
    for leap in restored.leaps:
        lines.append(
            f"{leap.merchant}: the addresses {leap.first} to {leap.end - 1} are passed over,"
            " because they may have been given out after the backup. Set your wallet's gap limit"
            f" above {leap.end - leap.first}, or it may not find later payments."
        )
    lines.append(
        "Start the gateway, then run `kasgate warnings`: it lists what the chain has and the"
        " database does not."
    )
    return "\n".join(lines)


def _list(arguments: argparse.Namespace, settings: Settings) -> None:
    folder: Path = arguments.list
    if not folder.is_dir():
        raise Failure(f"--list: {folder} is not a directory.")
    try:
        found = backups_in(folder)
    except OSError as error:
        raise Failure(f"--list: {folder} can't be read: {error.strerror}.") from error
    passphrase = passphrase_of(arguments, settings)
    entries = [(file, *_manifest_of(file, passphrase)) for file in found]
    if arguments.json:
        print(json.dumps({"backups": [_entry(file, found_) for file, found_, _ in entries]}))
        return
    if not entries:
        print(f"There is no backup in {folder}.")
    for file, manifest, problem in entries:
        if manifest is None:
            known = problem
        else:
            known = (
                f"{manifest.sessions:>10,} sessions  {manifest.network or 'unused':<10}  version"
                f" {manifest.version}, schema {manifest.schema}"
            )
        print(f"{iso(file.made_at)}  {file.size:>15,} bytes  {known}  {file.path.name}")


def _manifest_of(file: BackupFile, passphrase: str | None) -> tuple[Manifest | None, str]:
    if file.is_encrypted and passphrase is None:
        return None, "encrypted; give the passphrase to see more"
    try:
        return read_manifest(file.path, passphrase), ""
    except (StoreError, OSError) as error:
        return None, f"UNUSABLE: {error}"


def _entry(file: BackupFile, manifest: Manifest | None) -> dict[str, object]:
    fields: dict[str, object] = {
        "path": str(file.path),
        "madeAt": iso(file.made_at),
        "size": file.size,
        "encrypted": file.is_encrypted,
    }
    if manifest is not None:
        fields |= {
            "sessions": manifest.sessions,
            "merchants": manifest.merchants,
            "network": manifest.network,
            "version": manifest.version,
            "schema": manifest.schema,
            "keyId": manifest.key_id,
        }
    return fields
