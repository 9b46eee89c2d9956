from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Command(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    START: _ClassVar[Command]
    STOP: _ClassVar[Command]

class Verbosity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NONE: _ClassVar[Verbosity]
    LOW: _ClassVar[Verbosity]
    HIGH: _ClassVar[Verbosity]
    FULL: _ClassVar[Verbosity]

class RejectReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACCEPTED: _ClassVar[RejectReason]
    BLOCK_INVALID: _ClassVar[RejectReason]
    IS_IN_IBD: _ClassVar[RejectReason]
START: Command
STOP: Command
NONE: Verbosity
LOW: Verbosity
HIGH: Verbosity
FULL: Verbosity
ACCEPTED: RejectReason
BLOCK_INVALID: RejectReason
IS_IN_IBD: RejectReason

class Request(_message.Message):
    __slots__ = ("id", "submit_block", "get_block_template", "get_sink", "submit_transaction", "notify_virtual_chain_changed", "get_block", "get_virtual_chain_from_block", "get_block_dag_info", "notify_utxos_changed", "get_utxos_by_addresses", "get_sink_blue_score", "notify_sink_blue_score_changed", "get_info", "notify_pruning_point_utxo_set_override", "notify_virtual_daa_score_changed", "get_balances_by_addresses", "get_mempool_entries_by_addresses", "ping", "get_server_info", "get_sync_status", "get_daa_score_timestamp_estimate", "get_utxo_return_address", "get_virtual_chain_from_block_v2")
    ID_FIELD_NUMBER: _ClassVar[int]
    SUBMIT_BLOCK_FIELD_NUMBER: _ClassVar[int]
    GET_BLOCK_TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    GET_SINK_FIELD_NUMBER: _ClassVar[int]
    SUBMIT_TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    NOTIFY_VIRTUAL_CHAIN_CHANGED_FIELD_NUMBER: _ClassVar[int]
    GET_BLOCK_FIELD_NUMBER: _ClassVar[int]
    GET_VIRTUAL_CHAIN_FROM_BLOCK_FIELD_NUMBER: _ClassVar[int]
    GET_BLOCK_DAG_INFO_FIELD_NUMBER: _ClassVar[int]
    NOTIFY_UTXOS_CHANGED_FIELD_NUMBER: _ClassVar[int]
    GET_UTXOS_BY_ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    GET_SINK_BLUE_SCORE_FIELD_NUMBER: _ClassVar[int]
    NOTIFY_SINK_BLUE_SCORE_CHANGED_FIELD_NUMBER: _ClassVar[int]
    GET_INFO_FIELD_NUMBER: _ClassVar[int]
    NOTIFY_PRUNING_POINT_UTXO_SET_OVERRIDE_FIELD_NUMBER: _ClassVar[int]
    NOTIFY_VIRTUAL_DAA_SCORE_CHANGED_FIELD_NUMBER: _ClassVar[int]
    GET_BALANCES_BY_ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    GET_MEMPOOL_ENTRIES_BY_ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    PING_FIELD_NUMBER: _ClassVar[int]
    GET_SERVER_INFO_FIELD_NUMBER: _ClassVar[int]
    GET_SYNC_STATUS_FIELD_NUMBER: _ClassVar[int]
    GET_DAA_SCORE_TIMESTAMP_ESTIMATE_FIELD_NUMBER: _ClassVar[int]
    GET_UTXO_RETURN_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    GET_VIRTUAL_CHAIN_FROM_BLOCK_V2_FIELD_NUMBER: _ClassVar[int]
    id: int
    submit_block: SubmitBlockRequest
    get_block_template: GetBlockTemplateRequest
    get_sink: Nothing
    submit_transaction: SubmitTransactionRequest
    notify_virtual_chain_changed: NotifyVirtualChainChangedRequest
    get_block: GetBlockRequest
    get_virtual_chain_from_block: GetVirtualChainFromBlockRequest
    get_block_dag_info: Nothing
    notify_utxos_changed: NotifyUtxosChangedRequest
    get_utxos_by_addresses: AddressesRequest
    get_sink_blue_score: Nothing
    notify_sink_blue_score_changed: NotifyRequest
    get_info: Nothing
    notify_pruning_point_utxo_set_override: NotifyRequest
    notify_virtual_daa_score_changed: NotifyRequest
    get_balances_by_addresses: AddressesRequest
    get_mempool_entries_by_addresses: GetMempoolEntriesByAddressesRequest
    ping: Nothing
    get_server_info: Nothing
    get_sync_status: Nothing
    get_daa_score_timestamp_estimate: GetDaaScoreTimestampEstimateRequest
    get_utxo_return_address: GetUtxoReturnAddressRequest
    get_virtual_chain_from_block_v2: GetVirtualChainFromBlockV2Request
    def __init__(self, id: _Optional[int] = ..., submit_block: _Optional[_Union[SubmitBlockRequest, _Mapping]] = ..., get_block_template: _Optional[_Union[GetBlockTemplateRequest, _Mapping]] = ..., get_sink: _Optional[_Union[Nothing, _Mapping]] = ..., submit_transaction: _Optional[_Union[SubmitTransactionRequest, _Mapping]] = ..., notify_virtual_chain_changed: _Optional[_Union[NotifyVirtualChainChangedRequest, _Mapping]] = ..., get_block: _Optional[_Union[GetBlockRequest, _Mapping]] = ..., get_virtual_chain_from_block: _Optional[_Union[GetVirtualChainFromBlockRequest, _Mapping]] = ..., get_block_dag_info: _Optional[_Union[Nothing, _Mapping]] = ..., notify_utxos_changed: _Optional[_Union[NotifyUtxosChangedRequest, _Mapping]] = ..., get_utxos_by_addresses: _Optional[_Union[AddressesRequest, _Mapping]] = ..., get_sink_blue_score: _Optional[_Union[Nothing, _Mapping]] = ..., notify_sink_blue_score_changed: _Optional[_Union[NotifyRequest, _Mapping]] = ..., get_info: _Optional[_Union[Nothing, _Mapping]] = ..., notify_pruning_point_utxo_set_override: _Optional[_Union[NotifyRequest, _Mapping]] = ..., notify_virtual_daa_score_changed: _Optional[_Union[NotifyRequest, _Mapping]] = ..., get_balances_by_addresses: _Optional[_Union[AddressesRequest, _Mapping]] = ..., get_mempool_entries_by_addresses: _Optional[_Union[GetMempoolEntriesByAddressesRequest, _Mapping]] = ..., ping: _Optional[_Union[Nothing, _Mapping]] = ..., get_server_info: _Optional[_Union[Nothing, _Mapping]] = ..., get_sync_status: _Optional[_Union[Nothing, _Mapping]] = ..., get_daa_score_timestamp_estimate: _Optional[_Union[GetDaaScoreTimestampEstimateRequest, _Mapping]] = ..., get_utxo_return_address: _Optional[_Union[GetUtxoReturnAddressRequest, _Mapping]] = ..., get_virtual_chain_from_block_v2: _Optional[_Union[GetVirtualChainFromBlockV2Request, _Mapping]] = ...) -> None: ...

class Response(_message.Message):
    __slots__ = ("id", "submit_block", "get_block_template", "get_sink", "submit_transaction", "notify_virtual_chain_changed", "virtual_chain_changed", "get_block", "get_virtual_chain_from_block", "get_block_dag_info", "notify_utxos_changed", "utxos_changed", "get_utxos_by_addresses", "get_sink_blue_score", "notify_sink_blue_score_changed", "sink_blue_score_changed", "get_info", "notify_pruning_point_utxo_set_override", "pruning_point_utxo_set_override", "notify_virtual_daa_score_changed", "virtual_daa_score_changed", "get_balances_by_addresses", "get_mempool_entries_by_addresses", "ping", "get_server_info", "get_sync_status", "get_daa_score_timestamp_estimate", "get_utxo_return_address", "get_virtual_chain_from_block_v2")
    ID_FIELD_NUMBER: _ClassVar[int]
    SUBMIT_BLOCK_FIELD_NUMBER: _ClassVar[int]
    GET_BLOCK_TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    GET_SINK_FIELD_NUMBER: _ClassVar[int]
    SUBMIT_TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    NOTIFY_VIRTUAL_CHAIN_CHANGED_FIELD_NUMBER: _ClassVar[int]
    VIRTUAL_CHAIN_CHANGED_FIELD_NUMBER: _ClassVar[int]
    GET_BLOCK_FIELD_NUMBER: _ClassVar[int]
    GET_VIRTUAL_CHAIN_FROM_BLOCK_FIELD_NUMBER: _ClassVar[int]
    GET_BLOCK_DAG_INFO_FIELD_NUMBER: _ClassVar[int]
    NOTIFY_UTXOS_CHANGED_FIELD_NUMBER: _ClassVar[int]
    UTXOS_CHANGED_FIELD_NUMBER: _ClassVar[int]
    GET_UTXOS_BY_ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    GET_SINK_BLUE_SCORE_FIELD_NUMBER: _ClassVar[int]
    NOTIFY_SINK_BLUE_SCORE_CHANGED_FIELD_NUMBER: _ClassVar[int]
    SINK_BLUE_SCORE_CHANGED_FIELD_NUMBER: _ClassVar[int]
    GET_INFO_FIELD_NUMBER: _ClassVar[int]
    NOTIFY_PRUNING_POINT_UTXO_SET_OVERRIDE_FIELD_NUMBER: _ClassVar[int]
    PRUNING_POINT_UTXO_SET_OVERRIDE_FIELD_NUMBER: _ClassVar[int]
    NOTIFY_VIRTUAL_DAA_SCORE_CHANGED_FIELD_NUMBER: _ClassVar[int]
    VIRTUAL_DAA_SCORE_CHANGED_FIELD_NUMBER: _ClassVar[int]
    GET_BALANCES_BY_ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    GET_MEMPOOL_ENTRIES_BY_ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    PING_FIELD_NUMBER: _ClassVar[int]
    GET_SERVER_INFO_FIELD_NUMBER: _ClassVar[int]
    GET_SYNC_STATUS_FIELD_NUMBER: _ClassVar[int]
    GET_DAA_SCORE_TIMESTAMP_ESTIMATE_FIELD_NUMBER: _ClassVar[int]
    GET_UTXO_RETURN_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    GET_VIRTUAL_CHAIN_FROM_BLOCK_V2_FIELD_NUMBER: _ClassVar[int]
    id: int
    submit_block: SubmitBlockResponse
    get_block_template: GetBlockTemplateResponse
    get_sink: GetSinkResponse
    submit_transaction: SubmitTransactionResponse
    notify_virtual_chain_changed: Done
    virtual_chain_changed: VirtualChainChanged
    get_block: GetBlockResponse
    get_virtual_chain_from_block: GetVirtualChainFromBlockResponse
    get_block_dag_info: GetBlockDagInfoResponse
    notify_utxos_changed: Done
    utxos_changed: UtxosChanged
    get_utxos_by_addresses: GetUtxosByAddressesResponse
    get_sink_blue_score: GetSinkBlueScoreResponse
    notify_sink_blue_score_changed: Done
    sink_blue_score_changed: SinkBlueScoreChanged
    get_info: GetInfoResponse
    notify_pruning_point_utxo_set_override: Done
    pruning_point_utxo_set_override: Nothing
    notify_virtual_daa_score_changed: Done
    virtual_daa_score_changed: VirtualDaaScoreChanged
    get_balances_by_addresses: GetBalancesByAddressesResponse
    get_mempool_entries_by_addresses: GetMempoolEntriesByAddressesResponse
    ping: Done
    get_server_info: GetServerInfoResponse
    get_sync_status: GetSyncStatusResponse
    get_daa_score_timestamp_estimate: GetDaaScoreTimestampEstimateResponse
    get_utxo_return_address: GetUtxoReturnAddressResponse
    get_virtual_chain_from_block_v2: GetVirtualChainFromBlockV2Response
    def __init__(self, id: _Optional[int] = ..., submit_block: _Optional[_Union[SubmitBlockResponse, _Mapping]] = ..., get_block_template: _Optional[_Union[GetBlockTemplateResponse, _Mapping]] = ..., get_sink: _Optional[_Union[GetSinkResponse, _Mapping]] = ..., submit_transaction: _Optional[_Union[SubmitTransactionResponse, _Mapping]] = ..., notify_virtual_chain_changed: _Optional[_Union[Done, _Mapping]] = ..., virtual_chain_changed: _Optional[_Union[VirtualChainChanged, _Mapping]] = ..., get_block: _Optional[_Union[GetBlockResponse, _Mapping]] = ..., get_virtual_chain_from_block: _Optional[_Union[GetVirtualChainFromBlockResponse, _Mapping]] = ..., get_block_dag_info: _Optional[_Union[GetBlockDagInfoResponse, _Mapping]] = ..., notify_utxos_changed: _Optional[_Union[Done, _Mapping]] = ..., utxos_changed: _Optional[_Union[UtxosChanged, _Mapping]] = ..., get_utxos_by_addresses: _Optional[_Union[GetUtxosByAddressesResponse, _Mapping]] = ..., get_sink_blue_score: _Optional[_Union[GetSinkBlueScoreResponse, _Mapping]] = ..., notify_sink_blue_score_changed: _Optional[_Union[Done, _Mapping]] = ..., sink_blue_score_changed: _Optional[_Union[SinkBlueScoreChanged, _Mapping]] = ..., get_info: _Optional[_Union[GetInfoResponse, _Mapping]] = ..., notify_pruning_point_utxo_set_override: _Optional[_Union[Done, _Mapping]] = ..., pruning_point_utxo_set_override: _Optional[_Union[Nothing, _Mapping]] = ..., notify_virtual_daa_score_changed: _Optional[_Union[Done, _Mapping]] = ..., virtual_daa_score_changed: _Optional[_Union[VirtualDaaScoreChanged, _Mapping]] = ..., get_balances_by_addresses: _Optional[_Union[GetBalancesByAddressesResponse, _Mapping]] = ..., get_mempool_entries_by_addresses: _Optional[_Union[GetMempoolEntriesByAddressesResponse, _Mapping]] = ..., ping: _Optional[_Union[Done, _Mapping]] = ..., get_server_info: _Optional[_Union[GetServerInfoResponse, _Mapping]] = ..., get_sync_status: _Optional[_Union[GetSyncStatusResponse, _Mapping]] = ..., get_daa_score_timestamp_estimate: _Optional[_Union[GetDaaScoreTimestampEstimateResponse, _Mapping]] = ..., get_utxo_return_address: _Optional[_Union[GetUtxoReturnAddressResponse, _Mapping]] = ..., get_virtual_chain_from_block_v2: _Optional[_Union[GetVirtualChainFromBlockV2Response, _Mapping]] = ...) -> None: ...

class Nothing(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Refusal(_message.Message):
    __slots__ = ("message",)
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    message: str
    def __init__(self, message: _Optional[str] = ...) -> None: ...

class Done(_message.Message):
    __slots__ = ("error",)
    ERROR_FIELD_NUMBER: _ClassVar[int]
    error: Refusal
    def __init__(self, error: _Optional[_Union[Refusal, _Mapping]] = ...) -> None: ...

class AddressesRequest(_message.Message):
    __slots__ = ("addresses",)
    ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    addresses: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, addresses: _Optional[_Iterable[str]] = ...) -> None: ...

class NotifyRequest(_message.Message):
    __slots__ = ("command",)
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    command: Command
    def __init__(self, command: _Optional[_Union[Command, str]] = ...) -> None: ...

class Outpoint(_message.Message):
    __slots__ = ("transaction_id", "index")
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    transaction_id: str
    index: int
    def __init__(self, transaction_id: _Optional[str] = ..., index: _Optional[int] = ...) -> None: ...

class Script(_message.Message):
    __slots__ = ("version", "script_public_key")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    SCRIPT_PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    version: int
    script_public_key: str
    def __init__(self, version: _Optional[int] = ..., script_public_key: _Optional[str] = ...) -> None: ...

class ScriptVerbose(_message.Message):
    __slots__ = ("script_public_key_type", "script_public_key_address")
    SCRIPT_PUBLIC_KEY_TYPE_FIELD_NUMBER: _ClassVar[int]
    SCRIPT_PUBLIC_KEY_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    script_public_key_type: str
    script_public_key_address: str
    def __init__(self, script_public_key_type: _Optional[str] = ..., script_public_key_address: _Optional[str] = ...) -> None: ...

class CovenantBinding(_message.Message):
    __slots__ = ("authorizing_input", "covenant_id")
    AUTHORIZING_INPUT_FIELD_NUMBER: _ClassVar[int]
    COVENANT_ID_FIELD_NUMBER: _ClassVar[int]
    authorizing_input: int
    covenant_id: str
    def __init__(self, authorizing_input: _Optional[int] = ..., covenant_id: _Optional[str] = ...) -> None: ...

class UtxoEntry(_message.Message):
    __slots__ = ("amount", "script_public_key", "block_daa_score", "is_coinbase", "covenant_id")
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    SCRIPT_PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    BLOCK_DAA_SCORE_FIELD_NUMBER: _ClassVar[int]
    IS_COINBASE_FIELD_NUMBER: _ClassVar[int]
    COVENANT_ID_FIELD_NUMBER: _ClassVar[int]
    amount: int
    script_public_key: Script
    block_daa_score: int
    is_coinbase: bool
    covenant_id: str
    def __init__(self, amount: _Optional[int] = ..., script_public_key: _Optional[_Union[Script, _Mapping]] = ..., block_daa_score: _Optional[int] = ..., is_coinbase: _Optional[bool] = ..., covenant_id: _Optional[str] = ...) -> None: ...

class Utxo(_message.Message):
    __slots__ = ("address", "outpoint", "utxo_entry")
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    OUTPOINT_FIELD_NUMBER: _ClassVar[int]
    UTXO_ENTRY_FIELD_NUMBER: _ClassVar[int]
    address: str
    outpoint: Outpoint
    utxo_entry: UtxoEntry
    def __init__(self, address: _Optional[str] = ..., outpoint: _Optional[_Union[Outpoint, _Mapping]] = ..., utxo_entry: _Optional[_Union[UtxoEntry, _Mapping]] = ...) -> None: ...

class GetUtxosByAddressesResponse(_message.Message):
    __slots__ = ("entries", "error")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[Utxo]
    error: Refusal
    def __init__(self, entries: _Optional[_Iterable[_Union[Utxo, _Mapping]]] = ..., error: _Optional[_Union[Refusal, _Mapping]] = ...) -> None: ...

class Balance(_message.Message):
    __slots__ = ("address", "balance")
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    BALANCE_FIELD_NUMBER: _ClassVar[int]
    address: str
    balance: int
    def __init__(self, address: _Optional[str] = ..., balance: _Optional[int] = ...) -> None: ...

class GetBalancesByAddressesResponse(_message.Message):
    __slots__ = ("entries", "error")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[Balance]
    error: Refusal
    def __init__(self, entries: _Optional[_Iterable[_Union[Balance, _Mapping]]] = ..., error: _Optional[_Union[Refusal, _Mapping]] = ...) -> None: ...

class NotifyUtxosChangedRequest(_message.Message):
    __slots__ = ("addresses", "command")
    ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    addresses: _containers.RepeatedScalarFieldContainer[str]
    command: Command
    def __init__(self, addresses: _Optional[_Iterable[str]] = ..., command: _Optional[_Union[Command, str]] = ...) -> None: ...

class UtxosChanged(_message.Message):
    __slots__ = ("added", "removed")
    ADDED_FIELD_NUMBER: _ClassVar[int]
    REMOVED_FIELD_NUMBER: _ClassVar[int]
    added: _containers.RepeatedCompositeFieldContainer[Utxo]
    removed: _containers.RepeatedCompositeFieldContainer[Utxo]
    def __init__(self, added: _Optional[_Iterable[_Union[Utxo, _Mapping]]] = ..., removed: _Optional[_Iterable[_Union[Utxo, _Mapping]]] = ...) -> None: ...

class GetUtxoReturnAddressRequest(_message.Message):
    __slots__ = ("txid", "accepting_block_daa_score")
    TXID_FIELD_NUMBER: _ClassVar[int]
    ACCEPTING_BLOCK_DAA_SCORE_FIELD_NUMBER: _ClassVar[int]
    txid: str
    accepting_block_daa_score: int
    def __init__(self, txid: _Optional[str] = ..., accepting_block_daa_score: _Optional[int] = ...) -> None: ...

class GetUtxoReturnAddressResponse(_message.Message):
    __slots__ = ("return_address", "error")
    RETURN_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    return_address: str
    error: Refusal
    def __init__(self, return_address: _Optional[str] = ..., error: _Optional[_Union[Refusal, _Mapping]] = ...) -> None: ...

class GetServerInfoResponse(_message.Message):
    __slots__ = ("rpc_api_version", "rpc_api_revision", "server_version", "network_id", "has_utxo_index", "is_synced", "virtual_daa_score", "error")
    RPC_API_VERSION_FIELD_NUMBER: _ClassVar[int]
    RPC_API_REVISION_FIELD_NUMBER: _ClassVar[int]
    SERVER_VERSION_FIELD_NUMBER: _ClassVar[int]
    NETWORK_ID_FIELD_NUMBER: _ClassVar[int]
    HAS_UTXO_INDEX_FIELD_NUMBER: _ClassVar[int]
    IS_SYNCED_FIELD_NUMBER: _ClassVar[int]
    VIRTUAL_DAA_SCORE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    rpc_api_version: int
    rpc_api_revision: int
    server_version: str
    network_id: str
    has_utxo_index: bool
    is_synced: bool
    virtual_daa_score: int
    error: Refusal
    def __init__(self, rpc_api_version: _Optional[int] = ..., rpc_api_revision: _Optional[int] = ..., server_version: _Optional[str] = ..., network_id: _Optional[str] = ..., has_utxo_index: _Optional[bool] = ..., is_synced: _Optional[bool] = ..., virtual_daa_score: _Optional[int] = ..., error: _Optional[_Union[Refusal, _Mapping]] = ...) -> None: ...

class GetSyncStatusResponse(_message.Message):
    __slots__ = ("is_synced", "error")
    IS_SYNCED_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    is_synced: bool
    error: Refusal
    def __init__(self, is_synced: _Optional[bool] = ..., error: _Optional[_Union[Refusal, _Mapping]] = ...) -> None: ...

class GetInfoResponse(_message.Message):
    __slots__ = ("p2p_id", "mempool_size", "server_version", "is_utxo_indexed", "is_synced", "has_notify_command", "has_message_id", "error")
    P2P_ID_FIELD_NUMBER: _ClassVar[int]
    MEMPOOL_SIZE_FIELD_NUMBER: _ClassVar[int]
    SERVER_VERSION_FIELD_NUMBER: _ClassVar[int]
    IS_UTXO_INDEXED_FIELD_NUMBER: _ClassVar[int]
    IS_SYNCED_FIELD_NUMBER: _ClassVar[int]
    HAS_NOTIFY_COMMAND_FIELD_NUMBER: _ClassVar[int]
    HAS_MESSAGE_ID_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    p2p_id: str
    mempool_size: int
    server_version: str
    is_utxo_indexed: bool
    is_synced: bool
    has_notify_command: bool
    has_message_id: bool
    error: Refusal
    def __init__(self, p2p_id: _Optional[str] = ..., mempool_size: _Optional[int] = ..., server_version: _Optional[str] = ..., is_utxo_indexed: _Optional[bool] = ..., is_synced: _Optional[bool] = ..., has_notify_command: _Optional[bool] = ..., has_message_id: _Optional[bool] = ..., error: _Optional[_Union[Refusal, _Mapping]] = ...) -> None: ...

class GetBlockDagInfoResponse(_message.Message):
    __slots__ = ("network_name", "block_count", "header_count", "tip_hashes", "difficulty", "past_median_time", "virtual_parent_hashes", "pruning_point_hash", "virtual_daa_score", "sink", "error")
    NETWORK_NAME_FIELD_NUMBER: _ClassVar[int]
    BLOCK_COUNT_FIELD_NUMBER: _ClassVar[int]
    HEADER_COUNT_FIELD_NUMBER: _ClassVar[int]
    TIP_HASHES_FIELD_NUMBER: _ClassVar[int]
    DIFFICULTY_FIELD_NUMBER: _ClassVar[int]
    PAST_MEDIAN_TIME_FIELD_NUMBER: _ClassVar[int]
    VIRTUAL_PARENT_HASHES_FIELD_NUMBER: _ClassVar[int]
    PRUNING_POINT_HASH_FIELD_NUMBER: _ClassVar[int]
    VIRTUAL_DAA_SCORE_FIELD_NUMBER: _ClassVar[int]
    SINK_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    network_name: str
    block_count: int
    header_count: int
    tip_hashes: _containers.RepeatedScalarFieldContainer[str]
    difficulty: float
    past_median_time: int
    virtual_parent_hashes: _containers.RepeatedScalarFieldContainer[str]
    pruning_point_hash: str
    virtual_daa_score: int
    sink: str
    error: Refusal
    def __init__(self, network_name: _Optional[str] = ..., block_count: _Optional[int] = ..., header_count: _Optional[int] = ..., tip_hashes: _Optional[_Iterable[str]] = ..., difficulty: _Optional[float] = ..., past_median_time: _Optional[int] = ..., virtual_parent_hashes: _Optional[_Iterable[str]] = ..., pruning_point_hash: _Optional[str] = ..., virtual_daa_score: _Optional[int] = ..., sink: _Optional[str] = ..., error: _Optional[_Union[Refusal, _Mapping]] = ...) -> None: ...

class GetSinkResponse(_message.Message):
    __slots__ = ("sink", "error")
    SINK_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    sink: str
    error: Refusal
    def __init__(self, sink: _Optional[str] = ..., error: _Optional[_Union[Refusal, _Mapping]] = ...) -> None: ...

class GetSinkBlueScoreResponse(_message.Message):
    __slots__ = ("blue_score", "error")
    BLUE_SCORE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    blue_score: int
    error: Refusal
    def __init__(self, blue_score: _Optional[int] = ..., error: _Optional[_Union[Refusal, _Mapping]] = ...) -> None: ...

class SinkBlueScoreChanged(_message.Message):
    __slots__ = ("sink_blue_score",)
    SINK_BLUE_SCORE_FIELD_NUMBER: _ClassVar[int]
    sink_blue_score: int
    def __init__(self, sink_blue_score: _Optional[int] = ...) -> None: ...

class VirtualDaaScoreChanged(_message.Message):
    __slots__ = ("virtual_daa_score",)
    VIRTUAL_DAA_SCORE_FIELD_NUMBER: _ClassVar[int]
    virtual_daa_score: int
    def __init__(self, virtual_daa_score: _Optional[int] = ...) -> None: ...

class GetDaaScoreTimestampEstimateRequest(_message.Message):
    __slots__ = ("daa_scores",)
    DAA_SCORES_FIELD_NUMBER: _ClassVar[int]
    daa_scores: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, daa_scores: _Optional[_Iterable[int]] = ...) -> None: ...

