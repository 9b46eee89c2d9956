"""Errors of the ancestor that no other test covers (security.md)."""

from __future__ import annotations

import pytest

from tests.web.shape import problem_in
from tests.web.world import World, bytes_of, key_of

MARKUP = "<b>SKU</b> & \"quotes\" 'n' ümläut \u202e <script>alert(1)</script>"


async def test_an_order_id_with_markup_is_kept_unchanged_and_escaped(
    world: World,
) -> None:
    merchant = await world.merchant(name="<i>Shop</i> & Söhne")
    session = await world.session(merchant, orderId=MARKUP, metadata={"<k>": MARKUP})
    assert session["orderId"] == MARKUP
    mine = await world.read(session, headers=key_of(merchant))
    assert (mine["orderId"], mine["metadata"]) == (MARKUP, {"<k>": MARKUP})
    (event,) = await world.store.events_of_session(session["id"])
    assert "<b>SKU</b>" in event.payload
    page = (await bytes_of(await world.request("GET", f"/pay/{session['id']}"))).decode()
    for raw in ("<b>SKU", "<script>alert", "<i>Shop"):
        assert raw not in page


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"amount": "0"}', 400),
        (b'{"amount": "' + b"9" * 60 + b'"}', 400),
        (b'{"amount": "1e3"}', 400),
        (b'{"amount": "-1"}', 400),
        (b'{"amount": 1.5}', 400),
        ('{"amount": "٣"}'.encode(), 400),
        (b'{"amount": "1.123456789"}', 400),
        (b'{"amount": "1", "expiresIn": 59}', 400),
        (b'{"amount": "1", "redirectUrl": "javascript:alert(1)"}', 400),
        (b'{"amount": "1", "metadata": {"a": {"b": "c"}}}', 400),
        (b'{"amount": "1"', 400),
        (b'{"amount": "' + b"1" * 2_000_000 + b'"}', 413),
    ],
    ids=lambda value: value[:40].decode() if isinstance(value, bytes) else None,
)
async def test_an_absurd_body_is_a_400_or_a_413(world: World, body: bytes, status: int) -> None:
    merchant = await world.merchant()
    response = await world.request(
        "POST",
        "/api/v1/sessions",
        data=body,
        headers=key_of(merchant) | {"Content-Type": "application/json"},
    )
    await problem_in(response, status)
    assert (await world.gateway.counts()).active_sessions == 0
