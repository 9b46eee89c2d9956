"""Writes lines to a stream without ever blocking the caller.

A pipe without a reader, a terminal under Ctrl-S and a hanging disk may block a write for any time.
So a thread writes the lines, from a bounded queue. Lines that do not fit, and lines that the stream
refuses, are dropped and counted. The count is written in their place as soon as the stream accepts
data again.
"""

from __future__ import annotations

import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable
from math import inf
from typing import Final

from attrs import define, frozen

MOST_LINES: Final = 10_000
MOST_CHARACTERS: Final = 2 * 1024 * 1024
"""The bounds of the queue; a line beyond either of them is dropped."""
_BATCH_CHARACTERS: Final = 64 * 1024


@frozen
class LineCounts:
    """Counts of lines by outcome."""

    dropped: int
    """Since the process started."""
    waiting: int
    """Queued, or being written now."""
    is_failing: bool
    """Whether lines are being lost now: the stream refused the last ones, or the queue is full."""


@define
class _Gap:
    """The place of lines that did not fit into the queue."""

    lines: int


class LineWriter:
    """Writes lines to a file descriptor in order, in a thread of its own.

    ``put`` and ``counts`` may be called from any thread. The thread starts with the first line and
    is a daemon, so a blocked stream does not keep the process alive.
    """

    def __init__(
        self,
        descriptor: int | None,
        *,
        told: Callable[[int], str],
        encoding: str = "utf-8",
        most_lines: int = MOST_LINES,
        most_characters: int = MOST_CHARACTERS,
    ) -> None:
        """Lines go to a duplicate of ``descriptor``; with None all of them are dropped. ``told``
        returns the line that reports so many dropped lines."""
        self._descriptor = None if descriptor is None else os.dup(descriptor)
        self._told = told
        self._encoding = encoding
        self._most_lines = most_lines
        self._most_characters = most_characters
        self._queue: deque[str | _Gap] = deque()
        self._lines = self._characters = 0
        self._in_hand = 0
        """Lines that the thread has taken from the queue and not written yet."""
        self._dropped = self._refused = 0
        self._is_failing = descriptor is None
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._later: Callable[[], float] | None = None
        self._closed = False

    def put(self, line: str) -> None:
        """Queue a line, without its line break. Never waits and never raises."""
        with self._changed:
            if self._descriptor is None or self._closed:
                self._dropped += 1
            elif self._lines >= self._most_lines or self._characters >= self._most_characters:
                self._dropped += 1
                self._is_failing = True
                self._widen_gap()
            else:
                self._queue.append(line)
                self._lines += 1
                self._characters += len(line)
                self._begin()
                self._changed.notify_all()

    def _widen_gap(self) -> None:
        last = self._queue[-1]
        if isinstance(last, _Gap):
            last.lines += 1
        else:
            self._queue.append(_Gap(1))

    def counts(self) -> LineCounts:
        """The current counts."""
        with self._changed:
            return LineCounts(self._dropped, self._lines + self._in_hand, self._is_failing)

    def call_later(self, call: Callable[[], float]) -> None:
        """Let the thread call this at once, and again whenever the time that it last returned has
        come, in seconds of ``time.monotonic``; ``inf`` means after the next line."""
        self._later = call

    def flush(self, within_s: float) -> bool:
        """Wait until everything queued is written or refused; False if that takes longer."""
        until = time.monotonic() + within_s
        with self._changed:
            while self._lines or self._in_hand:
                left = until - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(left)
        return True

    def close(self, within_s: float) -> None:
        """Flush, accept nothing more, and close the descriptor unless the thread is blocked."""
        is_done = self.flush(within_s)
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if is_done and self._thread is not None:
            self._thread.join(within_s)
        if self._descriptor is not None and (self._thread is None or not self._thread.is_alive()):
            os.close(self._descriptor)
            self._descriptor = None

    def _begin(self) -> None:
        if self._thread is not None:
            return
        thread = threading.Thread(target=self._run, name="log", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # No thread available now; the next line retries.
            return
        self._thread = thread

    def _run(self) -> None:
        while True:
            due = inf if self._later is None else self._later()
            with self._changed:
                self._in_hand = 0
                self._changed.notify_all()
                if not self._queue and not self._closed:
                    left = due - time.monotonic()
                    if left > 0:
                        self._changed.wait(None if left == inf else left)
                if self._closed and not self._queue:
                    return
                batch, lost = self._take_batch()
            if batch:
                self._write_batch(batch, lost)

    def _take_batch(self) -> tuple[list[str], int]:
        """Some lines, with reports of dropped ones in their places, and the number of lines that
        the batch stands for, dropped ones included."""
        lines = [self._told(self._refused)] if self._refused and self._queue else []
        stands_for, characters = 0, 0
        while self._queue and characters < _BATCH_CHARACTERS:
            item = self._queue.popleft()
            if isinstance(item, _Gap):
                lines.append(self._told(item.lines))
                self._is_failing = False
                stands_for += item.lines
            else:
                lines.append(item)
                self._lines -= 1
                self._in_hand += 1
                self._characters -= len(item)
                characters += len(item)
                stands_for += 1
        return lines, stands_for

    def _write_batch(self, lines: list[str], stands_for: int) -> None:
        text = "".join(f"{line}\n" for line in lines)
        try:
            _write_all(self._descriptor, text.encode(self._encoding, "backslashreplace"))
        except OSError:
            with self._changed:
                self._dropped += self._in_hand
                self._refused += stands_for
                self._is_failing = True
        else:
            with self._changed:
                self._refused = 0
                if self._queue_has_room():
                    self._is_failing = False

    def _queue_has_room(self) -> bool:
        return self._lines < self._most_lines and self._characters < self._most_characters


def _write_all(descriptor: int | None, data: bytes) -> None:
    """Write all of it, however long that takes. Raises OSError."""
    if descriptor is None:
        return
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(descriptor, view) :]
        except BlockingIOError:
            # The creator of the pipe made it non-blocking, but this thread may wait.
            writable = select.poll()
            writable.register(descriptor, select.POLLOUT)
            writable.poll()
