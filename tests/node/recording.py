"""Plays one story on a real or a simulated network, and records every frame of both transports.

python -m tests.node.recording /path/to/kaspad     writes tests/node/frames again
"""

from __future__ import annotations

import json
import sys
import tempfile
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol, cast

import trio
from attrs import define, field
from google.protobuf import json_format
from google.protobuf.message import Message

from kasgate.kaspa.grpc.stream import MessageStream, message_stream
from kasgate.kaspa.protowire import node_pb2 as pb
from kasgate.simnet import SimulatedNetwork
from tests.node.kaspad import Kaspad
from tests.node.wallet import COINBASE_MATURITY, ShopKeys, Wallet, sweep
from tests.simnet.wire_client import WireClient, connect

FRAMES = Path(__file__).parent / "frames"
TRANSPORTS = ("wrpc", "grpc")
KAS = 100_000_000
REWARD = 50 * KAS
QUIET_S = 0.5
"""A node has sent everything once it was quiet for so long."""
PATIENCE_S = 60.0
ENUMS = {"dataVerbosityLevel"}
"""Fields that are a word in JSON and a number in protobuf."""

Json = dict[str, Any]
KEYS = ShopKeys(seed="22" * 64)
ALICE, BOB = KEYS.address(0), KEYS.address(1)


class Stage(Protocol):
    """A network on which the story is played."""

    @property
    def ports(self) -> tuple[int, int]:
        """The ports of a node for wRPC JSON and gRPC."""
        ...

    async def pay(self, *payments: tuple[str, int]) -> str:
        """Send one transaction into the mempool; its id."""
        ...

    async def sweep(self, address: str) -> None:
        """Spend the coins of one of the shop's addresses; the transaction goes to the mempool."""
        ...

    async def mine(self, to: str | None = None) -> None:
        """Make one block. Its reward goes to this address, or to an address without meaning."""
        ...


@define(eq=False)
class RealStage:
    node: Kaspad
    wallet: Wallet

    @property
    def ports(self) -> tuple[int, int]:
        return self.node.wrpc_port, self.node.grpc_port

    async def pay(self, *payments: tuple[str, int]) -> str:
        return await self.wallet.pay(*payments)

    async def sweep(self, address: str) -> None:
        await sweep(self.node.wrpc_port, KEYS.key_of(address), self.wallet.address)

    async def mine(self, to: str | None = None) -> None:
        await self.node.mine(1, to or self.wallet.address)


@define(eq=False)
class SimulatedStage:
    network: SimulatedNetwork
    ports: tuple[int, int]

    async def pay(self, *payments: tuple[str, int]) -> str:
        return self.network.pay_many(payments)

    async def sweep(self, address: str) -> None:
        self.network.sweep(address)

    async def mine(self, to: str | None = None) -> None:
        if to is not None:
            self.network.pay(to, REWARD, coinbase=True)
        self.network.mine()


@asynccontextmanager
async def simulated_stage() -> AsyncIterator[SimulatedStage]:
    network = SimulatedNetwork(blocks_per_second=0, score_jitter=False)
    async with trio.open_nursery() as nursery:
        ports = await nursery.start(network.serve), await nursery.start(network.serve_grpc)
        network.mine(5)
        yield SimulatedStage(network, ports)
        nursery.cancel_scope.cancel()


@define(eq=False)
class Ear(ABC):
    """A client that keeps every frame, in the order of the wire."""

    frames: list[Json] = field(factory=list, init=False)
    """Each with ``ask`` or ``command`` and ``params``, ``answer``, ``error``, or ``event`` and
    ``params``."""
    _number: int = field(default=0, init=False)

    async def ask(self, method: str, **params: Any) -> Json:
        """Send a request and wait for the answer; None if the node refused."""
        self._number += 1
        self.frames.append({"ask": method, "params": params})
        await self._send(self._number, method, params)
        return await self._answer()

    async def command(self, order: str, event: str, **scope: Any) -> None:
        """Subscribe to an event or unsubscribe from it."""
        self._number += 1
        self.frames.append({"ask": order, "params": {event: scope}})
        await self._command(self._number, order, event, scope)
        await self._answer()

    async def _answer(self) -> Json:
        with trio.fail_after(PATIENCE_S):
            while True:
                frame = await self._hear()
                self.frames.append(frame)
                if "event" not in frame:
                    return cast("Json", frame.get("answer", {}))

    async def listen(self) -> None:
        """Receive notifications until the node is quiet."""
        while True:
            with trio.move_on_after(QUIET_S) as waiting:
                self.frames.append(await self._hear())
            if waiting.cancelled_caught:
                return

    @abstractmethod
    def id_of(self, coin: Json) -> str:
        """The id of the transaction that made a coin."""

    @abstractmethod
    def score_of(self, coin: Json) -> int:
        """The score of a coin."""

    @abstractmethod
    async def _send(self, number: int, method: str, params: Json) -> None: ...

    @abstractmethod
    async def _command(self, number: int, order: str, event: str, scope: Json) -> None: ...

    @abstractmethod
    async def _hear(self) -> Json: ...


