"""Behind a reverse proxy: headers of a configured proxy are trusted, all others are not."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any, cast

import pytest
from hypercorn.typing import HTTPScope

from kasgate.access.client_networks import network_of
from tests.web.world import World, a_world
from web.http.proxies import TrustedProxies

NETWORKS = [ip_network("10.0.0.0/8"), ip_network("fd00::/8"), ip_network("127.0.0.1")]


def applied(peer: str | None, *headers: tuple[str, str], networks: Any = NETWORKS) -> HTTPScope:
    scope = cast(
        HTTPScope,
        {
            "type": "http",
            "scheme": "http",
            "client": None if peer is None else (peer, 1234),
            "headers": [
                (b"host", b"inside:3001"),
                *((name.lower().encode(), value.encode()) for name, value in headers),
            ],
        },
    )
    TrustedProxies(networks).apply(scope)
    return scope


def client(peer: str, forwarded: str) -> str:
    found = applied(peer, ("X-Forwarded-For", forwarded))["client"]
    assert found is not None
    return found[0]


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("10.1.1.1", "203.0.113.7", "203.0.113.7"),
        # The left part was sent by the client itself.
        ("10.1.1.1", "1.2.3.4, 203.0.113.7", "203.0.113.7"),
        # Two of our own proxies in a row.
        ("10.1.1.1", "1.2.3.4, 203.0.113.7, 10.2.2.2", "203.0.113.7"),
        ("10.1.1.1", "10.3.3.3, 10.2.2.2", "10.3.3.3"),
        ("fd00::1", "2001:db8::7", "2001:db8::7"),
        ("::ffff:10.1.1.1", "203.0.113.7", "203.0.113.7"),
        ("10.1.1.1", "203.0.113.7:4711", "203.0.113.7"),
        ("10.1.1.1", "[2001:db8::7]:4711", "2001:db8::7"),
        ("10.1.1.1", "203.0.113.7, nonsense", "10.1.1.1"),
        ("10.1.1.1", "", "10.1.1.1"),
        # The header of an untrusted peer.
        ("203.0.113.9", "1.2.3.4", "203.0.113.9"),
        ("192.168.1.1", "1.2.3.4", "192.168.1.1"),
    ],
)
def test_the_client_is_the_nearest_address_that_is_not_a_trusted_proxy(
    peer: str, forwarded: str, expected: str
) -> None:
    assert client(peer, forwarded) == expected


def test_several_headers_are_one_list() -> None:
    scope = applied("10.1.1.1", ("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-For", "10.2.2.2"))
    assert scope["client"] == ("203.0.113.7", 0)


def test_scheme_and_host_are_only_trusted_from_a_proxy() -> None:
    said = (("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "pay.shop.example"))
    behind = applied("10.1.1.1", *said)
    assert behind["scheme"] == "https"
    assert dict(behind["headers"])[b"host"] == b"pay.shop.example"
    direct = applied("203.0.113.9", *said)
    assert direct["scheme"] == "http"
    assert dict(direct["headers"])[b"host"] == b"inside:3001"


def test_a_malformed_host_is_ignored() -> None:
    scope = applied("10.1.1.1", ("X-Forwarded-Host", "evil\r\nX: y"))
    assert dict(scope["headers"])[b"host"] == b"inside:3001"


def test_without_configured_proxies_no_header_is_trusted() -> None:
    scope = applied("127.0.0.1", ("X-Forwarded-For", "1.2.3.4"), networks=[])
    assert scope["client"] == ("127.0.0.1", 1234)
    assert applied(None)["client"] is None


def test_an_ipv6_customer_is_counted_by_its_network() -> None:
    assert network_of("2001:db8:1:2:aaaa::1") == network_of("2001:db8:1:2:bbbb::9")
    assert network_of("2001:db8:1:3::1") != network_of("2001:db8:1:2::1")
    assert network_of("203.0.113.7") == "203.0.113.7"
    assert network_of("<local>") == "<local>"


async def ask(world: World, client_address: str, forwarded: str) -> int:
    response = await world.app.test_client().get(
        "/api/v1/nothing",
        headers={"X-Forwarded-For": forwarded},
        scope_base={"client": (client_address, 1)},
    )
    return response.status_code


async def test_shoppers_behind_a_trusted_proxy_are_counted_separately() -> None:
    async with a_world(rate_limits="anonymous=1", trusted_proxies="10.0.0.0/8") as world:
        for number in range(30):
            assert await ask(world, "10.1.1.1", f"203.0.113.{number}") == 404
        assert [await ask(world, "10.1.1.1", "198.51.100.1") for _ in range(11)][-1] == 429


async def test_a_stranger_cannot_forge_addresses_to_escape_its_limit() -> None:
    async with a_world(rate_limits="anonymous=1", trusted_proxies="10.0.0.0/8") as world:
        answers = [await ask(world, "203.0.113.9", f"1.2.3.{number}") for number in range(11)]
        assert answers == [404] * 10 + [429]


async def test_https_at_the_proxy_is_https(world: World) -> None:
    async with a_world(trusted_proxies="10.0.0.0/8") as behind:
        for address, secure in (("10.1.1.1", True), ("203.0.113.9", False)):
            response = await behind.app.test_client().get(
                "/health",
                headers={"X-Forwarded-Proto": "https"},
                scope_base={"client": (address, 1)},
            )
            assert ("Strict-Transport-Security" in response.headers) is secure
