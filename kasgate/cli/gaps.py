"""``kasgate gaps``: ranges of the chain that no node could replay, for a person to look into."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence

import trio

from kasgate.access.secrets import Vault
from kasgate.cli.outcome import DONE, Failure
from kasgate.cli.own_settings import own_settings
from kasgate.clock import system_clock
from kasgate.json_text import iso
from kasgate.logs.setup import configure_logging
from kasgate.settings.model import LogLevel, Settings
from kasgate.store.protocol import ChainGap
from kasgate.store.sqlite import open_store


def run(arguments: argparse.Namespace) -> int:
    """Print the open gaps, or acknowledge one. Raises Failure if there is no such gap."""
    settings = own_settings()
    configure_logging(settings.log, LogLevel.WARNING)
    if arguments.acknowledge is not None:
        trio.run(_acknowledge, settings, arguments.acknowledge)
        print(f"{arguments.acknowledge} is acknowledged. A running gateway notices within seconds.")
        return DONE
    gaps = trio.run(_open_gaps, settings)
    print(_as_json(gaps) if arguments.json else _for_a_person(gaps))
    return DONE


async def _open_gaps(settings: Settings) -> list[ChainGap]:
    async with open_store(settings.database, Vault.load_or_create(settings.key_file)) as store:
        return await store.open_gaps()


async def _acknowledge(settings: Settings, gap_id: str) -> None:
    async with open_store(settings.database, Vault.load_or_create(settings.key_file)) as store:
        if not await store.acknowledge_gap(gap_id, system_clock()):
            raise Failure(f"--acknowledge: no gap {gap_id!r} is open; `kasgate gaps` lists them.")


def _as_json(gaps: Sequence[ChainGap]) -> str:
    members = [
        {
            "id": gap.id,
            "from": iso(gap.from_at),
            "to": iso(gap.to_at),
            "fromDaaScore": gap.from_daa_score,
            "toDaaScore": gap.to_daa_score,
            "reason": gap.reason,
        }
        for gap in gaps
    ]
    return json.dumps({"gaps": members})


def _for_a_person(gaps: Sequence[ChainGap]) -> str:
    if not gaps:
        return "No gaps: the whole chain was followed, replayed or searched."
    lines = []
    for gap in gaps:
        lines += [
            gap.id,
            f"  from    {iso(gap.from_at)}  (DAA score {gap.from_daa_score})",
            f"  to      {iso(gap.to_at)}  (DAA score {gap.to_daa_score})",
            f"  reason  {gap.reason}",
        ]
    lines += [
        "",
        "A payment that arrived and was spent within a gap is not in the gateway's database."
        " Compare with your wallet, then run: kasgate gaps --acknowledge ID",
    ]
    return "\n".join(lines)
