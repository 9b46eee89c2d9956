"""Runs the steps of the container file in a Debian root made by debootstrap, without an engine.

make test-deploy                          make the root first (network, a minute)
make test-deploy ARGS="--root DIR"        start from a copy of this root

`install.sh` makes the environment, as in the build. Then the gateway runs as the container's user
without capabilities, on a root that is mounted read-only, with a tmpfs at /tmp and the two volumes.
It follows a simulated network, takes a payment, answers its health check and ends by the stop
signal. Mirror and settings of pip are those of this machine.

Exit codes: 0 all went well; 1 something did not; 2 this machine can't try it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

if __package__ in {None, ""}:  # Run as a script.
    sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.vectors import vectors

ROOT: Final = Path(__file__).parents[1]
CONTAINERFILE: Final = ROOT / "deploy/container/Containerfile"
RELEASE: Final = "bookworm"
UID: Final = 10001
PATIENCE_S: Final = 30.0
STOP_S: Final = 15.0
PAUSE_S: Final = 0.1
MINUTES_S: Final = 900.0
_OF_THIS_MACHINE: Final = (
    "/etc/resolv.conf",
    "/etc/pip.conf",
    "/etc/ssl/certs/ca-certificates.crt",
)
_TOOLS: Final = ("debootstrap", "chroot", "unshare", "setpriv", "mount")
_CONFINED: Final = """
set -eu
root=$1; shift
mount --bind "$root" "$root"
for volume in data marks; do mount --bind "$root/../$volume" "$root/$volume"; done
mount -t proc proc "$root/proc"
mount -t tmpfs -o size=64m,mode=1777,noexec,nosuid,nodev tmpfs "$root/tmp"
mount -o remount,bind,ro "$root"
exec chroot "$root" setpriv --reuid=10001 --regid=10001 --clear-groups --bounding-set=-all \
    --inh-caps=-all --no-new-privs "$@"
"""


class TrialError(Exception):
    """A step went wrong. The message says which."""


def mirror() -> str:
    """The Debian mirror of this machine, from its apt sources. Raises TrialError."""
    folder = Path("/etc/apt")
    for file in (*folder.glob("sources.list.d/*"), folder / "sources.list"):
        if file.is_file():
            found = re.search(r"https?://\S+/debian/?(?=\s)", file.read_text())
            if found is not None:
                return found.group()
    raise TrialError("No Debian mirror in /etc/apt: name a root with --root.")


def run(*command: str | Path) -> str:
    """The output of a command that ends. Raises TrialError with its last lines."""
    done = subprocess.run(  # noqa: S603 - commands of this file
        list(map(str, command)),
        capture_output=True,
        text=True,
        timeout=MINUTES_S,
        check=False,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    )
    if done.returncode != 0:
        last = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise TrialError(f"{' '.join(map(str, command))[:200]}\n{last}")
    return done.stdout


def files_of_the_context() -> list[str]:
    """The parts of the checkout that Containerfile.dockerignore lets into the build."""
    lines = CONTAINERFILE.with_name("Containerfile.dockerignore").read_text().splitlines()
    return [line.removeprefix("!") for line in lines if line.startswith("!")]


def copy_from_this_machine(root: Path) -> None:
    """Give a root this machine's name servers, settings of pip and certificates."""
    for file in map(Path, _OF_THIS_MACHINE):
        if file.is_file():
            inside = root / file.relative_to("/")
            inside.parent.mkdir(parents=True, exist_ok=True)
            inside.unlink(missing_ok=True)
            shutil.copy(file, inside)


def bare_root(work: Path, given: Path | None, *packages: str) -> Path:
    """A Debian root with these packages, from a copy or made by debootstrap."""
    root = work / "root"
    if given is not None:
        run("cp", "-a", given, root)
    else:
        run("debootstrap", "--variant=minbase", RELEASE, root, mirror())
    copy_from_this_machine(root)
    run("chroot", root, "apt-get", "update", "-q")
    if packages:
        run("chroot", root, "apt-get", "install", "-qy", "--no-install-recommends", *packages)
        copy_from_this_machine(root)  # The package of certificates makes its own list.
    return root


def make_root(work: Path, given: Path | None) -> Path:
    """A Debian root with Python, the sources in /src, and the volumes beside it."""
    root = bare_root(work, given, "python3", "python3-venv")
    for part in files_of_the_context():
        source, copy = ROOT / part, root / "src" / part
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy)
    for volume in ("data", "marks"):
        (root / volume).mkdir()
        (work / volume).mkdir(mode=0o700)
        os.chown(work / volume, UID, UID)
    return root


