"""Control of a simulated network from another process: the client of its control port.

A request is one line of JSON, and so is its answer: ``{"command": "pay", "arguments": {...}}`` gets
``{"result": ...}`` or ``{"error": "a sentence"}``. The commands and their arguments are the methods
of SimulatedNetwork, and also ``info`` and ``utxos``.
"""

import json
import socket
from typing import Final

import msgspec
import trio

MAX_LINE_BYTES: Final = 1024 * 1024
"""Longest request; answers can be longer."""
MAX_ANSWER_BYTES: Final = 64 * 1024 * 1024
TIMEOUT_SECONDS: Final = 10.0

_RECEIVE_BYTES: Final = 64 * 1024


class ControlError(Exception):
    """The control port can't be reached, or it refused. The message is a sentence for the user."""


class ControlAnswer(msgspec.Struct, omit_defaults=True):
    """An answer of the control port: a result or an error."""

    result: object = None
    error: str | None = None


class ControlRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A request to the control port."""

    command: str
    arguments: msgspec.Raw = msgspec.Raw(b"{}")


def _request(command: str, arguments: dict[str, object]) -> bytes:
    line = json.dumps({"command": command, "arguments": arguments}).encode()
    if len(line) >= MAX_LINE_BYTES:
        raise ControlError("The command is too long.")
    return line + b"\n"


def _result(line: bytes | bytearray) -> object:
    if not line.endswith(b"\n"):
        raise ControlError("The simulated network closed the connection without an answer.")
    try:
        answer = msgspec.json.decode(line, type=ControlAnswer)
    except msgspec.DecodeError as error:
        raise ControlError("The answer does not come from a simulated network.") from error
    if answer.error is not None:
        raise ControlError(answer.error)
    return answer.result


def call(
    host: str,
    port: int,
    command: str,
    /,
    *,
    timeout_seconds: float = TIMEOUT_SECONDS,
    **arguments: object,
) -> object:
    """Send a command to a simulated network, and return its result.

    ``arguments`` are those of the method, as JSON values. Blocks the thread; under Trio use
    ``acall``. Raises ControlError if the control port can't be reached, does not answer in time or
    refuses.
    """
    request = _request(command, arguments)
    answer = bytearray()
    try:
        with socket.create_connection((host, port), timeout_seconds) as connection:
            connection.sendall(request)
            while not answer.endswith(b"\n") and len(answer) < MAX_ANSWER_BYTES:
                received = connection.recv(_RECEIVE_BYTES)
                if not received:
                    break
                answer += received
    except OSError as error:
        raise ControlError(f"The simulated network cannot be reached: {error}") from error
    return _result(answer)


async def acall(
    host: str,
    port: int,
    command: str,
    /,
    *,
    timeout_seconds: float = TIMEOUT_SECONDS,
    **arguments: object,
) -> object:
    """Like ``call``, for a Trio task. A cancelled call may or may not have taken effect."""
    request = _request(command, arguments)
    answer = bytearray()
    try:
        with trio.fail_after(timeout_seconds):
            async with await trio.open_tcp_stream(host, port) as stream:
                await stream.send_all(request)
                while not answer.endswith(b"\n") and len(answer) < MAX_ANSWER_BYTES:
                    received = await stream.receive_some(_RECEIVE_BYTES)
                    if not received:
                        break
                    answer += received
    except (OSError, trio.BrokenResourceError, trio.TooSlowError) as error:
        raise ControlError(f"The simulated network cannot be reached: {error}") from error
    return _result(answer)
