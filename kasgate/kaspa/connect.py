"""Opening a link to a node by its URL, whatever it speaks."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from kasgate.kaspa.wrpc import node as wrpc

if TYPE_CHECKING:
    from kasgate.kaspa.node import Node


def connect(url: str, *, prefix: str) -> AbstractAsyncContextManager[Node]:
    """A link to the node at a URL: ``grpc://`` speaks gRPC, ``ws://`` and ``wss://`` wRPC JSON,
    ``https://`` and ``http://`` are REST servers like api.kaspa.org.

    ``prefix`` is that of our network's addresses. Entering raises NodeUnavailable when it can't
    connect, ValueError for another kind of URL, which the settings let nobody have.
    """
    scheme = url.partition("://")[0]
    if scheme == "grpc":
        # Imported when it is needed: trio-asyncio sets asyncio's policy for the whole process.
        from kasgate.kaspa.grpc import node as grpc  # noqa: PLC0415

        return grpc.connect(url, prefix=prefix)
    if scheme in {"ws", "wss"}:
        return wrpc.connect(url, prefix=prefix)
    if scheme in {"https", "http"}:
        from kasgate.kaspa.rest import node as rest  # noqa: PLC0415 - httpx is for those who use it

        return rest.connect(url, prefix=prefix)
    raise ValueError(f"no transport for {scheme}://")
