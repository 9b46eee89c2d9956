"""Between endpoints and Quart: converts requests and answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from quart import Response, request
from quart_trio.wrappers.request import TrioRequest
from werkzeug.exceptions import RequestEntityTooLarge

from web.contract.answers import JSON, Answer, Download
from web.contract.operations import Operation
from web.contract.problems import UNSUPPORTED_TYPE, Problem, problem_of_status
from web.http.caller import CALLER
from web.http.endpoint import Endpoint, Request

MAX_BODY_BYTES = 256 * 1024


def quart_view(endpoint: Endpoint) -> Callable[..., Awaitable[Response]]:
    """The function that Quart calls for an endpoint, with the variable parts of the path."""

    async def serve(**places: str) -> Response:
        asked = Request(CALLER.get(), request.path, request.args, places)
        return respond(await endpoint.answer(asked, partial(_body, endpoint.operation)))

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


def sized_request(uploads: Mapping[tuple[str, str], int]) -> type[TrioRequest]:
    """Quart's class of requests, with other limits of the body's bytes for some methods and paths.
    Reads the mapping at each request."""

    class SizedRequest(TrioRequest):
        def __init__(
            self,
            method: str,
            scheme: str,
            path: str,
            *place: Any,  # noqa: ANN401 - as Quart gives it
            max_content_length: int | None = None,
            **given: Any,  # noqa: ANN401 - as above
        ) -> None:
            most = uploads.get((method, path), max_content_length)
            super().__init__(method, scheme, path, *place, max_content_length=most, **given)

    return SizedRequest


async def _body(operation: Operation) -> bytes:
    """The request's body. Raises Problem (415) for a content type that the operation does not take,
    and for a file that is too large (413). Quart raises for another body that is too large (413),
    and for one that is too slow (408)."""
    upload = operation.upload
    if operation.body is not None and request.mimetype != JSON:
        raise Problem(UNSUPPORTED_TYPE, "The body must be application/json.")
    if upload is not None and not upload.accepts(request.mimetype):
        raise Problem(UNSUPPORTED_TYPE, f"The body must be a file: {' or '.join(upload.types)}.")
    try:
        body: bytes = await request.get_data(cache=False, as_text=False, parse_form_data=False)
    except RequestEntityTooLarge:
        if upload is None:
            raise
        sentence = f"The file is larger than {upload.most // 1024} KiB. Send a smaller one."
        raise Problem(problem_of_status(413).kind, sentence) from None
    return body
