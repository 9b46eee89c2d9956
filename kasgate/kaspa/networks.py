"""The Kaspa networks that the gateway can serve, and their differences."""

from enum import StrEnum
from typing import Final

from kasgate.money import Sompi

BLOCKS_PER_SECOND: Final = 10
"""Blocks, and so steps of the DAA score, per second on every network (kaspa.md §0.5, §8)."""

_ADDRESS_PREFIXES: Final = {
    "mainnet": "kaspa",
    "testnet-10": "kaspatest",
    "simnet": "kaspasim",
    "devnet": "kaspadev",
}
_GRPC_PORTS: Final = {"mainnet": 16110, "testnet-10": 16210, "simnet": 16510, "devnet": 16610}
_WRPC_JSON_PORTS: Final = {"mainnet": 18110, "testnet-10": 18210, "simnet": 18510, "devnet": 18610}
_EXPLORERS: Final = {
    "mainnet": "https://explorer.kaspa.org/addresses/",
    "testnet-10": "https://explorer-tn10.kaspa.org/addresses/",
}
_KEY_PREFIXES: Final = {
    "mainnet": ("kpub", "xpub"),
    "testnet-10": ("ktub", "tpub"),
    "simnet": ("ktub", "tpub", "ksub"),
    "devnet": ("ktub", "tpub", "kdub"),
}
_PAYABLE_MINIMUM: Final = Sompi(20_000_000)


class Network(StrEnum):
    """A Kaspa network; the value is its name in settings and in the node's own answers."""

    MAINNET = "mainnet"
    TESTNET_10 = "testnet-10"
    SIMNET = "simnet"
    DEVNET = "devnet"

    @property
    def address_prefix(self) -> str:
        """The part of an address before the colon (kaspa.md §1)."""
        return _ADDRESS_PREFIXES[self.value]

    @property
    def grpc_port(self) -> int:
        """The default port of a node for gRPC (kaspa.md §3.1)."""
        return _GRPC_PORTS[self.value]

    @property
    def wrpc_json_port(self) -> int:
        """The default port of a node for wRPC JSON (kaspa.md §3.1)."""
        return _WRPC_JSON_PORTS[self.value]

    @property
    def default_min_amount(self) -> Sompi:
        """The smallest amount that ordinary wallets can pay with change, 0.2 KAS (kaspa.md
        §4.7)."""
        return _PAYABLE_MINIMUM

    @property
    def expected_key_prefixes(self) -> tuple[str, ...]:
        """The prefixes that wallets of this network use for extended public keys (kaspa.md §2).

        rusty-kaspa writes ``ktub`` on every network except mainnet. ``ksub`` and ``kdub`` are those
        of the Go wallet; ``xpub`` and ``tpub`` are the neutral forms.
        """
        return _KEY_PREFIXES[self.value]

    def explorer_url(self, address: str) -> str | None:
        """The public page about an address, or None if there is no public explorer."""
        base = _EXPLORERS.get(self.value)
        return None if base is None else base + address


PUBLIC_NETWORKS: Final = frozenset({Network.MAINNET, Network.TESTNET_10})
"""Networks with nodes of other people. On the others everything may run on one machine."""

RESOLVER: Final = "resolver"
"""The entry in a list of nodes for a public node, chosen by a resolver."""
