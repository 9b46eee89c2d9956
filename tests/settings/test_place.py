"""Where the settings file is looked for, and what is said if it can't be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kasgate.settings import place
from kasgate.settings.loading import check_file, load_settings
from kasgate.settings.model import SettingsError
from kasgate.settings.place import place_to_write, usual_place

COMMANDS = Path(__file__).parents[2] / "kasgate" / "cli"


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The own settings file of a user who is not root."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(place, "is_root", lambda: False)
    file = place.user_file()
    assert file is not None
    assert file.is_relative_to(tmp_path)
    return file


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_user_s_own_file_goes_before_the_system_s(own: Path, tmp_path: Path):
    system = tmp_path / "etc" / "kasgate.toml"
    assert usual_place(system) is None
    written(system, "port = 4000")
    found = usual_place(system)
    assert found is not None
    assert found.path == system
    assert load_settings({}, usual=found).port == 4000
    written(own, "port = 5000")
    found = usual_place(system)
    assert found is not None
    assert found.path == own
    settings = load_settings({}, usual=found)
    assert (settings.port, settings.file) == (5000, own)


def test_root_has_the_system_s_file_alone(own: Path, tmp_path: Path, monkeypatch):
    system = tmp_path / "etc" / "kasgate.toml"
    written(own, "port = 5000")
    monkeypatch.setattr(place, "is_root", lambda: True)
    assert usual_place(system) is None
    assert place_to_write({}, system) == system
    written(system, "")
    found = usual_place(system)
    assert found is not None
    assert found.path == system


def test_the_variable_goes_before_the_usual_place_and_off_reads_no_file(own: Path, tmp_path: Path):
    written(own, "port = 5000")
    named = written(tmp_path / "named.toml", "port = 6000")
    usual = usual_place(tmp_path / "none")
    assert load_settings({"KASGATE_CONFIG": str(named)}, usual=usual).port == 6000
    for off in ("off", " OFF "):
        settings = load_settings({"KASGATE_CONFIG": off}, usual=usual)
        assert (settings.port, settings.file) == (3001, None)
    assert load_settings({}).port == 3001, "no file is read that nobody gave"
    assert place_to_write({"KASGATE_CONFIG": str(named)}) == named
    assert place_to_write({"KASGATE_CONFIG": "off"}) == own


def test_a_file_that_may_not_be_looked_for_is_a_problem_and_not_skipped(
    own: Path, tmp_path: Path, monkeypatch
):
    def refuse(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    folder = tmp_path / "etc"
    folder.mkdir()
    monkeypatch.setattr(Path, "exists", refuse)
    usual = usual_place(folder)
    assert usual is not None
    with pytest.raises(SettingsError, match=r"The settings file is .*, which "):
        load_settings({}, usual=usual)
    folder.rmdir()


def test_a_user_without_a_home_directory_has_no_file(monkeypatch):
    monkeypatch.setattr(place, "is_root", lambda: False)
    monkeypatch.setattr(place, "user_file", lambda: None)
    assert usual_place(Path("/nonexistent/kasgate.toml")) is None
    with pytest.raises(LookupError):
        place_to_write({})


def test_the_content_of_a_file_is_checked_before_it_is_written(tmp_path: Path):
    path = tmp_path / "kasgate.toml"
    assert check_file('data_dir = "data"', path).database == tmp_path / "data" / "kasgate.db"
    with pytest.raises(SettingsError, match="'prot', which is no setting"):
        check_file("prot = 1", path)


def test_every_command_reads_the_settings_of_this_machine_in_the_same_way():
    for file in COMMANDS.rglob("*.py"):
        if file.name != "own_settings.py":
            found = re.search(r"load_settings\(\s*os\.environ", file.read_text())
            assert found is None, f"{file} must call own_settings()"
