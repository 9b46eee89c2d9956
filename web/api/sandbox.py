"""Test mode: a session paid, reverted or expired by one call, on a simulated network alone.

On any other network these routes do not exist.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from quart import Blueprint, Response, request

from actors.sandbox import Action, Sandbox
from kasgate.access.api_keys import Scope
from web.api.sessions import SessionCalls
from web.contract.operations import Auth, described
from web.contract.problems import NOT_FOUND, Problem
from web.contract.sessions import SessionAnswer
from web.http.credentials import require_merchant
from web.http.idempotency import Idempotency
from web.http.quart_io import body_if_any, respond

if TYPE_CHECKING:
    from actors.gateway import Gateway
    from kasgate.merchant import Merchant
    from web.contract.answers import Answer


class SandboxCalls:
    """What may be done to sessions of a simulated network. Raises Problem and the exceptions of
    problem_of."""

    def __init__(self, sandbox: Sandbox, sessions: SessionCalls) -> None:
        self._sandbox = sandbox
        self._sessions = sessions

    async def act(self, session_id: str, action: str, merchant: Merchant) -> Answer:
        """Do it to the merchant's own session; the session as it then stands."""
        view = await self._sessions.own(session_id, merchant)
        try:
            known = Action(action)
        except ValueError:
            names = ", ".join(Action)
            raise Problem(NOT_FOUND, f"There is no such action. There are {names}.") from None
        await self._sandbox.act(view.session.id, known)
        return await self._sessions.read(session_id, merchant)


def sandbox_routes(gateway: Gateway, idempotency: Idempotency) -> Blueprint | None:
    """The routes under ``/api/v1/test``; None unless the gateway stands on a simulated network."""
    control = gateway.settings.sandbox_control
    if control is None:
        return None
    routes = Blueprint("test_mode", __name__, url_prefix="/api/v1/test")
    calls = SandboxCalls(Sandbox(gateway, control), SessionCalls(gateway, idempotency))

    @routes.post("/sessions/<session_id>/<action>")
    @described(
        {200: SessionAnswer},
        auth=Auth.KEY,
        scope=Scope.CREATE,
        problems=(403, 409),
        idempotent=True,
    )
    async def act(session_id: str, action: str) -> Response:
        """Do something to a session on the simulated network.

        The network is told, the gateway sees what came of it, and the answer is the session then.
        pay: what remains. underpay: half of it. overpay: a KAS more. pay-late: after expiry.
        revert: a reorg takes the last payment away. confirm: pay and make blocks. expire: time is
        up. There is no such call on a real network.
        """
        merchant = await require_merchant(gateway, request.headers)
        return respond(
            await idempotency.once(
                merchant,
                request,
                partial(calls.act, session_id, action, merchant),
                await body_if_any(),
            )
        )

    return routes
