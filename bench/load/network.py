"""The simulated network as a program: blocks at a rate, and payments on command.

    python -m bench.load.network

Its first line of output is ``{"ports": {"ws": …, "grpc": …}}``. Commands:

* ``tick``: make ``rate`` empty blocks a second from now on, none for 0;
* ``mine``: make ``blocks`` at once; the answer has the time (time.monotonic_ns());
* ``pay_all``: pay all sessions of ``file`` at once, some thousands in a transaction;
* ``pay``: pay ``count`` of them from ``first`` on, ``amount`` each, at ``rate`` a second in blocks
  of ``block`` payments, even if the gateway falls behind; there are no other blocks meanwhile. It
  writes the time at which each payment's block was published to ``to``, by session.
"""

from __future__ import annotations

import inspect
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
import trio
from attrs import define, field

from bench.load.commands import Fields, bound_resources, read_sessions, say, write_json
from kasgate.simnet import SimulatedNetwork

IN_A_TRANSACTION: Final = 2_000
_LINE_BYTES: Final = 64 * 1024


@define(eq=False)
class NetworkDriver:
    """Makes blocks at a rate, and carries out the commands."""

    network: SimulatedNetwork
    _rate: float = 10.0
    _changed: trio.Event = field(factory=trio.Event)

    async def run(self) -> None:
        """Make blocks at the rate until cancelled."""
        due = trio.current_time()
        while True:
            changed = self._changed
            if self._rate:
                due = max(due, trio.current_time() - 1) + 1 / self._rate
                with trio.move_on_at(due):
                    await changed.wait()
            else:
                await changed.wait()
            if changed.is_set():
                due = trio.current_time()
            else:
                self.network.mine()

    def tick(self, rate: float) -> Fields:
        """Set the rate of blocks."""
        self._rate = rate
        self._changed.set()
        self._changed = trio.Event()
        return {"rate": rate}

    def mine(self, blocks: int = 1) -> Fields:
        """Make blocks now."""
        at = time.monotonic_ns()
        self.network.mine(blocks)
        return {"at": at, "score": self.network.virtual_daa_score}

    def pay_all(self, file: str, amount: int = 100_000_000) -> Fields:
        """Pay all sessions in one block."""
        sessions = read_sessions(file)
        for first in range(0, len(sessions), IN_A_TRANSACTION):
            some = sessions[first : first + IN_A_TRANSACTION]
            self.network.pay_many([(session.address, amount) for session in some])
        return self.mine()

    async def pay(
        self, *, file: str, to: str, first: int, count: int, rate: float, block: int, amount: int
    ) -> Fields:
        """Pay some sessions at a rate."""
        sessions = read_sessions(file)[first : first + count]
        rate_before = self._rate
        self.tick(0)
        published: dict[str, int] = {}
        begin, behind = trio.current_time(), 0.0
        for place in range(0, len(sessions), block):
            due = begin + place / rate
            await trio.sleep_until(due)
            behind = max(behind, trio.current_time() - due)
            some = sessions[place : place + block]
            for session in some:
                self.network.pay(session.address, amount)
            at = time.monotonic_ns()
            self.network.mine()
            published |= {session.id: at for session in some}
        took = trio.current_time() - begin
        write_json(to, published)
        self.tick(rate_before)
        return {"paid": len(sessions), "seconds": took, "behind_ms": behind * 1000}


async def obey(driver: NetworkDriver) -> None:
    """Run commands from standard input until it ends."""
    commands: dict[str, Callable[..., Fields | Awaitable[Fields]]] = {
        "tick": driver.tick,
        "mine": driver.mine,
        "pay": driver.pay,
        "pay_all": driver.pay_all,
    }
    rest = b""
    async for data in trio.lowlevel.FdStream(sys.stdin.fileno()):
        *lines, rest = (rest + bytes(data)).split(b"\n")
        for line in lines:
            asked: dict[str, Any] = msgspec.json.decode(line)
            try:
                found = commands[asked.pop("do")](**asked)
                say(await found if inspect.isawaitable(found) else found)
            except (KeyError, OSError, RuntimeError, TypeError, ValueError) as error:
                say({"error": f"{type(error).__name__}: {error}"})


async def main() -> None:
    network = SimulatedNetwork(blocks_per_second=0, score_jitter=False)
    async with trio.open_nursery() as nursery:
        ports = {
            "ws": await nursery.start(network.serve),
            "grpc": await nursery.start(network.serve_grpc),
        }
        driver = NetworkDriver(network)
        nursery.start_soon(driver.run)
        say({"ports": ports})
        await obey(driver)
        nursery.cancel_scope.cancel()


if __name__ == "__main__":
    bound_resources()
    trio.run(main)
