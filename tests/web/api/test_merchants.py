"""Registration in each mode, and profiles."""

from __future__ import annotations

from typing import Any

import pytest
import trio

from tests.vectors import vectors
from tests.web.shape import problem_in
from tests.web.world import Json, World, a_world, account_keys, json_of, key_of

SETUP_CODE = "X-KasGate-Setup-Code"


async def test_a_merchant_sees_key_and_secret_once(world: World) -> None:
    merchant = await world.merchant(email="shop@bean.example", webhookUrl="http://127.0.0.2:9/h")
    assert merchant["apiKey"].startswith("kg_live_")
    assert merchant["webhookSecret"].startswith("whsec_")
    assert merchant["email"] == "shop@bean.example"
    profile = await json_of(
        await world.request("GET", "/api/v1/merchants/me", headers=key_of(merchant))
    )
    assert profile == {
        "id": merchant["id"],
        "name": "Bean There",
        "email": "shop@bean.example",
        "webhookUrl": "http://127.0.0.2:9/h",
        "confirmationTiers": [],
        "underpaymentTolerance": "0",
        "acceptLatePaymentsFor": 0,
        "embedOrigins": [],
        "nextAddressIndex": 0,
        "createdAt": merchant["createdAt"],
        "updatedAt": merchant["createdAt"],
        "defaults": {
            "requiredConfirmations": 10,
            "confirmationTiers": [],
            "sessionLifetime": 1_800,
        },
    }


@pytest.mark.parametrize(
    ("settings", "before", "after"),
    [
        ({"registration": "open"}, "open", "open"),
        ({"registration": "first"}, "open", "closed"),
        ({"registration": "first", "host": "0.0.0.0"}, "setup_code", "closed"),
        ({"registration": "closed"}, "closed", "closed"),
    ],
)
async def test_a_form_can_ask_who_may_register(
    settings: dict[str, Any], before: str, after: str
) -> None:
    async with a_world(**settings) as world:

        async def mode() -> str:
            path = "/api/v1/merchants/registration"
            found: str = (await json_of(await world.request("GET", path)))["mode"]
            return found

        assert await mode() == before
        await world.gateway.merchants.register(name="Bean There", xpub=world.keys[0])
        assert await mode() == after


async def test_absent_values_are_left_out(world: World) -> None:
    merchant = await world.merchant()
    assert not {"email", "webhookUrl"} & merchant.keys()


async def test_a_key_is_accepted_in_two_headers_only(world: World) -> None:
    key = (await world.merchant())["apiKey"]
    for headers in ({"X-API-Key": key}, {"Authorization": f"Bearer {key}"}):
        response = await world.request("GET", "/api/v1/merchants/me", headers=headers)
        assert response.status_code == 200
    for path, headers in (
        (f"/api/v1/merchants/me?apiKey={key}&api_key={key}", {}),
        ("/api/v1/merchants/me", {"Authorization": f"Basic {key}"}),
        ("/api/v1/merchants/me", {"Authorization": key}),
        ("/api/v1/merchants/me", {"Cookie": f"apiKey={key}"}),
        ("/api/v1/merchants/me", {"X-API-Key": key[:-1]}),
        ("/api/v1/merchants/me", {"X-API-Key": "kg_live_" + "x" * 10_000}),
        ("/api/v1/merchants/me", {"X-API-Key": "kg_live_ü"}),
        ("/api/v1/merchants/me", {"X-API-Key": ""}),
    ):
        response = await world.request("GET", path, headers=headers)
        problem = await problem_in(response, 401, "unauthorized")
        assert problem["error"] == "Unauthorized"
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


async def test_fields_that_are_wrong_are_named_together(world: World) -> None:
    response = await world.request(
        "POST", "/api/v1/merchants", json={"name": " ", "xpub": "kpubx", "email": "nobody"}
    )
    problem = await problem_in(response, 400, "validation_failed")
    assert problem["error"] == "Validation Error"
    assert {detail["field"] for detail in problem["details"]} == {"name", "xpub", "email"}