class GetDaaScoreTimestampEstimateResponse(_message.Message):
    __slots__ = ("timestamps", "error")
    TIMESTAMPS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    timestamps: _containers.RepeatedScalarFieldContainer[int]
    error: Refusal
    def __init__(self, timestamps: _Optional[_Iterable[int]] = ..., error: _Optional[_Union[Refusal, _Mapping]] = ...) -> None: ...

class NotifyVirtualChainChangedRequest(_message.Message):
    __slots__ = ("include_accepted_transaction_ids", "command")
    INCLUDE_ACCEPTED_TRANSACTION_IDS_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    include_accepted_transaction_ids: bool
    command: Command
    def __init__(self, include_accepted_transaction_ids: _Optional[bool] = ..., command: _Optional[_Union[Command, str]] = ...) -> None: ...

class GetVirtualChainFromBlockRequest(_message.Message):
    __slots__ = ("start_hash", "include_accepted_transaction_ids", "min_confirmation_count")
    START_HASH_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_ACCEPTED_TRANSACTION_IDS_FIELD_NUMBER: _ClassVar[int]
    MIN_CONFIRMATION_COUNT_FIELD_NUMBER: _ClassVar[int]
    start_hash: str
    include_accepted_transaction_ids: bool
    min_confirmation_count: int
    def __init__(self, start_hash: _Optional[str] = ..., include_accepted_transaction_ids: _Optional[bool] = ..., min_confirmation_count: _Optional[int] = ...) -> None: ...

