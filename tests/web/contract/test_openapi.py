"""The API description is generated from the code, and complete."""

from __future__ import annotations

import re
from typing import Any

import jsonschema_rs
import pytest

from tests.web.world import World, a_world, bytes_of, json_of
from web.contract.bodies import body_shape
from web.contract.fields import Field
from web.contract.operations import operation_of
from web.openapi import document
from web.pages.docs_html import docs_page

UNTOLD = {"HEAD", "OPTIONS"}


async def test_every_route_with_every_method_is_in_the_document() -> None:
    async with a_world(simnet_control="127.0.0.1:1") as world:
        paths = document(world.app, world.app.base_url)["paths"]
        told = {(path, method.upper()) for path, item in paths.items() for method in item}
        routed = {
            (re.sub(r"<(?:[^:<>]+:)?([a-z_]+)>", r"{\1}", rule.rule), method)
            for rule in world.app.url_map.iter_rules()
            for method in (rule.methods or set()) - UNTOLD
        }
        assert told == routed
        assert len(told) > 18


async def test_a_route_without_a_description_is_an_error(world: World) -> None:
    async def secret() -> str:
        return ""

    world.app.add_url_rule("/api/v1/secret", view_func=secret)
    with pytest.raises(LookupError, match="secret"):
        document(world.app, world.app.base_url)
    with pytest.raises(LookupError):
        operation_of(secret)


def test_a_field_without_a_shape_is_an_error() -> None:
    with pytest.raises(TypeError, match="shape"):
        body_shape("Body", [Field("x", "x", lambda value: value)])


async def test_the_document_is_openapi_3_1_and_its_references_resolve(
    world: World,
) -> None:
    found = await json_of(await world.request("GET", "/api/v1/openapi.json"))
    assert found["openapi"] == "3.1.0"
    assert found["servers"] == [{"url": "http://127.0.0.1:3001"}]
    for reference in set(references(found)):
        part: Any = found
        for step in reference.removeprefix("#/").split("/"):
            part = part[step]
    ids = [call["operationId"] for item in found["paths"].values() for call in item.values()]
    assert len(ids) == len(set(ids))
    for schema in found["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema)


def references(part: Any) -> list[str]:
    if isinstance(part, dict):
        found = [part["$ref"]] if "$ref" in part else []
        return found + [ref for value in part.values() for ref in references(value)]
    return [ref for value in part for ref in references(value)] if isinstance(part, list) else []


async def test_bodies_have_limits_and_refuse_unknown_fields(world: World) -> None:
    schemas = document(world.app, world.app.base_url)["components"]["schemas"]
    session = schemas["NewSession"]
    assert session["required"] == ["amount"]
    assert session["additionalProperties"] is False
    assert session["properties"]["orderId"]["maxLength"] == 100
    assert session["properties"]["expiresIn"] == {
        "type": "integer",
        "minimum": 60,
        "maximum": 86400,
    }
    assert {"type": "null"} in schemas["MerchantChanges"]["properties"]["webhookUrl"]["anyOf"]
    assert "additionalProperties" not in schemas["SessionAnswer"]


async def test_the_page_loads_nothing_and_shows_every_call(world: World) -> None:
    response = await world.request("GET", "/docs/reference/")
    page = (await bytes_of(response)).decode()
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"(src|href)=\"(https?:)?//", page)
    found = document(world.app, world.app.base_url)
    for path, item in found["paths"].items():
        for method, call in item.items():
            assert f'id="{call["operationId"]}"' in page, (method, path)
    for name in found["components"]["schemas"]:
        assert f'id="shape-{name}"' in page
    anchors = set(re.findall(r'href="#([^"]+)"', page))
    assert anchors <= set(re.findall(r' id="([^"]+)"', page))
    assert "text/html" in response.headers["Content-Type"]


async def test_texts_of_the_document_are_escaped_on_the_page(world: World) -> None:
    found = document(world.app, world.app.base_url)
    found["info"]["description"] = "<script>alert(1)</script>"
    assert "<script>alert" not in docs_page(found)


async def test_a_known_tag_is_answered_with_304(world: World) -> None:
    for path in ("/api/v1/openapi.json", "/docs/reference/"):
        first = await world.request("GET", path)
        again = await world.request("GET", path, headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304
        assert await bytes_of(again) == b""
