"""Installs, uses, upgrades, removes and purges the Debian package in a root made by debootstrap.

make test-deploy runs this; alone: python tools/try_deb.py [--root DIR]. It needs root and a machine
of the same release of Debian as the root, on which it builds the package twice, once with a lower
version. There is no systemd in such a root: the unit is not started, and the scripts of the package
skip what they would ask of systemd.

Exit codes: 0 all went well; 1 something did not; 2 this machine can't try it.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

if __package__ in {None, ""}:  # Run as a script.
    sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.vectors import vectors
from tools import build_deb
from tools.try_container import (
    PATIENCE_S,
    PAUSE_S,
    STOP_S,
    TrialError,
    ask,
    bare_root,
    free_port,
    run,
    wait_for,
)

OLDER: Final = "0.0.9"
CONFIG: Final = "etc/kasgate/kasgate.toml"
DATA: Final = "var/lib/kasgate"
PRIVATE: Final = 0o700
_AS_KASGATE: Final = ("setpriv", "--reuid=kasgate", "--regid=kasgate", "--clear-groups")
_ENVIRON: Final = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "KASGATE_DATA_DIR": "/var/lib/kasgate",
    "KASGATE_CONFIG": f"/{CONFIG}",
}
"""As in the unit."""


@contextmanager
def running(root: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """`kasgate` as the package's user; killed at the end if it still runs."""
    command = ["chroot", str(root), *_AS_KASGATE, "kasgate", *arguments]
    process = subprocess.Popen(command, env=_ENVIRON)  # noqa: S603 - of this file
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def install(root: Path, package: Path) -> None:
    """Install a package, or upgrade to it."""
    shutil.copy(package, root / "root")
    options = ("-qy", "--no-install-recommends")
    run("chroot", root, "apt-get", "install", *options, f"/root/{package.name}")


def facts(root: Path, *paths: str) -> dict[str, tuple[int, int, bytes]]:
    """Owner, mode and content of these files, to compare."""
    found = {}
    for path in paths:
        status = (root / path).stat()
        found[path] = (status.st_uid, status.st_mode & 0o777, (root / path).read_bytes())
    return found


def set_up(root: Path, node: int, control: int, port: int) -> str:
    """`kasgate setup` as root. The merchant's API key."""
    (root / "root/kpub").write_text(vectors("kpubs")[0]["kpub"] + "\n")
    options = [
        *("--network", "simnet", "--node", f"ws://127.0.0.1:{node}", "--port", str(port)),
        *("--merchant-name", "Trial", "--xpub", "/root/kpub"),
        *("--data-dir", f"/{DATA}", "--simnet-control", f"127.0.0.1:{control}"),
    ]
    out = run("chroot", root, "kasgate", "setup", "--yes", *options)
    status = (root / CONFIG).stat()
    owner = (root / DATA).stat().st_uid
    if (status.st_uid, status.st_mode & 0o777) != (owner, 0o600) or owner == 0:
        raise TrialError(f"{CONFIG} has owner {status.st_uid} and mode {status.st_mode:o}")
    found = re.search(r"kg_live_\S+", out)
    if found is None:
        raise TrialError("kasgate setup shows no API key")
    return found.group()


def sell(root: Path, control: int, port: int, key: str) -> None:
    """Start the gateway, take a payment, and stop it. Raises TrialError."""
    url = f"http://127.0.0.1:{port}"
    with running(root, "serve") as gateway:
        wait_for("ready", f"{url}/health/ready", "ready", True)
        session = ask("POST", f"{url}/api/v1/sessions", {"amount": "10"}, key)
        pay = ("simnet", "--control", f"127.0.0.1:{control}", "pay", session["address"], "10")
        with running(root, *pay) as pays:
            if pays.wait(STOP_S) != 0:
                raise TrialError("kasgate simnet pay failed")
        wait_for("paid", f"{url}/api/v1/sessions/{session['id']}/status", "status", "confirmed")
        gateway.send_signal(signal.SIGTERM)
        if gateway.wait(STOP_S) != 0:
            raise TrialError(f"the gateway ended with {gateway.returncode}")


def live(root: Path, older: Path, newer: Path) -> None:
    """The life of an installation. Raises TrialError where it is not as the page says."""
    install(root, older)
    if (root / CONFIG).exists() or (root / DATA).stat().st_mode & 0o777 != PRIVATE:
        raise TrialError("a new installation has settings, or its data is open to others")
    node, control, port = free_port(), free_port(), free_port()
    ports = ("--wrpc-json", f"127.0.0.1:{node}", "--control", f"127.0.0.1:{control}")
    with running(root, "simnet", *ports) as network:
        wait_until_listening(node, network)
        key = set_up(root, node, control, port)
        sell(root, control, port, key)
        kept = (CONFIG, f"{DATA}/kasgate.key", f"{DATA}/kasgate.db")
        before = facts(root, *kept)
        install(root, newer)
        if run("chroot", root, "dpkg", "-V", "kasgate").strip():
            raise TrialError("dpkg finds changed files")
        if facts(root, *kept) != before:
            raise TrialError("the upgrade changed settings or data")
        sell(root, control, port, key)
    after = facts(root, *kept)
    run("chroot", root, "apt-get", "remove", "-qy", "kasgate")
    if facts(root, *kept) != after or (root / build_deb.HOME).exists():
        raise TrialError("remove took data, or left the program")
    said = run("chroot", root, "apt-get", "purge", "-qy", "kasgate")
    if (root / CONFIG).parent.exists() or facts(root, *kept[1:]).keys() != set(kept[1:]):
        raise TrialError("purge left the settings, or took data")
    if f"stay in /{DATA}" not in said:
        raise TrialError("purge does not name the place of the data")


def wait_until_listening(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait for a server of the root. Raises TrialError."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(PAUSE_S)
        else:
            return
    raise TrialError("the simulated network does not listen")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--root", type=Path, help="a root made by debootstrap, which is copied")
    given = parser.parse_args().root
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        print("needs root and debootstrap", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="kasgate-deb-trial-") as name:
        try:
            work = Path(name)
            begun = time.monotonic()
            older = build_deb.build(work, OLDER)
            newer = build_deb.build(work, build_deb.version())
            print(f"two packages built: {time.monotonic() - begun:.0f} s")
            root = bare_root(work, given)
            begun = time.monotonic()
            live(root, older, newer)
            print(f"installed, sold, upgraded, sold, purged: {time.monotonic() - begun:.0f} s")
        except (TrialError, build_deb.BuildError, OSError, subprocess.TimeoutExpired) as error:
            print(f"failed: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
