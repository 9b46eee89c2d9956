"""The machine of the benches: its cores, and the cost of a process."""

from __future__ import annotations

import os
import platform
import resource
from pathlib import Path
from typing import Final

import msgspec

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


class Machine(msgspec.Struct, frozen=True):
    """The properties of a machine that figures depend on."""

    processor: str
    cores: int
    memory_gb: float
    system: str
    python: str


def this_machine() -> Machine:
    """This machine, with the cores that this process may use."""
    return Machine(
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)),
        memory_gb=round(os.sysconf("SC_PHYS_PAGES") * _PAGE / 2**30, 1),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def generator_core() -> set[int]:
    """The core of the load generators: the last one, so that the gateway has the others."""
    return set(sorted(os.sched_getaffinity(0))[-1:])


def gateway_cores() -> set[int]:
    """All cores except the generators'; that one too if there is no other."""
    return os.sched_getaffinity(0) - generator_core() or generator_core()


def cpu_seconds(pid: int) -> float:
    """Processor time of a process in seconds, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def rss_bytes(pid: int) -> int:
    """Resident memory of a process in bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * _PAGE


def available_bytes() -> int:
    """Memory available to a new process without swapping. Raises OSError if it is unknown."""
    for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return int(value.split()[0]) * 1024
    raise OSError("/proc/meminfo does not say how much memory is available")


def descriptors() -> int:
    """The number of files and sockets that a process may open."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return hard if hard != resource.RLIM_INFINITY else 2**20
