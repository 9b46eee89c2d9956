"""Messages of a server compatible with api.kaspa.org, decoded and converted to value types.

Numbers are JSON numbers or text, depending on the route and on the server's own source (kaspa.md
§6); both are accepted. Otherwise it is as strict as with a node: a known field with a wrong type, a
number out of range or an output that contradicts itself is Garbage.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, TypeVar

import msgspec

from kasgate.kaspa.outputs import COINBASE_SUBNETWORK, Garbage, output_of
from kasgate.kaspa.utxo import Outpoint, Utxo

T = TypeVar("T")

_Number = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
_Index = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]
_Hash = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
_Name = Annotated[str, msgspec.Meta(max_length=100)]

_NETWORK_PREFIX: Final = "kaspa-"


class _Wire(msgspec.Struct, gc=False, rename="camel"):
    """Routes that pass on a node's answer use camelCase."""


class _Row(msgspec.Struct, gc=False):
    """Routes that answer from the database use snake_case."""


class DagMessage(_Wire):
    """GET /info/blockdag."""

    network_name: _Name
    virtual_daa_score: _Number

    @property
    def network_id(self) -> str:
        """The network's name as nodes write it in their handshake: without "kaspa-"."""
        return self.network_name.removeprefix(_NETWORK_PREFIX)


class ServerMessage(_Wire):
    """A node behind the server."""

    server_version: _Name | None = None
    is_utxo_indexed: bool = False
    is_synced: bool = False


class HealthMessage(_Wire):
    """GET /info/health; the same body comes with status 503 if anything is not well."""

    kaspad_servers: list[ServerMessage]


class ScriptMessage(_Wire):
    script_public_key: str
    version: Annotated[int, msgspec.Meta(ge=0, le=2**16 - 1)] = 0
    """Version of the script; most servers leave it out."""


class EntryMessage(_Wire):
    amount: _Number
    script_public_key: ScriptMessage
    block_daa_score: _Number
    is_coinbase: bool | None = None
    covenant_id: str | None = None
    """No known server sends it (kaspa.md §6)."""


class OutpointMessage(_Wire):
    transaction_id: _Hash
    index: _Index


class UtxoMessage(_Wire):
    """An entry of POST /addresses/utxos."""

    outpoint: OutpointMessage
    utxo_entry: EntryMessage
    address: str | None = None


class AcceptanceMessage(_Wire):
    """An entry of POST /transactions/acceptance. Older servers send only the blue score."""

    transaction_id: _Hash
    accepted: bool
    accepting_block_hash: _Hash | None = None
    accepting_timestamp: _Number | None = None


class HeaderMessage(_Wire):
    daa_score: _Number
    timestamp: _Number


class BlockVerboseMessage(_Wire):
    hash: _Hash


class BlockMessage(_Wire):
    """GET /blocks/{hash}. The hash is not in the header."""

    header: HeaderMessage
    verbose_data: BlockVerboseMessage


class OutputRow(_Row):
    index: _Index
    amount: _Number
    script_public_key: str | None = None
    script_public_key_address: str | None = None


class TransactionRow(_Row):
    """An entry of GET /addresses/{address}/full-transactions."""

    transaction_id: _Hash
    block_time: _Number | None = None
    subnetwork_id: str | None = None
    is_accepted: bool | None = None
    accepting_block_hash: _Hash | None = None
    outputs: list[OutputRow] | None = None


class RefusalMessage(_Wire):
    """The body of an answer with a status of 400 and above."""

    detail: object = None
    error: object = None


DAG: Final = msgspec.json.Decoder(DagMessage, strict=False)
HEALTH: Final = msgspec.json.Decoder(HealthMessage, strict=False)
UTXOS: Final = msgspec.json.Decoder(list[UtxoMessage], strict=False)
ACCEPTANCES: Final = msgspec.json.Decoder(list[AcceptanceMessage], strict=False)
BLOCK: Final = msgspec.json.Decoder(BlockMessage, strict=False)
TRANSACTIONS: Final = msgspec.json.Decoder(list[TransactionRow], strict=False)
REFUSAL: Final = msgspec.json.Decoder(RefusalMessage)


def value_of_utxo(message: UtxoMessage, prefix: str) -> Utxo | None:
    """The output in the server's message, or None if its script has no address.

    Raises Garbage for a wrong address (``output_of``).
    """
    entry, outpoint = message.utxo_entry, message.outpoint
    return output_of(
        Outpoint(outpoint.transaction_id, outpoint.index),
        entry.amount,
        _versioned(entry.script_public_key.script_public_key, entry.script_public_key.version),
        entry.block_daa_score,
        prefix,
        told=message.address,
        is_coinbase=bool(entry.is_coinbase),
        covenant_id=entry.covenant_id,
    )


def outputs_of_row(
    row: TransactionRow, address: str, daa_score: int, prefix: str
) -> Iterator[Utxo]:
    """The outputs of a transaction that pay an address; ``daa_score`` is its accepting block's.

    Raises Garbage as value_of_utxo does, and where an output's script is missing.
    """
    for output in row.outputs or ():
        if output.script_public_key is None:
            raise Garbage(f"does not tell the scripts of transaction {row.transaction_id}")
        utxo = output_of(
            Outpoint(row.transaction_id, output.index),
            output.amount,
            _versioned(output.script_public_key, 0),
            daa_score,
            prefix,
            told=output.script_public_key_address,
            is_coinbase=row.subnetwork_id == COINBASE_SUBNETWORK,
        )
        if utxo is not None and utxo.address == address:
            yield utxo


def words_of_refusal(body: bytes) -> str | None:
    """The server's own reason for a refusal; None if the body does not have the usual form."""
    try:
        refusal = REFUSAL.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None  # a proxy's page, most likely
    for words in (refusal.detail, refusal.error):
        if isinstance(words, str):
            return words
    return None if refusal.detail is None else "the request is not valid"


def _versioned(script: str, version: int) -> str:
    """A script with its version first, as in the rest of the gateway. Every standard script has
    version 0 (kaspa.md §1)."""
    return f"{version:04x}{script}"
