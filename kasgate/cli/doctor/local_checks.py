"""Local checks of ``kasgate doctor``: settings, disk, key file, database, merchants."""

from __future__ import annotations

import os
import resource
import shutil
from pathlib import Path
from typing import Final

from attrs import define, field

from kasgate.access.secrets import Vault, VaultError
from kasgate.cli.descriptors import FEW_CONNECTIONS, MORE_DESCRIPTORS, allow_many_connections
from kasgate.cli.doctor.findings import Finding, failed, ok, skipped, warning
from kasgate.cli.own_settings import own_settings
from kasgate.clock import system_clock
from kasgate.kaspa.extended_key import InvalidChildError, ReceiveChain
from kasgate.merchant import Merchant
from kasgate.settings.model import Settings, SettingsError
from kasgate.store.backup.copying import identity_of
from kasgate.store.backup.files import backups_in
from kasgate.store.inspection import Inspection, inspect, try_to_write
from kasgate.store.lock import is_locked
from kasgate.store.marks import read_marks
from kasgate.store.protocol import StoreError
from web.connection.admission import room_for_connections

ADDRESSES_SHOWN: Final = 5
SPACE_NEEDED: Final = 100 * 1024 * 1024
SPACE_WISHED: Final = 1024 * 1024 * 1024
_MODE_OF_OTHERS: Final = 0o077

_DATABASE: Final = "database"
_KEY_FILE: Final = "key file"


@define
class Ground:
    """The local state that a gateway would start from."""

    findings: list[Finding] = field(factory=list)
    merchants: tuple[Merchant, ...] = ()
    is_serving: bool = False
    """Whether a gateway serves the database now."""


def check_settings() -> tuple[Settings | None, list[Finding]]:
    """The settings, or None if a gateway could not start with them."""
    try:
        settings = own_settings()
    except SettingsError as error:
        mend = "kasgate serve --help lists all settings and what they allow."
        return None, [failed("settings", problem, mend) for problem in error.problems]
    found = [
        warning("settings", text, "Set it, or remove that variable.") for text in settings.warnings
    ]
    file = "No settings file" if settings.file is None else f"The settings file is {settings.file}"
    detail = f"{settings.network.value}, on {settings.host} port {settings.port}. {file}."
    return settings, [ok("settings", detail), *found]


def check_ground(settings: Settings) -> Ground:
    """All checks that need no network."""
    ground = Ground()
    ground.findings.append(check_disk(settings.database))
    ground.findings.append(_open_files())
    vault, finding = _key_file(settings.key_file, settings.database)
    ground.findings.append(finding)
    ground.is_serving = is_locked(settings.database)
    if not settings.database.exists():
        ground.findings.append(_no_database(settings.database))
        return ground
    if vault is None:
        ground.findings.append(skipped(_DATABASE, "It can't be read without the key file."))
        return ground
    try:
        inspection = inspect(settings.database, vault)
        try_to_write(settings.database)
    except (StoreError, VaultError) as error:
        ground.findings.append(_unusable(settings, error))
        return ground
    ground.merchants = inspection.merchants
    ground.findings += _database(settings, inspection, ground.is_serving)
    if not inspection.missing:
        ground.findings.append(_audit_log(inspection))
        ground.findings += _warnings(inspection)
    ground.findings.append(_marks(settings))
    if inspection.merchant_count:
        ground.findings.append(_backups(settings, system_clock()))
    ground.findings += [_addresses(settings, merchant) for merchant in inspection.merchants]
    return ground


def check_disk(database: Path) -> Finding:
    folder = _existing(database)
    free = shutil.disk_usage(folder).free
    detail = f"{free // 1024**2:,} MiB are free on the disk of {folder}."
    mend = "Free some space: a gateway that can't write creates no new payments."
    if free < SPACE_NEEDED:
        return failed("disk", detail, mend)
    if free < SPACE_WISHED:
        return warning("disk", detail, mend)
    return ok("disk", detail)


def _open_files() -> Finding:
    """The limit for a gateway that is started from here; it raises its soft limit to the hard
    one."""
    check = "open files"
    allow_many_connections()
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    room = room_for_connections()
    detail = f"The limit is {limit}, so that {room:,} connections fit."
    return (
        ok(check, detail) if room >= FEW_CONNECTIONS else warning(check, detail, MORE_DESCRIPTORS)
    )


def _existing(path: Path) -> Path:
    """The nearest existing folder above a path."""
    folder = path.absolute().parent
    while not folder.exists():
        folder = folder.parent
    return folder


def _key_file(path: Path, database: Path) -> tuple[Vault | None, Finding]:
    if not path.exists():
        if database.exists():
            return None, failed(
                _KEY_FILE,
                f"{path} is missing, and the secrets in the database can't be read without it.",
                "Restore the copy of the key file, or set KASGATE_KEY_FILE to its path.",
            )
        return None, ok(_KEY_FILE, f"{path} will be made at the first start.")
    try:
        # It exists, so it is read and not created.
        vault = Vault.load_or_create(path)
    except VaultError as error:
        return None, failed(
            _KEY_FILE, str(error), f"chmod 600 {path} if it is yours, or put the right file there."
        )
    folder_mode = path.parent.stat().st_mode & _MODE_OF_OTHERS & 0o022
    if folder_mode:
        return vault, warning(
            _KEY_FILE,
            f"Others may write into {path.parent}, and so replace the file.",
            f"chmod go-w {path.parent}",
        )
    return vault, ok(_KEY_FILE, f"{path} is readable by its owner alone (key {vault.key_id}).")


