"""Commands as processes of their own."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

TIMEOUT_S = 60.0


class Command:
    """A running `kasgate` command, or a Python script. A test can wait for lines of its output."""

    def __init__(self, *arguments: str, environ: Mapping[str, str], script: str = "") -> None:
        clean = {name: text for name, text in os.environ.items() if not name.startswith("KASGATE_")}
        clean["KASGATE_CONFIG"] = "off"  # Not the settings file of this machine.
        self.process = subprocess.Popen(
            [sys.executable, *(("-c", script) if script else ("-m", "kasgate")), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**clean, **environ},
        )
        self.out: list[str] = []
        self.err: list[str] = []
        self._news: queue.Queue[None] = queue.Queue()
        for stream, lines in ((self.process.stdout, self.out), (self.process.stderr, self.err)):
            threading.Thread(target=self._read, args=(stream, lines), daemon=True).start()

    def _read(self, stream: Iterator[str], lines: list[str]) -> None:
        for line in stream:
            lines.append(line.rstrip("\n"))
            self._news.put(None)

    def line(self, start: str) -> str:
        """Wait for the first line of standard output that starts with this. Returns the rest of the
        line."""
        return self._wait_for(self.out, start, at_start=True).removeprefix(start)

    def logged_out(self, part: str) -> str:
        """Wait for the first line of standard output that contains this."""
        return self._wait_for(self.out, part, at_start=False)

    def logged(self, part: str) -> str:
        """Wait for the first line of standard error that contains this."""
        return self._wait_for(self.err, part, at_start=False)

    def _wait_for(self, lines: list[str], part: str, *, at_start: bool) -> str:
        while True:
            for line in list(lines):
                if line.startswith(part) if at_start else part in line:
                    return line
            try:
                self._news.get(timeout=TIMEOUT_S)
            except queue.Empty:
                raise AssertionError(f"no {part!r} in {self.out} and {self.err}") from None

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def exit_code(self) -> int:
        """Wait for the process to end."""
        return self.process.wait(TIMEOUT_S)


@contextmanager
def running(
    *arguments: str, environ: Mapping[str, str] = {}, script: str = ""
) -> Iterator[Command]:
    """A command, killed at the end of the block if it still runs."""
    command = Command(*arguments, environ=environ, script=script)
    try:
        yield command
    finally:
        command.process.kill()
        command.process.wait(TIMEOUT_S)