class AcceptedIds(_message.Message):
    __slots__ = ("accepting_block_hash", "accepted_transaction_ids")
    ACCEPTING_BLOCK_HASH_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_TRANSACTION_IDS_FIELD_NUMBER: _ClassVar[int]
    accepting_block_hash: str
    accepted_transaction_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, accepting_block_hash: _Optional[str] = ..., accepted_transaction_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class GetVirtualChainFromBlockResponse(_message.Message):
    __slots__ = ("removed_chain_block_hashes", "accepted_transaction_ids", "added_chain_block_hashes", "error")
    REMOVED_CHAIN_BLOCK_HASHES_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_TRANSACTION_IDS_FIELD_NUMBER: _ClassVar[int]
    ADDED_CHAIN_BLOCK_HASHES_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    removed_chain_block_hashes: _containers.RepeatedScalarFieldContainer[str]
    accepted_transaction_ids: _containers.RepeatedCompositeFieldContainer[AcceptedIds]
    added_chain_block_hashes: _containers.RepeatedScalarFieldContainer[str]
    error: Refusal
    def __init__(self, removed_chain_block_hashes: _Optional[_Iterable[str]] = ..., accepted_transaction_ids: _Optional[_Iterable[_Union[AcceptedIds, _Mapping]]] = ..., added_chain_block_hashes: _Optional[_Iterable[str]] = ..., error: _Optional[_Union[Refusal, _Mapping]] = ...) -> None: ...

