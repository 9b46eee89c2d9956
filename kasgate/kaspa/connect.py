"""Opens a link to a node; the URL's scheme selects the transport."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from kasgate.kaspa.wrpc import node as wrpc

if TYPE_CHECKING:
    from kasgate.kaspa.node import Node


def connect(url: str, *, prefix: str) -> AbstractAsyncContextManager[Node]:
    """A link to the node at a URL: ``grpc://`` is gRPC, ``ws://`` and ``wss://`` are wRPC JSON,
    ``https://`` and ``http://`` are REST servers like api.kaspa.org.

    ``prefix`` is the address prefix of our network. Entering raises NodeUnavailable if the
    connection fails, and ValueError for another scheme, which the settings refuse before.
    """
    scheme = url.partition("://")[0]
    if scheme == "grpc":
        # Imported on demand: h2 and protobuf are needed only here.
        from kasgate.kaspa.grpc import node as grpc  # noqa: PLC0415

        return grpc.connect(url, prefix=prefix)
    if scheme in {"ws", "wss"}:
        return wrpc.connect(url, prefix=prefix)
    if scheme in {"https", "http"}:
        from kasgate.kaspa.rest import node as rest  # noqa: PLC0415 - httpx is needed only here

        return rest.connect(url, prefix=prefix)
    raise ValueError(f"no transport for {scheme}://")
