"""What can be wrong with one node of the simulated network."""

from collections import deque
from collections.abc import Iterable
from random import Random
from typing import Final

import trio

MAX_CHAIN_BATCH: Final = 2480
"""Merged blocks that one answer about the chain covers at most (kaspa.md §4.5)."""
MAX_PLANNED_FAILURES: Final = 10_000
"""Failures that can be planned for one method at a time."""

_GARBAGE: Final = (
    '{"method":"utxosChangedNotification","params":{"UtxosChanged":{"added":[{"addr',
    "\u0000\u0001 not JSON at all \ufffd",
    '{"id":1,"method":"getServerInfo","params":{"virtualDaaScore":1e999,}}',
)


class Gate:
    """Something that can be shut, with people waiting behind it."""

    def __init__(self) -> None:
        self._opened = trio.Event()
        self._opened.set()

    @property
    def is_open(self) -> bool:
        """Whether one can walk through."""
        return self._opened.is_set()

    def shut(self) -> None:
        """Let nobody through any more."""
        if self.is_open:
            self._opened = trio.Event()

    def open(self) -> None:
        """Let everybody through."""
        self._opened.set()

    async def wait(self) -> None:
        """Wait until it is open."""
        while not self.is_open:
            await self._opened.wait()


class Faults:
    """The state of one node's troubles; a healthy one by default."""

    def __init__(self, network_id: str, seed: int = 0) -> None:
        self.network_id = network_id
        self.synced = True
        self.utxo_index = True
        self.answering = Gate()
        self.refusing_connections = False
        self.lag = 0.0
        """Seconds by which notifications come late."""
        self.repeats = 1
        """How often each notification is sent."""
        self.reordering = False
        self.dropping = False
        self.database = True
        """Whether a REST server has one."""
        self.cache_seconds = 0.0
        """For how long a REST server's answers are repeated, as by a cache in front of it."""
        self.cache_posts = False
        self.chain_batch = MAX_CHAIN_BATCH
        """Merged blocks that one answer about the chain covers."""
        self._seed = seed
        self._empty_answers = 0
        self._failures: dict[str, deque[str]] = {}
        self._refusals: deque[int] = deque()
        self._random = Random(seed)  # noqa: S311 - not for secrets

    def copy(self) -> "Faults":
        """The same troubles for another node."""
        other = Faults(self.network_id, self._seed)
        other.synced = self.synced
        other.utxo_index = self.utxo_index
        other.refusing_connections = self.refusing_connections
        other.lag = self.lag
        other.repeats = self.repeats
        other.reordering = self.reordering
        other.dropping = self.dropping
        other.database = self.database
        other.cache_seconds = self.cache_seconds
        other.cache_posts = self.cache_posts
        other.chain_batch = self.chain_batch
        other._empty_answers = self._empty_answers
        other._failures = {method: deque(planned) for method, planned in self._failures.items()}
        other._refusals = self._refusals.copy()
        if not self.answering.is_open:
            other.answering.shut()
        return other

    def plan_empty_answers(self, count: int) -> None:
        """Let the next answers to getUtxosByAddresses be empty."""
        self._empty_answers = count

    def take_empty_answer(self) -> bool:
        """Whether this answer is one of those."""
        if self._empty_answers == 0:
            return False
        self._empty_answers -= 1
        return True

    def plan_failures(self, method: str, count: int, message: str) -> None:
        """Let the next requests of this method fail, after those planned before.

        Raises ValueError if more than MAX_PLANNED_FAILURES would be planned.
        """
        planned = self._failures.setdefault(method, deque())
        if len(planned) + count > MAX_PLANNED_FAILURES:
            raise ValueError("That many failures cannot be planned.")
        planned.extend([message] * count)

    def take_failure(self, method: str) -> str | None:
        """The message with which this request fails, or None."""
        planned = self._failures.get(method)
        return planned.popleft() if planned else None

    def cache_s(self, method: str) -> float:
        """For how long an answer to a request of this HTTP method is repeated."""
        return self.cache_seconds if method == "GET" or self.cache_posts else 0.0

    def plan_refusals(self, count: int, retry_after: int) -> None:
        """Let the next requests to a REST server be too many for it."""
        self._refusals = deque([retry_after] * count)

    def take_refusal(self) -> int | None:
        """The seconds after which this request may come again, or None if it is not refused."""
        return self._refusals.popleft() if self._refusals else None

    def disturbed(self, frames: Iterable[str]) -> list[str]:
        """The notifications of one step as this node sends them: lost, repeated, out of order."""
        if self.dropping:
            return []
        sent = [frame for frame in frames for _ in range(self.repeats)]
        if self.reordering:
            self._random.shuffle(sent)
        return sent


def garbage(count: int) -> list[str]:
    """Frames that nobody can parse."""
    return [_GARBAGE[place % len(_GARBAGE)] for place in range(count)]
