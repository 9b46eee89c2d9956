"""Request frames and their parameters, parsed as strictly as by a node (kaspa.md §3.2)."""

from enum import StrEnum
from typing import Annotated, Final

import msgspec

MAX_U64: Final = 2**64 - 1

# msgspec can't check the upper bound of these; code that needs it does.
U64 = Annotated[int, msgspec.Meta(ge=0)]
U32 = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]
U16 = Annotated[int, msgspec.Meta(ge=0, le=2**16 - 1)]
U8 = Annotated[int, msgspec.Meta(ge=0, le=2**8 - 1)]
Hash = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Hex = Annotated[str, msgspec.Meta(pattern="^([0-9a-fA-F]{2})*$")]
Script = Annotated[str, msgspec.Meta(pattern="^[0-9a-fA-F]{4}([0-9a-fA-F]{2})*$")]
Subnetwork = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{40}$")]

# Methods that a real node knows and this one does not answer; all other unknown ones close the
# socket.
UNSERVED_METHODS: Final = frozenset(
    {
        "addPeer",
        "ban",
        "estimateNetworkHashesPerSecond",
        "getBlockCount",
        "getBlockRewardInfo",
        "getBlockTemplate",
        "getBlocks",
        "getCoinSupply",
        "getConnectedPeerInfo",
        "getConnections",
        "getFeeEstimateExperimental",
        "getHeaders",
        "getMempoolEntries",
        "getMetrics",
        "getPeerAddresses",
        "getSeqCommitLaneProof",
        "getSubnetwork",
        "getSystemInfo",
        "notifyBlockAdded",
        "notifyFinalityConflict",
        "notifyFinalityConflictResolved",
        "notifyNewBlockTemplate",
        "notifyPruningPointUtxoSetOverride",
        "notifySinkBlueScoreChanged",
        "notifyUtxosChanged",
        "notifyVirtualChainChanged",
        "notifyVirtualDaaScoreChanged",
        "resolveFinalityConflict",
        "shutdown",
        "submitBlock",
        "submitTransactionReplacement",
        "unban",
    }
)


class MalformedFrameError(ValueError):
    """A frame on which the node closes the socket without an answer."""


class Params(msgspec.Struct, rename="camel", frozen=True):
    """Parameters of a request; unknown fields are ignored, as by a node."""


class RequestFrame(msgspec.Struct, frozen=True):
    """A request as received, with undecoded parameters."""

    method: str
    params: msgspec.Raw
    id: U64 | None = None


_FRAME: Final = msgspec.json.Decoder(RequestFrame)


def read_frame(message: str | bytes) -> RequestFrame:
    """Read one WebSocket message. Raises MalformedFrameError."""
    if isinstance(message, bytes):
        raise MalformedFrameError("a binary message")
    try:
        frame = _FRAME.decode(message)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        raise MalformedFrameError(str(error)) from error
    if frame.id is not None and frame.id > MAX_U64:
        raise MalformedFrameError("an id of more than 64 bits")
    return frame


class NoParams(Params, frozen=True):
    """No parameters."""


class AddressesParams(Params, frozen=True):
    """Some addresses."""

    addresses: list[str]


class AddressParams(Params, frozen=True):
    """One address."""

    address: str


class MempoolByAddressesParams(Params, frozen=True):
    """Addresses, and the pools to search."""

    addresses: list[str]
    include_orphan_pool: bool
    filter_transaction_pool: bool


class MempoolEntryParams(Params, frozen=True):
    """A transaction, and the pools to search."""

    transaction_id: Hash
    include_orphan_pool: bool
    filter_transaction_pool: bool


class ChainParams(Params, frozen=True):
    """The start of a range of the selected chain."""

    start_hash: Hash
    include_accepted_transaction_ids: bool
    min_confirmation_count: U64 | None = None


class VerbosityName(StrEnum):
    """The names of the levels on the wire."""

    NONE = "None"
    LOW = "Low"
    HIGH = "High"
    FULL = "Full"


class ChainV2Params(Params, frozen=True):
    """The start of a range of the selected chain, and its level of detail."""

    start_hash: Hash
    data_verbosity_level: VerbosityName | None = None
    min_confirmation_count: U64 | None = None


class BlockParams(Params, frozen=True):
    """A block, with or without its contents."""

    hash: Hash
    include_transactions: bool


class HashParams(Params, frozen=True):
    """A block."""

    hash: Hash


class ReturnAddressParams(Params, frozen=True):
    """A transaction and the score at which it was accepted."""

    txid: Hash
    accepting_block_daa_score: U64


class DaaScoresParams(Params, frozen=True):
    """Scores whose times are estimated."""

    daa_scores: list[U64]


class OutpointParams(Params, frozen=True):
    """A coin to spend."""

    transaction_id: Hash
    index: U32


class InputParams(Params, frozen=True):
    """An input of a submitted transaction."""

    previous_outpoint: OutpointParams
    signature_script: Hex
    sequence: U64
    sig_op_count: U8 = 0
    compute_budget: U16 = 0


class CovenantParams(Params, frozen=True):
    """The covenant of an output."""

    authorizing_input: U16
    covenant_id: Hash


class OutputParams(Params, frozen=True):
    """An output of a submitted transaction."""

    value: U64
    script_public_key: Script
    covenant: CovenantParams | None = None


class TransactionParams(Params, frozen=True):
    """A submitted transaction; its mass has an old and a new name (kaspa.md §5)."""

    version: U16
    inputs: list[InputParams]
    outputs: list[OutputParams]
    lock_time: U64
    subnetwork_id: Subnetwork
    gas: U64
    payload: Hex
    storage_mass: U64 | None = None
    mass: U64 | None = None


class SubmitTransactionParams(Params, frozen=True):
    """A transaction for the mempool."""

    transaction: TransactionParams
    allow_orphan: bool
