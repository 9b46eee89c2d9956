"""A simulated Kaspa network whose nodes serve wRPC JSON, gRPC or REST over real sockets.

For the demo, the tests and the benches. Nothing here touches the real network, and it can't be
configured to report itself as mainnet.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kasgate.simnet.network import SimulatedNetwork

__all__ = ["SimulatedNetwork"]


def __getattr__(name: str) -> object:
    # A gateway uses only the control port's client from here. Importing the network itself would
    # cost every gateway 5 MB.
    if name == "SimulatedNetwork":
        from kasgate.simnet.network import SimulatedNetwork  # noqa: PLC0415

        return SimulatedNetwork
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
