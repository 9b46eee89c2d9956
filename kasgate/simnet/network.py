"""The simulated network: one virtual DAG, its nodes, and the methods that control it."""

import math
import re
from collections.abc import Callable, Collection, Sequence
from random import Random
from typing import Final

import attrs
import trio

from kasgate.clock import system_clock
from kasgate.kaspa.address import AddressError
from kasgate.kaspa.networks import Network
from kasgate.kaspa.utxo import Outpoint
from kasgate.money import MAX_SOMPI
from kasgate.simnet.control.commands import MAINNET_REFUSED, NodeControls
from kasgate.simnet.control.server import ControlServer, require_loopback
from kasgate.simnet.dag.chain import Block
from kasgate.simnet.dag.dag import Step, VirtualDag
from kasgate.simnet.dag.payments import Payments
from kasgate.simnet.dag.revocations import Revocations
from kasgate.simnet.dag.transactions import TxOutput, UtxoEntry
from kasgate.simnet.grpc.server import GrpcSimulatedNode
from kasgate.simnet.node.answers import Answers
from kasgate.simnet.node.faults import Faults, Gate
from kasgate.simnet.node.node import SimulatedNode
from kasgate.simnet.node.subscriptions import Event, StepFrames
from kasgate.simnet.node.wire import AddressBook, notification_frame
from kasgate.simnet.rest.server import RestSimulatedNode

MAX_MINED_AT_ONCE: Final = 100_000
"""The most blocks of one call of ``mine``; ``advance`` is for more."""
MAX_SCORE_JUMP: Final = 1_000_000_000
"""The most that ``advance`` and ``move_score`` move the score at once: three years."""
MAX_OUTPUTS: Final = 10_000
"""The most outputs of one payment."""

_HASH: Final = re.compile("[0-9a-f]{64}")
# With jitter, one block in so many is parallel to the sink, and one in so many of those is red.
_PARALLEL_EVERY: Final = 8
_RED_EVERY: Final = 4
# If block production falls behind by more than this, it continues from now without catching up.
_MAX_BACKLOG_SECONDS: Final = 1.0


class StalledError(RuntimeError):
    """The network is stalled and makes no blocks. The message is a sentence for the user."""