async def test_a_private_key_is_refused_and_never_repeated(world: World) -> None:
    private = next(v["kpub"] for v in vectors("invalid_kpubs") if v["kpub"].startswith("kprv"))
    response = await world.request("POST", "/api/v1/merchants", json={"name": "x", "xpub": private})
    problem = await problem_in(response, 400)
    assert private[:12] not in str(problem)
    assert "private" in str(problem["details"])


async def test_an_email_or_wallet_in_use_is_a_conflict(world: World) -> None:
    xpub = world.keys[0]
    merchant = await world.merchant(email="a@bean.example")
    other = {"name": "Copycat", "xpub": xpub}
    problem = await problem_in(await world.request("POST", "/api/v1/merchants", json=other), 409)
    assert problem["error"] == "CONFLICT"
    other = {"name": "Copycat", "xpub": world.keys.pop(0), "email": "a@bean.example"}
    await problem_in(await world.request("POST", "/api/v1/merchants", json=other), 409)
    await world.merchant()
    response = await world.request(
        "PATCH", "/api/v1/merchants/me", json={"xpub": account_keys()[-1]}, headers=key_of(merchant)
    )
    assert response.status_code == 200


async def test_a_profile_changes_field_by_field_and_null_clears(world: World) -> None:
    merchant = await world.merchant(email="a@bean.example", webhookUrl="http://127.0.0.2:9/h")
    response = await world.request(
        "PATCH",
        "/api/v1/merchants/me",
        json={"name": "Been There", "webhookUrl": None},
        headers=key_of(merchant),
    )
    profile = await json_of(response)
    assert profile["name"] == "Been There"
    assert profile["email"] == "a@bean.example"
    assert "webhookUrl" not in profile
    response = await world.request(
        "PATCH", "/api/v1/merchants/me", json={"apiKey": "x"}, headers=key_of(merchant)
    )
    problem = await problem_in(response, 400)
    assert problem["details"][0]["field"] == "apiKey"


async def test_setting_the_same_xpub_again_reuses_no_address(world: World) -> None:
    xpub = world.keys[0]
    merchant = await world.merchant()
    first = await world.session(merchant)
    response = await world.request(
        "PATCH", "/api/v1/merchants/me", json={"xpub": xpub}, headers=key_of(merchant)
    )
    assert (await json_of(response))["nextAddressIndex"] == 1
    assert (await world.session(merchant))["address"] != first["address"]


async def test_closed_mode_refuses_registration() -> None:
    async with a_world(registration="closed") as world:
        body = {"name": "x", "xpub": world.keys[0]}
        response = await world.request("POST", "/api/v1/merchants", json=body)
        problem = await problem_in(response, 403, "registration_closed")
        assert problem["error"] == "FORBIDDEN"


async def test_first_mode_admits_exactly_one_of_many_concurrent_calls() -> None:
    async with a_world(registration="first") as world:
        statuses: list[int] = []

        async def register(xpub: str) -> None:
            body = {"name": "x", "xpub": xpub}
            response = await world.request("POST", "/api/v1/merchants", json=body)
            statuses.append(response.status_code)

        async with trio.open_nursery() as nursery:
            for xpub in world.keys[:4]:
                nursery.start_soon(register, xpub)
        assert sorted(statuses) == [201, 403, 403, 403]


async def test_first_mode_asks_for_the_setup_code_where_others_can_reach_it() -> None:
    async with a_world(registration="first", host="0.0.0.0") as world:
        code = world.gateway.setup_code
        assert code is not None
        body = {"name": "x", "xpub": world.keys[0]}
        for wrong in ({}, {SETUP_CODE: "0" * 16}, {SETUP_CODE: ""}, {SETUP_CODE: code + "0"}):
            response = await world.request("POST", "/api/v1/merchants", json=body, headers=wrong)
            problem = await problem_in(response, 403, "setup_code_required")
            assert code not in str(problem)
        response = await world.request(
            "POST", "/api/v1/merchants", json=body, headers={SETUP_CODE: code}
        )
        assert response.status_code == 201
        response = await world.request(
            "POST", "/api/v1/merchants", json=body, headers={SETUP_CODE: code}
        )
        await problem_in(response, 403, "registration_closed")


