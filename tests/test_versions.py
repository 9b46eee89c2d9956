"""One version everywhere, and a changelog that keeps its own rules."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

import kasgate
from tests.web.world import a_world, json_of
from tools.changelog import CHANGELOG, ChangelogError, releases

ROOT = Path(__file__).parents[1]
PACKAGES = ("dashboard", "dashboard/openapi", "widget")


def project_version() -> str:
    version: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    return version


def test_the_newest_release_is_the_project_s_version() -> None:
    assert releases(CHANGELOG.read_text())[0].version == project_version()


def test_the_package_has_the_project_s_version() -> None:
    assert kasgate.__version__ == project_version()


@pytest.mark.parametrize("package", PACKAGES)
def test_the_front_ends_have_the_project_s_version(package: str) -> None:
    described = json.loads((ROOT / package / "package.json").read_text())
    assert described["version"] == project_version()


@pytest.mark.parametrize("part", ["dashboard", "widget"])
def test_the_locks_have_the_project_s_version(part: str) -> None:
    lock = json.loads((ROOT / part / "package-lock.json").read_text())
    own = {name: found for name, found in lock["packages"].items() if "node_modules" not in name}
    assert {found["version"] for found in own.values()} == {project_version()}
    assert lock["version"] == project_version()


async def test_the_api_s_description_has_the_project_s_version() -> None:
    async with a_world() as world:
        described = await json_of(await world.request("GET", "/api/v1/openapi.json"))
    assert described["info"]["version"] == project_version()


GOOD = """# Changelog

Rules.

## Unreleased

### Added
* A thing.

## 0.2.0 - 2026-12-24

### Upgrading
* Nothing.

### Fixed
* A bug.

## 0.1.0 - 2026-12-01

### Payments
* All of it.
"""


def test_releases_are_read_newest_first() -> None:
    found = releases(GOOD)
    assert [(one.version, str(one.date)) for one in found] == [
        ("0.2.0", "2026-12-24"),
        ("0.1.0", "2026-12-01"),
    ]
    assert found[0].sections == ("Upgrading", "Fixed")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("# Changelog", "# Changes", "first line"),
        ("## Unreleased\n", "", "first part"),
        ("## 0.2.0 - 2026-12-24", "## 0.2.0 (unreleased)", "must be '## 1.2.3"),
        ("## 0.2.0 - 2026-12-24", "## 0.2.0 - 2026-13-24", "does not exist"),
        ("## 0.2.0 - 2026-12-24", "## 0.1.0 - 2026-12-24", "must not come before"),
        ("## 0.2.0 - 2026-12-24", "## 0.2.0 - 2026-11-24", "dated before"),
        ("### Fixed", "### Bugs", "a section 'Bugs'"),
        ("### Fixed", "### Upgrading", "come twice"),
        ("### Upgrading\n* Nothing.\n\n### Fixed\n* A bug.\n", "", "has no section"),
    ],
)
def test_a_changelog_that_breaks_a_rule_is_refused(old: str, new: str, reason: str) -> None:
    assert old in GOOD
    with pytest.raises(ChangelogError, match=reason):
        releases(GOOD.replace(old, new))
