"""How many webhooks a second leave, signed, over HTTP or TLS, each attempt logged durably?

A gateway starts with a full outbox, with deliveries of many merchants in turn. Their servers are
one other process with a port for each. The rate is that of arrivals, from the first to the last.
With "one slow" another merchant, whose server takes calls and never answers, has a hundred
deliveries in the same outbox; the others should not be delayed.

Each delivery must arrive once, with the right signature, and be logged as delivered by its first
attempt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
import trio
from attrs import evolve

from bench.definition import Bench, Point, Quantity, grid, whole
from bench.rig.filling import account_key, register_many, sessions
from bench.rig.processes import Remote, Served, Shop, check, network_process, remote, served
from kasgate.access.secrets import Vault
from kasgate.clock import system_clock
from kasgate.events import Event
from kasgate.ids import time_sortable
from kasgate.sessions.session import EventType, Session, SessionStatus
from kasgate.sessions.transitions import opened
from kasgate.store.sqlite import open_store
from kasgate.webhook import body

SLOW_DELIVERIES: Final = 100
ARRIVED_S: Final = 300.0
LOGGED_S: Final = 30.0
_CALLERS: Final = 256
_NO_LATE_WINDOW: Final = "0"


async def measure(point: Point, home: Path) -> Mapping[str, float]:
    """Deliver the outbox once."""
    count, kind = whole(point, "deliveries"), str(point["receivers"])
    tls = kind == "tls"
    start = partial(remote, "bench.load.receivers", "tls" if tls else "plain")
    async with (
        network_process() as (_, node),
        start(str(point["merchants"]), str(home)) as receivers,
    ):
        ports = (await receivers.line())["ports"]
        urls = [f"http{'s' if tls else ''}://127.0.0.1:{port}/hooks/kasgate" for port in ports]
        async with served(home, node) as gateway:
            *shops, slow = await register_many(gateway, urls)
            await gateway.end()
        await receivers.ask("know", secrets=[shop.webhook_secret for shop in shops])
        await fill(home, shops, count)
        if kind == "one slow":
            await fill(home, [slow], SLOW_DELIVERIES)
        trusted = {"SSL_CERT_FILE": str(home / "ca.pem")} if tls else {}
        async with served(home, node, environment=trusted, late_window=_NO_LATE_WINDOW) as gateway:
            came = await receivers.ask("wait", count=count, wait_s=ARRIVED_S)
            check(came["came"] == count, f"{came['came']} of {count} deliveries arrived")
            await check_all(gateway, receivers, home)
    return {"per_second": count / ((came["last_ns"] - came["first_ns"]) / 1e9)}


async def fill(home: Path, shops: Sequence[Shop], count: int) -> None:
    """Fill the outbox with deliveries for these merchants in turn, of closed sessions."""
    keys = [account_key(home, shop.id) for shop in shops]
    share = -(-count // len(shops))
    each = [sessions(shop.id, key, share) for shop, key in zip(shops, keys, strict=True)]
    to_come = (session for turn in zip(*each, strict=True) for session in turn)
    numbered = zip(range(count), to_come, strict=False)
    vault = Vault.load_or_create(home / "kasgate.key")
    async with open_store(home / "kasgate.db", vault) as store:

        async def add() -> None:
            for _, session in numbered:
                over = evolve(session, status=SessionStatus.EXPIRED, closed_at=session.created_at)
                await store.add_session(over, event_of(over), deliver=True)

        async with trio.open_nursery() as nursery:
            for _ in range(_CALLERS):
                nursery.start_soon(add)


def event_of(session: Session) -> Event:
    """The event of a new session."""
    now = system_clock()
    id_ = time_sortable("evt", now)
    payload = body(opened(session), session.merchant_id, id_)
    return Event(id_, EventType.PENDING, session.merchant_id, session.id, now, payload)


async def check_all(gateway: Served, receivers: Remote, home: Path) -> None:
    """Check that each delivery arrived once, with a good signature, and is logged so."""
    file = home / "ids.json"
    await receivers.ask("report", file=str(file))
    arrived = msgspec.json.decode(await trio.Path(file).read_bytes(), type=list[str])
    check(len(set(arrived)) == len(arrived), "a delivery arrived twice")
    logged = "SELECT delivery_id AS id FROM webhook_logs WHERE state = 'delivered' AND attempts = 1"
    with trio.move_on_after(LOGGED_S):
        # The log has no notification for its last attempts.
        while {row["id"] for row in gateway.rows(logged)} != set(arrived):  # noqa: ASYNC110
            await trio.sleep(0.1)
        return
    check(False, "what arrived is not what is logged as delivered")


BENCH = Bench(
    question=(__doc__ or "").partition("\n")[0],
    quantities=(
        Quantity("per_second", "webhooks", "1/s", higher_is_better=True, digits=0, is_flat=True),
    ),
    measure=measure,
    points=(
        *grid(merchants=(10, 200, 1_000), receivers="plain", deliveries=10_000),
        *grid(merchants=200, receivers=("tls", "one slow"), deliveries=10_000),
    ),
    quick=grid(merchants=(3, 20), receivers=("plain", "tls", "one slow"), deliveries=120),
    scale="merchants",
    descriptors_needed=lambda point: 3 * whole(point, "merchants"),
)
