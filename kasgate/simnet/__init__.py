"""A simulated Kaspa network whose nodes speak wRPC JSON, gRPC or REST over real sockets.

For the demo, the tests and the benches: nothing here touches the real network, and it cannot be
made to call itself mainnet.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kasgate.simnet.network import SimulatedNetwork

__all__ = ["SimulatedNetwork"]


def __getattr__(name: str) -> object:
    # A gateway uses the control port's client from here, and none of what it takes to be a
    # network: that would be 5 MB in every gateway.
    if name == "SimulatedNetwork":
        from kasgate.simnet.network import SimulatedNetwork  # noqa: PLC0415

        return SimulatedNetwork
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