class SimulatedNetwork(NodeControls):
    """A Kaspa network in memory whose nodes serve wRPC JSON, gRPC (kaspa.md §3) or REST (§6).

    Start ``run`` for blocks at a steady rate, and ``serve``, ``serve_grpc`` or ``serve_rest`` once
    per node. All are meant for ``nursery.start`` and stop when cancelled. With
    ``blocks_per_second=0`` only ``mine`` makes blocks, so that a test controls every step.

    A payment is in the mempool first. The next block contains it, and its coins appear with
    virtual's own score. The block after that accepts it, which with ``score_jitter`` moves the
    score by one (kaspa.md §4.2). Equal seeds and equal calls give equal hashes, ids and scores.

    Methods that change the chain raise StalledError after ``stall``. Addresses must be of this
    network; others raise AddressError. Faults affect all nodes, present and future, unless ``port``
    selects one. Only the ``async`` methods block or wait. All methods belong to the thread that
    runs Trio.

    Raises ValueError for mainnet, which it never imitates.
    """

    def __init__(
        self,
        network: Network = Network.SIMNET,
        *,
        blocks_per_second: float = 10,
        seed: int = 0,
        clock: Callable[[], int] | None = None,
        score_jitter: bool = True,
    ) -> None:
        if network is Network.MAINNET:
            raise ValueError(MAINNET_REFUSED)
        if not (blocks_per_second >= 0 and math.isfinite(blocks_per_second)):
            raise ValueError("The number of blocks per second cannot be negative or infinite.")
        super().__init__(Faults(network.value, seed))
        self.network = network
        self._clock = system_clock if clock is None else clock
        self._rate = blocks_per_second
        self._seed = seed
        self._dag = VirtualDag(seed=seed, now=self._clock(), score_jitter=score_jitter)
        self._payments = Payments(self._dag)
        self._revocations = Revocations(self._dag)
        self._book = AddressBook(network.address_prefix)
        self._random = Random(seed)  # noqa: S311 - not for secrets
        self._flowing = Gate()

    # Running

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Make blocks at the network's rate until cancelled; at rate 0 make none.

        With jitter about every eighth block is beside the chain instead of on it.
        """
        task_status.started()
        if self._rate == 0:
            await trio.sleep_forever()
        due = trio.current_time()
        while True:
            due = max(due + 1 / self._rate, trio.current_time() - _MAX_BACKLOG_SECONDS)
            await trio.sleep_until(due)
            if not self._flowing.is_open:
                await self._flowing.wait()
                due = trio.current_time()
            self._tick()

    def _tick(self) -> None:
        parallel = self._dag.score_jitter and self._random.randrange(_PARALLEL_EVERY) == 0
        if parallel and len(self._dag.chain) > 1:
            red = self._random.randrange(_RED_EVERY) == 0
            self._publish(self._dag.widen(self._clock(), red=red))
        else:
            self._publish(self._dag.extend(self._clock()))

    async def serve(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Serve one node over wRPC JSON until cancelled. Reports its port through ``task_status``.

        Raises OSError if the port can't be opened. On cancellation all its clients are dropped.
        """
        await self._serve_node(SimulatedNode, host, port, task_status)

    async def serve_grpc(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Like ``serve``, for a node with gRPC (kaspa.md §3.5)."""
        await self._serve_node(GrpcSimulatedNode, host, port, task_status)

    async def serve_rest(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Like ``serve``, for a server compatible with api.kaspa.org (kaspa.md §6), whose database
        begins with the retained history."""

        def server(answers: Answers, faults: Faults) -> SimulatedNode:
            return RestSimulatedNode(answers, faults, self._dag, self._book)

        await self._serve_node(server, host, port, task_status)

    async def _serve_node(
        self,
        kind: Callable[[Answers, Faults], SimulatedNode],
        host: str,
        port: int,
        task_status: trio.TaskStatus[int],
    ) -> None:
        listeners = await trio.open_tcp_listeners(port, host=host)
        bound: int = listeners[0].socket.getsockname()[1]
        faults = self._common.copy()
        node = kind(Answers(self._dag, self._book, faults, self._rate), faults)
        self._nodes[bound] = node
        try:
            await trio.serve_listeners(
                node.serve_stream,
                listeners,
                task_status=_Started(task_status, bound),
            )
        finally:
            self._nodes.pop(bound, None)

    async def serve_control(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        anywhere: bool = False,
        task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Serve the control port (kasgate.simnet.control.client) until cancelled; reports its port.

        Any client can control the network, so it opens on loopback only, unless ``anywhere`` is
        set. Raises ValueError for another host, OSError if the port can't be opened.
        """
        if not anywhere:
            require_loopback(host)
        server = ControlServer(self)
        listeners = await trio.open_tcp_listeners(port, host=host)
        bound: int = listeners[0].socket.getsockname()[1]
        await trio.serve_listeners(
            server.serve_stream, listeners, task_status=_Started(task_status, bound)
        )

    def _publish(self, step: Step | None) -> None:
        if step is None:
            return
        frames = StepFrames(step, self._book, self._dag.chain.oldest.hash)
        for node in self._nodes.values():
            node.notify(frames)

    # Blocks

    def mine(self, n: int = 1) -> None:
        """Make this many chain blocks now, each with all its notifications.

        The virtual DAA score rises by exactly this number.
        """
        if not 0 <= n <= MAX_MINED_AT_ONCE:
            raise ValueError(f"Between 0 and {MAX_MINED_AT_ONCE} blocks can be mined at once.")
        self._require_flow()
        for _ in range(n):
            self._publish(self._dag.extend(self._clock()))

    def advance(self, daa: int) -> None:
        """Raise the virtual DAA score by exactly this much, with only two blocks.

        The first contains the transactions of the mempool, the second accepts them. Between them
        the score jumps as if virtual had merged all the others.
        """
        if not 0 <= daa <= MAX_SCORE_JUMP:
            raise ValueError(f"The virtual DAA score rises by 0 to {MAX_SCORE_JUMP} at once.")
        if daa > 1:
            self.mine()
            self._dag.skip(daa - 2)
        self.mine(min(daa, 1))

    def reorg(self, depth: int, *, drop: Collection[str] = (), replace: bool = True) -> None:
        """Replace the last ``depth`` chain blocks in one step.

        The new blocks accept their transactions again, at scores higher by one. Those in ``drop``
        are double-spent instead and never accepted again. With ``replace=False`` the blocks are
        only removed: their transactions go back to the mempool and into the next blocks.

        Raises ValueError for a depth below one or beyond the retained history, and
        UnknownTransactionError for one to drop that those blocks did not accept.
        """
        self._require_flow()
        self._publish(self._revocations.reorg(depth, self._clock(), drop=drop, replace=replace))

    def withdraw(self, txid: str) -> None:
        """Withdraw a transaction, with a reorg that drops it.

        One that is still in the mempool is dropped from it. Raises UnknownTransactionError.
        """
        self._require_flow()
        self._publish(self._revocations.withdraw(txid, self._clock()))

    def restore(self, txid: str) -> None:
        """Accept a withdrawn transaction again, in place of the one that had double-spent it.

        One that was withdrawn without a replacement (from the mempool, a coinbase, one that had
        built on another) goes back to the mempool for the next block. Raises
        UnknownTransactionError if it was not withdrawn, RejectedTransactionError if its coins have
        been spent by another transaction.
        """
        self._require_flow()
        self._publish(self._revocations.restore(txid, self._clock()))

    def move_score(self, txid: str, by: int) -> None:
        """Move the score of a transaction's unspent coins, removed and added in one notification.

        Raises UnknownTransactionError if it was not accepted or all its coins are spent, ValueError
        for a move by zero or to a score below zero.
        """
        if abs(by) > MAX_SCORE_JUMP:
            raise ValueError(f"A score moves by {MAX_SCORE_JUMP} at most.")
        self._require_flow()
        self._publish(self._dag.move_score(txid, by))

    def prune(self, keep_blocks: int) -> None:
        """Drop all chain blocks except the newest ``keep_blocks``.

        A request for the chain from an older one then gets the retention error of kaspa.md §4.5.
        """
        if keep_blocks < 1:
            raise ValueError("At least one block has to be kept.")
        self._dag.chain.prune(keep_blocks)

    def override_utxo_set(self) -> None:
        """Notify subscribers that the UTXO set was replaced, as after a sync (kaspa.md §4.5)."""
        event = Event.PRUNING_POINT_UTXO_SET_OVERRIDE
        frame = notification_frame(event, b"{}")
        for node in self._nodes.values():
            node.push_event(event, frame)

    def stall(self) -> None:
        """Stop the whole network: no blocks and no notifications; answers still come."""
        self._flowing.shut()

    def resume(self) -> None:
        """End ``stall``."""
        self._flowing.open()

    def _require_flow(self) -> None:
        if not self._flowing.is_open:
            raise StalledError("The network is stalled; resume it first.")

    # Payments

    def pay(
        self,
        address: str,
        sompi: int,
        *,
        outputs: int = 1,
        coinbase: bool = False,
        covenant_id: str | None = None,
        hold: bool = False,
    ) -> str:
        """Pay an address and return the transaction id.

        ``sompi`` is the sum, split as evenly as possible over ``outputs``. ``covenant_id`` (64 hex
        digits) binds the coins to a covenant. ``coinbase`` makes it a block's reward, which no
        mempool shows. ``hold`` keeps it in the mempool until ``release``.

        Raises ValueError for an amount that is not positive or can't be split, AddressError,
        RejectedTransactionError if the mempool is full.
        """
        script = self._script(address)
        if not 1 <= outputs <= MAX_OUTPUTS or not outputs <= sompi <= MAX_SOMPI:
            raise ValueError("Each output must get at least one sompi, and not more than exist.")
        if covenant_id is not None and _HASH.fullmatch(covenant_id) is None:
            raise ValueError("A covenant id is 64 lower-case hex digits.")
        share, rest = divmod(sompi, outputs)
        paid = [
            TxOutput(share + (1 if place < rest else 0), script, covenant_id)
            for place in range(outputs)
        ]
        return self._payments.pay(paid, coinbase=coinbase, hold=hold).id

    def pay_many(self, payments: Sequence[tuple[str, int]]) -> str:
        """Pay several addresses in one transaction and return its id. Raises as ``pay`` does."""
        if not 1 <= len(payments) <= MAX_OUTPUTS:
            raise ValueError(f"A payment has between 1 and {MAX_OUTPUTS} outputs.")
        if not all(1 <= sompi <= MAX_SOMPI for _, sompi in payments):
            raise ValueError("Each output must get at least one sompi, and not more than exist.")
        paid = [TxOutput(sompi, self._script(address)) for address, sompi in payments]
        return self._payments.pay(paid).id

    def release(self, txid: str) -> None:
        """Allow a held transaction into the next block. Raises UnknownTransactionError."""
        self._dag.release(txid)

    def drop_from_mempool(self, txid: str) -> None:
        """Drop a transaction from the mempool. Raises UnknownTransactionError."""
        self._dag.drop_from_mempool(txid)

    def sweep(self, address: str, to: str | None = None) -> str:
        """Spend all coins of an address, to ``to`` or to an unwatched address; return the id.

        The transaction goes through the mempool like any other. Raises UnknownTransactionError if
        there is nothing to sweep.
        """
        script = self._script(address)
        target = self._payments.cold_script if to is None else self._script(to)
        return self._payments.sweep(script, target).id

    def _script(self, address: str) -> str:
        script = self._book.script_of(address)
        if not address.startswith(self.network.address_prefix + ":"):
            raise AddressError("The address belongs to another network.")
        return script

    # State

    @property
    def virtual_daa_score(self) -> int:
        """The DAA score of virtual."""
        return self._dag.virtual_daa_score

    @property
    def sink(self) -> str:
        """The hash of the newest chain block."""
        return self._dag.chain.sink.hash

    @property
    def chain(self) -> Sequence[Block]:
        """The retained chain blocks, oldest first. Read-only."""
        return self._dag.chain.blocks

    @property
    def mempool(self) -> tuple[str, ...]:
        """The ids of the transactions in the mempool, oldest first."""
        return tuple(entry.transaction.id for entry in self._dag.mempool)

    def balance(self, address: str) -> int:
        """Sompi at an address in the UTXO set of virtual."""
        return sum(entry.amount for _, entry in self.utxos(address))

    def utxos(self, address: str) -> list[tuple[Outpoint, UtxoEntry]]:
        """The coins of an address in the UTXO set of virtual."""
        return self._dag.utxos.of_script(self._script(address))

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports of the nodes that are listening."""
        return tuple(self._nodes)

    @property
    def connections(self) -> int:
        """The number of clients of all nodes together."""
        return sum(node.connections for node in self._nodes.values())


@attrs.frozen
class _Started:
    """Reports that a listener has started, with its port instead of the listeners."""

    task_status: trio.TaskStatus[int]
    port: int

    def started(self, _listeners: object = None) -> None:
        self.task_status.started(self.port)
