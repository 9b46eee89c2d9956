"""Faults during the stories: kills of the gateway, and problems of the node."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from random import Random

import trio
from attrs import define, field, frozen

from kasgate.simnet import SimulatedNetwork
from tests.e2e.rig.gateway import Gateway
from tests.e2e.rig.payment_stories import SHORT_S, StoryContext

START_S = 6.0
"""A start of the gateway may take so long without delaying the plan. Two or three seconds are
usual."""
LIFE_S = 2.0
"""The gateway runs at least this long before a kill, however long its start took."""
MEANWHILE_S = 30.0
"""Time for events while the gateway is off; they take a second, except on a busy machine."""


@frozen
class Kill:
    """When the gateway is killed and restarted; seconds of the plan."""

    at: float
    again_at: float


def plan_of(random: Random) -> tuple[Kill, ...]:
    """Three kills. The short sessions' deadlines pass during the last one."""
    first, second = random.uniform(6, 14), random.uniform(22, 32)
    third = random.uniform(SHORT_S - 10, SHORT_S - 4)
    return (
        Kill(first, first + random.uniform(0.5, 2)),
        Kill(second, second + random.uniform(0.5, 2)),
        Kill(third, SHORT_S + random.uniform(6, 8)),
    )


@define(eq=False)
class GatewayRuns:
    """The gateway's runs, one after another."""

    context: StoryContext
    plan: Sequence[Kill]
    start: Callable[[], AbstractAsyncContextManager[Gateway]]
    gateways: list[Gateway] = field(factory=list)
    exit_code: int | None = None
    begun: trio.Event = field(factory=trio.Event)
    """Set when the stories begin."""
    end: trio.Event = field(factory=trio.Event)
    """Set when the last run may end, in order."""
    over: trio.Event = field(factory=trio.Event)
    """Set when it has ended."""

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Start, kill and restart the gateway. Reports through ``task_status`` when the first run
        has begun."""
        began = trio.current_time()
        for run, kill in zip(self.context.runs, self.plan, strict=True):
            async with self.start() as gateway:
                self._begin(gateway)
                if not self.begun.is_set():
                    self.context.pace = max(1.0, (trio.current_time() - began) / START_S)
                task_status.started()
                task_status = trio.TASK_STATUS_IGNORED
                await self.begun.wait()
                await trio.sleep(LIFE_S)
                await trio.sleep_until(self.context.at(kill.at))
                await gateway.kill()
                self.context.note("gateway killed")
                run.ended.set()
            await trio.sleep_until(self.context.at(kill.again_at))
            with trio.move_on_after(MEANWHILE_S):
                for done in run.meanwhile:
                    await done.wait()
            self.context.note("gateway starts again")
        async with self.start() as gateway:
            self._begin(gateway)
            await self.end.wait()
            gateway.signal(signal.SIGTERM)
            self.exit_code = await gateway.exit_code()
        self.over.set()

    def _begin(self, gateway: Gateway) -> None:
        self.gateways.append(gateway)
        self.context.note(f"gateway serves, run {len(self.gateways)}")


async def trouble_the_node(context: StoryContext, until_s: float) -> None:
    """Cause one fault after another. All have ended when this returns."""
    network, random = context.network, context.random
    until = context.at(until_s)
    while trio.current_time() < until:
        await trio.sleep(random.uniform(0.5, 3))
        name, begin, end, seconds = random.choice(_faults(network, random))
        context.note(f"node: {name}")
        begin()
        await trio.sleep(seconds)
        end()


Trouble = tuple[str, Callable[[], None], Callable[[], None], float]


def _faults(network: SimulatedNetwork, random: Random) -> Sequence[Trouble]:
    """Name, beginning, end, and seconds between the two."""

    def nothing() -> None: ...

    def refuse() -> None:
        network.refuse_connections(on=True)
        network.disconnect_all()

    depth, seconds = random.randint(1, 4), random.uniform(0.5, 3)
    return (
        (
            "every notification three times",
            lambda: network.repeat_notifications(3),
            lambda: network.repeat_notifications(1),
            seconds,
        ),
        (
            "notifications out of order",
            lambda: network.reorder_notifications(on=True),
            lambda: network.reorder_notifications(on=False),
            seconds,
        ),
        ("disconnects", network.disconnect_all, nothing, 0),
        ("refuses connections", refuse, lambda: network.refuse_connections(on=False), seconds),
        ("notifications late", lambda: network.lag(0.4), lambda: network.lag(0), seconds),
        ("sends garbage", lambda: network.garbage(3), nothing, 0),
        ("does not answer", network.hang, network.unhang, seconds),
        ("answers empty", lambda: network.answer_empty(3), lambda: network.answer_empty(0), 2),
        (f"reorg of {depth}", lambda: network.reorg(depth), nothing, 0),
        (f"{depth} blocks taken away", lambda: network.reorg(depth, replace=False), nothing, 0),
    )
