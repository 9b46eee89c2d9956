"""The database is restored from a copy, replaced by a new one, left without its log, or its process
is killed: no address is given out twice, and the operator is warned."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import httpx
import trio

from kasgate.kaspa.extended_key import ReceiveChain, parse_account_key
from kasgate.kaspa.networks import Network
from kasgate.money import parse_kas
from kasgate.store.checkpoints import IDLE_S
from tests.e2e.rig.gateway import Gateway, free_port, rows, serving
from tests.e2e.rig.shop import PATIENCE_S, Endpoint, Json, Shop, client_of, eventually, open_shop

TOKEN = "an-operator-of-a-test"
WALLETS_SCAN = 20


def cli(home: Path, *arguments: str, **more: str) -> str:
    """Run a command beside the gateway, or without it, with these variables."""
    clean = {name: text for name, text in os.environ.items() if not name.startswith("KASGATE_")}
    clean["KASGATE_CONFIG"] = "off"  # Not the settings file of this machine.
    environ = {**clean, "KASGATE_DATA_DIR": str(home), "KASGATE_NETWORK": "simnet", **more}
    command = [sys.executable, "-m", "kasgate", *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout


async def told(home: Path) -> list[Mapping[str, str]]:
    out = await trio.to_thread.run_sync(cli, home, "warnings", "--json")
    return list(json.loads(out)["warnings"])


async def health(client: httpx.AsyncClient) -> list[str]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = await client.get("/health/detailed", headers=headers)
    return list(answer.json()["checks"]["gateway"]["warnings"])


async def stop(gateway: Gateway) -> None:
    gateway.signal(signal.SIGTERM)
    assert await gateway.exit_code() == 0
    assert not gateway.complaints


async def sell(shop: Shop, count: int) -> list[Json]:
    return [await shop.order("10") for _ in range(count)]


def addresses(sold: list[Json]) -> list[str]:
    return [session["address"] for session in sold]


def settings_of(nodes: str) -> dict[str, str]:
    return {"nodes": nodes, "port": str(free_port()), "operator_token": TOKEN}


async def test_an_old_copy_that_is_put_back_gives_no_address_again(
    tmp_path, network, nodes, endpoint, xpubs
):
    home, copy = tmp_path / "home", tmp_path / "copy.db"
    settings = settings_of(nodes)
    async with client_of(f"http://127.0.0.1:{settings['port']}") as client:
        async with serving(home, **settings) as gateway:
            shop = await open_shop(client, endpoint, name="Shop", xpub=xpubs[0])
            before = await sell(shop, 3)
            await stop(gateway)
        shutil.copy(home / "kasgate.db", copy)
        async with serving(home, **settings) as gateway:
            forgotten = await sell(shop, 5)
            network.pay(forgotten[0]["address"], parse_kas("10"))
            await stop(gateway)
        shutil.copy(copy, home / "kasgate.db")
        async with serving(home, **settings) as gateway:
            await gateway.logged("look into this")
            after = await sell(shop, 3)
            everything = addresses(before + forgotten + after)
            assert len(set(everything)) == len(everything)
            # A shopper with an old page pays the address shown there, which now has no order.
            network.pay(forgotten[1]["address"], parse_kas("10"))
            network.pay(after[0]["address"], parse_kas("10"))
            with trio.fail_after(PATIENCE_S):
                await endpoint.wait_told(after[0]["id"], "payment.confirmed")
            assert [(await shop.read(one["id"]))["status"] for one in after[1:]] == ["pending"] * 2
            kinds = {one["kind"] for one in await told(home)}
            assert kinds == {"old_database", "forgotten_addresses"}
            spoken = await health(client)
            assert len(spoken) == 2
            assert any("numbers 3 to 7" in sentence for sentence in spoken)
            await stop(gateway)
        (found,) = [one for one in await told(home) if one["kind"] == "forgotten_addresses"]
        assert "Now 10 KAS lie on 1 of them" in found["text"]
        async with serving(home, **settings) as gateway:
            assert len(await health(client)) == 2, "a restart does not forget them"

            async def summed() -> bool:
                return any("Now 20 KAS lie on 2 of them" in text for text in await health(client))

            await eventually(summed)
            await trio.to_thread.run_sync(cli, home, "warnings", "--acknowledge", "all")
            assert await told(home) == []
            await stop(gateway)
        async with serving(home, **settings) as gateway:
            assert await health(client) == []
            everything += addresses(await sell(shop, 1))
            assert len(set(everything)) == len(everything)


async def test_a_new_database_with_a_key_that_was_used_goes_on_where_it_was(
    tmp_path, network, nodes, endpoint, xpubs
):
    settings = settings_of(nodes)
    async with client_of(f"http://127.0.0.1:{settings['port']}") as client:
        async with serving(tmp_path, **settings) as gateway:
            shop = await open_shop(client, endpoint, name="Shop", xpub=xpubs[0])
            before = await sell(shop, 5)
            await stop(gateway)
        (tmp_path / "kasgate.db").unlink()
        async with serving(tmp_path, **settings) as gateway:
            assert any("The database is new" in text for text in await health(client))
            shop = await open_shop(client, Endpoint(url=endpoint.url), name="Shop", xpub=xpubs[0])
            after = await sell(shop, 5)
            assert not set(addresses(before)) & set(addresses(after))
            kinds = {one["kind"] for one in await told(tmp_path)}
            assert kinds == {"new_database", "forgotten_addresses"}


async def test_where_everything_was_put_back_or_lost_the_chain_tells(
    tmp_path, network, nodes, endpoint, xpubs
):
    """Neither database nor marks know these addresses; some hold coins."""
    chain = ReceiveChain(parse_account_key(xpubs[0]), Network.SIMNET)
    used = (0, 4, 21)
    network.pay_many([(chain.address(index), parse_kas("3")) for index in used])
    settled = network.virtual_daa_score + 30
    await eventually(lambda: network.virtual_daa_score >= settled)
    settings = settings_of(nodes)
    async with (
        client_of(f"http://127.0.0.1:{settings['port']}") as client,
        serving(tmp_path, **settings) as gateway,
    ):
        await gateway.logged("node link live")
        shop = await open_shop(client, endpoint, name="Shop", xpub=xpubs[0])
        first = await shop.order("10")
        assert first["address"] == chain.address(22)
        (warning,) = await told(tmp_path)
        assert warning["kind"] == "used_addresses"
        assert "number 21" in warning["text"]


async def test_without_its_log_the_database_is_known_as_such(
    tmp_path, network, nodes, endpoint, xpubs
):
    settings = settings_of(nodes)
    async with client_of(f"http://127.0.0.1:{settings['port']}") as client:
        async with serving(tmp_path, **settings) as gateway:
            shop = await open_shop(client, endpoint, name="Shop", xpub=xpubs[0])
            before = await sell(shop, 3)
            await stop(gateway)
        async with serving(tmp_path, **settings) as gateway:
            before += await sell(shop, 4)
            await gateway.kill()
        (tmp_path / "kasgate.db-wal").unlink()
        (tmp_path / "kasgate.db-shm").unlink(missing_ok=True)
        async with serving(tmp_path, **settings) as gateway:
            spoken = await health(client)
            assert any("The last 4 commits of the database are gone" in text for text in spoken)
            assert any("whose name ends in -wal" in text for text in spoken)
            after = await sell(shop, 4)
            assert not set(addresses(before)) & set(addresses(after))


async def test_half_a_minute_after_a_sale_the_main_file_alone_has_it(
    tmp_path, network, nodes, endpoint, xpubs
):
    """While the gateway keeps following the chain."""
    home, copy = tmp_path / "home", tmp_path / "copy"
    settings = settings_of(nodes)
    async with (
        client_of(f"http://127.0.0.1:{settings['port']}") as client,
        serving(home, **settings),
    ):
        shop = await open_shop(client, endpoint, name="Shop", xpub=xpubs[0])
        session = await shop.order("10")
        await trio.sleep(IDLE_S)
        copy.mkdir()

        async def is_there() -> bool:
            shutil.copy(home / "kasgate.db", copy / "kasgate.db")
            with closing(sqlite3.connect(copy / "kasgate.db")) as alone:
                assert alone.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                found = alone.execute("SELECT id FROM sessions").fetchall()
            for name in ("kasgate.db-wal", "kasgate.db-shm"):
                (copy / name).unlink(missing_ok=True)
            return bool(found == [(session["id"],)])

        await eventually(is_there)


async def test_twenty_kills_with_a_sale_between_leave_no_gap_that_a_wallet_would_not_look_through(
    tmp_path, xpubs
):
    settings = settings_of("ws://127.0.0.1:1")
    async with client_of(f"http://127.0.0.1:{settings['port']}") as client:
        shop = None
        for _ in range(20):
            async with serving(tmp_path, **settings) as gateway:
                shop = shop or await open_shop(client, Endpoint(), name="Shop", xpub=xpubs[0])
                await shop.order("10")
                await gateway.kill()
        assert shop is not None
        async with serving(tmp_path, **settings):
            await shop.order("10")
            assert await health(client) == []
    found = rows(tmp_path, "SELECT address_index AS place FROM sessions ORDER BY 1")
    places = [row["place"] for row in found]
    assert len(set(places)) == 21
    assert max(b - a for a, b in pairwise(places)) < WALLETS_SCAN // 2
