"""The description of each route: its callers, input and answers. It is written at the view, and
``web/http/endpoint.py`` enforces it in both lanes."""

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
    """The callers that a route admits."""

    NONE = "none"
    KEY = "key"
    """A merchant, with an API key or the dashboard's cookie."""
    COOKIE = "cookie"
    """A merchant who is signed in to the dashboard. An API key is not accepted."""
    MAYBE_KEY = "maybe key"
    """Anybody. A merchant gets more fields."""
    OPERATOR = "operator"
    MAYBE_OPERATOR = "maybe operator"
    """Anybody. The operator gets more fields."""


@frozen
class Parameter:
    """A part of the path, a query parameter or a header."""

    name: str
    shape: JsonType
    description: str
    required: bool = False


REAUTH: Final = Parameter(
    REAUTH_HEADER,
    str,
    "The API key again. Required with the cookie, unless password and code were given in the last"
    " five minutes.",
)


@frozen
class Upload:
    """A body that is a file."""

    types: tuple[str, ...]
    """Its content types. A client may also send none, or application/octet-stream: the file itself
    is what counts."""
    most: int
    """Bytes."""

    def accepts(self, content_type: str) -> bool:
        """Whether a body may have this content type."""
        return content_type in {*self.types, "", "application/octet-stream"}


@frozen
class Operation:
    """The description of one route."""

    summary: str
    description: str
    answers: Mapping[int, JsonType]
    """The shape for each status. A text is a content type; None is an answer without a body."""
    problems: tuple[int, ...] = ()
    """Statuses of errors that are specific to this route. Those of authentication, bodies and so on
    follow from the other fields."""
    auth: Auth = Auth.NONE
    scope: Scope = Scope.MANAGE
    """The scope that an API key needs. A dashboard session covers every scope."""
    fresh: bool = False
    """Whether the cookie alone is not enough: the call also needs the API key in REAUTH_HEADER, or
    password and code in the last minutes."""
    body: JsonType = None
    """The shape of a JSON body. Without one, any body is read and ignored."""
    upload: Upload | None = None
    """The file that is the body."""
    query: tuple[Parameter, ...] = ()
    headers: tuple[Parameter, ...] = ()
    idempotent: bool = False
    """Whether the route takes an Idempotency-Key."""
    stores_key: bool = False
    """Whether the view claims the Idempotency-Key itself, to store it in one transaction with what
    it creates."""
    check_first: Callable[[bytes], object] | None = None
    """Validates the body before the credentials are checked; raises Problem. Without it the
    credentials are checked first, and the body is only read if they are valid."""
    files: tuple[str, ...] = ()
    """Other content types of a 200, on request."""

    @property
    def statuses(self) -> frozenset[int]:
        """All statuses of this route, except those that any route may have."""
        found = {*self.answers, *self.problems}
        if self.auth is not Auth.NONE:
            found.add(401)
        if self.auth in (Auth.KEY, Auth.COOKIE) or self.fresh:
            # A key whose scope is too small; a cookie that is not from our own page or not fresh.
            found.add(403)
        if self.body is not None or self.upload is not None:
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
    upload: Upload | None = None,
    query: tuple[Parameter, ...] = (),
    headers: tuple[Parameter, ...] = (),
    idempotent: bool = False,
    stores_key: bool = False,
    check_first: Callable[[bytes], object] | None = None,
    files: tuple[str, ...] = (),
) -> Callable[[View], View]:
    """Describe a route. The first line of the view's docstring is the summary, the rest the
    description. ``fresh`` adds REAUTH to the headers."""

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
            upload=upload,
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
    """Give a function that serves a view the view's description."""
    _OPERATIONS[view] = operation


def content_type_of(answer: JsonType) -> str:
    return answer if isinstance(answer, str) else JSON