class VirtualChainChanged(_message.Message):
    __slots__ = ("removed_chain_block_hashes", "accepted_transaction_ids", "added_chain_block_hashes")
    REMOVED_CHAIN_BLOCK_HASHES_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_TRANSACTION_IDS_FIELD_NUMBER: _ClassVar[int]
    ADDED_CHAIN_BLOCK_HASHES_FIELD_NUMBER: _ClassVar[int]
    removed_chain_block_hashes: _containers.RepeatedScalarFieldContainer[str]
    accepted_transaction_ids: _containers.RepeatedCompositeFieldContainer[AcceptedIds]
    added_chain_block_hashes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, removed_chain_block_hashes: _Optional[_Iterable[str]] = ..., accepted_transaction_ids: _Optional[_Iterable[_Union[AcceptedIds, _Mapping]]] = ..., added_chain_block_hashes: _Optional[_Iterable[str]] = ...) -> None: ...

class GetVirtualChainFromBlockV2Request(_message.Message):
    __slots__ = ("start_hash", "data_verbosity_level", "min_confirmation_count")
    START_HASH_FIELD_NUMBER: _ClassVar[int]
    DATA_VERBOSITY_LEVEL_FIELD_NUMBER: _ClassVar[int]
    MIN_CONFIRMATION_COUNT_FIELD_NUMBER: _ClassVar[int]
    start_hash: str
    data_verbosity_level: Verbosity
    min_confirmation_count: int
    def __init__(self, start_hash: _Optional[str] = ..., data_verbosity_level: _Optional[_Union[Verbosity, str]] = ..., min_confirmation_count: _Optional[int] = ...) -> None: ...