def environment() -> dict[str, str]:
    """The variables of the container file, and those of the trial."""
    text = re.search(r"^ENV ((?:.*\\\n)*.*)", CONTAINERFILE.read_text(), re.MULTILINE)
    if text is None:
        raise TrialError("The container file has no ENV.")
    pairs = (word.split("=", 1) for word in text.group(1).replace("\\\n", " ").split())
    return dict(pairs) | {
        "PATH": "/opt/kasgate/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/data",
        "KASGATE_NETWORK": "simnet",
        "KASGATE_REGISTRATION": "open",
    }


@contextmanager
def confined(
    root: Path, environ: dict[str, str], *arguments: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A command in the root, restricted like the container; killed at the end if it still runs."""
    command = ["unshare", "--mount", "sh", "-c", _CONFINED, "sh", str(root)]
    process = subprocess.Popen([*command, *arguments], env=environ)  # noqa: S603 - of this file
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def ask(method: str, url: str, body: object = None, key: str = "") -> Any:  # noqa: ANN401 - JSON
    """An answer of the gateway as JSON. Raises OSError while it does not answer."""
    headers = {"Content-Type": "application/json", **({"X-API-Key": key} if key else {})}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310
        return json.load(answer)


def wait_for(what: str, url: str, field: str, wanted: object) -> None:
    """Ask until the answer has this field. Raises TrialError."""
    deadline = time.monotonic() + PATIENCE_S
    found: object = None
    while time.monotonic() < deadline:
        try:
            found = ask("GET", url)
        except OSError as error:
            found = error
        if isinstance(found, dict) and found.get(field) == wanted:
            return
        time.sleep(PAUSE_S)
    raise TrialError(f"{what}: {found}")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def once(root: Path, environ: dict[str, str], *arguments: str) -> int:
    """The exit code of a command in the root."""
    with confined(root, environ, *arguments) as process:
        return process.wait(PATIENCE_S)


def take_a_payment(root: Path) -> None:
    """Start network and gateway, pay, check the health and stop. Raises TrialError."""
    node, control, port = free_port(), free_port(), free_port()
    environ = environment() | {
        "KASGATE_PORT": str(port),
        "KASGATE_NODES": f"ws://127.0.0.1:{node}",
        "KASGATE_SIMNET_CONTROL": f"127.0.0.1:{control}",
    }
    url = f"http://127.0.0.1:{port}"
    with ExitStack() as stack:
        stack.enter_context(
            confined(root, environ, "kasgate", "simnet", "--wrpc-json", f"127.0.0.1:{node}")
        )
        gateway = stack.enter_context(confined(root, environ, "kasgate", "serve"))
        wait_for("ready", f"{url}/health/ready", "ready", True)
        body = {"name": "Trial", "xpub": vectors("kpubs")[0]["kpub"]}
        merchant = ask("POST", f"{url}/api/v1/merchants", body)
        session = ask("POST", f"{url}/api/v1/sessions", {"amount": "10"}, merchant["apiKey"])
        if once(root, environ, "touch", "/tmp/x") != 0:  # noqa: S108 - the container's
            raise TrialError("the tmpfs can't be written")
        if once(root, environ, "touch", "/opt/kasgate/x") == 0:
            raise TrialError("the root can be written")
        if once(root, environ, "kasgate", "simnet", "pay", session["address"], "10") != 0:
            raise TrialError("kasgate simnet pay failed")
        wait_for("paid", f"{url}/api/v1/sessions/{session['id']}/status", "status", "confirmed")
        if once(root, environ, "kasgate", "health") != 0:
            raise TrialError("the health check failed")
        gateway.send_signal(signal.SIGTERM)
        if gateway.wait(STOP_S) != 0:
            raise TrialError(f"the gateway ended with {gateway.returncode}")
    if once(root, environ, "kasgate", "health") != 1:
        raise TrialError("the health check does not notice that the gateway has ended")
    for file in ("data/kasgate.db", "data/kasgate.key", "marks/addresses.marks"):
        if not (root.parent / file).is_file():
            raise TrialError(f"{file} is not in its volume")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--root", type=Path, help="a root made by debootstrap, which is copied")
    given = parser.parse_args().root
    missing = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if os.geteuid() != 0 or missing:
        print(f"needs root and {', '.join(missing or _TOOLS)}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="kasgate-container-") as name:
        os.chmod(name, 0o755)  # noqa: S103 - the container's user has to enter it
        try:
            begun = time.monotonic()
            root = make_root(Path(name), given)
            print(f"root with Python: {time.monotonic() - begun:.0f} s")
            begun = time.monotonic()
            run("chroot", root, "sh", "/src/deploy/container/install.sh", "/src", "/opt/kasgate")
            print(f"install.sh: {time.monotonic() - begun:.0f} s")
            begun = time.monotonic()
            take_a_payment(root)
            print(f"a payment on a read-only root, and the end: {time.monotonic() - begun:.0f} s")
        except (TrialError, OSError, subprocess.TimeoutExpired) as error:
            print(f"failed: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
