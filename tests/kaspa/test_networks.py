"""Differences between the networks, against kaspa.md and the official SDK."""

import kaspa
import pytest

from kasgate.kaspa.networks import BLOCKS_PER_SECOND, Network
from kasgate.money import parse_kas

MAINNET_ADDRESS = "kaspa:qqd6e65yefepe9wk0m9vuxdufxd80sphy67gwwd0vdaumzdt4tc9s3qt0lqeh"


@pytest.mark.parametrize(
    ("network", "prefix", "grpc", "wrpc_json"),
    [
        (Network.MAINNET, "kaspa", 16110, 18110),
        (Network.TESTNET_10, "kaspatest", 16210, 18210),
        (Network.SIMNET, "kaspasim", 16510, 18510),
        (Network.DEVNET, "kaspadev", 16610, 18610),
    ],
)
def test_each_network_has_its_prefix_and_ports(
    network: Network, prefix: str, grpc: int, wrpc_json: int
) -> None:
    assert network.address_prefix == prefix
    assert network.grpc_port == grpc
    assert network.wrpc_json_port == wrpc_json


@pytest.mark.parametrize(
    ("network", "official"),
    [
        (Network.MAINNET, kaspa.NetworkType.Mainnet),
        (Network.TESTNET_10, kaspa.NetworkType.Testnet),
        (Network.SIMNET, kaspa.NetworkType.Simnet),
        (Network.DEVNET, kaspa.NetworkType.Devnet),
    ],
)
def test_the_sdk_knows_the_same_port_and_prefix(
    network: Network, official: kaspa.NetworkType
) -> None:
    assert network.wrpc_json_port == official.default_json_rpc_port()
    key = kaspa.PrivateKey("01" * 32)
    assert key.to_address(official).prefix == network.address_prefix


def test_a_network_is_named_as_settings_and_nodes_name_it() -> None:
    assert [str(network) for network in Network] == ["mainnet", "testnet-10", "simnet", "devnet"]
    assert Network("testnet-10") is Network.TESTNET_10
    assert isinstance(Network.MAINNET, str)
    with pytest.raises(ValueError, match="testnet-11"):
        Network("testnet-11")


def test_ten_blocks_a_second() -> None:
    assert BLOCKS_PER_SECOND == 10


@pytest.mark.parametrize("network", list(Network))
def test_the_default_minimum_is_what_wallets_can_pay(network: Network) -> None:
    assert network.default_min_amount == parse_kas("0.2")


def test_public_networks_have_an_explorer_and_private_ones_have_none() -> None:
    assert Network.MAINNET.explorer_url(MAINNET_ADDRESS) == (
        f"https://explorer.kaspa.org/addresses/{MAINNET_ADDRESS}"
    )
    assert Network.TESTNET_10.explorer_url("kaspatest:q") == (
        "https://explorer-tn10.kaspa.org/addresses/kaspatest:q"
    )
    assert Network.SIMNET.explorer_url("kaspasim:q") is None
    assert Network.DEVNET.explorer_url("kaspadev:q") is None


def test_kpub_is_at_home_on_mainnet_only() -> None:
    homes = [network for network in Network if "kpub" in network.expected_key_prefixes]
    assert homes == [Network.MAINNET]
    for network in set(Network) - {Network.MAINNET}:
        assert "ktub" in network.expected_key_prefixes
