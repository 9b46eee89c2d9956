"""What happened in a stored database: a week of three shops, with everything that can happen.

It runs on the gateway itself, over its API and with the simulated network behind it, so that the
real store writes every row. Wall time stands still between the steps, and everything random comes
from one seed.
"""

from __future__ import annotations

import json
import random
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
import trio
from attrs import define, field
from trio.testing import MockClock

from actors.webhooks import dispatcher
from kasgate.access.passwords import STEP_MS, totp_code
from kasgate.audit import BY_OPERATOR, Principal
from kasgate.cli.developer.receiver import WebhookReceiver
from kasgate.money import Sompi, format_kas, parse_kas
from kasgate.sessions.ledger import most_held
from kasgate.store.migrate import shipped_migrations
from kasgate.store.protocol import ChainGap
from kasgate.warnings import OperatorWarning, WarningKind
from tests.branding.pictures import red
from tests.rates import servers
from tests.released.answers import every_answer
from tests.released.gateway import Cookie, HandClock, Json, Network, Running, running
from tests.web.world import account_keys

BEGINS: Final = 1_795_424_400_000
"""2026-11-23, 09:00 UTC."""
SEED: Final = 20_261_201
RECEIVER_PORT: Final = 8_931
CLOSED_PORT: Final = 8_932
LOGIN: Final = "owner@tea.example"
PASSWORD: Final = "a pot of green tea"
NOTE: Final = "He paid the rest in cash."


@contextmanager
def seeded() -> Iterator[None]:
    """Take everything random from one seed, so that two runs make the same database."""
    source = random.Random(SEED)
    token: Any = source.randbytes
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(secrets, "token_bytes", lambda size=32: token(size))
        patched.setattr(secrets, "token_hex", lambda size=32: token(size).hex())
        patched.setattr(
            secrets,
            "token_urlsafe",
            lambda size=32: urlsafe_b64encode(token(size)).decode().rstrip("="),
        )
        patched.setattr(secrets, "randbits", source.getrandbits)
        patched.setattr(dispatcher, "_uniform", source.uniform)
        patched.setattr(trio._core._run, "_r", random.Random(SEED))
        patched.setattr(
            trio._core._run,
            "_ALLOW_DETERMINISTIC_SCHEDULING",
            True,
        )
        yield


async def make(folder: Path, mock: MockClock) -> tuple[Json, Json]:
    """Make ``kasgate.db`` and ``kasgate.key`` in a folder. Return what is known about it, and every
    answer of the API on it."""
    clock = HandClock(BEGINS, mock)
    network = Network(clock)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(clock.flow)
        port = await nursery.start(network.network.serve, "127.0.0.1", 0)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(servers, "system_clock", clock)
            rates = servers.RateServers()
            await nursery.start(rates.serve)
            await nursery.start(WebhookReceiver(lambda _: 204).serve, RECEIVER_PORT)
            settings = {"rates": "on", "rate_sources": rates.setting}
            async with running(folder, clock, node=f"ws://127.0.0.1:{port}", **settings) as gateway:
                known = await Week(gateway, network).pass_by()
        async with running(folder, clock) as gateway:
            answers = await every_answer(gateway, known["merchants"])
        nursery.cancel_scope.cancel()
    return known, answers


