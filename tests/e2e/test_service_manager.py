"""`kasgate serve` under a service manager: a real process and a real datagram socket."""

from __future__ import annotations

import json
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
import trio

from tests.cli.processes import Command
from tests.e2e.rig.gateway import Gateway, free_port, gateway_process
from tests.e2e.rig.shop import PATIENCE_S

WATCHDOG_S = 1.0
QUIET_S = 3 * WATCHDOG_S
HANGING = """
import sys, time
from pathlib import Path
from kasgate.cli import main
from kasgate.store.writer import GroupCommitWriter

commit = GroupCommitWriter._commit

def hang(self, group):
    while Path(sys.argv[1]).exists():
        time.sleep(0.05)
    return commit(self, group)

GroupCommitWriter._commit = hang
sys.exit(main(["serve"]))
"""
"""A gateway whose commits hang while a file exists."""


@pytest.fixture
async def notified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[trio.socket.SocketType]:
    listener = trio.socket.socket(trio.socket.AF_UNIX, trio.socket.SOCK_DGRAM)
    await listener.bind(str(tmp_path / "notify"))
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", str(int(WATCHDOG_S * 1e6)))
    yield listener
    listener.close()


async def next_message(listener: trio.socket.SocketType, within: float = PATIENCE_S) -> str:
    with trio.fail_after(within):
        return (await listener.recv(4096)).decode()


async def until(listener: trio.socket.SocketType, start: str) -> str:
    while True:
        message = await next_message(listener)
        if message.startswith(start):
            return message


async def quiet(listener: trio.socket.SocketType) -> bool:
    """Whether no sign of life comes for three times the watchdog's time. Up to three that were sent
    before are skipped."""
    for _ in range(4):
        with trio.move_on_after(QUIET_S) as scope:
            await listener.recv(4096)
        if scope.cancelled_caught:
            return True
    return False


async def register(url: str, xpub: str) -> None:
    """A write that is not answered before the process ends."""
    async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
        with suppress(httpx.TransportError):
            await client.post(f"{url}/api/v1/merchants", json={"name": "Shop", "xpub": xpub})


async def stop(gateway: Gateway, listener: trio.socket.SocketType) -> None:
    gateway.signal(signal.SIGTERM)
    assert await until(listener, "STOPPING=1")
    assert await gateway.exit_code() == 0


async def test_it_is_ready_without_a_node_and_reports_life_and_its_end(tmp_path, notified):
    port = str(free_port())
    async with gateway_process(tmp_path / "data", port=port) as gateway:
        assert await next_message(notified) == "STATUS=Opening the database."
        ready = await next_message(notified)
        assert ready.startswith(f"READY=1\nSTATUS=Serving http://127.0.0.1:{port} on simnet. No")
        await (await trio.open_tcp_stream("127.0.0.1", int(port))).aclose()
        for _ in range(3):
            assert await next_message(notified) == "WATCHDOG=1"
        await stop(gateway, notified)
        assert not gateway.complaints


async def test_a_blocked_loop_gives_no_sign_of_life(tmp_path, notified):
    async with gateway_process(tmp_path / "data") as gateway:
        await until(notified, "WATCHDOG=1")
        gateway.signal(signal.SIGSTOP)
        assert await quiet(notified)
        gateway.signal(signal.SIGCONT)
        await until(notified, "WATCHDOG=1")
        await stop(gateway, notified)


async def test_a_writer_that_hangs_gives_no_sign_of_life_and_the_log_shows_where(
    tmp_path, notified, nursery, xpubs
):
    hangs = tmp_path / "hangs"
    environ = {
        "KASGATE_DATA_DIR": str(tmp_path / "data"),
        "KASGATE_NETWORK": "simnet",
        "KASGATE_NODES": "ws://127.0.0.1:1",
        "KASGATE_PORT": "0",
        "KASGATE_LOG": "json",
        "KASGATE_REGISTRATION": "open",
    }
    command = Command(str(hangs), environ=environ, script=HANGING)
    try:
        await until(notified, "WATCHDOG=1")
        hangs.touch()
        line = await trio.to_thread.run_sync(command.logged, "gateway ready")
        nursery.start_soon(register, json.loads(line)["url"], xpubs[0])
        assert await quiet(notified)
        command.process.send_signal(signal.SIGABRT)  # As systemd's watchdog does.
        assert await trio.to_thread.run_sync(command.process.wait) == -signal.SIGABRT
        await trio.to_thread.run_sync(command.logged, "in hang")
    finally:
        command.process.kill()
        command.process.wait()
