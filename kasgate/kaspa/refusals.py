"""Error answers of nodes, which only their text distinguishes (kaspa.md §3.2)."""

from __future__ import annotations

from typing import Final

from kasgate.kaspa.node import HistoryUnavailable, NodeRefused

_SYNCING: Final = "transitional ibd"
# Texts of getUtxoReturnAddress for a transaction that is among those accepted at the score, but is
# a coinbase, which spends nothing, or has a payer's script without an address.
_FOUND_NEVERTHELESS: Final = (
    "txfromcoinbase",
    "return address is coinbase",
    "nonstandard",
    "transaction was found but",
)


class Refusal(NodeRefused):
    """NodeRefused with the node's own text, besides our sentence."""

    def __init__(self, sentence: str, words: str) -> None:
        super().__init__(sentence)
        self.words = words


def is_syncing(refusal: Refusal) -> bool:
    """Whether the node is in the middle of its sync, so that the refusal does not answer the
    question."""
    return _SYNCING in refusal.words.lower()


def is_found_nevertheless(refusal: Refusal) -> bool:
    """Whether getUtxoReturnAddress found the transaction and refused for another reason."""
    words = refusal.words.lower()
    return any(phrase in words for phrase in _FOUND_NEVERTHELESS)


def refusal_of_history(refusal: Refusal) -> NodeRefused:
    """The error to raise for a refused call that replays the chain.

    Only its text distinguishes an unknown block, or one before the retention root, from other
    errors, and texts change with the node's version. For none of the possible errors does it help
    to ask again from the same block, except while the node is in the middle of its sync.
    """
    return refusal if is_syncing(refusal) else HistoryUnavailable(str(refusal))
