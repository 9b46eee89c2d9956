"""`kasgate setup` in a terminal of 80 columns, with a person who reads and types."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[3]
TIMEOUT_S = 60.0
COLUMNS = 80


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a new user, without settings."""
    clean = {name: text for name, text in os.environ.items() if not name.startswith("KASGATE_")}
    return {
        **clean,
        "PYTHONPATH": str(ROOT),
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local" / "share"),
        "TERM": "dumb",
        "NO_COLOR": "1",
        **more,
    }


AS_A_USER = """\
import sys
import kasgate.settings.place as place
place.is_root = lambda: False
from kasgate.cli import main
sys.exit(main(sys.argv[1:]))
"""
"""The command of a user who is not root. As root, a test would use this machine's own file."""


class Terminal:
    """A process with a terminal."""

    def __init__(self, process: subprocess.Popen[bytes], controller: int) -> None:
        self.process = process
        self._controller = controller
        self.shown = ""
        """All output, as a person reads it."""
        self._read = 0

    def see(self, text: str) -> str:
        """Wait until the text is shown. Returns what was shown since the last one."""
        deadline = time.monotonic() + TIMEOUT_S
        while (at := self.shown.find(text, self._read)) < 0:
            more = self._more(deadline)
            assert more is not None, f"no {text!r} in: {self.shown[self._read :]}"
            self.shown += more
        before, self._read = self.shown[self._read : at], at + len(text)
        return before

    def type(self, text: str = "", *, end: str = "\n") -> None:
        """Type a line."""
        os.write(self._controller, (text + end).encode())

    def answer(self, prompt: str, text: str = "") -> str:
        """Wait for a prompt, and type a line. Returns what was shown before the prompt."""
        before = self.see(prompt)
        self.see(": ")
        self.type(text)
        return before

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self.type(end="\x03")

    def exit_code(self) -> int:
        """Wait for the end."""
        deadline = time.monotonic() + TIMEOUT_S
        while (more := self._more(deadline)) is not None:
            self.shown += more
        return self.process.wait(TIMEOUT_S)

    def _more(self, deadline: float) -> str | None:
        """More output; None at its end."""
        ready, _, _ = select.select([self._controller], [], [], deadline - time.monotonic())
        assert ready, f"no more output after: {self.shown[self._read :]}"
        try:
            found = os.read(self._controller, 65_536)
        except OSError:  # Linux's end of a terminal.
            return None
        return found.decode(errors="replace").replace("\r\n", "\n") if found else None


@contextmanager
def terminal(*arguments: str, environ: Mapping[str, str], script: str = "") -> Iterator[Terminal]:
    """A `kasgate` command in a terminal, killed at the end of the block if it still runs.
    ``script`` replaces the command."""
    controller, own = pty.openpty()
    fcntl.ioctl(own, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
    process = subprocess.Popen(
        [sys.executable, *(("-c", script) if script else ("-m", "kasgate")), *arguments],
        stdin=own,
        stdout=own,
        stderr=own,
        env=dict(environ),
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no threads here
    )
    os.close(own)
    try:
        yield Terminal(process, controller)
    finally:
        process.kill()
        process.wait(TIMEOUT_S)
        os.close(controller)
