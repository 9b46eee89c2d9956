"""The disaster drill: sell, back up, sell on, lose the disk, restore. Every payment is in its order
or named, no address is given out twice, and webhooks go on."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import trio

from kasgate.money import parse_kas
from kasgate.simnet import SimulatedNetwork
from kasgate.store.backup.restoring import LEAST_LEAP
from tests.e2e.rig.gateway import Gateway, rows, serving
from tests.e2e.rig.ledger import accepted_payments, script_of
from tests.e2e.rig.shop import PATIENCE_S, Endpoint, Json, Shop, client_of, eventually, open_shop
from tests.e2e.test_restores import addresses, cli, settings_of, told

NAMED = re.compile(r"Now ([0-9.]+) KAS lie on")


def paid_in_all(network: SimulatedNetwork, sold: list[Json]) -> int:
    """Sompi that the network accepted on the addresses of these orders."""
    ledger = accepted_payments(network)
    return sum(sum(ledger.get(script_of(one["address"]), {}).values()) for one in sold)


async def credited(shop: Shop, sold: list[Json]) -> int:
    return sum([int((await shop.read(one["id"]))["receivedSompi"]) for one in sold])


async def named(home: Path) -> int:
    """Sompi on addresses that warnings name."""
    texts = [one["text"] for one in await told(home)]
    return sum(parse_kas(found) for text in texts for found in NAMED.findall(text))


class Drill:
    """The shop's orders, before the backup and after it."""

    def __init__(self, network: SimulatedNetwork, endpoint: Endpoint, shop: Shop) -> None:
        self.network, self.endpoint, self.shop = network, endpoint, shop
        self.before: dict[str, Json] = {}
        self.after: dict[str, Json] = {}

    def pay(self, session: Json, amount: str) -> None:
        self.network.pay(session["address"], parse_kas(amount))

    async def settle(self, session: Json, event: str) -> None:
        with trio.fail_after(PATIENCE_S):
            await self.endpoint.wait_told(session["id"], event)

    async def sell(self) -> None:
        """Orders that the backup will have: confirmed, part-paid, open, cancelled."""
        names = ("confirmed", "part", "open", "cancelled")
        self.before = {name: await self.shop.watched_order("10") for name in names}
        self.pay(self.before["confirmed"], "10")
        self.pay(self.before["part"], "4")
        await self.settle(self.before["confirmed"], "payment.confirmed")
        await self.shop.cancel(self.before["cancelled"]["id"])

    async def sell_on(self) -> None:
        """Orders and payments that the backup will not have."""
        self.pay(self.before["open"], "10")
        self.pay(self.before["part"], "1")
        self.pay(self.before["cancelled"], "10")
        names = ("confirmed", "part", "open")
        self.after = {name: await self.shop.watched_order("10") for name in names}
        self.pay(self.after["confirmed"], "10")
        self.pay(self.after["part"], "3")
        await self.settle(self.after["confirmed"], "payment.confirmed")
        await self.settle(self.before["open"], "payment.confirmed")

    @property
    def sold(self) -> list[Json]:
        return [*self.before.values(), *self.after.values()]


def sequences(endpoint: Endpoint, session: Json) -> list[int]:
    return [json.loads(one.body)["sequence"] for one in endpoint.told(session["id"])]


async def all_paid_is_known(drill: Drill, home: Path, more: list[Json]) -> None:
    """Credited and named together are what the chain has."""

    async def agree() -> bool:
        sum_ = await credited(drill.shop, [*drill.before.values(), *more]) + await named(home)
        return sum_ == paid_in_all(drill.network, [*drill.sold, *more])

    await eventually(agree)


@pytest.fixture
def drill_network(network: SimulatedNetwork, nodes: str) -> tuple[SimulatedNetwork, str]:
    return network, nodes


