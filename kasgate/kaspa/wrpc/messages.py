"""A node's messages in wRPC JSON, strictly decoded where it matters and converted to value types.

Unknown fields are ignored, because nodes add some with every release (kaspa.md §5). A known field
with a wrong type, a number out of range or an output that contradicts itself is Garbage: the link
to such a node ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, TypeVar

import msgspec

from kasgate.kaspa.node import AcceptedIds
from kasgate.kaspa.outputs import COINBASE_SUBNETWORK, Garbage, output_of
from kasgate.kaspa.utxo import Outpoint, Utxo

T = TypeVar("T")

# The wire allows u64. A number that does not fit a signed 64-bit column is no valid amount, score
# or time (kaspa.md §1, units). ``output_of`` limits the amount of an output.
_Number = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
_Index = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]
_Hash = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
_Name = Annotated[str, msgspec.Meta(max_length=100)]


class _Wire(msgspec.Struct, gc=False, rename="camel"):
    """Python names here, camelCase on the wire; no reference cycles."""


class ErrorMessage(_Wire):
    """Code is always 0 and data null: only the text distinguishes errors (kaspa.md §3.2)."""

    message: str = ""


class Frame(_Wire):
    """The envelope of every message of a node (kaspa.md §3.2)."""

    id: Annotated[int, msgspec.Meta(ge=0)] | None = None
    method: str | None = None
    params: msgspec.Raw = msgspec.Raw()
    error: ErrorMessage | None = None


class OutpointMessage(_Wire):
    transaction_id: _Hash
    index: _Index


class EntryMessage(_Wire):
    amount: _Number
    script_public_key: str
    block_daa_score: _Number
    is_coinbase: bool = False
    covenant_id: str | None = None


class UtxoMessage(_Wire):
    outpoint: OutpointMessage
    utxo_entry: EntryMessage
    address: str | None = None


class EntriesMessage(_Wire):
    """getUtxosByAddresses. Here and in a notification there may be thousands of outputs, so each is
    decoded separately: see ``value_of_utxo``."""

    entries: list[msgspec.Raw]


class DifferenceMessage(_Wire):
    added: list[msgspec.Raw]
    removed: list[msgspec.Raw]


class UtxosChangedMessage(_Wire):
    difference: DifferenceMessage = msgspec.field(name="UtxosChanged")


class ScoreMessage(_Wire):
    virtual_daa_score: _Number


class ScoreChangedMessage(_Wire):
    score: ScoreMessage = msgspec.field(name="VirtualDaaScoreChanged")


class NothingMessage(_Wire):
    """An answer whose content does not matter."""


class OverrideMessage(_Wire):
    override: NothingMessage = msgspec.field(name="PruningPointUtxoSetOverride")


class ServerInfoMessage(_Wire):
    rpc_api_version: _Index
    server_version: _Name
    network_id: _Name
    has_utxo_index: bool
    is_synced: bool
    virtual_daa_score: _Number


class SyncStatusMessage(_Wire):
    is_synced: bool


class SinkMessage(_Wire):
    sink: _Hash


class TimestampsMessage(_Wire):
    timestamps: list[_Number]


class HeaderMessage(_Wire):
    hash: _Hash
    daa_score: _Number
    timestamp: _Number


class CovenantMessage(_Wire):
    covenant_id: str


class OutputVerboseMessage(_Wire):
    script_public_key_address: str | None = None


class OutputMessage(_Wire):
    value: _Number
    script_public_key: str
    verbose_data: OutputVerboseMessage | None = None
    covenant: CovenantMessage | None = None


class TransactionVerboseMessage(_Wire):
    transaction_id: _Hash


class TransactionMessage(_Wire):
    outputs: list[OutputMessage]
    verbose_data: TransactionVerboseMessage
    subnetwork_id: str | None = None
    """A node may leave it out at the level that we request; kaspad 2.1.0 does not."""


class MempoolEntryMessage(_Wire):
    transaction: TransactionMessage
    # Not in camel case on the wire, unlike all other fields (kaspa.md §0).
    is_orphan: bool = msgspec.field(name="is_orphan", default=False)


class MempoolAddressMessage(_Wire):
    receiving: list[MempoolEntryMessage]


class MempoolMessage(_Wire):
    """getMempoolEntriesByAddresses, without the transactions that the addresses send."""

    entries: list[MempoolAddressMessage]


class ChainBlockMessage(_Wire):
    chain_block_header: HeaderMessage
    accepted_transactions: list[TransactionMessage]


class ChainMessage(_Wire):
    """getVirtualChainFromBlockV2, level Low."""

    removed_chain_block_hashes: list[_Hash]
    added_chain_block_hashes: list[_Hash]
    chain_block_accepted_transactions: list[ChainBlockMessage]


class BlockHeaderMessage(_Wire):
    daa_score: _Number
    timestamp: _Number


class BlockVerboseMessage(_Wire):
    hash: _Hash
    selected_parent_hash: _Hash
    merge_set_blues_hashes: list[_Hash]
    merge_set_reds_hashes: list[_Hash]


class BlockMessage(_Wire):
    header: BlockHeaderMessage
    verbose_data: BlockVerboseMessage
    transactions: list[TransactionMessage]


class GetBlockMessage(_Wire):
    block: BlockMessage


class AcceptedIdsMessage(_Wire):
    accepting_block_hash: _Hash
    accepted_transaction_ids: list[_Hash]


class ChainIdsMessage(_Wire):
    """getVirtualChainFromBlock."""

    removed_chain_block_hashes: list[_Hash]
    added_chain_block_hashes: list[_Hash]
    accepted_transaction_ids: list[AcceptedIdsMessage]


FRAME: Final = msgspec.json.Decoder(Frame)
NOTHING: Final = msgspec.json.Decoder(NothingMessage)
_UTXO: Final = msgspec.json.Decoder(UtxoMessage)
ENTRIES: Final = msgspec.json.Decoder(EntriesMessage)
SERVER_INFO: Final = msgspec.json.Decoder(ServerInfoMessage)
SYNC_STATUS: Final = msgspec.json.Decoder(SyncStatusMessage)
SINK: Final = msgspec.json.Decoder(SinkMessage)
TIMESTAMPS: Final = msgspec.json.Decoder(TimestampsMessage)
MEMPOOL: Final = msgspec.json.Decoder(MempoolMessage)
CHAIN: Final = msgspec.json.Decoder(ChainMessage)
CHAIN_IDS: Final = msgspec.json.Decoder(ChainIdsMessage)
BLOCK: Final = msgspec.json.Decoder(GetBlockMessage)

Notice = UtxosChangedMessage | ScoreChangedMessage | OverrideMessage
NOTICES: Final[dict[str, msgspec.json.Decoder[Notice]]] = {
    "utxosChangedNotification": msgspec.json.Decoder(UtxosChangedMessage),
    "virtualDaaScoreChangedNotification": msgspec.json.Decoder(ScoreChangedMessage),
    "pruningPointUtxoSetOverrideNotification": msgspec.json.Decoder(OverrideMessage),
}
"""The notifications we subscribe to, by the method name of their frame (kaspa.md §3.4)."""


def decode(decoder: msgspec.json.Decoder[T], text: str | bytes | msgspec.Raw, what: str) -> T:
    """Decode JSON; ``what`` names it for the operator ("a frame").

    Raises Garbage for any error of the decoder; its message gives the place and the type, never the
    value.
    """
    try:
        return decoder.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        # RecursionError: a message of a million brackets is the sender's fault.
        raise Garbage(f"sent {what} that does not decode: {error}") from error


def value_of_utxo(text: msgspec.Raw, prefix: str) -> Utxo | None:
    """The output in a node's message, or None if its script has no address.

    Raises Garbage if it does not decode, and for a wrong address (``output_of``).
    """
    message = decode(_UTXO, text, "an output")
    entry, outpoint = message.utxo_entry, message.outpoint
    return output_of(
        Outpoint(outpoint.transaction_id, outpoint.index),
        entry.amount,
        entry.script_public_key,
        entry.block_daa_score,
        prefix,
        told=message.address,
        is_coinbase=entry.is_coinbase,
        covenant_id=entry.covenant_id,
    )


def outputs_of_block(message: ChainBlockMessage, prefix: str) -> Iterator[Utxo | None]:
    """The outputs that a chain block accepted, in order; None for a script without an address.

    Raises Garbage as value_of_utxo does.
    """
    for transaction in message.accepted_transactions:
        yield from outputs_of_transaction(transaction, message.chain_block_header.daa_score, prefix)


def outputs_of_mempool(message: MempoolMessage, prefix: str) -> Iterator[Utxo | None]:
    """The outputs of mempool transactions with score 0, those for other addresses included.

    Raises Garbage as value_of_utxo does.
    """
    for address in message.entries:
        for entry in address.receiving:
            if not entry.is_orphan:
                yield from outputs_of_transaction(entry.transaction, 0, prefix)


def outputs_of_transaction(
    message: TransactionMessage, score: int, prefix: str
) -> Iterator[Utxo | None]:
    """The outputs of a transaction, as accepted by a chain block with this score.

    Some nodes do not mark coinbase transactions at level Low. Their outputs then count as ordinary
    ones until the snapshot of unspent outputs corrects them.

    Raises Garbage as value_of_utxo does.
    """
    is_coinbase = message.subnetwork_id == COINBASE_SUBNETWORK
    for index, output in enumerate(message.outputs):
        verbose, covenant = output.verbose_data, output.covenant
        yield output_of(
            Outpoint(message.verbose_data.transaction_id, index),
            output.value,
            output.script_public_key,
            score,
            prefix,
            told=None if verbose is None else verbose.script_public_key_address,
            is_coinbase=is_coinbase,
            covenant_id=None if covenant is None else covenant.covenant_id,
        )


def check_chain(message: ChainMessage) -> None:
    """Raises Garbage unless the accepted transactions match the added blocks in number and
    order."""
    told = [block.chain_block_header.hash for block in message.chain_block_accepted_transactions]
    if told != message.added_chain_block_hashes:
        raise Garbage("sent a stretch of its chain whose blocks and transactions do not match")


def value_of_chain_ids(message: ChainIdsMessage) -> AcceptedIds:
    """A range of the chain as ids. Raises Garbage as check_chain does."""
    told = [block.accepting_block_hash for block in message.accepted_transaction_ids]
    if told != message.added_chain_block_hashes:
        raise Garbage("sent a stretch of its chain whose blocks and transactions do not match")
    return AcceptedIds(
        tuple(message.removed_chain_block_hashes),
        tuple(message.added_chain_block_hashes),
        frozenset(
            transaction_id
            for block in message.accepted_transaction_ids
            for transaction_id in block.accepted_transaction_ids
        ),
    )
