"""The control port of a simulated network: commands from other processes, one per line."""

import inspect
import ipaddress
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, get_type_hints

import attrs
import msgspec
import trio

from kasgate.kaspa.networks import Network
from kasgate.kaspa.utxo import Outpoint
from kasgate.simnet.control.client import MAX_LINE_BYTES, ControlAnswer, ControlRequest
from kasgate.simnet.dag.transactions import UtxoEntry

MAX_CONNECTIONS: Final = 64
"""Clients at a time; further ones are closed at once."""
IDLE_SECONDS: Final = 60.0
"""A client that sends nothing for so long is closed."""

_RECEIVE_BYTES: Final = 64 * 1024
_COMMANDS: Final = (
    *("pay", "pay_many", "release", "drop_from_mempool", "sweep"),
    *("mine", "advance", "reorg", "withdraw", "restore", "move_score", "prune", "balance"),
    *("override_utxo_set", "stall", "resume", "lag", "hang", "unhang", "repeat_notifications"),
    *("reorder_notifications", "drop_notifications", "disconnect_all", "refuse_connections"),
    *("answer_empty", "fail_next", "garbage", "set_synced", "set_utxoindex", "set_network_id"),
    *("set_chain_batch", "set_database", "cache_answers", "refuse_requests"),
)


class NoCommand(Exception):
    """A line is no command of this network. The text is for its sender."""


@attrs.frozen
class _Command:
    """A method and the struct that its arguments have to match."""

    method: Callable[..., object]
    arguments: type[msgspec.Struct]

    def run(self, arguments: msgspec.Raw) -> object:
        given = msgspec.json.decode(arguments, type=self.arguments)
        return self.method(**{name: getattr(given, name) for name in given.__struct_fields__})


def _command(method: Callable[..., object]) -> _Command:
    """A command from the signature of a method."""
    hints = get_type_hints(method)
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for name, parameter in inspect.signature(method).parameters.items():
        if parameter.default is inspect.Parameter.empty:
            fields.append((name, hints[name]))
        else:
            fields.append((name, hints[name], parameter.default))
    return _Command(
        method,
        msgspec.defstruct(
            method.__name__, fields, forbid_unknown_fields=True, kw_only=True, frozen=True
        ),
    )


def require_loopback(host: str) -> None:
    """Raise ValueError unless this host is a loopback address."""
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    if not loopback:
        raise ValueError(
            "The control port opens on loopback only, unless it is allowed to open elsewhere."
        )


class ControlledNetwork(Protocol):
    """The network as the control port uses it. Its commands are looked up by name."""

    @property
    def network(self) -> Network:
        """The network that it imitates."""
        ...

    @property
    def virtual_daa_score(self) -> int:
        """DAA score of the virtual block."""
        ...

    @property
    def sink(self) -> str:
        """Hash of the newest block of the selected chain."""
        ...

    @property
    def mempool(self) -> tuple[str, ...]:
        """Ids of the transactions in the mempool."""
        ...

    @property
    def connections(self) -> int:
        """Connections to all nodes."""
        ...

    @property
    def ports(self) -> tuple[int, ...]:
        """Ports of the nodes."""
        ...

    def utxos(self, address: str) -> list[tuple[Outpoint, UtxoEntry]]:
        """The coins of an address."""
        ...


class ControlServer:
    """Runs commands of any client. There is no password, so it listens on loopback."""

    def __init__(self, network: ControlledNetwork) -> None:
        self._network = network
        self._clients = 0
        commands = {name: _command(getattr(network, name)) for name in _COMMANDS}
        commands["info"] = _command(self.info)
        commands["utxos"] = _command(self.utxos)
        self.commands: Mapping[str, _Command] = commands
        """Commands by name."""

    def info(self) -> dict[str, object]:
        """The state of the network."""
        network = self._network
        return {
            "network": network.network.value,
            "virtual_daa_score": network.virtual_daa_score,
            "sink": network.sink,
            "mempool": network.mempool,
            "connections": network.connections,
            "ports": network.ports,
        }

    def utxos(self, address: str) -> list[dict[str, object]]:
        """The coins of an address."""
        return [
            {
                "transaction_id": outpoint.transaction_id,
                "index": outpoint.index,
                "amount": entry.amount,
                "daa_score": entry.daa_score,
                "is_coinbase": entry.is_coinbase,
                "covenant_id": entry.covenant_id,
            }
            for outpoint, entry in self._network.utxos(address)
        ]

    def _carry_out(self, line: bytes) -> ControlAnswer:
        """Run one line and return the answer. Raises NoCommand."""
        try:
            request = msgspec.json.decode(line, type=ControlRequest)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise NoCommand(f"This is not a command: {error}") from error
        command = self.commands.get(request.command)
        if command is None:
            raise NoCommand("There is no such command.")
        try:
            return ControlAnswer(result=command.run(request.arguments))
        except (ValueError, LookupError, RuntimeError) as error:
            # The methods raise for impossible requests, and msgspec for wrong arguments.
            return ControlAnswer(error=str(error))

    async def serve_stream(self, stream: trio.SocketStream) -> None:
        """Serve one client until it leaves, is silent for too long, or sends a line that is too
        long or no command. A web page can make a browser send a request here, with commands in its
        body. The connection ends at the first line of its head, so none of them runs."""
        if self._clients >= MAX_CONNECTIONS:
            await trio.aclose_forcefully(stream)
            return
        self._clients += 1
        try:
            await self._converse(stream)
        except (trio.BrokenResourceError, trio.TooSlowError):
            pass  # the client is gone or silent
        finally:
            self._clients -= 1
            await trio.aclose_forcefully(stream)

    async def _converse(self, stream: trio.SocketStream) -> None:
        waiting = bytearray()
        while True:
            with trio.fail_after(IDLE_SECONDS):
                received = await stream.receive_some(_RECEIVE_BYTES)
            if not received:
                return
            searched = len(waiting)
            waiting += received
            while (end := waiting.find(b"\n", searched)) >= 0:
                line = bytes(waiting[:end])
                del waiting[: end + 1]
                searched = 0
                if not await self._answered(stream, line):
                    return
            if len(waiting) > MAX_LINE_BYTES:
                await _send(stream, ControlAnswer(error="The command is too long."))
                return

    async def _answered(self, stream: trio.SocketStream, line: bytes) -> bool:
        """Answer one line. Returns whether it was a command."""
        try:
            answer = self._carry_out(line)
        except NoCommand as refused:
            await _send(stream, ControlAnswer(error=f"{refused} The connection is closed."))
            return False
        await _send(stream, answer)
        return True


async def _send(stream: trio.SocketStream, answer: ControlAnswer) -> None:
    line = msgspec.json.encode(answer) + b"\n"
    with trio.fail_after(IDLE_SECONDS):
        await stream.send_all(line)
