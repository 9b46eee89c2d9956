"""A minimal server, to measure the limit of a machine's sockets and Trio.

    python -m bench.load.bare

It has a task for each connection, and a receive and a send for each request. The answer only names
the session of the request: no parser, no headers but the length, no database, no limits. It prints
its port and serves until it is killed.
"""

from __future__ import annotations

from typing import Final

import msgspec
import trio

BODY_BYTES: Final = 300
_ID: Final = slice(len(b"GET /api/v1/sessions/"), len(b"GET /api/v1/sessions/") + 36)
_HEAD: Final = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % BODY_BYTES


async def _serve(stream: trio.SocketStream) -> None:
    sock = stream.socket
    while request := await sock.recv(4096):
        body = b'{"id":"' + request[_ID] + b'"}'
        await sock.send(_HEAD + body.ljust(BODY_BYTES))


async def main() -> None:
    """Serve on a free port of loopback."""
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port: int = listener.socket.getsockname()[1]
    print(msgspec.json.encode({"port": port}).decode(), flush=True)
    await trio.serve_listeners(_serve, [listener])


if __name__ == "__main__":
    trio.run(main)
