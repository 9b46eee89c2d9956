"""The outputs of watched addresses that a reader knows, and the differences at each poll.

No clock, no socket: answers go in, and differences come out in the form of a node's notifications.
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
"""An address that was watched or asked about within this time, in seconds, is polled in every
round. The feed asks about the addresses of open sessions twice as often."""
MAX_HOT: Final = 10_000
"""Addresses polled in every round, those last asked about first; the others take turns."""
NEWS_S: Final = 15.0
"""An output that is older than the last poll by more than this, in seconds, was there before, and
an earlier answer was incomplete. (Answers of one server come from several nodes.)"""
MAX_DEPARTED: Final = 100
"""How many outputs of one address are remembered as reported gone."""


@define
class _Address:
    asked_at: float
    """By Trio's clock."""
    told: dict[Outpoint, Utxo] | None = None
    """The outputs that the reader knows; None before the first answer."""
    looked_at: int = 0
    """DAA score of the last poll."""
    doubted: set[Outpoint] = field(factory=set)
    """Outputs for which the last poll contradicted the reader's state, not believed until seen
    twice."""
    departed: OrderedDict[Outpoint, None] = field(factory=OrderedDict)
    """Outputs that were reported gone to the reader."""


class Sightings:
    """Watched addresses in the order in which they were last asked about."""

    def __init__(self) -> None:
        self._addresses: OrderedDict[str, _Address] = OrderedDict()
        self._waiting: deque[str] = deque()

    def __len__(self) -> int:
        return len(self._addresses)

    def watch(self, addresses: Iterable[str], now: float) -> None:
        """Poll these from now on."""
        for address in addresses:
            self._addresses.setdefault(address, _Address(now))
        self.asked_about(addresses, now)

    def unwatch(self, addresses: Iterable[str]) -> None:
        """Stop polling these."""
        for address in addresses:
            self._addresses.pop(address, None)

    def asked_about(self, addresses: Iterable[str], now: float) -> None:
        """Note that a caller asked about these, which makes them hot."""
        for address in addresses:
            watched = self._addresses.get(address)
            if watched is not None:
                watched.asked_at = now
                self._addresses.move_to_end(address)

    def hot(self, now: float) -> list[str]:
        """The addresses to poll in this round, those last asked about first."""
        found: list[str] = []
        for address, watched in reversed(self._addresses.items()):
            if watched.asked_at < now - HOT_S or len(found) == MAX_HOT:
                break
            found.append(address)
        return found

    def next_cold(self, count: int, hot: Iterable[str]) -> list[str]:
        """The next of the other addresses, in turns."""
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
        """Note that a caller received these outputs, all of these addresses.

        For an address without a known state, differences are counted from here. For others they are
        still passed on, because the caller may have looked for one output and ignored the others.
        """
        for address, found in _by_address(addresses, utxos):
            watched = self._addresses.get(address)
            if watched is not None and watched.told is None:
                watched.told = dict(found)
                watched.looked_at = score

    def difference(
        self, addresses: Sequence[str], utxos: Iterable[Utxo], score: int
    ) -> UtxosChanged | None:
        """The changes since the last poll; None if there are none. ``utxos`` are all outputs of
        these addresses now, and ``score`` is virtual's from before.

        The answers of one server may differ in age, so an output counts as gone when it is missing
        a second time, and so does its return. An output that was, or may have been, there before
        without being reported is in both ``removed`` and ``added``, like one whose score moved,
        because its time is not now.
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
        # Outputs that came between the watch and this first poll look like earlier ones.
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
