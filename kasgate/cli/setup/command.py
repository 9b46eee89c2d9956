"""``kasgate setup``: the questions, the plan, and the making."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from attrs import frozen

from kasgate.cli.outcome import DONE, FAILED, USAGE, Failure, expected_failure, leaves
from kasgate.cli.setup.account import Account
from kasgate.cli.setup.basics import Asking, ask_data_dir, ask_network, ask_nodes, ask_user
from kasgate.cli.setup.dialogue import Dialogue
from kasgate.cli.setup.draft import ASKED, Draft
from kasgate.cli.setup.ending import Outcome, tell_findings, tell_next_steps
from kasgate.cli.setup.existing import known_merchants
from kasgate.cli.setup.file_text import difference, without_secret
from kasgate.cli.setup.file_writing import read_file, require_writable, write_file
from kasgate.cli.setup.making import (
    make_data_dir,
    make_merchant,
    telling_what_is_made,
    uninterrupted,
)
from kasgate.cli.setup.merchant import NewMerchant, ask_merchant
from kasgate.cli.setup.reach import ask_rates, ask_reach
from kasgate.logs.setup import configure_logging, is_terminal
from kasgate.settings.model import CONFIG_VARIABLE, LogForm, LogLevel, Settings
from kasgate.settings.place import NO_FILE, is_root, place_to_write, usual_place

UNCHANGED: Final = "Nothing was changed."
_SECTIONS: Final = 6


@frozen
class _Plan:
    """What will be made."""

    draft: Draft
    settings: Settings
    new_text: str
    merchant: NewMerchant | None
    has_merchants: bool
    """Whether there are merchants already."""
    account: Account

    @property
    def changes_file(self) -> bool:
        return self.new_text != self.draft.text


def run(options: argparse.Namespace) -> int:
    """Ask, show what changes, and make it. Raises Failure, after which nothing was changed unless
    it says otherwise."""
    configure_logging(LogForm.CONSOLE, LogLevel.ERROR)
    has_terminal = is_terminal(sys.stdin) and is_terminal(sys.stdout)
    dialogue = Dialogue(asks=has_terminal and not options.yes)
    with _telling_that_nothing_changed():
        _require_someone(dialogue, options)
        path, is_usual = _path(options)
        if not options.dry_run:
            require_writable(path)
        plan = _ask(dialogue, options, path)
        if options.dry_run:
            _show_plan(dialogue, plan, whole=True)
            return DONE
        _show_plan(dialogue, plan)
        is_needed = plan.changes_file or plan.merchant is not None
        if is_needed and not dialogue.yes("Do this now?", default=True):
            print(UNCHANGED)
            return FAILED
        user = plan.account.name if plan.account.is_other else None
        with uninterrupted():
            if plan.changes_file:
                write_file(path, plan.new_text, plan.draft.text, plan.account)
                dialogue.say(f"{path} is written.")
    with uninterrupted(), telling_what_is_made():
        _make(dialogue, plan)
    with _telling_that_all_is_made():
        _end(dialogue, plan, is_usual_place=is_usual, user=user)
    return DONE


def _require_someone(dialogue: Dialogue, options: argparse.Namespace) -> None:
    if dialogue.asks or options.yes:
        return
    merchant = (options.merchant_name, options.xpub, options.address)
    hint = (
        ""
        if options.no_merchant or all(merchant)
        else " The first merchant also needs --merchant-name, --xpub and --address, or use"
        " --no-merchant."
    )
    raise Failure(
        "There is no terminal to ask in (standard input and output). With --yes, options and"
        f" defaults answer everything.{hint}",
        exit_code=USAGE,
    )


def _path(options: argparse.Namespace) -> tuple[Path, bool]:
    """The settings file, and whether all commands find it by themselves."""
    try:
        usual = place_to_write({})
    except LookupError:
        usual = None
    if options.config is not None:
        path = Path(options.config).expanduser().absolute()
        return path, path == usual
    named = os.environ.get(CONFIG_VARIABLE, "").strip().lower() not in ("", NO_FILE)
    if usual is None and not named:
        raise Failure("This user has no home directory. Name the settings file with --config.")
    path = place_to_write(os.environ)
    read_now = usual_place()
    if not named and not is_root() and read_now is not None and read_now.path != path:
        raise Failure(
            f"This machine has the settings file {read_now.path}: run `sudo kasgate setup` to"
            f" change it. For a gateway of your own, use --config {path}"
        )
    return path, path == usual


def _ask(dialogue: Dialogue, options: argparse.Namespace, path: Path) -> _Plan:
    draft = Draft(path, read_file(path), os.environ)
    if problems := draft.problems(ASKED):
        raise Failure(*problems)
    asking = Asking(dialogue, draft, options)
    there = "does not exist yet" if draft.is_new else "exists; its values are the defaults"
    dialogue.say(f"KasGate setup. The settings file {path} {there}.")
    if dialogue.asks:
        dialogue.say("Enter takes the answer in brackets. Ctrl-C ends setup and changes nothing.")
    before = draft.present("network")
    dialogue.section(1, _SECTIONS, "Network")
    network = ask_network(asking)
    dialogue.section(2, _SECTIONS, "Node")
    ask_nodes(asking, network, before)
    dialogue.section(3, _SECTIONS, "Data")
    account = ask_user(asking)
    ask_data_dir(asking, account, network, before)
    dialogue.section(4, _SECTIONS, "Address and proxy")
    ask_reach(asking)
    dialogue.section(5, _SECTIONS, "Prices")
    ask_rates(asking)
    dialogue.section(6, _SECTIONS, "Merchant")
    known = known_merchants(draft.settings(), account)
    merchant = ask_merchant(asking, known)
    return _Plan(draft, draft.settings(), draft.new_text(), merchant, bool(known), account)


def _show_plan(dialogue: Dialogue, plan: _Plan, *, whole: bool = False) -> None:
    draft = plan.draft
    print()
    if whole:
        dialogue.say(f"{draft.path} would be:" if plan.changes_file else f"{draft.path} stays:")
        for line in plan.new_text.splitlines():
            print(without_secret(line))
    elif plan.changes_file:
        dialogue.say(f"{draft.path} will change:")
        for line in difference(draft.text, plan.new_text, draft.path.name):
            print(line)
    else:
        dialogue.say(f"{draft.path} needs no change.")
    print()
    if plan.merchant is not None:
        dialogue.say(f"The merchant {plan.merchant.name!r} will be made.")
    for variable in draft.overriding():
        dialogue.say(
            f"Note: {variable} in the environment takes precedence over the file and has another"
            " value. Unset it, or the gateway will use it."
        )


def _make(dialogue: Dialogue, plan: _Plan) -> None:
    """Make the data directory and the merchant, as the gateway's user."""
    make_data_dir(plan.settings.data_dir, plan.account)
    plan.account.become()
    if plan.merchant is not None:
        registered = make_merchant(plan.settings, plan.merchant)
        dialogue.say(
            "The merchant is made. Store its key and secret now: they are shown only once."
        )
        print()
        dialogue.lines(
            (
                f"id              {registered.merchant.id}",
                f"API key         {registered.api_key}",
                f"webhook secret  {registered.merchant.webhook_secret}",
            )
        )
        print()


