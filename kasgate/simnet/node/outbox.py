"""The bounded queue of frames that a connection still has to send."""

import math
from collections import deque
from typing import Final

import trio

MAX_FRAMES: Final = 100_000
MAX_BYTES: Final = 256 * 1024 * 1024


class OutboxFullError(Exception):
    """The reader is too slow; its connection has to be closed."""


class Outbox:
    """Frames in the order in which they came, except that answers may overtake delayed ones.

    At MAX_FRAMES or MAX_BYTES (of characters) ``put`` raises and the connection is closed: a slow
    reader must neither stop the others nor use unbounded memory.
    """

    def __init__(self, *, max_frames: int = MAX_FRAMES, max_bytes: int = MAX_BYTES) -> None:
        self._max_frames = max_frames
        self._max_bytes = max_bytes
        self._answers: deque[tuple[int, str]] = deque()
        self._notifications: deque[tuple[int, float, str]] = deque()
        self._bytes = 0
        self._sequence = 0
        self._filled = trio.Event()

    def __len__(self) -> int:
        return len(self._answers) + len(self._notifications)

    def put_answer(self, frame: str) -> None:
        """Send this after the frames before it. Raises OutboxFullError."""
        self._count(frame)
        self._answers.append((self._sequence, frame))
        self._filled.set()

    def put_notification(self, frame: str, due: float) -> None:
        """Send this not before a time by Trio's clock. Raises OutboxFullError."""
        self._count(frame)
        self._notifications.append((self._sequence, due, frame))
        self._filled.set()

    def _count(self, frame: str) -> None:
        if len(self) >= self._max_frames or self._bytes + len(frame) > self._max_bytes:
            raise OutboxFullError
        self._bytes += len(frame)
        self._sequence += 1

    async def get(self) -> str:
        """The next frame; waits for one. A cancelled wait loses nothing."""
        await trio.lowlevel.checkpoint()
        while True:
            frame = self._next(trio.current_time())
            if frame is not None:
                return frame
            due = self._notifications[0][1] if self._notifications else math.inf
            self._filled = trio.Event()
            with trio.move_on_at(due):
                await self._filled.wait()

    def _next(self, now: float) -> str | None:
        due = bool(self._notifications) and self._notifications[0][1] <= now
        if due and (not self._answers or self._notifications[0][0] < self._answers[0][0]):
            frame = self._notifications.popleft()[2]
        elif self._answers:
            frame = self._answers.popleft()[1]
        else:
            return None
        self._bytes -= len(frame)
        return frame
