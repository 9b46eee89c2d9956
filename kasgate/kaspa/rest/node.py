"""A server compatible with api.kaspa.org (kaspa.md §6), behind the Node and the Archive protocols.

It sends no notifications, so it is polled in rounds: first virtual's score, then the outputs of the
watched addresses. The changes are passed on first and the score after them, so a score never comes
before the changes up to it. The server can't replay the chain and has no mempool. If it has a
database, that gives the acceptance of transactions instead.
"""

from __future__ import annotations

import ssl
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, NoReturn
from urllib.parse import urlsplit

import httpx
import trio

from kasgate.clock import Clock, system_clock
from kasgate.kaspa.backlog import Backlog
from kasgate.kaspa.link import BACKLOG, batches
from kasgate.kaspa.networks import BLOCKS_PER_SECOND
from kasgate.kaspa.node import (
    Acceptance,
    AcceptedIds,
    ArchivedOutput,
    ChainPlace,
    ChainSlice,
    DaaScoreChanged,
    HistoryUnavailable,
    MempoolOutput,
    NodeRefused,
    NodeUnavailable,
    Notification,
    ServerInfo,
)
from kasgate.kaspa.outputs import Garbage, in_portions
from kasgate.kaspa.rest import messages as wire
from kasgate.kaspa.rest.archive import RestArchive
from kasgate.kaspa.rest.link import OWN, PUBLIC, PollingPolicy, RestLink, TooLarge, client_of
from kasgate.kaspa.rest.sightings import Sightings

if TYPE_CHECKING:
    from kasgate.kaspa.node import Archive, Node
    from kasgate.kaspa.utxo import Utxo

__all__ = ["RestNode", "connect"]

ADDRESSES_BATCH: Final = 1_000
"""Addresses in one request for outputs. The server accepts bodies of 200 000 bytes."""
RPC_API_VERSION: Final = 1
"""Replaces the version in the handshake, which a REST server does not have."""
ESTIMATE_S: Final = 300.0
"""How many seconds back times are estimated from the current score and the usual block rate.
Further back the database is asked, if the transaction is known."""
BACKWARDS_S: Final = 60.0
"""How many seconds answers may be older than earlier ones."""
_MAX_REMEMBERED: Final = 20_000
_HEALTH_STATUS: Final = 503
"""The status with which a bad health is answered."""
_RECENT_S: Final = 5.0


