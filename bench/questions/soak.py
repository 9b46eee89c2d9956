"""The soak: sessions, payments, sockets and webhooks at once for a long time, with flat memory.

Two lanes take turns. While the sessions of one lane are paid, at the rate, in ten blocks a second,
those of the other are created over HTTP, each followed on a WebSocket of its own. In addition a
crowd of sessions is held. Some of them are followed, and these are paid at the very end. Every
merchant has a server that takes webhooks. These checks follow:

* each payment is in the database once, and no other; all sums equal the payments of the network;
* each paid session got one message that it is confirming and one that it is confirmed;
* each event was delivered with a good signature, as often as its attempts are logged;
* no actor failed or was set aside, and the gateway logged no error;
* memory does not grow with time, except for the addresses of closed sessions, which are watched for
  the late window and released in rounds of ten minutes.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import trio
from attrs import define, field, frozen

from bench.load.commands import read_sessions, write_json
from bench.load.websocket import Row
from bench.rig.filling import AMOUNT, fill_sessions, register_many
from bench.rig.processes import Remote, Served, Shop, check, network_process, remote, served

BLOCKS_PER_SECOND: Final = 10
CONFIRMATIONS: Final = 10
TOLD_S: Final = 120.0
DELIVERED_S: Final = 300.0
SAMPLE_S: Final = 2.0
SAMPLES: Final = 40
"""The smallest number of samples, even in a short soak."""
WARM_SHARE: Final = 0.3
"""The share of the time, at the beginning, in which memory may settle."""
CLOSED_KB: Final = 1.0
"""The memory that a closed session may take while its address is watched for late money."""
NOISE_MB: Final = 8.0
_LANES: Final = 2
_CONNECTIONS: Final = 32


@frozen
class Load:
    """The options of a soak."""

    minutes: float
    held: int
    """The number of sessions that wait all the time."""
    sockets: int
    """The number of WebSockets that follow some of those."""
    rate: int
    """Payments a second; as many sessions are created, followed and confirmed."""
    merchants: int
    wave_seconds: float

    @property
    def wave(self) -> int:
        """The number of sessions in a lane's turn."""
        return max(BLOCKS_PER_SECOND, round(self.rate * self.wave_seconds))


@define(eq=False)
class Course:
    """The state of a running soak."""

    load: Load
    home: Path
    gateway: Served
    network: Remote
    shops: Sequence[Shop]
    paid: dict[str, str] = field(factory=dict)
    """The addresses of paid sessions by session id."""
    memory: list[tuple[float, int, int]] = field(factory=list)
    """Samples: seconds, bytes, and the number of sessions paid by then."""
    under_way: trio.Lock = field(factory=trio.Lock)
    """Held by the lane that is paying."""


@frozen
class Verdict:
    """The result of a soak."""

    seconds: float
    paid: int
    webhooks: int
    first_mb: float
    """Memory at the first sample after it settled."""
    last_mb: float
    mb_per_hour: float
    kb_per_closed: float

    @property
    def is_flat(self) -> bool:
        """Whether memory grew by no more than closed sessions account for."""
        allowed = NOISE_MB + self.paid * CLOSED_KB / 1024
        return self.last_mb - self.first_mb <= allowed

    def sentences(self) -> str:
        """The result as text."""
        return (
            f"{self.seconds:,.0f} s: {self.paid:,} sessions created, followed, paid and confirmed,"
            f" {self.webhooks:,} webhooks delivered; every check holds.\n"
            f"Memory {self.first_mb:,.0f} MB once settled, {self.last_mb:,.0f} MB at the end:"
            f" {self.mb_per_hour:+,.1f} MB an hour, {self.kb_per_closed:+.2f} KB for each session"
            f" closed meanwhile. {'Flat.' if self.is_flat else 'NOT FLAT.'}"
        )


async def soak(load: Load, home: Path) -> Verdict:
    """Run the soak. Raises WrongResult if a check fails."""
    async with (
        network_process() as (network, node),
        remote("bench.load.receivers", "plain", str(load.merchants), str(home)) as receivers,
        remote("bench.load.websocket") as crowd,
    ):
        ports = (await receivers.line())["ports"][:-1]
        async with served(home, node) as gateway:
            urls = [f"http://127.0.0.1:{port}/hooks" for port in ports]
            shops = await register_many(gateway, urls)
            await gateway.end()
        await receivers.ask("know", secrets=[shop.webhook_secret for shop in shops])
        held = await trio.to_thread.run_sync(fill_sessions, home, shops[0].id, load.held)
        async with served(home, node) as gateway:
            await gateway.logged("node link live")
            course = Course(load, home, gateway, network, shops)
            followed = str(home / "followed.json")
            write_json(followed, read_sessions(held)[: load.sockets])
            await crowd.ask("connect", port=gateway.port, sockets=load.sockets, file=followed)
            began = trio.current_time()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_weigh, course)
                async with trio.open_nursery() as lanes:
                    for number in range(_LANES):
                        lanes.start_soon(_lane, course, number, began + 60 * load.minutes)
                nursery.cancel_scope.cancel()
            seconds = trio.current_time() - began
            await _pay_the_crowd(course, crowd, followed)
            webhooks = await _check_webhooks(course, receivers)
            await _check_stored(course)
    return _verdict(course, seconds, webhooks)


async def _weigh(course: Course) -> None:
    began = trio.current_time()
    pause = min(SAMPLE_S, 60 * course.load.minutes / SAMPLES)
    while True:
        now = trio.current_time() - began
        course.memory.append((now, course.gateway.rss_bytes, len(course.paid)))
        await trio.sleep(pause)


