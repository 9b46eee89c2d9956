"""Columns as a table, so that each is named once: its statement and its values can't disagree."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TypeVar

T = TypeVar("T")

Value = str | int | None
"""What a column holds."""

Columns = Mapping[str, Callable[[T], Value]]
"""Columns by name, each with what it holds of a value of the domain."""


def values(columns: Columns[T], of: T) -> tuple[Value, ...]:
    """What the columns hold of a value, in their order."""
    return tuple([read(of) for read in columns.values()])


def insert_into(table: str, columns: Collection[str]) -> str:
    """The statement that inserts a row, with a place for each column in its order."""
    places = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 - our names


def assignments(columns: Iterable[str]) -> str:
    """What stands after SET, with a place for each column in its order."""
    return ", ".join(f"{column} = ?" for column in columns)


def from_excluded(columns: Iterable[str], *, but: Collection[str]) -> str:
    """What stands after DO UPDATE SET: the columns as the row that conflicted had them, those of
    the key apart."""
    return ", ".join(f"{column} = excluded.{column}" for column in columns if column not in but)