@define(eq=False)
class Shop:
    """A merchant of the week."""

    week: Week
    merchant: Json

    @property
    def clock(self) -> HandClock:
        return self.week.clock

    @property
    def key(self) -> dict[str, str]:
        return {"X-API-Key": self.merchant["apiKey"]}

    async def order(self, amount: object, order_id: str, **fields: Any) -> Json:
        """Create a session and wait until it is watched."""
        headers = {**self.key, **fields.pop("headers", {})}
        body = {"amount": amount, "orderId": order_id, **fields}
        gateway = self.week.gateway
        session = await gateway.json("POST", "/api/v1/sessions", json=body, headers=headers)
        if gateway.gateway.health().node_ok:
            await self.becomes(session, "pending")
        return session

    async def read(self, session: Json) -> Json:
        path = f"/api/v1/sessions/{session['id']}"
        return await self.week.gateway.json("GET", path, headers=self.key)

    async def becomes(self, session: Json, status: str, **fields: object) -> None:
        """Wait until a session has this status, and these fields."""

        async def is_so() -> bool:
            now = await self.read(session)
            return all(
                now.get(name) == value for name, value in (("status", status), *fields.items())
            )

        try:
            await self.clock.until(is_so)
        except trio.TooSlowError:
            raise AssertionError(f"not {status}, {fields}: {await self.read(session)}") from None

    async def paid(self, session: Json, kas: str, **fields: object) -> str:
        """Pay a session, mine two blocks, and wait until the gateway counts the sum."""
        before = int((await self.read(session))["receivedSompi"])
        tx: str = self.week.network.call("pay", session["address"], parse_kas(kas))
        await self.week.mined(2)

        async def counted() -> bool:
            return int((await self.read(session))["receivedSompi"]) == before + parse_kas(kas)

        await self.clock.until(counted)
        return tx

    async def decide(self, session: Json, action: str, **body: str) -> None:
        path = f"/api/v1/sessions/{session['id']}/{action}"
        await self.week.gateway.json("POST", path, headers=self.key, json=body or None)

    async def change(self, **fields: Any) -> None:
        headers = {**self.key, "X-KasGate-Reauth": self.merchant["apiKey"]}
        await self.week.gateway.json("PATCH", "/api/v1/merchants/me", headers=headers, json=fields)


