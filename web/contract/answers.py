"""The answer of a view. Quart and the express lane send the same one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import msgspec

JSON: Final = "application/json"
PROBLEM_JSON: Final = "application/problem+json"


class Answer(msgspec.Struct, frozen=True):
    """A status, a body and the headers that belong to this answer alone."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()


class Download(Answer, frozen=True, kw_only=True):
    """A streamed file. It is read as fast as the client receives it. ``body`` stays empty."""

    parts: AsyncIterator[bytes]


def download(parts: AsyncIterator[bytes], content_type: str, name: str) -> Download:
    """A file with a name, in UTF-8."""
    disposition = ("Content-Disposition", f'attachment; filename="{name}"')
    return Download(200, b"", f"{content_type}; charset=utf-8", headers=(disposition,), parts=parts)


def json_answer(
    fields: Mapping[str, Any] | msgspec.Struct,
    status: int = 200,
    headers: tuple[tuple[str, str], ...] = (),
) -> Answer:
    """An object as JSON."""
    return Answer(status, msgspec.json.encode(fields), headers=headers)


def without_absent(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields without those that are None: absent optional values are left out, not null
    (contract §4)."""
    return {name: value for name, value in fields.items() if value is not None}
