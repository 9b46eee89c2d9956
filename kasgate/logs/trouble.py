"""A lasting failure, logged when it begins and when it ends, not at each attempt in between."""

from __future__ import annotations

from collections.abc import Callable

import structlog


class Trouble:
    """One kind of failure. ``fails`` and ``works`` are called with the result of each attempt."""

    def __init__(self, began: str, over: str, now: Callable[[], float]) -> None:
        """``began`` and ``over`` are the logged events; ``now`` returns seconds of a monotonic
        clock."""
        self._began = began
        self._over = over
        self._now = now
        self._since: float | None = None
        self._failures = 0

    def fails(self, failures: int = 1, **facts: object) -> None:
        """Count so many failures. ``facts`` give the reason, in the first line."""
        if self._since is None:
            self._since = self._now()
            structlog.get_logger().warning(self._began, **facts)
        self._failures += failures

    def works(self, **facts: object) -> None:
        """Note a success. After failures, log how long they lasted and how many there were."""
        if self._since is None:
            return
        lasted, failed = round(self._now() - self._since, 1), self._failures
        self._since, self._failures = None, 0
        structlog.get_logger().info(self._over, seconds=lasted, failed=failed, **facts)
