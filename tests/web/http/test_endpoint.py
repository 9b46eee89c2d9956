"""The table of routes: each view is served under its own name, behind its own checks."""

from __future__ import annotations

import pytest

from tests.web.world import a_world
from web.contract.answers import Answer
from web.contract.operations import Auth, described
from web.http.endpoint import Request, Routes


class OpenCalls:
    @described({204: None})
    async def show(self, _request: Request) -> Answer:
        """Open to anybody."""
        return Answer(204, b"")


class KeyCalls:
    @described({204: None}, auth=Auth.KEY)
    async def show(self, _request: Request) -> Answer:
        """For merchants."""
        return Answer(204, b"")


async def test_two_views_of_one_name_are_refused_in_one_table() -> None:
    table = (("GET", "/open", OpenCalls().show), ("GET", "/closed", KeyCalls().show))
    async with a_world() as world:
        with pytest.raises(AssertionError):
            world.app.add_routes(Routes("twins", "/api/v1/twins", table))


async def test_one_view_at_two_paths_has_the_same_checks() -> None:
    closed = KeyCalls()
    table = (("GET", "/one", closed.show), ("GET", "/two", closed.show))
    async with a_world() as world:
        world.app.add_routes(Routes("twins", "/api/v1/twins", table))
        for path in ("/one", "/two"):
            response = await world.app.test_client().get(f"/api/v1/twins{path}")
            assert response.status_code == 401
