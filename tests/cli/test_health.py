"""`kasgate health` asks a gateway on this machine."""

from __future__ import annotations

from functools import partial

import pytest
import trio

from kasgate.cli import main
from kasgate.settings.place import Place
from kasgate.simnet import SimulatedNetwork
from tests.e2e.rig.gateway import free_port, serving


async def test_it_reports_a_gateway_without_a_node(tmp_path, monkeypatch, capsys):
    port = str(free_port())
    monkeypatch.setenv("KASGATE_HOST", "127.0.0.1")
    monkeypatch.setenv("KASGATE_PORT", port)
    async with serving(tmp_path, port=port):
        assert await trio.to_thread.run_sync(main, ["health"]) == 0
        assert capsys.readouterr().out.startswith("degraded No Kaspa node is usable now")
        assert await trio.to_thread.run_sync(main, ["health", "--ready"]) == 1
        assert capsys.readouterr().out.startswith("not ready: No Kaspa node")


async def test_it_reports_a_gateway_with_a_node(tmp_path, monkeypatch, capsys, nursery):
    network = SimulatedNetwork()
    await nursery.start(network.serve)
    await nursery.start(network.run)
    port = str(free_port())
    monkeypatch.setenv("KASGATE_HOST", "0.0.0.0")
    monkeypatch.setenv("KASGATE_PORT", port)
    async with serving(tmp_path, port=port, nodes=f"ws://127.0.0.1:{network.ports[0]}") as gateway:
        await gateway.logged("node link live")
        assert await trio.to_thread.run_sync(main, ["health", "--ready"]) == 0
        assert capsys.readouterr().out == "ready\n"
        assert await trio.to_thread.run_sync(main, ["health"]) == 0
        assert capsys.readouterr().out == "ok\n"


@pytest.mark.parametrize(("host", "asked"), [("0.0.0.0", "127.0.0.1"), ("::", "::1")])
def test_a_gateway_that_listens_everywhere_is_asked_by_number(monkeypatch, capsys, host, asked):
    monkeypatch.setenv("KASGATE_HOST", host)
    monkeypatch.setenv("KASGATE_PORT", str(free_port()))
    assert main(["health"]) == 1
    assert f"No gateway answers on {asked} port" in capsys.readouterr().err


@pytest.mark.parametrize("answer", [None, b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\n\r\nhello"])
async def test_anything_else_there_is_a_failure(monkeypatch, capsys, nursery, answer):
    port = free_port()
    monkeypatch.setenv("KASGATE_HOST", "127.0.0.1")
    monkeypatch.setenv("KASGATE_PORT", str(port))

    async def reply(stream: trio.SocketStream) -> None:
        async with stream:
            await stream.receive_some()
            await stream.send_all(answer or b"")

    if answer is not None:
        await nursery.start(partial(trio.serve_tcp, reply, port, host="127.0.0.1"))
    assert await trio.to_thread.run_sync(main, ["health"]) == 1
    assert f"No gateway answers on 127.0.0.1 port {port}" in capsys.readouterr().err
    nursery.cancel_scope.cancel()


def test_it_reads_the_usual_settings_file(monkeypatch, capsys, tmp_path):
    port = free_port()
    file = tmp_path / "kasgate.toml"
    file.write_text(f'host = "127.0.0.1"\nport = {port}\n')
    place = Place(file, f"The settings file is {file}")
    monkeypatch.setattr("kasgate.cli.own_settings.usual_place", lambda: place)
    monkeypatch.delenv("KASGATE_CONFIG", raising=False)
    assert main(["health"]) == 1
    assert f"No gateway answers on 127.0.0.1 port {port}" in capsys.readouterr().err
