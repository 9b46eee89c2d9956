"""Lazy import of commands. ``--help`` and ``--version`` stay fast, and a broken part of the gateway
affects only the commands that need it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module


def later(module: str, function: str = "run") -> Callable[[argparse.Namespace], int]:
    """A function that imports ``kasgate.cli.<module>`` and calls its ``function``."""

    def run(arguments: argparse.Namespace) -> int:
        code: int = getattr(import_module(f"kasgate.cli.{module}"), function)(arguments)
        return code

    return run
