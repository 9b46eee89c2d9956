"""``kasgate db check``: checks the whole database, also beside a running gateway."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from kasgate.access.secrets import Vault
from kasgate.cli.outcome import DONE, FAILED, Failure
from kasgate.cli.own_settings import own_settings
from kasgate.logs.setup import configure_logging, is_terminal
from kasgate.settings.model import LogLevel
from kasgate.store.checking import Check, check_database


def run(arguments: argparse.Namespace) -> int:
    """Print one line for each check; 1 if one failed. Raises Failure and StoreError."""
    settings = own_settings()
    configure_logging(settings.log, LogLevel.WARNING)
    if not settings.database.is_file():
        raise Failure(f"There is no database {settings.database}. See KASGATE_DATA_DIR.")
    vault = Vault.load_or_create(settings.key_file) if settings.key_file.exists() else None
    shows_progress = is_terminal(sys.stderr) and not arguments.json
    found: list[Check] = []
    begins = _show_progress if shows_progress else _show_nothing
    for check in check_database(settings.database, vault, settings.network.value, begins):
        found.append(check)
        if shows_progress:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
        if not arguments.json:
            print("\n".join(_lines(check)), flush=True)
    if vault is None:
        found.append(Check("secrets", is_skipped=True))
        if not arguments.json:
            print(f"skipped   secrets: there is no key file {settings.key_file}")
    if arguments.json:
        print(_as_json(found))
    return FAILED if any(check.problems for check in found) else DONE


def _show_progress(name: str) -> None:
    print(f"checking {name} …", end="", file=sys.stderr, flush=True)


def _show_nothing(_: str) -> None: ...


def _lines(check: Check) -> list[str]:
    if check.is_skipped:
        return [f"skipped   {check.name}"]
    if check.is_well:
        return [f"ok        {check.name}"]
    lines = [f"FAILED    {check.name}: {check.problems[0]}"]
    lines += [f"          {' ' * len(check.name)}  {problem}" for problem in check.problems[1:]]
    return [*lines, f"          → {check.mend}"]


def _as_json(found: Sequence[Check]) -> str:
    checks = [
        {
            "check": check.name,
            "state": "skipped" if check.is_skipped else "ok" if check.is_well else "failed",
            "problems": list(check.problems),
            **({"mend": check.mend} if check.mend else {}),
        }
        for check in found
    ]
    return json.dumps({"ok": not any(check.problems for check in found), "checks": checks})