@pytest.mark.parametrize(
    "reached",
    [
        {"base_url": "https://pay.example"},
        {"base_url": "https://pay.example", "trusted_proxies": "127.0.0.1"},
        {"trusted_proxies": "10.0.0.0/8"},
        {"host": "::"},
    ],
)
async def test_first_mode_asks_for_the_setup_code_behind_a_proxy_too(reached: Json) -> None:
    async with a_world(registration="first", **reached) as world:
        code = world.gateway.setup_code
        assert code is not None
        body = {"name": "x", "xpub": world.keys[0]}
        for headers in ({}, {"Host": "pay.example"}, {"Host": "127.0.0.1:3001"}):
            answer = await world.request("POST", "/api/v1/merchants", json=body, headers=headers)
            await problem_in(answer, 403, "setup_code_required")
        # The code is sufficient, for any Host that a proxy forwards.
        headers = {SETUP_CODE: code, "Host": "upstream"}
        answer = await world.request("POST", "/api/v1/merchants", json=body, headers=headers)
        assert answer.status_code == 201


FOREIGN = ("evil.example", "evil.example:3001", "localhost.evil.example", "127.0.0.1.evil.example")
OWN = ("localhost:3001", "LOCALHOST", "127.0.0.1:3001", "[::1]:3001", "kasgate.localhost")


@pytest.mark.parametrize("mode", ["first", "open"])
async def test_dns_rebinding_registers_no_merchant(
    mode: str,
) -> None:
    async with a_world(registration=mode) as world:
        assert world.gateway.setup_code is None
        body = {"name": "x", "xpub": world.keys[0]}
        for host in FOREIGN:
            for path in ("/api/v1/merchants", "/api/v1/merchants/me/xpub-preview"):
                asked = body if path.endswith("merchants") else {"xpub": world.keys[0]}
                answer = await world.request("POST", path, json=asked, headers={"Host": host})
                problem = await problem_in(answer, 403, "foreign_host")
                assert "http://127.0.0.1:3001" in problem["detail"]
        assert not await world.gateway.merchants.exists()
        for host in OWN:
            answer = await world.request(
                "POST",
                "/api/v1/merchants/me/xpub-preview",
                json={"xpub": world.keys[0]},
                headers={"Host": host},
            )
            assert answer.status_code == 200
        answer = await world.request(
            "POST", "/api/v1/merchants", json=body, headers={"Host": "localhost:3001"}
        )
        assert answer.status_code == 201


async def test_guesses_of_the_setup_code_count_in_every_call_that_takes_it() -> None:
    async with a_world(registration="first", host="0.0.0.0") as world:
        world.app.limits.clock = lambda: 1_000.0
        for path, status in (
            ("/api/v1/merchants/me/xpub-preview", 401),
            ("/api/v1/merchants", 403),
        ):
            body = {"xpub": world.keys[0]} | ({} if "preview" in path else {"name": "x"})
            statuses = [
                (
                    await world.request(
                        "POST", path, json=body, headers={SETUP_CODE: f"{number:016}"}
                    )
                ).status_code
                for number in range(12)
            ]
            assert statuses == [status] * 10 + [429] * 2


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "https://169.254.169.254/", "ftp://x.example"]
)
async def test_a_webhook_url_of_a_private_network_is_refused(world: World, url: str) -> None:
    body = {"name": "x", "xpub": world.keys[0], "webhookUrl": url}
    response = await world.request("POST", "/api/v1/merchants", json=body)
    problem = await problem_in(response, 400)
    assert [detail["field"] for detail in problem["details"]] == ["webhookUrl"]


async def test_the_profile_has_the_next_address_index(world: World) -> None:
    merchant = await world.merchant()
    for _ in range(3):
        await world.session(merchant)
    response = await world.request("GET", "/api/v1/merchants/me", headers=key_of(merchant))
    assert (await json_of(response))["nextAddressIndex"] == 3
