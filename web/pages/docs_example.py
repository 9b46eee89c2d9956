"""Examples of JSON for the API reference, made from the schemas, so that they can not drift.

A test validates each example against its schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_DEPTH: Final = 12
"""Shapes nest less deeply. The bound is for a shape that contains itself."""
_TRANSACTION: Final = "3f5a0c9e" * 8
_BY_FORMAT: Final = {
    "date-time": "2026-01-31T12:00:00.000Z",
    "date": "2026-01-31",
    "uuid": "2f0c5d64-3c1e-4a52-9a70-0d6f6a4f3b11",
    "uri": "https://shop.example/thanks",
}
_BY_NAME: Final[Mapping[str, Any]] = {
    "address": "kaspa:qr0lr4ml9fn3chekrqmjdkergxl93l4wrk3dankcgvjq776s9wn9jkdskewva",
    "apiKey": "kg_live_…",
    "brandColor": "#0a7468",
    "code": "123456",
    "color": "#0a7468",
    "description": "Two bags of coffee",
    "email": "owner@shop.example",
    "embedOrigins": "https://shop.example",
    "login": "owner@shop.example",
    "merchantName": "Bean There",
    "metadata": {"basket": "7"},
    "name": "Bean There",
    "note": "The customer paid by bank transfer.",
    "orderId": "1001",
    "password": "a sentence that only you would say",
    "qrCode": "data:image/svg+xml,…",
    "rate": "0.02758",
    "supportEmail": "help@shop.example",
    "supportUrl": "https://shop.example/help",
    "timeZone": "Europe/Berlin",
    "txId": _TRANSACTION,
    "value": "19.99",
    "webhookSecret": "whsec_…",
    "webhookUrl": "https://shop.example/kasgate",
    "xpub": "kpub2…",
}


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> object:
    """A value that the schema allows. ``schemas`` are those that it may refer to, by name."""
    return _made(schema, schemas, "", 0)


def _made(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str, depth: int) -> object:
    if depth > _DEPTH:
        return None
    if "$ref" in schema:
        return _made(schemas[schema["$ref"].rpartition("/")[2]], schemas, name, depth + 1)
    if schema.get("examples"):
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return _made(schema["anyOf"][0], schemas, name, depth + 1)
    match schema.get("type"):
        case "object":
            return _object(schema, schemas, name, depth)
        case "array":
            return [_made(schema.get("items", {}), schemas, name, depth + 1)]
        case "string":
            found = _BY_FORMAT.get(schema.get("format", "")) or _BY_NAME.get(name)
            return found if isinstance(found, str) else "…"
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return False
        case _:
            return None


def _object(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str, depth: int) -> object:
    if (properties := schema.get("properties")) is not None:
        return {
            field: _made(described, schemas, field, depth + 1)
            for field, described in properties.items()
        }
    return _BY_NAME[name] if isinstance(_BY_NAME.get(name), dict) else {}
