"""What a reader was told of watched addresses, and what is news to it when a server is asked again.

No clock, no socket: answers go in, differences come out, in the form in which a node would have
notified them.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from attrs import define, field

from kasgate.kaspa.networks import BLOCKS_PER_SECOND
from kasgate.kaspa.node import UtxosChanged
from kasgate.kaspa.utxo import Outpoint, Utxo

HOT_S: Final = 60.0
"""An address that was watched or asked about within this time is looked at in every round. The
feed asks about the addresses of open sessions twice as often."""
MAX_HOT: Final = 10_000
"""Addresses looked at in every round, those asked about last before others; the rest take turns."""
NEWS_S: Final = 15.0
"""An output that is older than the last look by more than this was there before: how could it come
up only now? An answer was incomplete. (Answers of one server come from several nodes.)"""
MAX_DEPARTED: Final = 100
"""Outputs of one address remembered as reported gone."""


@define
class _Address:
    asked_at: float
    """By Trio's clock."""
    told: dict[Outpoint, Utxo] | None = None
    """What the reader knows to be there; None before the first answer."""
    looked_at: int = 0
    """DAA score of the last look."""
    doubted: set[Outpoint] = field(factory=set)
    """What the last look showed otherwise than the reader was told, and that is not believed at
    once."""
    departed: OrderedDict[Outpoint, None] = field(factory=OrderedDict)
    """What the reader was told to be gone."""


class Sightings:
    """Watched addresses in the order in which somebody last asked about them."""

    def __init__(self) -> None:
        self._addresses: OrderedDict[str, _Address] = OrderedDict()
        self._waiting: deque[str] = deque()

    def __len__(self) -> int:
        return len(self._addresses)

    def watch(self, addresses: Iterable[str], now: float) -> None:
        """Look at these from now on."""
        for address in addresses:
            self._addresses.setdefault(address, _Address(now))
        self.asked_about(addresses, now)

    def unwatch(self, addresses: Iterable[str]) -> None:
        """Look at these no longer."""
        for address in addresses:
            self._addresses.pop(address, None)

    def asked_about(self, addresses: Iterable[str], now: float) -> None:
        """Somebody wants to know about these, so that they matter."""
        for address in addresses:
            watched = self._addresses.get(address)
            if watched is not None:
                watched.asked_at = now
                self._addresses.move_to_end(address)

    def hot(self, now: float) -> list[str]:
        """The addresses to look at now in any case, those asked about last first."""
        found: list[str] = []
        for address, watched in reversed(self._addresses.items()):
            if watched.asked_at < now - HOT_S or len(found) == MAX_HOT:
                break
            found.append(address)
        return found

    def next_cold(self, count: int, hot: Iterable[str]) -> list[str]:
        """The next of the others, in turns."""
        if not self._waiting:
            self._waiting.extend(self._addresses)
        taken: list[str] = []
        is_hot = frozenset(hot)
        while self._waiting and len(taken) < count:
            address = self._waiting.popleft()
            if address in self._addresses and address not in is_hot:
                taken.append(address)
        return taken

    def note_answer(self, addresses: Sequence[str], utxos: Iterable[Utxo], score: int) -> None:
        """Somebody was told of these outputs, being all of these addresses.

        Where nothing was known yet, differences count from here. Otherwise they are told all the
        same: whoever asked may have looked for one output and passed over the others.
        """
        for address, found in _by_address(addresses, utxos):
            watched = self._addresses.get(address)
            if watched is not None and watched.told is None:
                watched.told = dict(found)
                watched.looked_at = score

    def difference(
        self, addresses: Sequence[str], utxos: Iterable[Utxo], score: int
    ) -> UtxosChanged | None:
        """What is new since the last look, these being all outputs of these addresses now, and
        ``score`` virtual's from before. None if nothing is.

        What is gone is believed when it is gone a second time, and so is the return of what was
        gone: the answers of one server may be of different age. An output that was, or may have
        been, there before without having been told of stands in both ``removed`` and ``added``, as
        one whose score moved, because its time is not now.
        """
        added: list[Utxo] = []
        removed: list[Utxo] = []
        for address, found in _by_address(addresses, utxos):
            watched = self._addresses.get(address)
            if watched is not None:
                _compare(watched, found, score, added, removed)
        if not added and not removed:
            return None
        return UtxosChanged(added=tuple(added), removed=tuple(removed))


def _compare(
    watched: _Address,
    found: Mapping[Outpoint, Utxo],
    score: int,
    added: list[Utxo],
    removed: list[Utxo],
) -> None:
    told, last_look = watched.told, watched.looked_at
    watched.looked_at = score
    if told is None:
        # What came between the watch and this first look can't be told from what was there.
        watched.told = dict(found)
        removed += found.values()
        added += found.values()
        return
    gone = told.keys() - found.keys()
    back = {outpoint for outpoint in found if outpoint in watched.departed}
    still_doubted = (gone | back) & watched.doubted
    watched.doubted = (gone | back) - still_doubted
    for outpoint in gone & still_doubted:
        removed.append(told.pop(outpoint))
        watched.departed[outpoint] = None
        if len(watched.departed) > MAX_DEPARTED:
            watched.departed.popitem(last=False)
    for outpoint, utxo in found.items():
        old = told.get(outpoint)
        if old == utxo or outpoint in watched.doubted:
            continue
        watched.departed.pop(outpoint, None)
        told[outpoint] = utxo
        if old is not None:
            removed.append(old)
        elif utxo.block_daa_score < last_look - NEWS_S * BLOCKS_PER_SECOND:
            removed.append(utxo)
        added.append(utxo)


def _by_address(
    addresses: Sequence[str], utxos: Iterable[Utxo]
) -> Iterator[tuple[str, dict[Outpoint, Utxo]]]:
    found: dict[str, dict[Outpoint, Utxo]] = {address: {} for address in addresses}
    for utxo in utxos:
        if utxo.address in found:
            found[utxo.address][utxo.outpoint] = utxo
    yield from found.items()
