"""Answers of a simulated node to requests (kaspa.md §3.3)."""

import uuid
from collections.abc import Sequence
from typing import Final

import msgspec
import trio

from kasgate.kaspa.networks import BLOCKS_PER_SECOND
from kasgate.simnet.dag.dag import VirtualDag
from kasgate.simnet.node import requests
from kasgate.simnet.node.chain_answers import ChainAnswers
from kasgate.simnet.node.coin_answers import CoinAnswers, script_of
from kasgate.simnet.node.faults import Faults
from kasgate.simnet.node.methods import (
    NO_HANDLER,
    NO_UTXO_INDEX,
    Methods,
    RpcError,
    decode_params,
    method,
)
from kasgate.simnet.node.wire import AddressBook, Json

SERVER_VERSION: Final = "2.0.1-kasgate-simnet"
"""The version that this node reports; no real node reports it."""

_ADDRESSES_PER_CHECKPOINT: Final = 500
_FEE_ESTIMATE: Final[Json] = {
    "estimate": {
        "priorityBucket": {"feerate": 100.0, "estimatedSeconds": 0.1},
        "normalBuckets": [{"feerate": 100.0, "estimatedSeconds": 0.2}],
        "lowBuckets": [{"feerate": 100.0, "estimatedSeconds": 1.0}],
    }
}


class Answers:
    """Answers requests from the virtual DAG, under the faults of one node."""

    def __init__(
        self, dag: VirtualDag, book: AddressBook, faults: Faults, blocks_per_second: float
    ) -> None:
        self._dag = dag
        self._book = book
        self._faults = faults
        # p2pId only has to look valid and to stay the same.
        self._p2p_id = str(uuid.UUID(bytes=bytes.fromhex(dag.chain.oldest.hash[:32])))
        self._methods = {
            **self._state_methods(),
            **CoinAnswers(dag, book, faults).methods(),
            **ChainAnswers(dag, book, faults, blocks_per_second or BLOCKS_PER_SECOND).methods(),
        }

    def knows(self, method: str) -> bool:
        """Whether this method has an answer."""
        return method in self._methods

    async def answer(self, method: str, params: msgspec.Raw) -> bytes:
        """The ``params`` of the response, as JSON.

        Raises RpcError if the node answers with an error. An answer is a consistent snapshot: all
        waiting is done before the state is read.
        """
        served = self._methods.get(method)
        if served is None:
            raise RpcError(NO_HANDLER)
        message = self._faults.take_failure(method)
        if message is not None:
            raise RpcError(message)
        decoded = decode_params(params, served.params)
        if isinstance(decoded, requests.AddressesParams | requests.MempoolByAddressesParams):
            await self.scripts_of(decoded.addresses)
        if served.needs_index and not self._faults.utxo_index:
            raise RpcError(NO_UTXO_INDEX)
        result = served.answer(decoded)
        return result if isinstance(result, bytes) else msgspec.json.encode(result)

    async def scripts_of(self, addresses: Sequence[str]) -> list[str]:
        """The scripts of addresses; other tasks get a turn meanwhile. Raises RpcError."""
        scripts: list[str] = []
        for place, address in enumerate(addresses, start=1):
            scripts.append(script_of(self._book, address))
            if place % _ADDRESSES_PER_CHECKPOINT == 0:
                await trio.lowlevel.checkpoint()
        return scripts

    def _state_methods(self) -> Methods:
        none = requests.NoParams
        dag, faults = self._dag, self._faults
        return {
            "ping": method(none, lambda _: {}),
            "getServerInfo": method(none, lambda _: self._server_info()),
            "getInfo": method(none, lambda _: self._info()),
            "getSyncStatus": method(none, lambda _: {"isSynced": faults.synced}),
            "getCurrentNetwork": method(none, lambda _: {"network": faults.network_id}),
            "getBlockDagInfo": method(none, lambda _: self._block_dag_info()),
            "getSink": method(none, lambda _: {"sink": dag.chain.sink.hash}),
            "getSinkBlueScore": method(none, lambda _: {"blueScore": dag.chain.sink.blue_score}),
            "getFeeEstimate": method(none, lambda _: _FEE_ESTIMATE),
        }

    def _server_info(self) -> Json:
        return {
            "rpcApiVersion": 1,
            "rpcApiRevision": 0,
            "serverVersion": SERVER_VERSION,
            "networkId": self._faults.network_id,
            "hasUtxoIndex": self._faults.utxo_index,
            "isSynced": self._faults.synced,
            "virtualDaaScore": self._dag.virtual_daa_score,
        }

    def _info(self) -> Json:
        return {
            "p2pId": self._p2p_id,
            "mempoolSize": len(self._dag.mempool),
            "serverVersion": SERVER_VERSION,
            "isUtxoIndexed": self._faults.utxo_index,
            "isSynced": self._faults.synced,
            "hasNotifyCommand": True,
            "hasMessageId": True,
        }

    def _block_dag_info(self) -> Json:
        sink = self._dag.chain.sink
        tips = [sink.hash, *self._dag.parallel_tips]
        return {
            "network": self._faults.network_id,
            "blockCount": self._dag.virtual_daa_score,
            "headerCount": self._dag.virtual_daa_score,
            "tipHashes": tips,
            "difficulty": 1.0,
            "pastMedianTime": sink.timestamp,
            "virtualParentHashes": tips,
            "pruningPointHash": self._dag.chain.oldest.hash,
            "virtualDaaScore": self._dag.virtual_daa_score,
            "sink": sink.hash,
        }
