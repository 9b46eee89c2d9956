"""``python -m tests.released``: make the database of the present version."""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import trio
from trio.testing import MockClock

import kasgate
from tests.released.gateway import RELEASED, Json
from tests.released.history import make, seeded


def main(arguments: list[str]) -> int:
    folder = RELEASED / kasgate.__version__
    if folder.exists() and arguments != ["--again"]:
        sys.stderr.write(
            f"{folder} exists. A released database never changes; before the release,"
            " --again makes it a second time.\n"
        )
        return 1
    with seeded(), tempfile.TemporaryDirectory() as name:
        mock = MockClock()
        known, answers = trio.run(make, Path(name), mock, clock=mock)
        with closing(sqlite3.connect(Path(name) / "kasgate.db")) as connection:
            sql = "".join(f"{line}\n" for line in dumped(connection))
        key = (Path(name) / "kasgate.key").read_text()
    folder.mkdir(exist_ok=True)
    for file, content in {
        "kasgate.sql": sql,
        "kasgate.key": key,
        "known.json": _text(known),
        "answers.json": _text(answers),
    }.items():
        (folder / file).write_text(content, encoding="utf-8")
        sys.stdout.write(f"{folder / file}: {len(content.encode()):,} bytes\n")
    return 0


def dumped(connection: sqlite3.Connection) -> Iterator[str]:
    """The database as SQL: its version, tables and rows, then indices and triggers."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    yield f"PRAGMA user_version = {version};"
    yield from connection.iterdump()


def _text(value: Json) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
