"""A next version of the schema, for tests of upgrades. As a process, an upgrade that never ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trio

from kasgate.access.secrets import Vault
from kasgate.store import migrate
from kasgate.store.migrate import Migration, shipped_migrations
from kasgate.store.sqlite import open_store

_NEXT = shipped_migrations()[-1].number + 1
TABLE = "CREATE TABLE next_version (n BIGINT, filling TEXT);\n"
ROWS = """INSERT INTO next_version (n, filling)
WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {rows})
SELECT n, hex(randomblob(500)) FROM counted;
"""
FEW, MANY, ENDLESS = 10, 20_000, 10**12


@contextmanager
def next_version(version: str = "9.0.0", rows: int = FEW, numbers: int = 1) -> Iterator[None]:
    """While the block runs, this is another version, with so many more migrations. The first of
    them writes a kilobyte for each of its rows."""
    more = [Migration(_NEXT, f"{_NEXT:04}_next.sql", TABLE + ROWS.format(rows=rows))]
    for number in range(_NEXT + 1, _NEXT + numbers):
        more.append(Migration(number, f"{number:04}_more.sql", f"CREATE TABLE t{number} (n);\n"))
    shipped = (*shipped_migrations(), *more)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(migrate, "shipped_migrations", lambda: shipped)
        patched.setattr("kasgate.__version__", version)
        yield


async def main(folder: Path) -> None:
    vault = Vault.load_or_create(folder / "kasgate.key")
    with next_version(rows=ENDLESS):
        async with open_store(folder / "kasgate.db", vault):
            pass


if __name__ == "__main__":
    trio.run(main, Path(sys.argv[1]))
