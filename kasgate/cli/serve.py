"""``kasgate serve``: the gateway as a process, from its settings to its shutdown."""

from __future__ import annotations

import argparse
import ctypes
import errno
import faulthandler
import gc
import linecache
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Final

import structlog
import trio
from attrs import define, field

from actors.build import build_gateway
from actors.gateway import Gateway
from actors.parts import Startup
from actors.watchdog import Watchdog
from kasgate.access.secrets import Vault
from kasgate.cli.descriptors import FEW_CONNECTIONS, MORE_DESCRIPTORS, allow_many_connections
from kasgate.cli.outcome import DONE, FAILED, Failure, expected_failure, leaves
from kasgate.cli.own_settings import own_settings
from kasgate.egress.own_names import OwnNames
from kasgate.logs.setup import (
    LAST_LINES_S,
    configure_logging,
    descriptor_of,
    flush_log,
    log_unhandled_errors,
    say,
)
from kasgate.service_manager import ServiceManager
from kasgate.settings.model import Settings
from kasgate.store.lock import lock_database
from kasgate.store.marks import AddressMarks, MarksUnavailable
from kasgate.store.sqlite import open_store
from web.app import create_app
from web.connection.admission import room_for_connections
from web.server import serve

DRAIN_SECONDS: Final = 7.0
"""From the first signal until requests in flight are cancelled; then the database is closed."""
EXIT_SECONDS: Final = 8.0
"""From the first signal until the process ends, even if something hangs."""
AT_ONCE_SECONDS: Final = 1.0
"""From the second signal until the process ends."""

# Thresholds for young objects and for the older generations, the last a hundred times the default:
# a full collection among 100,000 tasks stops the process for 0.2 s (performance.md, rule 8).
_GC_THRESHOLDS: Final = (50_000, 20, 100)
# <malloc.h>
_M_ARENA_MAX: Final = -8
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_SIGNAL_EXIT_BASE: Final = 128
_ENDING: Final = "Ending: requests and webhooks under way are finished."
_NO_LOG: Final = (
    "Standard error is closed, so nothing is logged. Start KasGate with 2>FILE to keep a log."
)

log = structlog.get_logger(__name__)


def run(_arguments: argparse.Namespace) -> int:
    """Serve until a signal arrives. Raises the errors that ``expected_failure`` explains."""
    settings = own_settings()
    if settings.port == 0:
        settings = own_settings({"port": free_port(settings)})
    configure_logging(settings.log, settings.log_level)
    log_unhandled_errors()
    if descriptor_of(sys.stderr) is None:
        say(_NO_LOG)
    for warning in settings.warnings:
        log.warning("check the settings", detail=warning)
    gc.set_threshold(*_GC_THRESHOLDS)
    linecache.clearcache()  # attrs keeps the source of its generated methods here: 0.5 MB.
    _share_one_heap()
    notes = _few_connections()
    # Imported modules stay, so they are collected once here and never again.
    gc.collect()
    gc.freeze()
    try:
        return trio.run(serve_gateway, settings, notes)
    except Exception as error:
        if expected_failure(error) is not None:
            raise
        # Log it, because the log masks secrets and the interpreter's traceback does not.
        log.critical("the gateway failed", exc_info=error)
        return FAILED


async def serve_gateway(settings: Settings, notes: Sequence[str] = ()) -> int:
    """Serve the database of these settings until SIGTERM or SIGINT; return the exit code. ``notes``
    are warnings about this machine that health shows while the process runs.

    Raises StoreError or VaultError if the database or its key can't be used, and Failure if the
    address can't be listened on.
    """
    trio.socket.set_custom_hostname_resolver(OwnNames())
    manager = ServiceManager(os.environ)
    if manager.watchdog_s is not None and descriptor_of(sys.stderr) is not None:
        # The watchdog ends a process that hangs by SIGABRT; this logs where each thread is.
        faulthandler.enable()
    ending = _Ending(manager)
    with ExitStack() as stack, trio.open_signal_receiver(*_SIGNALS) as signals:
        stack.callback(manager.close)
        stack.callback(ending.relax)
        manager.status("Opening the database.")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ending.obey, signals, nursery.cancel_scope)
            stack.enter_context(lock_database(settings.database))
            _tell_of_new_database(settings)
            vault = Vault.load_or_create(settings.key_file)
            marks, problem = _open_marks(settings.marks_file)
            if marks is not None:
                stack.callback(marks.close)
            async with open_store(settings.database, vault, marks) as store:
                if store.kept_copy is not None:
                    log.info("database upgraded", copy_from_before=str(store.kept_copy))
                startup = Startup(notes=tuple(notes), marks=marks, without_marks=problem)
                gateway = build_gateway(settings, store, vault, startup=startup)
                await _serve_until_ended(gateway, ending, manager)
            nursery.cancel_scope.cancel()
    return ending.exit_code


def _tell_of_new_database(settings: Settings) -> None:
    """Warn about a new database beside an old key file. With address marks, actors/restores.py does
    a better check."""
    if settings.database.exists() or settings.marks_file.exists():
        return
    if settings.key_file.exists():
        log.warning(
            "the database is new, the key file is not",
            database=str(settings.database),
            key_file=str(settings.key_file),
            detail="if there was a database before, orders and payments in it are missing here",
        )


def _open_marks(path: Path) -> tuple[AddressMarks | None, str | None]:
    """The address marks, or the reason why there are none; the gateway serves without them."""
    try:
        return AddressMarks(path), None
    except MarksUnavailable as error:
        log.warning("address marks can't be kept", error=str(error))
        return None, str(error)


