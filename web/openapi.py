"""The OpenAPI 3.1 document, built from the routes, their descriptions and their shapes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from msgspec import Meta

import kasgate
from actors.sandbox import Action
from web.contract.answers import JSON, PROBLEM_JSON
from web.contract.operations import Auth, Operation, Parameter, content_type_of, operation_of
from web.contract.problems import problem_of_status
from web.contract.types import JsonType, ProblemShape, SessionId, Shape
from web.http.credentials import CSRF_HEADER, cookie_name

if TYPE_CHECKING:
    from quart import Quart
    from werkzeug.routing import Rule

_REF: Final = "#/components/schemas/{name}"
_PLACE: Final = re.compile(r"<(?:[^:<>]+:)?([a-z_]+)>")
_UNTOLD: Final = frozenset({"HEAD", "OPTIONS"})
_COOKIE: Final[list[dict[str, list[str]]]] = [{"dashboard": []}]
_KEY: Final[list[dict[str, list[str]]]] = [{"apiKey": []}, {"bearer": []}, *_COOKIE]
_OPERATOR: Final[list[dict[str, list[str]]]] = [{"operator": []}]
_SECURITY: Final[Mapping[Auth, list[dict[str, list[str]]]]] = {
    Auth.NONE: [],
    Auth.KEY: _KEY,
    Auth.COOKIE: _COOKIE,
    Auth.MAYBE_KEY: [{}, *_KEY],
    Auth.OPERATOR: _OPERATOR,
    Auth.MAYBE_OPERATOR: [{}, *_OPERATOR],
}
_SCHEMES_WITH_SCOPE: Final = frozenset({"apiKey", "bearer"})
FIRST_ERROR: Final = 400
_IDEMPOTENCY_KEY: Final = Parameter(
    "Idempotency-Key",
    Annotated[str, Meta(pattern="^[!-~]{1,255}$")],
    "For 24 hours, the same call with the same key gets the same answer, and is not carried out"
    " again.",
)
_IN_PATH: Final = {
    "session_id": Parameter("session_id", SessionId, "The id of the session.", required=True),
    "sign_in_id": Parameter("sign_in_id", str, "The id of a dashboard session.", required=True),
    "key_id": Parameter("key_id", str, "The id of an API key.", required=True),
    "action": Parameter("action", Action, "The action on the session.", required=True),
    "act": Parameter("act", str, "The action of the wallet.", required=True),
    "log_id": Parameter("log_id", str, "The id of the delivery in the log.", required=True),
    "event_id": Parameter("event_id", str, "The id of the event.", required=True),
    "name": Parameter("name", str, "The path of a file.", required=True),
}
_TAGS: Final = (
    ("/api/v1/sessions", "Sessions"),
    ("/api/v1/merchants", "Merchants"),
    ("/api/v1/events", "Events"),
    ("/api/v1/dashboard", "Dashboard"),
    ("/api/v1/test", "Test mode"),
    ("/api/v1/rates", "Prices"),
    ("/demo", "Demo shop"),
    ("/health", "Health"),
    ("/metrics", "Health"),
    ("/ws", "WebSocket"),
    ("/api/v1/openapi.json", "Description"),
    ("/docs", "Description"),
)
_OTHERS: Final = "Pages"
_ABOUT: Final = (
    "KasGate receives payments in KAS for merchants and holds no private keys. Amounts are strings,"
    " in KAS and in sompi. Times are ISO 8601 in UTC. Errors are application/problem+json. Every"
    " answer has a Request-Id. Too many calls get a 429 with Retry-After."
)
_REQUEST_ID: Final = {"Request-Id": {"$ref": "#/components/headers/Request-Id"}}
_PROBLEM: Final = {"$ref": "#/components/responses/Problem"}


def document(app: Quart, base_url: str) -> dict[str, Any]:
    """The document of an application with all its routes, served at ``base_url``.

    Raises LookupError for a route that is not described.
    """
    routes = [
        (rule, method, operation_of(app.view_functions[rule.endpoint]))
        for rule in sorted(app.url_map.iter_rules(), key=_place)
        for method in sorted((rule.methods or set()) - _UNTOLD)
    ]
    shapes = _Shapes(operation for _, _, operation in routes)
    paths: dict[str, dict[str, Any]] = {}
    for rule, method, operation in routes:
        path = _PLACE.sub(r"{\1}", rule.rule)
        paths.setdefault(path, {})[method.lower()] = _described(rule, method, operation, shapes)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "KasGate",
            "version": kasgate.__version__,
            "description": _ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": base_url}],
        "tags": [{"name": name} for name in dict.fromkeys(_tag(rule) for rule, _, _ in routes)],
        "paths": paths,
        "components": _components(shapes, base_url),
    }


def _components(shapes: _Shapes, base_url: str) -> dict[str, Any]:
    return {
        "schemas": shapes.components,
        "headers": {
            "Request-Id": {
                "schema": {"type": "string"},
                "description": "The id that the client sent, or a new one.",
            }
        },
        "responses": {
            "Problem": {
                "description": "An error. Its code identifies the kind.",
                "headers": _REQUEST_ID,
                "content": {PROBLEM_JSON: {"schema": shapes.of(ProblemShape)}},
            }
        },
        "securitySchemes": _security_schemes(base_url),
    }


def _security_schemes(base_url: str) -> dict[str, Any]:
    return {
        "apiKey": {
            "type": "apiKey",
            "in": "header",
            "name": "X-API-Key",
            "description": (
                "An API key. Each call names the least scope that the key needs: read,"
                " create or manage. A key of a smaller scope gets a 403."
            ),
        },
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "The same API key as a bearer token.",
        },
        "dashboard": {
            "type": "apiKey",
            "in": "cookie",
            "name": cookie_name(base_url),
            "description": (
                "Set by POST /api/v1/dashboard/login, for the dashboard's own pages. Calls"
                f" that change something also need the header {CSRF_HEADER}."
            ),
        },
        "operator": {
            "type": "http",
            "scheme": "bearer",
            "description": "The token of KASGATE_OPERATOR_TOKEN.",
        },
    }


class _Shapes:
    """The schemas of all types that the operations name."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        types: list[JsonType] = [ProblemShape]
        for operation in operations:
            types += [_IDEMPOTENCY_KEY.shape, operation.body]
            types += [answer for answer in operation.answers.values() if _has_shape(answer)]
            types += [parameter.shape for parameter in (*operation.query, *operation.headers)]
        types += [parameter.shape for parameter in _IN_PATH.values()]
        self._types = [kind for kind in types if kind is not None]
        schemas, self.components = msgspec.json.schema_components(self._types, ref_template=_REF)
        self._schemas = list(schemas)
        answers = {kind.__name__ for kind in _all_shapes()}
        for name, component in self.components.items():
            if name in answers:
                # Later versions add fields to answers: a client has to ignore unknown ones.
                component.pop("additionalProperties", None)

    def of(self, kind: JsonType) -> dict[str, Any]:
        """The schema of a type."""
        return self._schemas[next(i for i, known in enumerate(self._types) if known is kind)]


