"""Commands to a load generator: one JSON object a line in, one out.

``{"do": "get", "port": 3001, …}`` is answered with an object of figures, or with
``{"error": "a sentence"}``. Lists that are long travel in files.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

MOST_BYTES: Final = 6 * 2**30
"""The address space that a generator may use."""

Fields = dict[str, Any]
Command = Callable[..., Fields]


class LoadError(Exception):
    """The load could not be made, or an answer was wrong. The message is a sentence."""


class Made(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A session in the files that generators exchange."""

    id: str
    address: str
    token: str


def write_json(path: str | Path, content: object) -> None:
    """Write a value that is too long for a line."""
    Path(path).write_bytes(msgspec.json.encode(content))


def read_sessions(path: str | Path) -> list[Made]:
    """Read sessions that write_json wrote."""
    return msgspec.json.decode(Path(path).read_bytes(), type=list[Made])


def bound_resources() -> None:
    """Allow as many descriptors as the system does, and limit the memory, so that a runaway
    generator ends with a MemoryError and does not exhaust the machine."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, hard))


def answer(commands: Mapping[str, Command], line: bytes | str) -> None:
    """Run the command of a line and print its answer."""
    asked: Fields = msgspec.json.decode(line)
    name = asked.pop("do", None)
    if name not in commands:
        say({"error": f"There is no command {name!r}, only {', '.join(commands)}."})
        return
    try:
        say(commands[name](**asked))
    except (LoadError, OSError, TypeError, ValueError) as error:
        say({"error": f"{name}: {error or type(error).__name__}"})


def say(fields: Fields) -> None:
    """Print one line."""
    sys.stdout.buffer.write(msgspec.json.encode(fields) + b"\n")
    sys.stdout.buffer.flush()
