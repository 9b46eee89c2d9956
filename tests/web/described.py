"""Checks that the API's description lists an answer, in the same shape.

World.request checks every answer with it.
"""

from __future__ import annotations

from typing import Any

import msgspec
from quart.wrappers import Response
from werkzeug.exceptions import HTTPException

from web.app import WebApp
from web.contract.operations import Operation, content_type_of, operation_of
from web.contract.types import ProblemShape
from web.openapi import problems_of_path

ANYWHERE = {404, 405, 408, 413, 415, 429, 500, 503}
"""Errors that every call may return."""


async def assert_as_described(app: WebApp, method: str, path: str, response: Response) -> None:
    """Fail if the description does not list this answer."""
    body: bytes = await response.get_data(as_text=False)
    status = response.status_code
    assert response.headers["Request-Id"]
    described = find_operation(app, method, path)
    has_page = described is not None and status in described[1].answers
    if status >= 400 and not has_page and method != "HEAD":
        assert response.mimetype == "application/problem+json", (method, path, status)
        problem = msgspec.json.decode(body, type=ProblemShape)
        assert problem.status == status
    if described is None or (status >= 400 and not has_page and status in ANYWHERE):
        return
    rule, operation = described
    known = operation.statuses | problems_of_path(rule)
    assert status in known, f"{method} {rule} is not described to answer {status}: {body[:300]!r}"
    if status == 200 and response.mimetype in operation.files:
        return
    if status in operation.answers and method != "HEAD":
        _assert_shape(operation.answers[status], response, body)


def _assert_shape(shape: Any, response: Response, body: bytes) -> None:
    if shape is None:
        assert body == b""
        return
    # The content type of a front end's file depends on its suffix.
    assert response.mimetype == content_type_of(shape) or isinstance(shape, str)
    if not isinstance(shape, str):
        msgspec.json.decode(body, type=shape)


def find_operation(app: WebApp, method: str, path: str) -> tuple[str, Operation] | None:
    """The route of a request, found with the application's URL map."""
    if method not in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
        return None
    adapter = app.url_map.bind("")
    try:
        rule, _ = adapter.match(path.partition("?")[0], method=method, return_rule=True)
    except HTTPException:
        return None
    return rule.rule, operation_of(app.view_functions[rule.endpoint])
