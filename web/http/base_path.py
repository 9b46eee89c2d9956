"""The path of the public address. Only this module adds it to our own paths and removes it.

With ``KASGATE_BASE_URL=https://host/kasgate`` a reverse proxy either strips ``/kasgate`` from the
requests that it forwards or leaves it there. Both are served. Routes, limits and headers use paths
without it. Addresses for clients contain it.
"""

from __future__ import annotations

from typing import Final

ROOTS: Final = frozenset(
    {
        *(".well-known", "api", "dashboard", "demo", "docs", "health", "logos", "metrics", "pay"),
        *("widget", "ws"),
    }
)
"""The first part of each route's path, except that of the landing page."""


class BasePath:
    """The path of one public address. It is empty if the gateway has a host to itself."""

    __slots__ = ("_is_ambiguous", "path")

    def __init__(self, path: str) -> None:
        """``path`` is empty, or begins with a slash and does not end with one."""
        self.path = path
        # Behind a proxy that strips "/pay", "/pay/…" is our own checkout.
        self._is_ambiguous = path != "" and path.split("/")[1] in ROOTS

    def public(self, path: str) -> str:
        """The public path for one of our own paths."""
        return self.path + path

    def own(self, path: str) -> str:
        """Our own path for the path of a request, with or without the base path."""
        base = self.path
        if not base or not path.startswith(base):
            return path
        rest = path[len(base) :]
        if rest and rest[0] != "/":
            return path
        if self._is_ambiguous and rest[1:].partition("/")[0] not in ROOTS:
            return path
        return rest or "/"


AT_THE_ROOT: Final = BasePath("")
"""For a gateway that has a host to itself."""
