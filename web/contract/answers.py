"""An answer to a call, before any framework has touched it.

The calls of ``web/api/sessions.py`` and its neighbours give back an Answer, so that whatever
carries the bytes (Quart, the express lane) says the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from attrs import frozen

JSON: Final = "application/json"
PROBLEM_JSON: Final = "application/problem+json"


@frozen
class Answer:
    """A status, a body and the headers that belong to this answer alone."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()


def json_answer(
    fields: Mapping[str, Any] | msgspec.Struct,
    status: int = 200,
    headers: tuple[tuple[str, str], ...] = (),
) -> Answer:
    """An object as JSON."""
    return Answer(status, msgspec.json.encode(fields), headers=headers)


def without_absent(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields that have a value: absent optional ones are left out, not null (contract §4)."""
    return {name: value for name, value in fields.items() if value is not None}
