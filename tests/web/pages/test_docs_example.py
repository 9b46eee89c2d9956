"""The examples of the API's reference are what its schemas allow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jsonschema_rs import Draft202012Validator

from tests.web.world import World, bytes_of, json_of
from web.pages.docs_example import example_of

JSON = "application/json"


def shapes_in(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            name = f"{method} {path}"
            body = operation.get("requestBody", {}).get("content", {})
            if JSON in body:
                yield f"body of {name}", body[JSON]["schema"]
            for status, response in operation["responses"].items():
                content = response.get("content", {})
                if JSON in content:
                    yield f"{status} of {name}", content[JSON]["schema"]


async def test_each_example_is_valid(world: World) -> None:
    document = await json_of(await world.request("GET", "/api/v1/openapi.json"))
    components = document["components"]
    wrong = []
    shapes = list(shapes_in(document))
    for name, schema in shapes:
        validator = Draft202012Validator({**schema, "components": components})
        example = example_of(schema, components["schemas"])
        wrong += [
            f"{name}: {list(error.instance_path)}: {error.message}"
            for error in validator.iter_errors(example)
        ]
    assert wrong == []
    assert len(shapes) > 50


async def test_the_reference_shows_them(world: World) -> None:
    page = (await bytes_of(await world.request("GET", "/docs/reference/"))).decode()
    assert page.count("<summary>Example</summary>") > 10
    assert "&#34;orderId&#34;: &#34;1001&#34;" in page
