"""Tables of columns that name each column once, so that a statement matches its values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TypeVar

T = TypeVar("T")

Value = str | int | None
"""The type of a stored value."""

Columns = Mapping[str, Callable[[T], Value]]
"""Columns by name, each with a function that takes its value from an object."""


def values(columns: Columns[T], of: T) -> tuple[Value, ...]:
    """The values of an object for the columns, in order."""
    return tuple([read(of) for read in columns.values()])


def insert_into(table: str, columns: Collection[str]) -> str:
    """The INSERT statement of a row, with a placeholder for each column in order."""
    places = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 - our names


def assignments(columns: Iterable[str]) -> str:
    """The assignments after SET, with a placeholder for each column in order."""
    return ", ".join(f"{column} = ?" for column in columns)


def from_excluded(columns: Iterable[str], *, but: Collection[str]) -> str:
    """The assignments after DO UPDATE SET, from the conflicting row, without the key columns."""
    return ", ".join(f"{column} = excluded.{column}" for column in columns if column not in but)
