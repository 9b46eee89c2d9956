"""`kasgate setup` by root for the user that will run the gateway."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from kasgate.cli.setup.account import USUAL, Account, usual_name
from kasgate.cli.setup.dialogue import Wrong
from kasgate.cli.setup.making import make_data_dir
from tests.cli.setup.conftest import KEY
from tests.cli.setup.terminal import ROOT, TIMEOUT_S, environment
from tests.e2e.rig.gateway import free_port

OTHER = "nobody"


@pytest.fixture
def account() -> Account:
    """Another user, for whom this process may act, and who can run the gateway."""
    if os.geteuid():
        pytest.skip("only root can set the gateway up for another user")
    try:
        return Account.named(OTHER)
    except Wrong as wrong:
        pytest.skip(str(wrong))


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter."""
    with TemporaryDirectory(prefix="kasgate-test-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_root_makes_everything_for_the_user_of_the_gateway(account: Account, open_folder: Path):
    file, data = open_folder / "etc" / "kasgate.toml", open_folder / "var" / "lib" / "kasgate"
    port = str(free_port())
    options = ["--yes", "--network", "simnet", "--node", "ws://127.0.0.1:1", "--user", OTHER]
    options += ["--config", str(file), "--data-dir", str(data), "--port", port]
    for more in (["--merchant-name", "Tea", "--xpub", "-"], ["--rates", "on"]):
        done = subprocess.run(
            [sys.executable, "-m", "kasgate", "setup", *options, *more],
            input=KEY["kpub"],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
            cwd=ROOT,
            env=environment(open_folder),
        )
        assert done.returncode == 0, done.stderr
        assert f"sudo -u {OTHER} KASGATE_CONFIG={file} kasgate serve" in done.stdout
        for made in (file, data, *data.iterdir()):
            found = made.stat()
            assert (found.st_uid, found.st_gid) == (account.uid, account.gid), made
            assert found.st_mode & 0o077 == 0, made
    assert file.parent.stat().st_uid == 0


def test_a_directory_of_somebody_else_is_not_taken(account: Account, open_folder: Path):
    data = open_folder / "data"
    data.mkdir()
    options = ["--yes", "--network", "simnet", "--node", "ws://127.0.0.1:1", "--user", OTHER]
    options += ["--no-merchant", "--config", str(open_folder / "kasgate.toml")]
    done = subprocess.run(
        [sys.executable, "-m", "kasgate", "setup", *options, "--data-dir", str(data)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
        cwd=ROOT,
        env=environment(open_folder),
    )
    assert done.returncode == 2
    assert f"chown -R {OTHER}: {data}" in done.stderr


def test_a_user_who_can_t_read_the_program_is_refused(monkeypatch):
    monkeypatch.setattr("kasgate.cli.setup.account._may_read", lambda _: False)
    me = pwd.getpwuid(os.geteuid()).pw_name
    with pytest.raises(Wrong, match=r"may not read .*, so it can't run the gateway"):
        Account.named(me)


def test_root_proposes_the_user_of_the_package(monkeypatch):
    monkeypatch.setattr("kasgate.cli.setup.account.is_root", lambda: True)
    entry = pwd.getpwuid(os.geteuid())

    def getpwnam(name: str) -> object:
        assert name == USUAL
        return type("Entry", (), {"pw_name": USUAL, "pw_uid": entry.pw_uid, "pw_gid": 0})

    monkeypatch.setattr(pwd, "getpwnam", getpwnam)
    assert usual_name() == USUAL
    monkeypatch.setattr("kasgate.cli.setup.account.is_root", lambda: False)
    assert usual_name() == entry.pw_name


def test_missing_folders_are_made_and_existing_ones_left(tmp_path: Path):
    data = tmp_path / "a" / "b"
    make_data_dir(data, Account.current())
    assert data.stat().st_mode & 0o777 == 0o700
    data.chmod(0o750)
    make_data_dir(data, Account.current())
    assert data.stat().st_mode & 0o777 == 0o750