def _no_database(path: Path) -> Finding:
    folder = _existing(path)
    if os.access(folder, os.W_OK):
        return ok(_DATABASE, f"{path} will be made at the first start.")
    return failed(
        _DATABASE,
        f"{path} is missing, and {folder} can't be written.",
        f"Allow this user to write into {folder}, or set KASGATE_DATA_DIR.",
    )


def _unusable(settings: Settings, error: StoreError | VaultError) -> Finding:
    mend = (
        f"Check that this user owns {settings.database}, that the disk is sound and not full, and"
        " that the key file is the one that the database was made with; else restore a backup."
    )
    return failed(_DATABASE, str(error), mend)


def _database(settings: Settings, found: Inspection, is_serving: bool) -> list[Finding]:
    if found.missing:
        detail = f"{found.missing} migrations to schema {found.schema} are missing."
        return [
            warning(
                _DATABASE,
                detail,
                "The next start of this version applies them, and first copies the database beside"
                " it: leave room for that (docs/upgrade.md).",
            )
        ]
    if found.network not in (None, settings.network.value):
        return [
            failed(
                _DATABASE,
                f"It belongs to {found.network}, and KASGATE_NETWORK is {settings.network.value}.",
                "Restore KASGATE_NETWORK, or set KASGATE_DATABASE to another file.",
            )
        ]
    now = "a gateway serves it now" if is_serving else "no gateway serves it now"
    detail = (
        f"{settings.database} can be read and written, schema {found.schema},"
        f" {found.merchant_count} merchants; {now}."
    )
    if found.merchant_count:
        return [ok(_DATABASE, detail)]
    return [
        ok(_DATABASE, detail),
        warning("merchants", "There is none yet.", "kasgate merchant create --help"),
    ]


def _audit_log(found: Inspection) -> Finding:
    if found.audit_break is None:
        detail = f"{found.audit_lines} entries, all unchanged and in order."
        return ok("audit log", detail)
    return failed(
        "audit log",
        f"Entry {found.audit_break} was changed, or one before it is missing.",
        "Somebody changed the database by hand: check who has access, and compare a backup.",
    )


def _warnings(found: Inspection) -> list[Finding]:
    """Open warnings and gaps that a person has to look into."""
    mend = "Look into it, then `kasgate warnings --acknowledge {}`."
    return [
        *(warning("warnings", one.account, mend.format(one.id)) for one in found.warnings),
        *(
            warning(
                "warnings", f"No node could replay the chain: {gap.reason}.", mend.format(gap.id)
            )
            for gap in found.gaps
        ),
    ]


def _marks(settings: Settings) -> Finding:
    path = settings.marks_file
    check = "address marks"
    if not path.exists():
        return ok(check, f"{path} will be made at the next start.")
    try:
        with path.open("rb", buffering=0) as file:
            found = read_marks(file.fileno())
    except OSError as error:
        return failed(
            check, f"{path} can't be read: {error.strerror}.", "Give this user read access."
        )
    if found.damaged or found.head is None:
        return warning(
            check,
            f"{path} is damaged. The next start rebuilds it from the database.",
            "If you restored an older copy of the database, see docs/backup.md.",
        )
    return ok(check, f"{path} has {len(found.records)} account keys.")


def _backups(settings: Settings, now: int) -> Finding:
    """The newest scheduled backup."""
    check, folder = "backup", settings.backup_dir
    if folder is None:
        return warning(
            check,
            "No backups are scheduled.",
            "Set KASGATE_BACKUP_DIR to a directory on another disk; see docs/backup.md.",
        )
    try:
        found = backups_in(folder, identity_of(settings.database))
    except (OSError, StoreError) as error:
        return failed(check, f"{folder} can't be read: {error}.", "Give this user access to it.")
    if not found:
        return warning(
            check,
            f"There is no backup of this database in {folder} yet.",
            "The gateway makes one a minute after its start; or run kasgate backup now.",
        )
    age_s = max(0, now - found[0].made_at) // 1000
    detail = f"{found[0].path}, {found[0].size:,} bytes, is {age_s // 3600} hours old."
    if age_s > 2 * settings.backup_every:
        return failed(
            check, detail, "It should be newer: look for `backup failed` in the gateway's log."
        )
    return ok(check, detail)


def _addresses(settings: Settings, merchant: Merchant) -> Finding:
    """The account's first receive addresses, to compare with the wallet."""
    chain = ReceiveChain(merchant.account_key, settings.network)
    shown = []
    for index in range(ADDRESSES_SHOWN):
        try:
            shown.append(f"{index}  {chain.address(index)}")
        except InvalidChildError:
            shown.append(f"{index}  none: this key has no such address")
    return ok(
        f"merchant {merchant.name}",
        "The first receive addresses of the account; the wallet must show the same."
        f" The next one to be used is number {merchant.next_address_index}.",
        shown,
    )
