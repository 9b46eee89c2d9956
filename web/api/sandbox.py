"""Test mode: one call pays, reverts or expires a session, on a simulated network only.

On any other network these routes do not exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actors.sandbox import Action, Sandbox
from kasgate.access.api_keys import Scope
from web.contract.operations import Auth, described
from web.contract.problems import NOT_FOUND, Problem
from web.contract.sessions import SessionAnswer
from web.http.endpoint import Request, Routes

if TYPE_CHECKING:
    from web.api.sessions import SessionCalls
    from web.contract.answers import Answer


class SandboxCalls:
    def __init__(self, sandbox: Sandbox, sessions: SessionCalls) -> None:
        self._sandbox = sandbox
        self._sessions = sessions

    @described(
        {200: SessionAnswer},
        auth=Auth.KEY,
        scope=Scope.CREATE,
        problems=(403, 409),
        idempotent=True,
    )
    async def act(self, request: Request) -> Answer:
        """Simulate an event of a session on the simulated network.

        The answer is the session after the gateway has seen the result. pay: pay the amount due.
        underpay: pay half of it. overpay: pay one KAS more. pay-late: pay after expiry. revert: a
        reorg removes the last payment. confirm: pay and mine blocks. expire: let the time run out.
        This call does not exist on a real network.
        """
        view = await self._sessions.own(request)
        try:
            action = Action(request.places["action"])
        except ValueError:
            names = ", ".join(Action)
            raise Problem(NOT_FOUND, f"There is no such action. The actions are {names}.") from None
        await self._sandbox.act(view.session.id, action)
        return await self._sessions.shown(view.session.id, request.caller.merchant)


def sandbox_routes(sandbox: Sandbox, sessions: SessionCalls) -> Routes:
    """The routes under ``/api/v1/test``."""
    calls = SandboxCalls(sandbox, sessions)
    return Routes(
        "test_mode",
        "/api/v1/test",
        (("POST", "/sessions/<session_id>/<action>", calls.act),),
    )
