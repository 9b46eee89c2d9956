"""A real kaspad on the simnet: a process on free loopback ports, with a data folder of its own.

It is started as kaspa.md §8 describes. Proof of work is skipped there: a block template is a block,
and a test makes blocks when it needs them.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import trio
from attrs import define, field

from kasgate.kaspa.connect import connect
from kasgate.kaspa.grpc import node as grpc
from kasgate.kaspa.grpc.node import GrpcNode
from kasgate.kaspa.node import NodeUnavailable
from kasgate.kaspa.protowire import node_pb2 as pb
from tests.e2e.rig.gateway import free_port

PREFIX = "kaspasim"
START_S = 120.0
END_S = 60.0
BLOCK_S = 0.1
"""The time between two blocks on every network of Kaspa."""


@define(eq=False)
class Kaspad:
    """A node that can be stopped and restarted. ``running`` ends it in every case."""

    program: Path
    home: Path
    indexed: bool = True
    """Whether it can list the coins of an address."""
    grpc_port: int = field(factory=free_port)
    wrpc_port: int = field(factory=free_port)
    p2p_port: int = field(factory=free_port)
    # Not Trio's process type, which could not outlive a test.
    _process: subprocess.Popen[bytes] | None = None

    @property
    def grpc_url(self) -> str:
        """In the form of KASGATE_NODES."""
        return f"grpc://127.0.0.1:{self.grpc_port}"

    @property
    def wrpc_url(self) -> str:
        """In the form of KASGATE_NODES."""
        return f"ws://127.0.0.1:{self.wrpc_port}"

    def url(self, scheme: str) -> str:
        """Either URL, by its scheme."""
        return self.grpc_url if scheme == "grpc" else self.wrpc_url

    @property
    def _log(self) -> Path:
        return self.home / "kaspad.log"

    def _arguments(self, peer: int | None) -> Iterator[str]:
        yield from ("--simnet", "--enable-unsynced-mining", "--yes", "--nologfiles")
        if self.indexed:
            yield "--utxoindex"
        yield from ("--disable-upnp", "--nodnsseed", "--outpeers=0", "--ram-scale=0.3")
        yield f"--appdir={self.home / 'data'}"
        yield f"--rpclisten=127.0.0.1:{self.grpc_port}"
        yield f"--rpclisten-json=127.0.0.1:{self.wrpc_port}"
        yield f"--listen=127.0.0.1:{self.p2p_port}"
        yield "--maxinpeers=1"
        if peer is not None:
            yield f"--connect=127.0.0.1:{peer}"

    async def start(self, *, peer: int | None = None) -> None:
        """Return once it answers over both transports. ``peer`` is the port of another node to stay
        connected to."""
        self.home.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220 - it is a moment
                [self.program, *self._arguments(peer)], stdout=log, stderr=subprocess.STDOUT
            )
        with trio.move_on_after(START_S):
            while self._process.poll() is None:
                try:
                    for url in (self.grpc_url, self.wrpc_url):
                        async with connect(url, prefix=PREFIX) as node:
                            await node.server_info()
                except NodeUnavailable:
                    await trio.sleep(0.05)
                else:
                    return
        raise AssertionError(f"kaspad does not answer: {self._log.read_text()[-2000:]}")

    async def stop(self) -> None:
        """End it as an operator would."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """Kill it if it runs."""
        await self._end(signal.SIGKILL)

    async def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            await trio.to_thread.run_sync(self._process.wait, END_S)
            self._process = None

    @asynccontextmanager
    async def running(self, *, peer: int | None = None) -> AsyncIterator[Kaspad]:
        """Start it, and kill it at the end of the block if it still runs."""
        try:
            await self.start(peer=peer)
            yield self
        finally:
            with trio.CancelScope(shield=True):
                await self.kill()

    async def restart(self, *, peer: int | None = None) -> None:
        """``stop``, then ``start``."""
        await self.stop()
        await self.start(peer=peer)

    def linked(self) -> AbstractAsyncContextManager[GrpcNode]:
        """The gateway's adapter, linked to this node."""
        return grpc.connect(self.grpc_url, prefix=PREFIX)

    async def mine(self, blocks: int, to: str) -> None:
        """Make a chain of so many blocks, each as soon as the one before it is known.

        The coinbase of the block that merges a block pays its reward (kaspa.md §8).
        """
        async with self.linked() as node:
            for _ in range(blocks):
                await _mine(node, to)

    async def depth(self, address: str) -> int:
        """Confirmations of the one coin of an address (kaspa.md §4.3)."""
        async with self.linked() as node:
            (coin,) = await node.utxos([address])
            return (await node.server_info()).virtual_daa_score - coin.block_daa_score

    @asynccontextmanager
    async def mining(self, to: str) -> AsyncIterator[None]:
        """Make blocks at the network's rate while the block runs."""

        async def keep_on() -> None:
            async with self.linked() as node:
                while True:
                    began = trio.current_time()
                    await _mine(node, to)
                    await trio.sleep_until(began + BLOCK_S)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(keep_on)
            yield
            nursery.cancel_scope.cancel()


async def _mine(node: GrpcNode, to: str) -> None:
    """One block on top of the node's tips."""
    template = pb.GetBlockTemplateRequest(pay_address=to)
    made = await node._link.ask(
        pb.Request(get_block_template=template), lambda response: response.get_block_template
    )
    submitted = await node._link.ask(
        pb.Request(submit_block=pb.SubmitBlockRequest(block=made.block)),
        lambda response: response.submit_block,
    )
    assert submitted.reject_reason == pb.ACCEPTED, submitted
