"""The faults of a node, each by its name."""

from __future__ import annotations

import json

import pytest
import trio

from kasgate.simnet import SimulatedNetwork
from kasgate.simnet.network import StalledError
from tests.simnet.addresses import ALICE, KAS
from tests.simnet.wire_client import PATIENCE, RpcFailure, WireClient, connect


async def test_a_stalled_network_still_answers(nursery: trio.Nursery) -> None:
    net = SimulatedNetwork(blocks_per_second=200)
    await nursery.start(net.run)
    async with connect(await nursery.start(net.serve)) as client:
        await client.subscribe("VirtualDaaScoreChanged")
        await client.notification()
        net.stall()
        await client.heard()
        score = net.virtual_daa_score
        await trio.sleep(0.05)
        assert await client.heard() == []
        assert net.virtual_daa_score == score
        with pytest.raises(StalledError):
            net.mine()
        net.resume()
        assert (await client.notification())[1]["virtualDaaScore"] == score + 1


async def test_blocks_come_at_the_rate_of_the_network(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    net = SimulatedNetwork(blocks_per_second=10)
    await nursery.start(net.run)
    before = net.virtual_daa_score
    net.pay(ALICE, KAS)
    await trio.sleep(60.05)
    assert net.virtual_daa_score == before + 600
    assert net.balance(ALICE) == KAS
    assert 450 < len(net.chain) < 590, "some blocks stand beside the chain"
    assert net.chain[-1].blue_score < net.chain[-1].daa_score, "and some of these are red"


async def test_late_notifications_do_not_make_answers_late(
    client: WireClient, net: SimulatedNetwork
) -> None:
    await client.subscribe("VirtualDaaScoreChanged")
    net.lag(1)
    started = trio.current_time()
    net.mine()
    assert await client.heard() == []
    assert trio.current_time() - started < 1
    await client.notification()
    assert trio.current_time() - started >= 1
    with pytest.raises(ValueError, match="lag"):
        net.lag(-1)


async def test_a_hanging_node_answers_later_what_was_asked(
    client: WireClient, net: SimulatedNetwork
) -> None:
    await client.subscribe("VirtualDaaScoreChanged")
    net.hang()
    await client.send({"id": 900, "method": "getSink", "params": {}})
    net.mine()
    assert (await client.notification())[0] == "VirtualDaaScoreChanged"
    with trio.move_on_after(0.05):
        raise AssertionError(f"it said {await client.socket.get_message()!r}")
    net.unhang()
    assert (await client.receive())["params"] == {"sink": net.sink}


async def test_notifications_are_repeated(client: WireClient, net: SimulatedNetwork) -> None:
    await client.watch(ALICE)
    net.repeat_notifications(3)
    net.pay(ALICE, KAS)
    net.mine()
    first, second, third = await client.utxo_changes()
    assert first == second == third
    net.repeat_notifications(1)
    net.mine()
    assert len(await client.utxo_changes()) == 1
    with pytest.raises(ValueError, match="between 1 and"):
        net.repeat_notifications(0)


async def test_notifications_of_a_step_come_in_any_order(
    client: WireClient, net: SimulatedNetwork
) -> None:
    await client.watch(ALICE)
    await client.subscribe("VirtualDaaScoreChanged")
    net.reorder_notifications(True)
    orders = set()
    for _ in range(30):
        net.pay(ALICE, KAS)
        net.mine()
        orders.add(tuple(event for event, _ in await client.heard()))
    assert orders == {
        ("UtxosChanged", "VirtualDaaScoreChanged"),
        ("VirtualDaaScoreChanged", "UtxosChanged"),
    }


async def test_notifications_are_lost(client: WireClient, net: SimulatedNetwork) -> None:
    await client.watch(ALICE)
    net.drop_notifications(True)
    net.pay(ALICE, KAS)
    net.mine()
    assert await client.heard() == []
    assert len(await client.coins(ALICE)) == 1
    net.drop_notifications(False)
    net.mine()
    assert len(await client.heard()) == 1


async def test_connections_drop_and_may_come_back(
    client: WireClient, port: int, net: SimulatedNetwork
) -> None:
    await client.call("ping")
    net.disconnect_all()
    await client.wait_closed()
    async with connect(port) as again:
        assert await again.call("ping") == {}


async def test_a_hanging_connection_drops_too(client: WireClient, net: SimulatedNetwork) -> None:
    net.hang()
    await client.send({"id": 1, "method": "ping", "params": {}})
    await trio.sleep(0.01)
    net.disconnect_all()
    await client.wait_closed()


async def test_new_connections_are_refused(
    client: WireClient, port: int, net: SimulatedNetwork
) -> None:
    net.refuse_connections(True)
    with trio.fail_after(PATIENCE):
        async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
            try:
                said = await stream.receive_some(1)
            except trio.BrokenResourceError:
                said = b""
            assert said == b""
    assert await client.call("ping") == {}, "those that exist stay"
    net.refuse_connections(False)
    async with connect(port) as other:
        assert await other.call("ping") == {}


async def test_an_empty_answer_is_no_proof(client: WireClient, net: SimulatedNetwork) -> None:
    net.pay(ALICE, KAS)
    net.mine()
    net.answer_empty(2)
    assert [len(await client.coins(ALICE)) for _ in range(3)] == [0, 0, 1]


async def test_requests_fail_as_planned(client: WireClient, net: SimulatedNetwork) -> None:
    net.fail_next("getSink", 2, "consensus is currently in a transitional ibd state")
    net.fail_next("subscribe", 1, "no")
    for _ in range(2):
        with pytest.raises(RpcFailure, match="transitional ibd"):
            await client.call("getSink")
    assert await client.call("getSink") == {"sink": net.sink}
    with pytest.raises(RpcFailure, match="no"):
        await client.subscribe("VirtualDaaScoreChanged")
    net.mine()
    assert await client.heard() == []


async def test_garbage_is_nothing_that_can_be_parsed(
    client: WireClient, net: SimulatedNetwork
) -> None:
    await client.call("ping")
    net.garbage(4)
    for _ in range(4):
        with trio.fail_after(PATIENCE), pytest.raises(json.JSONDecodeError):
            json.loads(await client.socket.get_message())
    assert await client.call("ping") == {}


async def test_a_node_without_index_fails_and_is_silent(
    client: WireClient, net: SimulatedNetwork
) -> None:
    await client.watch(ALICE)
    net.set_utxoindex(False)
    net.pay(ALICE, KAS)
    net.mine()
    assert await client.heard() == []
    assert (await client.call("getServerInfo"))["hasUtxoIndex"] is False
    with pytest.raises(RpcFailure, match="Run the node with the --utxoindex argument"):
        await client.coins(ALICE)


async def test_a_node_can_be_unsynced_or_of_another_network(
    client: WireClient, net: SimulatedNetwork
) -> None:
    net.set_synced(False)
    net.set_network_id("testnet-11")
    info = await client.call("getServerInfo")
    assert (info["isSynced"], info["networkId"]) == (False, "testnet-11")
    assert await client.call("getSyncStatus") == {"isSynced": False}
    assert await client.call("getCurrentNetwork") == {"network": "testnet-11"}


async def test_one_node_of_two_can_have_a_fault(
    net: SimulatedNetwork, nursery: trio.Nursery
) -> None:
    first = await nursery.start(net.serve)
    second = await nursery.start(net.serve)
    async with connect(first) as ill, connect(second) as well:
        for client in (ill, well):
            await client.watch(ALICE)
        assert net.connections == 2
        assert net.ports == (first, second)
        net.set_synced(False, port=first)
        net.drop_notifications(True, port=first)
        net.pay(ALICE, KAS)
        net.mine()
        assert await ill.heard() == []
        assert len(await well.heard()) == 1, "both nodes see one network"
        assert await well.call("getSyncStatus") == {"isSynced": True}
        net.disconnect_all(port=first)
        await ill.wait_closed()
        assert await well.call("ping") == {}
        with pytest.raises(ValueError, match="No node"):
            net.hang(port=1)


async def test_a_node_started_later_has_the_faults_of_all_nodes(
    net: SimulatedNetwork, nursery: trio.Nursery
) -> None:
    net.set_synced(False)
    net.answer_empty(1)
    net.pay(ALICE, KAS)
    net.mine()
    async with connect(await nursery.start(net.serve)) as client:
        assert await client.call("getSyncStatus") == {"isSynced": False}
        assert await client.coins(ALICE) == []
        assert len(await client.coins(ALICE)) == 1


async def test_a_client_that_does_not_read_is_dropped_and_delays_no_other(
    net: SimulatedNetwork, port: int
) -> None:
    async with connect(port) as slow, connect(port) as quick:
        await slow.watch(ALICE)
        await quick.subscribe("VirtualDaaScoreChanged")
        # Each step is a notification of 2 MB, sent a hundred times; 256 MiB may wait.
        net.repeat_notifications(100)
        net.pay(ALICE, KAS, outputs=5_000)
        net.mine()
        assert len(await quick.heard()) == 100
        assert net.connections == 2
        net.mine()
        assert len(await quick.heard()) == 100
        assert net.connections == 1
