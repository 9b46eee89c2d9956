"""The page at /: the gateway's state, and the way to everything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from kasgate.store.protocol import StoreUnavailable
from tests.web.pages.test_demo_shop import RecordingWallet
from tests.web.world import World, a_world, bytes_of
from web.app import create_app
from web.pages.demo_shop import Till


async def page_of(world: World, path: str = "/") -> str:
    response = await world.request("GET", path)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    policy = response.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script-src" not in policy
    assert response.headers["X-Frame-Options"] == "DENY"
    return (await bytes_of(response)).decode()


async def test_it_leads_to_everything_and_tells_how_to_begin(world: World) -> None:
    page = await page_of(world)
    assert "This gateway takes payments." in page
    for path in ("/dashboard/", "/docs/", "/health/detailed", "/dashboard/register"):
        assert f'href="{path}"' in page
    assert "kasgate merchant create" in page
    assert "/demo/" not in page
    await world.merchant()
    assert "No merchant exists yet" not in await page_of(world)


async def test_on_a_closed_gateway_the_command_line_makes_the_first_merchant() -> None:
    async with a_world(registration="closed") as world:
        page = await page_of(world)
        assert "/dashboard/register" not in page
        assert "kasgate merchant create" in page


async def test_it_answers_while_no_node_is_reached() -> None:
    async with a_world(reachable=False) as world:
        page = await page_of(world)
        assert "No Kaspa node is usable now." in page
        assert 'class="state bad"' in page


async def test_it_answers_while_the_database_is_down(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail() -> bool:
        raise StoreUnavailable("no disk")

    monkeypatch.setattr(world.store, "has_merchants", fail)
    assert "No merchant exists yet" not in await page_of(world)


async def test_under_a_path_every_link_has_the_path() -> None:
    async with a_world(base_url="https://shop.example/kasgate") as world:
        for path in ("/", "/kasgate", "/kasgate/"):
            page = await page_of(world, path)
            assert 'href="/kasgate/dashboard/"' in page
            assert 'href="/dashboard/' not in page


async def test_the_demo_s_page_leads_to_the_shop(world: World) -> None:
    world.app = create_app(world.gateway, till=Till(world.gateway, RecordingWallet()))
    page = await page_of(world)
    assert 'href="/demo/"' in page
    assert "KasGate demo" in page


async def test_a_head_request_is_answered(world: World) -> None:
    response = await world.request("HEAD", "/")
    assert response.status_code == 200
    assert "Content-Security-Policy" in response.headers


def test_its_files_hold_no_address_of_another_host() -> None:
    folder = Path("web/templates")
    for name in ("landing.html", "landing.css"):
        assert "//" not in (folder / name).read_text()
