"""The settings file is written whole or not at all, and is readable by its owner alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kasgate.cli.outcome import Failure
from kasgate.cli.setup.account import Account
from kasgate.cli.setup.file_writing import read_file, require_writable, write_file

ME = Account.current()


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_new_file_is_for_its_owner_alone(tmp_path: Path):
    path = tmp_path / "etc" / "kasgate" / "kasgate.toml"
    assert read_file(path) == ""
    write_file(path, "port = 1\n", "", ME)
    assert path.read_text() == "port = 1\n"
    assert mode(path) == 0o600
    assert os.listdir(path.parent) == ["kasgate.toml"]


@pytest.mark.parametrize(("before", "after"), [(0o600, 0o600), (0o640, 0o640), (0o666, 0o640)])
def test_an_existing_file_keeps_the_permissions_that_hide_it_from_others(
    tmp_path: Path, before: int, after: int
):
    path = tmp_path / "kasgate.toml"
    path.write_text("a")
    path.chmod(before)
    write_file(path, "b", "a", ME)
    assert (path.read_text(), mode(path)) == ("b", after)


def test_a_link_stays_a_link(tmp_path: Path):
    real, link = tmp_path / "dotfiles.toml", tmp_path / "kasgate.toml"
    real.write_text("a")
    link.symlink_to(real)
    write_file(link, "b", "a", ME)
    assert link.is_symlink()
    assert real.read_text() == "b"


def test_a_file_that_somebody_changed_meanwhile_is_not_overwritten(tmp_path: Path):
    path = tmp_path / "kasgate.toml"
    path.write_text("theirs")
    with pytest.raises(Failure, match="changed meanwhile"):
        write_file(path, "mine", "", ME)
    assert path.read_text() == "theirs"


@pytest.mark.parametrize("call", ["fsync", "fchmod"])
def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch, call):
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "kasgate.toml"
    path.write_text("a")
    monkeypatch.setattr(os, call, fail)
    with pytest.raises(Failure, match="No space left"):
        write_file(path, "b", "a", ME)
    assert path.read_text() == "a"
    assert os.listdir(tmp_path) == ["kasgate.toml"]


def test_an_interrupt_during_the_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch
):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    path = tmp_path / "kasgate.toml"
    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_file(path, "b", "", ME)
    assert os.listdir(tmp_path) == []


def test_a_place_that_can_t_be_written_is_said_before_anything_is_asked(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Failure, match="can't be written"):
        require_writable(tmp_path / "file" / "kasgate.toml")
    require_writable(tmp_path / "new" / "folder" / "kasgate.toml")
    if os.geteuid():
        tmp_path.chmod(0o500)
        with pytest.raises(Failure, match="may not write into"):
            require_writable(tmp_path / "kasgate.toml")
        tmp_path.chmod(0o700)


def test_a_file_that_is_no_text_is_a_sentence(tmp_path: Path):
    path = tmp_path / "kasgate.toml"
    path.write_bytes(b"\xff")
    with pytest.raises(Failure, match="not UTF-8"):
        read_file(path)
    path.write_bytes(b"#" * 2_000_000)
    with pytest.raises(Failure, match="too large"):
        read_file(path)
