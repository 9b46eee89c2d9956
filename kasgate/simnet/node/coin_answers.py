"""Answers of a node about coins and transactions (kaspa.md §3.3)."""

from collections.abc import Iterable
from typing import Final

import msgspec

from kasgate.kaspa.address import AddressError
from kasgate.kaspa.utxo import Outpoint
from kasgate.simnet.dag.dag import UnknownTransactionError, VirtualDag
from kasgate.simnet.dag.mempool import MempoolEntry, RejectedTransactionError
from kasgate.simnet.dag.transactions import Transaction, TxInput, TxOutput, build
from kasgate.simnet.node import requests
from kasgate.simnet.node.faults import Faults
from kasgate.simnet.node.methods import BAD_PARAMS, Methods, RpcError, method
from kasgate.simnet.node.wire import AddressBook, Json, mempool_entry_json

_INQUIRER: Final = "utxo inquirer error: "
_BAD_POOL_QUERY: Final = "transaction query must either not filter transactions or include orphans"


def script_of(book: AddressBook, address: str) -> str:
    """The script of an address in a request. Raises RpcError for an invalid address."""
    try:
        return book.script_of(address)
    except AddressError:
        raise RpcError(BAD_PARAMS) from None


class CoinAnswers:
    """Answers from the UTXO set of virtual and the mempool."""

    def __init__(self, dag: VirtualDag, book: AddressBook, faults: Faults) -> None:
        self._dag = dag
        self._book = book
        self._faults = faults

    def methods(self) -> Methods:
        """The methods that are answered here, by name."""
        addresses = requests.AddressesParams
        return {
            "getUtxosByAddresses": method(addresses, self._utxos, needs_index=True),
            "getBalancesByAddresses": method(addresses, self._balances, needs_index=True),
            "getBalanceByAddress": method(requests.AddressParams, self._balance, needs_index=True),
            "getMempoolEntriesByAddresses": method(
                requests.MempoolByAddressesParams, self._mempool_by_addresses
            ),
            "getMempoolEntry": method(requests.MempoolEntryParams, self._mempool_entry),
            "getUtxoReturnAddress": method(requests.ReturnAddressParams, self._return_address),
            "submitTransaction": method(requests.SubmitTransactionParams, self._submit),
        }

    def _utxos(self, params: requests.AddressesParams) -> bytes:
        if self._faults.take_empty_answer():
            return b'{"entries":[]}'
        scripts = dict.fromkeys(script_of(self._book, address) for address in params.addresses)
        entries = [
            msgspec.json.encode(self._book.utxo(outpoint, entry))
            for script in scripts
            for outpoint, entry in self._dag.utxos.of_script(script)
        ]
        return b'{"entries":[' + b",".join(entries) + b"]}"

    def _sum(self, address: str) -> int:
        coins = self._dag.utxos.of_script(script_of(self._book, address))
        return sum(entry.amount for _, entry in coins)

    def _balances(self, params: requests.AddressesParams) -> Json:
        return {
            "entries": [
                {"address": address, "balance": self._sum(address) or None}
                for address in params.addresses
            ]
        }

    def _balance(self, params: requests.AddressParams) -> Json:
        return {"balance": self._sum(params.address)}

    def _mempool_by_addresses(self, params: requests.MempoolByAddressesParams) -> Json:
        if params.filter_transaction_pool and not params.include_orphan_pool:
            raise RpcError(_BAD_POOL_QUERY)
        scripts = dict.fromkeys(script_of(self._book, address) for address in params.addresses)
        mempool = self._dag.mempool
        orphans_only = params.filter_transaction_pool  # and there are no orphans here
        return {
            "entries": [
                {
                    "address": self._book.address_of(script),
                    "sending": [] if orphans_only else self._shown(mempool.sending(script)),
                    "receiving": [] if orphans_only else self._shown(mempool.receiving(script)),
                }
                for script in scripts
            ]
        }

    def _shown(self, entries: Iterable[MempoolEntry]) -> list[Json]:
        return [
            mempool_entry_json(self._book, entry)
            for entry in entries
            if not entry.transaction.is_coinbase
        ]

    def _mempool_entry(self, params: requests.MempoolEntryParams) -> Json:
        entry = self._dag.mempool.get(params.transaction_id)
        if entry is None or entry.transaction.is_coinbase or params.filter_transaction_pool:
            raise RpcError(f"Transaction {params.transaction_id} not found")
        return {"mempoolEntry": mempool_entry_json(self._book, entry)}

    def _return_address(self, params: requests.ReturnAddressParams) -> Json:
        try:
            script = self._dag.return_script(params.txid, params.accepting_block_daa_score)
        except UnknownTransactionError as error:
            raise RpcError(f"{_INQUIRER}{error}") from error
        if script is None:
            raise RpcError(f"{_INQUIRER}Transaction return address is coinbase")
        address = self._book.address_of(script)
        if address is None:
            raise RpcError(f"{_INQUIRER}Transaction was found but not standard")
        return {"returnAddress": address}

    def _submit(self, params: requests.SubmitTransactionParams) -> Json:
        given = params.transaction
        if given.mass is not None and given.storage_mass not in (None, given.mass):
            raise RpcError(BAD_PARAMS)
        try:
            transaction = _transaction(given)
        except OverflowError:
            raise RpcError(BAD_PARAMS) from None
        try:
            self._dag.submit(transaction)
        except RejectedTransactionError as error:
            raise RpcError(f"Rejected transaction {transaction.id}: {error}") from error
        return {"transactionId": transaction.id}


def _transaction(given: requests.TransactionParams) -> Transaction:
    """The submitted transaction. Raises OverflowError for numbers of over 64 bits."""
    inputs = [
        TxInput(
            Outpoint(item.previous_outpoint.transaction_id, item.previous_outpoint.index),
            item.signature_script,
            item.sequence,
            item.sig_op_count,
            item.compute_budget,
        )
        for item in given.inputs
    ]
    outputs = [
        TxOutput(
            item.value,
            item.script_public_key.lower(),
            None if item.covenant is None else item.covenant.covenant_id,
        )
        for item in given.outputs
    ]
    return build(
        inputs,
        outputs,
        version=given.version,
        lock_time=given.lock_time,
        subnetwork_id=given.subnetwork_id,
        gas=given.gas,
        payload=given.payload,
        storage_mass=given.storage_mass or given.mass or 0,
    )
