"""A simulated Kaspa network whose nodes speak wRPC JSON, gRPC or REST over real sockets.

For the demo, the tests and the benches: nothing here touches the real network, and it cannot be
made to call itself mainnet.
"""

from kasgate.simnet.network import SimulatedNetwork

__all__ = ["SimulatedNetwork"]
