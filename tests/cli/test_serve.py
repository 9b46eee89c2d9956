"""`kasgate serve` as a real process: its start, its refusals and its shutdown."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.cli.processes import TIMEOUT_S, Command, running

KTUB = (
    "ktub23DkKYbjwxuPoPwqmSYUYnugDU81Zuxj9HJUpyjy8h5gWUS5r9R3BdA8waFJwvrQYuvq9PjaHtspmv5q9FhKHaBp"
    "2pxWKVstK42GY4kByCU"
)
FIRST_ADDRESS = "kaspasim:qqd6e65yefepe9wk0m9vuxdufxd80sphy67gwwd0vdaumzdt4tc9s7skwr78y"
NO_NODE = "ws://127.0.0.1:1"
DRAIN_S = 7.0
"""Time for requests in progress (DRAIN_SECONDS)."""
SLACK_S = 5.0
"""Extra time for a busy machine."""


WITH_ANOTHER_WEB_SIDE = """
import sys
import trio
import kasgate.cli.serve as command
from kasgate.cli import main

async def serve(*arguments, shutdown, task_status):
    task_status.started(1)
    {}

command.serve = serve
command.DRAIN_SECONDS, command.EXIT_SECONDS = 0.2, 2
sys.exit(main(["serve"]))
"""
"""Runs the command with another function in place of the web server; takes a statement."""


LOADED_LATER = (
    "bip32",
    "coincurve",
    "cryptography",
    "grpclib",
    "httpx",
    "platformdirs",
    "wallycore",
    "xml.etree",
)
"""Modules that an idle gateway does not need; together about 20 MB."""


@contextmanager
def gateway(home: Path, script: str = "", **settings: str) -> Iterator[Command]:
    """A gateway on the simnet, on a free port, with a database of its own. ``script`` replaces the
    command."""
    environ = {
        "KASGATE_DATA_DIR": str(home),
        "KASGATE_NETWORK": "simnet",
        "KASGATE_NODES": NO_NODE,
        "KASGATE_PORT": "0",
        "KASGATE_LOG": "json",
        **{f"KASGATE_{name.upper()}": value for name, value in settings.items()},
    }
    with running("serve", environ=environ, script=script) as command:
        yield command


def url_of(command: Command) -> str:
    line: dict[str, str] = json.loads(command.logged('"gateway ready"'))
    return line["url"]


def failure(command: Command) -> str:
    """The one sentence of a command that failed to start."""
    assert command.exit_code() == 1
    (line,) = [line for line in command.err if line.startswith("kasgate: ")]
    assert not any("Traceback" in line for line in command.err)
    return line


def test_it_says_where_it_is_serves_without_a_node_and_ends_at_sigterm(tmp_path):
    with gateway(tmp_path) as command:
        url = url_of(command)
        assert re.fullmatch(r"http://127\.0\.0\.1:[1-9][0-9]+", url)
        assert httpx.get(f"{url}/health/live").json() == {"alive": True}
        assert httpx.get(f"{url}/health/ready").status_code == 503
        started = time.monotonic()
        command.signal(signal.SIGTERM)
        assert command.exit_code() == 0
        assert time.monotonic() - started < DRAIN_S + SLACK_S
        assert command.out == []
        assert all(json.loads(line)["level"] != "error" for line in command.err), command.err
    private = {file.name for file in tmp_path.iterdir() if file.stat().st_mode & 0o077 == 0}
    assert {"kasgate.db", "kasgate.key"} <= private


@pytest.mark.parametrize("signals", [1, 2])
def test_a_client_that_never_finishes_holds_the_end_up_only_so_long(tmp_path, signals):
    with gateway(tmp_path) as command:
        port = int(url_of(command).rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port)) as stuck:
            stuck.sendall(
                b"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"
            )
            assert httpx.get(f"http://127.0.0.1:{port}/health/live").status_code == 200
            started = time.monotonic()
            for _ in range(signals):
                command.signal(signal.SIGINT)
                command.logged('"ending"')
            code = command.exit_code()
            took = time.monotonic() - started
    if signals == 1:
        assert code == 0
        assert took < DRAIN_S + SLACK_S
    else:
        assert code == 128 + signal.SIGINT
        assert took < DRAIN_S


def test_what_does_not_end_is_ended_by_force(tmp_path):
    script = WITH_ANOTHER_WEB_SIDE.format(
        "with trio.CancelScope(shield=True): await trio.sleep_forever()"
    )
    with gateway(tmp_path, script) as command:
        url_of(command)
        command.signal(signal.SIGTERM)
        assert command.exit_code() == 1
        assert command.logged("something did not end in time")


def test_what_is_cut_at_the_end_is_told_and_no_failure(tmp_path):
    script = WITH_ANOTHER_WEB_SIDE.format("await trio.sleep_forever()")
    with gateway(tmp_path, script) as command:
        url_of(command)
        command.signal(signal.SIGTERM)
        assert command.exit_code() == 0
        assert command.logged("what was still in flight has been cut")


def test_a_bug_is_logged_with_its_traceback_and_without_secrets(tmp_path):
    script = WITH_ANOTHER_WEB_SIDE.format(f"raise RuntimeError('odd: kprv{KTUB[4:]}')")
    with gateway(tmp_path, script) as command:
        assert command.exit_code() == 1
        line = json.loads(command.logged("the gateway failed"))
    assert "RuntimeError: odd: kprv[redacted]" in line["exception"]
    assert not any(KTUB[4:] in line for line in command.err)


def test_a_second_gateway_on_the_database_is_refused_with_the_first_one_s_process(tmp_path):
    with gateway(tmp_path) as first:
        url_of(first)
        with gateway(tmp_path) as second:
            assert f"in use by process {first.process.pid}" in failure(second)


def test_a_port_in_use_is_one_sentence(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with gateway(tmp_path, port=str(port)) as command:
            sentence = failure(command)
    assert f"Can't listen on 127.0.0.1 port {port}: another program listens there" in sentence
    assert "KASGATE_PORT" in sentence


@pytest.mark.parametrize("port", ["0", "3001"])
def test_an_address_of_another_machine_is_one_sentence(tmp_path, port):
    with gateway(tmp_path, host="192.0.2.1", port=port) as command:
        assert "this machine does not have that address. Set KASGATE_HOST" in failure(command)


def test_a_bad_key_file_and_a_file_that_is_no_database_are_one_sentence_each(tmp_path):
    (tmp_path / "other.key").write_text("rubbish")
    (tmp_path / "other.key").chmod(0o600)
    with gateway(tmp_path, key_file=str(tmp_path / "other.key")) as command:
        assert "other.key" in failure(command)
    (tmp_path / "notes.db").write_text("Dear diary, this is no database at all. " * 100)
    with gateway(tmp_path, database=str(tmp_path / "notes.db")) as command:
        assert "database" in failure(command)


def test_the_setup_code_is_printed_and_kept_out_of_the_log(tmp_path):
    with gateway(tmp_path, host="0.0.0.0") as command:
        code = command.line("Setup code for the first merchant: ")
        assert len(code) >= 16
        assert "localhost" in url_of(command)
        command.signal(signal.SIGTERM)
        assert command.exit_code() == 0
        assert not any(code in line for line in command.err)


def test_what_looks_like_a_mistake_is_logged_by_name(tmp_path):
    with gateway(tmp_path, prot="1") as command:
        assert "Did you mean KASGATE_PORT?" in command.logged("KASGATE_PROT")


def confirmed(url: str, session: str) -> Mapping[str, object]:
    until = time.monotonic() + TIMEOUT_S
    answer: dict[str, object] = {}
    while answer.get("status") != "confirmed":
        assert time.monotonic() < until, answer
        time.sleep(0.1)
        answer = httpx.get(f"{url}/api/v1/sessions/{session}").json()
    return answer


def test_a_merchant_made_beside_it_is_paid_on_a_simulated_network(tmp_path, kasgate, monkeypatch):
    ports = ("--wrpc-json", "127.0.0.1:0", "--control", "127.0.0.1:0")
    with running("simnet", *ports) as network:
        monkeypatch.setenv("KASGATE_SIMNET_CONTROL", network.line("control "))
        with gateway(tmp_path, nodes=network.line("wrpc-json ")) as command:
            url = url_of(command)
            monkeypatch.setenv("KASGATE_DATA_DIR", str(tmp_path))
            monkeypatch.setenv("KASGATE_NETWORK", "simnet")
            create = ("merchant", "create", "--name", "Shop", "--email", "ann@shop.example")
            code, out, _ = kasgate(*create, "--xpub", KTUB, "--json")
            assert code == 0
            merchant = json.loads(out)
            made = httpx.post(
                f"{url}/api/v1/sessions",
                json={"amount": "12.5"},
                headers={"X-API-Key": merchant["apiKey"]},
            )
            assert made.status_code == 201, made.text
            assert made.json()["address"] == FIRST_ADDRESS
            code, txid, _ = kasgate("simnet", "pay", FIRST_ADDRESS, "12.5")
            assert code == 0
            assert confirmed(url, made.json()["id"])["txId"] == txid.strip()
            command.signal(signal.SIGTERM)
            assert command.exit_code() == 0
            log = "\n".join(command.err)
    for secret in (merchant["apiKey"], merchant["webhookSecret"], KTUB[4:], "ann@"):
        assert secret not in log
    assert "Traceback" not in log


def test_what_only_some_calls_need_is_not_loaded_at_the_start() -> None:
    script = "import sys, kasgate.cli.serve; print(*sys.modules)"
    command = [sys.executable, "-c", script]
    asked = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
    assert not set(LOADED_LATER) & set(asked.stdout.split())
