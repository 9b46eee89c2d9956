"""Two gateways never share a database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kasgate.store.lock import DatabaseInUse, lock_database

HOLD = """
import sys
from pathlib import Path
from kasgate.store.lock import lock_database
with lock_database(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_server_is_told_who_serves_the_database(tmp_path: Path) -> None:
    path = tmp_path / "kasgate.db"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        served = rf"in use by process {holder.pid}\."
        with pytest.raises(DatabaseInUse, match=served) as refused, lock_database(path):
            pass
        assert refused.value.pid == holder.pid
        holder.kill()

    with lock_database(path), pytest.raises(DatabaseInUse) as refused, lock_database(path):
        pass
    assert refused.value.pid == os.getpid(), "a killed holder leaves no lock behind"


def test_the_lock_goes_with_its_block_and_other_databases_are_free(tmp_path: Path) -> None:
    with lock_database(tmp_path / "one.db"), lock_database(tmp_path / "deep" / "two.db"):
        pass
    with lock_database(tmp_path / "one.db"):
        pass


def test_a_link_to_the_database_is_the_same_database(tmp_path: Path) -> None:
    real, link = tmp_path / "kasgate.db", tmp_path / "link.db"
    link.symlink_to(real)
    with lock_database(real), pytest.raises(DatabaseInUse), lock_database(link):
        pass
