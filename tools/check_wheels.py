"""Proves that the locks install from wheels alone, on every supported Python and machine.

uv resolves each lock as that machine's pip would, with its hashes, and installs nothing. It needs
the package index that this machine is set up for, and nothing else of the network.

Exit codes: 0 all resolve; 1 one does not, or the index can't be reached.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parent.parent
UV: Final = Path(sys.executable).with_name("uv")
PYTHONS: Final = ("3.11", "3.12", "3.13", "3.14")
MACHINES: Final = {
    "Linux x86-64": "x86_64-manylinux_2_28",
    "Linux arm64": "aarch64-manylinux_2_28",
    "macOS x86-64": "x86_64-apple-darwin",
    "macOS arm64": "aarch64-apple-darwin",
}
LOCKS: Final = ("runtime.txt", "dev.txt")
AT_ONCE: Final = 4
TIMEOUT_S: Final = 120


class Case(NamedTuple):
    """One lock on one machine."""

    lock: str
    python: str
    machine: str

    def __str__(self) -> str:
        return f"requirements/{self.lock}, Python {self.python}, {self.machine}"


def main() -> int:
    cases = [Case(*case) for case in itertools.product(LOCKS, PYTHONS, MACHINES)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        failures = [line for found in pool.map(_check, cases) for line in found]
    if failures:
        sys.stderr.write("\n".join(failures) + "\n")
        return 1
    sys.stdout.write(
        f"wheels alone: {len(LOCKS)} locks, Python {', '.join(PYTHONS)}, {', '.join(MACHINES)}\n"
    )
    return 0


def _check(case: Case) -> Iterator[str]:
    """The reasons why the lock does not resolve there."""
    done = subprocess.run(  # noqa: S603 - our own arguments
        _command(case), cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    if done.returncode:
        yield f"{case}:\n{done.stderr.rstrip()}"


def _command(case: Case) -> Sequence[str]:
    # The target's Python is not here, so its packages would go to a folder. A dry run makes none.
    return (
        *(str(UV), "pip", "install", "--dry-run", "--quiet", "--target", "build/wheels"),
        *("--python-version", case.python, "--python-platform", MACHINES[case.machine]),
        *("--only-binary", ":all:", "--require-hashes"),
        *("--requirement", f"requirements/{case.lock}"),
    )


if __name__ == "__main__":
    sys.exit(main())