class RestNode:
    """An open link to a server; ``connect`` opens it. It implements the Node and Archive protocols,
    which document each call. A cancelled call leaves the link usable."""

    def __init__(
        self,
        url: str,
        prefix: str,
        client: httpx.AsyncClient,
        polling: PollingPolicy,
        *,
        request_timeout: float,
        backlog: int,
        clock: Clock,
    ) -> None:
        self._prefix = prefix
        self._clock = clock
        self._link = RestLink(url, client, polling, request_timeout, self._wake_reader)
        self._archive = RestArchive(self._link, prefix)
        self._backlog = Backlog(backlog, self._link.fail, self._link.ending)
        self._sightings = Sightings()
        self._wanted = trio.Event()
        self._tells_scores = False
        self._round_s = polling.round
        self._network_id = ""
        self._score = 0
        self._score_at = 0
        self._score_heard = -_RECENT_S
        self._behind_since: float | None = None
        self._transactions: OrderedDict[int, str] = OrderedDict()

    def _wake_reader(self) -> None:
        self._backlog.wake()

    @property
    def url(self) -> str:
        return self._link.url

    @property
    def replays_chain(self) -> bool:
        return False

    @property
    def sees_mempool(self) -> bool:
        return False

    @property
    def delay(self) -> float:
        """The server's possible lag, and two rounds: an address that was polled first in a round is
        polled again in the next one."""
        return self._link.polling.lag + 2 * self._round_s

    def notifications(self) -> AsyncIterator[Notification]:
        """Notifications from before the end of the link are delivered, unless the reader fell
        behind."""
        return self._backlog

    async def server_info(self) -> ServerInfo:
        """The score is that of the last round, if that is only a few seconds old."""
        health = await self._link.ask("GET", "/info/health", wire.HEALTH, also=_HEALTH_STATUS)
        if trio.current_time() > self._score_heard + _RECENT_S:
            await self.ask_score()
        servers = health.kaspad_servers
        synced = [server for server in servers if server.is_synced]
        versions = [server.server_version for server in (*synced, *servers)]
        return ServerInfo(
            network_id=self._network_id,
            server_version=next((version for version in versions if version), "unknown"),
            rpc_api_version=RPC_API_VERSION,
            has_utxo_index=any(server.is_utxo_indexed for server in synced or servers),
            is_synced=bool(synced),
            virtual_daa_score=self._score,
        )

    async def subscribe_virtual(self) -> None:
        """The score is passed on after each round, even if it did not rise, because it shows that
        the server was polled. UtxoSetReplaced never comes; its effect is a difference like any
        other."""
        self._tells_scores = True
        self._wanted.set()

    async def watch(self, addresses: Sequence[str]) -> None:
        """Addresses are polled from the next round on. Those that were watched or asked about
        within HOT_S are polled in every round, others in turns."""
        self._sightings.watch(addresses, trio.current_time())
        self._wanted.set()

    async def unwatch(self, addresses: Sequence[str]) -> None:
        self._sightings.unwatch(addresses)

    async def utxos(self, addresses: Sequence[str]) -> list[Utxo]:
        """An address with more than 10 000 outputs has none here (kaspa.md §6)."""
        self._sightings.asked_about(addresses, trio.current_time())
        found: list[Utxo] = []
        for batch in batches(addresses, ADDRESSES_BATCH):
            score = self._score
            utxos = await self._utxos_of(batch)
            self._sightings.note_answer(batch, utxos, score)
            self._remember(utxos)
            found += utxos
        return found

    async def mempool(self, addresses: Sequence[str]) -> list[MempoolOutput]:
        raise NodeRefused("A REST server does not tell what waits in its node's mempool.")

    async def sink(self) -> str:
        self._has_no_chain()

    async def below(self, block_hash: str, depth: int) -> ChainPlace:
        self._has_no_chain()

    async def chain_after(self, block_hash: str) -> ChainSlice:
        self._has_no_chain()

    async def accepted_after(self, block_hash: str) -> AcceptedIds:
        self._has_no_chain()

    async def accepted_at(self, transaction_id: str, block_daa_score: int) -> bool:
        """Also True if a block with a lower score accepted it, because it is only deeper then.
        False if the server has no database."""
        try:
            (found,) = await self._archive.acceptances([transaction_id])
        except HistoryUnavailable:
            return False
        return found.daa_score is not None and found.daa_score <= block_daa_score

    async def timestamps(self, daa_scores: Sequence[int]) -> list[int]:
        """Estimated from the current score and ten blocks a second. For older scores than
        ESTIMATE_S of outputs that ``utxos`` returned, the accepting block's own time is used if the
        server has a database, because over hours the estimate is wrong by minutes."""
        if not daa_scores:
            return []
        if trio.current_time() > self._score_heard + _RECENT_S:
            await self.ask_score()
        exact = await self._exact_times(daa_scores)
        return [exact.get(score, self._estimated(score)) for score in daa_scores]

    async def acceptances(self, transaction_ids: Sequence[str]) -> list[Acceptance]:
        """As in RestArchive."""
        return await self._archive.acceptances(transaction_ids)

    async def received(self, address: str, since: int) -> list[ArchivedOutput]:
        """As in RestArchive."""
        return await self._archive.received(address, since)

    async def ask_score(self, attempts: int = 3) -> int:
        """Virtual's DAA score. A lower one than before is from an older answer and ignored. If all
        answers are lower for a minute, the link ends, because the chain is another one."""
        answer = await self._link.ask("GET", "/info/blockdag", wire.DAG, attempts=attempts)
        self._network_id = answer.network_id
        now = self._score_heard = trio.current_time()
        if answer.virtual_daa_score >= self._score:
            self._behind_since = None
        elif self._behind_since is None:
            self._behind_since = now
        elif now - self._behind_since > BACKWARDS_S:
            self._link.fail("has gone back to an older DAA score")
            raise self._link.unavailable()
        if answer.virtual_daa_score > self._score:
            self._score, self._score_at = answer.virtual_daa_score, self._clock()
        return self._score

    async def run(self) -> None:
        """Poll the watched addresses, round after round, until the link is down."""
        await self._wanted.wait()
        try:
            while True:
                begun = trio.current_time()
                await self._round()
                await trio.sleep_until(begun + self._link.polling.round)
                self._round_s = trio.current_time() - begun
        except NodeUnavailable:
            pass  # the reader and the callers get the reason
        except NodeRefused as refusal:
            self._link.fail(f"can't be followed: {refusal}", refusal)

    async def _round(self) -> None:
        score = await self.ask_score()
        hot = self._sightings.hot(trio.current_time())
        cold = self._sightings.next_cold(ADDRESSES_BATCH, hot)
        for batch in (*batches(hot, ADDRESSES_BATCH), *batches(cold, ADDRESSES_BATCH)):
            utxos = await self._utxos_of(batch)
            difference = self._sightings.difference(batch, utxos, score)
            if difference is not None:
                self._backlog.tell(difference)
        if self._tells_scores:
            self._backlog.tell(DaaScoreChanged(score))

    async def _utxos_of(self, addresses: list[str]) -> tuple[Utxo, ...]:
        """All outputs of these addresses, asked for in smaller batches if an answer is too
        large."""
        try:
            answer = await self._link.ask(
                "POST", "/addresses/utxos", wire.UTXOS, body={"addresses": addresses}
            )
        except TooLarge:
            middle = len(addresses) // 2
            if middle == 0:
                self._link.fail("sent more about one address than can be true")
                raise self._link.unavailable() from None
            first = await self._utxos_of(addresses[:middle])
            return first + await self._utxos_of(addresses[middle:])
        try:
            return await in_portions(wire.value_of_utxo(each, self._prefix) for each in answer)
        except Garbage as garbage:
            self._link.fail(str(garbage), garbage)
            raise self._link.unavailable() from garbage

    def _remember(self, utxos: Sequence[Utxo]) -> None:
        """Note which transaction was accepted at a score, to look up the score's time later."""
        for utxo in utxos:
            self._transactions[utxo.block_daa_score] = utxo.outpoint.transaction_id
            self._transactions.move_to_end(utxo.block_daa_score)
        while len(self._transactions) > _MAX_REMEMBERED:
            self._transactions.popitem(last=False)

    async def _exact_times(self, daa_scores: Sequence[int]) -> dict[int, int]:
        recent = self._score - ESTIMATE_S * BLOCKS_PER_SECOND
        asked = {
            self._transactions[score]: score
            for score in daa_scores
            if score < recent and score in self._transactions
        }
        try:
            answers = await self._archive.acceptance_messages(list(asked))
        except HistoryUnavailable:
            return {}
        return {
            asked[each.transaction_id]: each.accepting_timestamp
            for each in answers
            if each.accepted and each.accepting_timestamp is not None
        }

    def _estimated(self, score: int) -> int:
        return self._score_at - (self._score - score) * 1_000 // BLOCKS_PER_SECOND

    def _has_no_chain(self) -> NoReturn:
        raise HistoryUnavailable(f"{self.url} is a REST server, which does not replay the chain.")


