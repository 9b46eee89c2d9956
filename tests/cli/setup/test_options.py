"""`kasgate setup` by options, without a terminal: what is made, what is refused, and what a
second run does."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from kasgate.cli.demo.key import DEMO_KEY
from kasgate.cli.setup import basics, nodes, reach
from kasgate.cli.setup.merchant import address_lines, index_of
from kasgate.kaspa.extended_key import ReceiveChain, parse_account_key
from kasgate.kaspa.networks import Network
from kasgate.settings.place import Place
from kasgate.store.protocol import StoreUnavailable
from tests.cli.conftest import Kasgate
from tests.cli.setup.conftest import KEY, ME, OTHER_KEY, PRIVATE, Simnet
from tests.cli.setup.terminal import TIMEOUT_S, environment
from tests.e2e.rig.gateway import free_port

NO_NODE = "ws://127.0.0.1:1"


@pytest.fixture
def setup(kasgate: Kasgate, tmp_path: Path, monkeypatch):
    """Runs it without a terminal, on a settings file of its own, and looks for nodes nowhere."""
    monkeypatch.delenv("KASGATE_DATA_DIR")
    monkeypatch.delenv("KASGATE_CONFIG")
    monkeypatch.setattr(nodes, "usual_urls", lambda _: [])
    config = str(tmp_path / "etc" / "kasgate.toml")
    usual = (
        *("--config", config, "--user", ME, "--data-dir", str(tmp_path / "data")),
        *("--port", str(free_port())),
    )

    def run(*options: str) -> tuple[int, str, str]:
        return kasgate("setup", *usual, *options)

    return run


def by_options(simnet_or_node: Simnet | str, key_file: Path, *more: str) -> tuple[str, ...]:
    node = simnet_or_node if isinstance(simnet_or_node, str) else simnet_or_node.wrpc
    return (
        *("--yes", "--network", "simnet", "--node", node),
        *("--merchant-name", "Tea", "--xpub", str(key_file), *more),
    )


def content(tmp_path: Path) -> dict[str, object]:
    return tomllib.loads((tmp_path / "etc" / "kasgate.toml").read_text())


def test_options_make_the_file_the_merchant_and_a_report(
    setup, simnet: Simnet, key_file, tmp_path, merchants
):
    code, out, err = setup(*by_options(simnet, key_file, "--rates", "off"))
    assert (code, err) == (0, "")
    found = content(tmp_path)
    assert found["network"] == "simnet"
    assert found["nodes"] == [simnet.wrpc]
    assert found["data_dir"] == str(tmp_path / "data")
    (merchant,) = merchants(tmp_path / "data")
    assert merchant.name == "Tea"
    assert merchant.webhook_secret in out
    api_key = next(line.split()[-1] for line in out.splitlines() if "API key  " in line)
    text = (tmp_path / "etc" / "kasgate.toml").read_text()
    for secret in (api_key, merchant.webhook_secret, KEY["kpub"]):
        assert secret not in text
    assert "checks of `kasgate doctor` are well" in out
    assert "FAILED" not in out
    assert f"KASGATE_CONFIG={tmp_path}/etc/kasgate.toml kasgate serve" in out
    assert f"http://127.0.0.1:{found['port']}/dashboard/" in out
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_a_second_run_with_the_same_answers_changes_nothing(
    setup, simnet: Simnet, key_file, tmp_path, merchants
):
    options = by_options(simnet, key_file)
    assert setup(*options)[0] == 0
    file = tmp_path / "etc" / "kasgate.toml"
    before, (merchant,) = file.stat(), merchants(tmp_path / "data")
    code, out, _ = setup(*options)
    assert code == 0
    assert "needs no change" in out
    assert "has a merchant already: Tea" in out
    assert "API key  " not in out
    after = file.stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)
    assert merchants(tmp_path / "data") == [merchant]


def test_a_later_run_changes_what_is_asked_and_keeps_what_was_written_by_hand(
    setup, simnet: Simnet, key_file, tmp_path, merchants
):
    assert setup(*by_options(simnet, key_file))[0] == 0
    file = tmp_path / "etc" / "kasgate.toml"
    by_hand = file.read_text() + "\n# mine\nconfirmations = 7 # ten is too many\n"
    file.write_text(by_hand)
    code, out, _ = setup("--yes", "--base-url", "https://pay.example")
    assert code == 0
    text = file.read_text()
    assert text.startswith(by_hand)
    assert tomllib.loads(text.removeprefix(by_hand)) == {
        "base_url": "https://pay.example",
        "trusted_proxies": ["127.0.0.1"],
    }
    assert '+base_url = "https://pay.example"' in out
    assert 'docs/proxies.md, "On a host of its own"' in " ".join(out.split())
    assert len(merchants(tmp_path / "data")) == 1


def test_without_a_merchant_the_dashboard_makes_the_first(setup):
    code, out, _ = setup("--yes", "--no-merchant", "--network", "simnet", "--node", NO_NODE)
    assert code == 0
    assert "Make the first merchant in the dashboard" in out
    assert "/dashboard/register" in out


def test_a_user_without_a_home_directory_names_the_places(kasgate: Kasgate, tmp_path, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no home")

    monkeypatch.delenv("KASGATE_CONFIG")
    monkeypatch.delenv("KASGATE_DATA_DIR")
    monkeypatch.setattr("platformdirs.user_config_path", fail)
    monkeypatch.setattr("platformdirs.user_data_path", fail)
    for module in ("settings.place", "cli.setup.command", "cli.setup.basics"):
        monkeypatch.setattr(f"kasgate.{module}.is_root", lambda: False)
    monkeypatch.setattr(basics, "SYSTEM_DATA", tmp_path / "var")
    options = (
        *("setup", "--yes", "--no-merchant", "--network", "simnet", "--node", NO_NODE),
        *("--port", str(free_port())),
    )
    code, _, err = kasgate(*options)
    assert code == 1
    assert "Name the settings file with --config." in err
    file = tmp_path / "kasgate.toml"
    code, _, err = kasgate(*options, "--config", str(file))
    assert (code, err) == (0, "")
    assert tomllib.loads(file.read_text())["data_dir"] == str(tmp_path / "var" / "simnet")


def test_a_dry_run_prints_the_file_and_makes_nothing(setup, key_file, tmp_path):
    code, out, _ = setup(*by_options(NO_NODE, key_file), "--dry-run")
    assert code == 0
    assert 'network = "simnet"' in out.splitlines()
    assert "The merchant 'Tea' will be made." in out
    assert sorted(os.listdir(tmp_path)) == ["kpub.txt"]


def test_without_a_terminal_the_missing_options_are_named(setup, tmp_path):
    code, _, err = setup()
    assert code == 2
    for option in ("--yes", "--merchant-name", "--xpub", "--address", "--no-merchant"):
        assert option in err
    code, _, err = setup("--yes", "--node", "resolver", "--merchant-name", "Tea")
    assert code == 2
    assert "--xpub, --address" in err
    assert "--merchant-name" not in err
    assert "Nothing was changed." in err
    assert os.listdir(tmp_path) == []


def test_a_process_without_standard_input_is_told_so(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "kasgate", "setup", "--config", str(tmp_path / "kasgate.toml")],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
        env=environment(tmp_path),
    )
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--network", "moon"), "--network: That can't be used. Allowed: mainnet"),
        (("--node", "http://shop.example"), "--node: That can't be used."),
        (("--node", "resolver"), "--node: There are no public nodes of simnet."),
        (("--port", "0"), "--port: Shops and the proxy need a port that stays the same"),
        (("--port", "99999"), "--port: That can't be used. Allowed: 1 to 65535"),
        (("--host", "192.0.2.77"), "--port: This machine does not have the address 192.0.2.77"),
        (("--base-url", "pay.example"), "--base-url: "),
        (("--trusted-proxy", "10.0.0.1/8"), "--trusted-proxy: "),
        (("--rates", "maybe"), "--rates: "),
        (("--rates", "on", "--rate-source", "kraken"), "--rate-source: "),
        (("--user", "no-such-user"), "--user: "),
        (("--data-dir", "/dev/null"), "--data-dir: /dev/null is not a directory."),
        (("--webhook-url", "http://127.0.0.1/hook"), "--webhook-url: "),
        (("--email", "nobody"), "--email: This is not an e-mail address."),
        (("--merchant-name", "x" * 101), "--merchant-name: A name has at most 100"),
        (("--address", "kaspa:qqq"), "--address: "),
    ],
)
def test_a_wrong_option_is_refused_by_name_and_nothing_is_made(
    setup, key_file, tmp_path, options, complaint
):
    code, _, err = setup(*by_options(NO_NODE, key_file), *options)
    assert code in {1, 2}
    assert complaint in err
    assert "Nothing was changed." in err
    assert os.listdir(tmp_path) == ["kpub.txt"]


def test_a_private_key_is_refused_without_being_repeated(setup, tmp_path):
    file = tmp_path / "key.txt"
    file.write_text(PRIVATE)
    for given in (str(file), PRIVATE):
        code, out, err = setup(*by_options(NO_NODE, file), "--xpub", given)
        assert code in {1, 2}
        assert "--xpub" in err
        assert PRIVATE[4:20] not in out + err
    assert os.listdir(tmp_path) == ["key.txt"]


def test_the_key_itself_is_no_option(setup):
    code, _, err = setup(*by_options(NO_NODE, Path("x")), "--xpub", KEY["kpub"])
    assert code == 2
    assert "list of processes" in err


def test_the_key_may_come_from_standard_input(tmp_path: Path, merchants):
    places = ("--data-dir", str(tmp_path / "data"), "--config", str(tmp_path / "kasgate.toml"))
    more = ("--user", ME, "--port", str(free_port()), *places)
    options = by_options(NO_NODE, Path("-"), *more)
    done = subprocess.run(
        [sys.executable, "-m", "kasgate", "setup", *options],
        input=KEY["kpub"],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=True,
        env=environment(tmp_path),
    )
    assert "API key  " in done.stdout
    assert KEY["kpub"] not in done.stdout + done.stderr
    assert len(merchants(tmp_path / "data")) == 1


@pytest.mark.parametrize(("index", "code"), [(0, 0), (4, 0), (None, 2)])
def test_an_address_of_the_wallet_must_match_the_key(setup, key_file, tmp_path, index, code):
    address = OTHER_KEY["receive"][0] if index is None else KEY["receive"][index]
    found, out, err = setup(*by_options(NO_NODE, key_file), "--address", address)
    assert found == code
    if index is None:
        assert "key of another account or wallet" in err
        assert os.listdir(tmp_path) == ["kpub.txt"]
    else:
        assert f"receive address number {index} of this key" in " ".join(out.split())
        assert "The merchant is made." in out


def test_on_a_real_network_the_address_is_needed(setup, key_file):
    options = ("--node", "resolver", "--merchant-name", "Tea", "--xpub", str(key_file))
    code, _, err = setup("--yes", *options)
    assert code == 2
    assert "The first merchant needs --address" in err


def test_the_key_of_the_demo_is_refused_on_a_real_network(setup, key_file, tmp_path):
    key_file.write_text(DEMO_KEY)
    options = ("--node", "resolver", "--merchant-name", "Tea", "--xpub", str(key_file))
    code, _, err = setup("--yes", *options, "--address", KEY["receive"][0])
    assert code == 1
    assert "Everybody knows its recovery phrase" in err
    assert os.listdir(tmp_path) == ["kpub.txt"]


def test_the_key_of_another_merchant_makes_no_second_one(setup, key_file, tmp_path, merchants):
    options = by_options(NO_NODE, key_file)
    assert setup(*options)[0] == 0
    key_file.write_text(OTHER_KEY["kpub"])
    code, _, err = setup(*options)
    assert code == 1
    assert "kasgate merchant create" in err
    assert len(merchants(tmp_path / "data")) == 1


def test_a_database_of_another_network_is_not_taken(setup, key_file, tmp_path):
    assert setup(*by_options(NO_NODE, key_file))[0] == 0
    code, _, err = setup("--yes", "--network", "testnet-10", "--node", "resolver")
    assert code == 2
    assert "--data-dir: The database in" in err
    assert "belongs to simnet" in err
    assert content(tmp_path)["network"] == "simnet"


def test_a_file_with_a_mistake_is_not_touched(setup, tmp_path):
    file = tmp_path / "etc" / "kasgate.toml"
    file.parent.mkdir()
    file.write_text("port = \n")
    code, _, err = setup("--yes", "--no-merchant")
    assert code == 1
    assert "not valid TOML" in err
    assert "Mend the file by hand" in err
    assert file.read_text() == "port = \n"


def test_a_variable_that_would_override_the_file_is_told(setup, key_file, monkeypatch):
    monkeypatch.setenv("KASGATE_PORT", "4444")
    code, out, _ = setup(*by_options(NO_NODE, key_file))
    assert code == 0
    assert "Note: KASGATE_PORT in the environment takes precedence" in " ".join(out.split())


def test_a_merchant_that_can_t_be_made_is_told_and_a_second_run_makes_it(
    setup, key_file, tmp_path, merchants, monkeypatch
):
    async def fail(*_: object, **__: object) -> None:
        raise StoreUnavailable("The disk is full.")

    options = by_options(NO_NODE, key_file)
    with monkeypatch.context() as broken:
        broken.setattr("kasgate.cli.setup.making.create_merchant", fail)
        code, out, err = setup(*options)
    assert code == 1
    assert "The disk is full." in err
    assert "The settings file is written; the rest was not made." in err
    assert "Nothing was changed." not in out + err
    assert content(tmp_path)["network"] == "simnet"
    assert setup(*options)[0] == 0
    assert len(merchants(tmp_path / "data")) == 1


def test_an_interrupt_of_the_report_says_that_all_is_made(
    setup, key_file, tmp_path, merchants, monkeypatch
):
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("kasgate.cli.setup.ending.examine", interrupt)
    code, out, _ = setup(*by_options(NO_NODE, key_file))
    assert code == 130
    assert "Interrupted. Everything is made" in out
    assert len(merchants(tmp_path / "data")) == 1


# Nodes.


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("set_utxoindex", "start it with the index: kaspad --simnet --utxoindex"),
        ("set_synced", "has not caught up with the network"),
    ],
)
def test_a_node_that_is_not_ready_is_taken_with_what_to_change(
    setup, simnet: Simnet, tmp_path, fault, words
):
    simnet.fault(fault, on=False)
    options = ("--network", "simnet", "--node", simnet.wrpc)
    code, out, _ = setup("--yes", "--no-merchant", *options)
    assert code == 0
    assert "FAILED" in out
    assert words in " ".join(out.split())
    assert content(tmp_path)["nodes"] == [simnet.wrpc]


def test_a_node_of_another_network_is_refused(setup, simnet: Simnet, key_file, tmp_path):
    simnet.fault("set_network_id", network_id="testnet-10")
    code, _, err = setup(*by_options(simnet, key_file))
    assert code == 2
    assert f"--node: {simnet.wrpc} is a node of testnet-10, and the network is simnet." in err
    assert os.listdir(tmp_path) == ["kpub.txt"]


def test_nodes_are_found_in_the_usual_places(setup, simnet: Simnet, tmp_path, monkeypatch):
    monkeypatch.setattr(nodes, "usual_urls", lambda _: [NO_NODE, simnet.wrpc, simnet.grpc])
    code, out, _ = setup(
        "--yes", "--network", "simnet", "--no-merchant", "--port", str(free_port())
    )
    assert code == 0
    assert f"node {simnet.grpc}" in out
    assert f"node {NO_NODE}" not in out, "a port that nothing listens on is no finding"
    assert content(tmp_path)["nodes"] == [simnet.wrpc]


def test_a_node_of_another_network_is_shown_but_not_proposed(
    setup, simnet: Simnet, tmp_path, monkeypatch
):
    monkeypatch.setattr(nodes, "usual_urls", lambda _: [simnet.wrpc])
    code, out, _ = setup(
        "--yes", "--network", "mainnet", "--no-merchant", "--port", str(free_port())
    )
    assert code == 0
    words = " ".join(out.split())
    assert "It is a node of simnet, but KASGATE_NETWORK is mainnet." in words
    assert "No node of mainnet answers. Start it: kaspad --utxoindex" in words
    assert content(tmp_path)["nodes"] == ["grpc://127.0.0.1:16110"]


def test_the_usual_places_are_both_ports_of_every_network():
    urls = nodes.usual_urls("::1")
    assert len(urls) == len(set(urls)) == 2 * len(Network)
    assert "grpc://[::1]:16110" in urls
    assert "ws://[::1]:18210" in urls


# Parts.


def test_the_addresses_are_in_groups_and_are_those_of_the_wallet():
    chain = ReceiveChain(parse_account_key(KEY["kpub"]), Network.MAINNET)
    lines = address_lines(chain, 2)
    assert "".join("".join(lines).split()) == f"0{KEY['receive'][0]}1{KEY['receive'][1]}"
    assert max(map(len, lines)) < 50
    assert index_of(chain, " ".join(lines[3:]).removeprefix("1")) == 1


def test_another_program_on_the_port_is_told():
    with socket.create_server(("127.0.0.1", 0)) as other:
        problem = reach._cannot_listen("127.0.0.1", other.getsockname()[1])
    assert problem is not None
    assert "Another program listens" in problem


def test_another_network_takes_other_nodes(setup, simnet: Simnet, tmp_path, monkeypatch):
    nodes_at = ("--node", "grpc://127.0.0.1:1")
    assert setup("--yes", "--no-merchant", *nodes_at)[0] == 0
    assert setup("--yes", "--no-merchant")[0] == 0
    assert content(tmp_path)["nodes"] == ["grpc://127.0.0.1:1"]
    monkeypatch.setattr(nodes, "usual_urls", lambda _: [simnet.wrpc])
    assert setup("--yes", "--no-merchant", "--network", "simnet")[0] == 0
    assert content(tmp_path)["nodes"] == [simnet.wrpc]


def test_a_user_of_a_machine_with_the_system_s_file_is_told_to_be_root(
    kasgate: Kasgate, tmp_path, monkeypatch
):
    system = tmp_path / "system.toml"
    system.write_text("")
    monkeypatch.delenv("KASGATE_CONFIG")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for module in ("settings.place", "cli.setup.command"):
        monkeypatch.setattr(f"kasgate.{module}.is_root", lambda: False)
    monkeypatch.setattr("kasgate.cli.setup.command.usual_place", lambda: Place(system, ""))
    code, _, err = kasgate("setup", "--yes", "--no-merchant")
    assert code == 1
    assert "run `sudo kasgate setup`" in err
    assert not (tmp_path / "config").exists()
