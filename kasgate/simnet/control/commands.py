"""Commands that inject faults into the nodes of a simulated network."""

import math
from typing import Final

from kasgate.kaspa.networks import Network
from kasgate.simnet.node.faults import MAX_PLANNED_FAILURES, Faults, garbage
from kasgate.simnet.node.node import SimulatedNode

MAX_GARBAGE: Final = 10_000
"""Frames of garbage sent at once."""
MAX_REPEATS: Final = 100
"""The most times that a notification can be sent."""

MAINNET_REFUSED: Final = (
    "The simulated network cannot be mainnet: its money is not real, and nothing may mistake it for"
    " the real network."
)


class NodeControls:
    """Faults of all nodes, present and future, or of the node that listens on ``port``.

    Every method raises ValueError for a ``port`` on which no node listens.
    """

    def __init__(self, common: Faults) -> None:
        self._nodes: dict[int, SimulatedNode] = {}
        # The state of new nodes; a fault of all nodes is set here as well.
        self._common = common

    def _faults(self, port: int | None) -> list[Faults]:
        if port is None:
            return [self._common, *(node.faults for node in self._nodes.values())]
        return [node.faults for node in self._chosen(port)]

    def _chosen(self, port: int | None) -> list[SimulatedNode]:
        if port is None:
            return list(self._nodes.values())
        if port not in self._nodes:
            raise ValueError(f"No node of this network listens on port {port}.")
        return [self._nodes[port]]

    def lag(self, seconds: float, *, port: int | None = None) -> None:
        """Delay notifications by so many seconds; 0 for none. Answers are not delayed. A REST
        server, which only answers, learns of changes so much later."""
        if not 0 <= seconds < math.inf:
            raise ValueError("A lag is a non-negative number of seconds.")
        for faults in self._faults(port):
            faults.lag = seconds

    def hang(self, *, port: int | None = None) -> None:
        """Stop answering requests; they wait. Notifications continue."""
        for faults in self._faults(port):
            faults.answering.shut()

    def unhang(self, *, port: int | None = None) -> None:
        """Answer again, waiting requests first."""
        for faults in self._faults(port):
            faults.answering.open()

    def repeat_notifications(self, times: int, *, port: int | None = None) -> None:
        """Send every notification this many times; 1 is normal."""
        if not 1 <= times <= MAX_REPEATS:
            raise ValueError(f"A notification is sent between 1 and {MAX_REPEATS} times.")
        for faults in self._faults(port):
            faults.repeats = times

    def reorder_notifications(self, on: bool, *, port: int | None = None) -> None:
        """Send the notifications of each step in random order (kaspa.md §4.1 allows it)."""
        for faults in self._faults(port):
            faults.reordering = on

    def drop_notifications(self, on: bool, *, port: int | None = None) -> None:
        """Lose all notifications."""
        for faults in self._faults(port):
            faults.dropping = on

    def disconnect_all(self, *, port: int | None = None) -> None:
        """Drop every connection without a closing handshake. Clients may reconnect at once."""
        for node in self._chosen(port):
            node.disconnect_all()

    def refuse_connections(self, on: bool, *, port: int | None = None) -> None:
        """Close new connections at once. Existing ones stay."""
        for faults in self._faults(port):
            faults.refusing_connections = on

    def answer_empty(self, n: int, *, port: int | None = None) -> None:
        """Make the next ``n`` getUtxosByAddresses of each node answer an empty list."""
        if n < 0:
            raise ValueError("A number of answers cannot be negative.")
        for faults in self._faults(port):
            faults.plan_empty_answers(n)

    def fail_next(self, method: str, n: int, message: str, *, port: int | None = None) -> None:
        """Make the next ``n`` requests of a method fail at each node, with this error message."""
        if n < 0:
            raise ValueError("A number of failures cannot be negative.")
        for faults in self._faults(port):
            faults.plan_failures(method, n, message)

    def garbage(self, n: int, *, port: int | None = None) -> None:
        """Send every client ``n`` unparsable frames, or replace the next ``n`` answers of a REST
        server by garbage."""
        if not 0 <= n <= MAX_GARBAGE:
            raise ValueError(f"Between 0 and {MAX_GARBAGE} frames of garbage can be sent at once.")
        for node in self._chosen(port):
            node.push(garbage(n))

    def set_synced(self, on: bool, *, port: int | None = None) -> None:
        """Report the node as synced or not; it serves either way."""
        for faults in self._faults(port):
            faults.synced = on

    def set_utxoindex(self, on: bool, *, port: int | None = None) -> None:
        """Have a UTXO index or not. Without one, calls by address fail and nothing is notified."""
        for faults in self._faults(port):
            faults.utxo_index = on

    def set_network_id(self, network_id: str, *, port: int | None = None) -> None:
        """Report another network. Raises ValueError for mainnet."""
        if network_id.strip().lower() == Network.MAINNET.value:
            raise ValueError(MAINNET_REFUSED)
        for faults in self._faults(port):
            faults.network_id = network_id

    def set_database(self, on: bool, *, port: int | None = None) -> None:
        """Have a database or not, for a REST server; without one half of its routes answer 503."""
        for faults in self._faults(port):
            faults.database = on

    def cache_answers(
        self, seconds: float, posts: bool = False, *, port: int | None = None
    ) -> None:
        """Repeat the answers of REST servers to equal requests for so many seconds; 0 to stop.
        ``posts`` includes the answers to POST requests, which no cache should keep."""
        if not 0 <= seconds < math.inf:
            raise ValueError("Answers are kept for a non-negative number of seconds.")
        for faults in self._faults(port):
            faults.cache_seconds, faults.cache_posts = seconds, posts

    def refuse_requests(self, n: int, retry_after: int, *, port: int | None = None) -> None:
        """Make each REST server refuse the next ``n`` requests with 429, and ask the client to
        retry after so many seconds."""
        if not 0 <= n <= MAX_PLANNED_FAILURES or retry_after < 0:
            raise ValueError(f"Between 0 and {MAX_PLANNED_FAILURES} requests can be refused.")
        for faults in self._faults(port):
            faults.plan_refusals(n, retry_after)

    def set_chain_batch(self, merged_blocks: int, *, port: int | None = None) -> None:
        """Limit one answer about the chain to so many merged blocks (2480 is normal)."""
        if merged_blocks < 1:
            raise ValueError("An answer covers at least one block.")
        for faults in self._faults(port):
            faults.chain_batch = merged_blocks
