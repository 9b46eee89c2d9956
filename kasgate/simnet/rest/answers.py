"""Answers of a server compatible with api.kaspa.org (kaspa.md §6), including its quirks: amounts
and scores as text, nothing for addresses with many outputs, 503 without a database.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs
import msgspec

from kasgate.kaspa.address import AddressError
from kasgate.simnet.dag.transactions import TxOutput
from kasgate.simnet.dag.utxoset import Coin
from kasgate.simnet.node.answers import SERVER_VERSION
from kasgate.simnet.node.faults import Faults
from kasgate.simnet.node.wire import AddressBook, Json, outpoint_json
from kasgate.simnet.rest.view import RestView, Row

MAX_OUTPUTS: Final = 10_000
"""The most outputs of an address; one with more is left out."""
MAX_IDS: Final = 1_000
"""The most transactions in one request about their acceptance."""
MAX_PAGE: Final = 500
"""The most transactions of an address in one answer."""

_NO_DATABASE: Final = "Endpoint not available. This endpoint needs a configured SQL database."
_NO_INDEX: Final = "Method unavailable. Run the node with the --utxoindex argument."

Body = object
Query = Mapping[str, str]


class Refused(Exception):
    """A request is answered with an error status."""

    def __init__(self, status: int, detail: object) -> None:
        super().__init__(detail)
        self.status = status
        self.body: Json = {"detail": detail}


@attrs.frozen
class Reply:
    """Status and body of an answer."""

    status: int
    body: bytes


@attrs.frozen
class _Route:
    method: str
    path: re.Pattern[str]
    name: str
    answer: Callable[[tuple[str, ...], Query, Body], object]
    from_database: bool = False


class RestAnswers:
    """Answers from one view, under the faults of one server."""

    def __init__(self, view: RestView, book: AddressBook, faults: Faults) -> None:
        self._view = view
        self._book = book
        self._faults = faults
        self._routes = (
            _route("GET", "/info/blockdag", self._dag),
            _route("GET", "/info/health", self._health),
            _route("GET", "/addresses/([^/]+)/utxos", self._utxos_of_one),
            _route("POST", "/addresses/utxos", self._utxos),
            _route("GET", "/blocks/([0-9a-f]{64})", self._block),
            _route("POST", "/transactions/acceptance", self._acceptance, from_database=True),
            _route(
                "GET",
                "/addresses/([^/]+)/full-transactions",
                self._transactions,
                from_database=True,
            ),
        )

    def reply(self, method: str, path: str, query: Query, body: bytes) -> Reply:
        """The answer to a request. ``fail_next`` accepts the name of a route as a method."""
        try:
            answer = self._answer(method, path, query, body)
        except Refused as refused:
            return Reply(refused.status, msgspec.json.encode(refused.body))
        if isinstance(answer, Reply):
            return answer
        return Reply(200, msgspec.json.encode(answer))

    def _answer(self, method: str, path: str, query: Query, body: bytes) -> object:
        for route in self._routes:
            match = route.path.fullmatch(path)
            if match is None or route.method != method:
                continue
            message = self._faults.take_failure(route.name)
            if message is not None:
                raise Refused(500, message)
            if route.from_database and not self._faults.database:
                raise Refused(503, _NO_DATABASE)
            return route.answer(match.groups(), query, _decoded(body))
        raise Refused(404, "Not Found")

    def _dag(self, _: tuple[str, ...], __: Query, ___: Body) -> Json:
        score = str(self._view.virtual_daa_score)
        return {
            "networkName": f"kaspa-{self._faults.network_id}",
            "blockCount": score,
            "headerCount": score,
            "tipHashes": [],
            "difficulty": 1.0,
            "pastMedianTime": "0",
            "virtualParentHashes": [],
            "pruningPointHash": "00" * 32,
            "virtualDaaScore": score,
        }

    def _health(self, _: tuple[str, ...], __: Query, ___: Body) -> Reply:
        synced, database = self._faults.synced, self._faults.database
        node = {
            "kaspadHost": "KASPAD_HOST_1",
            "serverVersion": SERVER_VERSION,
            "isUtxoIndexed": self._faults.utxo_index,
            "isSynced": synced,
            "p2pId": "00" * 32,
            "blueScore": self._view.virtual_daa_score,
        }
        health = {
            "kaspadServers": [node],
            "database": {
                "isSynced": database,
                "blueScore": self._view.virtual_daa_score if database else None,
                "blueScoreDiff": 0 if database else None,
                "acceptedTxBlockTime": None,
                "acceptedTxBlockTimeDiff": None,
            },
        }
        return Reply(200 if synced and database else 503, msgspec.json.encode(health))

    def _utxos_of_one(self, found: tuple[str, ...], _: Query, __: Body) -> list[Json]:
        return self._coins([self._script(found[0])])

    def _utxos(self, _: tuple[str, ...], __: Query, body: Body) -> list[Json]:
        addresses = _texts(body, "addresses")
        return self._coins([self._script(address) for address in dict.fromkeys(addresses)])

    def _coins(self, scripts: list[str]) -> list[Json]:
        if not self._faults.utxo_index:
            raise Refused(400, _NO_INDEX)
        if self._faults.take_empty_answer():
            return []
        found: list[Json] = []
        for script in scripts:
            coins = self._view.coins(script)
            if len(coins) <= MAX_OUTPUTS:
                found += [self._coin(coin) for coin in coins]
        return found

    def _coin(self, coin: Coin) -> Json:
        outpoint, entry = coin
        return {
            "address": self._book.address_of(entry.script),
            "outpoint": outpoint_json(outpoint),
            "utxoEntry": {
                "amount": str(entry.amount),
                "scriptPublicKey": {"scriptPublicKey": entry.script[4:]},
                "blockDaaScore": str(entry.daa_score),
                "isCoinbase": entry.is_coinbase,
            },
        }

    def _script(self, address: str) -> str:
        if not address.startswith(f"{self._book.prefix}:"):
            raise Refused(422, [{"loc": ["path"], "msg": "string does not match regex"}])
        try:
            return self._book.script_of(address)
        except AddressError as error:
            raise Refused(400, str(error)) from error

    def _block(self, found: tuple[str, ...], _: Query, __: Body) -> Json:
        block = self._view.block(found[0])
        if block is None:
            raise Refused(404, "Block not found")
        return {
            "header": {
                "version": 2,
                "timestamp": str(block.timestamp),
                "daaScore": str(block.daa_score),
                "blueScore": str(block.blue_score),
                "parents": [{"parentHashes": [block.parent]}],
            },
            "transactions": None,
            "verboseData": {
                "hash": block.hash,
                "selectedParentHash": block.parent,
                "blueScore": str(block.blue_score),
                "isChainBlock": self._view.is_on_chain(block.hash),
            },
            "extra": {},
        }

    def _acceptance(self, _: tuple[str, ...], __: Query, body: Body) -> list[Json]:
        ids = _texts(body, "transactionIds")
        if len(ids) > MAX_IDS:
            raise Refused(422, f"Too many transaction ids. Max {MAX_IDS}")
        return [self._accepted(txid) for txid in ids]

    def _accepted(self, txid: str) -> Json:
        row = self._view.database.get(txid)
        block = None if row is None else row.accepted_by
        return {
            "transactionId": txid,
            "accepted": block is not None,
            "acceptingBlockHash": None if block is None else block.hash,
            "acceptingBlueScore": None if block is None else block.blue_score,
            "acceptingTimestamp": None if block is None else block.timestamp,
        }

    def _transactions(self, found: tuple[str, ...], query: Query, _: Body) -> list[Json]:
        script = self._script(found[0])
        limit, offset = _whole(query, "limit", 50), _whole(query, "offset", 0)
        if not 1 <= limit <= MAX_PAGE:
            raise Refused(422, [{"loc": ["query", "limit"], "msg": "out of range"}])
        rows = self._view.database.of_script(script, limit, offset)
        fields = query.get("fields", "")
        return [_chosen(self._row(row), fields) for row in rows]

    def _row(self, row: Row) -> Json:
        transaction, block = row.transaction, row.accepted_by
        return {
            "subnetwork_id": transaction.subnetwork_id,
            "transaction_id": transaction.id,
            "hash": transaction.id,
            "mass": str(transaction.compute_mass),
            "payload": transaction.payload or None,
            "block_hash": [row.block_hash],
            "block_time": row.block_time,
            "version": transaction.version,
            "is_accepted": block is not None,
            "accepting_block_hash": None if block is None else block.hash,
            "accepting_block_blue_score": None if block is None else block.blue_score,
            "accepting_block_time": None if block is None else block.timestamp,
            "inputs": [
                {
                    "transaction_id": transaction.id,
                    "index": place,
                    "previous_outpoint_hash": spent.outpoint.transaction_id,
                    "previous_outpoint_index": str(spent.outpoint.index),
                    "signature_script": spent.signature_script,
                    "sig_op_count": str(spent.sig_op_count),
                }
                for place, spent in enumerate(transaction.inputs)
            ],
            "outputs": [
                self._output(transaction.id, place, output)
                for place, output in enumerate(transaction.outputs)
            ],
        }

    def _output(self, txid: str, place: int, output: TxOutput) -> Json:
        return {
            "transaction_id": txid,
            "index": place,
            "amount": output.amount,
            "script_public_key": output.script[4:],
            "script_public_key_address": self._book.address_of(output.script),
            "script_public_key_type": "pubkey",
        }


def _route(
    method: str,
    path: str,
    answer: Callable[[tuple[str, ...], Query, Body], object],
    *,
    from_database: bool = False,
) -> _Route:
    name = path.replace("([^/]+)", "{address}").replace("([0-9a-f]{64})", "{hash}")
    return _Route(method, re.compile(path), name, answer, from_database)


def _decoded(body: bytes) -> Any:  # noqa: ANN401 - any value that a client sent
    try:
        return msgspec.json.decode(body) if body else None
    except msgspec.DecodeError:
        raise Refused(422, [{"loc": ["body"], "msg": "not JSON"}]) from None


def _texts(body: Body, name: str) -> list[str]:
    given = body.get(name) if isinstance(body, dict) else None
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise Refused(422, [{"loc": ["body", name], "msg": "field required"}])
    return given


def _whole(query: Query, name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not re.fullmatch("[0-9]{1,9}", text):
        raise Refused(422, [{"loc": ["query", name], "msg": "not a whole number"}])
    return int(text)


def _chosen(row: Json, fields: str) -> Json:
    if not fields:
        return row
    chosen = fields.split(",")
    return {name: value for name, value in row.items() if name in chosen}
