"""Finds the benches and runs one of them.

A bench is a module of this folder with a ``main()`` that reads its arguments from the command
line; the first line of its docstring is the question that it answers.
"""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
_WRONG_USAGE: Final = 2


def questions() -> dict[str, str]:
    """What each bench asks, by its name. Imports none of them."""
    found: dict[str, str] = {}
    for file in sorted(FOLDER.glob("*.py")):
        module = ast.parse(file.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in module.body):
            found[file.stem] = (ast.get_docstring(module) or "").partition("\n")[0]
    del found[Path(__file__).stem]
    return found


def main(arguments: Sequence[str]) -> int:
    """List the benches, or run the one that is named with the arguments after its name; returns
    the exit code."""
    benches = questions()
    if not arguments or arguments[0] in {"-h", "--help"}:
        print("python -m bench NAME [ARGUMENTS]      (NAME --help lists its arguments)\n")
        width = max(map(len, benches))
        for name, question in benches.items():
            print(f"  {name.ljust(width)}  {question}")
        return 0
    name, *rest = arguments
    if name not in benches:
        print(f"There is no bench {name!r}. There are: {', '.join(benches)}.", file=sys.stderr)
        return _WRONG_USAGE
    sys.argv = [f"python -m bench {name}", *rest]
    importlib.import_module(f"bench.{name}").main()
    return 0
