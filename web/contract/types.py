"""Shapes: types that describe JSON, from which the OpenAPI document is built.

Each route names the shapes of its answers (``web/contract/operations.py``). The tests decode every
answer that they get into its shape, which refuses unknown fields, so the shapes cannot drift.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from kasgate.currency import DECIMALS

Kas = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]+(\.[0-9]{1,8})?$",
        description="An amount in KAS, a decimal without exponent.",
        examples=["12.5"],
    ),
]
SompiText = Annotated[
    str, Meta(pattern="^[0-9]+$", description="An amount in sompi.", examples=["1250000000"])
]
Time = Annotated[
    str,
    Meta(
        description="ISO 8601, UTC, with milliseconds.",
        extra_json_schema={"format": "date-time"},
        examples=["2026-01-31T12:00:00.000Z"],
    ),
]
SessionId = Annotated[
    str,
    Meta(
        description="A UUID. It grants read access to the session.",
        extra_json_schema={"format": "uuid"},
    ),
]
Url = Annotated[str, Meta(extra_json_schema={"format": "uri"})]

JsonType = Any
"""A type that describes JSON, in the way of msgspec."""


class Shape(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A JSON object of an answer. Fields with UNSET as default may be absent."""


class PriceShape(Shape, kw_only=True):
    """A price in a currency. The gateway converts it to KAS when it creates the session."""

    value: Annotated[
        str,
        Meta(
            pattern=r"^[0-9]{1,15}(\.[0-9]{1,2})?$",
            description="Digits, with no more decimals than the currency has.",
            examples=["19.99"],
        ),
    ]
    currency: Annotated[str, Meta(extra_json_schema={"enum": sorted(DECIMALS)}, examples=["EUR"])]


class FieldProblemShape(Shape, rename={"name": "field"}, kw_only=True):
    """A problem with one field."""

    name: Annotated[str, Meta(description="The dotted path of the field.")]
    message: str


class ProblemShape(Shape, kw_only=True):
    """An error (RFC 9457), with further members for older clients."""

    type: Annotated[str, Meta(description="A URN for this kind of error.")]
    title: str
    status: int
    detail: Annotated[str, Meta(description="A sentence for a person.")]
    instance: Annotated[str, Meta(description="The path of the request.")]
    error: Annotated[str, Meta(description="A word for clients of the TypeScript predecessor.")]
    message: Annotated[str, Meta(description="The same as detail.")]
    code: Annotated[
        str, Meta(description="A stable code for programs.", examples=["session_not_found"])
    ]
    request_id: Annotated[str, Meta(description="The id of the request in the gateway's log.")]
    details: list[FieldProblemShape] | msgspec.UnsetType = msgspec.UNSET