@define(eq=False)
class WrpcEar(Ear):
    _client: WireClient

    def id_of(self, coin: Json) -> str:
        return str(coin["outpoint"]["transactionId"])

    def score_of(self, coin: Json) -> int:
        return int(coin["utxoEntry"]["blockDaaScore"])

    async def _send(self, number: int, method: str, params: Json) -> None:
        await self._client.send({"id": number, "method": method, "params": params})

    async def _command(self, number: int, order: str, event: str, scope: Json) -> None:
        await self._send(number, order, {event: scope})

    async def _hear(self) -> Json:
        frame = json.loads(await self._client.socket.get_message())
        if "id" not in frame:
            assert frame.keys() == {"method", "params"}
            ((event, params),) = frame["params"].items()
            assert frame["method"] == event[0].lower() + event[1:] + "Notification"
            return {"event": event, "params": params}
        assert frame["id"] == self._number
        if "error" in frame:
            assert frame.keys() == {"id", "method", "error"}
            return {"error": frame["error"]}
        assert frame.keys() == {"id", "method", "params"}
        return {"answer": frame["params"]}


@define(eq=False)
class GrpcEar(Ear):
    _stream: MessageStream

    def id_of(self, coin: Json) -> str:
        return str(coin["outpoint"]["transaction_id"])

    def score_of(self, coin: Json) -> int:
        return int(coin["utxo_entry"]["block_daa_score"])

    async def _send(self, number: int, method: str, params: Json) -> None:
        named = {name: value.upper() if name in ENUMS else value for name, value in params.items()}
        request = json_format.ParseDict({method: named}, pb.Request())
        request.id = number
        await self._stream.send_message(request.SerializeToString())

    async def _command(self, number: int, order: str, event: str, scope: Json) -> None:
        command = "START" if order == "subscribe" else "STOP"
        await self._send(number, f"notify{event}", {**scope, "command": command})

    async def _hear(self) -> Json:
        response = pb.Response.FromString(await self._stream.receive())
        kind = response.WhichOneof("payload")
        assert kind is not None
        content = fields_of(getattr(response, kind))
        if response.id == 0:
            event = "".join(word.capitalize() for word in kind.split("_"))
            return {"event": event, "params": content}
        assert response.id == self._number
        if "error" in content:
            return {"error": content["error"]}
        return {"answer": content}


def fields_of(message: Message) -> Json:
    """The fields on the wire, by their names in the gateway's definition. Fields outside it can't
    be read by the gateway and do not count."""
    found: Json = {}
    for place, value in message.ListFields():
        if place.message_type is None:
            found[place.name] = list(value) if place.is_repeated else value
        elif place.is_repeated:
            found[place.name] = [fields_of(each) for each in value]
        else:
            found[place.name] = fields_of(value)
    return found


@asynccontextmanager
async def listening(ports: tuple[int, int]) -> AsyncIterator[dict[str, Ear]]:
    """A client of each transport."""
    wrpc, grpc = ports
    deadline = trio.current_time() + PATIENCE_S
    async with connect(wrpc) as client, message_stream("127.0.0.1", grpc, deadline) as stream:
        yield {"wrpc": WrpcEar(client), "grpc": GrpcEar(stream)}


async def record(stage: Stage) -> dict[str, list[Json]]:
    """Play the story; the frames on the wire, by transport."""
    async with listening(stage.ports) as ears:
        await play(stage, list(ears.values()))
        return {name: ear.frames for name, ear in ears.items()}


