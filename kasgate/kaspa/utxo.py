"""Outputs of transactions: the outpoint, and the unspent output."""

from __future__ import annotations

from attrs import frozen

from kasgate.money import Sompi


@frozen(order=True)
class Outpoint:
    """Identifies an output: the id of its transaction and its index in it.

    The outpoint is the identity of a payment. One transaction may pay an address twice and several
    transactions may pay one session, so neither the transaction id nor the address is enough.
    """

    transaction_id: str
    """64 lower-case hexadecimal digits."""
    index: int

    def __str__(self) -> str:
        return f"{self.transaction_id}:{self.index}"


@frozen
class Utxo:
    """An unspent output, as in the node's index."""

    address: str
    outpoint: Outpoint
    amount: Sompi
    block_daa_score: int
    """DAA score of the chain block that accepts the transaction, or virtual's own while only
    virtual accepts it. It may move by a few units without any event (kaspa.md §4.2)."""
    is_coinbase: bool = False
    covenant_id: str | None = None

    @property
    def is_plain_money(self) -> bool:
        """False for a coin that a covenant may bind, or for a coinbase that is not mature."""
        return not self.is_coinbase and self.covenant_id is None
