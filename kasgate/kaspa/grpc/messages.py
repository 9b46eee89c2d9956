"""A node's messages in protobuf, validated where it matters and converted to value types.

Unknown fields and messages are skipped, because nodes add some with every release (kaspa.md §5).
proto3 does not distinguish a missing number or text from zero or an empty one. Where the difference
matters, the fields are optional on the wire, or an empty text is not a valid hash.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from google.protobuf.message import DecodeError

from kasgate.kaspa.node import AcceptedIds
from kasgate.kaspa.outputs import COINBASE_SUBNETWORK, Garbage, output_of
from kasgate.kaspa.protowire import node_pb2 as pb
from kasgate.kaspa.utxo import Outpoint, Utxo

# The wire allows u64. A number that does not fit a signed 64-bit column is no valid amount, score
# or time (kaspa.md §1, units). ``output_of`` limits the amount of an output.
_TOO_LARGE: Final = 2**63
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_LONGEST_NAME: Final = 100


def parse(message: bytes) -> pb.Response:
    """Decode a response. Raises Garbage if it does not decode."""
    try:
        return pb.Response.FromString(message)
    except (DecodeError, RecursionError) as error:
        raise Garbage(f"sent a message that does not decode: {error}") from error


def hash_of(text: str, what: str) -> str:
    """A hash or an id, unchanged. Raises Garbage if it is invalid."""
    if _HASH.fullmatch(text) is None:
        raise Garbage(f"sent {what} that is not valid")
    return text


def hashes_of(texts: Iterable[str], what: str) -> tuple[str, ...]:
    """Like ``hash_of``, for several."""
    return tuple(hash_of(text, what) for text in texts)


def number_of(number: int, what: str) -> int:
    """An amount, score or time, unchanged. Raises Garbage if it is out of range."""
    if not 0 <= number < _TOO_LARGE:
        raise Garbage(f"sent {what} that is out of range")
    return number


def name_of(text: str, what: str) -> str:
    """A short text, unchanged. Raises Garbage if it is too long."""
    if len(text) > _LONGEST_NAME:
        raise Garbage(f"sent {what} of {len(text)} characters")
    return text


def value_of_utxo(message: pb.Utxo, prefix: str) -> Utxo | None:
    """The output in a node's message, or None if its script has no address.

    Raises Garbage, also for a wrong address (``output_of``).
    """
    entry = message.utxo_entry
    if not (message.HasField("outpoint") and entry.HasField("script_public_key")):
        raise Garbage("sent an output with parts missing")
    return output_of(
        _outpoint(message.outpoint.transaction_id, message.outpoint.index),
        number_of(entry.amount, "an amount"),
        _script(entry.script_public_key),
        number_of(entry.block_daa_score, "a score"),
        prefix,
        told=message.address,
        is_coinbase=entry.is_coinbase,
        covenant_id=entry.covenant_id or None,
    )


def check_chain(message: pb.GetVirtualChainFromBlockV2Response) -> None:
    """Raises Garbage unless the accepted transactions match the added blocks in number and
    order."""
    told = [each.chain_block_header.hash for each in message.chain_block_accepted_transactions]
    if told != message.added_chain_block_hashes:
        raise Garbage("sent a stretch of its chain whose blocks and transactions do not match")


def header_of(message: pb.AcceptingBlock) -> tuple[str, int, int]:
    """Hash, DAA score and time of a chain block. Raises Garbage."""
    header = message.chain_block_header
    if not (header.HasField("daa_score") and header.HasField("timestamp")):
        raise Garbage("sent a header with parts missing")
    return (
        hash_of(header.hash, "a block hash"),
        number_of(header.daa_score, "a score"),
        number_of(header.timestamp, "a time"),
    )


def outputs_of_block(message: pb.AcceptingBlock, prefix: str) -> Iterator[Utxo | None]:
    """The outputs that a chain block accepted, in order; None for a script without an address.

    Some nodes do not mark coinbase transactions at level Low. Their outputs then count as ordinary
    ones until the snapshot of unspent outputs corrects them.

    Raises Garbage as value_of_utxo does.
    """
    score = message.chain_block_header.daa_score
    for transaction in message.accepted_transactions:
        transaction_id = transaction.verbose_data.transaction_id
        is_coinbase = transaction.subnetwork_id == COINBASE_SUBNETWORK
        for index, output in enumerate(transaction.outputs):
            if not (output.HasField("value") and output.HasField("script_public_key")):
                raise Garbage("sent an output with parts missing")
            yield output_of(
                _outpoint(transaction_id, index),
                number_of(output.value, "an amount"),
                _script(output.script_public_key),
                score,
                prefix,
                told=output.verbose_data.script_public_key_address,
                is_coinbase=is_coinbase,
                covenant_id=output.covenant.covenant.covenant_id or None,
            )


def outputs_of_transaction(
    message: pb.Transaction, transaction_id: str, score: int, prefix: str
) -> Iterator[Utxo | None]:
    """The outputs of a complete transaction, as accepted by a chain block with this score.

    Raises Garbage as value_of_utxo does.
    """
    is_coinbase = message.subnetwork_id == COINBASE_SUBNETWORK
    for index, output in enumerate(message.outputs):
        if not output.HasField("script_public_key"):
            raise Garbage("sent an output with parts missing")
        yield output_of(
            _outpoint(transaction_id, index),
            number_of(output.amount, "an amount"),
            _script(output.script_public_key),
            score,
            prefix,
            told=output.verbose_data.script_public_key_address,
            is_coinbase=is_coinbase,
            covenant_id=output.covenant.covenant_id or None,
        )


def outputs_of_mempool(
    message: pb.GetMempoolEntriesByAddressesResponse, prefix: str
) -> Iterator[Utxo | None]:
    """The outputs of mempool transactions with score 0, those for other addresses included.

    Raises Garbage as value_of_utxo does.
    """
    for address in message.entries:
        for entry in address.receiving:
            if not entry.is_orphan:
                transaction = entry.transaction
                yield from outputs_of_transaction(
                    transaction, transaction.verbose_data.transaction_id, 0, prefix
                )


def value_of_chain_ids(message: pb.GetVirtualChainFromBlockResponse) -> AcceptedIds:
    """A range of the chain as ids. Raises Garbage, also if blocks and ids do not match."""
    told = [each.accepting_block_hash for each in message.accepted_transaction_ids]
    if told != message.added_chain_block_hashes:
        raise Garbage("sent a stretch of its chain whose blocks and transactions do not match")
    return AcceptedIds(
        hashes_of(message.removed_chain_block_hashes, "a block hash"),
        hashes_of(message.added_chain_block_hashes, "a block hash"),
        frozenset(
            hash_of(transaction_id, "a transaction id")
            for each in message.accepted_transaction_ids
            for transaction_id in each.accepted_transaction_ids
        ),
    )


def timestamps_of(
    message: pb.GetDaaScoreTimestampEstimateResponse, daa_scores: Sequence[int]
) -> list[int]:
    """The timestamps of these scores. Raises Garbage unless there is one for each score."""
    if len(message.timestamps) != len(daa_scores):
        raise Garbage("sent another number of timestamps than it was asked for")
    return [number_of(timestamp, "a time") for timestamp in message.timestamps]


def _outpoint(transaction_id: str, index: int) -> Outpoint:
    return Outpoint(hash_of(transaction_id, "a transaction id"), index)


def _script(message: pb.Script) -> str:
    """The script with its version first, as wRPC writes it (kaspa.md §1)."""
    return f"{message.version:04x}{message.script_public_key}"
