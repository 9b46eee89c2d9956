"""An account key in memory, with the next receive address to give out."""

from __future__ import annotations

from heapq import heapify, heappop, heappush

from kasgate.kaspa.extended_key import InvalidChildError, ReceiveChain
from kasgate.kaspa.networks import Network
from kasgate.merchant import Merchant

GAP_LIMIT = 20
"""Wallets stop searching after this many unused addresses in a row."""


class Account:
    """A merchant with its chain key. Each index is given out once, in order. Exceptions are indices
    that were returned and indices known to be used."""

    __slots__ = (
        "_ahead",
        "_free",
        "_used",
        "chain",
        "fingerprint",
        "looked_at",
        "looked_until",
        "merchant",
        "next_index",
        "waiting",
        "window",
    )

    def __init__(self, merchant: Merchant, network: Network) -> None:
        self.merchant = merchant
        self.fingerprint = merchant.account_key.fingerprint
        self.chain = ReceiveChain(merchant.account_key, network)
        self.next_index = merchant.next_address_index
        self.looked_until = -1
        """Addresses below this index were checked on the chain; -1 before the first check."""
        self.looked_at = 0.0
        """When the last check began, by Trio's clock."""
        self.window = GAP_LIMIT
        """How many addresses the next check covers."""
        self.waiting = 0
        """New sessions that wait for the check."""
        self._free: list[int] = []
        self._ahead: dict[int, str] = {}
        self._used: frozenset[int] = frozenset()

    @property
    def is_looked_at(self) -> bool:
        """Whether the next address was checked on the chain."""
        return self.next_index < self.looked_until

    @property
    def is_short(self) -> bool:
        """Whether the next check is due."""
        return self.looked_until - self.next_index <= self.window // 2

    def take(self) -> tuple[int, str]:
        """Take the next index and its address. It is not given out again unless it is returned."""
        if self._free:
            index = heappop(self._free)
            return index, self.chain.address(index)
        while True:
            index = self.next_index
            self.next_index += 1
            address = self._ahead.pop(index, None)
            if index in self._used:
                continue
            try:
                return index, address or self.chain.address(index)
            except InvalidChildError:
                continue

    def give_back(self, index: int) -> None:
        """Return an address that was not shown to anybody and has no stored session. It is given
        out first, so that failed creations leave no gap."""
        heappush(self._free, index)

    def pass_over(self, index: int) -> None:
        """Give out no index below this one from now on."""
        self.next_index = max(self.next_index, index)
        if self._free:
            self._free = [free for free in self._free if free >= index]
            heapify(self._free)
        self._forget_below()

    def keep_ahead(self, addresses: dict[int, str]) -> None:
        """Keep addresses that the check derived, for ``take``."""
        self._ahead.update(addresses)
        self._forget_below()

    def note_used(self, index: int) -> None:
        """Skip this index: its address holds coins, or did."""
        self._used |= {index}

    def address(self, index: int) -> str | None:
        """The address of an index; None for an index that BIP-32 says to skip."""
        try:
            return self.chain.address(index)
        except InvalidChildError:
            return None

    def _forget_below(self) -> None:
        if self._ahead:
            self._ahead = {i: text for i, text in self._ahead.items() if i >= self.next_index}
        if self._used:
            self._used = frozenset(i for i in self._used if i >= self.next_index)
