"""Transactions and UTXO entries of the simulated network.

Identifiers are 64 lower-case hex characters, and scripts have the form of the node's JSON (four hex
digits of script version, then the script; kaspa.md §1), so that nothing has to be converted for the
wire.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

import attrs

from kasgate.kaspa.utxo import Outpoint

NATIVE_SUBNETWORK: Final = "00" * 20
COINBASE_SUBNETWORK: Final = "01" + "00" * 19

STORAGE_MASS_PARAMETER: Final = 10**12
"""The constant C of KIP-9 (kaspa.md §4.7)."""

# The form of a payer's signature: a push of 65 bytes. It is not checked here.
_SIGNATURE: Final = "41" + "5a" * 64 + "01"
_ID_LENGTH: Final = 32


@attrs.frozen
class UtxoEntry:
    """A coin of the UTXO set."""

    amount: int
    """Sompi."""
    script: str
    daa_score: int
    """DAA score assigned by virtual or by the accepting chain block (kaspa.md §4.2)."""
    is_coinbase: bool = False
    covenant_id: str | None = None


@attrs.frozen
class TxInput:
    """A coin that a transaction spends."""

    outpoint: Outpoint
    signature_script: str = _SIGNATURE
    sequence: int = 0
    sig_op_count: int = 1
    compute_budget: int = 0


@attrs.frozen
class TxOutput:
    """A coin that a transaction creates."""

    amount: int
    """Sompi."""
    script: str
    covenant_id: str | None = None


@attrs.frozen
class Transaction:
    """A transaction with its id; ``build`` makes one."""

    id: str
    inputs: tuple[TxInput, ...]
    outputs: tuple[TxOutput, ...]
    version: int = 0
    lock_time: int = 0
    subnetwork_id: str = NATIVE_SUBNETWORK
    gas: int = 0
    payload: str = ""
    storage_mass: int = 0

    @property
    def is_coinbase(self) -> bool:
        """Whether this is a block's reward; such a transaction spends nothing."""
        return self.subnetwork_id == COINBASE_SUBNETWORK

    @property
    def compute_mass(self) -> int:
        """A plausible compute mass: 2036 for one input and two outputs (kaspa.md §4.7)."""
        if self.is_coinbase:
            return 0
        return 400 + 1000 * len(self.inputs) + 318 * len(self.outputs)


def _sized(data: bytes) -> bytes:
    return len(data).to_bytes(8, "little") + data


def _identify(transaction: Transaction) -> str:
    digest = blake2b(digest_size=_ID_LENGTH, key=b"TransactionID")
    digest.update(transaction.version.to_bytes(2, "little"))
    digest.update(len(transaction.inputs).to_bytes(8, "little"))
    for spent in transaction.inputs:
        digest.update(
            bytes.fromhex(spent.outpoint.transaction_id)
            + spent.outpoint.index.to_bytes(4, "little")
            + _sized(b"")
            + spent.sequence.to_bytes(8, "little")
        )
    digest.update(len(transaction.outputs).to_bytes(8, "little"))
    for output in transaction.outputs:
        script = bytes.fromhex(output.script)
        # The JSON form has the script version in big endian, the hash needs little endian.
        digest.update(output.amount.to_bytes(8, "little") + script[1::-1] + _sized(script[2:]))
        if output.covenant_id is not None:
            digest.update(bytes.fromhex(output.covenant_id))
    digest.update(
        transaction.lock_time.to_bytes(8, "little")
        + bytes.fromhex(transaction.subnetwork_id)
        + transaction.gas.to_bytes(8, "little")
        + _sized(bytes.fromhex(transaction.payload))
    )
    return digest.hexdigest()


def build(
    inputs: Sequence[TxInput],
    outputs: Sequence[TxOutput],
    *,
    version: int = 0,
    lock_time: int = 0,
    subnetwork_id: str = NATIVE_SUBNETWORK,
    gas: int = 0,
    payload: str = "",
    storage_mass: int = 0,
) -> Transaction:
    """Build a transaction and compute its id.

    The id of a version-0 transaction is the real network's: a keyed BLAKE2b of everything except
    the signatures. Versions above 0 are hashed in the same way with the covenant of each output
    appended, which is deterministic but not the network's own rule.

    Raises ValueError or OverflowError for fields that are not hex or do not fit their width.
    """
    unnamed = Transaction(
        "",
        tuple(inputs),
        tuple(outputs),
        version=version,
        lock_time=lock_time,
        subnetwork_id=subnetwork_id,
        gas=gas,
        payload=payload,
        storage_mass=storage_mass,
    )
    return attrs.evolve(unnamed, id=_identify(unnamed))


def storage_mass(inputs: Sequence[int], outputs: Sequence[int]) -> int:
    """The storage mass of coins of these amounts in sompi (KIP-9, kaspa.md §4.7)."""
    created = sum(STORAGE_MASS_PARAMETER // amount for amount in outputs)
    if not inputs:
        return 0
    if len(inputs) == 1 or len(outputs) == 1 or (len(inputs), len(outputs)) == (2, 2):
        spent = sum(STORAGE_MASS_PARAMETER // amount for amount in inputs)
    else:
        spent = len(inputs) * (STORAGE_MASS_PARAMETER // (sum(inputs) // len(inputs)))
    return max(0, created - spent)
