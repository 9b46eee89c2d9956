"""The UTXO set of virtual, indexed by script, with a record of changes."""

from collections.abc import Iterator
from typing import TypeAlias

import attrs

from kasgate.kaspa.utxo import Outpoint
from kasgate.simnet.dag.transactions import UtxoEntry

Coin: TypeAlias = tuple[Outpoint, UtxoEntry]


@attrs.frozen
class UtxoChanges:
    """The changes of one step; a coin whose score moved is in both lists (kaspa.md §4.2)."""

    removed: tuple[Coin, ...] = ()
    added: tuple[Coin, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.removed or self.added)


class UtxoSet:
    """Coins by outpoint and by script.

    Changes are recorded until ``take_changes``, which returns only the net difference: coins that
    came and went within one step are left out.
    """

    def __init__(self) -> None:
        self._entries: dict[Outpoint, UtxoEntry] = {}
        # A dict, to keep the order: answers list a script's coins oldest first, in every run.
        self._by_script: dict[str, dict[Outpoint, None]] = {}
        self._before: dict[Outpoint, UtxoEntry | None] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, outpoint: Outpoint) -> bool:
        return outpoint in self._entries

    def __iter__(self) -> Iterator[Coin]:
        return iter(self._entries.items())

    def get(self, outpoint: Outpoint) -> UtxoEntry | None:
        """The coin, or None if it does not exist or is spent."""
        return self._entries.get(outpoint)

    def of_script(self, script: str) -> list[Coin]:
        """The coins of a script, in the order in which they came."""
        return [(outpoint, self._entries[outpoint]) for outpoint in self._by_script.get(script, ())]

    def put(self, outpoint: Outpoint, entry: UtxoEntry, *, quietly: bool = False) -> None:
        """Add a coin, or give it another score.

        ``quietly`` is for coins that should seem to have always existed.
        """
        if not quietly:
            self._before.setdefault(outpoint, self._entries.get(outpoint))
        self._entries[outpoint] = entry
        self._by_script.setdefault(entry.script, {})[outpoint] = None

    def remove(self, outpoint: Outpoint, *, quietly: bool = False) -> UtxoEntry:
        """Remove a coin and return it. Raises KeyError if it is not there."""
        entry = self._entries.pop(outpoint)
        if not quietly:
            self._before.setdefault(outpoint, entry)
        coins = self._by_script[entry.script]
        del coins[outpoint]
        if not coins:
            del self._by_script[entry.script]
        return entry

    def take_changes(self) -> UtxoChanges:
        """The difference since the last call."""
        removed: list[Coin] = []
        added: list[Coin] = []
        for outpoint, old in self._before.items():
            new = self._entries.get(outpoint)
            if new == old:
                continue
            if old is not None:
                removed.append((outpoint, old))
            if new is not None:
                added.append((outpoint, new))
        self._before = {}
        return UtxoChanges(tuple(removed), tuple(added))
