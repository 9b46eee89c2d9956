"""The coinbase of each block, as answers show it: every block of a real node has one, and the block
built on it accepts it.

It pays a miner nobody knows, whose coins the simulated network does not keep. A block that contains
a coinbase of ``SimulatedNetwork.pay`` has that one instead.
"""

from __future__ import annotations

from typing import Final

from kasgate.simnet.dag.chain import Acceptance, Block
from kasgate.simnet.dag.transactions import COINBASE_SUBNETWORK, Transaction, TxOutput, build

SUBSIDY: Final = 50 * 100_000_000
"""Sompi, as on a young simnet."""

_MINER: Final = "000020" + "5e" * 32 + "ac"


def payload_of(unique: str) -> str:
    """What stands in a coinbase: blue score, subsidy and the miner's script (here with something
    ``unique`` of 64 hex digits in place of the score), then whatever the miner likes."""
    subsidy = SUBSIDY.to_bytes(8, "little").hex()
    script = _MINER[4:]
    return f"{unique[:16]}{subsidy}0000{len(script) // 2:02x}{script}{unique[16:]}"


def contained(block: Block) -> tuple[Transaction, ...]:
    """All that a block contains, its coinbase first."""
    if any(transaction.is_coinbase for transaction in block.transactions):
        return block.transactions
    return (_reward_in(block.hash), *block.transactions)


def accepted(block: Block, parent_time: int) -> tuple[Acceptance, ...]:
    """All that a chain block accepts; the coinbase of its parent, which has this time in unix
    milliseconds, comes first."""
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