@asynccontextmanager
async def connect(
    url: str,
    *,
    prefix: str,
    polling: PollingPolicy | None = None,
    request_timeout: float = 20,
    connect_timeout: float = 10,
    backlog: int = BACKLOG,
    clock: Clock = system_clock,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[RestNode]:
    """Open a link to a server, for as long as the block runs.

    ``url`` is https:// or http://, and may have a path in front of the server's own. ``prefix`` is
    the address prefix of our network. ``polling`` says how often the server is polled: by default
    PUBLIC over https://, and OWN over http://, which the settings allow on private networks only.
    The times are seconds, for an answer and for the connection. ``backlog`` bounds the queue of
    ``notifications``, as with a node. ``tls`` defaults to Python's default trust.

    Raises NodeUnavailable, with a sentence that names the server, if it can't connect, and
    NodeRefused if another kind of server answers. Errors of the block are raised unchanged, in no
    group.
    """
    if polling is None:
        polling = PUBLIC if urlsplit(url).scheme == "https" else OWN
    if tls is None:
        # In a thread, because it reads the certificates that Python trusts from the disk.
        tls = await trio.to_thread.run_sync(ssl.create_default_context)
    raised: BaseException | None = None
    async with client_of(url, connect_timeout, request_timeout, tls) as client:
        node = RestNode(
            url,
            prefix,
            client,
            polling,
            request_timeout=request_timeout,
            backlog=backlog,
            clock=clock,
        )
        await node.ask_score(attempts=1)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(node.run)
            try:
                yield node
            except BaseException as error:  # noqa: BLE001 - raised below, outside of the nursery's group
                raised = error
            node._link.fail("was disconnected by us")
            nursery.cancel_scope.cancel()
    if raised is not None:
        try:
            raise raised
        finally:
            raised = None  # breaks the cycle of frame and traceback


if TYPE_CHECKING:

    def _is_a_node(node: RestNode) -> Node:
        return node

    def _is_an_archive(node: RestNode) -> Archive:
        return node
