"""Every event that the code logs, found in its syntax tree: name, levels and fields."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from attrs import define, field

ROOT: Final = Path(__file__).parents[2]
FOLDERS: Final = ("kasgate", "actors", "web")
LEVELS: Final = ("debug", "info", "warning", "error", "critical")
_LOGGERS: Final = frozenset({"log", "_log"})


@define
class LogEvent:
    """An event, with what all its places in the code log."""

    name: str
    levels: set[str] = field(factory=set)
    fields: set[str] = field(factory=set)
    places: list[str] = field(factory=list)


def events_of(source: str, place: str = "") -> dict[str, LogEvent]:
    """The events of a module's source. Raises AssertionError for one without a fixed name."""
    found: dict[str, LogEvent] = {}
    tree = ast.parse(source)
    aliases = dict(_aliases(tree))
    facts = _facts(tree)
    for node in ast.walk(tree):
        for name, levels, fields in _logged(node, aliases, facts, place):
            event = found.setdefault(name, LogEvent(name))
            event.levels |= levels
            event.fields |= fields
            event.places.append(f"{place}:{getattr(node, 'lineno', 0)}")
    return found


def all_events() -> dict[str, LogEvent]:
    """The events of all modules."""
    found: dict[str, LogEvent] = {}
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            place = str(path.relative_to(ROOT))
            for name, event in events_of(path.read_text(encoding="utf-8"), place).items():
                known = found.setdefault(name, LogEvent(name))
                known.levels |= event.levels
                known.fields |= event.fields
                known.places += event.places
    return found


def _logged(
    node: ast.AST, aliases: dict[str, set[str]], facts: dict[str, set[str]], place: str
) -> Iterator[tuple[str, set[str], set[str]]]:
    if isinstance(node, ast.Dict):
        yield from _ready_line(node)
    if not isinstance(node, ast.Call):
        return
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name == "Trouble":
        began, over = (_text(argument, place) for argument in node.args[:2])
        yield began, {"warning"}, facts["fails"]
        yield over, {"info"}, {"seconds", "failed"} | facts["works"]
    elif name == "_log_error":
        yield _text(node.args[0], place), {"error"}, {"where", "exception"}
    elif name in aliases:
        yield _text(node.args[0], place), aliases[name], _fields(node)
    elif isinstance(node.func, ast.Attribute) and _is_logger(node.func.value):
        level = node.func.attr
        extra = {"exception"} if level == "exception" else set()
        level = "error" if level == "exception" else level
        if level in LEVELS:
            yield _text(node.args[0], place), {level}, _fields(node) | extra


def _ready_line(node: ast.Dict) -> Iterator[tuple[str, set[str], set[str]]]:
    """A line that is made without a logger, of the log about itself: always a warning."""
    keys = [key.value if isinstance(key, ast.Constant) else None for key in node.keys]
    if "event" not in keys or "lines" not in keys:
        return
    value = node.values[keys.index("event")]
    if isinstance(value, ast.Constant):
        yield str(value.value), {"warning"}, {str(key) for key in keys} - {"event"}


def _aliases(tree: ast.AST) -> Iterator[tuple[str, set[str]]]:
    """Names that stand for a method of a logger: ``say = log.debug if … else log.warning``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            levels = {
                part.attr
                for part in ast.walk(node.value)
                if isinstance(part, ast.Attribute)
                and part.attr in LEVELS
                and isinstance(part.value, ast.Name)
                and part.value.id in _LOGGERS
            }
            called = any(isinstance(part, ast.Call) for part in ast.walk(node.value))
            if levels and not called:
                yield node.targets[0].id, levels


def _facts(tree: ast.AST) -> dict[str, set[str]]:
    """The fields that a module gives to a lasting problem (kasgate/logs/trouble.py)."""
    found: dict[str, set[str]] = {"fails": set(), "works": set()}
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr=method)) if method in found:
                found[method] |= _fields(node)
    return found


def _is_logger(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in _LOGGERS


def _fields(call: ast.Call) -> set[str]:
    names = {keyword.arg for keyword in call.keywords if keyword.arg is not None}
    return {"exception" if name == "exc_info" else name for name in names}


def _text(node: ast.expr, place: str) -> str:
    assert isinstance(node, ast.Constant), (
        f"{place}:{node.lineno} logs an event without a fixed name"
    )
    return str(node.value)
