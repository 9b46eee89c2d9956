"""The command line of the benches; `make bench` and its siblings are its shorter names."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import trio

from bench import profiling
from bench.questions.soak import Load, soak
from bench.report import comparing
from bench.report.goal_table import NoPlace, goal_table, put_into
from bench.report.pictures import draw
from bench.report.results import PASSING, RECORDED, ROOT, commit_of, load, save, table
from bench.rig.processes import RIGGING, Pin, WrongResult
from bench.running import Plan, bench_named, questions, run

DOCUMENT: Final = ROOT / "docs" / "performance.md"
PROFILES: Final = PASSING / "profiles"
_FAILED: Final = 1


def main(arguments: Sequence[str]) -> int:
    """Run the command of the arguments and return the exit code."""
    parser = _parser()
    wanted = parser.parse_args(arguments)
    if wanted.command is None:
        width = max(map(len, questions()))
        for name, question in questions().items():
            print(f"  {name.ljust(width)}  {question}")
        print(f"\n{parser.format_usage()}", end="")
        return 0
    # SIGTERM becomes KeyboardInterrupt, so that the gateway and the generators end too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    code = _FAILED
    try:
        code = wanted.do(wanted)
    except* (WrongResult, NoPlace) as group:
        for error in leaves(group):
            print(f"No figure: {error}", file=sys.stderr)
    return code


def leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    """The errors in a group."""
    found: list[BaseException] = []
    for error in group.exceptions:
        found += leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    commands = parser.add_subparsers(dest="command")

    running = commands.add_parser("run", help="run benches, all or some")
    _add_names(running)
    _add_choice(running)
    running.add_argument("--goals", action="store_true", help="only the points of the goals")
    running.add_argument("--to", type=Path, help="folder for the results")
    running.set_defaults(do=_run)

    pair = commands.add_parser("compare", help="run benches on two commits in turn")
    pair.add_argument("commits", nargs=2, metavar="COMMIT")
    _add_names(pair)
    _add_choice(pair)
    pair.set_defaults(do=_compare)

    profile = commands.add_parser("profile", help="sample the gateway while a bench runs")
    _add_names(profile)
    _add_choice(profile)
    profile.set_defaults(do=_profile)

    tables = commands.add_parser("table", help="print the table of goals, from the results")
    tables.add_argument("--from", dest="folder", type=Path, default=RECORDED)
    tables.add_argument("--write", action="store_true", help=f"into {DOCUMENT.relative_to(ROOT)}")
    tables.set_defaults(do=_table)

    soaking = commands.add_parser("soak", help="run everything at once, for long")
    soaking.add_argument("--minutes", type=float, default=10.0)
    soaking.add_argument("--held", type=int, default=50_000, help="sessions that wait")
    soaking.add_argument(
        "--sockets", type=int, default=9_750, help="WebSockets that follow some of them"
    )
    soaking.add_argument("--rate", type=int, default=250, help="payments a second")
    soaking.add_argument("--merchants", type=int, default=200)
    soaking.add_argument("--wave-seconds", type=float, default=10.0)
    _add_rig(soaking)
    soaking.set_defaults(do=_soak)
    return parser


def _add_names(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help="benches (default: all)")


def _add_choice(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--quick", action="store_true", help="the small form of each bench, seconds each"
    )
    parser.add_argument("--runs", type=int, help="number of runs at each point")
    parser.add_argument(
        "--at",
        action="append",
        default=[],
        metavar="NAME=V,V",
        help="other points, such as sessions=100",
    )
    _add_rig(parser)


def _add_rig(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--setting", action="append", default=[], metavar="NAME=V", help="a setting of the gateway"
    )
    parser.add_argument(
        "--transport", choices=("ws", "grpc"), default="ws", help="protocol of the node"
    )
    parser.add_argument(
        "--pin",
        type=Pin,
        choices=list(Pin),
        default=Pin.GENERATORS,
        help="assignment of processes to cores",
    )


def _set_up(wanted: argparse.Namespace) -> None:
    RIGGING.settings = dict(text.split("=", 1) for text in wanted.setting)
    RIGGING.transport = wanted.transport
    RIGGING.pin = wanted.pin


def _plan(wanted: argparse.Namespace) -> Plan:
    _set_up(wanted)
    only = {name: texts.split(",") for name, _, texts in (at.partition("=") for at in wanted.at)}
    return Plan(wanted.quick, wanted.runs, only, getattr(wanted, "goals", False))


def _names(wanted: argparse.Namespace) -> list[str]:
    known = questions()
    strangers = [name for name in wanted.names if name not in known]
    if strangers:
        raise SystemExit(f"There is no bench {strangers[0]!r}. There are: {', '.join(known)}.")
    return wanted.names or list(known)


def _is_recorded(wanted: argparse.Namespace) -> bool:
    """Whether the run counts for the goals: all points in full, with the default options."""
    return not (
        wanted.quick
        or wanted.runs
        or wanted.at
        or wanted.setting
        or wanted.pin is not Pin.GENERATORS
        or wanted.transport != "ws"
    )


def _run(wanted: argparse.Namespace) -> int:
    names, plan = _names(wanted), _plan(wanted)
    if plan.goals:
        names = [name for name in names if plan.points(name, bench_named(name))]
    folder: Path = wanted.to or (RECORDED if _is_recorded(wanted) else PASSING)
    wrong = []
    for name in names:
        print(f"\n## {name}\n\n{questions()[name]}\n", flush=True)
        try:
            result = run(name, plan)
        except WrongResult as error:
            wrong.append(name)
            print(f"No figure: {error}", flush=True)
            continue
        print(table(bench_named(name), result), flush=True)
        save(result, folder)
        draw(bench_named(name), result, folder)
    print(f"\nResults and pictures are in {folder}")
    if wrong:
        print(f"No figure of: {', '.join(wrong)}", file=sys.stderr)
    return _FAILED if wrong else 0


def _compare(wanted: argparse.Namespace) -> int:
    names = _names(wanted)
    options = ["--quick"] if wanted.quick else []
    for name in ("at", "setting"):
        options += [part for text in getattr(wanted, name) for part in (f"--{name}", text)]
    options += ["--transport", wanted.transport, "--pin", wanted.pin]
    found = comparing.compare(wanted.commits, names, options, wanted.runs or 3)
    before, after = (found[commit] for commit in wanted.commits)
    for name in names:
        print(f"\n## {name}\n\n{questions()[name]}\n")
        print(comparing.comparison(bench_named(name), before[name], after[name]))
    print("\nLowest / median / highest run; the ratio is that of the medians. A verdict is given")
    print("where the runs of the two do not overlap.")
    return 0


def _profile(wanted: argparse.Namespace) -> int:
    names, plan = _names(wanted), _plan(wanted)
    for name in names:
        with tempfile.TemporaryDirectory(prefix="kasgate-profile-") as folder:
            sampler = profiling.Sampler(Path(folder))
            RIGGING.watcher = sampler.watch
            run(name, Plan(plan.quick, wanted.runs or 1, plan.only))
            stacks = sampler.stacks()
        PROFILES.mkdir(parents=True, exist_ok=True)
        title = f"{name}, {commit_of(ROOT)}"
        files = PROFILES / f"{name}.svg", PROFILES / f"{name}.md"
        files[0].write_text(profiling.flame_graph(stacks, title), encoding="utf-8")
        listed = profiling.table(stacks)
        files[1].write_text(f"# {title}\n\n{listed}\n", encoding="utf-8")
        print(f"\n## {title}\n\n{listed}\n\nFlame graph: {files[0]}", flush=True)
    return 0


def _table(wanted: argparse.Namespace) -> int:
    benches = {name: bench_named(name) for name in questions()}
    text = goal_table(load(wanted.folder), benches)
    if wanted.write:
        put_into(DOCUMENT, text)
    print(text)
    return 0


def _soak(wanted: argparse.Namespace) -> int:
    _set_up(wanted)
    asked = Load(
        minutes=wanted.minutes,
        held=wanted.held,
        sockets=min(wanted.sockets, wanted.held),
        rate=wanted.rate,
        merchants=wanted.merchants,
        wave_seconds=wanted.wave_seconds,
    )
    with tempfile.TemporaryDirectory(prefix="kasgate-soak-") as home:
        verdict = trio.run(soak, asked, Path(home))
    print(verdict.sentences())
    return 0 if verdict.is_flat else _FAILED
