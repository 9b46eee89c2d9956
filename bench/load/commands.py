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
"""Of address space that a generator may have."""

Fields = dict[str, Any]
Command = Callable[..., Fields]


class LoadError(Exception):
    """The load could not be made, or an answer was wrong. The message is a sentence."""


class Made(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A session as generators hand it on."""

    id: str
    address: str
    token: str


def write_json(path: str | Path, content: object) -> None:
    """A list that is too long for a line."""
    Path(path).write_bytes(msgspec.json.encode(content))


def read_sessions(path: str | Path) -> list[Made]:
    """Sessions that somebody wrote with write_json."""
    return msgspec.json.decode(Path(path).read_bytes(), type=list[Made])


def bound_resources() -> None:
    """As many descriptors as the system allows, and no more memory than a generator may have: one
    that runs away ends with a MemoryError instead of taking the machine along."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, hard))


def answer(commands: Mapping[str, Command], line: bytes | str) -> None:
    """Do what a line asks for and print what came of it."""
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
    """One line on standard output."""
    sys.stdout.buffer.write(msgspec.json.encode(fields) + b"\n")
    sys.stdout.buffer.flush()
