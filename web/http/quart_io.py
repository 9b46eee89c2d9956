"""Between endpoints and Quart: converts requests and answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from quart import Response, request

from web.contract.answers import JSON, Answer, Download
from web.contract.problems import UNSUPPORTED_TYPE, Problem
from web.http.caller import CALLER
from web.http.endpoint import Endpoint, Request

MAX_BODY_BYTES = 256 * 1024


def quart_view(endpoint: Endpoint) -> Callable[..., Awaitable[Response]]:
    """The function that Quart calls for an endpoint, with the variable parts of the path."""

    async def serve(**places: str) -> Response:
        asked = Request(CALLER.get(), request.path, request.args, places)
        is_json = endpoint.operation.body is not None
        return respond(await endpoint.answer(asked, partial(_body, is_json=is_json)))

    return serve


def respond(answer: Answer) -> Response:
    """The answer as Quart sends it."""
    if isinstance(answer, Download):
        response = Response(answer.parts, content_type=answer.content_type)
        # The guard limits how slowly the peer may read.
        response.timeout = None
    else:
        response = Response(answer.body, status=answer.status, content_type=answer.content_type)
    for name, value in answer.headers:
        response.headers[name] = value
    return response


async def _body(*, is_json: bool) -> bytes:
    """The request's body. Raises Problem (415) if JSON is required and the content type is another
    one. Quart raises for a body that is too large (413) or too slow (408)."""
    if is_json and request.mimetype != JSON:
        raise Problem(UNSUPPORTED_TYPE, "The body must be application/json.")
    body: bytes = await request.get_data(cache=False, as_text=False, parse_form_data=False)
    return body
