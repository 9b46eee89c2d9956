"""What each route takes and answers, said where the route is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from inspect import getdoc
from typing import Any, Final, TypeVar
from weakref import WeakKeyDictionary

from attrs import frozen

from kasgate.access.api_keys import Scope
from web.contract.answers import JSON
from web.contract.types import JsonType

View = TypeVar("View", bound=Callable[..., Any])

HTML: Final = "text/html"


class Auth(StrEnum):
    """Who may call."""

    NONE = "none"
    KEY = "key"
    """A merchant."""
    COOKIE = "cookie"
    """Whoever is signed in to the dashboard."""
    MAYBE_KEY = "maybe key"
    """Anybody; its owner sees more."""
    OPERATOR = "operator"
    MAYBE_OPERATOR = "maybe operator"


@frozen
class Parameter:
    """A part of the path, of the query, or a header."""

    name: str
    shape: JsonType
    description: str
    required: bool = False


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
    """What an API key must let its holder do; whoever is signed in may do all of it."""
    body: JsonType = None
    body_optional: bool = False
    query: tuple[Parameter, ...] = ()
    headers: tuple[Parameter, ...] = ()
    idempotent: bool = False
    """Whether it takes an Idempotency-Key."""
    files: tuple[str, ...] = ()
    """Other content types in which a 200 may come, if asked for."""

    @property
    def statuses(self) -> frozenset[int]:
        """Every status that it may be answered with, but for those that any route may have."""
        found = {*self.answers, *self.problems}
        if self.auth is not Auth.NONE:
            found.add(401)
        if self.auth in (Auth.KEY, Auth.COOKIE):
            # A key of too small a scope; or signed in, but not from our own page.
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
    body: JsonType = None,
    body_optional: bool = False,
    query: tuple[Parameter, ...] = (),
    headers: tuple[Parameter, ...] = (),
    idempotent: bool = False,
    files: tuple[str, ...] = (),
) -> Callable[[View], View]:
    """Describe a route. The first line of its docstring is the summary, the rest says more."""

    def describe(view: View) -> View:
        summary, _, rest = (getdoc(view) or "").partition("\n")
        _OPERATIONS[view] = Operation(
            summary=summary.rstrip("."),
            description=" ".join(rest.split()),
            answers=answers,
            problems=problems,
            auth=auth,
            scope=scope,
            body=body,
            body_optional=body_optional,
            query=query,
            headers=headers,
            idempotent=idempotent,
            files=files,
        )
        return view

    return describe


def operation_of(view: Callable[..., Any]) -> Operation:
    """What was said of a route. Raises LookupError if nothing was."""
    try:
        return _OPERATIONS[view]
    except KeyError:
        raise LookupError(f"The route {view.__qualname__} is not described.") from None


def content_type_of(answer: JsonType) -> str:
    """The content type of an answer."""
    return answer if isinstance(answer, str) else JSON
