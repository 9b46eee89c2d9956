"""Messages to the service manager that started this process: systemd's notification protocol.

The manager names a datagram socket in NOTIFY_SOCKET. Each message is one datagram of lines such as
``READY=1`` (sd_notify(3)). Nothing here waits or raises: a message that can't be sent is dropped.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

import structlog

_ABSTRACT: Final = "@"
_MICROSECONDS: Final = 1_000_000
_LONGEST_NUMBER: Final = 18

log = structlog.get_logger(__name__)


class ServiceManager:
    """The service manager's socket, or nobody if the environment names none."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._address = _address(environ.get("NOTIFY_SOCKET", ""))
        self._socket: socket.socket | None = None
        self._status = ""
        self._complained = False
        self.watchdog_s: float | None = None
        """Seconds without a sign of life after which the manager ends this process; None if it
        does not watch."""
        if self._address is not None:
            self.watchdog_s = _watchdog_s(environ)
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._socket.setblocking(False)

    @property
    def is_there(self) -> bool:
        """Whether a manager listens for messages."""
        return self._socket is not None

    def ready(self, status: str) -> None:
        """Report that the service can be used. ``status`` is one line for `systemctl status`."""
        self._status = status
        self._send("READY=1", f"STATUS={status}")

    def stopping(self, status: str) -> None:
        """Report that the shutdown has begun."""
        self._status = status
        self._send("STOPPING=1", f"STATUS={status}")

    def status(self, status: str) -> None:
        """Report the state in one line. Sends nothing if the line is the last one that was sent."""
        if status != self._status:
            self._status = status
            self._send(f"STATUS={status}")

    def alive(self) -> None:
        """Give the watchdog a sign of life."""
        self._send("WATCHDOG=1")

    def close(self) -> None:
        """Send nothing from now on."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, *lines: str) -> None:
        if self._socket is None or self._address is None:
            return
        message = "\n".join(line.replace("\n", " ") for line in lines).encode()
        try:
            self._socket.sendto(message, self._address)
        except OSError as error:  # Nobody listens any more, or too many messages wait.
            if not self._complained:
                log.warning("the service manager can't be reached", error=str(error))
            self._complained = True


def _address(name: str) -> str | None:
    """The socket's address for sendto. A name that begins with ``@`` is in Linux's abstract
    namespace."""
    if name.startswith(_ABSTRACT):
        return "\0" + name[1:]
    if name and not name.startswith("/"):
        log.warning("NOTIFY_SOCKET is not a path, so the service manager gets no messages")
        return None
    return name or None


def _watchdog_s(environ: Mapping[str, str]) -> float | None:
    """The watchdog's time, unless it is meant for another process."""
    if environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    text = environ.get("WATCHDOG_USEC", "")
    with suppress(ValueError):
        if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER and int(text):
            return int(text) / _MICROSECONDS
    return None
