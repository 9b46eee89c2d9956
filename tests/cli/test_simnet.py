"""`kasgate simnet`: the network as a process, and the commands that control it."""

from __future__ import annotations

import inspect
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from kasgate.cli.simnet_parser import FAULTS, host_port
from kasgate.kaspa.rest import node as rest
from kasgate.kaspa.wrpc import node as wrpc
from kasgate.simnet import SimulatedNetwork
from kasgate.simnet.control.server import ControlServer
from tests.cli.conftest import Kasgate
from tests.cli.processes import Command, running

MERCHANT = "kaspasim:qqd6e65yefepe9wk0m9vuxdufxd80sphy67gwwd0vdaumzdt4tc9s7skwr78y"
MAINNET = "kaspa:qqd6e65yefepe9wk0m9vuxdufxd80sphy67gwwd0vdaumzdt4tc9s3qt0lqeh"
TESTNET = "kaspatest:qqd6e65yefepe9wk0m9vuxdufxd80sphy67gwwd0vdaumzdt4tc9ssxd5s7gn"
ANY_PORTS = ("--wrpc-json", "127.0.0.1:0", "--control", "127.0.0.1:0")


@pytest.fixture(scope="module")
def network() -> Iterator[Command]:
    """A network that makes blocks on demand only."""
    with running("simnet", *ANY_PORTS, "--blocks-per-second", "0") as command:
        command.line("control ")
        yield command


@pytest.fixture
def simnet(network: Command, kasgate: Kasgate, monkeypatch: pytest.MonkeyPatch):
    """Runs `kasgate simnet` commands on that network and returns their output."""
    monkeypatch.setenv("KASGATE_SIMNET_CONTROL", network.line("control "))

    def run(*arguments: str) -> str:
        code, out, err = kasgate("simnet", *arguments)
        assert (code, err) == (0, "")
        return out.rstrip("\n")

    return run


def facts(text: str) -> dict[str, str]:
    pairs = (line.partition(" ") for line in text.splitlines())
    return {name: value for name, _, value in pairs}


def test_it_prints_its_ports_and_ends_well_at_a_signal():
    with running("simnet", *ANY_PORTS) as command:
        assert command.line("control ").startswith("127.0.0.1:")
        names = [line.split()[0] for line in command.out]
        assert names == ["wrpc-json", "control"]
        command.signal(signal.SIGTERM)
        assert command.exit_code() == 0
        assert command.err == []


async def test_its_node_answers_as_a_simnet_node(network):
    async with wrpc.connect(network.line("wrpc-json "), prefix="kaspasim") as node:
        with trio.fail_after(30):
            info = await node.server_info()
    assert info.network_id == "simnet"
    assert info.is_synced


async def test_a_rest_server_is_there_where_it_is_asked_for():
    with running("simnet", "--rest", "127.0.0.1:0", "--control", "127.0.0.1:0") as command:
        command.line("control ")
        assert [line.split()[0] for line in command.out] == ["rest", "control"]
        async with rest.connect(command.line("rest "), prefix="kaspasim") as node:
            with trio.fail_after(30):
                assert (await node.server_info()).network_id == "simnet"


def test_a_payment_waits_for_a_block_and_can_be_revoked(simnet):
    txid = simnet("pay", MERCHANT, "12.5")
    assert len(txid) == 64
    assert facts(simnet("info"))["mempool"] == txid
    score = int(facts(simnet("info"))["virtual-daa-score"])
    assert simnet("mine", "2") == f"virtual-daa-score {score + 2}"
    assert facts(simnet("info"))["mempool"] == ""
    simnet("withdraw", txid)
    assert simnet("fault", "restore", f"txid={txid}") == "done"
    assert simnet("mine") == f"virtual-daa-score {facts(simnet('info'))['virtual-daa-score']}"
    assert len(simnet("sweep", MERCHANT)) == 64


def test_a_reorganisation_can_drop_a_payment(simnet):
    txid = simnet("pay", MERCHANT, "1")
    simnet("mine", "3")
    assert simnet("reorg", "3", "--drop", txid).startswith("virtual-daa-score ")