async def play(stage: Stage, ears: Sequence[Ear]) -> None:
    """Make every kind of request that the gateway makes, around payments that arrive and are
    spent."""
    pools = {"includeOrphanPool": False, "filterTransactionPool": False}
    both = {"addresses": [ALICE, BOB]}
    start = ""
    for ear in ears:
        await ear.ask("getServerInfo")
        await ear.ask("getSyncStatus")
        start = (await ear.ask("getSink"))["sink"]
        await ear.command("subscribe", "VirtualDaaScoreChanged")
        await ear.command("subscribe", "PruningPointUtxoSetOverride")
        await ear.command("subscribe", "UtxosChanged", **both)
        await ear.ask("getUtxosByAddresses", **both)
        await ear.ask("getMempoolEntriesByAddresses", **both, **pools)

    paid = await stage.pay((ALICE, 3 * KAS), (BOB, 4 * KAS))
    for ear in ears:
        await ear.ask("getMempoolEntriesByAddresses", **both, **pools)
    await _mine(stage, ears)
    await _mine(stage, ears, BOB)
    await _mine(stage, ears)
    await _mine(stage, ears)

    for ear in ears:
        coins = (await ear.ask("getUtxosByAddresses", **both))["entries"]
        scores = {ear.id_of(coin): ear.score_of(coin) for coin in coins}
        (reward,) = scores.keys() - {paid}
        for transaction, score in (
            (paid, scores[paid]),
            (reward, scores[reward]),
            (paid, scores[reward]),
            (paid, scores[reward] + 1_000_000),
        ):
            await ear.ask("getUtxoReturnAddress", txid=transaction, acceptingBlockDaaScore=score)
        chain = {"startHash": start, "includeAcceptedTransactionIds": True}
        await ear.ask("getVirtualChainFromBlock", **chain)
        for level in ("None", "Low", "High", "Full"):
            chain = {"startHash": start, "dataVerbosityLevel": level}
            await ear.ask("getVirtualChainFromBlockV2", **chain)
        sink = (await ear.ask("getSink"))["sink"]
        await ear.ask("getVirtualChainFromBlockV2", startHash=sink, dataVerbosityLevel="Low")
        await ear.ask("getBlock", hash=sink, includeTransactions=False)
        await ear.ask("getBlock", hash=sink, includeTransactions=True)
        await ear.ask("getDaaScoreTimestampEstimate", daaScores=[0, scores[paid]])

    await stage.sweep(ALICE)
    for ear in ears:
        await ear.ask("getMempoolEntriesByAddresses", **both, **pools)
    await _mine(stage, ears)
    for ear in ears:
        await ear.command("unsubscribe", "UtxosChanged", addresses=[ALICE])
    await stage.pay((ALICE, 3 * KAS))
    await _mine(stage, ears)

    for ear in ears:
        unknown = {"startHash": "ab" * 32}
        await ear.ask("getVirtualChainFromBlock", **unknown, includeAcceptedTransactionIds=True)
        await ear.ask("getVirtualChainFromBlockV2", **unknown, dataVerbosityLevel="Low")
        await ear.ask("getBlock", hash="ab" * 32, includeTransactions=True)
        await ear.ask("getUtxosByAddresses", addresses=["kaspasim:qq"])
        pools = {"includeOrphanPool": False, "filterTransactionPool": True}
        await ear.ask("getMempoolEntriesByAddresses", **both, **pools)


async def _mine(stage: Stage, ears: Sequence[Ear], to: str | None = None) -> None:
    """Make one block, and receive its notifications."""
    await stage.mine(to)
    async with trio.open_nursery() as nursery:
        for ear in ears:
            nursery.start_soon(ear.listen)


def main(program: str) -> None:
    """Write the frames of a real node."""

    async def write() -> None:
        with tempfile.TemporaryDirectory() as folder:
            node = Kaspad(Path(program), Path(folder))
            async with node.running():
                wallet = Wallet(node.wrpc_port)
                await node.mine(COINBASE_MATURITY + 5, wallet.address)
                recorded = await record(RealStage(node, wallet))
        for transport, frames in recorded.items():
            lines = ",\n".join(json.dumps(frame) for frame in frames)
            (FRAMES / f"{transport}.json").write_text(f"[\n{lines}\n]\n")

    trio.run(write)


if __name__ == "__main__":
    main(*sys.argv[1:])
