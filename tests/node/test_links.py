"""The gateway's adapters on a real node: each returns the facts, and both return the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import trio

from kasgate.kaspa.connect import connect
from kasgate.kaspa.grpc.node import GrpcNode
from kasgate.kaspa.node import (
    DaaScoreChanged,
    HistoryUnavailable,
    MempoolOutput,
    Node,
    NodeRefused,
    UtxosChanged,
)
from kasgate.kaspa.utxo import Outpoint, Utxo
from kasgate.kaspa.wrpc.node import WrpcNode
from kasgate.money import Sompi
from tests.node.kaspad import PREFIX, Kaspad
from tests.node.wallet import ShopKeys, Wallet

KAS = 100_000_000
PATIENCE_S = 60.0

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
async def link(node: Kaspad, transport: str) -> AsyncIterator[Node]:
    async with connect(node.url(transport), prefix=PREFIX) as link:
        yield link


@pytest.fixture
def alice(keys: ShopKeys) -> str:
    return keys.address(0)


@pytest.fixture
def bob(keys: ShopKeys) -> str:
    return keys.address(1)


async def test_the_node_is_one_that_a_gateway_can_use(link: Node) -> None:
    info = await link.server_info()
    assert (info.network_id, info.rpc_api_version) == ("simnet", 1)
    assert info.has_utxo_index
    assert info.is_synced
    assert link.replays_chain
    assert link.sees_mempool


async def test_a_payment_is_seen_in_the_mempool_until_a_block_has_it(
    link: Node, node: Kaspad, wallet: Wallet, alice: str, bob: str
) -> None:
    assert await link.mempool([alice, bob]) == []
    transaction = await wallet.pay((alice, KAS), (bob, 2 * KAS), (alice, 3 * KAS))
    seen = {output.outpoint: output for output in await link.mempool([alice, bob])}
    assert len(seen) == 3
    assert {outpoint.transaction_id for outpoint in seen} == {transaction}
    assert sorted((output.address, output.amount) for output in seen.values()) == sorted(
        [(alice, KAS), (bob, 2 * KAS), (alice, 3 * KAS)]
    )
    (only,) = await link.mempool([bob])
    assert only == MempoolOutput(bob, only.outpoint, Sompi(2 * KAS))
    await node.mine(1, wallet.address)
    assert await link.mempool([alice, bob]) == []


async def test_a_payment_is_notified_found_in_the_snapshot_and_replayed(
    link: Node, node: Kaspad, wallet: Wallet, alice: str, bob: str
) -> None:
    start = await link.sink()
    await link.watch([alice, bob])
    await link.unwatch([bob])
    transaction = await wallet.pay((alice, KAS), (bob, KAS))
    await node.mine(3, wallet.address)

    with trio.fail_after(PATIENCE_S):
        change = await anext(aiter(link.notifications()))
    assert isinstance(change, UtxosChanged)
    assert change.removed == ()
    (payment,) = change.added  # Nothing for an address that is not watched any more.
    assert payment == Utxo(alice, Outpoint(transaction, 0), Sompi(KAS), payment.block_daa_score)

    assert await link.utxos([alice]) == [payment]
    part = await link.chain_after(start)
    (replayed,) = (u for block in part.added for u in block.outputs if u.address == alice)
    assert replayed == payment
    assert (part.removed, len(part.added)) == ((), 3)
    assert part.added[-1].hash == await link.sink()
    assert (await link.chain_after(part.added[-1].hash)).added == ()

    accepted = await link.accepted_after(start)
    assert accepted.added == tuple(block.hash for block in part.added)
    assert transaction in accepted.transaction_ids
    assert await link.accepted_at(transaction, payment.block_daa_score)
    assert not await link.accepted_at(transaction, payment.block_daa_score + 1)


async def test_the_chain_gathered_block_by_block_as_from_an_old_node_is_the_one_told(
    link: Node, node: Kaspad, wallet: Wallet, alice: str, bob: str
) -> None:
    assert isinstance(link, GrpcNode | WrpcNode)
    start = await link.sink()
    await wallet.pay((alice, KAS), (bob, KAS))
    await node.mine(1, bob)
    await wallet.pay((alice, KAS))
    await node.mine(3, wallet.address)
    told = await link.chain_after(start)
    assert [len(block.outputs) for block in told.added] == [1, 4, 3, 1]
    link._tells_outputs = False
    assert await link.chain_after(start) == told


async def test_a_reward_is_known_as_one(
    link: Node, node: Kaspad, wallet: Wallet, alice: str
) -> None:
    await node.mine(1, alice)
    await node.mine(2, wallet.address)
    (reward,) = await link.utxos([alice])
    assert reward.is_coinbase
    assert not reward.is_plain_money
    assert await link.accepted_at(reward.outpoint.transaction_id, reward.block_daa_score)


async def test_scores_are_told_after_the_subscription(
    link: Node, node: Kaspad, wallet: Wallet
) -> None:
    await link.subscribe_virtual()
    await node.mine(3, wallet.address)
    score = (await link.server_info()).virtual_daa_score
    with trio.fail_after(PATIENCE_S):
        async for told in link.notifications():
            if told == DaaScoreChanged(score):
                break
    times = await link.timestamps([1, 2, score])
    assert times == sorted(times)


async def test_a_node_that_a_gateway_can_not_use_says_so(
    kaspad: Path, tmp_path: Path, transport: str, alice: str
) -> None:
    """The node has no index, and no block but a genesis of years ago."""
    node = Kaspad(kaspad, tmp_path, indexed=False)
    async with node.running(), connect(node.url(transport), prefix=PREFIX) as link:
        info = await link.server_info()
        assert (info.has_utxo_index, info.is_synced) == (False, False)
        with pytest.raises(NodeRefused, match="--utxoindex"):
            await link.utxos([alice])
        await link.watch([alice])  # The node accepts the watch, and will send nothing.


async def test_requests_that_the_node_can_not_answer_are_refused(link: Node) -> None:
    for call in (link.chain_after, link.accepted_after):
        with pytest.raises(HistoryUnavailable):
            await call("ab" * 32)
    with pytest.raises(NodeRefused):
        await link.utxos(["kaspa:qq"])
    assert await link.sink()


async def test_both_transports_say_the_same(
    node: Kaspad, wallet: Wallet, alice: str, bob: str
) -> None:
    async with AsyncExitStack() as stack:
        links = [
            await stack.enter_async_context(connect(url, prefix=PREFIX))
            for url in (node.grpc_url, node.wrpc_url)
        ]
        start = await links[0].sink()
        await wallet.pay((alice, KAS), (bob, KAS))
        await node.mine(4, wallet.address)
        await wallet.pay((alice, KAS))

        async def everything(link: Node) -> object:
            coins = await link.utxos([alice, bob, wallet.address])
            return (
                await link.server_info(),
                await link.sink(),
                await link.chain_after(start),
                await link.accepted_after(start),
                await link.mempool([alice, bob]),
                await link.timestamps([0, 5, 1000]),
                sorted(coins, key=lambda coin: coin.outpoint),
            )

        over_grpc, over_wrpc = [await everything(link) for link in links]
        assert over_grpc == over_wrpc