async def _lane(course: Course, number: int, until: float) -> None:
    """Run waves, one after the other, until the time is over."""
    load, home = course.load, course.home / f"lane-{number}"
    home.mkdir()
    file, rows = str(home / "sessions.json"), home / "rows.json"
    async with remote("bench.load.http") as http:
        while trio.current_time() < until:
            await http.ask(
                "create",
                port=course.gateway.port,
                keys=[shop.key for shop in course.shops],
                count=load.wave,
                file=file,
                connections=_CONNECTIONS,
                body={"amount": "1", "requiredConfirmations": CONFIRMATIONS},
            )
            async with remote("bench.load.websocket") as clients:
                await clients.ask("connect", port=course.gateway.port, sockets=load.wave, file=file)
                async with course.under_way:
                    await _pay(course, file, load.wave)
                await _told(clients, file, rows)
            course.paid |= {one.id: one.address for one in read_sessions(file)}


async def _pay(course: Course, file: str, count: int) -> None:
    await course.network.ask(
        "pay",
        file=file,
        to=str(course.home / "published.json"),
        first=0,
        count=count,
        rate=course.load.rate,
        block=max(1, course.load.rate // BLOCKS_PER_SECOND),
        amount=AMOUNT,
    )


async def _told(clients: Remote, file: str, rows: Path) -> None:
    """Check that every session got each message exactly once."""
    told: Counter[tuple[str, str]] = Counter()
    sessions = {one.id for one in read_sessions(file)}
    for kind in ("status:confirming", "status:confirmed"):
        missing = len(sessions) - sum(number for (k, _), number in told.items() if k == kind)
        await clients.ask("take", kind=kind, count=missing, wait_s=TOLD_S, file=str(rows))
        content = await trio.Path(rows).read_bytes()
        told.update((row[0], row[1]) for row in msgspec.json.decode(content, type=list[Row]))
        of_kind = {session: number for (k, session), number in told.items() if k == kind}
        check(of_kind.keys() == sessions, f"{len(of_kind)} of {len(sessions)} received {kind}")
        check(set(of_kind.values()) == {1}, f"a session received {kind} twice")


async def _pay_the_crowd(course: Course, crowd: Remote, followed: str) -> None:
    """Pay the followed sessions that waited all the time, and check their messages."""
    await course.network.ask("pay_all", file=followed)
    await _told(crowd, followed, course.home / "crowd.json")
    course.paid |= {one.id: one.address for one in read_sessions(followed)}


async def _check_webhooks(course: Course, receivers: Remote) -> int:
    """Check that every event was delivered; the number of calls."""
    gateway, file = course.gateway, course.home / "ids.json"
    pending = "SELECT count(*) FROM webhook_logs WHERE state <> 'delivered'"
    with trio.move_on_after(DELIVERED_S):
        # The outbox has no notification for being empty.
        while gateway.count(pending):  # noqa: ASYNC110
            await trio.sleep(0.5)
    left = gateway.count(pending)
    check(not left, f"{left} webhooks are not delivered")
    await receivers.ask("report", file=str(file))
    arrived = Counter(msgspec.json.decode(await trio.Path(file).read_bytes(), type=list[str]))
    logged = {
        row["delivery_id"]: row["attempts"]
        for row in gateway.rows("SELECT delivery_id, attempts FROM webhook_logs")
    }
    check(dict(arrived) == logged, "what arrived is not what was logged")
    events = gateway.count("SELECT count(*) FROM events")
    check(events == len(logged), f"{events} events have {len(logged)} deliveries")
    return arrived.total()


async def _check_stored(course: Course) -> None:
    """Check that the database holds exactly the payments of the network."""
    gateway = course.gateway
    stored = {
        row["session_id"]: (row["number"], row["amount"], row["status"])
        for row in gateway.rows(
            "SELECT session_id, count(*) AS number, sum(payments.amount) AS amount, status"
            " FROM payments JOIN sessions ON sessions.id = session_id GROUP BY session_id"
        )
    }
    check(stored.keys() == course.paid.keys(), "payments are stored of others than those paid")
    check(set(stored.values()) == {(1, AMOUNT, "confirmed")}, "a payment is not stored as it was")
    numbers = await gateway.metrics()
    waiting = course.load.held - course.load.sockets
    check(
        numbers["kasgate_session_actors"] == waiting,
        f"{numbers['kasgate_session_actors']:g} sessions have an actor, {waiting} wait",
    )
    for name in ("kasgate_session_actor_restarts_total", "kasgate_session_actors_set_aside"):
        check(not numbers[name], f"{name} is {numbers[name]:g}")


def _verdict(course: Course, seconds: float, webhooks: int) -> Verdict:
    settled = [row for row in course.memory if row[0] >= WARM_SHARE * seconds]
    check(len(settled) > 2, "the soak was too short to say anything of memory")
    times, sizes, closed = zip(*settled, strict=True)
    slope = statistics.linear_regression(times, sizes).slope
    rest = closed[-1] - closed[0]
    return Verdict(
        seconds=seconds,
        paid=len(course.paid),
        webhooks=webhooks,
        first_mb=sizes[0] / 2**20,
        last_mb=sizes[-1] / 2**20,
        mb_per_hour=slope * 3600 / 2**20,
        kb_per_closed=(sizes[-1] - sizes[0]) / 1024 / rest if rest else 0.0,
    )
