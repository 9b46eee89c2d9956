"""The server: hypercorn's Trio worker with our limits."""

from __future__ import annotations

import logging
import socket
from functools import partial
from typing import Final

import structlog
import trio
from hypercorn.config import Config, Sockets
from hypercorn.trio import serve as hypercorn_serve

from web.app import WebApp
from web.connection import guard
from web.connection.admission import ConnectionLimits, Connections
from web.connection.guard import GuardedConnection
from web.express.front import ExpressConfig, ExpressConnection
from web.express.lane import ExpressLane
from web.socket.conversation import MAX_MESSAGE_BYTES

log = structlog.get_logger(__name__)

BACKLOG: Final = 4096
FEW_CONNECTIONS: Final = 256
MAX_HEAD_BYTES: Final = 16 * 1024
GRACE_S: Final = 4.0
"""The time from the start of a shutdown until open connections are cut."""
_LIFESPAN_S: Final = 1.0
_REQUESTS_PER_CONNECTION: Final = 100_000


async def serve(
    app: WebApp,
    host: str,
    port: int,
    *,
    shutdown: trio.Event,
    connections: Connections | None = None,
    task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve the application until ``shutdown`` is set, then stop within GRACE_S plus a second.

    Reports the bound port as started. A shutdown accepts no new connections, lets requests finish,
    closes WebSockets with 1001, and cuts connections that are still open after GRACE_S.
    Cancellation cuts all connections at once. Raises OSError if it cannot listen at this address.
    ``connections`` counts and limits the connections; None for the default limits.
    """
    live = _connections_of(app) if connections is None else connections
    app.connections = live
    app.sockets.limits.obey(live.limits)
    lane = ExpressLane(app, live) if app.express else None
    guard.install(GuardedConnection if lane is None else ExpressConnection)

    async def stop() -> None:
        await shutdown.wait()
        live.stop(GRACE_S)
        app.sockets.close_all()

    with await _bind(host, port) as listener:
        bound_port: int = listener.getsockname()[1]
        worker = partial(
            hypercorn_serve,
            app,
            _configuration(live, lane, listener),
            shutdown_trigger=stop,
            mode="asgi",
        )
        async with trio.open_nursery() as nursery:
            if lane is not None:
                await nursery.start(lane.run)
            async with trio.open_nursery() as serving:
                await serving.start(worker)
                log.info("listening", host=host, port=bound_port)
                task_status.started(bound_port)
            nursery.cancel_scope.cancel()
    log.info("stopped listening", port=bound_port)


def _connections_of(app: WebApp) -> Connections:
    limits = ConnectionLimits(per_address=app.gateway.settings.connections_per_address)
    if limits.connections < FEW_CONNECTIONS:
        log.warning(
            "few connections fit into the limit of open files; raise it (ulimit -n, LimitNOFILE=)",
            connections=limits.connections,
            per_address=limits.of_one_address,
        )
    return Connections(limits, app.proxies)


class _ServerConfig(ExpressConfig):
    """hypercorn's configuration with a socket that is already bound."""

    def __init__(
        self, connections: Connections, lane: ExpressLane | None, listener: socket.socket
    ) -> None:
        self.connections = connections
        if lane is not None:
            self.express = lane
        self._listener = listener

    def create_sockets(self) -> Sockets:
        return Sockets(secure_sockets=[], insecure_sockets=[self._listener], quic_sockets=[])


def _configuration(
    connections: Connections, lane: ExpressLane | None, listener: socket.socket
) -> Config:
    config = _ServerConfig(connections, lane, listener)
    # Warnings and errors go to our own log. Requests are not logged.
    config.errorlog = logging.getLogger("hypercorn")
    config.backlog = BACKLOG
    config.include_server_header = False
    config.graceful_timeout = GRACE_S
    config.shutdown_timeout = _LIFESPAN_S
    config.h11_max_incomplete_size = MAX_HEAD_BYTES
    config.keep_alive_max_requests = _REQUESTS_PER_CONNECTION
    config.websocket_max_message_size = MAX_MESSAGE_BYTES
    return config


async def _bind(host: str, port: int) -> socket.socket:
    """Bind a socket that does not listen yet. Raises OSError."""
    found = await trio.socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    family, kind, protocol, _, address = found[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener
