"""The subscriptions of a connection, and the frames that one step of the network sends to it."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Final

import attrs
import msgspec

from kasgate.simnet.dag.chain import Block
from kasgate.simnet.dag.dag import Step
from kasgate.simnet.dag.utxoset import Coin
from kasgate.simnet.node.wire import AddressBook, accepted_ids_json, block_json, notification_frame

MAX_TRACKED_ADDRESSES: Final = 1_000_000
"""The most addresses that one node watches for all its connections together (kaspa.md §3.4)."""


class Event(StrEnum):
    """The scopes of a subscription, by their names on the wire."""

    BLOCK_ADDED = "BlockAdded"
    VIRTUAL_CHAIN_CHANGED = "VirtualChainChanged"
    FINALITY_CONFLICT = "FinalityConflict"
    FINALITY_CONFLICT_RESOLVED = "FinalityConflictResolved"
    UTXOS_CHANGED = "UtxosChanged"
    SINK_BLUE_SCORE_CHANGED = "SinkBlueScoreChanged"
    VIRTUAL_DAA_SCORE_CHANGED = "VirtualDaaScoreChanged"
    PRUNING_POINT_UTXO_SET_OVERRIDE = "PruningPointUtxoSetOverride"
    NEW_BLOCK_TEMPLATE = "NewBlockTemplate"


class Scripts:
    """The scripts whose coins a connection watches: none, some, or all.

    Subscribing adds and unsubscribing removes. An empty list subscribes to the whole network, or
    unsubscribes from everything. Adding to the whole network leaves only the added scripts
    (kaspa.md §3.4).
    """

    def __init__(self) -> None:
        self._some: set[str] = set()
        self._every = False

    def __len__(self) -> int:
        return len(self._some)

    def __bool__(self) -> bool:
        return self._every or bool(self._some)

    def add(self, scripts: Iterable[str]) -> None:
        """Also watch these scripts; an empty list means all."""
        wanted = set(scripts)
        self._every = not wanted
        if self._every:
            self._some = set()
        else:
            self._some |= wanted

    def remove(self, scripts: Iterable[str]) -> None:
        """Stop watching these scripts; an empty list means all."""
        unwanted = set(scripts)
        if unwanted:
            self._some -= unwanted
        else:
            self._some = set()
            self._every = False

    def wanted(self, coins: tuple[Coin, ...]) -> tuple[int, ...]:
        """The indexes of the coins that are watched."""
        if self._every:
            return tuple(range(len(coins)))
        some = self._some
        return tuple(place for place, coin in enumerate(coins) if coin[1].script in some)


@attrs.define
class Subscriptions:
    """All subscriptions of one connection. They end with the socket."""

    scripts: Scripts = attrs.Factory(Scripts)
    events: set[Event] = attrs.Factory(set)
    """All events except UtxosChanged."""
    accepted_ids: bool = False
    """Whether VirtualChainChanged comes with the ids of accepted transactions."""


class StepFrames:
    """The notifications of one step, each encoded at most once for all connections."""

    def __init__(self, step: Step, book: AddressBook, pruning_point: str) -> None:
        self.step = step
        self._book = book
        self._pruning_point = pruning_point
        self._made: dict[object, str] = {}
        self._coins: dict[tuple[str, int], bytes] = {}

    def for_connection(self, wants: Subscriptions, *, with_coins: bool = True) -> list[str]:
        """The frames for one connection, in the order of a node (kaspa.md §4.1).

        ``with_coins`` is False for a node without a UTXO index.
        """
        frames: list[str] = []
        if Event.BLOCK_ADDED in wants.events:
            frames += [self._block_added(block) for block in self.step.new_blocks]
        if Event.NEW_BLOCK_TEMPLATE in wants.events and self.step.new_blocks:
            frames.append(self._plain(Event.NEW_BLOCK_TEMPLATE, {}))
        if with_coins and wants.scripts and self.step.changes:
            frames += self._utxos_changed(wants.scripts)
        if Event.SINK_BLUE_SCORE_CHANGED in wants.events:
            score = {"sinkBlueScore": self.step.sink_blue_score}
            frames.append(self._plain(Event.SINK_BLUE_SCORE_CHANGED, score))
        if Event.VIRTUAL_DAA_SCORE_CHANGED in wants.events:
            score = {"virtualDaaScore": self.step.virtual_daa_score}
            frames.append(self._plain(Event.VIRTUAL_DAA_SCORE_CHANGED, score))
        if Event.VIRTUAL_CHAIN_CHANGED in wants.events and (
            self.step.added_chain or self.step.removed_chain
        ):
            frames.append(self._chain_changed(wants.accepted_ids))
        return frames

    def _once(self, key: object, make: Callable[[], str]) -> str:
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = make()
        return made

    def _plain(self, event: Event, params: dict[str, int]) -> str:
        return self._once(event, lambda: notification_frame(event, msgspec.json.encode(params)))

    def _block_added(self, block: Block) -> str:
        def make() -> str:
            params = {
                "block": block_json(
                    self._book,
                    block,
                    pruning_point=self._pruning_point,
                    child=None,
                    on_chain=False,
                    with_transactions=True,
                )
            }
            return notification_frame(Event.BLOCK_ADDED, msgspec.json.encode(params))

        return self._once(block.hash, make)

    def _chain_changed(self, with_ids: bool) -> str:
        def make() -> str:
            blocks = self.step.added_chain
            params = {
                "removedChainBlockHashes": self.step.removed_chain,
                "addedChainBlockHashes": [block.hash for block in blocks],
                "acceptedTransactionIds": (
                    [accepted_ids_json(block) for block in blocks] if with_ids else []
                ),
            }
            return notification_frame(Event.VIRTUAL_CHAIN_CHANGED, msgspec.json.encode(params))

        return self._once((Event.VIRTUAL_CHAIN_CHANGED, with_ids), make)

    def _utxos_changed(self, scripts: Scripts) -> list[str]:
        added = scripts.wanted(self.step.changes.added)
        removed = scripts.wanted(self.step.changes.removed)
        if not added and not removed:
            return []

        def make() -> str:
            gained = b",".join(self._coin("added", place) for place in added)
            lost = b",".join(self._coin("removed", place) for place in removed)
            params = b'{"added":[' + gained + b'],"removed":[' + lost + b"]}"
            return notification_frame(Event.UTXOS_CHANGED, params)

        return [self._once((added, removed), make)]

    def _coin(self, side: str, place: int) -> bytes:
        made = self._coins.get((side, place))
        if made is None:
            changes = self.step.changes
            coins = changes.added if side == "added" else changes.removed
            made = msgspec.json.encode(self._book.utxo(*coins[place]))
            self._coins[side, place] = made
        return made
