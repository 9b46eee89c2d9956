"""The simulated network as a program: blocks at a rate, and payments when they are asked for.

    python -m bench.load.network

Its first line of output is ``{"ports": {"ws": …, "grpc": …}}``. Commands:

* ``tick``: from now on ``rate`` empty blocks a second, none for 0;
* ``mine``: ``blocks`` at once; the answer says when (time.monotonic_ns());
* ``pay_all``: pay all sessions of ``file`` at once, some thousands in a transaction;
* ``pay``: pay ``count`` of them from ``first`` on, each ``amount``, at ``rate`` a second in blocks
  of ``block`` payments, whether anybody keeps up or not; no other blocks meanwhile. Writes the time
  at which each payment's block was published to ``to``, by session.
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
class Hand:
    """What moves the network."""

    network: SimulatedNetwork
    _rate: float = 10.0
    _changed: trio.Event = field(factory=trio.Event)

    async def run(self) -> None:
        """Blocks at the rate, until cancelled."""
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
        """Another rate."""
        self._rate = rate
        self._changed.set()
        self._changed = trio.Event()
        return {"rate": rate}

    def mine(self, blocks: int = 1) -> Fields:
        """Blocks now."""
        at = time.monotonic_ns()
        self.network.mine(blocks)
        return {"at": at, "score": self.network.virtual_daa_score}

    def pay_all(self, file: str, amount: int = 100_000_000) -> Fields:
        """All sessions in one block."""
        sessions = read_sessions(file)
        for first in range(0, len(sessions), IN_A_TRANSACTION):
            some = sessions[first : first + IN_A_TRANSACTION]
            self.network.pay_many([(session.address, amount) for session in some])
        return self.mine()

    async def pay(
        self, *, file: str, to: str, first: int, count: int, rate: float, block: int, amount: int
    ) -> Fields:
        """Some sessions, at a rate."""
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


async def obey(hand: Hand) -> None:
    """Commands from standard input, until it ends."""
    commands: dict[str, Callable[..., Fields | Awaitable[Fields]]] = {
        "tick": hand.tick,
        "mine": hand.mine,
        "pay": hand.pay,
        "pay_all": hand.pay_all,
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
        hand = Hand(network)
        nursery.start_soon(hand.run)
        say({"ports": ports})
        await obey(hand)
        nursery.cancel_scope.cancel()


if __name__ == "__main__":
    bound_resources()
    trio.run(main)
