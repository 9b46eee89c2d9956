"""Between a call and Quart: the body in, the answer out."""

from __future__ import annotations

from quart import Response, request

from web.contract.answers import JSON, Answer
from web.contract.problems import UNSUPPORTED_TYPE, Problem

MAX_BODY_BYTES = 256 * 1024


async def json_body() -> bytes:
    """The bytes of a request's JSON body. Raises Problem for another content type; Quart raises
    for a body that is too large (413) or too slow (408)."""
    if request.mimetype != JSON:
        raise Problem(UNSUPPORTED_TYPE, "The body must be application/json.")
    return await request.get_data(cache=False, as_text=False, parse_form_data=False)


async def body_if_any() -> str | None:
    """The body of a call that needs none, as it came; read in any case, so that the connection can
    be used again."""
    body: bytes = await request.get_data(cache=False, as_text=False, parse_form_data=False)
    return body.decode("latin-1") if body else None


async def drop_body() -> None:
    """Read a body that nobody needs, so that the connection can be used again."""
    await request.get_data(cache=False, as_text=False, parse_form_data=False)


def respond(answer: Answer) -> Response:
    """The answer as Quart sends it."""
    response = Response(answer.body, status=answer.status, content_type=answer.content_type)
    for name, value in answer.headers:
        response.headers[name] = value
    return response
