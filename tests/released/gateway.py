"""A gateway on a stored database, at the time at which the database was left."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from http.cookies import SimpleCookie
from math import inf
from pathlib import Path
from typing import Any, Final

import pytest
import trio
from attrs import define, field
from quart.wrappers import Response
from trio.testing import MockClock, wait_all_tasks_blocked

from actors.build import build_gateway
from actors.chain import feed
from actors.gateway import Gateway
from kasgate.access.passwords import PasswordHashing
from kasgate.access.secrets import Vault
from kasgate.settings.loading import load_settings
from kasgate.simnet import SimulatedNetwork
from kasgate.store.sqlite import SqliteStore, open_store
from web.app import WebApp, create_app

Json = dict[str, Any]
RELEASED: Final = Path(__file__).parent
NOWHERE: Final = "ws://127.0.0.1:1"
"""A node that nobody runs."""
PATIENCE_S: Final = 300.0
STEP_S: Final = 0.05
SETTLED_S: Final = 0.01
"""Real time in which nothing happens, after which all tasks count as waiting."""
CHEAP: Final = PasswordHashing(memory_kib=8, passes=1)
ORIGIN: Final = "http://127.0.0.1:3001"


@define
class HandClock:
    """Unix milliseconds that pass with Trio's mock clock: in steps while nothing happens, and as
    far as a script moves it."""

    began: int
    mock: MockClock

    def __call__(self) -> int:
        return self.began + round(self.mock.current_time() * 1000)

    async def flow(self) -> None:
        """Let time pass whenever all tasks wait, until cancelled. The steps are short, so that work
        in a thread does not run into a timeout."""
        while True:
            await wait_all_tasks_blocked(SETTLED_S)
            self.mock.jump(STEP_S)

    def move(self, seconds: float) -> None:
        """Let much time pass at once."""
        self.mock.jump(seconds)

    async def until(self, condition: Any, within: float = PATIENCE_S) -> None:
        """Wait until a condition holds; it may be a coroutine function."""
        with trio.fail_after(within):
            while True:
                found = condition()
                if await found if hasattr(found, "__await__") else found:
                    return
                await trio.sleep(STEP_S)


@define(eq=False)
class Network:
    """A simulated network whose calls are noted, so that another run can repeat its history."""

    clock: HandClock
    history: list[list[Any]] = field(factory=list)
    """Each call: the time, the method, its arguments."""
    network: SimulatedNetwork = field(init=False)
    _then: int | None = None
    """The time of the call that is repeated."""

    def __attrs_post_init__(self) -> None:
        self.network = SimulatedNetwork(blocks_per_second=0, clock=self._now)

    def _now(self) -> int:
        return self.clock() if self._then is None else self._then

    def call(self, method: str, *args: Any) -> Any:
        self.history.append([self.clock(), method, *args])
        return getattr(self.network, method)(*args)

    def repeat(self, history: list[list[Any]]) -> None:
        """Make the calls of an earlier run: the same blocks and transactions come out."""
        for at, method, *args in history:
            self._then = at
            getattr(self.network, method)(*args)
        self._then = None


@define(eq=False)
class Running:
    """A gateway and its web application, without sockets."""

    gateway: Gateway
    app: WebApp
    store: SqliteStore
    clock: HandClock

    async def call(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any
    ) -> Response:
        """Make one request."""
        with trio.fail_after(PATIENCE_S):
            client = self.app.test_client()
            answer = await client.open(path, method=method, headers=headers, **options)
        assert isinstance(answer, Response)
        return answer

    async def json(self, method: str, path: str, **options: Any) -> Json:
        """Make a request that must succeed. Return the decoded answer."""
        answer = await self.call(method, path, **options)
        body = await answer.get_data(as_text=True)
        assert answer.status_code in {200, 201, 202, 204}, (method, path, answer.status_code, body)
        decoded: Json = json.loads(body) if body else {}
        return decoded


@define
class Cookie:
    """A browser that is signed in."""

    token: str
    csrf: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": f"kg={self.token}", "Origin": ORIGIN, "X-KasGate-CSRF": self.csrf}

    @classmethod
    async def given(cls, answer: Response) -> Cookie:
        """The cookie of an answer to a sign-in."""
        assert answer.status_code == 200, await answer.get_data(as_text=True)
        (cookie,) = SimpleCookie(answer.headers["Set-Cookie"]).values()
        return cls(cookie.value, json.loads(await answer.get_data(as_text=True))["csrfToken"])


@asynccontextmanager
async def running(
    folder: Path, clock: HandClock, *, node: str = NOWHERE, **environment: str
) -> AsyncIterator[Running]:
    """A gateway on ``kasgate.db`` and ``kasgate.key`` of a folder."""
    settings = load_settings(
        {
            "KASGATE_DATA_DIR": str(folder),
            "KASGATE_NETWORK": "simnet",
            "KASGATE_NODES": node,
            "KASGATE_BASE_URL": ORIGIN,
            "KASGATE_REGISTRATION": "open",
            "KASGATE_RATE_LIMITS": "off",
            "KASGATE_WEBHOOK_ALLOW_PRIVATE": "127.0.0.0/8",
            "KASGATE_WEBHOOK_TAIL": "3600",
            **{f"KASGATE_{name.upper()}": value for name, value in environment.items()},
        }
    )
    vault = Vault.load_or_create(settings.key_file)
    # Blocks come only when a script makes them, so silence is normal.
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(feed, "FRESH_S", inf)
        async with open_store(settings.database, vault) as store, trio.open_nursery() as nursery:
            gateway = build_gateway(settings, store, vault, clock=clock, hashing=CHEAP)
            await nursery.start(gateway.run)
            if node != NOWHERE:
                await clock.until(lambda: gateway.health().node_ok)
            yield Running(gateway, create_app(gateway), store, clock)
            nursery.cancel_scope.cancel()


def released_versions() -> list[str]:
    """The versions with a stored database, oldest first."""
    found = [folder.name for folder in RELEASED.iterdir() if (folder / "kasgate.sql").exists()]
    return sorted(found, key=lambda name: tuple(map(int, name.split("."))))


def known_of(version: str) -> Json:
    """What people know about a stored database."""
    known: Json = json.loads((RELEASED / version / "known.json").read_text())
    return known


def restore_into(version: str, folder: Path) -> None:
    """Write ``kasgate.db`` and ``kasgate.key`` of a stored database into a folder."""
    with closing(sqlite3.connect(folder / "kasgate.db")) as connection:
        connection.executescript((RELEASED / version / "kasgate.sql").read_text())
    key = folder / "kasgate.key"
    key.write_bytes((RELEASED / version / "kasgate.key").read_bytes())
    key.chmod(0o600)
