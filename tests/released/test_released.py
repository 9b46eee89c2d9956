"""Each released database moves to this version whole, and the gateway goes on with it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

import pytest
import trio
from attrs import define
from trio.testing import MockClock

from kasgate.access.passwords import STEP_MS, totp_code
from kasgate.access.secrets import Vault
from kasgate.cli.developer.receiver import Received
from kasgate.client import WebhookRefused, verify_webhook
from kasgate.money import parse_kas
from kasgate.store.engine import connect_writer
from kasgate.store.migrate import shipped_migrations
from kasgate.store.queries import audit
from kasgate.store.sqlite import open_store
from tests.e2e.rig.shop import Endpoint
from tests.released.answers import differences, every_answer
from tests.released.gateway import (
    ORIGIN,
    RELEASED,
    Cookie,
    HandClock,
    Json,
    Network,
    Running,
    known_of,
    released_versions,
    restore_into,
    running,
)
from tests.store.upgraded import next_version
from tools.changelog import CHANGELOG, releases

every_release = pytest.mark.parametrize("version", released_versions())


@pytest.fixture
def mock_clock() -> MockClock:
    return MockClock()


@pytest.fixture
def folder(version: str, tmp_path: Path) -> Path:
    """The data directory of a gateway of that version."""
    restore_into(version, tmp_path)
    return tmp_path


def rows_of(path: Path) -> dict[str, int]:
    """The number of rows of each table."""
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {
            name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
            for (name,) in tables.fetchall()
        }


def assert_sound(path: Path) -> None:
    """Check what a database promises about itself."""
    with closing(connect_writer(path)) as connection:
        assert [row[0] for row in connection.execute("PRAGMA integrity_check")] == ["ok"]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert audit.first_break(connection) is None
        wrong = connection.execute(
            """
            SELECT sessions.id, received, paid FROM sessions JOIN (
                SELECT session_id, sum(amount) AS paid FROM payments
                WHERE credited = 1 AND state <> 'withdrawn' GROUP BY session_id
            ) AS sums ON sums.session_id = sessions.id WHERE received <> paid
            """
        )
        assert [tuple(row) for row in wrong] == []


@every_release
@pytest.mark.parametrize("present", [nullcontext, next_version], ids=["this", "a next one"])
async def test_every_answer_of_the_api_is_what_it_was(
    version, folder, mock_clock, nursery, present
):
    """For this version, and for one with a further migration, which works today too."""
    known = known_of(version)
    clock = HandClock(known["at"], mock_clock)
    nursery.start_soon(clock.flow)
    with present():
        async with running(folder, clock) as gateway:
            now = await every_answer(gateway, known["merchants"])
    before = json.loads((RELEASED / version / "answers.json").read_text())
    assert list(differences(before, now)) == []
    nursery.cancel_scope.cancel()


@every_release
async def test_nothing_is_lost_and_every_secret_opens(version, folder):
    path = folder / "kasgate.db"
    before = rows_of(path)
    assert all(before.values()), "the stored database has no empty table"
    vault = Vault.load_or_create(folder / "kasgate.key")
    known = known_of(version)
    async with open_store(path, vault) as store:
        merchants = {merchant.id: merchant for merchant in await store.merchants()}
        for merchant in known["merchants"]:
            stored = merchants.pop(merchant["id"])
            assert stored.webhook_secret == merchant["webhookSecret"]
            assert stored.account_key.to_text() == merchant["xpub"]
        assert merchants == {}
        login = await store.password_login_by_name(known["login"])
        assert login is not None
        assert login.totp_secret == known["totpSecret"]
    after = rows_of(path)
    assert {name: after.get(name) for name in before} == before | {
        "schema_migrations": len(shipped_migrations())
    }
    assert_sound(path)


@every_release
def test_released_migrations_are_never_edited(version, folder):
    with closing(sqlite3.connect(folder / "kasgate.db")) as connection:
        released = connection.execute("SELECT name, checksum FROM schema_migrations").fetchall()
    shipped = {migration.name: migration.checksum for migration in shipped_migrations()}
    for name, checksum in released:
        assert shipped.get(name) == checksum, (
            f"{name} was released with {version}: gateways have applied it as it was. Undo the"
            " change, and write another migration."
        )
    assert [name for name, _ in released] == list(shipped)[: len(released)]


def test_the_newest_release_has_a_stored_database():
    newest = releases(CHANGELOG.read_text())[0]
    stored = released_versions()
    assert stored[-1] == newest.version or (
        shipped_migrations()[-1].number == known_of(stored[-1])["schema"]
    ), f"{newest.version} has another schema than {stored[-1]}: run `python -m tests.released`"


def test_a_difference_is_found():
    before = {"sum": "1", "list": [{"a": 1}, {"a": 2}], "kept": None}
    assert list(differences(before, before | {"new": 1})) == []
    changed: Json = {"sum": "2", "list": [{"a": 1}]}
    assert list(differences(before, changed)) == [
        "/sum is '2'; it was '1'",
        "/list has 1 entries; it had 2",
        "/kept is gone; it was None",
    ]


@every_release
async def test_a_changed_row_is_seen_through_the_api(version, folder, mock_clock, nursery):
    known = known_of(version)
    with closing(sqlite3.connect(folder / "kasgate.db")) as connection:
        connection.execute("UPDATE payments SET amount = amount + 1 WHERE rowid = 1")
        connection.commit()
    clock = HandClock(known["at"], mock_clock)
    nursery.start_soon(clock.flow)
    async with running(folder, clock) as gateway:
        now = await every_answer(gateway, known["merchants"])
    before = json.loads((RELEASED / version / "answers.json").read_text())
    assert list(differences(before, now)) != []
    nursery.cancel_scope.cancel()


@define(eq=False)
class TimedEndpoint(Endpoint):
    """An endpoint that checks signatures at the time of the stored database."""

    clock: HandClock | None = None

    def _what_is_wrong(self, received: Received) -> str | None:
        assert self.clock is not None
        try:
            verify_webhook(received.body, received.headers, self.secret, now=self.clock() / 1000)
        except WebhookRefused as refused:
            return f"{received.fields}: {refused}"
        return None


@define(eq=False)
class Owner:
    """A merchant of the stored database after the upgrade, with an endpoint that is now there."""

    gateway: Running
    merchant: Json
    endpoint: Endpoint

    @property
    def key(self) -> dict[str, str]:
        return {"X-API-Key": self.merchant["apiKey"]}

    async def get(self, path: str) -> Json:
        return await self.gateway.json("GET", f"/api/v1/{path}", headers=self.key)

    async def moves_to_endpoint(self) -> None:
        headers = {**self.key, "X-KasGate-Reauth": self.merchant["apiKey"]}
        body = {"webhookUrl": self.endpoint.url}
        await self.gateway.json("PATCH", "/api/v1/merchants/me", headers=headers, json=body)

    async def becomes(self, session_id: str, status: str) -> Json:
        async def is_so() -> bool:
            return bool((await self.get(f"sessions/{session_id}"))["status"] == status)

        await self.gateway.clock.until(is_so)
        return await self.get(f"sessions/{session_id}")

    async def is_told(self, session_id: str, event: str) -> None:
        """Wait for a webhook."""

        def arrived() -> bool:
            return any(one.event == event for one in self.endpoint.told(session_id))

        try:
            await self.gateway.clock.until(arrived)
        except trio.TooSlowError:
            logs = await self.get(f"merchants/me/webhook-logs?sessionId={session_id}")
            raise AssertionError(
                f"{event} did not arrive: {logs}, {self.endpoint.forged}"
            ) from None


@every_release
async def test_the_gateway_goes_on_where_it_was(version, folder, mock_clock, nursery):
    known = known_of(version)
    clock = HandClock(known["at"], mock_clock)
    nursery.start_soon(clock.flow)
    network = Network(clock)
    network.repeat(known["network"])
    port = await nursery.start(network.network.serve, "127.0.0.1", 0)
    async with running(folder, clock, node=f"ws://127.0.0.1:{port}") as gateway:
        beans, tea = [
            Owner(gateway, merchant, await an_endpoint(nursery, merchant, clock))
            for merchant in known["merchants"][:2]
        ]
        open_ = known["open"]
        for owner in (beans, tea):
            await owner.moves_to_endpoint()
        before = await beans.get("merchants/me/stats")

        await tea.becomes(open_["created"], "pending")
        for session, event in (
            (open_["waiting"], "payment.pending"),
            (open_["created"], "payment.pending"),
        ):
            await tea.is_told(session, event)

        await sessions_are_paid(beans, network, open_)
        after = await beans.get("merchants/me/stats")
        assert after["confirmedSessions"] == before["confirmedSessions"] + 3
        assert after["totalSessions"] == before["totalSessions"]
        received = int(after["totalReceivedSompi"]) - int(before["totalReceivedSompi"])
        assert received == parse_kas("23"), "the rest was received before"

        await failed_webhooks_arrive(tea)
        await people_come_in(gateway, known)
        await nothing_is_given_out_twice(beans, known)
        for owner in (beans, tea):
            assert owner.endpoint.forged == []
    assert_sound(folder / "kasgate.db")
    nursery.cancel_scope.cancel()


async def an_endpoint(nursery: trio.Nursery, merchant: Json, clock: HandClock) -> Endpoint:
    endpoint = TimedEndpoint(secret=merchant["webhookSecret"], clock=clock)
    await nursery.start(endpoint.serve)
    return endpoint


async def sessions_are_paid(shop: Owner, network: Network, open_: Json) -> None:
    """An unpaid session, one that was paid in part, and one that waited for confirmations."""
    for name, amount in (("pending", "13"), ("partial", "10")):
        session = await shop.get(f"sessions/{open_[name]}")
        assert session["dueSompi"] == str(parse_kas(amount))
        network.call("pay", session["address"], parse_kas(amount))
    confirming = await shop.get(f"sessions/{open_['confirming']}")
    assert confirming["status"] == "confirming"
    for _ in range(110):
        network.call("mine")
    await trio.sleep(1)
    network.call("mine")
    for name in ("pending", "partial", "confirming"):
        done = await shop.becomes(open_[name], "confirmed")
        assert done["paidState"] == "exact"
        await shop.is_told(open_[name], "payment.confirmed")
        numbers = [json.loads(one.body)["sequence"] for one in shop.endpoint.told(open_[name])]
        assert numbers == sorted(set(numbers)), "events continue after the last number"


async def failed_webhooks_arrive(shop: Owner) -> None:
    """Webhooks that were given up before the upgrade are sent when the owner asks."""
    logs = await shop.get("merchants/me/webhook-logs?status=failed&limit=100")
    failed = {log["deliveryId"] for log in logs["logs"]}
    assert failed
    body = {"since": "2026-11-20T00:00:00Z"}
    path = "/api/v1/merchants/me/webhook-logs/retry-failed"
    await shop.gateway.json("POST", path, headers=shop.key, json=body)
    await shop.gateway.clock.until(
        lambda: failed <= {one.delivery_id for one in shop.endpoint.arrivals}
    )


async def people_come_in(gateway: Running, known: Json) -> None:
    """A browser that was signed in, the password with a code, a recovery code, and the API keys."""
    api = "/api/v1/dashboard"
    stayed = Cookie(**known["cookie"])
    found = await gateway.json("GET", f"{api}/session", headers=stayed.headers)
    assert found["merchant"]["id"] == known["merchants"][1]["id"]
    gateway.clock.move(STEP_MS / 1000)
    code = totp_code(known["totpSecret"], gateway.clock() // STEP_MS)
    origin = {"Origin": ORIGIN}
    for proof in (code, known["recoveryCodes"][0]):
        body = {"login": known["login"], "password": known["password"], "code": proof}
        answer = await gateway.call("POST", f"{api}/password-login", json=body, headers=origin)
        await Cookie.given(answer)
    for scope, key in known["keys"].items():
        headers = {"X-API-Key": key}
        creates = await gateway.call(
            "POST", "/api/v1/sessions", json={"amount": "1"}, headers=headers
        )
        assert creates.status_code == (403 if scope == "read" else 201)
    lost = {"X-API-Key": known["revokedKey"]}
    assert (await gateway.call("GET", "/api/v1/merchants/me", headers=lost)).status_code == 401


async def nothing_is_given_out_twice(shop: Owner, known: Json) -> None:
    """A repeated order gives the same session, a new one an address that no session had."""
    used = {one["address"] for one in (await shop.get("merchants/me/addresses"))["addresses"]}
    again = {**shop.key, "Idempotency-Key": known["idempotent"]["key"]}
    made: Any = await shop.gateway.json(
        "POST", "/api/v1/sessions", headers=again, json=known["idempotent"]["body"]
    )
    assert made["id"] == known["idempotent"]["session"]
    new = await shop.gateway.json(
        "POST", "/api/v1/sessions", headers=shop.key, json={"amount": "1"}
    )
    assert new["address"] not in used
