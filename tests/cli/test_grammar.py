"""The command line's help, and its messages about mistakes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from kasgate import __version__
from kasgate.cli.outcome import Failure, expected_failure
from kasgate.cli.parser import settings_help
from kasgate.settings.table import SETTINGS
from kasgate.store.protocol import StoreUnavailable

COMMANDS = [
    ["setup"],
    ["serve"],
    ["demo"],
    ["merchant"],
    ["merchant", "create"],
    ["simnet"],
    ["simnet", "pay"],
    ["simnet", "fault"],
    ["openapi"],
]
PRIVATE = (
    "kprv5y2qurMHCsXYrNfU3GCihuwG3vMqFji7PZXajMEqyBkNh9UZUJgoHYBLTKu1eM4MvUtomcXPQ3Sw9HZ5ebbM4byoU"
    "ciHo1zrPJBQfqpLorQ"
)


def test_alone_it_prints_its_help_and_fails(kasgate):
    code, out, err = kasgate()
    assert code == 2
    assert out == ""
    assert "kasgate demo" in err


@pytest.mark.parametrize("command", [["merchant"], []])
def test_a_missing_sub_command_shows_the_help_of_the_command(kasgate, command):
    code, _, err = kasgate(*command)
    assert code == 2
    assert err.startswith(f"usage: {' '.join(['kasgate', *command])} ")


def test_it_tells_its_version(kasgate):
    assert kasgate("--version") == (0, f"kasgate {__version__}\n", "")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_each_command_explains_itself_with_an_example(kasgate, command):
    code, out, err = kasgate(*command, "--help")
    assert (code, err) == (0, "")
    name = " ".join(["kasgate", *command])
    assert out.startswith(f"usage: {name} ")
    if command != ["merchant"]:
        assert f"\n  {name}" in out, "an example that begins with the command"
    assert max(map(len, out.splitlines())) <= 90


def test_the_help_of_serve_lists_every_setting(kasgate):
    _, out, _ = kasgate("serve", "--help")
    for row in SETTINGS:
        assert f"\n  {row.variable}\n" in out
    assert "`" not in settings_help()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["sevre"], "invalid choice: 'sevre'"),
        (["serve", "--port", "1"], "unrecognized arguments: --port 1"),
        (["demo", "--port", "99999"], "99999"),
        (["merchant", "create", "--name", "x"], "--xpub"),
    ],
)
def test_a_mistake_is_named_and_the_usage_shown(kasgate, arguments, complaint):
    code, out, err = kasgate(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("usage: kasgate")
    assert complaint in err


def test_a_private_key_in_the_wrong_place_is_not_repeated(kasgate):
    for arguments in ([PRIVATE], ["serve", PRIVATE], ["demo", "--port", PRIVATE]):
        code, out, err = kasgate(*arguments)
        assert code == 2
        assert PRIVATE[4:] not in out + err


def test_a_wrong_setting_is_refused_by_name(kasgate, monkeypatch, home):
    monkeypatch.setenv("KASGATE_PORT", "99999")
    monkeypatch.setenv("KASGATE_NETWORK", PRIVATE)
    code, out, err = kasgate("serve")
    assert (code, out) == (2, "")
    first, second = err.splitlines()
    assert first.startswith("kasgate: KASGATE_NETWORK is ")
    assert PRIVATE[4:] not in err
    assert (
        second == "kasgate: KASGATE_PORT is '99999'. Allowed: 1 to 65535, or 0 for any free port."
    )
    assert not home.exists(), "nothing is made before the settings are right"


@pytest.mark.parametrize("module", ["kasgate", "kasgate.cli"])
def test_it_runs_as_a_module(module):
    done = subprocess.run(
        [sys.executable, "-m", module, "--version"],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert done.stdout == f"kasgate {__version__}\n"


def test_help_needs_none_of_the_heavy_parts():
    script = (
        "import sys; from kasgate.cli import main; main(['--help']);"
        "print(sorted({'quart', 'hypercorn', 'trio', 'cryptography'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.endswith("[]\n")


def test_only_what_is_expected_becomes_one_sentence():
    full = StoreUnavailable("The disk is full.")
    group = ExceptionGroup("", [ExceptionGroup("", [full]), Failure("Second.")])
    told = expected_failure(group)
    assert told is not None
    assert told.lines == ("The disk is full.",)
    assert expected_failure(ExceptionGroup("", [full, KeyError("a bug")])) is None
    assert expected_failure(KeyError("a bug")) is None


@pytest.mark.parametrize("command", [("openapi",), ("--help",), ("serve", "--help")])
def test_a_reader_of_the_output_that_went_away_ends_a_command_quietly(command: tuple[str, ...]):
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "kasgate", *command],
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
        timeout=60,
    )
    os.close(writing)
    assert done.stderr == b""
