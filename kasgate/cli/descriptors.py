"""The limit of open files, which bounds the number of connections."""

from __future__ import annotations

import resource
from typing import Final

import structlog

_MAX_DESCRIPTORS: Final = 1_048_576
FEW_CONNECTIONS: Final = 1_000
"""The gateway warns if it has room for fewer; a few hundred open pages use this many."""
MORE_DESCRIPTORS: Final = (
    "Raise the hard limit: ulimit -n in a shell, LimitNOFILE= of systemd, --ulimit nofile of a"
    " container."
)

log = structlog.get_logger(__name__)


def allow_many_connections() -> None:
    """Raise the soft limit of open files to the hard limit; each socket needs one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MAX_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _MAX_DESCRIPTORS)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError) as error:
        log.warning("the limit of open files stays low", limit=soft, error=str(error))
