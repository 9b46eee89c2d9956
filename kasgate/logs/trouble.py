"""A condition that lasts, logged when it begins and when it is over, not at each try meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import structlog


class Trouble:
    """One kind of trouble. ``fails`` and ``works`` are called with what each try came to."""

    def __init__(self, began: str, over: str, now: Callable[[], float]) -> None:
        """``began`` and ``over`` are the events that are logged; ``now`` gives seconds of a clock
        that does not go back."""
        self._began = began
        self._over = over
        self._now = now
        self._since: float | None = None
        self._failures = 0

    def fails(self, failures: int = 1, **facts: object) -> None:
        """So many things failed at once. ``facts`` say why, in the first line."""
        if self._since is None:
            self._since = self._now()
            structlog.get_logger().warning(self._began, **facts)
        self._failures += failures

    def works(self, **facts: object) -> None:
        """It works, or works again; then how long it lasted and how much failed is logged."""
        if self._since is None:
            return
        lasted, failed = round(self._now() - self._since, 1), self._failures
        self._since, self._failures = None, 0
        structlog.get_logger().info(self._over, seconds=lasted, failed=failed, **facts)
