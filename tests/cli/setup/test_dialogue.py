"""`kasgate setup` in a terminal: a person answers, corrects, interrupts and runs it again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kasgate.cli.demo.key import DEMO_KEY
from kasgate.kaspa.extended_key import parse_account_key
from tests.cli.processes import running
from tests.cli.setup.conftest import KEY, ME, PRIVATE, Simnet
from tests.cli.setup.terminal import AS_A_USER, COLUMNS, Terminal, environment, terminal
from tests.e2e.rig.gateway import free_port

ROOT_ONLY = () if os.geteuid() else ("User [",)
PRESENT = "http://127.0.0.1:8000/hook"


@contextmanager
def set_up(home: Path, *options: str) -> Iterator[Terminal]:
    """It runs for a new user, with its files in a folder."""
    places = ("--config", str(home / "kasgate.toml"), "--data-dir", str(home / "data"))
    with terminal("setup", *places, *options, environ=environment(home)) as shown:
        yield shown


def answer_about_the_gateway(shown: Terminal, node: str, port: int) -> None:
    shown.answer("Network (", "simnet")
    shown.answer("Node [", node)
    shown.answer("Control port [")
    for prompt in ROOT_ONLY:
        shown.answer(prompt, ME)
    shown.answer("Address to listen on [")
    shown.answer("Port [", str(port))
    shown.answer("Public URL [")
    shown.answer("Prices in currencies (on, off) [")


def answer_about_the_merchant(shown: Terminal) -> None:
    shown.answer("Make the first merchant now? [")
    shown.answer("Name", "Tea shop")
    shown.answer("Extended public key (not shown)", KEY["kpub"])
    shown.answer("Does the wallet show these addresses? (yes, no, or paste one)", "yes")
    shown.answer("Webhook URL [")


def tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_person_sets_a_gateway_up_and_runs_it_again(simnet: Simnet, tmp_path: Path, merchants):
    port = free_port()
    with set_up(tmp_path) as shown:
        answer_about_the_gateway(shown, simnet.grpc, port)
        answer_about_the_merchant(shown)
        shown.answer("Do this now? [")
        assert shown.exit_code() == 0
    assert "API key         kg_live_" in shown.shown
    assert KEY["kpub"][:20] not in shown.shown
    assert "\x1b" not in shown.shown, "no colours, and the cursor stays in its line"
    lines = shown.shown.replace(str(tmp_path), "/home/ann").splitlines()
    assert max(map(len, lines)) <= COLUMNS
    (merchant,) = merchants(tmp_path / "data")
    assert merchant.name == "Tea shop"

    file = tmp_path / "kasgate.toml"
    before = file.stat()
    with set_up(tmp_path) as again:
        again.answer("Network (mainnet, testnet-10, simnet, devnet) [simnet]")
        again.answer(f"Node [{simnet.grpc}]")
        again.answer("Control port [127.0.0.1:18599]")
        for prompt in ROOT_ONLY:
            again.answer(prompt, ME)
        again.answer("Address to listen on [127.0.0.1]")
        again.answer(f"Port [{port}]")
        again.answer(f"Public URL [http://127.0.0.1:{port}]")
        again.answer("Prices in currencies (on, off) [off]")
        again.see("needs no change")
        assert again.exit_code() == 0
    assert "Do this now?" not in again.shown
    after = file.stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)
    assert merchants(tmp_path / "data") == [merchant]


def test_a_wrong_answer_is_explained_and_asked_again(simnet: Simnet, tmp_path: Path):
    with set_up(tmp_path) as shown:
        shown.answer("Network (", "moon")
        assert "Allowed: mainnet, testnet-10, simnet or devnet." in shown.answer(
            "Network (", "simnet"
        )
        simnet.fault("set_network_id", network_id="testnet-10")
        shown.answer("Node [", simnet.wrpc)
        assert "is a node of testnet-10" in shown.answer("Node [", "look")
        shown.answer("Node [", "look localhost")
        assert "Looking for nodes on 127.0.0.1, localhost …" in shown.answer("Node [", "resolver")
        simnet.fault("set_network_id", network_id="simnet")
        shown.answer("Node [", simnet.wrpc)
        shown.answer("Control port [")
        for prompt in ROOT_ONLY:
            shown.answer(prompt, ME)
        shown.answer("Address to listen on [")
        shown.answer("Port [", "many")
        shown.answer("Port [", str(free_port()))
        shown.answer("Public URL [", "pay.example")
        assert "http:// or https://" in shown.answer("Public URL [", "https://pay.example/kasgate")
        shown.answer("Trusted proxies [127.0.0.1]", "none of mine")
        shown.answer("Trusted proxies [127.0.0.1]")
        assert '"Under a path"' in shown.answer("Prices in currencies (on, off) [")
        shown.answer("Make the first merchant now? [", "perhaps")
        assert "yes or no" in shown.answer("Make the first merchant now? [", "no")
        shown.answer("Do this now? [", "no")
        assert shown.exit_code() == 1
    assert "Nothing was changed." in shown.shown
    assert tree(tmp_path) == []


def test_a_private_key_is_refused_and_is_not_shown(simnet: Simnet, tmp_path: Path, merchants):
    with set_up(tmp_path) as shown:
        answer_about_the_gateway(shown, simnet.wrpc, free_port())
        shown.answer("Make the first merchant now? [")
        shown.answer("Name", "Tea")
        shown.answer("(not shown)", PRIVATE)
        assert "This is a private key" in shown.answer("(not shown)", KEY["kpub"])
        shown.answer("or paste one)", "no")
        assert "not the key of that account" in shown.answer("(not shown)", KEY["kpub"])
        shown.answer("or paste one)", KEY["change"][0])
        said = shown.answer("or paste one)", KEY["receive"][3])
        assert "none of the first 1,000 receive addresses" in " ".join(said.split())
        assert "address number 3" in shown.answer("Webhook URL [", PRESENT)
        shown.answer("Networks to allow, or none [none]", "127.0.0.1/32")
        shown.answer("Do this now? [")
        assert shown.exit_code() == 0
    assert PRIVATE[4:20] not in shown.shown
    (merchant,) = merchants(tmp_path / "data")
    assert merchant.webhook_url == PRESENT


def test_without_a_wallet_a_trial_takes_the_key_of_the_demo(
    simnet: Simnet, tmp_path: Path, merchants
):
    with set_up(tmp_path) as shown:
        answer_about_the_gateway(shown, simnet.wrpc, free_port())
        shown.answer("Make the first merchant now? [")
        shown.answer("Name", "Tea")
        shown.answer("(not shown)")
        assert "which everybody knows" in shown.answer("Webhook URL [")
        shown.answer("Do this now? [")
        assert shown.exit_code() == 0
    (merchant,) = merchants(tmp_path / "data")
    assert merchant.account_key.fingerprint == parse_account_key(DEMO_KEY).fingerprint


@pytest.mark.parametrize("prompt", ["Network (", "Node [", "Name", "(not shown)", "Do this now? ["])
def test_ctrl_c_leaves_nothing_half_made_and_says_so(simnet: Simnet, tmp_path: Path, prompt: str):
    before = None
    with set_up(tmp_path) as shown:
        before = termios.tcgetattr(shown._controller)
        interrupt_at(shown, prompt, simnet)
        shown.see(": ")
        shown.interrupt()
        assert shown.exit_code() == 130
        after = termios.tcgetattr(shown._controller)
    assert "Interrupted. Nothing was changed." in shown.shown
    assert "Traceback" not in shown.shown
    assert after == before, "the terminal shows what is typed"
    assert tree(tmp_path) == []


def interrupt_at(shown: Terminal, prompt: str, simnet: Simnet) -> None:
    """Answer up to a prompt."""
    steps = [
        ("Network (", "simnet"),
        ("Node [", simnet.wrpc),
        ("Control port [", ""),
        *((name, ME) for name in ROOT_ONLY),
        ("Address to listen on [", ""),
        ("Port [", str(free_port())),
        ("Public URL [", ""),
        ("Prices in currencies (on, off) [", ""),
        ("Make the first merchant now? [", ""),
        ("Name", "Tea"),
        ("(not shown)", KEY["kpub"]),
        ("or paste one)", "yes"),
        ("Webhook URL [", ""),
    ]
    for asked, text in steps:
        if asked == prompt:
            break
        shown.answer(asked, text)
    shown.see(prompt)


def test_answers_that_are_no_text_are_asked_again(tmp_path: Path):
    with set_up(tmp_path) as shown:
        shown.answer("Network (", "\x1b[A")
        assert "can't be shown" in shown.answer("Network (", "moon")
        shown.see("Network (")
        shown.see(": ")
        os.write(shown._controller, b"\xff\xfe\n")
        assert "can't be shown" in shown.answer("Network (", "moon")
        for _ in range(6):
            shown.answer("Network (", "moon")
        assert shown.exit_code() == 1
    assert "10 answers in a row can't be used." in shown.shown
    assert "Traceback" not in shown.shown


def test_a_terminal_without_utf_8_works(tmp_path: Path):
    environ = environment(tmp_path, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    with terminal("setup", "--config", str(tmp_path / "kasgate.toml"), environ=environ) as shown:
        shown.answer("Network (", "simnet")
        assert "Looking for nodes" in shown.see("Node [")
        shown.interrupt()
        assert shown.exit_code() == 130


def test_the_end_of_the_input_ends_it(tmp_path: Path):
    with set_up(tmp_path) as shown:
        shown.see("Network (")
        shown.see(": ")
        shown.type(end="\x04")
        assert shown.exit_code() == 1
    assert "The input ended before the last question." in shown.shown
    assert "Nothing was changed." in shown.shown


def test_a_running_gateway_keeps_its_port_and_is_told_to_restart(
    simnet: Simnet, tmp_path: Path, key_file: Path
):
    options = (
        *("--yes", "--network", "simnet", "--node", simnet.wrpc, "--user", ME),
        *("--config", str(tmp_path / "kasgate.toml"), "--data-dir", str(tmp_path / "data")),
        *("--port", str(free_port()), "--merchant-name", "Tea", "--xpub", str(key_file)),
    )
    with running("setup", *options) as done:
        assert done.exit_code() == 0
    environ = {"KASGATE_CONFIG": str(tmp_path / "kasgate.toml"), "KASGATE_LOG": "json"}
    with running("serve", environ=environ) as gateway:
        assert str(tmp_path / "kasgate.toml") in gateway.logged('"gateway ready"')
        with running("setup", *options, "--rates", "off") as again:
            assert again.exit_code() == 0
        assert any("A gateway runs with these settings." in line for line in again.out)
        with running("setup", *options, "--host", "localhost") as changed:
            assert changed.exit_code() == 0
        assert any("End it and start it again" in line for line in changed.out)
        gateway.signal(signal.SIGTERM)
        assert gateway.exit_code() == 0


def test_after_setup_plain_commands_find_the_file(simnet: Simnet, tmp_path: Path, key_file: Path):
    """As a user who is not root; root's file would be the one of this machine."""
    environ = environment(tmp_path)

    def plain(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", AS_A_USER, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=environ,
        )

    options = ("--network", "simnet", "--node", simnet.wrpc, "--port", str(free_port()))
    done = plain("setup", "--yes", *options, "--merchant-name", "Tea", "--xpub", str(key_file))
    assert done.returncode == 0, done.stderr
    file = tmp_path / ".config" / "kasgate" / "kasgate.toml"
    assert file.stat().st_mode & 0o777 == 0o600
    assert "       kasgate serve" in done.stdout.splitlines()
    found = plain("doctor")
    assert found.returncode == 0, found.stdout
    assert f"The settings file is {file}." in " ".join(found.stdout.split())
    assert "merchant Tea" in found.stdout
    made = plain("merchant", "create", "--name", "B", "--xpub", KEY["kpub"])
    assert "another merchant has this extended public key" in made.stderr
    assert plain("gaps").returncode == plain("warnings").returncode == 0
    demo = plain("demo", "--once", "--port", "0")
    assert demo.returncode == 0, demo.stderr
    assert not (tmp_path / ".local" / "share" / "kasgate" / "kasgate.db").exists()
