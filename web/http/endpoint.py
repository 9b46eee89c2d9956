"""A route's view behind the checks of its description. Both lanes answer through it, so no call
reaches a view without these checks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

import trio
from attrs import define, field, frozen

from web.contract.bodies import decoded
from web.contract.operations import Auth, Operation, operation_of
from web.http.caller import SAFE_METHODS
from web.http.idempotency import KEY_HEADER

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from actors.gateway import Gateway
    from web.contract.answers import Answer
    from web.http.caller import Caller
    from web.http.credentials import HeaderLookup
    from web.http.idempotency import Idempotency
    from web.http.operators import Operators

SLOW_BODY_S: Final = 1.0
"""The caller is looked up again after a body that took longer: its credentials may have ended."""


# Not frozen, because a frozen one takes a microsecond to make.
@define(eq=False)
class Request:
    """One request. The view gets it after the caller is admitted and the body is read."""

    caller: Caller
    path: str
    """Our own path, without the base path."""
    query: MultiDict[str, str]
    places: Mapping[str, str]
    """The variable parts of the path, by name."""
    body: bytes = field(default=b"", repr=False)
    """Empty until it is read."""

    @property
    def headers(self) -> HeaderLookup:
        """The request's headers."""
        return self.caller.headers


class View(Protocol):
    """Answers a request. Raises Problem and the exceptions that problem_of knows."""

    @property
    def __name__(self) -> str: ...

    def __call__(self, request: Request, /) -> Awaitable[Answer]: ...


Route = tuple[str, str, View]
"""Method, path below the prefix, view."""


@frozen
class Routes:
    """The routes of one resource."""

    name: str
    """The first part of the routes' operation ids."""
    prefix: str
    """The common beginning of the routes' paths."""
    table: tuple[Route, ...]


class Endpoint:
    """A view and the checks of its description."""

    def __init__(
        self, view: View, gateway: Gateway, operators: Operators, idempotency: Idempotency
    ) -> None:
        self.operation: Operation = operation_of(view)
        self._view = view
        self._gateway = gateway
        self._operators = operators
        self._idempotency = idempotency
        self._admit = self._admission()

    async def answer(self, request: Request, read_body: Callable[[], Awaitable[bytes]]) -> Answer:
        """Check the caller, read the body, call the view. The body is not read if the caller is
        refused. Raises Problem (401, 403, 429), and the exceptions of ``read_body`` and the
        view."""
        operation, caller = self.operation, request.caller
        is_admitted = operation.check_first is None
        if is_admitted:
            self._admit(caller)
        if caller.method not in SAFE_METHODS:
            began_at = trio.current_time()
            request.body = await read_body()
            is_slow = trio.current_time() - began_at > SLOW_BODY_S
            if is_slow and operation.auth is not Auth.NONE:
                await caller.identify_again(self._gateway)
                is_admitted = False
        if operation.check_first is not None:
            operation.check_first(request.body)
        if not is_admitted:
            self._admit(caller)
        if operation.idempotent and not operation.stores_key:
            return await self._once(request)
        return await self._view(request)

    def _admission(self) -> Callable[[Caller], object]:
        """The checks of the caller. Chosen once, to save time in hot calls."""
        by_auth = self._admission_by_auth()
        if not self.operation.fresh:
            return by_auth

        def admit(caller: Caller) -> None:
            by_auth(caller)
            caller.require_fresh()

        return admit

    def _admission_by_auth(self) -> Callable[[Caller], object]:
        scope = self.operation.scope
        match self.operation.auth:
            case Auth.NONE:
                return _admit_anybody
            case Auth.KEY:
                return lambda caller: caller.require(scope)
            case Auth.MAYBE_KEY:
                return lambda caller: caller.require_if_any(scope)
            case Auth.COOKIE:
                return lambda caller: caller.require_signed_in()
            case Auth.OPERATOR:
                return self._operators.require
            case Auth.MAYBE_OPERATOR:
                return self._recognise_operator

    def _recognise_operator(self, caller: Caller) -> None:
        caller.is_operator = self._operators.recognises(caller)

    async def _once(self, request: Request) -> Answer:
        """Run the call, or repeat its answer if its Idempotency-Key is known."""
        body: object
        if self.operation.body is not None:
            body = decoded(request.body)
        else:
            body = request.body.decode("latin-1") or None
        return await self._idempotency.once(
            request.caller.merchant.id,
            request.headers.get(KEY_HEADER),
            f"POST {request.path}",
            partial(self._view, request),
            body,
        )


def _admit_anybody(_caller: Caller) -> None:
    """No check."""
