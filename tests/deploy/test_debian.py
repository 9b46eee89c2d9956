"""The Debian package's scripts and example. `make test-deploy` builds, installs and upgrades it."""

from __future__ import annotations

import shutil
import subprocess
import tomllib

import pytest

from kasgate import __version__
from kasgate.settings.table import SETTINGS
from tests.e2e.rig.gateway import ROOT
from tools import build_deb

FOLDER = ROOT / "deploy/debian"
SCRIPTS = ("postinst", "prerm", "postrm")


@pytest.mark.parametrize("name", SCRIPTS)
def test_each_script_is_posix_and_ends_at_a_failure(name):
    shell = shutil.which("dash")
    if shell is None:
        pytest.skip("dash is not here: it is the shell of Debian")
    done = subprocess.run([shell, "-n", FOLDER / name], timeout=60, check=False)
    assert done.returncode == 0
    assert (FOLDER / name).read_text().startswith("#!/bin/sh\nset -e\n")


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_script_deletes_data(name):
    deleting = [line for line in (FOLDER / name).read_text().splitlines() if "rm -r" in line]
    assert all(line.strip() == "rm -rf /etc/kasgate" for line in deleting)


def test_the_example_names_settings_that_exist():
    example = tomllib.loads((FOLDER / "kasgate.toml.example").read_text())
    known = {setting.variable.removeprefix("KASGATE_").lower() for setting in SETTINGS}
    assert example.keys() <= known
    assert example["data_dir"] == "/var/lib/kasgate"


def test_the_package_has_the_version_of_the_checkout():
    assert build_deb.version() == __version__
