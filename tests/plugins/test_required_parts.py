"""A missing part is named, and fails the run exactly where the whole suite is expected to run."""

from pathlib import Path

import pytest

from tests.plugins import required_parts
from tests.plugins.required_parts import KASPAD_VERSION, ROOT, Part, require


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("KASGATE_CI", raising=False)
    table = {
        "here": Part(lambda: Path("/somewhere"), "nothing to do"),
        "browser": Part(lambda: None, "install it"),
        "node of the network": Part(lambda: None, "build it", is_promised_by_ci=False),
    }
    monkeypatch.setattr(required_parts, "PARTS", table)


@pytest.mark.usefixtures("parts")
def test_a_part_that_is_here_is_handed_over() -> None:
    assert require("here") == Path("/somewhere")


@pytest.mark.usefixtures("parts")
def test_a_newcomer_sees_which_part_is_missing_and_how_to_get_it() -> None:
    with pytest.raises(pytest.skip.Exception, match="browser is not here: install it"):
        require("browser")


@pytest.mark.usefixtures("parts")
@pytest.mark.parametrize(("variable", "value"), [("CI", "true"), ("KASGATE_CI", "1")])
def test_ci_does_without_nothing_that_it_promised(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(pytest.fail.Exception, match="browser is not here"):
        require("browser")
    with pytest.raises(pytest.skip.Exception, match="node of the network"):
        require("node of the network")


def test_a_program_named_in_the_environment_comes_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    browser = tmp_path / "my-browser"
    browser.write_text("#!/bin/sh\n")
    browser.chmod(0o755)
    monkeypatch.setenv("KASGATE_CHROMIUM", str(browser))
    assert require("chromium") == browser


def test_a_kaspad_is_the_one_named_else_the_one_built_else_that_of_the_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("KASPAD", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pytest.skip.Exception, match="kaspad is not here: run `make kaspad`"):
        require("kaspad")

    def program(path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
        return path

    of_the_machine = program(tmp_path / "kaspad")
    assert require("kaspad") == of_the_machine
    built = program(tmp_path / "cache" / "kasgate" / f"kaspad-{KASPAD_VERSION}" / "bin" / "kaspad")
    assert require("kaspad") == built
    named = program(tmp_path / "mine" / "node")
    monkeypatch.setenv("KASPAD", str(named))
    assert require("kaspad") == named


def test_the_kaspad_looked_for_is_the_one_that_is_built() -> None:
    script = (ROOT / "tools" / "build-kaspad").read_text()
    assert f"\nVERSION={KASPAD_VERSION}\n" in script