class PartialHeader(_message.Message):
    __slots__ = ("hash", "timestamp", "daa_score", "blue_score")
    HASH_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    DAA_SCORE_FIELD_NUMBER: _ClassVar[int]
    BLUE_SCORE_FIELD_NUMBER: _ClassVar[int]
    hash: str
    timestamp: int
    daa_score: int
    blue_score: int
    def __init__(self, hash: _Optional[str] = ..., timestamp: _Optional[int] = ..., daa_score: _Optional[int] = ..., blue_score: _Optional[int] = ...) -> None: ...

class PartialScriptVerbose(_message.Message):
    __slots__ = ("script_public_key_type", "script_public_key_address")
    SCRIPT_PUBLIC_KEY_TYPE_FIELD_NUMBER: _ClassVar[int]
    SCRIPT_PUBLIC_KEY_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    script_public_key_type: str
    script_public_key_address: str
    def __init__(self, script_public_key_type: _Optional[str] = ..., script_public_key_address: _Optional[str] = ...) -> None: ...

class MaybeCovenant(_message.Message):
    __slots__ = ("covenant",)
    COVENANT_FIELD_NUMBER: _ClassVar[int]
    covenant: CovenantBinding
    def __init__(self, covenant: _Optional[_Union[CovenantBinding, _Mapping]] = ...) -> None: ...

