"""The payments that the simulated network accepted, to compare a gateway's data with."""

from __future__ import annotations

from kasgate.kaspa.address import Address
from kasgate.kaspa.utxo import Outpoint
from kasgate.simnet import SimulatedNetwork


def accepted_payments(network: SimulatedNetwork) -> dict[str, dict[Outpoint, int]]:
    """Sompi of every output that the selected chain accepted, by script and outpoint, whether spent
    since or not. Read from the present chain, without what a reorg removed."""
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
    """An address's script, in the form of outputs."""
    return Address.from_text(address).script_public_key
