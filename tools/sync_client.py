"""Generates kasgate/client/sync.py from kasgate/client/asynchronous.py.

python tools/sync_client.py            write it
python tools/sync_client.py --check    exit 1 if the one in the tree differs
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import unasync

ROOT: Final = Path(__file__).parents[1]
SOURCE: Final = ROOT / "kasgate" / "client" / "asynchronous.py"
RESULT: Final = ROOT / "kasgate" / "client" / "sync.py"
REPLACEMENTS: Final = {
    "AsyncClient": "Client",
    "AsyncKasGate": "KasGate",
    "aclose": "close",
    "anyio": "time",
}
DOCSTRING: Final = re.compile(r'\A""".*?"""', re.DOTALL)
HEAD: Final = '''"""The client for ordinary code: every call waits for its answer.

Generated from ``asynchronous.py`` by ``make client``: change that one.
"""'''


def made() -> str:
    """The text of the synchronous client, formatted."""
    text = DOCSTRING.sub(lambda _: HEAD, SOURCE.read_text("utf-8"), count=1)
    with tempfile.TemporaryDirectory() as folder:
        asynchronous = Path(folder) / "asynchronous" / RESULT.name
        asynchronous.parent.mkdir()
        asynchronous.write_text(text, "utf-8")
        rule = unasync.Rule("/asynchronous/", "/synchronous/", REPLACEMENTS)
        unasync.unasync_files([str(asynchronous)], [rule])
        synchronous = Path(folder) / "synchronous" / RESULT.name
        for command in (["check", "--fix", "--unsafe-fixes", "--quiet"], ["format", "--quiet"]):
            ruff = [str(Path(sys.executable).with_name("ruff")), *command]
            config = ["--config", str(ROOT / "pyproject.toml"), str(synchronous)]
            subprocess.run([*ruff, *config], check=True)  # noqa: S603 - our own command
        return synchronous.read_text("utf-8")


def main() -> int:
    """Write or compare the file; the exit code."""
    fresh = made()
    if "--check" not in sys.argv[1:]:
        RESULT.write_text(fresh, "utf-8")
        return 0
    if fresh == RESULT.read_text("utf-8"):
        return 0
    print("kasgate/client/sync.py is not what its source makes: run `make client`", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