def _all_shapes() -> list[type[Shape]]:
    found, left = [], [Shape]
    while left:
        children = left.pop().__subclasses__()
        found += children
        left += children
    return found


def _has_shape(answer: JsonType) -> bool:
    return answer is not None and not isinstance(answer, str)


def _described(rule: Rule, method: str, operation: Operation, shapes: _Shapes) -> dict[str, Any]:
    parameters = [_parameter(_IN_PATH[name], "path", shapes) for name in _PLACE.findall(rule.rule)]
    parameters += [_parameter(parameter, "query", shapes) for parameter in operation.query]
    headers = (*operation.headers, *((_IDEMPOTENCY_KEY,) if operation.idempotent else ()))
    parameters += [_parameter(parameter, "header", shapes) for parameter in headers]
    described: dict[str, Any] = {
        "operationId": _operation_id(rule, method),
        "tags": [_tag(rule)],
        "summary": operation.summary,
        "security": _security(operation),
        "responses": _responses(rule, operation, shapes),
    }
    if operation.description:
        described["description"] = operation.description
    if parameters:
        described["parameters"] = parameters
    if operation.body is not None:
        described["requestBody"] = {
            "required": True,
            "content": {JSON: {"schema": shapes.of(operation.body)}},
        }
    if operation.upload is not None:
        file = {"type": "string", "format": "binary"}
        described["requestBody"] = {
            "required": True,
            "content": {kind: {"schema": file} for kind in operation.upload.types},
        }
    return described


def _security(operation: Operation) -> list[dict[str, list[str]]]:
    """The ways to authenticate. An API key has its scope beside it, as OpenAPI 3.1 lists roles."""
    return [
        {scheme: [operation.scope.value] if scheme in _SCHEMES_WITH_SCOPE else [] for scheme in way}
        for way in _SECURITY[operation.auth]
    ]


def _operation_id(rule: Rule, method: str) -> str:
    """A unique name. If one function serves several routes, it has the places of the path."""
    alone = rule.map is None or len(list(rule.map.iter_rules(rule.endpoint))) == 1
    places = [] if alone else _PLACE.findall(rule.rule)
    return "_".join([method.lower(), *rule.endpoint.split("."), *places])


def _place(rule: Rule) -> tuple[int, str]:
    """The sort key of a route: its tag, then its path."""
    tags = [tag for _, tag in _TAGS]
    tag = _tag(rule)
    return (tags.index(tag) if tag in tags else len(tags)), rule.rule


def _tag(rule: Rule) -> str:
    return next((tag for start, tag in _TAGS if rule.rule.startswith(start)), _OTHERS)


def _parameter(parameter: Parameter, place: str, shapes: _Shapes) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": place,
        "required": parameter.required,
        "description": parameter.description,
        "schema": shapes.of(parameter.shape),
    }


def _responses(rule: Rule, operation: Operation, shapes: _Shapes) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, answer in sorted(operation.answers.items()):
        response = responses[str(status)] = _response(_phrase(status), answer, shapes)
        if status >= FIRST_ERROR and isinstance(answer, str):
            # Browsers get a page, programs a problem.
            response["content"][PROBLEM_JSON] = {"schema": shapes.of(ProblemShape)}
        if status == HTTPStatus.OK:
            for kind in operation.files:
                response["content"][kind] = {"schema": {"type": "string"}}
    statuses = operation.statuses | problems_of_path(rule.rule)
    for status in sorted(statuses - operation.answers.keys()):
        responses[str(status)] = _PROBLEM
    responses["default"] = _PROBLEM
    return responses


def problems_of_path(rule: str) -> frozenset[int]:
    """The statuses of errors in the places of a path."""
    places = _PLACE.findall(rule)
    if "session_id" in places:
        return frozenset({400, 404})
    return frozenset({404}) if places else frozenset()


def _response(description: str, answer: JsonType, shapes: _Shapes) -> dict[str, Any]:
    response: dict[str, Any] = {"description": description, "headers": _REQUEST_ID}
    if answer is not None:
        schema = shapes.of(answer) if _has_shape(answer) else {"type": "string"}
        response["content"] = {content_type_of(answer): {"schema": schema}}
    return response


def _phrase(status: int) -> str:
    return problem_of_status(status).kind.title
