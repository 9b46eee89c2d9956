"""Branding over HTTP: the profile's fields, the logo, and what a checkout gets of both."""

from __future__ import annotations

import hashlib
import io

import msgspec
import pytest
import trio
from PIL import Image
from trio_websocket import open_websocket_url

from kasgate.branding import logo as logos
from kasgate.branding.logo import MAX_UPLOAD_BYTES, made_logo
from tests.branding.pictures import animation, noise, png_of, red
from tests.web.api.test_keys import audit
from tests.web.api.test_sign_in import OURS, signed_in
from tests.web.shape import problem_in
from tests.web.world import Json, World, bytes_of, json_of, key_of, served

ME = "/api/v1/merchants/me"
LOGO = f"{ME}/logo"


async def upload(world: World, merchant: Json, data: bytes, kind: str = "image/png") -> Json:
    """Upload a logo. Return the profile."""
    response = await world.request(
        "PUT", LOGO, data=data, headers=key_of(merchant) | {"Content-Type": kind}
    )
    assert response.status_code == 200, await response.get_data()
    return await json_of(response)


async def change(world: World, merchant: Json, **fields: object) -> Json:
    response = await world.request("PATCH", ME, json=fields, headers=key_of(merchant))
    assert response.status_code == 200, await response.get_data()
    return await json_of(response)


async def test_a_logo_is_uploaded_shown_replaced_and_removed(world: World) -> None:
    merchant = await world.merchant()
    session = await world.session(merchant)
    profile = await upload(world, merchant, red())
    digest = made_logo(red()).digest
    assert profile["logoUrl"] == f"/logos/{digest}.png"
    assert (await world.read(session))["brand"] == {"logoUrl": profile["logoUrl"]}

    shown = await world.request("GET", profile["logoUrl"])
    png = await bytes_of(shown)
    assert hashlib.sha256(png).hexdigest() == digest
    assert Image.open(io.BytesIO(png)).size == (40, 20)

    other = await upload(world, merchant, red("JPEG", (10, 10)), "image/jpeg")
    assert other["logoUrl"] != profile["logoUrl"]
    await problem_in(await world.request("GET", profile["logoUrl"]), 404, "not_found")
    assert (await world.request("GET", other["logoUrl"])).status_code == 200

    removed = await world.request("DELETE", LOGO, headers=key_of(merchant))
    assert "logoUrl" not in await json_of(removed)
    await problem_in(await world.request("GET", other["logoUrl"]), 404, "not_found")
    assert "brand" not in await world.read(session)
    again = await world.request("DELETE", LOGO, headers=key_of(merchant))
    assert again.status_code == 200


async def test_a_logo_is_served_as_nothing_but_an_image(world: World) -> None:
    profile = await upload(world, await world.merchant(), red())
    shown = await world.request("GET", profile["logoUrl"])
    assert shown.mimetype == "image/png"
    assert shown.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    policy = shown.headers["Content-Security-Policy"]
    assert set(policy.split("; ")) == {
        "default-src 'none'", "frame-ancestors 'none'", "sandbox",
    }  # fmt: skip
    # A widget in a shop's page shows it.
    assert shown.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert shown.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in shown.headers


@pytest.mark.parametrize("name", ["x.png", "0" * 64, "0" * 64 + ".svg", "A" * 64 + ".png", "."])
async def test_other_names_of_logos_are_a_404(world: World, name: str) -> None:
    await problem_in(await world.request("GET", f"/logos/{name}"), 404, "not_found")


async def test_one_image_of_two_merchants_stays_until_both_remove_it(world: World) -> None:
    one, other = await world.merchant(), await world.merchant()
    url = (await upload(world, one, red()))["logoUrl"]
    assert (await upload(world, other, red()))["logoUrl"] == url
    await world.request("DELETE", LOGO, headers=key_of(one))
    assert (await world.request("GET", url)).status_code == 200
    await world.request("DELETE", LOGO, headers=key_of(other))
    await problem_in(await world.request("GET", url), 404, "not_found")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image/png"),
        (animation("PNG"), "image/png"),
        (png_of(2**31 - 1, 2**31 - 1), "image/png"),
        (red()[:60], "image/png"),
        (b"", "image/png"),
        (b"{}", "application/octet-stream"),
    ],
)
async def test_a_refused_image_changes_nothing(world: World, data: bytes, kind: str) -> None:
    merchant = await world.merchant()
    before = await upload(world, merchant, red())
    response = await world.request(
        "PUT", LOGO, data=data, headers=key_of(merchant) | {"Content-Type": kind}
    )
    problem = await problem_in(response, 400, "image_refused")
    assert problem["details"] == [{"field": "logo", "message": problem["detail"]}]
    after = await json_of(await world.request("GET", ME, headers=key_of(merchant)))
    assert after == before


