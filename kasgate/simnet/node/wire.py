"""The JSON shapes of the node's answers and notifications (kaspa.md §3.3).

Every key is written, with null for a filtered or absent value: the official client refuses some
shapes with missing keys.
"""

from collections.abc import Mapping
from enum import IntEnum
from functools import lru_cache
from typing import Final

import msgspec

from kasgate.kaspa.address import Address, address_of_script
from kasgate.kaspa.utxo import Outpoint
from kasgate.simnet.dag.chain import Acceptance, Block
from kasgate.simnet.dag.mempool import MempoolEntry
from kasgate.simnet.dag.rewards import accepted_ids, contained
from kasgate.simnet.dag.transactions import Transaction, TxInput, TxOutput, UtxoEntry

Json = Mapping[str, object]

ZERO_HASH: Final = "00" * 32
_HEADER_VERSION: Final = 2
_SIMNET_BITS: Final = 486_722_099
_CACHED_ADDRESSES: Final = 1 << 17
# The value of scriptPublicKeyType for each kind of address, by the first characters of the script.
_SCRIPT_TYPES: Final = {"000020": "PubKey", "000021": "PubKeyECDSA", "0000aa": "ScriptHash"}


class AddressBook:
    """Addresses and scripts of one network, cached because computing them is slow.

    Bounded: the least recently used ones are computed again.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.address_of = lru_cache(maxsize=_CACHED_ADDRESSES)(self._address_of)
        self.script_of = lru_cache(maxsize=_CACHED_ADDRESSES)(self._script_of)

    def _address_of(self, script: str) -> str | None:
        """The address that a script pays to, or None if it is not a standard one."""
        return address_of_script(script, self.prefix)

    def _script_of(self, address: str) -> str:
        """The script of an address of any network. Raises AddressError."""
        return Address.from_text(address).script_public_key

    def utxo(self, outpoint: Outpoint, entry: UtxoEntry) -> Json:
        """A coin, as in getUtxosByAddresses and utxosChanged."""
        return {
            "address": self.address_of(entry.script),
            "outpoint": outpoint_json(outpoint),
            "utxoEntry": {
                "amount": entry.amount,
                "scriptPublicKey": entry.script,
                "blockDaaScore": entry.daa_score,
                "isCoinbase": entry.is_coinbase,
                "covenantId": entry.covenant_id,
            },
        }

    def script_verbose(self, script: str) -> Json:
        """The kind and the address of a script."""
        address = self.address_of(script)
        kind = "NonStandard" if address is None else _SCRIPT_TYPES[script[:6]]
        return {"scriptPublicKeyType": kind, "scriptPublicKeyAddress": address or ""}


def outpoint_json(outpoint: Outpoint) -> Json:
    return {"transactionId": outpoint.transaction_id, "index": outpoint.index}


def transaction_json(
    book: AddressBook, transaction: Transaction, block_hash: str = ZERO_HASH, block_time: int = 0
) -> Json:
    """A complete transaction; in the mempool its block hash and time are zero."""
    return {
        "version": transaction.version,
        "inputs": [{**_input(spent), "verboseData": None} for spent in transaction.inputs],
        "outputs": [_output(book, output) for output in transaction.outputs],
        "lockTime": transaction.lock_time,
        "subnetworkId": transaction.subnetwork_id,
        "gas": transaction.gas,
        "payload": transaction.payload,
        "storageMass": transaction.storage_mass,
        "mass": transaction.storage_mass,
        "verboseData": _transaction_verbose(transaction, block_hash, block_time),
    }


def _transaction_verbose(transaction: Transaction, block_hash: str, block_time: int) -> Json:
    return {
        "transactionId": transaction.id,
        # A node has a second hash here, which covers the signatures; nothing here needs it.
        "hash": transaction.id,
        "computeMass": transaction.compute_mass,
        "blockHash": block_hash,
        "blockTime": block_time,
    }


def _input(spent: TxInput) -> Json:
    return {
        "previousOutpoint": outpoint_json(spent.outpoint),
        "signatureScript": spent.signature_script,
        "sequence": spent.sequence,
        "sigOpCount": spent.sig_op_count,
        "computeBudget": spent.compute_budget,
    }


def _output(book: AddressBook, output: TxOutput) -> Json:
    return {
        "value": output.amount,
        "scriptPublicKey": output.script,
        "covenant": _covenant(output),
        "verboseData": book.script_verbose(output.script),
    }


def _covenant(output: TxOutput) -> Json | None:
    if output.covenant_id is None:
        return None
    return {"authorizingInput": 0, "covenantId": output.covenant_id}


def mempool_entry_json(book: AddressBook, entry: MempoolEntry) -> Json:
    """A transaction of the mempool. The node spells ``is_orphan`` this way (kaspa.md §0.3)."""
    return {
        "fee": entry.fee,
        "transaction": transaction_json(book, entry.transaction),
        "is_orphan": False,
    }


def header_json(block: Block, pruning_point: str) -> Json:
    """A block's header. Fields that are not computed here (roots, work, nonce) have plausible
    values."""
    return {
        "hash": block.hash,
        "version": _HEADER_VERSION,
        "parentsByLevel": [[block.parent]],
        "hashMerkleRoot": ZERO_HASH,
        "acceptedIdMerkleRoot": ZERO_HASH,
        "utxoCommitment": ZERO_HASH,
        "timestamp": block.timestamp,
        "bits": _SIMNET_BITS,
        "nonce": 0,
        "daaScore": block.daa_score,
        "blueWork": f"{block.blue_score:048x}",
        "blueScore": block.blue_score,
        "pruningPoint": pruning_point,
    }


def block_json(
    book: AddressBook,
    block: Block,
    *,
    pruning_point: str,
    child: str | None,
    on_chain: bool,
    with_transactions: bool,
) -> Json:
    """A block, as in getBlock and blockAdded."""
    inside = contained(block)
    return {
        "header": header_json(block, pruning_point),
        "transactions": [
            transaction_json(book, transaction, block.hash, block.timestamp)
            for transaction in (inside if with_transactions else ())
        ],
        "verboseData": {
            "hash": block.hash,
            "difficulty": 1.0,
            "selectedParentHash": block.parent,
            "transactionIds": [transaction.id for transaction in inside],
            "isHeaderOnly": False,
            "blueScore": block.blue_score,
            "childrenHashes": [] if child is None else [child],
            "mergeSetBluesHashes": list(block.merged_blues),
            "mergeSetRedsHashes": list(block.merged_reds),
            "isChainBlock": on_chain,
        },
    }


class Verbosity(IntEnum):
    """The level of detail of getVirtualChainFromBlockV2; each level adds to the one below."""

    NONE = 0
    LOW = 1
    HIGH = 2
    FULL = 3


# As kaspad 2.1.0 answers (tests/node/frames), which sends more than it has to.
_HEADER_LEVELS: Final = {
    "hash": Verbosity.NONE,
    "version": Verbosity.LOW,
    "timestamp": Verbosity.LOW,
    "bits": Verbosity.LOW,
    "nonce": Verbosity.LOW,
    "daaScore": Verbosity.LOW,
    "blueWork": Verbosity.LOW,
    "blueScore": Verbosity.LOW,
    "parentsByLevel": Verbosity.HIGH,
    "hashMerkleRoot": Verbosity.HIGH,
    "acceptedIdMerkleRoot": Verbosity.HIGH,
    "utxoCommitment": Verbosity.FULL,
    "pruningPoint": Verbosity.FULL,
}
_TRANSACTION_LEVELS: Final = {
    "payload": Verbosity.NONE,
    "storageMass": Verbosity.NONE,
    "mass": Verbosity.NONE,
    "version": Verbosity.FULL,
    "lockTime": Verbosity.FULL,
    "subnetworkId": Verbosity.NONE,
    "gas": Verbosity.NONE,
}
_INPUT_LEVELS: Final = {
    "signatureScript": Verbosity.LOW,
    "previousOutpoint": Verbosity.HIGH,
    "sequence": Verbosity.HIGH,
    "sigOpCount": Verbosity.HIGH,
    "computeBudget": Verbosity.HIGH,
}
_OUTPUT_LEVELS: Final = {
    "value": Verbosity.LOW,
    "scriptPublicKey": Verbosity.LOW,
    "covenant": Verbosity.LOW,
}
_COIN_LEVELS: Final = {
    "amount": Verbosity.HIGH,
    "scriptPublicKey": Verbosity.HIGH,
    "blockDaaScore": Verbosity.FULL,
    "isCoinbase": Verbosity.HIGH,
    "covenantId": Verbosity.HIGH,
}
_SCRIPT_VERBOSE_LEVELS: Final = {
    "scriptPublicKeyType": Verbosity.LOW,
    "scriptPublicKeyAddress": Verbosity.LOW,
}
_TRANSACTION_VERBOSE_LEVELS: Final = {
    "transactionId": Verbosity.LOW,
    "hash": Verbosity.LOW,
    "blockHash": Verbosity.LOW,
    "blockTime": Verbosity.LOW,
    "computeMass": Verbosity.HIGH,
}


def _filtered(whole: Json, levels: Mapping[str, Verbosity], level: Verbosity) -> dict[str, object]:
    return {key: whole[key] if level >= needed else None for key, needed in levels.items()}


def optional_header_json(block: Block, pruning_point: str, level: Verbosity) -> Json:
    """A header with null for the fields that the level leaves out.

    Here, unlike in a complete header, the parents of equal levels are grouped with their number.
    (The official client refuses the other form.)
    """
    whole = {**header_json(block, pruning_point), "parentsByLevel": [[1, [block.parent]]]}
    return _filtered(whole, _HEADER_LEVELS, level)


def optional_transaction_json(book: AddressBook, acceptance: Acceptance, level: Verbosity) -> Json:
    """An accepted transaction with null for the fields that the level leaves out."""
    transaction = acceptance.transaction
    verbose = _transaction_verbose(transaction, acceptance.block_hash, acceptance.block_time)
    return {
        **_filtered(transaction_json(book, transaction), _TRANSACTION_LEVELS, level),
        "inputs": [
            _optional_input(book, spent, entry, level)
            for spent, (_, entry) in zip(transaction.inputs, acceptance.spent, strict=True)
        ],
        "outputs": [_optional_output(book, output, level) for output in transaction.outputs],
        "verboseData": _filtered(verbose, _TRANSACTION_VERBOSE_LEVELS, level),
    }


def _optional_input(book: AddressBook, spent: TxInput, entry: UtxoEntry, level: Verbosity) -> Json:
    coin = {
        "amount": entry.amount,
        "scriptPublicKey": entry.script,
        "blockDaaScore": entry.daa_score,
        "isCoinbase": entry.is_coinbase,
        "covenantId": entry.covenant_id,
    }
    told = {
        **_filtered(coin, _COIN_LEVELS, level),
        "verboseData": _optional_script_verbose(book, entry.script, level),
    }
    return {**_filtered(_input(spent), _INPUT_LEVELS, level), "verboseData": {"utxoEntry": told}}


def _optional_output(book: AddressBook, output: TxOutput, level: Verbosity) -> Json:
    return {
        **_filtered(_output(book, output), _OUTPUT_LEVELS, level),
        "verboseData": _optional_script_verbose(book, output.script, level),
    }


def _optional_script_verbose(book: AddressBook, script: str, level: Verbosity) -> Json:
    return _filtered(book.script_verbose(script), _SCRIPT_VERBOSE_LEVELS, level)


def accepted_ids_json(block: Block) -> Json:
    """The ids of the transactions that a chain block accepted."""
    return {
        "acceptingBlockHash": block.hash,
        "acceptedTransactionIds": accepted_ids(block),
    }


def answer_frame(request_id: int, method: str, params: bytes) -> str:
    """A response; the payload is in ``params``, not in ``result`` (kaspa.md §3.2)."""
    return f'{{"id":{request_id},"method":"{method}","params":{params.decode()}}}'


def error_frame(request_id: int, method: str, message: str) -> str:
    """An error response; code and data are always empty (kaspa.md §3.2)."""
    error = {"code": 0, "message": message, "data": None}
    return msgspec.json.encode({"id": request_id, "method": method, "error": error}).decode()


def notification_frame(event: str, params: bytes) -> str:
    """A notification of an event, named as in its subscription (kaspa.md §3.4)."""
    method = event[0].lower() + event[1:] + "Notification"
    return f'{{"method":"{method}","params":{{"{event}":{params.decode()}}}}}'
