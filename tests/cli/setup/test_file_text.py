"""The text of the settings file: new, edited, and compared."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from kasgate.cli.outcome import Failure
from kasgate.cli.setup.dialogue import Wrong
from kasgate.cli.setup.draft import ASKED, Draft
from kasgate.cli.setup.file_text import difference, edited
from kasgate.settings.loading import check_file
from kasgate.settings.table import SETTINGS

BY_HAND = """\
# My gateway, 2026.

port = 4000 # the old shop's port
  confirmations = 7   # mine
data_dir = "data"
nodes = [
  "grpc://127.0.0.1:16110", # at home
]
"""


def test_a_new_file_explains_every_setting_that_it_has(tmp_path: Path):
    text = edited("", {"port": 3002, "nodes": ["grpc://a:1", "ws://b:2"], "rates": False})
    assert tomllib.loads(text) == {
        "port": 3002,
        "nodes": ["grpc://a:1", "ws://b:2"],
        "rates": False,
    }
    assert "`kasgate setup` wrote this file" in text
    assert "# The port to listen on." in text
    assert max(len(line) for line in text.splitlines()) <= 79
    assert check_file(text, tmp_path / "kasgate.toml").port == 3002


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.field)
def test_any_setting_can_be_added_and_changed(setting):
    text = edited("", {setting.field: "one"})
    assert tomllib.loads(text) == {setting.field: "one"}
    changed = edited(text, {setting.field: 'a "quoted" \\ value'})
    assert tomllib.loads(changed) == {setting.field: 'a "quoted" \\ value'}
    assert changed.count("\n") == text.count("\n")


def test_an_edit_leaves_everything_else_as_it_was():
    changed = edited(BY_HAND, {"port": 5000, "rates": True})
    before, _, added = changed.partition("]\n")
    assert before + "]\n" == BY_HAND.replace("4000", "5000")
    assert tomllib.loads(added) == {"rates": True}
    assert edited(BY_HAND, {}) == BY_HAND
    assert edited("port = 1", {"rates": True}).startswith("port = 1\n\n# Whether")


def test_the_difference_names_the_changed_lines_and_hides_secrets():
    token = "very-secret-operator-token"
    old = f'operator_token = "{token}"\nport = 4000\n'
    lines = difference(old, old.replace("4000", "5000"), "kasgate.toml")
    assert "-port = 4000" in lines
    assert "+port = 5000" in lines
    assert token not in "\n".join(lines)
    assert difference(old, old, "x") == []
    assert token not in "\n".join(difference("", old, "x"))


def draft(tmp_path: Path, text: str = "", **environ: str) -> Draft:
    return Draft(tmp_path / "kasgate.toml", text, environ)


def test_the_same_answers_in_other_words_change_nothing(tmp_path: Path):
    one = draft(tmp_path, BY_HAND)
    one.take("port", "4000")
    one.take("nodes", "grpc://127.0.0.1:16110")
    one.take("data_dir", str(tmp_path / "data"))
    one.take("network", "MAINNET")
    one.take("rates", "off")
    assert one.changes() == {}
    assert one.new_text() == BY_HAND


def test_only_what_differs_is_changed(tmp_path: Path):
    one = draft(tmp_path, BY_HAND)
    one.take("port", "4001")
    one.take("host", "::1")
    assert one.changes() == {"host": "::1", "port": "4001"}
    assert one.settings().confirmations == 7


def test_a_new_file_states_the_main_settings_even_if_they_are_the_defaults(tmp_path: Path):
    one = draft(tmp_path)
    for name, value in (("network", "mainnet"), ("port", 3001), ("trusted_proxies", [])):
        one.take(name, value)
    assert one.changes() == {"network": "mainnet", "port": 3001}


def test_a_setting_of_the_environment_is_a_default_and_the_file_goes_before_it(tmp_path: Path):
    environ = {"KASGATE_PORT": "8080", "KASGATE_CONFIRMATIONS": "9"}
    assert draft(tmp_path, **environ).present("port") == 8080
    one = draft(tmp_path, "port = 4000", **environ)
    assert one.present("port") == 4000
    assert one.overriding() == ["KASGATE_PORT", "KASGATE_CONFIRMATIONS"]
    one.take("port", "8080")
    assert one.overriding() == ["KASGATE_CONFIRMATIONS"]


def test_a_wrong_value_is_replaced_by_an_answer_and_is_a_problem_without_one(tmp_path: Path):
    one = draft(tmp_path, 'port = 99999\nconfirmations = "many"\n')
    assert one.present("port") == 3001
    (problem,) = one.problems(ASKED)
    assert "confirmations" in problem
    one.take("port", "3001")
    assert one.changes() == {"port": "3001"}


def test_a_wrong_answer_names_what_is_allowed(tmp_path: Path):
    with pytest.raises(Wrong, match="Allowed: 1 to 65535"):
        draft(tmp_path).take("port", "x")


@pytest.mark.parametrize("text", ["port = ", "prot = 1", "[server]\nport = 1"])
def test_a_file_that_no_command_could_read_is_left_alone(tmp_path: Path, text: str):
    with pytest.raises(Failure, match="Mend the file by hand"):
        draft(tmp_path, text)
