"""The simulated network: one virtual DAG, nodes that serve it, and the hand that moves it."""

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
"""Blocks that one call of ``mine`` makes; ``advance`` is for more."""
MAX_SCORE_JUMP: Final = 1_000_000_000
"""How far ``advance`` and ``move_score`` go at once: three years."""
MAX_OUTPUTS: Final = 10_000
"""Outputs of one payment."""

_HASH: Final = re.compile("[0-9a-f]{64}")
# With jitter, one block in so many is parallel to the sink, and one in so many of those is red.
_PARALLEL_EVERY: Final = 8
_RED_EVERY: Final = 4
# Block production that has fallen behind by this much goes on from now instead of catching up.
_MAX_BACKLOG_SECONDS: Final = 1.0


class StalledError(RuntimeError):
    """The network stands still and makes no blocks. The message is a sentence for a person."""


class SimulatedNetwork(NodeControls):
    """A Kaspa network in memory whose nodes speak wRPC JSON, gRPC (kaspa.md §3) or REST (§6).

    Start ``run`` for blocks at a steady rate and ``serve``, ``serve_grpc`` or ``serve_rest`` once
    per node; all are meant for ``nursery.start`` and stop when cancelled. With
    ``blocks_per_second=0`` blocks come only from ``mine``, so that a test owns every step.

    A payment is in the mempool first. The next block contains it: its coins appear with virtual's
    own score. The block after that accepts it, which with ``score_jitter`` moves the score by one
    (kaspa.md §4.2). Equal seeds and equal calls give equal hashes, ids and scores.

    Methods that change the chain raise StalledError while ``stall`` is in force. Addresses must
    be of this network; others raise AddressError. Faults concern all nodes, present and future,
    unless ``port`` names one of them. Nothing here blocks or waits except the two ``async``
    methods, and all of it belongs to the thread that runs Trio.

    Raises ValueError for mainnet, which it will not imitate.
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

        With jitter every eighth block or so stands beside the chain instead of on it.
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
        """Serve one node over wRPC JSON until cancelled, and tell the port through ``task_status``.

        Raises OSError if the port cannot be had. On cancellation all its clients are dropped.
        """
        await self._serve_node(SimulatedNode, host, port, task_status)

    async def serve_grpc(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """As ``serve``, a node that speaks gRPC (kaspa.md §3.5)."""
        await self._serve_node(GrpcSimulatedNode, host, port, task_status)

    async def serve_rest(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """As ``serve``, a server compatible with api.kaspa.org (kaspa.md §6), whose database
        begins with the history kept."""

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
        """Serve the control door (kasgate.simnet.control.client) until cancelled; tells its port.

        Whoever reaches it moves the network, so it opens on loopback only, unless ``anywhere``.
        Raises ValueError for another host, OSError if the port cannot be had.
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

        The virtual DAA score rises by exactly that many.
        """
        if not 0 <= n <= MAX_MINED_AT_ONCE:
            raise ValueError(f"Between 0 and {MAX_MINED_AT_ONCE} blocks can be mined at once.")
        self._require_flow()
        for _ in range(n):
            self._publish(self._dag.extend(self._clock()))

    def advance(self, daa: int) -> None:
        """Raise the virtual DAA score by exactly this much, at the cost of two blocks.

        The first contains what the mempool has, the second accepts it; between them the score
        jumps as if virtual had merged all the others.
        """
        if not 0 <= daa <= MAX_SCORE_JUMP:
            raise ValueError(f"The virtual DAA score rises by 0 to {MAX_SCORE_JUMP} at once.")
        if daa > 1:
            self.mine()
            self._dag.skip(daa - 2)
        self.mine(min(daa, 1))

    def reorg(self, depth: int, *, drop: Collection[str] = (), replace: bool = True) -> None:
        """Replace the last ``depth`` chain blocks in one step.

        Their transactions are accepted again by the new blocks, at scores higher by one; those in
        ``drop`` are double-spent instead and never accepted again. ``replace=False`` only takes
        the blocks away: the transactions go back to the mempool and the next blocks have them.

        Raises ValueError for a depth below one or beyond the history kept, and
        UnknownTransactionError for one to drop that those blocks did not accept.
        """
        self._require_flow()
        self._publish(self._revocations.reorg(depth, self._clock(), drop=drop, replace=replace))

    def withdraw(self, txid: str) -> None:
        """Revoke a transaction wherever it was accepted: a reorganisation that drops it.

        One that is still in the mempool leaves it. Raises UnknownTransactionError.
        """
        self._require_flow()
        self._publish(self._revocations.withdraw(txid, self._clock()))

    def restore(self, txid: str) -> None:
        """Accept a withdrawn transaction again, in place of the one that had double-spent it.

        One withdrawn without a replacement (from the mempool, a coinbase, one that had built on
        another) goes back to the mempool for the next block. Raises UnknownTransactionError if it
        was not withdrawn, RejectedTransactionError if its coins are spent otherwise.
        """
        self._require_flow()
        self._publish(self._revocations.restore(txid, self._clock()))

    def move_score(self, txid: str, by: int) -> None:
        """Move the score of a transaction's unspent coins, removed and added in one notification.

        Raises UnknownTransactionError if it was not accepted or all is spent, ValueError for a
        move by zero or below zero.
        """
        if abs(by) > MAX_SCORE_JUMP:
            raise ValueError(f"A score moves by {MAX_SCORE_JUMP} at most.")
        self._require_flow()
        self._publish(self._dag.move_score(txid, by))

    def prune(self, keep_blocks: int) -> None:
        """Forget all chain blocks but the newest ``keep_blocks``.

        Asking for the chain from an older one is then the retention error of kaspa.md §4.5.
        """
        if keep_blocks < 1:
            raise ValueError("At least one block has to be kept.")
        self._dag.chain.prune(keep_blocks)

    def override_utxo_set(self) -> None:
        """Tell subscribers that the UTXO set was replaced, as after a sync (kaspa.md §4.5)."""
        event = Event.PRUNING_POINT_UTXO_SET_OVERRIDE
        frame = notification_frame(event, b"{}")
        for node in self._nodes.values():
            node.push_event(event, frame)

    def stall(self) -> None:
        """Stop the whole network: no blocks and no notifications, though answers still come."""
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

        ``sompi`` is the sum, split as evenly as possible over ``outputs``. ``covenant_id`` (64
        hex digits) binds the coins to a covenant; ``coinbase`` makes it the reward of a block,
        which no mempool shows. ``hold`` keeps it in the mempool until ``release``.

        Raises ValueError for an amount that is not positive or does not split, AddressError,
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
        """Pay several addresses in one transaction and return its id. Raises as ``pay``."""
        if not 1 <= len(payments) <= MAX_OUTPUTS:
            raise ValueError(f"A payment has between 1 and {MAX_OUTPUTS} outputs.")
        if not all(1 <= sompi <= MAX_SOMPI for _, sompi in payments):
            raise ValueError("Each output must get at least one sompi, and not more than exist.")
        paid = [TxOutput(sompi, self._script(address)) for address, sompi in payments]
        return self._payments.pay(paid).id

    def release(self, txid: str) -> None:
        """Let the next block have a transaction that was held. Raises UnknownTransactionError."""
        self._dag.release(txid)

    def drop_from_mempool(self, txid: str) -> None:
        """Make the mempool forget a transaction. Raises UnknownTransactionError."""
        self._dag.drop_from_mempool(txid)

    def sweep(self, address: str, to: str | None = None) -> str:
        """Spend all coins of an address, to ``to`` or out of sight, and return the transaction id.

        It goes through the mempool like any other. Raises UnknownTransactionError if there is
        nothing to sweep.
        """
        script = self._script(address)
        target = self._payments.cold_script if to is None else self._script(to)
        return self._payments.sweep(script, target).id

    def _script(self, address: str) -> str:
        script = self._book.script_of(address)
        if not address.startswith(self.network.address_prefix + ":"):
            raise AddressError("The address belongs to another network.")
        return script

    # Looking

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
        """The chain blocks kept, oldest first. Not to be changed."""
        return self._dag.chain.blocks

    @property
    def mempool(self) -> tuple[str, ...]:
        """The ids of the waiting transactions, oldest first."""
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
        """Clients of all nodes together."""
        return sum(node.connections for node in self._nodes.values())


@attrs.frozen
class _Started:
    """Passes on that a listener has started, with its port in place of the listeners."""

    task_status: trio.TaskStatus[int]
    port: int

    def started(self, _listeners: object = None) -> None:
        self.task_status.started(self.port)
