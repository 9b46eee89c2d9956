"""Builds the Debian package of this checkout for the release of Debian that it runs on.

python tools/build_deb.py [--out dist] [--version 0.1.0]

The package has a whole virtual environment in /usr/lib/kasgate, made from the lock with this
machine's own /usr/bin/python3. So dpkg owns and can verify every file, and nothing is installed or
run from the network on the target. The price: a package serves one version of Python and one
architecture, and depends on exactly these. Prints the path of the package.

Exit codes: 0 done; 1 a step failed; 2 this machine can't build it.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
FILES: Final = ROOT / "deploy/debian"
INSTALL: Final = ROOT / "deploy/container/install.sh"
PYTHON: Final = Path("/usr/bin/python3")
HOME: Final = Path("usr/lib/kasgate")
_PROGRAM: Final = """\
#!/usr/lib/kasgate/bin/python
import sys

from kasgate.cli import main

sys.exit(main())
"""
_CONTROL: Final = """\
Package: kasgate
Version: {version}
Architecture: {architecture}
Maintainer: The KasGate authors <kasgate@localhost>
Installed-Size: {size}
Depends: adduser, ca-certificates, python3 (>= {python}), python3 (<< {next_python}), {libc}
Recommends: systemd
Section: net
Priority: optional
Description: self-hosted, watch-only payment gateway for Kaspa
 KasGate creates payments, watches the Kaspa network through a node, and calls
 the shop's webhooks. It never holds a private key.
"""
_COPYRIGHT: Final = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: KasGate

Files: *
Copyright: The KasGate authors
License: MIT
Comment: The packages in /usr/lib/kasgate/lib have their licenses beside them, in *.dist-info.

"""


class BuildError(Exception):
    """A step failed. The message says which."""


def run(*command: str | Path) -> str:
    """The output of a command. Raises BuildError with its last lines."""
    words = list(map(str, command))
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode != 0:
        last = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise BuildError(f"{' '.join(words)}\n{last}")
    return done.stdout.strip()


def release_suffix() -> str:
    """What ends the version: packages of newer releases of Debian are newer."""
    found = platform.freedesktop_os_release()
    return f"~{found['ID'].replace('debian', 'deb')}{found.get('VERSION_ID', '0')}"


def make_environment(stage: Path) -> None:
    """The virtual environment, with no trace of the place where it was made."""
    home = stage / HOME
    home.parent.mkdir(parents=True)
    run("sh", INSTALL, ROOT, home, PYTHON)
    for program in (home / "bin").iterdir():
        if not program.name.startswith("python"):
            program.unlink()
    config = home / "pyvenv.cfg"
    lines = [line for line in config.read_text().splitlines() if not line.startswith("command")]
    config.write_text("\n".join(lines) + "\n")
    # Compiled again, because tracebacks show the path that is inside.
    for cache in sorted(home.rglob("__pycache__")):
        shutil.rmtree(cache)
    for record in home.rglob("*.dist-info/direct_url.json"):
        record.unlink()
    library = next((home / "lib").iterdir())
    arguments = ("-q", "--invalidation-mode", "unchecked-hash", "-s", stage, "-p", "/")
    run(PYTHON, "-m", "compileall", *arguments, library)


def place(stage: Path, text: str, path: str, mode: int = 0o644) -> None:
    """Write a file of the package."""
    file = stage / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(mode)


def fill(stage: Path, full_version: str) -> None:
    """Everything that is in the package."""
    make_environment(stage)
    place(stage, _PROGRAM, "usr/bin/kasgate", 0o755)
    unit = (ROOT / "deploy/systemd/kasgate.service").read_text()
    place(stage, unit, "lib/systemd/system/kasgate.service")
    example = (FILES / "kasgate.toml.example").read_text()
    place(stage, example, "usr/share/doc/kasgate/examples/kasgate.toml")
    license_text = (ROOT / "LICENSE").read_text()
    place(stage, _COPYRIGHT + license_text, "usr/share/doc/kasgate/copyright")
    (stage / "etc/kasgate").mkdir(parents=True)
    for script in ("postinst", "prerm", "postrm"):
        place(stage, (FILES / script).read_text(), f"DEBIAN/{script}", 0o755)
    for folder, _, _ in os.walk(stage):
        Path(folder).chmod(0o755)
    minor = re.fullmatch(r"Python 3\.(\d+)\..*", run(PYTHON, "--version"))
    if minor is None:
        raise BuildError(f"{PYTHON} has an unknown version")
    control = _CONTROL.format(
        version=full_version,
        architecture=run("dpkg", "--print-architecture"),
        size=run("du", "-sk", stage).split()[0],
        python=f"3.{minor.group(1)}",
        next_python=f"3.{int(minor.group(1)) + 1}~",
        libc="libc6, libgcc-s1",
    )
    place(stage, control, "DEBIAN/control")


def version() -> str:
    """The version of this checkout."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return str(project["version"])


def build(out: Path, of_package: str) -> Path:
    """Build the package into a folder. Raises BuildError."""
    full = of_package + release_suffix()
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="kasgate-deb-") as name:
        stage = Path(name) / "stage"
        fill(stage, full)
        return Path(run("dpkg-deb", "--root-owner-group", "--build", stage, out).split("'")[-2])


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    parser.add_argument("--version", default=version(), help="of the package alone")
    arguments = parser.parse_args()
    if shutil.which("dpkg-deb") is None or not PYTHON.exists():
        print(f"needs dpkg-deb and {PYTHON} (apt install dpkg python3-venv)", file=sys.stderr)
        return 2
    try:
        print(build(arguments.out, arguments.version))
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
