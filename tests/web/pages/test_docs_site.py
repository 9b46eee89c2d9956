"""The documentation site: the committed build, served as it is, under any path."""

from __future__ import annotations

import re

import pytest

from tests.web.shape import problem_in
from tests.web.world import World, a_world, bytes_of
from web.pages.static_files import STATIC

SITE = STATIC / "docs"
PAGES = sorted(path.name for path in SITE.glob("*.html"))


async def test_the_first_page_is_at_docs(world: World) -> None:
    response = await world.request("GET", "/docs/")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-cache"
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    tag = response.headers["ETag"]
    again = await world.request("GET", "/docs/", headers={"If-None-Match": tag})
    assert again.status_code == 304


@pytest.mark.parametrize("base", ["", "/kasgate"])
async def test_docs_without_a_slash_leads_there(base: str) -> None:
    async with a_world(base_url=f"https://shop.example{base}") as world:
        response = await world.request("GET", f"{base}/docs")
        assert response.status_code == 308
        assert response.headers["Location"] == f"{base}/docs/"
        assert (await world.request("GET", f"{base}/docs/")).status_code == 200


async def test_every_page_is_served_and_loads_only_files_of_the_site(world: World) -> None:
    assert len(PAGES) > 20
    for name in PAGES:
        response = await world.request("GET", f"/docs/{name}")
        assert response.status_code == 200, name
        text = (await bytes_of(response)).decode()
        loaded = re.findall(r'<(?:script|link|img)\b[^>]*?\b(?:src|href)="([^"]*)"', text)
        for url in {url.partition("?")[0].partition("#")[0] for url in loaded} - {""}:
            assert "//" not in url, (name, url)
            assert (SITE / url).exists(), (name, url)


async def test_the_reference_is_beside_it(world: World) -> None:
    response = await world.request("GET", "/docs/reference/")
    assert response.status_code == 200
    assert b"openapi.json" in await bytes_of(response)


@pytest.mark.parametrize(
    "path", ["/docs/nothing.html", "/docs/../app.py", "/docs/%2e%2e/%2e%2e/app.py", "/docs/.env"]
)
async def test_what_is_not_of_the_site_is_a_404(world: World, path: str) -> None:
    await problem_in(await world.request("GET", path), 404)


async def test_a_head_request_is_answered(world: World) -> None:
    assert (await world.request("HEAD", "/docs/")).status_code == 200