@define(eq=False)
class Week:
    """The script."""

    gateway: Running
    network: Network
    keys: list[str] = field(factory=account_keys)

    @property
    def clock(self) -> HandClock:
        return self.gateway.clock

    async def pass_by(self) -> Json:
        """Let everything happen. Returns what is known at the end."""
        await self.mined(20)
        beans = await self.opened("Bean There", f"http://127.0.0.1:{RECEIVER_PORT}/hook")
        tea = await self.opened("Tea & <Co> \N{HOT BEVERAGE}", f"http://127.0.0.1:{CLOSED_PORT}/")
        kiosk = await self.opened("Kiosk", None)
        await self.sales(beans)
        await self.second_thoughts(beans)
        await self.troubles(tea)
        await self.dust(kiosk)
        await self.rotations(kiosk)
        await self.operator()
        signed = await self.sign_ins(tea)
        opened = await self.left_open(beans, tea)
        return {
            "schema": shipped_migrations()[-1].number,
            "at": self.clock(),
            "merchants": [shop.merchant for shop in (beans, tea, kiosk)],
            **signed,
            **opened,
            "network": self.network.history,
        }

    async def mined(self, blocks: int) -> None:
        """Mine blocks, one after the other, and wait until the gateway has the last."""
        for _ in range(blocks):
            self.network.call("mine")
        score = self.network.network.virtual_daa_score
        await self.clock.until(lambda: self.gateway.gateway.health().daa_score == score)

    async def deep(self) -> None:
        """Mine until every payment is deep enough, and one more that lets the gateway notice."""
        await self.mined(20)
        await self.mined(1)

    async def later(self, hours: float) -> None:
        """Let hours pass; every deadline in them is met with the next blocks."""
        self.clock.move(hours * 3600)
        await self.mined(3)

    async def opened(self, name: str, webhook_url: str | None) -> Shop:
        body: Json = {"name": name, "xpub": self.keys.pop(0)}
        if webhook_url is not None:
            body |= {"webhookUrl": webhook_url, "email": f"shop{len(self.keys)}@example.com"}
        merchant = await self.gateway.json("POST", "/api/v1/merchants", json=body)
        merchant["xpub"] = body["xpub"]
        return Shop(self, merchant)

    async def sales(self, shop: Shop) -> None:
        """Payments that end well."""
        exact = await shop.order(
            "10",
            "order-1",
            metadata={"colour": "sky \N{SNOWMAN}"},
            redirectUrl="https://s.example/",
        )
        await shop.paid(exact, "10")
        await self.deep()
        await shop.becomes(exact, "confirmed")
        in_two = await shop.order("25.5", "order-2")
        await shop.paid(in_two, "5.5")
        await shop.paid(in_two, "20")
        await self.deep()
        await shop.becomes(in_two, "confirmed")
        over = await shop.order("3", "order-3", headers={"Idempotency-Key": "order-3-once"})
        await shop.paid(over, "4.00000001")
        await self.deep()
        await shop.becomes(over, "confirmed", paidState="over")
        rated = {"value": "19.99", "currency": "EUR"}
        await self.clock.until(partial(self.has_rate, shop))
        in_euro = await shop.order(rated, "order-4")
        await shop.paid(in_euro, in_euro["amount"])
        await self.deep()
        await shop.becomes(in_euro, "confirmed")
        await shop.change(underpaymentTolerance="0.5", confirmationTiers=[
            {"below": "100", "confirmations": 5}, {"confirmations": 50},
        ], acceptLatePaymentsFor=7200, sessionLifetime=3600)  # fmt: skip
        tolerated = await shop.order("8", "order-5")
        await shop.paid(tolerated, "7.6")
        await self.deep()
        await shop.becomes(tolerated, "confirmed")
        self.network.call("sweep", exact["address"])
        await self.mined(3)

    async def has_rate(self, shop: Shop) -> bool:
        rates = await self.gateway.json("GET", "/api/v1/rates", headers=shop.key)
        return "EUR" in json.dumps(rates)

    async def second_thoughts(self, shop: Shop) -> None:
        """Payments that expire, come late, are cancelled, and that people decide about."""
        unpaid = await shop.order("7", "order-6")
        late = await shop.order("9", "order-7")
        dismissed = await shop.order("2", "order-8")
        part = await shop.order("30", "order-9")
        await shop.paid(part, "12")
        failed = await shop.order("6", "order-10")
        await shop.decide(failed, "fail", note="The customer changed her mind.")
        cancelled = await shop.order("5", "order-11")
        await shop.decide(cancelled, "cancel")
        await self.later(2)
        for session in (unpaid, late, dismissed, part):
            await shop.becomes(session, "expired")
        await shop.decide(part, "accept", note=NOTE)
        await self.later(24)
        await shop.paid(late, "9")
        await shop.paid(dismissed, "1")
        await shop.decide(dismissed, "dismiss", note="He was refunded.")
        soon = await shop.order("4", "order-12")
        await self.later(1.5)
        await shop.becomes(soon, "expired")
        await shop.paid(soon, "4")
        await self.deep()
        await shop.becomes(soon, "confirmed")

    async def troubles(self, shop: Shop) -> None:
        """A reorganisation, and webhooks that nobody accepts."""
        reorged = await shop.order("11", "order-13")
        tx = await shop.paid(reorged, "11")
        await self.mined(3)
        await shop.becomes(reorged, "confirming")
        self.network.call("withdraw", tx)
        await self.mined(3)
        self.clock.move(30)
        await self.mined(2)
        await shop.becomes(reorged, "pending", receivedSompi="0")
        await shop.paid(reorged, "11")
        await self.deep()
        await shop.becomes(reorged, "confirmed")

        # Each move is longer than the pauses between the quick attempts, the last is the slow tail.
        for seconds in (0, 2, 3, 5, 9, 4_200, 4_200):
            self.clock.move(seconds)
            await trio.sleep(1)
            await self.mined(1)

        async def given_up() -> bool:
            logs = await self.gateway.json(
                "GET", "/api/v1/merchants/me/webhook-logs?status=failed&limit=100", headers=shop.key
            )
            return len(logs["logs"]) >= 1

        await self.clock.until(given_up)

    async def dust(self, shop: Shop) -> None:
        """A session with more payments than are held in memory."""
        session = await shop.order("100", "order-14")
        number = most_held() + 6
        self.network.call("pay_many", [[session["address"], parse_kas("0.2")]] * number)
        await self.deep()
        await shop.becomes(
            session, "pending", received=format_kas(Sompi(number * parse_kas("0.2")))
        )

    async def rotations(self, shop: Shop) -> None:
        """A merchant who replaces everything that can be replaced."""
        me = "/api/v1/merchants/me"
        reauth = {"X-KasGate-Reauth": shop.merchant["apiKey"]}
        shop.merchant["xpub"] = self.keys.pop(0)
        await shop.change(name="Kiosk & Sons", xpub=shop.merchant["xpub"])
        await shop.change(brandColor="#0a7468", supportEmail="help@kiosk.example")
        await self.gateway.json("PUT", f"{me}/logo", headers=shop.key, data=red())
        for secret, path in (
            ("webhookSecret", f"{me}/regenerate-webhook-secret"),
            ("apiKey", f"{me}/regenerate-api-key"),
        ):
            made = await self.gateway.json("POST", path, headers={**shop.key, **reauth})
            shop.merchant[secret] = made[secret]
        await shop.order("6", "order-15", description="Two papers")

    async def operator(self) -> None:
        """What stays open until the operator looks."""
        now = self.clock()
        store = self.gateway.store
        gap = ChainGap(
            "gap_1", 100_010, now - 7_200_000, 100_020, now - 3_600_000, "It was pruned."
        )
        await store.identity(secrets.token_hex(16))
        await store.record_gap(gap)
        warning = OperatorWarning(
            id="wrn_1", kind=WarningKind.MARKS_LOST, subject="marks", text="They are missing.",
            since=now,
        )  # fmt: skip
        await store.add_warnings([warning])

    async def sign_ins(self, shop: Shop) -> Json:
        """Keys, a password with an authenticator, and browsers that stay signed in."""
        gateway, clock = self.gateway, self.gateway.clock
        dashboard = "/api/v1/dashboard"
        reauth = {"X-KasGate-Reauth": shop.merchant["apiKey"]}
        body: Json = {"apiKey": shop.merchant["apiKey"]}
        answer = await gateway.call("POST", f"{dashboard}/login", json=body)
        browser = await Cookie.given(answer)
        scopes = {}
        for scope in ("read", "create", "manage"):
            made = await gateway.json(
                "POST", "/api/v1/merchants/keys", headers={**shop.key, **reauth},
                json={"name": f"To {scope}", "scope": scope},
            )  # fmt: skip
            scopes[scope] = made["apiKey"]
        revoked = await gateway.json(
            "POST", "/api/v1/merchants/keys", headers={**shop.key, **reauth},
            json={"name": "Lost", "scope": "read"},
        )  # fmt: skip
        path = f"/api/v1/merchants/keys/{revoked['key']['id']}"
        await gateway.json("DELETE", path, headers={**shop.key, **reauth})
        setup = await gateway.json(
            "POST", f"{dashboard}/password", headers={**browser.headers, **reauth},
            json={"login": LOGIN, "password": PASSWORD},
        )  # fmt: skip
        clock.move(30)
        confirmed = await gateway.json(
            "POST", f"{dashboard}/password/confirm", headers=browser.headers,
            json={"code": totp_code(setup["secret"], clock() // STEP_MS)},
        )  # fmt: skip
        clock.move(30)
        body = {"login": LOGIN, "password": PASSWORD}
        wrong = {**body, "code": "000000"}
        await gateway.call("POST", f"{dashboard}/password-login", json=wrong)
        right = {**body, "code": totp_code(setup["secret"], clock() // STEP_MS)}
        answer = await gateway.call("POST", f"{dashboard}/password-login", json=right)
        by_password = await Cookie.given(answer)
        merchant = await gateway.gateway.merchants.get(shop.merchant["id"])
        assert merchant is not None
        link = await gateway.gateway.sign_in_links.create(merchant, Principal(BY_OPERATOR))
        return {
            "signInLink": link,
            "login": LOGIN,
            "password": PASSWORD,
            "totpSecret": setup["secret"],
            "recoveryCodes": confirmed["recoveryCodes"],
            "cookie": {"token": by_password.token, "csrf": by_password.csrf},
            "keys": scopes,
            "revokedKey": revoked["apiKey"],
        }

    async def left_open(self, beans: Shop, tea: Shop) -> Json:
        """Sessions in every state that is open, and webhooks that wait."""
        pending = await beans.order("13", "order-20", headers={"Idempotency-Key": "order-20-once"})
        partial_ = await beans.order("14", "order-21", expiresIn=7200)
        await beans.paid(partial_, "4")
        confirming = await beans.order("15", "order-22", requiredConfirmations=100)
        await beans.paid(confirming, "15")
        await beans.becomes(confirming, "confirming")
        waiting = await tea.order("16", "order-23")
        self.network.network.refuse_connections(on=True)
        self.network.network.disconnect_all()
        await self.clock.until(lambda: not self.gateway.gateway.health().node_ok)
        created = await tea.order("17", "order-24")
        await trio.sleep(1)
        return {
            "open": {
                "pending": pending["id"], "partial": partial_["id"],
                "confirming": confirming["id"], "waiting": waiting["id"],
                "created": created["id"],
            },
            "idempotent": {
                "key": "order-20-once", "session": pending["id"],
                "body": {"amount": "13", "orderId": "order-20"},
            },
        }  # fmt: skip
