"""``kasgate doctor``: checks everything that a gateway depends on, and suggests repairs.

It changes nothing and can run beside a gateway: it reads the database through a short connection of
its own.
"""

from __future__ import annotations

import argparse
from functools import partial

import trio

from kasgate.cli.doctor.findings import Finding, as_json, for_a_person, is_well
from kasgate.cli.doctor.local_checks import Ground, check_ground, check_settings
from kasgate.cli.doctor.remote_checks import (
    check_base_url,
    check_nodes,
    check_rates,
    check_webhooks,
)
from kasgate.cli.outcome import DONE, FAILED
from kasgate.logs.setup import configure_logging
from kasgate.settings.model import LogForm, LogLevel, Settings


def run(arguments: argparse.Namespace) -> int:
    """Print the findings; 0 if nothing needs repair."""
    # The findings report the failures.
    configure_logging(LogForm.CONSOLE, LogLevel.ERROR)
    settings, findings = check_settings()
    if settings is not None:
        findings += examine(settings)
    show = as_json if arguments.json else for_a_person
    print(show(findings))
    return DONE if is_well(findings) else FAILED


def examine(settings: Settings) -> list[Finding]:
    """All findings about a gateway with these settings. Runs Trio."""
    ground = check_ground(settings)
    return ground.findings + trio.run(_reach, settings, ground)


async def _reach(settings: Settings, ground: Ground) -> list[Finding]:
    """Run all checks that need the network concurrently; findings in a fixed order."""
    checks = (
        partial(check_nodes, settings),
        partial(check_webhooks, settings, ground.merchants),
        partial(check_base_url, settings, is_serving=ground.is_serving),
        partial(check_rates, settings),
    )
    found: dict[int, list[Finding]] = {}

    async def keep(place: int) -> None:
        found[place] = await checks[place]()

    async with trio.open_nursery() as nursery:
        for place in range(len(checks)):
            nursery.start_soon(keep, place)
    return [finding for place in sorted(found) for finding in found[place]]
