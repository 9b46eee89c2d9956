"""Money on a real node. Keys and transactions come from the official wallet library, which shares
no code with the gateway."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

import kaspa
from attrs import define, field

from tests.simnet.wire_client import connect

COINBASE_MATURITY = 1000
"""A miner may spend a reward once the DAA score has risen by this much (kaspa.md §4.3)."""
_PAYER = "11" * 32

Json = dict[str, Any]


class ShopKeys:
    """The shop's wallet, whose extended public key the gateway gets: a new one, or that of a seed
    of 64 bytes in hexadecimal."""

    def __init__(self, seed: str | None = None) -> None:
        root = kaspa.XPrv(seed or secrets.token_hex(64))
        self.xpub = root.derive_path("m/44'/111111'/0'").to_xpub().into_string("ktub")
        self._keys = kaspa.PrivateKeyGenerator(root, False, 0)

    def address(self, index: int) -> str:
        return address_of(self._keys.receive_key(index))

    def key_of(self, address: str) -> kaspa.PrivateKey:
        """The private key of one of its first addresses."""
        for index in range(20):
            key = self._keys.receive_key(index)
            if address_of(key) == address:
                return key
        raise AssertionError(f"{address} is not derived from the shop's own key")


@define(eq=False)
class Wallet:
    """The miner, who pays from the rewards. Each reward is 50 KAS."""

    port: int
    """The node's port for wRPC JSON."""
    _key: kaspa.PrivateKey = field(factory=lambda: kaspa.PrivateKey(_PAYER))
    _coins: list[Json] = field(factory=list)

    @property
    def address(self) -> str:
        """The address for rewards."""
        return address_of(self._key)

    async def coin(self) -> Json:
        """A reward that may be spent, oldest first. It returns each one once."""
        if not self._coins:
            async with connect(self.port) as node:
                score = (await node.call("getServerInfo"))["virtualDaaScore"]
                coins = await node.coins(self.address)
            ripe = [
                coin
                for coin in coins
                if coin["utxoEntry"]["isCoinbase"]
                and coin["utxoEntry"]["blockDaaScore"] + COINBASE_MATURITY <= score
            ]
            self._coins = sorted(
                ripe, key=lambda coin: coin["utxoEntry"]["blockDaaScore"], reverse=True
            )
            assert self._coins, "mine more blocks"
        return self._coins.pop()

    async def pay(self, *payments: tuple[str, int], coin: Json | None = None) -> str:
        """Pay addresses some sompi each, in one transaction, which is in the mempool then."""
        outputs = [kaspa.PaymentOutput(kaspa.Address(to), sompi) for to, sompi in payments]
        coins = [coin or await self.coin()]
        return await _send(self.port, self._key, coins, outputs, self.address)


async def sweep(port: int, key: kaspa.PrivateKey, to: str) -> str:
    """Spend all coins of a key, as a merchant who sweeps them does."""
    async with connect(port) as node:
        coins = await node.coins(address_of(key))
    return await _send(port, key, coins, [], to)


async def _send(
    port: int,
    key: kaspa.PrivateKey,
    coins: list[Json],
    outputs: Sequence[kaspa.PaymentOutput],
    change: str,
) -> str:
    build: Any = kaspa.create_transactions  # The stubs lack parameters that it accepts.
    made = build(
        network_id="simnet",
        entries=coins,
        change_address=kaspa.Address(change),
        outputs=outputs,
        priority_fee=0,
    )
    (transaction,) = made["transactions"]
    transaction.sign([key])
    async with connect(port) as node:
        # The library would send it by itself, but in asyncio only.
        params = {"transaction": transaction.transaction.to_dict(), "allowOrphan": False}
        answer = await node.call("submitTransaction", params)
    assert answer["transactionId"] == transaction.id
    return str(transaction.id)


def address_of(key: kaspa.PrivateKey) -> str:
    """On the simnet."""
    return str(key.to_address("simnet").to_string())
