"""What the simulated network itself says was paid, to hold a gateway's books against."""

from __future__ import annotations

from kasgate.kaspa.address import Address
from kasgate.kaspa.utxo import Outpoint
from kasgate.simnet import SimulatedNetwork


def accepted_payments(network: SimulatedNetwork) -> dict[str, dict[Outpoint, int]]:
    """Sompi of every output that the selected chain accepted, by script and outpoint, whether it
    was spent since or not. Read from the chain as it is now, with no memory of what a reorg took.
    """
    found: dict[str, dict[Outpoint, int]] = {}
    for block in network.chain:
        for acceptance in block.acceptances:
            transaction = acceptance.transaction
            for index, output in enumerate(transaction.outputs):
                outpoint = Outpoint(transaction.id, index)
                of_script = found.setdefault(output.script, {})
                assert outpoint not in of_script, f"the network accepted {outpoint} twice"
                of_script[outpoint] = output.amount
    return found


def script_of(address: str) -> str:
    """The script that an address stands for, as outputs have it."""
    return Address.from_text(address).script_public_key
