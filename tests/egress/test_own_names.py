"""Names of nodes and of sources of rates, looked up outside Trio's thread pool."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest
import trio
import trio.testing

from kasgate.egress import own_names
from kasgate.egress.own_names import AddressInfo, OwnNames


class NameServer:
    """Answers once it is released."""

    def __init__(self) -> None:
        self.release = threading.Event()
        self.asked: list[Any] = []

    def __call__(self, host: bytes, port: int, *_: int) -> AddressInfo:
        self.asked.append((host, port))
        self.release.wait(30)
        if host == b"none.example":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]


async def test_a_name_that_never_answers_holds_one_thread_however_often_it_is_tried() -> None:
    server = NameServer()
    names = OwnNames(server)
    trio.socket.set_custom_hostname_resolver(names)
    for _ in range(60):
        with trio.move_on_after(0.001):
            await trio.open_tcp_stream("node.example", 16_110)
    assert names.under_way == 1
    assert trio.to_thread.current_default_thread_limiter().borrowed_tokens == 0
    server.release.set()
    found = await trio.socket.getaddrinfo("node.example", 16_110, type=socket.SOCK_STREAM)
    assert found[0][4] == ("127.0.0.1", 16_110)
    assert len(server.asked) <= 2


async def test_everybody_who_asked_is_told_that_a_name_is_not_there(
    nursery: trio.Nursery,
) -> None:
    server = NameServer()
    names = OwnNames(server)
    told: list[Exception] = []

    async def ask() -> None:
        try:
            await names.getaddrinfo(b"none.example", 1)
        except OSError as error:
            told.append(error)

    for _ in range(3):
        nursery.start_soon(ask)
    await trio.testing.wait_all_tasks_blocked()
    server.release.set()
    with trio.fail_after(30):
        while len(told) < 3:
            await trio.testing.wait_all_tasks_blocked(0.01)
    assert {type(error) for error in told} == {socket.gaierror}
    assert len(set(map(id, told))) == 3


async def test_too_many_names_at_once_fail(
    monkeypatch: pytest.MonkeyPatch, nursery: trio.Nursery
) -> None:
    monkeypatch.setattr(own_names, "MOST_LOOKUPS", 1)
    server = NameServer()
    names = OwnNames(server)
    nursery.start_soon(names.getaddrinfo, b"one.example", 1)
    await trio.testing.wait_all_tasks_blocked()
    with pytest.raises(OSError, match="too many"):
        await names.getaddrinfo(b"two.example", 1)
    server.release.set()