@pytest.fixture(params=["lost", "kept elsewhere"])
def marks_are(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_after_a_lost_disk_every_payment_is_accounted_for_or_named(
    tmp_path, drill_network, endpoint, xpubs, marks_are
):
    network, nodes = drill_network
    home, safe = tmp_path / "home", tmp_path / "safe"
    settings: dict[str, Any] = settings_of(nodes)
    if marks_are == "kept elsewhere":
        settings["marks_file"] = str(safe / "addresses.marks")
    async with client_of(f"http://127.0.0.1:{settings['port']}") as client:
        async with serving(home, **settings) as gateway:
            drill = Drill(
                network, endpoint, await open_shop(client, endpoint, name="A", xpub=xpubs[0])
            )
            await drill.sell()
            safe.mkdir(exist_ok=True)
            shutil.copy2(home / "kasgate.key", safe / "kasgate.key")
            await trio.to_thread.run_sync(cli, home, "backup", "--to", str(safe))
            await drill.sell_on()
            heard = {name: sequences(endpoint, one) for name, one in drill.before.items()}
            await gateway.kill()
        shutil.rmtree(home)
        (backup,) = safe.glob("kasgate-*.tar.gz")
        home.mkdir(mode=0o700)
        shutil.copy2(safe / "kasgate.key", home / "kasgate.key")
        marks = {"KASGATE_MARKS_FILE": settings["marks_file"]} if "marks_file" in settings else {}
        out = await trio.to_thread.run_sync(
            lambda: cli(home, "restore", "--json", str(backup), **marks)
        )
        restored = json.loads(out)
        assert restored["addressMarks"] is (marks_are == "kept elsewhere")
        async with serving(home, **settings) as gateway:
            await the_shop_goes_on(drill, home, gateway, restored)
            assert not gateway.complaints
        # Each known order's next event has a number that the shop never saw.
        for name in ("open", "cancelled", "part"):
            new = sequences(endpoint, drill.before[name])[len(heard[name]) :]
            assert new
            assert min(new) > max(heard[name])


async def the_shop_goes_on(drill: Drill, home: Path, gateway: Gateway, restored: Json) -> None:
    endpoint, shop, network = drill.endpoint, drill.shop, drill.network
    await gateway.logged("node link live")
    new = [await shop.watched_order("10") for _ in range(3)]
    everything = addresses([*drill.sold, *new])
    assert len(set(everything)) == len(everything), "an address was given out twice"
    # The shopper with an old page pays the address shown there.
    drill.pay(drill.after["open"], "10")
    leaps = restored["passedOver"]
    assert [leap["end"] - leap["first"] for leap in leaps] == (
        [] if restored["addressMarks"] else [LEAST_LEAP]
    )
    drill.pay(new[0], "10")
    await drill.settle(new[0], "payment.confirmed")

    async def is_confirmed() -> bool:
        return bool((await shop.read(drill.before["open"]["id"]))["status"] == "confirmed")

    await eventually(is_confirmed)
    network.disconnect_all()  # Each link begins with a look at the forgotten addresses.
    await all_paid_is_known(drill, home, new)
    late = await shop.read(drill.before["cancelled"]["id"])
    assert (late["status"], late["receivedSompi"]) == ("expired", "1000000000")
    part = await shop.read(drill.before["part"]["id"])
    assert part["receivedSompi"] == "500000000"

    async def is_reported() -> bool:
        texts = [one["text"] for one in await told(home) if one["kind"] == "restored"]
        return len(texts) == 1 and "3 payments to 3 known orders" in texts[0]

    await eventually(is_reported)
    (forgotten,) = [one for one in await told(home) if one["kind"] == "forgotten_addresses"]
    assert "Now 23 KAS lie on 3 of them: number 4 (10 KAS), number 5 (3 KAS)" in forgotten["text"]
    # Each event once in the database, and each delivered under its own id.
    ids = [row["id"] for row in rows(home, "SELECT id FROM events")]
    assert len(set(ids)) == len(ids)
    pending = "SELECT 1 FROM webhook_logs WHERE state = 'pending'"
    await eventually(lambda: not rows(home, pending))
    assert not endpoint.forged
    assert "FAILED" not in await trio.to_thread.run_sync(cli, home, "db", "check")
