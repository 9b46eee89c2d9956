"""The table of a node's methods, and its errors (kaspa.md §3.2)."""

from collections.abc import Callable, Mapping
from typing import Final, TypeVar, cast

import attrs
import msgspec

from kasgate.simnet.node import requests
from kasgate.simnet.node.wire import Json

NO_UTXO_INDEX: Final = "Method unavailable. Run the node with the --utxoindex argument."
BAD_PARAMS: Final = "request deserialization error"
NO_HANDLER: Final = "RPC method not found"

P = TypeVar("P", bound=requests.Params)


class RpcError(Exception):
    """A request is answered with an error frame, which carries only the message."""


@attrs.frozen
class Method:
    """A method that the node answers."""

    params: type[requests.Params]
    answer: Callable[[requests.Params], Json | bytes]
    """The ``params`` of the response, as JSON if it is bytes. Raises RpcError."""
    needs_index: bool = False
    """Whether it needs a UTXO index."""


Methods = Mapping[str, Method]


def method(
    params: type[P], answer: Callable[[P], Json | bytes], *, needs_index: bool = False
) -> Method:
    """A method whose answer takes exactly the parameters that are decoded for it."""
    untyped = cast(Callable[[requests.Params], Json | bytes], answer)
    return Method(params, untyped, needs_index)


def decode_params(raw: msgspec.Raw, into: type[P]) -> P:
    """Decode the parameters of a request. Raises RpcError without details."""
    try:
        return msgspec.json.decode(raw, type=into)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise RpcError(BAD_PARAMS) from None
