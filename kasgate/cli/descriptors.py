"""How many files this process may have open, which is how many connections it can hold."""

from __future__ import annotations

import resource
from typing import Final

import structlog

_MAX_DESCRIPTORS: Final = 1_048_576
FEW_CONNECTIONS: Final = 1_000
"""With room for fewer the gateway says so: a few hundred open pages fill it."""
MORE_DESCRIPTORS: Final = (
    "Raise the hard limit: ulimit -n in a shell, LimitNOFILE= of systemd, --ulimit nofile of a"
    " container."
)

log = structlog.get_logger(__name__)


def allow_many_connections() -> None:
    """Use as many file descriptors as the system allows without asking; a socket takes one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MAX_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _MAX_DESCRIPTORS)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError) as error:
        log.warning("the limit of open files stays low", limit=soft, error=str(error))