async def test_an_image_of_the_largest_size_is_taken_and_a_larger_one_is_a_413(
    world: World,
) -> None:
    merchant = await world.merchant()
    # What is behind the image is ignored.
    largest = red() + b"x" * (MAX_UPLOAD_BYTES - len(red()))
    assert (await upload(world, merchant, largest))["logoUrl"]
    headers = key_of(merchant) | {"Content-Type": "image/png"}
    response = await world.request("PUT", LOGO, data=largest + b"x", headers=headers)
    problem = await problem_in(response, 413, "payload_too_large")
    assert "512 KiB" in problem["detail"]
    # The other calls keep their limit.
    body = msgspec.json.encode({"name": "x" * 300_000})
    headers = key_of(merchant) | {"Content-Type": "application/json"}
    response = await world.request("PATCH", ME, data=body, headers=headers)
    assert "256 KiB" in (await problem_in(response, 413, "payload_too_large"))["detail"]


@pytest.mark.parametrize("kind", ["image/svg+xml", "application/json", "image/gif", "text/html"])
async def test_another_announced_type_is_a_415(world: World, kind: str) -> None:
    headers = key_of(await world.merchant()) | {"Content-Type": kind}
    response = await world.request("PUT", LOGO, data=red(), headers=headers)
    problem = await problem_in(response, 415, "unsupported_media_type")
    assert "image/png or image/jpeg or image/webp" in problem["detail"]


async def test_the_type_may_be_left_out(world: World) -> None:
    merchant = await world.merchant()
    assert (await upload(world, merchant, red("WEBP"), "application/octet-stream"))["logoUrl"]
    response = await world.request("PUT", LOGO, data=red(), headers=key_of(merchant))
    assert response.status_code == 200


async def test_uploads_are_counted_by_merchant(world: World) -> None:
    world.app.limits.clock = lambda: 1_000.0
    one, other = await world.merchant(), await world.merchant()
    for _ in range(10):
        await upload(world, one, red())
    response = await world.request("PUT", LOGO, data=red(), headers=key_of(one))
    await problem_in(response, 429, "too_many_requests")
    await upload(world, other, red())


async def test_branding_needs_the_scope_of_the_profile(world: World) -> None:
    merchant = await world.merchant()
    made = await world.request(
        "POST",
        "/api/v1/merchants/keys",
        json={"name": "till", "scope": "create"},
        headers=key_of(merchant),
    )
    till = {"X-API-Key": (await json_of(made))["apiKey"]}
    for method in ("PUT", "DELETE"):
        response = await world.request(method, LOGO, data=red(), headers=till)
        await problem_in(response, 403, "insufficient_scope")


async def test_the_dashboard_uploads_with_its_cookie_from_its_own_pages_alone(
    world: World,
) -> None:
    _, browser = await signed_in(world)
    answer = await browser.change("PUT", LOGO, data=red())
    assert answer.status_code == 200
    await problem_in(await browser.request("PUT", LOGO, data=red(), headers=OURS), 403, "csrf")


async def test_each_change_is_in_the_audit_log(world: World) -> None:
    merchant = await world.merchant()
    await upload(world, merchant, red())
    await upload(world, merchant, red())
    await world.request("DELETE", LOGO, headers=key_of(merchant))
    await change(world, merchant, brandColor="#0A7468")
    entries = await audit(world, merchant)
    changed = [e["details"]["changed"] for e in entries if e["action"] == "merchant.changed"]
    # The second upload of the same image changed nothing.
    assert changed == ["brand_color", "logo", "logo"]


async def test_a_session_has_its_merchants_brand_at_once(world: World) -> None:
    merchant, other = await world.merchant(), await world.merchant()
    session, plain = await world.session(merchant), await world.session(other)
    assert "brand" not in await world.read(session)
    profile = await change(
        world,
        merchant,
        brandColor="#FFD400",
        supportUrl="https://shop.example/help?a=b",
        supportEmail="help@shop.example",
    )
    assert profile["brandColor"] == "#ffd400"
    assert (await world.read(session))["brand"] == {
        "color": "#ffd400",
        "textColor": "#000000",
        "supportUrl": "https://shop.example/help?a=b",
        "supportEmail": "help@shop.example",
    }
    await change(world, merchant, brandColor="#0a7468", supportUrl=None, supportEmail=None)
    brand = (await world.read(session, headers=key_of(merchant)))["brand"]
    assert brand == {"color": "#0a7468", "textColor": "#ffffff"}
    cleared = await change(world, merchant, brandColor=None)
    assert not {"brandColor", "supportUrl", "supportEmail", "logoUrl"} & cleared.keys()
    assert "brand" not in await world.read(session)
    assert "brand" not in await world.read(plain)