def test_a_held_payment_waits_until_it_is_released(simnet):
    txid = simnet("pay", MERCHANT, "1", "--hold")
    simnet("mine")
    assert txid in facts(simnet("info"))["mempool"]
    simnet("fault", "release", f"txid={txid}")
    simnet("mine")
    assert txid not in facts(simnet("info"))["mempool"]


def test_faults_come_and_go(simnet, network):
    port = network.line("wrpc-json ").rpartition(":")[2]
    simnet("fault", "lag", "seconds=0.5", f"port={port}")
    simnet("fault", "lag", "seconds=0")
    simnet("fault", "drop-notifications", "on=true")
    simnet("fault", "drop-notifications", "on=off")
    simnet("fault", "fail-next", "method=getSink", "n=0", "message=busy now")


def test_every_command_of_the_network_can_be_given():
    reachable = {fault.method for fault in FAULTS}
    reachable |= {"pay", "sweep", "mine", "reorg", "withdraw", "info"}
    server = set(ControlServer(SimulatedNetwork()).commands)
    assert reachable <= server
    assert server - reachable == {"pay_many", "balance", "utxos"}, "for programs alone"
    for fault in FAULTS:
        parameters = inspect.signature(getattr(SimulatedNetwork, fault.method)).parameters.values()
        needed = [p.name for p in parameters if p.default is p.empty and p.name != "self"]
        assert list(fault.arguments) == needed


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["pay", MAINNET, "1"], 2, "This is a mainnet address."),
        (["pay", TESTNET, "1"], 1, "another network"),
        (["pay", "junk", "1"], 1, "address"),
        (["pay", MERCHANT, "0"], 2, "above 0"),
        (["pay", MERCHANT, "1e3"], 2, "plain digits"),
        (["sweep", MERCHANT, "--to", MAINNET], 2, "This is a mainnet address."),
        (["withdraw", "5f3c"], 2, "64 hex digits"),
        (["withdraw", "5f" * 32], 1, "ransaction"),
        (["reorg", "0"], 1, "at least one block"),
        (["mine", "-1"], 2, "-1"),
        (["fault", "meteor"], 2, "invalid choice: 'meteor'"),
        (["fault", "lag"], 2, "needs seconds=…"),
        (["fault", "lag", "seconds"], 2, "name=value"),
        (["fault", "lag", "seconds=much"], 1, "seconds"),
        (["fault", "lag", "seconds=1", "port=1"], 1, "No node"),
        (["info", "--control", "nowhere"], 2, "HOST:PORT"),
        (["info", "--control", "127.0.0.1:99999"], 2, "65535"),
        (["--blocks-per-second", "-1"], 2, "blocks-per-second"),
        (["--control", "0.0.0.0:0", *ANY_PORTS[:2]], 1, "loopback"),
    ],
)
def test_what_can_t_be_done_is_one_sentence(simnet, kasgate, arguments, code, complaint):
    given, out, err = kasgate("simnet", *arguments)
    assert (given, out) == (code, "")
    assert complaint in err.splitlines()[-1]


def test_a_network_that_is_not_there_says_how_to_start_one(kasgate):
    code, _, err = kasgate("simnet", "info", "--control", "127.0.0.1:1")
    assert code == 1
    assert "Start one with `kasgate simnet`" in err


def test_the_control_port_of_the_environment_is_refused_by_name(kasgate, monkeypatch):
    monkeypatch.setenv("KASGATE_SIMNET_CONTROL", "here")
    code, _, err = kasgate("simnet", "info")
    assert code == 2
    assert err.startswith("kasgate: KASGATE_SIMNET_CONTROL: 'here'")


def test_a_port_in_use_is_one_sentence(network, kasgate):
    taken = network.line("wrpc-json ws://")
    code, out, err = kasgate("simnet", "--wrpc-json", taken, "--control", "127.0.0.1:0")
    assert (code, out) == (1, "")
    assert err == f"kasgate: Can't listen on {taken}: Address already in use.\n"


def test_addresses_are_read_with_and_without_brackets():
    assert host_port("localhost:1") == ("localhost", 1)
    assert host_port("[::1]:18510") == ("::1", 18510)


def test_nothing_here_reads_or_writes_the_data_directory(simnet, home: Path):
    simnet("info")
    assert not home.exists()
