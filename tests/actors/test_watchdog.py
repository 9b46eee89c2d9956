"""Signs of life for the service manager, on virtual time, to a real socket."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import trio

from actors.watchdog import Watchdog
from kasgate.service_manager import ServiceManager
from kasgate.store.memory import MemoryStore
from tests.store.disk import write_cursor


def listening(address: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(address)
    listener.setblocking(False)
    return listener


def messages(listener: socket.socket) -> list[str]:
    """The messages that have arrived since the last call."""
    found = []
    while True:
        try:
            found.append(listener.recv(4096).decode())
        except BlockingIOError:
            return found


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    with closing(listening(str(tmp_path / "notify"))) as listener:
        yield listener


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "60000000"}


def watchdog(environ: dict[str, str], store: MemoryStore, words: list[str]) -> Watchdog:
    return Watchdog(
        ServiceManager(environ), writing_s=lambda: store.writing_s, status=lambda: words[-1]
    )


async def test_signs_of_life_come_at_half_of_the_time(autojump_clock, listener, environ, nursery):
    nursery.start_soon(watchdog(environ, MemoryStore(), [""]).run)
    await trio.sleep(29)
    assert messages(listener) == ["WATCHDOG=1"]
    await trio.sleep(30 * 9 + 2)
    assert messages(listener) == ["WATCHDOG=1"] * 10


async def test_a_writer_that_hangs_stops_them_until_it_answers(
    autojump_clock, listener, environ, nursery
):
    store = MemoryStore()
    nursery.start_soon(watchdog(environ, store, [""]).run)
    store.pause()
    nursery.start_soon(write_cursor, store, 1)
    await trio.sleep(61)
    assert messages(listener) == ["WATCHDOG=1"] * 3
    await trio.sleep(600)
    assert messages(listener) == []
    store.resume()
    await trio.sleep(30)
    assert messages(listener) == ["WATCHDOG=1"]


async def test_the_status_is_sent_when_it_changes(autojump_clock, listener, environ, nursery):
    del environ["WATCHDOG_USEC"]
    words = ["Serving."]
    nursery.start_soon(watchdog(environ, MemoryStore(), words).run)
    await trio.sleep(100)
    assert messages(listener) == ["STATUS=Serving."]
    words.append("No node.\nWATCHDOG=1")
    await trio.sleep(100)
    assert messages(listener) == ["STATUS=No node. WATCHDOG=1"]


async def test_without_a_service_manager_there_is_no_task(autojump_clock):
    await watchdog({"WATCHDOG_USEC": "60000000"}, MemoryStore(), [""]).run()
    await watchdog({"NOTIFY_SOCKET": "vsock:2:1"}, MemoryStore(), [""]).run()


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"WATCHDOG_USEC": "0"},
        {"WATCHDOG_USEC": "-5"},
        {"WATCHDOG_USEC": "1e9"},
        {"WATCHDOG_USEC": "9" * 5000},
        {"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"},
    ],
)
def test_a_watchdog_that_is_not_ours_or_not_a_number_is_none(given, tmp_path):
    manager = ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "x"), **given})
    assert manager.watchdog_s is None
    manager.close()


def test_the_abstract_namespace():
    with closing(listening("\0kasgate-test-notify")) as listener:
        manager = ServiceManager({"NOTIFY_SOCKET": "@kasgate-test-notify"})
        manager.ready("Serving.")
        manager.stopping("Ending.")
        manager.close()
        manager.alive()
        assert messages(listener) == ["READY=1\nSTATUS=Serving.", "STOPPING=1\nSTATUS=Ending."]


def test_a_full_or_missing_socket_neither_waits_nor_fails(listener, environ, tmp_path):
    manager = ServiceManager(environ)
    for _ in range(5000):
        manager.alive()
    assert 0 < len(messages(listener)) < 5000
    manager.alive()
    assert messages(listener) == ["WATCHDOG=1"]
    (tmp_path / "notify").unlink()
    manager.alive()
    manager.close()