async def _serve_until_ended(gateway: Gateway, ending: _Ending, manager: ServiceManager) -> None:
    """Run the gateway and its web side in one nursery; the web side ends first."""
    settings = gateway.settings
    with ending.drain_scope:
        async with trio.open_nursery() as nursery:
            await nursery.start(gateway.run)
            # In a thread, because making all routes would block the event loop for 50 ms.
            app = await trio.to_thread.run_sync(create_app, gateway)
            async with trio.open_nursery() as web:
                serve_web = partial(
                    serve,
                    app,
                    settings.host,
                    settings.port,
                    shutdown=ending.requested,
                )
                try:
                    await web.start(serve_web)
                except* OSError as group:
                    raise _no_listening(settings, group) from None
                _announce(gateway)
                if not ending.requested.is_set():
                    manager.ready(_status(gateway))
                    nursery.start_soon(_watchdog(gateway, manager, ending).run)
                await ending.requested.wait()
                log.info("ending", at_most_seconds=EXIT_SECONDS)
                gateway.begin_drain()
            await gateway.drain()
            nursery.cancel_scope.cancel()
    if ending.drain_scope.cancelled_caught:
        log.warning("what was still in flight has been cut")
    log.info("ended")


@define(eq=False)
class _Ending:
    """Ends the process: in order at the first signal, at once at the second."""

    _manager: ServiceManager
    requested: trio.Event = field(factory=trio.Event)
    drain_scope: trio.CancelScope = field(factory=trio.CancelScope)
    exit_code: int = DONE
    _timers: list[threading.Timer] = field(factory=list)

    async def obey(self, signals: AsyncIterator[int], everything: trio.CancelScope) -> None:
        """Act on signals until cancelled."""
        async for number in signals:
            if not self.requested.is_set():
                self.requested.set()
                self._manager.stopping(_ENDING)
                self.drain_scope.deadline = trio.current_time() + DRAIN_SECONDS
                self._end_after(EXIT_SECONDS - LAST_LINES_S)
                continue
            self.exit_code = _SIGNAL_EXIT_BASE + number
            self._end_after(AT_ONCE_SECONDS - LAST_LINES_S)
            everything.cancel()

    def relax(self) -> None:
        """Stop the timer, because the shutdown is complete."""
        for timer in self._timers:
            timer.cancel()

    def _end_after(self, seconds: float) -> None:
        """End the process by force after this time. All acknowledged data is durable, so this loses
        nothing."""
        timer = threading.Timer(seconds, _end_by_force)
        timer.daemon = True
        timer.start()
        self._timers.append(timer)


def _end_by_force() -> None:
    log.error("something did not end in time; the process ends without it")
    flush_log()
    os._exit(FAILED)


def _watchdog(gateway: Gateway, manager: ServiceManager, ending: _Ending) -> Watchdog:
    def status() -> str:
        return _ENDING if ending.requested.is_set() else _status(gateway)

    return Watchdog(manager, writing_s=lambda: gateway.store.writing_s, status=status)


def _status(gateway: Gateway) -> str:
    """The state of the gateway in one line, for the service manager."""
    health = gateway.health()
    words = [f"Serving {gateway.settings.base_url} on {gateway.settings.network.value}."]
    if not health.database_ok:
        words.append("The database can't be written.")
    if not health.node_ok:
        words.append("No Kaspa node is usable: payments are noticed late.")
    return " ".join(words)


def _announce(gateway: Gateway) -> None:
    settings = gateway.settings
    if gateway.setup_code is not None:
        # On standard output and not in the log, which is kept, copied, and masks such codes.
        say(
            f"Setup code for the first merchant: {gateway.setup_code}\n"
            "It is required because other machines can reach this gateway, by its host, its base"
            " URL or a trusted proxy."
        )
    log.info(
        "gateway ready",
        url=settings.base_url,
        network=settings.network,
        nodes=settings.nodes,
        settings_file=None if settings.file is None else str(settings.file),
    )


def _no_listening(settings: Settings, group: BaseExceptionGroup[OSError]) -> Failure:
    error = next(leaves(group))
    reasons: dict[int | None, str] = {
        errno.EADDRINUSE: "another program listens there. Stop it, or set KASGATE_PORT",
        errno.EACCES: "that is not permitted. Ports below 1024 need a privilege; set KASGATE_PORT",
        errno.EADDRNOTAVAIL: "this machine does not have that address. Set KASGATE_HOST",
    }
    number, text = (error.errno, error.strerror) if isinstance(error, OSError) else (None, None)
    reason = reasons.get(number, f"{text or error}. See KASGATE_HOST and KASGATE_PORT")
    return Failure(f"Can't listen on {settings.host} port {settings.port}: {reason}.")


def free_port(settings: Settings) -> int:
    """A port that is free now, for tests; the pages need its number before the server starts."""
    try:
        found = socket.getaddrinfo(settings.host, 0, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.bind(address)
            number: int = probe.getsockname()[1]
    except OSError as error:
        raise _no_listening(settings, BaseExceptionGroup("", [error])) from None
    return number


def _share_one_heap() -> None:
    """Let all threads allocate from the same heap, if the C library is glibc.

    By default glibc gives each thread a heap of its own. Our threads take turns anyway, and memory
    that short-lived threads free in their heaps would stay unused.
    """
    with suppress(AttributeError, OSError):  # Another C library.
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def _few_connections() -> tuple[str, ...]:
    """Raise the limit of connections as far as possible; return a warning if it stays low."""
    allow_many_connections()
    room, limit = room_for_connections(), resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if room >= FEW_CONNECTIONS:
        return ()
    mend = MORE_DESCRIPTORS
    log.warning("few connections fit", connections=room, open_files=limit, mend=mend)
    return (f"Open files are limited to {limit}, so that {room} connections fit. {mend}",)
