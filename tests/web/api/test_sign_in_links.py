"""One-time links to the dashboard: each signs in once, soon, and for as long as its key lives."""

from __future__ import annotations

import trio
from quart.wrappers import Response

from kasgate.access.dashboard_sessions import hash_token
from kasgate.access.sign_in_links import LIFETIME_MS, MOST_LINKS, link_url
from kasgate.audit import BY_OPERATOR, Principal
from kasgate.limits.rate_limits import RateLimits
from tests.web.api.test_sign_in import OURS, Browser
from tests.web.shape import problem_in
from tests.web.world import Json, World, a_world, json_of, key_of

LOGIN = "/api/v1/dashboard/link-login"
OPERATOR = Principal(BY_OPERATOR)


async def link_for(world: World, merchant: Json) -> str:
    found = await world.gateway.merchants.get(merchant["id"])
    assert found is not None
    return await world.gateway.sign_in_links.create(found, OPERATOR)


async def follow(world: World, token: str, origin: str | None = OURS["Origin"]) -> Response:
    headers = {} if origin is None else {"Origin": origin}
    return await world.request("POST", LOGIN, json={"token": token}, headers=headers)


async def test_a_link_signs_in_once(world: World) -> None:
    merchant = await world.merchant()
    token = await link_for(world, merchant)
    browser = Browser(world)
    response = await follow(world, token)
    assert response.status_code == 200
    fields = await json_of(response)
    assert fields["merchant"]["id"] == merchant["id"]
    assert fields["wayIn"] == "api_key"
    browser.token = response.headers["Set-Cookie"].split("=", 1)[1].split(";")[0]
    assert (await browser.request("GET", "/api/v1/dashboard/session")).status_code == 200
    await problem_in(await follow(world, token), 401, "unauthorized")


def set_clock(world: World, at: int) -> None:
    object.__setattr__(world.gateway.sign_in_links, "clock", lambda: at)


async def test_of_many_at_once_one_gets_in(world: World) -> None:
    token = await link_for(world, await world.merchant())
    statuses: list[int] = []

    async def try_it() -> None:
        statuses.append((await follow(world, token)).status_code)

    async with trio.open_nursery() as nursery:
        for _ in range(8):
            nursery.start_soon(try_it)
    assert sorted(statuses) == [200] + [401] * 7


async def test_a_link_ends_after_its_time(world: World) -> None:
    merchant, start = await world.merchant(), world.gateway.clock()
    set_clock(world, start)
    in_time, late = await link_for(world, merchant), await link_for(world, merchant)
    set_clock(world, start + LIFETIME_MS - 1)
    assert (await follow(world, in_time)).status_code == 200
    set_clock(world, start + LIFETIME_MS)
    await problem_in(await follow(world, late), 401, "unauthorized")


async def test_a_link_ends_with_its_key(world: World) -> None:
    merchant = await world.merchant()
    token = await link_for(world, merchant)
    replaced = await world.request(
        "POST", "/api/v1/merchants/me/regenerate-api-key", headers=key_of(merchant)
    )
    assert replaced.status_code == 200
    await problem_in(await follow(world, token), 401, "unauthorized")


async def test_a_session_of_a_link_ends_with_the_key(world: World) -> None:
    merchant = await world.merchant()
    response = await follow(world, await link_for(world, merchant))
    browser = Browser(world)
    browser.token = response.headers["Set-Cookie"].split("=", 1)[1].split(";")[0]
    await world.request("POST", "/api/v1/merchants/me/regenerate-api-key", headers=key_of(merchant))
    await problem_in(await browser.request("GET", "/api/v1/dashboard/session"), 401)


async def test_another_sites_page_does_not_use_a_link_up(world: World) -> None:
    token = await link_for(world, await world.merchant())
    await problem_in(await follow(world, token, "https://evil.example"), 403, "csrf")
    assert (await follow(world, token)).status_code == 200


async def test_guesses_are_refused_and_too_many_get_a_429() -> None:
    async with a_world() as world:
        await link_for(world, await world.merchant())
        world.app.limits.rates = RateLimits(failures=6)
        statuses = [(await follow(world, f"guess{n}")).status_code for n in range(15)]
        assert statuses[0] == 401
        assert statuses[-1] == 429


async def test_only_the_newest_links_work(world: World) -> None:
    merchant, start = await world.merchant(), world.gateway.clock()
    tokens = []
    for number in range(MOST_LINKS + 1):
        set_clock(world, start + number)
        tokens.append(await link_for(world, merchant))
    await problem_in(await follow(world, tokens[0]), 401, "unauthorized")
    for token in tokens[1:]:
        assert (await follow(world, token)).status_code == 200


async def test_the_audit_log_has_the_link_and_its_use(world: World) -> None:
    merchant = await world.merchant()
    token = await link_for(world, merchant)
    await follow(world, token)
    response = await world.request("GET", "/api/v1/merchants/me/audit", headers=key_of(merchant))
    entries = (await json_of(response))["entries"]
    assert [(entry["action"], entry["actor"]) for entry in entries[:2]] == [
        ("dashboard.signed_in", "link"),
        ("dashboard.link_created", "operator"),
    ]
    assert token not in str(entries)


async def test_the_database_keeps_only_the_hash(world: World) -> None:
    token = await link_for(world, await world.merchant())
    link = await world.store.take_sign_in_link(hash_token(token))
    assert link is not None
    assert link.token_hash != token
    assert token not in repr(link)


def test_the_token_is_in_the_fragment_which_browsers_send_to_no_server() -> None:
    assert link_url("https://pay.example/kasgate", "abc") == (
        "https://pay.example/kasgate/dashboard/#sign-in=abc"
    )
