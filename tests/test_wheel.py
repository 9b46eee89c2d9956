"""The wheel: everything that a gateway serves, and nothing else, built without Node."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.e2e.rig.gateway import ROOT

PARTS = ("kasgate", "actors", "web")
SOURCES = {
    "kasgate": (".py", ".pyi", ".sql", ".proto", "py.typed"),
    "actors": (".py", "py.typed"),
    "web": (".py", "py.typed", ".html", ".css", ".js", ".json", ".svg", ".txt"),
}


def committed() -> set[str]:
    """The files of the packages that Git knows, or that are new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *PARTS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("this is no Git checkout, so the committed files are not known")
    return {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of the committed files alone, in an environment without Node."""
    clean, built = tmp_path_factory.mktemp("clean"), tmp_path_factory.mktemp("built")
    for name in (*committed(), "pyproject.toml", "README.md", "LICENSE"):
        target = clean / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", built, clean],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=True,
    )
    (made,) = built.glob("kasgate-*.whl")
    return made


def test_it_holds_every_committed_file_of_the_packages_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert names == committed()
    for name in names:
        assert name.endswith(SOURCES[name.partition("/")[0]]), name


def test_it_holds_both_front_ends(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        page = archive.read("web/static/dashboard/index.html").decode()
    assert {"web/static/widget/kasgate.js", "web/static/widget/kasgate.css"} <= names
    scripts = [name for name in names if name.startswith("web/static/dashboard/assets/")]
    assert any(Path(name).name in page for name in scripts)
