"""`kasgate` on machines where something is missing, full, closed or small."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from kasgate.logs.setup import LINES_A_MINUTE
from tests.cli.processes import TIMEOUT_S
from tests.e2e.rig.gateway import free_port

ROOT = Path(__file__).parents[2]
TOKEN = "operator-token-of-a-test"
FAILED, USAGE = 1, 2
SERVE = f"{sys.executable} -m kasgate serve"


def environment(home: Path | str, **settings: object) -> dict[str, str]:
    clean = {name: text for name, text in os.environ.items() if not name.startswith("KASGATE_")}
    clean["KASGATE_CONFIG"] = "off"  # Not the settings file of this machine.
    return {
        **clean,
        "PYTHONPATH": str(ROOT),
        "KASGATE_DATA_DIR": str(home),
        "KASGATE_NETWORK": "simnet",
        "KASGATE_NODES": "ws://127.0.0.1:1",
        "KASGATE_OPERATOR_TOKEN": TOKEN,
        "KASGATE_LOG": "json",
        **{f"KASGATE_{name.upper()}": str(value) for name, value in settings.items()},
    }


class Served:
    """A gateway started by a shell command."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, host: str) -> None:
        self.process = process
        self.url = f"http://{host}:{port}"

    def get(self, path: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        return httpx.get(self.url + path, headers=headers, timeout=TIMEOUT_S)

    def health(self) -> dict[str, Any]:
        found: dict[str, Any] = self.get("/health/detailed").json()
        return found

    def wait_until_it_serves(self) -> None:
        until = time.monotonic() + TIMEOUT_S
        while self.process.poll() is None and time.monotonic() < until:
            try:
                self.get("/health")
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError(f"it does not serve: {self.process.poll()}")

    def end(self) -> int:
        """Stop it; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=TIMEOUT_S)


@contextmanager
def served(
    home: Path | str,
    *,
    shell: str = f"exec {SERVE}",
    host: str = "127.0.0.1",
    without: tuple[str, ...] = (),
    environ: dict[str, str] | None = None,
    stdout: int = subprocess.DEVNULL,
    stderr: int = subprocess.DEVNULL,
    cwd: Path | None = None,
    **settings: object,
) -> Iterator[Served]:
    """A gateway that serves when the block begins."""
    port = free_port()
    env = environment(home, port=port, **settings) | (environ or {})
    for name in without:
        env.pop(name, None)
    process = subprocess.Popen(
        ["/bin/sh", "-c", shell], env=env, cwd=cwd, stdout=stdout, stderr=stderr
    )
    try:
        found = Served(process, port, host)
        found.wait_until_it_serves()
        yield found
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def refused(shell: str = f"exec {SERVE}", **environ: str) -> subprocess.CompletedProcess[str]:
    """The message of a start that must fail."""
    return subprocess.run(
        ["/bin/sh", "-c", shell],
        env=environment("/nonexistent") | environ,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


# Where the log goes.


def half_heads(served: Served, number: int) -> None:
    """Connections that begin a request and never end it, until the gateway closes them."""
    host, port = served.url.removeprefix("http://").split(":")
    with ExitStack() as stack:
        strangers = [
            stack.enter_context(socket.create_connection((host, int(port)), TIMEOUT_S))
            for _ in range(number)
        ]
        for stranger in strangers:
            stranger.sendall(b"GET / HTTP/1.1\r\nHost: ")
        for stranger in strangers:
            while stranger.recv(4096):
                pass


def test_a_log_that_nobody_reads_holds_up_neither_answers_nor_the_end(tmp_path: Path):
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    with suppress(BlockingIOError):
        while True:
            os.write(write_end, b"x" * 4096)
    os.set_blocking(write_end, True)
    try:
        with served(tmp_path, stderr=write_end, stdout=write_end, log_level="debug") as gateway:
            for _ in range(100):
                assert gateway.get("/health").status_code == 200
            assert gateway.health()["checks"]["log"]["waiting"] > 0
            assert gateway.end() == 0
    finally:
        os.close(read_end)
        os.close(write_end)


def test_strangers_fill_no_log(tmp_path: Path):
    log = tmp_path / "log"
    with log.open("wb") as file, served(tmp_path, stderr=file.fileno()) as gateway:
        half_heads(gateway, 100)
        assert gateway.end() == 0
    events = [json.loads(line)["event"] for line in log.read_text().splitlines()]
    # All lines come within one minute, or two.
    assert 1 <= events.count("connection dropped") <= 2 * LINES_A_MINUTE
    assert "ended" in events


@pytest.mark.parametrize("closed", ["2>&-", "1>&-", "0<&-", "0<&- 1>&- 2>&-"])
def test_closed_standard_streams_hold_up_nothing(tmp_path: Path, closed: str):
    with served(tmp_path, shell=f"exec {SERVE} {closed}", stdout=subprocess.PIPE) as gateway:
        assert gateway.get("/health").status_code == 200
        state = gateway.health()["checks"]["log"]
        assert state["status"] == ("degraded" if "2>&-" in closed else "ok")
        assert gateway.end() == 0
        assert gateway.process.stdout is not None
        said = gateway.process.stdout.read().decode()
    assert ("Standard error is closed" in said) == (closed == "2>&-")


def test_a_start_that_fails_says_so_on_what_is_left_when_standard_error_is_closed():
    done = refused(f"exec {SERVE} 2>&-", KASGATE_PORT="x")
    assert done.returncode == USAGE
    assert "KASGATE_PORT" in done.stdout


def test_a_full_disk_under_the_log_is_counted_and_shown(tmp_path: Path):
    with open("/dev/full", "wb") as full, served(tmp_path, stderr=full.fileno()) as gateway:
        state = gateway.health()["checks"]["log"]
        assert state["status"] == "degraded"
        assert state["dropped"] > 0
        metrics = gateway.get("/metrics").text
        (line,) = [m for m in metrics.splitlines() if m.startswith("kasgate_log_lines_dropped_t")]
        assert float(line.split()[1]) > 0
        assert gateway.end() == 0


# The user that runs it, and its limits.

NOBODY = """
import pwd, sys
def getpwuid(uid):
    raise KeyError(f"getpwuid(): uid not found: {uid}")
pwd.getpwuid = getpwuid
from kasgate.cli import main
sys.exit(main(["serve"]))
"""


def test_a_user_without_passwd_entry_and_home_needs_a_data_directory(tmp_path: Path):
    script = tmp_path / "nobody.py"
    script.write_text(NOBODY)
    shell = f"exec {sys.executable} {script}"
    with served(tmp_path / "data", shell=shell, without=("HOME", "XDG_DATA_HOME")) as gateway:
        assert gateway.end() == 0
    done = refused(f"unset HOME XDG_DATA_HOME KASGATE_DATA_DIR; {shell}")
    assert done.returncode == USAGE
    assert "KASGATE_DATA_DIR is not set, and this user has no home" in done.stderr
    assert "Traceback" not in done.stderr


def test_few_open_files_are_said_with_the_number_of_connections(tmp_path: Path):
    log = tmp_path / "log"
    shell = f"ulimit -n 256; exec {SERVE}"
    with log.open("wb") as file, served(tmp_path, shell=shell, stderr=file.fileno()) as gateway:
        (warning,) = gateway.health()["checks"]["gateway"]["warnings"]
        assert "limited to 256, so that 128 connections fit" in warning
        assert gateway.end() == 0
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    (line,) = [line for line in lines if line["event"] == "few connections fit"]
    assert line["connections"] == 128
    done = subprocess.run(
        ["/bin/sh", "-c", f"ulimit -n 256; exec {sys.executable} -m kasgate doctor --json"],
        env=environment(tmp_path),
        capture_output=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    checks = {check["check"]: check for check in json.loads(done.stdout)["checks"]}
    assert checks["open files"]["state"] == "warning"
    assert "128 connections" in checks["open files"]["detail"]


def test_a_soft_limit_of_open_files_is_raised_to_the_hard_one(tmp_path: Path):
    shell = f"ulimit -S -n 256; exec {SERVE}"
    with served(tmp_path, shell=shell) as gateway:
        assert gateway.health()["checks"]["gateway"]["warnings"] == []
        assert gateway.end() == 0


# The paths of its files.


@pytest.mark.parametrize(
    "settings",
    [{"LC_ALL": "C", "LANG": "C"}, {"PYTHONWARNINGS": "default", "TZ": ""}, {"LC_ALL": "POSIX"}],
    ids=str,
)
def test_paths_may_have_spaces_and_any_letters(tmp_path: Path, settings: dict[str, str]):
    home = tmp_path / "Läden & Söhne?#% 100"
    with served(home, environ=settings) as gateway:
        assert gateway.end() == 0
    assert (home / "kasgate.db").is_file()


def test_a_relative_data_directory_is_one_below_the_working_directory(tmp_path: Path):
    with served("data", cwd=tmp_path) as gateway:
        assert gateway.end() == 0
    assert (tmp_path / "data" / "kasgate.db").is_file()


def test_no_file_is_open_to_others_whatever_the_umask(tmp_path: Path):
    home = tmp_path / "data"
    with served(home, shell=f"umask 0; exec {SERVE}") as gateway:
        paths = [home, *home.iterdir()]
        assert len(paths) > 3
        for path in paths:
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
        assert gateway.end() == 0


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("KASGATE_DATABASE", "postgresql://kasgate@db/kasgate", "postgresql://"),
        ("KASGATE_DATA_DIR", "/proc/kasgate", "/proc/kasgate"),
        ("KASGATE_DATA_DIR", "/dev/null", "/dev/null"),
        ("KASGATE_DATABASE", "{home}/folder", "The database "),
        ("KASGATE_KEY_FILE", "/proc/key", "The key file /proc/key"),
    ],
)
def test_what_can_t_hold_the_data_is_named_in_a_sentence(
    tmp_path: Path, variable: str, value: str, said: str
):
    (tmp_path / "folder").mkdir()
    done = refused(**{"KASGATE_DATA_DIR": str(tmp_path), variable: value.format(home=tmp_path)})
    assert done.returncode in (FAILED, USAGE)
    assert "Traceback" not in done.stderr + done.stdout
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("kasgate: ")]
    assert said in line
    assert sorted(path.name for path in tmp_path.iterdir() if "postgres" in path.name) == []


def test_ipv6_alone_is_enough(tmp_path: Path):
    with served(tmp_path, host="[::1]", shell=f"KASGATE_HOST=::1 exec {SERVE}") as gateway:
        assert gateway.end() == 0


# The demo.


def demo(**environ: str) -> subprocess.CompletedProcess[str]:
    env = {name: text for name, text in environment("/x").items() if "KASGATE" not in name}
    return subprocess.run(
        [sys.executable, "-m", "kasgate", "demo", "--once"],
        env=env | environ,
        capture_output=True,
        text=True,
        timeout=4 * TIMEOUT_S,
        check=False,
    )


def test_the_demo_follows_the_settings_that_are_not_about_what_it_brings(tmp_path: Path):
    port = free_port()
    done = demo(
        KASGATE_PORT=str(port),
        KASGATE_HOST="0.0.0.0",
        KASGATE_CONFIRMATIONS="3",
        KASGATE_DATABASE=str(tmp_path / "mine.db"),
        KASGATE_NODES="grpc://10.0.0.1:16110",
        KASGATE_PROT="1",
    )
    assert done.returncode == 0
    assert f"http://localhost:{port}" in done.stdout
    assert "3 of 3 confirmations" in done.stdout
    assert done.stdout.endswith("\nDone: paid and confirmed.\n")
    assert "ignored    KASGATE_NODES, KASGATE_DATABASE" in done.stdout
    assert "KASGATE_PROT" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_demo_refuses_a_wrong_setting_as_serve_does():
    done = demo(KASGATE_PORT="70000")
    assert done.returncode == USAGE
    assert "KASGATE_PORT" in done.stderr
    assert "Traceback" not in done.stderr
