"""One request over a real socket. The response has the type of Quart's test client."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import h11
import msgspec
import trio
from quart.wrappers import Response

# Characters that need no escaping in a target.
_IN_TARGET = "/?&=%:@!$'()*+,;~[]#-._"


async def request_over(
    connection: trio.SocketStream,
    method: str,
    path: str,
    *,
    headers: Mapping[str, str] | None = None,
    json: Any = None,
    data: bytes | str | None = None,
) -> Response:
    """Send a request and read its answer. The connection stays as the answer leaves it."""
    content = _content(json, data)
    given = {"Host": "localhost", "User-Agent": "tests"} | dict(headers or {})
    if json is not None:
        given.setdefault("Content-Type", "application/json")
    if content or method in ("POST", "PUT", "PATCH"):
        given["Content-Length"] = str(len(content))
    lines = [f"{method} {quote(path, safe=_IN_TARGET)} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in given.items()]
    head = "\r\n".join([*lines, "", ""]).encode("latin-1")
    with suppress(trio.BrokenResourceError):
        # The server refused the request before it was sent completely. Its answer can still be
        # read.
        await connection.send_all(head + content)
    return await read_response(connection, method)


async def read_response(connection: trio.SocketStream, method: str) -> Response:
    """The next answer to a request of this method."""
    peer = h11.Connection(h11.CLIENT)
    peer.send(h11.Request(method=method, target="/", headers=[("Host", "t")]))
    peer.send(h11.EndOfMessage())
    response, body = None, b""
    while True:
        event = peer.next_event()
        if event is h11.NEED_DATA:
            peer.receive_data(bytes(await connection.receive_some()))
        elif isinstance(event, h11.Response):
            response = event
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            break
    assert response is not None
    answer = Response(body, status=response.status_code)
    answer.headers.clear()
    for name, value in response.headers.raw_items():
        answer.headers.add(name.decode(), value.decode("latin-1"))
    return answer


def _content(json: Any, data: bytes | str | None) -> bytes:
    if json is not None:
        return msgspec.json.encode(json)
    return data.encode() if isinstance(data, str) else data or b""
