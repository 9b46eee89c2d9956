"""The parsers of ``kasgate backup``, ``kasgate restore`` and ``kasgate db``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

from kasgate.cli.lazily import later

_BACKUP: Final = """\
Back the database up, also while the gateway serves it. The backup is a consistent
copy, verified and read back before it gets its name: a file with that name is
complete. KASGATE_BACKUP_DIR makes the gateway do this by itself.

The key file (KASGATE_KEY_FILE) is not part of it. It never changes: keep a copy of
it in another place, once. Or put it into encrypted backups by --with-key."""

_BACKUP_EXAMPLES: Final = """\
examples:
  kasgate backup --to /mnt/usb
  kasgate backup --to /mnt/usb --keep 30 --passphrase-file /etc/kasgate/passphrase
  age -d kasgate-….tar.gz.age | tar xz     open an encrypted one without KasGate

The command uses the settings of `kasgate serve`: KASGATE_DATA_DIR, KASGATE_DATABASE,
KASGATE_KEY_FILE, KASGATE_BACKUP_DIR, KASGATE_BACKUP_PASSPHRASE_FILE."""

_RESTORE: Final = """\
Put a backup, or a plain copy of the database, in place of the database. The gateway
must not run. Everything is checked before anything changes: the file, its network,
the key file. The present database is kept under another name.

Orders made after the backup are not in it. The next start compares with the chain:
payments to known orders are found, and coins on addresses that no order has are
listed by `kasgate warnings`. If addresses.marks is there, the gateway knows which
addresses were given out. If it is lost as well, so many addresses are passed over as
may have been given out since (--leap)."""

_RESTORE_EXAMPLES: Final = """\
examples:
  kasgate restore --list /mnt/usb
  kasgate restore /mnt/usb/kasgate-20261201T064137Z-1f3c5a7e.tar.gz
  kasgate restore copy-of-kasgate.db --leap 500"""

_CHECK: Final = """\
Check the whole database: its file, the references between rows, counters against
the rows that they count, sums, the audit log, secrets, addresses, events and
deliveries. It changes nothing, and works while the gateway serves the database.
Prints one line for each check; the exit code is 1 if one of them failed.

The command uses the settings of `kasgate serve`: KASGATE_DATA_DIR, KASGATE_DATABASE,
KASGATE_KEY_FILE, KASGATE_NETWORK."""


def add_backup_commands(commands: Any) -> None:  # noqa: ANN401 - argparse's, without a name
    """Add the three commands to the parser."""
    _add_backup(commands)
    _add_restore(commands)
    _add_db(commands)


def _add_backup(commands: Any) -> None:  # noqa: ANN401
    parser = commands.add_parser(
        "backup", help="back the database up", description=_BACKUP, epilog=_BACKUP_EXAMPLES
    )
    parser.add_argument(
        "--to",
        type=Path,
        metavar="DIR",
        help="the directory (default: KASGATE_BACKUP_DIR, else `backups` in the data directory)",
    )
    parser.add_argument(
        "--keep",
        type=_count,
        metavar="N",
        help="remove the backups of this database beyond the newest N (default: remove none)",
    )
    _add_passphrase(parser, "encrypt it with a passphrase; asks for it")
    parser.add_argument(
        "--with-key", action="store_true", help="put the key file into it; only if encrypted"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=later("backup"), parser=parser)


def _add_restore(commands: Any) -> None:  # noqa: ANN401
    parser = commands.add_parser(
        "restore",
        help="put a backup in place of the database",
        description=_RESTORE,
        epilog=_RESTORE_EXAMPLES,
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("file", nargs="?", type=Path, metavar="FILE", help="the backup")
    which.add_argument("--list", type=Path, metavar="DIR", help="list the backups in a directory")
    parser.add_argument(
        "--data-dir", metavar="DIR", help="the data directory (default: KASGATE_DATA_DIR)"
    )
    parser.add_argument(
        "--leap",
        type=_leap,
        metavar="N",
        help="pass over N addresses of each account key (default: 0 with address marks; without"
        " them computed from the sales, 20 to 5000)",
    )
    _add_passphrase(parser, "ask for the passphrase")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=later("restore"), parser=parser)


def _add_db(commands: Any) -> None:  # noqa: ANN401
    parser = commands.add_parser("db", help="check the database", description="The database.")
    parser.set_defaults(parser=parser)
    subcommands = parser.add_subparsers(title="commands", metavar="COMMAND")
    check = subcommands.add_parser(
        "check", help="check all of it against itself", description=_CHECK
    )
    check.add_argument("--json", action="store_true", help="print one JSON object")
    check.set_defaults(run=later("db"), parser=check)


def _add_passphrase(parser: argparse.ArgumentParser, asks: str) -> None:
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--passphrase", action="store_true", help=asks)
    how.add_argument(
        "--passphrase-file",
        type=Path,
        metavar="FILE",
        help="a file whose first line is the passphrase (default: KASGATE_BACKUP_PASSPHRASE_FILE)",
    )


def _count(text: str) -> int:
    return _whole(text, 1, 10_000)


def _leap(text: str) -> int:
    return _whole(text, 0, 1_000_000)


def _whole(text: str, low: int, high: int) -> int:
    if not text.isascii() or not text.isdigit() or not low <= int(text[:12]) <= high:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from {low} to {high}")
    return int(text)
