"""The command line of the benches: ``make bench``, ``make bench-quick`` and their siblings."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.results import PASSING, RECORDED, load, save, table
from bench.rig import RIGGING, WrongResult
from bench.running import Plan, bench_named, questions, run

_WRONG_RESULT: Final = 1


def main(arguments: Sequence[str]) -> int:
    """Do what the arguments say; returns the exit code."""
    parser = _parser()
    wanted = parser.parse_args(arguments)
    if wanted.command is None:
        print("Benches, for `make bench ARGS=…`:\n")
        width = max(map(len, questions()))
        for name, question in questions().items():
            print(f"  {name.ljust(width)}  {question}")
        print(f"\n{parser.format_usage()}")
        return 0
    try:
        code: int = wanted.do(wanted)
    except WrongResult as error:
        print(f"No figure: {error}", file=sys.stderr)
        return _WRONG_RESULT
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    running = commands.add_parser("run", help="run benches, all or some")
    _add_choice(running)
    running.set_defaults(do=_run)
    return parser


def _add_choice(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help="benches; all without a name")
    parser.add_argument("--quick", action="store_true", help="in their small form, seconds each")
    parser.add_argument("--runs", type=int, help="how often at each point")
    parser.add_argument(
        "--at", action="append", default=[], metavar="NAME=V,V", help="other points: sessions=100"
    )
    parser.add_argument(
        "--setting",
        action="append",
        default=[],
        metavar="NAME=V",
        help="of the gateway: express=off",
    )
    parser.add_argument("--transport", choices=("ws", "grpc"), default="ws", help="of the node")
    parser.add_argument(
        "--no-pin", action="store_true", help="let the gateway use the generators' core as well"
    )
    parser.add_argument("--to", type=Path, help="folder for the results")


def _plan(wanted: argparse.Namespace) -> Plan:
    RIGGING.settings = dict(text.split("=", 1) for text in wanted.setting)
    RIGGING.transport = wanted.transport
    RIGGING.pin = not wanted.no_pin
    only = {name: texts.split(",") for name, _, texts in (at.partition("=") for at in wanted.at)}
    return Plan(wanted.quick, wanted.runs, only)


def _names(wanted: argparse.Namespace) -> list[str]:
    known = questions()
    strangers = [name for name in wanted.names if name not in known]
    if strangers:
        raise SystemExit(f"There is no bench {strangers[0]!r}. There are: {', '.join(known)}.")
    return wanted.names or list(known)


def _run(wanted: argparse.Namespace) -> int:
    names, plan = _names(wanted), _plan(wanted)
    is_full = not (plan.quick or plan.only or plan.runs or RIGGING.settings or wanted.no_pin)
    folder = wanted.to or (RECORDED if is_full else PASSING)
    wrong = []
    for name in names:
        print(f"\n## {name}\n\n{questions()[name]}\n", flush=True)
        try:
            result = run(name, plan)
        except WrongResult as error:
            wrong.append(name)
            print(f"No figure: {error}", flush=True)
            continue
        print(f"\n{table(bench_named(name), result)}", flush=True)
        save(result, folder)
    print(f"\n{len(load(folder))} results are in {folder}")
    if wrong:
        print(f"No figure of: {', '.join(wrong)}", file=sys.stderr)
    return _WRONG_RESULT if wrong else 0
