"""``/.well-known/security.txt``, in both lanes and under a path."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.web.conftest import LANES
from tests.web.shape import problem_in
from tests.web.world import World, a_world, bytes_of, served

PATH = "/.well-known/security.txt"


async def fields_of(world: World, path: str = PATH) -> list[tuple[str, str]]:
    """The fields of the file, in order."""
    answer = await world.request("GET", path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    lines = (await bytes_of(answer)).decode().splitlines()
    return [(name, value) for name, _, value in (line.partition(": ") for line in lines)]


@pytest.mark.parametrize("lane", LANES)
async def test_it_names_the_contact_and_expires_within_a_year(lane: str) -> None:
    contacts = "security@pay.example,https://pay.example/report"
    async with a_world(security_contact=contacts, base_url="https://pay.example") as world:
        async with served(world) as server:
            world.port = server.port if lane == "express" else None
            fields = await fields_of(world)
        assert [name for name, _ in fields] == [
            "Contact", "Contact", "Expires", "Preferred-Languages", "Canonical",
        ]  # fmt: skip
        assert fields[0][1] == "mailto:security@pay.example"
        assert fields[1][1] == "https://pay.example/report"
        expires = datetime.fromisoformat(dict(fields)["Expires"]).timestamp()
        left = expires - world.gateway.clock() / 1000
        assert timedelta(days=30).total_seconds() < left < timedelta(days=365).total_seconds()
        assert dict(fields)["Canonical"] == f"https://pay.example{PATH}"


async def test_under_a_path_its_canonical_place_is_the_root_of_the_origin() -> None:
    base = "https://shop.example:8443/kasgate"
    async with a_world(security_contact="a@b.example", base_url=base) as world:
        for path in (PATH, f"/kasgate{PATH}"):
            fields = dict(await fields_of(world, path))
            assert fields["Canonical"] == f"https://shop.example:8443{PATH}"


@pytest.mark.parametrize("lane", LANES)
async def test_without_a_contact_there_is_none(lane: str) -> None:
    async with a_world() as world, served(world) as server:
        world.port = server.port if lane == "express" else None
        await problem_in(await world.request("GET", PATH), 404, "not_found")
