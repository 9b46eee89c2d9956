"""The container and compose files, read without an engine. `make test-deploy` runs their steps."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from kasgate import __version__
from kasgate.cli.serve import EXIT_SECONDS
from kasgate.settings.table import SETTINGS
from tests.e2e.rig.gateway import ROOT

FOLDER = ROOT / "deploy/container"
CONTAINERFILE = FOLDER / "Containerfile"
COMPOSE = sorted(FOLDER.glob("compose*.yaml"))
OF_COMPOSE = {"KASGATE_HOSTNAME", "KASPAD_IMAGE"}
"""Variables of the compose files alone."""
TOO_MANY_RIGHTS = ("privileged", "network_mode", "pid", "ipc", "userns_mode", "devices")


def instructions(text: str) -> list[tuple[str, str]]:
    """Name and value of each instruction, with continued lines joined."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    whole = "\n".join(lines).replace("\\\n", " ")
    return [(name, rest.strip()) for name, _, rest in (x.partition(" ") for x in whole.split("\n"))]


def settings_named() -> set[str]:
    return {setting.variable for setting in SETTINGS}


def compose(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(file.read_text())
    return found


def services() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (file.name, name, service)
        for file in COMPOSE
        for name, service in compose(file)["services"].items()
    ]


def test_the_image_runs_as_its_own_user_and_checks_its_health():
    text = CONTAINERFILE.read_text()
    final = instructions(text[text.rindex("\nFROM ") :])
    by_name = dict(final)
    assert by_name["USER"] == "10001:10001"
    assert by_name["STOPSIGNAL"] == "SIGTERM"
    assert by_name["HEALTHCHECK"].endswith('CMD ["kasgate", "health"]')
    assert (by_name["ENTRYPOINT"], by_name["CMD"]) == ('["kasgate"]', '["serve"]')
    assert by_name["VOLUME"] == '["/data", "/marks"]'
    # Nothing is fetched in the last stage.
    assert not re.search(r"pip|apt|curl|wget", " ".join(rest for _, rest in final))
    assert by_name["ARG"] == f"VERSION={__version__}"
    assert set(re.findall(r"KASGATE_\w+", text)) <= settings_named()


def test_the_lock_alone_says_what_is_installed():
    text = (FOLDER / "install.sh").read_text()
    (locked, own) = re.findall(r"^\$pip install (.*)$", text, re.MULTILINE)
    assert "--require-hashes --only-binary :all:" in locked
    assert "--no-deps --no-build-isolation" in own


def test_the_script_is_posix():
    shell = shutil.which("dash")
    if shell is None:
        pytest.skip("dash is not here: it is the shell of Debian")
    done = subprocess.run([shell, "-n", FOLDER / "install.sh"], timeout=60, check=False)
    assert done.returncode == 0


def test_everything_the_build_copies_is_in_its_context():
    ignored = (FOLDER / "Containerfile.dockerignore").read_text().splitlines()
    script = (FOLDER / "install.sh").read_text()
    (copied,) = re.findall(r"for part in (.*); do", script)
    sent = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    assert {*copied.split(), "requirements/runtime.txt", "deploy/container/install.sh"} == sent
    assert all((ROOT / part).exists() for part in sent)


@pytest.mark.parametrize(
    ("file", "name", "service"), services(), ids=lambda x: x if isinstance(x, str) else ""
)
def test_every_service_has_few_rights_and_a_bounded_log(file, name, service):
    assert service["cap_drop"] == ["ALL"], (file, name)
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    assert not service.keys() & set(TOO_MANY_RIGHTS)
    if name != "kaspad":  # Its image is not ours.
        assert service["read_only"] is True


@pytest.mark.parametrize("file", COMPOSE, ids=lambda file: file.name)
def test_the_gateway_of_a_compose_file(file):
    whole = compose(file)
    gateway = whole["services"]["kasgate"]
    assert gateway["environment"].keys() <= settings_named()
    assert set(re.findall(r"KAS\w+", file.read_text())) <= (settings_named() | OF_COMPOSE)
    assert gateway["volumes"] == ["data:/data", "marks:/marks"]
    assert {"data", "marks"} <= whole["volumes"].keys()
    assert float(gateway["stop_grace_period"].removesuffix("s")) > EXIT_SECONDS
    assert (file.parent / gateway["build"]["context"]).resolve() == ROOT
    assert (ROOT / gateway["build"]["dockerfile"]) == CONTAINERFILE
    # Once as the trusted address, once as that of the network or of Caddy.
    assert file.read_text().count(gateway["environment"]["KASGATE_TRUSTED_PROXIES"]) == 2
    assert all(
        mount.partition(":")[0] in whole["volumes"]
        for service in whole["services"].values()
        for mount in service["volumes"]
    )


@pytest.mark.parametrize("file", COMPOSE, ids=lambda file: file.name)
def test_compose_itself_understands_the_file(file, monkeypatch):
    docker = shutil.which("docker")
    if (
        docker is None
        or subprocess.run(
            [docker, "compose", "version"], capture_output=True, timeout=60, check=False
        ).returncode
    ):
        pytest.skip("docker compose is not here: install the plugin")
    for name in (*OF_COMPOSE, "KASGATE_BASE_URL"):
        monkeypatch.setenv(name, "https://x.example" if "URL" in name else "x.example")
    command = [docker, "compose", "-f", str(file), "config", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
