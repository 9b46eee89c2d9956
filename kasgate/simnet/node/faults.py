"""The faults of one simulated node."""

from collections import deque
from collections.abc import Iterable
from random import Random
from typing import Final

import trio

MAX_CHAIN_BATCH: Final = 2480
"""The most merged blocks of one answer about the chain (kaspa.md §4.5)."""
MAX_PLANNED_FAILURES: Final = 10_000
"""The most failures that can be planned for one method at a time."""

_GARBAGE: Final = (
    '{"method":"utxosChangedNotification","params":{"UtxosChanged":{"added":[{"addr',
    "\u0000\u0001 not JSON at all \ufffd",
    '{"id":1,"method":"getServerInfo","params":{"virtualDaaScore":1e999,}}',
)


class Gate:
    """A gate that can be closed while tasks wait at it."""

    def __init__(self) -> None:
        self._opened = trio.Event()
        self._opened.set()

    @property
    def is_open(self) -> bool:
        """Whether the gate is open."""
        return self._opened.is_set()

    def shut(self) -> None:
        """Close the gate."""
        if self.is_open:
            self._opened = trio.Event()

    def open(self) -> None:
        """Open the gate and release all waiting tasks."""
        self._opened.set()

    async def wait(self) -> None:
        """Wait until it is open."""
        while not self.is_open:
            await self._opened.wait()


class Faults:
    """The faults of one node; none by default."""

    def __init__(self, network_id: str, seed: int = 0) -> None:
        self.network_id = network_id
        self.synced = True
        self.utxo_index = True
        self.answering = Gate()
        self.refusing_connections = False
        self.lag = 0.0
        """Seconds by which notifications are delayed."""
        self.repeats = 1
        """How many times each notification is sent."""
        self.reordering = False
        self.dropping = False
        self.database = True
        """Whether a REST server has a database."""
        self.cache_seconds = 0.0
        """How long a REST server repeats its answers, like a cache in front of it."""
        self.cache_posts = False
        self.chain_batch = MAX_CHAIN_BATCH
        """The most merged blocks of one answer about the chain."""
        self._seed = seed
        self._empty_answers = 0
        self._failures: dict[str, deque[str]] = {}
        self._refusals: deque[int] = deque()
        self._random = Random(seed)  # noqa: S311 - not for secrets

    def copy(self) -> "Faults":
        """A copy of these faults for another node."""
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
        """Make the next answers to getUtxosByAddresses empty."""
        self._empty_answers = count

    def take_empty_answer(self) -> bool:
        """Whether this answer has to be empty."""
        if self._empty_answers == 0:
            return False
        self._empty_answers -= 1
        return True

    def plan_failures(self, method: str, count: int, message: str) -> None:
        """Make the next requests of this method fail, after those planned before.

        Raises ValueError if more than MAX_PLANNED_FAILURES would be planned.
        """
        planned = self._failures.setdefault(method, deque())
        if len(planned) + count > MAX_PLANNED_FAILURES:
            raise ValueError("That many failures cannot be planned.")
        planned.extend([message] * count)

    def take_failure(self, method: str) -> str | None:
        """The error message of this request, or None."""
        planned = self._failures.get(method)
        return planned.popleft() if planned else None

    def cache_s(self, method: str) -> float:
        """How long an answer to a request of this HTTP method is repeated, in seconds."""
        return self.cache_seconds if method == "GET" or self.cache_posts else 0.0

    def plan_refusals(self, count: int, retry_after: int) -> None:
        """Make a REST server refuse its next requests with 429."""
        self._refusals = deque([retry_after] * count)

    def take_refusal(self) -> int | None:
        """The Retry-After of this request in seconds, or None if it is not refused."""
        return self._refusals.popleft() if self._refusals else None

    def disturbed(self, frames: Iterable[str]) -> list[str]:
        """The notifications of one step as this node sends them: lost, repeated, reordered."""
        if self.dropping:
            return []
        sent = [frame for frame in frames for _ in range(self.repeats)]
        if self.reordering:
            self._random.shuffle(sent)
        return sent


def garbage(count: int) -> list[str]:
    """Unparsable frames."""
    return [_GARBAGE[place % len(_GARBAGE)] for place in range(count)]