def _end(dialogue: Dialogue, plan: _Plan, *, is_usual_place: bool, user: str | None) -> None:
    tell_findings(dialogue, plan.settings)
    outcome = Outcome(
        settings=plan.settings,
        is_usual_place=is_usual_place,
        user=user,
        has_new_merchant=plan.merchant is not None,
        has_merchants=plan.has_merchants,
        file_changed=plan.changes_file,
    )
    print("\nNext")
    tell_next_steps(dialogue, outcome)


@contextmanager
def _telling_that_nothing_changed() -> Iterator[None]:
    try:
        yield
    except (Exception, KeyboardInterrupt, BaseExceptionGroup) as error:
        if _is_interrupt(error):
            print(f"\nInterrupted. {UNCHANGED}", flush=True)
            raise
        failure = expected_failure(error)
        if failure is None:
            raise
        raise Failure(*failure.lines, UNCHANGED, exit_code=failure.exit_code) from None


@contextmanager
def _telling_that_all_is_made() -> Iterator[None]:
    try:
        yield
    except (KeyboardInterrupt, BaseExceptionGroup) as error:
        if _is_interrupt(error):
            print("\nInterrupted. Everything is made; `kasgate doctor` checks it.", flush=True)
        raise


def _is_interrupt(error: BaseException) -> bool:
    # A nursery raises an interrupt in a group.
    return any(isinstance(leaf, KeyboardInterrupt) for leaf in leaves(error))