class PartialOutput(_message.Message):
    __slots__ = ("value", "script_public_key", "verbose_data", "covenant")
    VALUE_FIELD_NUMBER: _ClassVar[int]
    SCRIPT_PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    VERBOSE_DATA_FIELD_NUMBER: _ClassVar[int]
    COVENANT_FIELD_NUMBER: _ClassVar[int]
    value: int
    script_public_key: Script
    verbose_data: PartialScriptVerbose
    covenant: MaybeCovenant
    def __init__(self, value: _Optional[int] = ..., script_public_key: _Optional[_Union[Script, _Mapping]] = ..., verbose_data: _Optional[_Union[PartialScriptVerbose, _Mapping]] = ..., covenant: _Optional[_Union[MaybeCovenant, _Mapping]] = ...) -> None: ...

class PartialTransactionVerbose(_message.Message):
    __slots__ = ("transaction_id", "block_hash", "block_time")
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    BLOCK_HASH_FIELD_NUMBER: _ClassVar[int]
    BLOCK_TIME_FIELD_NUMBER: _ClassVar[int]
    transaction_id: str
    block_hash: str
    block_time: int
    def __init__(self, transaction_id: _Optional[str] = ..., block_hash: _Optional[str] = ..., block_time: _Optional[int] = ...) -> None: ...

class PartialTransaction(_message.Message):
    __slots__ = ("outputs", "subnetwork_id", "verbose_data")
    OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    SUBNETWORK_ID_FIELD_NUMBER: _ClassVar[int]
    VERBOSE_DATA_FIELD_NUMBER: _ClassVar[int]
    outputs: _containers.RepeatedCompositeFieldContainer[PartialOutput]
    subnetwork_id: str
    verbose_data: PartialTransactionVerbose
    def __init__(self, outputs: _Optional[_Iterable[_Union[PartialOutput, _Mapping]]] = ..., subnetwork_id: _Optional[str] = ..., verbose_data: _Optional[_Union[PartialTransactionVerbose, _Mapping]] = ...) -> None: ...

class AcceptingBlock(_message.Message):
    __slots__ = ("chain_block_header", "accepted_transactions")
    CHAIN_BLOCK_HEADER_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_TRANSACTIONS_FIELD_NUMBER: _ClassVar[int]
    chain_block_header: PartialHeader
    accepted_transactions: _containers.RepeatedCompositeFieldContainer[PartialTransaction]
    def __init__(self, chain_block_header: _Optional[_Union[PartialHeader, _Mapping]] = ..., accepted_transactions: _Optional[_Iterable[_Union[PartialTransaction, _Mapping]]] = ...) -> None: ...

class GetVirtualChainFromBlockV2Response(_message.Message):
    __slots__ = ("removed_chain_block_hashes", "added_chain_block_hashes", "chain_block_accepted_transactions", "error")
    REMOVED_CHAIN_BLOCK_HASHES_FIELD_NUMBER: _ClassVar[int]
    ADDED_CHAIN_BLOCK_HASHES_FIELD_NUMBER: _ClassVar[int]
    CHAIN_BLOCK_ACCEPTED_TRANSACTIONS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    removed_chain_block_hashes: _containers.RepeatedScalarFieldContainer[str]
    added_chain_block_hashes: _containers.RepeatedScalarFieldContainer[str]
    chain_block_accepted_transactions: _containers.RepeatedCompositeFieldContainer[AcceptingBlock]
    error: Refusal
    def __init__(self, removed_chain_block_hashes: _Optional[_Iterable[str]] = ..., added_chain_block_hashes: _Optional[_Iterable[str]] = ..., chain_block_accepted_transactions: _Optional[_Iterable[_Union[AcceptingBlock, _Mapping]]] = ..., error: _Optional[_Union[Refusal, _Mapping]] = ...) -> None: ...

class ParentsOfLevel(_message.Message):
    __slots__ = ("parent_hashes",)
    PARENT_HASHES_FIELD_NUMBER: _ClassVar[int]
    parent_hashes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, parent_hashes: _Optional[_Iterable[str]] = ...) -> None: ...

