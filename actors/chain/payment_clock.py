"""The payment clock: the time at which sessions are created, paid and expired.

It is the machine's clock, compared with block times while the followed node provides them.
``kasgate.clock_check`` decides what follows from a difference. This module requests blocks, asks
other nodes, and has sessions with wrong times corrected.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog
import trio

from actors.chain.node_pool import Connector, shown
from kasgate.clock import Clock
from kasgate.clock_check import (
    LEAST_SAMPLES,
    SETTLING_MS,
    TOLERANCE_MS,
    ClockCheck,
    Correction,
    Opinion,
)
from kasgate.kaspa.link import first_of
from kasgate.kaspa.node import Node, NodeError

log = structlog.get_logger(__name__)

FIRST_S: Final = 0.1
"""Pause between the first samples of a link, so that the clock is checked soon."""
EVERY_S: Final = 2.0
FIRST_TRIES: Final = 50
ASKED_NODES: Final = 3
"""Other nodes that are asked at once when the clock seems wrong."""
ASK_S: Final = 10.0


class PaymentClock:
    """Tells the time and checks it against the chain. Outlives links."""

    def __init__(
        self,
        wall: Clock,
        *,
        connect: Connector,
        corrected: Callable[[Correction], Awaitable[None]],
        moved: Callable[[], None],
    ) -> None:
        """``corrected`` is awaited when recorded times were wrong; no deadline passes before it
        returns. ``moved`` is called when the time may have jumped."""
        self._wall = wall
        self._connect = connect
        self._corrected = corrected
        self._moved = moved
        self._check = ClockCheck()
        self._sink = ""
        self._may_pass_at: float | None = None
        self._off_since: float | None = None
        self._is_correcting = False

    def __call__(self) -> int:
        """The time in unix milliseconds."""
        return self._check.time(_ticks(), self._wall())

    def seen_at(self) -> int:
        """The time of an event seen now, in unix milliseconds."""
        return self._check.seen_at(_ticks(), self._wall())

    @property
    def may_expire(self) -> bool:
        """Whether the time is certain enough for deadlines to pass. It is not before the first
        blocks of a link, nor while a differing clock is under examination: half a minute, and the
        answers of other nodes."""
        if self._check.opinion is Opinion.DIFFERS or self._is_correcting:
            return False
        if self._check.is_checked or self._check.agrees_with_newest():
            return True
        return self._may_pass_at is None or trio.current_time() >= self._may_pass_at

    @property
    def skew_s(self) -> float:
        """Seconds by which the machine's clock is ahead of the chain; negative: behind. 0 while
        that is within the tolerance, or unknown."""
        skew_ms = self._check.skew_ms
        return skew_ms / 1000 if abs(skew_ms) > TOLERANCE_MS else 0.0

    def warnings(self) -> tuple[str, ...]:
        """Sentences for the operator."""
        direction = "ahead of" if self.skew_s > 0 else "behind"
        far = f"{abs(self.skew_s):.0f} s {direction}"
        if self._check.opinion is Opinion.OFF:
            return (
                f"This machine's clock is {far} the block times of the node, so payments and"
                " deadlines go by the chain. Set the clock right (timedatectl set-ntp true).",
            )
        if self._check.opinion is Opinion.CONTRADICTED:
            return (
                f"This machine's clock is {far} the block times of the node that is followed, but"
                " another node's block times agree with it. Look into that node.",
            )
        return ()

    async def begin(self, node: Node) -> None:
        """Take the first sample of a new link. Raises NodeError."""
        self._check.forget()
        self._sink = ""
        self._may_pass_at = None
        if node.replays_chain:
            self._may_pass_at = trio.current_time() + SETTLING_MS / 1000
            await self._sample(node)

    async def follow(
        self, node: Node, others: Callable[[], Sequence[str]], looked: Callable[[], None]
    ) -> None:
        """Compare the clock with the node's block times, if it provides them, until cancelled.
        ``looked`` is called after each comparison. ``others`` returns the nodes that are not
        followed. Raises NodeError."""
        tries = samples = 1
        while node.replays_chain:
            hurries = samples < LEAST_SAMPLES and tries < FIRST_TRIES
            await trio.sleep(FIRST_S if hurries else EVERY_S)
            tries += 1
            samples += await self._sample(node)
            await self._decide(others)
            looked()

    async def _sample(self, node: Node) -> bool:
        """Take in the time of the newest block. Returns False if the block is the last one
        again."""
        sink = await node.sink()
        if sink == self._sink:
            return False
        self._sink = sink
        block = await node.below(sink, 0)
        before = self._check.opinion
        await self._apply(self._check.note(_ticks(), self._wall(), block.timestamp))
        self._tell(before)
        return True

    async def _decide(self, others: Callable[[], Sequence[str]]) -> None:
        """If the clock has differed for long enough, ask other nodes. Use the chain's time unless
        one of them agrees with the clock."""
        check = self._check
        if check.opinion is not Opinion.DIFFERS or not check.is_settled(_ticks()):
            return
        is_contradicted = await self._any_agrees_with_the_clock(others())
        if check.opinion is not Opinion.DIFFERS:
            return
        if is_contradicted:
            await self._apply(check.believe_wall(_ticks(), self._wall()))
        else:
            await self._apply(check.believe_chain(_ticks()))
        self._tell(Opinion.DIFFERS)

    async def _any_agrees_with_the_clock(self, entries: Sequence[str]) -> bool:
        agree: list[str] = []

        async def ask(entry: str) -> None:
            try:
                with trio.move_on_after(ASK_S):
                    async with self._connect(entry) as node:
                        if node.replays_chain:
                            block = await node.below(await node.sink(), 0)
                            if abs(block.timestamp - self._wall()) <= TOLERANCE_MS:
                                agree.append(entry)
            except* NodeError as group:
                log.debug("a node has no time", node=shown(entry), error=str(first_of(group)))

        async with trio.open_nursery() as nursery:
            for entry in entries[:ASKED_NODES]:
                nursery.start_soon(ask, entry)
        if agree:
            log.warning("another node agrees with the clock", nodes=[shown(one) for one in agree])
        return bool(agree)

    async def _apply(self, correction: Correction | None) -> None:
        if correction is None:
            return
        log.warning(
            "sessions were made by a wrong clock",
            for_s=(correction.until - correction.since) // 1000,
            corrected_by_s=correction.by / 1000,
        )
        self._is_correcting = True
        try:
            await self._corrected(correction)
        finally:
            self._is_correcting = False
        self._moved()

    def _tell(self, before: Opinion) -> None:
        """Log a change of opinion."""
        now = self._check.opinion
        if now is before:
            return
        self._moved()
        if now in (Opinion.OFF, Opinion.CONTRADICTED):
            self._off_since = trio.current_time()
            log.warning("the clock differs from the chain", seconds=self.skew_s, opinion=now.value)
        elif now is Opinion.RIGHT and self._off_since is not None:
            lasted = trio.current_time() - self._off_since
            self._off_since = None
            log.info("the clock agrees with the chain again", seconds=round(lasted))


def _ticks() -> int:
    return round(trio.current_time() * 1000)
