"""A release is the same bytes wherever and whenever it is built, and complete."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import kasgate
from tools.release import (
    SUMS,
    ReleaseError,
    build,
    differences,
    require_releasable,
    unpack,
    version_of,
)
from tools.sbom import SbomError, npm

ROOT = Path(__file__).parents[1]
BUILDS_S = 300
IN_THE_WHEEL = {
    "kasgate/py.typed",
    "kasgate/store/migrations/0001_initial.sql",
    "kasgate/kaspa/protowire/node.proto",
    "actors/py.typed",
    "web/py.typed",
    "web/static/widget/kasgate.js",
    "web/static/dashboard/index.html",
    "web/locales/en.json",
}
IN_THE_SOURCES = {"Makefile", "tests/conftest.py", "requirements/runtime.txt", "docs/api.md"}


def needs_what_builds() -> None:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout")
    if not (Path(sys.executable).parent / "cyclonedx-py").exists():
        pytest.skip("cyclonedx-bom is not installed: run `make setup`")
    try:
        npm()
    except SbomError as missing:
        pytest.skip(str(missing))


def cloned(folder: Path) -> Path:
    """A clone of the commit that is checked out."""
    clone = folder / "kasgate"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    return clone


@pytest.mark.timeout(BUILDS_S)
def test_a_release_is_complete_and_two_builds_are_alike(tmp_path, monkeypatch) -> None:
    needs_what_builds()
    first, second = tmp_path / "one", tmp_path / "somewhere" / "else"
    wheel, sdist, sbom, sums = build(cloned(first), first / "dist")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    before = os.umask(0o077)
    try:
        build(cloned(second), second / "dist")
    finally:
        os.umask(before)
    assert differences(first / "dist", second / "dist") == []
    assert_wheel_is_complete(wheel)
    assert_sums_hold(sums, [wheel, sdist, sbom])
    assert_sbom_names_everything(sbom)
    assert_sources_install_and_test(sdist, tmp_path)


def assert_wheel_is_complete(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        modes = {member.external_attr >> 16 & 0o777 for member in archive.infolist()}
        metadata = archive.read(f"kasgate-{version_of(ROOT)}.dist-info/METADATA").decode()
    assert names >= IN_THE_WHEEL
    assert {name.partition("/")[0] for name in names} == {
        "actors", "kasgate", "web", f"kasgate-{version_of(ROOT)}.dist-info",
    }  # fmt: skip
    shipped = {path.name for path in (ROOT / "kasgate/store/migrations").glob("*.sql")}
    assert {name.rpartition("/")[2] for name in names if name.endswith(".sql")} == shipped
    assert modes <= {0o644, 0o755}
    assert f"\nVersion: {kasgate.__version__}\n" in metadata


def assert_sums_hold(sums: Path, files: list[Path]) -> None:
    listed = dict(line.split("  ")[::-1] for line in sums.read_text().splitlines())
    assert sums.name == SUMS
    assert listed == {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def assert_sbom_names_everything(sbom: Path) -> None:
    text = sbom.read_text()
    schema = importlib.import_module("cyclonedx.schema").SchemaVersion.V1_6
    validator = importlib.import_module("cyclonedx.validation.json").JsonStrictValidator(schema)
    assert validator.validate_str(text) is None
    document = json.loads(text)
    assert "serialNumber" not in document
    assert "timestamp" not in document["metadata"]
    assert document["metadata"]["component"]["version"] == version_of(ROOT)
    packages = {component["purl"] for component in document["components"]}
    lock = (ROOT / "requirements/runtime.txt").read_text().splitlines()
    locked = {line.split()[0] for line in lock if line[:1].isalnum()}
    assert {f"pkg:pypi/{one.replace('==', '@')}" for one in locked} <= packages
    used = json.loads((ROOT / "dashboard/package.json").read_text())["dependencies"]
    assert {
        f"pkg:npm/{name.replace('@', '%40')}@{version}" for name, version in used.items()
    } <= packages
    refs = {component["bom-ref"] for component in document["components"]} | {"kasgate"}
    for dependency in document["dependencies"]:
        assert {dependency["ref"], *dependency.get("dependsOn", ())} <= refs


def assert_sources_install_and_test(sdist: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as archive:
        members = archive.getmembers()
    unpack(sdist, tmp_path / "sources")
    top = f"kasgate-{version_of(ROOT)}"
    names = {member.name.removeprefix(f"{top}/") for member in members}
    assert names >= IN_THE_WHEEL | IN_THE_SOURCES
    assert not [name for name in names if "node_modules" in name or name.endswith(".pyc")]
    assert {(member.uid, member.gid, member.uname) for member in members} == {(0, 0, "")}

    target = tmp_path / "installed"
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    run_python([*install, "--target", str(target), str(sdist)], tmp_path)
    told = run_python(["-m", "kasgate", "--version"], tmp_path, PYTHONPATH=str(target))
    assert version_of(ROOT) in told
    tests = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_ids.py", "tests/settings"]
    run_python(tests, tmp_path / "sources" / top, PYTHONPATH="")


def run_python(arguments: list[str], folder: Path, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=BUILDS_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository with a changelog and a version, ready for a release."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "k"\nversion = "1.2.3"\n')
    (tmp_path / "CHANGELOG.md").write_text(
        "# Changelog\n\n## Unreleased\n\n## 1.2.3 - 2026-12-01\n\n### Fixed\n* It.\n"
    )
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    return tmp_path


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=A tester", "-c", "user.email=tester@example.com"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "A state")


def test_a_clean_tree_with_a_dated_version_may_be_released(tree: Path) -> None:
    require_releasable(tree)


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        ("CHANGELOG.md", "## 1.2.3 - 2026-12-01", "## 1.2.2 - 2026-12-01", "is not 1.2.3"),
        ("CHANGELOG.md", "## 1.2.3 - 2026-12-01", "## 1.2.3", "must be"),
        ("CHANGELOG.md", "Unreleased\n", "Unreleased\n\n### Added\n* X.\n", "has entries"),
        ("pyproject.toml", "1.2.3", "1.3.0", "is not 1.3.0"),
    ],
)
def test_a_tree_that_is_not_ready_is_refused(tree, file, old, new, reason) -> None:
    (tree / file).write_text((tree / file).read_text().replace(old, new))
    with pytest.raises(ReleaseError, match="not committed"):
        require_releasable(tree)
    commit(tree)
    with pytest.raises(ReleaseError, match=reason):
        require_releasable(tree)