class Header(_message.Message):
    __slots__ = ("version", "hash_merkle_root", "accepted_id_merkle_root", "utxo_commitment", "timestamp", "bits", "nonce", "daa_score", "blue_work", "parents", "blue_score", "pruning_point", "hash")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    HASH_MERKLE_ROOT_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_ID_MERKLE_ROOT_FIELD_NUMBER: _ClassVar[int]
    UTXO_COMMITMENT_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    BITS_FIELD_NUMBER: _ClassVar[int]
    NONCE_FIELD_NUMBER: _ClassVar[int]
    DAA_SCORE_FIELD_NUMBER: _ClassVar[int]
    BLUE_WORK_FIELD_NUMBER: _ClassVar[int]
    PARENTS_FIELD_NUMBER: _ClassVar[int]
    BLUE_SCORE_FIELD_NUMBER: _ClassVar[int]
    PRUNING_POINT_FIELD_NUMBER: _ClassVar[int]
    HASH_FIELD_NUMBER: _ClassVar[int]
    version: int
    hash_merkle_root: str
    accepted_id_merkle_root: str
    utxo_commitment: str
    timestamp: int
    bits: int
    nonce: int
    daa_score: int
    blue_work: str
    parents: _containers.RepeatedCompositeFieldContainer[ParentsOfLevel]
    blue_score: int
    pruning_point: str
    hash: str
    def __init__(self, version: _Optional[int] = ..., hash_merkle_root: _Optional[str] = ..., accepted_id_merkle_root: _Optional[str] = ..., utxo_commitment: _Optional[str] = ..., timestamp: _Optional[int] = ..., bits: _Optional[int] = ..., nonce: _Optional[int] = ..., daa_score: _Optional[int] = ..., blue_work: _Optional[str] = ..., parents: _Optional[_Iterable[_Union[ParentsOfLevel, _Mapping]]] = ..., blue_score: _Optional[int] = ..., pruning_point: _Optional[str] = ..., hash: _Optional[str] = ...) -> None: ...

class Input(_message.Message):
    __slots__ = ("previous_outpoint", "signature_script", "sequence", "sig_op_count", "compute_budget")
    PREVIOUS_OUTPOINT_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_SCRIPT_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    SIG_OP_COUNT_FIELD_NUMBER: _ClassVar[int]
    COMPUTE_BUDGET_FIELD_NUMBER: _ClassVar[int]
    previous_outpoint: Outpoint
    signature_script: str
    sequence: int
    sig_op_count: int
    compute_budget: int
    def __init__(self, previous_outpoint: _Optional[_Union[Outpoint, _Mapping]] = ..., signature_script: _Optional[str] = ..., sequence: _Optional[int] = ..., sig_op_count: _Optional[int] = ..., compute_budget: _Optional[int] = ...) -> None: ...

class Output(_message.Message):
    __slots__ = ("amount", "script_public_key", "verbose_data", "covenant")
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    SCRIPT_PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    VERBOSE_DATA_FIELD_NUMBER: _ClassVar[int]
    COVENANT_FIELD_NUMBER: _ClassVar[int]
    amount: int
    script_public_key: Script
    verbose_data: ScriptVerbose
    covenant: CovenantBinding
    def __init__(self, amount: _Optional[int] = ..., script_public_key: _Optional[_Union[Script, _Mapping]] = ..., verbose_data: _Optional[_Union[ScriptVerbose, _Mapping]] = ..., covenant: _Optional[_Union[CovenantBinding, _Mapping]] = ...) -> None: ...

class TransactionVerbose(_message.Message):
    __slots__ = ("transaction_id", "hash", "compute_mass", "block_hash", "block_time")
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    HASH_FIELD_NUMBER: _ClassVar[int]
    COMPUTE_MASS_FIELD_NUMBER: _ClassVar[int]
    BLOCK_HASH_FIELD_NUMBER: _ClassVar[int]
    BLOCK_TIME_FIELD_NUMBER: _ClassVar[int]
    transaction_id: str
    hash: str
    compute_mass: int
    block_hash: str
    block_time: int
    def __init__(self, transaction_id: _Optional[str] = ..., hash: _Optional[str] = ..., compute_mass: _Optional[int] = ..., block_hash: _Optional[str] = ..., block_time: _Optional[int] = ...) -> None: ...

class Transaction(_message.Message):
    __slots__ = ("version", "inputs", "outputs", "lock_time", "subnetwork_id", "gas", "payload", "verbose_data", "storage_mass")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    LOCK_TIME_FIELD_NUMBER: _ClassVar[int]
    SUBNETWORK_ID_FIELD_NUMBER: _ClassVar[int]
    GAS_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    VERBOSE_DATA_FIELD_NUMBER: _ClassVar[int]
    STORAGE_MASS_FIELD_NUMBER: _ClassVar[int]
    version: int
    inputs: _containers.RepeatedCompositeFieldContainer[Input]
    outputs: _containers.RepeatedCompositeFieldContainer[Output]
    lock_time: int
    subnetwork_id: str
    gas: int
    payload: str
    verbose_data: TransactionVerbose
    storage_mass: int
    def __init__(self, version: _Optional[int] = ..., inputs: _Optional[_Iterable[_Union[Input, _Mapping]]] = ..., outputs: _Optional[_Iterable[_Union[Output, _Mapping]]] = ..., lock_time: _Optional[int] = ..., subnetwork_id: _Optional[str] = ..., gas: _Optional[int] = ..., payload: _Optional[str] = ..., verbose_data: _Optional[_Union[TransactionVerbose, _Mapping]] = ..., storage_mass: _Optional[int] = ...) -> None: ...

class BlockVerbose(_message.Message):
    __slots__ = ("hash", "difficulty", "selected_parent_hash", "transaction_ids", "is_header_only", "blue_score", "children_hashes", "merge_set_blues_hashes", "merge_set_reds_hashes", "is_chain_block")
    HASH_FIELD_NUMBER: _ClassVar[int]
    DIFFICULTY_FIELD_NUMBER: _ClassVar[int]
    SELECTED_PARENT_HASH_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_IDS_FIELD_NUMBER: _ClassVar[int]
    IS_HEADER_ONLY_FIELD_NUMBER: _ClassVar[int]
    BLUE_SCORE_FIELD_NUMBER: _ClassVar[int]
    CHILDREN_HASHES_FIELD_NUMBER: _ClassVar[int]
    MERGE_SET_BLUES_HASHES_FIELD_NUMBER: _ClassVar[int]
    MERGE_SET_REDS_HASHES_FIELD_NUMBER: _ClassVar[int]
    IS_CHAIN_BLOCK_FIELD_NUMBER: _ClassVar[int]
    hash: str
    difficulty: float
    selected_parent_hash: str
    transaction_ids: _containers.RepeatedScalarFieldContainer[str]
    is_header_only: bool
    blue_score: int
    children_hashes: _containers.RepeatedScalarFieldContainer[str]
    merge_set_blues_hashes: _containers.RepeatedScalarFieldContainer[str]
    merge_set_reds_hashes: _containers.RepeatedScalarFieldContainer[str]
    is_chain_block: bool
    def __init__(self, hash: _Optional[str] = ..., difficulty: _Optional[float] = ..., selected_parent_hash: _Optional[str] = ..., transaction_ids: _Optional[_Iterable[str]] = ..., is_header_only: _Optional[bool] = ..., blue_score: _Optional[int] = ..., children_hashes: _Optional[_Iterable[str]] = ..., merge_set_blues_hashes: _Optional[_Iterable[str]] = ..., merge_set_reds_hashes: _Optional[_Iterable[str]] = ..., is_chain_block: _Optional[bool] = ...) -> None: ...

