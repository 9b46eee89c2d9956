"""A server compatible with api.kaspa.org (kaspa.md §6), behind the Node and the Archive protocols.

It tells nothing of its own accord, so that it is asked in rounds: for virtual's score, then for the
outputs of the watched addresses; what changed is told, and after it the score. A score is thus
never told before everything that the server had to say up to it. It can't replay the chain and has
no mempool; its database, where it has one, tells what became of transactions instead.
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
"""Addresses in one question for outputs. The server takes bodies of 200 000 bytes."""
RPC_API_VERSION: Final = 1
"""Of the handshake that a REST server has not got."""
ESTIMATE_S: Final = 300.0
"""How far back times are taken from the present score and the usual number of blocks a second;
further back the database is asked, if the transaction is known."""
BACKWARDS_S: Final = 60.0
"""For how long answers may be older than earlier ones."""
_MAX_REMEMBERED: Final = 20_000
_HEALTH_STATUS: Final = 503
"""With which the health comes if it is not good."""
_RECENT_S: Final = 5.0


class RestNode:
    """An open link to a server; ``connect`` makes it. Implements the Node and Archive protocols,
    which say what each call does. A cancelled call leaves the link usable."""

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
        """What the server may lag, and two rounds: who was asked about first in a round is asked
        again in the next."""
        return self._link.polling.lag + 2 * self._round_s

    def notifications(self) -> AsyncIterator[Notification]:
        """What came before the link went down is still delivered, unless the reader fell behind."""
        return self._backlog

    async def server_info(self) -> ServerInfo:
        """The score is that of the last round, if it is a few seconds old at most."""
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
        """The score is told after each round, also if it did not rise: it says that the server was
        asked. UtxoSetReplaced is never told; its effect is, as any difference."""
        self._tells_scores = True
        self._wanted.set()

    async def watch(self, addresses: Sequence[str]) -> None:
        """Addresses are looked at from the next round on; those that were watched or asked about
        within HOT_S are looked at in every round, others in turns."""
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
        """True as well if a block with a lower score accepted it: then it is only deeper. False
        where the server has no database."""
        try:
            (found,) = await self._archive.acceptances([transaction_id])
        except HistoryUnavailable:
            return False
        return found.daa_score is not None and found.daa_score <= block_daa_score

    async def timestamps(self, daa_scores: Sequence[int]) -> list[int]:
        """From the present score and ten blocks a second. For scores from before ESTIMATE_S that
        came with outputs which ``utxos`` told of, the accepting block's own time instead, where
        the server has a database: over hours the estimate is wrong by minutes."""
        if not daa_scores:
            return []
        if trio.current_time() > self._score_heard + _RECENT_S:
            await self.ask_score()
        exact = await self._exact_times(daa_scores)
        return [exact.get(score, self._estimated(score)) for score in daa_scores]

    async def acceptances(self, transaction_ids: Sequence[str]) -> list[Acceptance]:
        """As RestArchive."""
        return await self._archive.acceptances(transaction_ids)

    async def received(self, address: str, since: int) -> list[ArchivedOutput]:
        """As RestArchive."""
        return await self._archive.received(address, since)

    async def ask_score(self, attempts: int = 3) -> int:
        """Virtual's DAA score. One lower than was told before is of an older answer and ignored,
        unless there are no others for a minute: then the link ends, since the chain is another."""
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
        """Look at what is watched, round after round, until the link is down."""
        await self._wanted.wait()
        try:
            while True:
                begun = trio.current_time()
                await self._round()
                await trio.sleep_until(begun + self._link.polling.round)
                self._round_s = trio.current_time() - begun
        except NodeUnavailable:
            pass  # whoever reads or asks is told
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
        """All outputs of these addresses; of fewer at once if the answer would be too large."""
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
        """Which transaction was accepted at a score, for who asks about the score's time."""
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

    ``url`` is https:// or http://, with or without a path in front of the server's own; ``prefix``
    that of the addresses of our network. ``polling`` say how often it is asked: by default PUBLIC
    over https://, OWN over http://, which the settings allow on private networks only. Times are
    seconds: for an answer and for the connection. ``backlog`` bounds what waits for
    ``notifications``, as with a node. ``tls`` is by default what Python trusts by default.

    Raises NodeUnavailable, with a sentence that names the server, if it can't connect, and
    NodeRefused if what is there is another server. What the block raises comes out as it is, in no
    group.
    """
    if polling is None:
        polling = PUBLIC if urlsplit(url).scheme == "https" else OWN
    if tls is None:
        # In a thread, since it reads the certificates that Python trusts from the disk.
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
            node._link.fail("was left by us")
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