async def test_the_brand_is_encoded_once_for_each_change(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    contract = world.app.sessions._fields._brands

    def counted(merchant: object) -> object:
        before = contract._kept.get(merchant.id)  # type: ignore[attr-defined]
        found = original(merchant)  # type: ignore[arg-type]
        if contract._kept[merchant.id] is not before:  # type: ignore[attr-defined]
            made.append(merchant.id)  # type: ignore[attr-defined]
        return found

    original = contract.of
    monkeypatch.setattr(contract, "of", counted)
    merchant = await world.merchant()
    session = await world.session(merchant)
    for color in ("#0a7468", "#0a7469"):
        await change(world, merchant, brandColor=color)
        for _ in range(3):
            assert (await world.read(session))["brand"]["color"] == color
    assert len(made) == 2


async def test_the_snapshot_has_description_and_brand(world: World) -> None:
    merchant = await world.merchant()
    await change(world, merchant, brandColor="#0a7468")
    session = await world.session(merchant, description="Two cups")
    async with (
        served(world) as server,
        open_websocket_url(f"ws://127.0.0.1:{server.port}/ws") as socket,
    ):
        asked = {
            "type": "subscribe",
            "sessionId": session["id"],
            "token": session["subscriptionToken"],
        }
        with trio.fail_after(30):
            await socket.send_message(msgspec.json.encode(asked).decode())
            seen = msgspec.json.decode(await socket.get_message())
    assert seen["type"] == "session"
    assert seen["description"] == "Two cups"
    assert seen["brand"] == {"color": "#0a7468", "textColor": "#ffffff"}


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("brandColor", "red", "six hexadecimal digits"),
        ("brandColor", "#fff", "six hexadecimal digits"),
        ("brandColor", "#0a7468;background:url(x)", "six hexadecimal digits"),
        ("brandColor", 7, "a string"),
        ("supportUrl", "http://shop.example", "an https:// URL"),
        ("supportUrl", "javascript:alert(1)", "http:// or https://"),
        ("supportUrl", "https://bank.example@evil.example/", "without a user name"),
        ("supportUrl", "https://shop.example/ x", "http:// or https://"),
        ("supportUrl", "HTTPS://shop.example/" + "x" * 2048, "at most 2048"),
        ("supportUrl", "", "http:// or https://"),
        ("supportEmail", "shop", "not an e-mail address"),
        ("supportEmail", "a@b\nBcc: c@d", "not an e-mail address"),
        ("supportEmail", "a@" + "b" * 300, "not an e-mail address"),
        ("supportEmail", None, None),
        ("logoUrl", "/logos/x.png", "no such field"),
    ],
)
async def test_wrong_branding_is_a_field_error(
    world: World, field: str, value: object, complaint: str | None
) -> None:
    merchant = await world.merchant()
    response = await world.request("PATCH", ME, json={field: value}, headers=key_of(merchant))
    if complaint is None:
        assert response.status_code == 200
        return
    problem = await problem_in(response, 400, "validation_failed")
    assert [detail["field"] for detail in problem["details"]] == [field]
    assert complaint in problem["details"][0]["message"]


async def test_a_color_that_is_hard_to_see_on_one_page_has_a_warning(world: World) -> None:
    merchant = await world.merchant()
    (warning,) = (await change(world, merchant, brandColor="#000000"))["warnings"]
    assert "dark page" in warning
    assert "warnings" not in await change(world, merchant, brandColor="#1a8f80")
    assert "warnings" not in await change(world, merchant, name="Bean There")


async def test_uploads_take_turns_and_payments_go_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many large images at once: one is decoded at a time, and other calls are answered."""
    merchants = [await world.merchant() for _ in range(4)]
    session = await world.session(merchants[0])
    large = red(size=(4096, 4096))
    at_once, most = 0, 0
    decoded = logos.made_logo

    def watched(data: bytes) -> logos.Logo:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        try:
            return decoded(data)
        finally:
            at_once -= 1

    monkeypatch.setattr("actors.merchants.logos.made_logo", watched)
    async with trio.open_nursery() as nursery:
        for merchant in merchants:
            nursery.start_soon(upload, world, merchant, large)
        for _ in range(10):
            with trio.fail_after(5):
                assert (await world.read(session))["status"] == "pending"
    assert most == 1


async def test_a_noisy_photo_fits(world: World) -> None:
    into = io.BytesIO()
    noise("RGB", (400, 400)).save(into, "JPEG", quality=90)
    profile = await upload(world, await world.merchant(), into.getvalue(), "image/jpeg")
    shown = await world.request("GET", profile["logoUrl"])
    assert len(await bytes_of(shown)) <= 64 * 1024