class Block(_message.Message):
    __slots__ = ("header", "transactions", "verbose_data")
    HEADER_FIELD_NUMBER: _ClassVar[int]
    TRANSACTIONS_FIELD_NUMBER: _ClassVar[int]
    VERBOSE_DATA_FIELD_NUMBER: _ClassVar[int]
    header: Header
    transactions: _containers.RepeatedCompositeFieldContainer[Transaction]
    verbose_data: BlockVerbose
    def __init__(self, header: _Optional[_Union[Header, _Mapping]] = ..., transactions: _Optional[_Iterable[_Union[Transaction, _Mapping]]] = ..., verbose_data: _Optional[_Union[BlockVerbose, _Mapping]] = ...) -> None: ...

class GetMempoolEntriesByAddressesRequest(_message.Message):
    __slots__ = ("addresses", "include_orphan_pool", "filter_transaction_pool")
    ADDRESSES_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_ORPHAN_POOL_FIELD_NUMBER: _ClassVar[int]
    FILTER_TRANSACTION_POOL_FIELD_NUMBER: _ClassVar[int]
    addresses: _containers.RepeatedScalarFieldContainer[str]
    include_orphan_pool: bool
    filter_transaction_pool: bool
    def __init__(self, addresses: _Optional[_Iterable[str]] = ..., include_orphan_pool: _Optional[bool] = ..., filter_transaction_pool: _Optional[bool] = ...) -> None: ...

class MempoolEntry(_message.Message):
    __slots__ = ("fee", "transaction", "is_orphan")
    FEE_FIELD_NUMBER: _ClassVar[int]
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    IS_ORPHAN_FIELD_NUMBER: _ClassVar[int]
    fee: int
    transaction: Transaction
    is_orphan: bool
    def __init__(self, fee: _Optional[int] = ..., transaction: _Optional[_Union[Transaction, _Mapping]] = ..., is_orphan: _Optional[bool] = ...) -> None: ...

class MempoolEntriesOfAddress(_message.Message):
    __slots__ = ("address", "sending", "receiving")
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    SENDING_FIELD_NUMBER: _ClassVar[int]
    RECEIVING_FIELD_NUMBER: _ClassVar[int]
    address: str
    sending: _containers.RepeatedCompositeFieldContainer[MempoolEntry]
    receiving: _containers.RepeatedCompositeFieldContainer[MempoolEntry]
    def __init__(self, address: _Optional[str] = ..., sending: _Optional[_Iterable[_Union[MempoolEntry, _Mapping]]] = ..., receiving: _Optional[_Iterable[_Union[MempoolEntry, _Mapping]]] = ...) -> None: ...

class GetMempoolEntriesByAddressesResponse(_message.Message):
    __slots__ = ("entries", "error")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[MempoolEntriesOfAddress]
    error: Refusal
    def __init__(self, entries: _Optional[_Iterable[_Union[MempoolEntriesOfAddress, _Mapping]]] = ..., error: _Optional[_Union[Refusal, _Mapping]] = ...) -> None: ...

class GetBlockRequest(_message.Message):
    __slots__ = ("hash", "include_transactions")
    HASH_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_TRANSACTIONS_FIELD_NUMBER: _ClassVar[int]
    hash: str
    include_transactions: bool
    def __init__(self, hash: _Optional[str] = ..., include_transactions: _Optional[bool] = ...) -> None: ...

class GetBlockResponse(_message.Message):
    __slots__ = ("block", "error")
    BLOCK_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    block: Block
    error: Refusal
    def __init__(self, block: _Optional[_Union[Block, _Mapping]] = ..., error: _Optional[_Union[Refusal, _Mapping]] = ...) -> None: ...

class GetBlockTemplateRequest(_message.Message):
    __slots__ = ("pay_address", "extra_data")
    PAY_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    EXTRA_DATA_FIELD_NUMBER: _ClassVar[int]
    pay_address: str
    extra_data: str
    def __init__(self, pay_address: _Optional[str] = ..., extra_data: _Optional[str] = ...) -> None: ...

class GetBlockTemplateResponse(_message.Message):
    __slots__ = ("is_synced", "block", "error")
    IS_SYNCED_FIELD_NUMBER: _ClassVar[int]
    BLOCK_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    is_synced: bool
    block: Block
    error: Refusal
    def __init__(self, is_synced: _Optional[bool] = ..., block: _Optional[_Union[Block, _Mapping]] = ..., error: _Optional[_Union[Refusal, _Mapping]] = ...) -> None: ...

class SubmitBlockRequest(_message.Message):
    __slots__ = ("block", "allow_non_daa_blocks")
    BLOCK_FIELD_NUMBER: _ClassVar[int]
    ALLOW_NON_DAA_BLOCKS_FIELD_NUMBER: _ClassVar[int]
    block: Block
    allow_non_daa_blocks: bool
    def __init__(self, block: _Optional[_Union[Block, _Mapping]] = ..., allow_non_daa_blocks: _Optional[bool] = ...) -> None: ...

class SubmitBlockResponse(_message.Message):
    __slots__ = ("reject_reason", "error")
    REJECT_REASON_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    reject_reason: RejectReason
    error: Refusal
    def __init__(self, reject_reason: _Optional[_Union[RejectReason, str]] = ..., error: _Optional[_Union[Refusal, _Mapping]] = ...) -> None: ...

class SubmitTransactionRequest(_message.Message):
    __slots__ = ("transaction", "allow_orphan")
    TRANSACTION_FIELD_NUMBER: _ClassVar[int]
    ALLOW_ORPHAN_FIELD_NUMBER: _ClassVar[int]
    transaction: Transaction
    allow_orphan: bool
    def __init__(self, transaction: _Optional[_Union[Transaction, _Mapping]] = ..., allow_orphan: _Optional[bool] = ...) -> None: ...

class SubmitTransactionResponse(_message.Message):
    __slots__ = ("transaction_id", "error")
    TRANSACTION_ID_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    transaction_id: str
    error: Refusal
    def __init__(self, transaction_id: _Optional[str] = ..., error: _Optional[_Union[Refusal, _Mapping]] = ...) -> None: ...
