"""The description of each route: who may call, what it takes and what it answers. It stands at the
view, and ``web/http/endpoint.py`` enforces it in both lanes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from inspect import getdoc
from types import MethodType
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

from attrs import frozen

from kasgate.access.api_keys import Scope
from web.contract.answers import JSON
from web.contract.types import JsonType

View = TypeVar("View", bound=Callable[..., Any])

HTML: Final = "text/html"
REAUTH_HEADER: Final = "X-KasGate-Reauth"


class Auth(StrEnum):
    """Who may call."""

    NONE = "none"
    KEY = "key"
    """A merchant, by API key or by the dashboard's cookie."""
    COOKIE = "cookie"
    """A merchant who is signed in to the dashboard; an API key does not do."""
    MAYBE_KEY = "maybe key"
    """Anybody; a merchant sees more."""
    OPERATOR = "operator"
    MAYBE_OPERATOR = "maybe operator"
    """Anybody; the operator sees more."""


@frozen
class Parameter:
    """A part of the path, of the query, or a header."""

    name: str
    shape: JsonType
    description: str
    required: bool = False


REAUTH: Final = Parameter(
    REAUTH_HEADER,
    str,
    "The API key once more; needed when the cookie asks and password and code were not asked for in"
    " the last five minutes.",
)


@frozen
class Operation:
    """One route."""

    summary: str
    description: str
    answers: Mapping[int, JsonType]
    """Status to shape; a text is a content type, None an answer without a body."""
    problems: tuple[int, ...] = ()
    """Statuses of errors that only this route has; those of authentication, bodies and so on
    follow from the rest."""
    auth: Auth = Auth.NONE
    scope: Scope = Scope.MANAGE
    """The scope that an API key needs. A dashboard session covers every scope."""
    fresh: bool = False
    """Whether the cookie alone is not enough: the call also needs the API key in REAUTH_HEADER, or
    password and code a short while ago."""
    body: JsonType = None
    """The shape of a JSON body. Without one, any body is read and ignored."""
    query: tuple[Parameter, ...] = ()
    headers: tuple[Parameter, ...] = ()
    idempotent: bool = False
    """Whether it takes an Idempotency-Key."""
    stores_key: bool = False
    """Whether the view claims the Idempotency-Key itself, to store it in one transaction with what
    it makes."""
    check_first: Callable[[bytes], object] | None = None
    """Validates the body before the credentials are checked; it raises Problem. Without it the
    credentials come first, and a body without them is not read."""
    files: tuple[str, ...] = ()
    """Other content types in which a 200 may come, if asked for."""

    @property
    def statuses(self) -> frozenset[int]:
        """Every status that it may be answered with, but for those that any route may have."""
        found = {*self.answers, *self.problems}
        if self.auth is not Auth.NONE:
            found.add(401)
        if self.auth in (Auth.KEY, Auth.COOKIE) or self.fresh:
            # A key of too small a scope; a cookie, but not from our own page or not fresh.
            found.add(403)
        if self.body is not None:
            found |= {400, 413, 415}
        if self.query:
            found.add(400)
        if self.idempotent:
            found |= {400, 409, 422}
        return frozenset(found)


_OPERATIONS: Final[WeakKeyDictionary[Callable[..., Any], Operation]] = WeakKeyDictionary()


def described(
    answers: Mapping[int, JsonType],
    *,
    problems: tuple[int, ...] = (),
    auth: Auth = Auth.NONE,
    scope: Scope = Scope.MANAGE,
    fresh: bool = False,
    body: JsonType = None,
    query: tuple[Parameter, ...] = (),
    headers: tuple[Parameter, ...] = (),
    idempotent: bool = False,
    stores_key: bool = False,
    check_first: Callable[[bytes], object] | None = None,
    files: tuple[str, ...] = (),
) -> Callable[[View], View]:
    """Describe a route. The first line of its docstring is the summary, the rest the description.
    ``fresh`` adds REAUTH to the headers."""

    def describe(view: View) -> View:
        summary, _, rest = (getdoc(view) or "").partition("\n")
        _OPERATIONS[view] = Operation(
            summary=summary.rstrip("."),
            description=" ".join(rest.split()),
            answers=answers,
            problems=problems,
            auth=auth,
            scope=scope,
            fresh=fresh,
            body=body,
            query=query,
            headers=(*headers, REAUTH) if fresh else headers,
            idempotent=idempotent,
            stores_key=stores_key,
            check_first=check_first,
            files=files,
        )
        return view

    return describe


def operation_of(view: Callable[..., Any]) -> Operation:
    """The description of a view. Raises LookupError if it has none."""
    function = view.__func__ if isinstance(view, MethodType) else view
    try:
        return _OPERATIONS[function]
    except KeyError:
        raise LookupError(f"The route {view.__qualname__} is not described.") from None


def describe_as(view: Callable[..., Any], operation: Operation) -> None:
    """Give a function that serves a view the description of that view."""
    _OPERATIONS[view] = operation


def content_type_of(answer: JsonType) -> str:
    """The content type of an answer."""
    return answer if isinstance(answer, str) else JSON
