"""Serving the files of the widget and the dashboard."""

from __future__ import annotations

import base64
import gzip
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.shape import problem_in
from tests.web.world import World, a_world, bytes_of, json_of
from web.pages import static_files

WIDGET = "customElements.define('kasgate-widget', class {});" * 20
PAGE = "<!doctype html><title>KasGate</title>"


@pytest.fixture
async def built(tmp_path: Path) -> AsyncIterator[World]:
    """A gateway with built front ends."""
    for name, text in {
        "widget/kasgate.js": WIDGET,
        "widget/.hidden": "secret",
        "dashboard/index.html": PAGE,
        "dashboard/assets/app-1a2b.js": "void 0",
        "dashboard/favicon.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
    }.items():
        path = tmp_path / "static" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "secret.txt").write_text("secret")
    async with a_world(static=tmp_path / "static") as world:
        yield world


async def test_a_missing_build_is_reported_with_the_command_to_build_it(tmp_path: Path) -> None:
    async with a_world(static=tmp_path) as world:
        for path in ("/widget/kasgate.js", "/dashboard/", "/dashboard/sessions/1"):
            problem = await problem_in(await world.request("GET", path), 404, "not_built")
            assert "make frontend" in problem["detail"]


async def test_the_widget_may_be_loaded_by_any_page(built: World) -> None:
    response = await built.request("GET", "/widget/kasgate.js")
    assert response.status_code == 200
    assert (await bytes_of(response)).decode() == WIDGET
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


async def test_a_client_that_has_a_file_is_not_sent_it_again(built: World) -> None:
    tag = (await built.request("GET", "/widget/kasgate.js")).headers["ETag"]
    again = await built.request("GET", "/widget/kasgate.js", headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert await again.get_data() == b""
    other = await built.request("GET", "/widget/kasgate.js", headers={"If-None-Match": '"x"'})
    assert other.status_code == 200


async def test_files_are_compressed_for_clients_that_accept_it(built: World) -> None:
    headers = {"Accept-Encoding": "br, gzip;q=0.8"}
    response = await built.request("GET", "/widget/kasgate.js", headers=headers)
    assert response.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in response.headers["Vary"]
    assert gzip.decompress(await bytes_of(response)).decode() == WIDGET
    headers = {"Accept-Encoding": "gzip;q=0"}
    response = await built.request("GET", "/widget/kasgate.js", headers=headers)
    assert "Content-Encoding" not in response.headers


async def test_the_dashboard_is_one_page_for_all_its_addresses(built: World) -> None:
    for path in ("/dashboard/", "/dashboard/login", "/dashboard/sessions/abc"):
        response = await built.request("GET", path)
        assert (await bytes_of(response)).decode() == PAGE
        assert response.headers["Cache-Control"] == "no-cache"
        policy = response.headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
    moved = await built.request("GET", "/dashboard")
    assert (moved.status_code, moved.headers["Location"]) == (308, "/dashboard/")
    asset = await built.request("GET", "/dashboard/assets/app-1a2b.js")
    assert "immutable" in asset.headers["Cache-Control"]
    await problem_in(await built.request("GET", "/dashboard/assets/gone-3c4d.js"), 404)


@pytest.mark.parametrize(
    "path",
    [
        "/widget/../../secret.txt",
        "/widget/%2e%2e/%2e%2e/secret.txt",
        "/widget/..%2f..%2fsecret.txt",
        "/widget/..%5c..%5csecret.txt",
        "/dashboard/../../secret.txt",
        "/dashboard/assets//etc/passwd.txt",
        "/widget/.hidden",
        "/widget/kasgate.js%00.txt",
        "/widget/" + "x" * 5000,
    ],
)
async def test_no_path_leads_out_of_the_folder(built: World, path: str) -> None:
    await problem_in(await built.request("GET", path), 404)


async def test_a_rebuilt_file_is_served(
    built: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(static_files, "FRESH_S", 0.0)
    await built.request("GET", "/widget/kasgate.js")
    path = tmp_path / "static/widget/kasgate.js"
    path.write_text("// newer")
    os.utime(path, (1, 1))
    response = await built.request("GET", "/widget/kasgate.js")
    assert (await bytes_of(response)).decode() == "// newer"


async def test_the_widget_is_immutable_under_its_hash_and_its_integrity_is_published(
    built: World,
) -> None:
    response = await built.request("GET", "/widget/integrity.json")
    published = (await json_of(response))["kasgate.js"]
    digest = hashlib.sha384(WIDGET.encode()).digest()
    assert published["integrity"] == f"sha384-{base64.b64encode(digest).decode()}"
    file = await built.request("GET", published["url"])
    assert (await bytes_of(file)).decode() == WIDGET
    assert file.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert file.headers["Access-Control-Allow-Origin"] == "*"
    stale = await built.request("GET", f"/widget/kasgate.{'0' * 16}.js")
    assert (stale.status_code, "immutable" in stale.headers["Cache-Control"]) == (404, False)
