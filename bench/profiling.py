"""Profiles of the gateway while a bench runs: a flame graph and a table.

py-spy samples all threads of the gateway from outside. Its folded stacks become a flame graph (SVG)
and a table of the functions that cost most, alone and with their callees. Sampling another process
needs permission: run as root or with ``sysctl kernel.yama.ptrace_scope=0``.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections import Counter
from html import escape
from pathlib import Path
from typing import Final

import trio
from attrs import define, field

from bench.report.tables import markdown_table
from bench.rig.processes import Served, WrongResult

RATE: Final = 200
"""Samples a second."""
SHOWN: Final = 25
WIDTH: Final = 1_200
ROW: Final = 17
NARROWEST: Final = 0.6
"""Pixels. Narrower rectangles are left out."""
_CHARACTER: Final = 6.6
END_S: Final = 30.0


@define(eq=False)
class Sampler:
    """Samples each gateway that a rig starts; the record with the most samples counts."""

    folder: Path
    records: list[Path] = field(factory=list)

    async def watch(self, gateway: Served) -> None:
        """Sample until cancelled, then let py-spy write its record. Raises WrongResult if py-spy
        fails."""
        record = self.folder / f"{len(self.records)}.folded"
        self.records.append(record)
        command = [find_py_spy(), "record", "--pid", str(gateway.pid), "--rate", str(RATE)]
        command += ["--format", "raw", "--output", str(record), "--duration", "86400", "--threads"]
        process = await trio.lowlevel.open_process(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        try:
            code = await process.wait()
            if not code:
                return  # The gateway has ended.
            assert process.stderr is not None
            said = bytes(await process.stderr.receive_some()).decode(errors="replace")
            raise WrongResult(f"py-spy ended with {code}: {said}")
        finally:
            with trio.CancelScope(shield=True, deadline=trio.current_time() + END_S):
                if process.poll() is None:
                    process.send_signal(signal.SIGINT)
                await process.wait()

    def stacks(self) -> Counter[tuple[str, ...]]:
        """The samples by stack, of the gateway with the most samples."""
        counted = [folded(record) for record in self.records if record.exists()]
        if not any(counted):
            raise WrongResult("py-spy has recorded nothing: was the run too short?")
        return max(counted, key=Counter.total)


def find_py_spy() -> str:
    """The path of py-spy: beside our Python, or on the PATH. Raises WrongResult without one."""
    beside = Path(sys.executable).with_name("py-spy")
    found = str(beside) if beside.exists() else shutil.which("py-spy")
    if found is None:
        raise WrongResult("there is no py-spy; `make setup` installs it")
    return found


def folded(record: Path) -> Counter[tuple[str, ...]]:
    """Parse py-spy's lines: frames from the outermost on, separated by semicolons, and a count."""
    stacks: Counter[tuple[str, ...]] = Counter()
    for line in record.read_text(encoding="utf-8").splitlines():
        frames, _, count = line.rpartition(" ")
        stacks[tuple(frames.split(";"))] += int(count)
    return stacks


def table(stacks: Counter[tuple[str, ...]]) -> str:
    """The functions that cost most, in percent of all samples, as a Markdown table."""
    own: Counter[str] = Counter()
    within: Counter[str] = Counter()
    for stack, count in stacks.items():
        functions = [_function(frame) for frame in stack]
        own[functions[-1]] += count
        for function in set(functions):
            within[function] += count
    whole = stacks.total()
    rows = [
        [f"{100 * count / whole:.1f}", f"{100 * within[name] / whole:.1f}", name]
        for name, count in own.most_common(SHOWN)
    ]
    return markdown_table(["own %", "with callees %", "function"], rows)


def _function(frame: str) -> str:
    """The frame without its line number, so that a function is counted once."""
    place, colon, _ = frame.rpartition(":")
    return f"{place})" if colon and not frame.startswith("thread ") else frame


def flame_graph(stacks: Counter[tuple[str, ...]], title: str) -> str:
    """An SVG. Widths are shares of all samples; callers are above their callees."""
    root = _Node()
    for stack, count in stacks.items():
        node = root
        node.count += count
        for frame in map(_function, stack):
            node = node.children.setdefault(frame, _Node())
            node.count += count
    scale = WIDTH / root.count
    rectangles: list[str] = []
    depth = _draw(root, 0.0, 0, scale, rectangles)
    height = (depth + 3) * ROW
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
            ' font-family="ui-monospace, monospace" font-size="11">',
            f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
            f'<text x="4" y="13">{escape(title)}, {root.count:,} samples</text>',
            *rectangles,
            "</svg>",
            "",
        ]
    )


@define(eq=False)
class _Node:
    count: int = 0
    children: dict[str, _Node] = field(factory=dict)


def _draw(node: _Node, left: float, depth: int, scale: float, rectangles: list[str]) -> int:
    """Draw the callees of a node; returns the greatest depth."""
    deepest = depth
    for name, child in sorted(node.children.items(), key=lambda item: -item[1].count):
        width = child.count * scale
        if width >= NARROWEST:
            y = (depth + 1) * ROW + 4
            hue = 20 + sum(name.encode()) % 40
            shown = escape(name[: int(width / _CHARACTER)]) if width > 3 * _CHARACTER else ""
            rectangles.append(
                f'<g><title>{escape(name)}: {child.count:,}</title><rect x="{left:.1f}" y="{y}"'
                f' width="{width:.1f}" height="{ROW - 1}" fill="hsl({hue} 80% 65%)"/>'
                f'<text x="{left + 2:.1f}" y="{y + 12}">{shown}</text></g>'
            )
            deepest = max(deepest, _draw(child, left, depth + 1, scale, rectangles))
        left += width
    return deepest
