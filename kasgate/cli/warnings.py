"""``kasgate warnings``: lists warnings to the operator until they are acknowledged."""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Sequence
from typing import Final

import trio
from attrs import frozen

from kasgate.access.secrets import Vault
from kasgate.cli.outcome import DONE, Failure
from kasgate.cli.own_settings import own_settings
from kasgate.clock import system_clock
from kasgate.json_text import iso
from kasgate.logs.setup import configure_logging
from kasgate.settings.model import LogLevel, Settings
from kasgate.store.protocol import ChainGap
from kasgate.store.sqlite import open_store
from kasgate.warnings import OperatorWarning

LISTED: Final = 10_000
ALL: Final = "all"
_WIDTH: Final = 96


@frozen
class Entry:
    """A warning, or a gap in the chain, as one entry of the list."""

    id: str
    kind: str
    since: int
    text: str
    merchant_id: str | None = None


def run(arguments: argparse.Namespace) -> int:
    """Print the open warnings, or acknowledge one or all. Raises Failure for an unknown one."""
    settings = own_settings()
    configure_logging(settings.log, LogLevel.WARNING)
    if arguments.acknowledge is not None:
        count = trio.run(_acknowledge, settings, arguments.acknowledge)
        what = f"{count} warnings are" if arguments.acknowledge == ALL else arguments.acknowledge
        verb = "" if arguments.acknowledge == ALL else " is"
        print(f"{what}{verb} acknowledged. A running gateway notices within half a minute.")
        return DONE
    entries = trio.run(_open, settings)
    print(_as_json(entries) if arguments.json else _for_a_person(entries))
    return DONE


async def _open(settings: Settings) -> list[Entry]:
    async with open_store(settings.database, Vault.load_or_create(settings.key_file)) as store:
        warnings = await store.open_warnings(LISTED)
        return [*map(_of_warning, warnings), *map(_of_gap, await store.open_gaps())]


async def _acknowledge(settings: Settings, wanted: str) -> int:
    now = system_clock()
    async with open_store(settings.database, Vault.load_or_create(settings.key_file)) as store:
        if wanted == ALL:
            gaps = [await store.acknowledge_gap(gap.id, now) for gap in await store.open_gaps()]
            return await store.acknowledge_warning(None, now) + sum(gaps)
        count = await store.acknowledge_warning(wanted, now)
        if not count and not await store.acknowledge_gap(wanted, now):
            raise Failure(
                f"--acknowledge: no warning {wanted!r} is open; `kasgate warnings` lists them."
            )
    return 1


def _of_warning(warning: OperatorWarning) -> Entry:
    return Entry(
        warning.id, warning.kind.value, warning.since, warning.account, warning.merchant_id
    )


def _of_gap(gap: ChainGap) -> Entry:
    text = (
        f"No node could replay the chain from {iso(gap.from_at)} to {iso(gap.to_at)}:"
        f" {gap.reason}. `kasgate gaps` shows more."
    )
    return Entry(gap.id, "chain_gap", gap.from_at, text)


def _as_json(entries: Sequence[Entry]) -> str:
    members = [
        {
            "id": entry.id,
            "kind": entry.kind,
            "merchantId": entry.merchant_id,
            "since": iso(entry.since),
            "text": entry.text,
        }
        for entry in entries
    ]
    return json.dumps({"warnings": members})


def _for_a_person(entries: Sequence[Entry]) -> str:
    if not entries:
        return "No warnings."
    lines = []
    for entry in entries:
        about = f", merchant {entry.merchant_id}" if entry.merchant_id else ""
        lines.append(f"{entry.id}  {entry.kind}, since {iso(entry.since)}{about}")
        lines += textwrap.wrap(
            entry.text,
            _WIDTH,
            initial_indent="  ",
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
    return "\n".join([*lines, "", "To close a warning: kasgate warnings --acknowledge ID"])
