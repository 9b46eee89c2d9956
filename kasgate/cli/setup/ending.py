"""The end of ``kasgate setup``: the findings of ``kasgate doctor``, and what to do next."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from attrs import frozen

from kasgate.cli.doctor.doctor import examine
from kasgate.cli.doctor.findings import Finding, State, lines_of
from kasgate.cli.setup.dialogue import WIDTH, Dialogue
from kasgate.cli.setup.reach import needs_proxy, proxy_advice
from kasgate.settings.model import Registration, Settings
from kasgate.store.lock import is_locked

UNITS: Final = tuple(
    Path(folder) / "kasgate.service"
    for folder in ("/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system")
)
ENABLE: Final = "systemctl enable --now kasgate"
RESTART: Final = "systemctl restart kasgate"


@frozen
class Step:
    """Something for the user to do."""

    text: str
    command: str | None = None
    """A line to copy."""


@frozen
class Outcome:
    """What the last steps depend on."""

    settings: Settings
    is_usual_place: bool
    """Whether every command finds the file without KASGATE_CONFIG."""
    user: str | None
    """The gateway's user, if it is not the one who runs setup."""
    has_new_merchant: bool
    has_merchants: bool
    """Whether there were merchants before."""
    file_changed: bool


def tell_findings(dialogue: Dialogue, settings: Settings) -> None:
    """Print what ``kasgate doctor`` finds; what is well takes one line."""
    findings = examine(settings)
    bad = [one for one in findings if one.state in (State.FAILED, State.WARNING)]
    dialogue.say(_verdict(findings, bad))
    for finding in bad:
        dialogue.lines(lines_of(finding, WIDTH - 2))


def _verdict(findings: Sequence[Finding], bad: Sequence[Finding]) -> str:
    well = f"{len(findings) - len(bad)} of {len(findings)} checks of `kasgate doctor` are well"
    return f"{well}. Look at:" if bad else f"{well}."


def tell_next_steps(dialogue: Dialogue, outcome: Outcome, units: Sequence[Path] = UNITS) -> None:
    """Print what is left for the user to do."""
    for number, step in enumerate(next_steps(outcome, units), start=1):
        dialogue.say(step.text, f"{number}. ")
        if step.command is not None:
            dialogue.lines([f"     {step.command}"])


def next_steps(outcome: Outcome, units: Sequence[Path] = UNITS) -> list[Step]:
    """The steps that are left for the user."""
    settings = outcome.settings
    steps = [_start(outcome, units)]
    if needs_proxy(settings.base_url):
        steps.append(Step(proxy_advice(settings.base_url)))
    steps.append(_sign_in(outcome))
    if outcome.has_new_merchant:
        steps.append(
            Step(
                "Give the webhook secret to your shop: with it the shop checks that a webhook comes"
                " from this gateway (docs/webhooks.md). Give the shop an API key of its own, made"
                " in the dashboard."
            )
        )
    steps.append(
        Step(
            "Keep a copy of the key file apart from the backups of the database: they can't be"
            " read without it (docs/backup.md).",
            str(settings.key_file),
        )
    )
    return steps


def _sign_in(outcome: Outcome) -> Step:
    dashboard = f"{outcome.settings.base_url}/dashboard/"
    if outcome.has_new_merchant:
        return Step("Sign in to the dashboard with the API key above:", dashboard)
    if outcome.has_merchants:
        return Step(
            "Sign in to the dashboard with the merchant's API key or password, or with a link that"
            f" `kasgate merchant sign-in-link` prints: {dashboard}"
        )
    if outcome.settings.registration is Registration.CLOSED:
        return Step("Make the first merchant:", "kasgate merchant create --help")
    return Step("Make the first merchant in the dashboard:", f"{dashboard}register")


def _start(outcome: Outcome, units: Sequence[Path]) -> Step:
    settings = outcome.settings
    has_unit = outcome.is_usual_place and any(unit.exists() for unit in units)
    if is_locked(settings.database):
        if not outcome.file_changed:
            return Step("A gateway runs with these settings.")
        if has_unit:
            return Step("Restart the gateway, so that it reads the file:", RESTART)
        return Step("A gateway runs. End it and start it again, so that it reads the file.")
    if has_unit:
        return Step("Start the gateway, now and at each boot:", ENABLE)
    command = "" if outcome.user is None else f"sudo -u {outcome.user} "
    if not outcome.is_usual_place:
        command += f"KASGATE_CONFIG={shlex.quote(str(settings.file))} "
    return Step("Start the gateway:", f"{command}kasgate serve")
