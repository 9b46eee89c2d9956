"""The coinbase of each block in answers: every block of a real node has one, and the block built on
it accepts it.

It pays an unknown miner, whose coins the simulated network does not keep. A block with a coinbase
of ``SimulatedNetwork.pay`` has that one instead.
"""

from __future__ import annotations

from typing import Final

from kasgate.simnet.dag.chain import Acceptance, Block
from kasgate.simnet.dag.transactions import COINBASE_SUBNETWORK, Transaction, TxOutput, build

SUBSIDY: Final = 50 * 100_000_000
"""Sompi, as on a young simnet."""

_MINER: Final = "000020" + "5e" * 32 + "ac"


def payload_of(unique: str) -> str:
    """The payload of a coinbase: blue score, subsidy, the miner's script and the miner's data. Here
    ``unique``, 64 hex digits, is in place of the score."""
    subsidy = SUBSIDY.to_bytes(8, "little").hex()
    script = _MINER[4:]
    return f"{unique[:16]}{subsidy}0000{len(script) // 2:02x}{script}{unique[16:]}"


def contained(block: Block) -> tuple[Transaction, ...]:
    """All transactions of a block, its coinbase first."""
    if any(transaction.is_coinbase for transaction in block.transactions):
        return block.transactions
    return (_reward_in(block.hash), *block.transactions)


def accepted(block: Block, parent_time: int) -> tuple[Acceptance, ...]:
    """All acceptances of a chain block. The coinbase of its parent comes first; ``parent_time`` is
    the parent's time, unix milliseconds."""
    if any(
        each.transaction.is_coinbase and each.block_hash == block.parent
        for each in block.acceptances
    ):
        return block.acceptances
    reward = Acceptance(_reward_in(block.parent), (), block.parent, parent_time)
    return (reward, *block.acceptances)


def accepted_ids(block: Block) -> list[str]:
    """The ids of ``accepted``."""
    return [each.transaction.id for each in accepted(block, parent_time=0)]


def _reward_in(block_hash: str) -> Transaction:
    return build(
        (),
        (TxOutput(SUBSIDY, _MINER),),
        version=1,
        subnetwork_id=COINBASE_SUBNETWORK,
        payload=payload_of(block_hash),
    )
