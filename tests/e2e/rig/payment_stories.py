"""The ways in which a session can be paid, or not, while the gateway is killed and restarted.

Each is told from the shopper's side of the network. The expected result is known beforehand,
whenever the gateway is killed: the final status, and the number of each event.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import Random

import trio
from attrs import define, field, frozen

from kasgate.kaspa.address import Address, AddressVersion
from kasgate.money import Sompi, format_kas
from kasgate.simnet import SimulatedNetwork
from kasgate.simnet.dag.dag import UnknownTransactionError
from tests.e2e.rig.shop import Json, Shop, eventually

KAS = 100_000_000
SHORT_S = 60
"""The shortest lifetime of a session."""
GONE_S = 14.0
"""How long a withdrawn payment stays away: longer than its grace (kaspa.md §4.4)."""

Events = Counter[str]


def events(*names: str) -> Events:
    """A session's events except the one of its creation."""
    return Counter(f"payment.{name}" for name in ("pending", *names))


@frozen
class GatewayRun:
    """One run of the gateway, from its start to its kill."""

    ended: trio.Event = field(factory=trio.Event)
    meanwhile: list[trio.Event] = field(factory=list)
    """Set when everything planned between its end and the next run has happened."""


@define(eq=False)
class StoryContext:
    """The state that all stories share."""

    network: SimulatedNetwork
    random: Random
    runs: tuple[GatewayRun, ...]
    started_at: float
    pace: float = 1.0
    """How much slower than planned everything runs on this machine: at least 1."""
    lines: list[str] = field(factory=list)
    """Events of the gateway and the network as a whole."""

    def at(self, seconds: float) -> float:
        """Trio's time after this many seconds of the plan."""
        return self.started_at + seconds * self.pace

    def note(self, text: str) -> None:
        """Record an event that concerns all stories."""
        self.lines.append(f"{trio.current_time() - self.started_at:7.2f}  {text}")


@define(eq=False)
class Story:
    """One session and its actions."""

    kind: Kind
    context: StoryContext
    shop: Shop
    gateway_run: GatewayRun
    """The run of the gateway at whose end the story acts, if any."""
    session: Json = field(factory=dict)
    lines: list[str] = field(factory=list)

    @property
    def id(self) -> str:
        text: str = self.session["id"]
        return text

    @property
    def address(self) -> str:
        """The address to pay."""
        text: str = self.session["address"]
        return text

    @property
    def amount(self) -> int:
        """The requested sompi."""
        return int(self.session["amountSompi"])

    def note(self, text: str) -> None:
        """Record an event."""
        at = trio.current_time() - self.context.started_at
        self.lines.append(f"{at:7.2f}  {text}")

    async def run(self) -> None:
        """Create the session, then play the story."""
        kas = self.context.random.randrange(3, 30)
        fields: Json = {"requiredConfirmations": self.kind.confirmations}
        if self.kind.short:
            fields["expiresIn"] = round(SHORT_S * self.context.pace)
        self.session = await self.shop.order(str(kas), **fields)
        self.note(f"{self.kind.name}: {kas} KAS asked for, session {self.id}")
        await trio.sleep(self.context.random.uniform(0, 1))
        await self.kind.play(self)
        self.note("nothing more is done to it")

    def pay(self, sompi: int, *, outputs: int = 1) -> str:
        """Pay the session; the payment is in the mempool then."""
        txid = self.context.network.pay(self.address, sompi, outputs=outputs)
        self.note(f"paid {format_kas(Sompi(sompi))} KAS in {outputs} outputs of {txid}")
        return txid

    async def accepted(self, coins: int = 1) -> None:
        """Return once so many coins are at the address."""
        await eventually(lambda: len(self.context.network.utxos(self.address)) >= coins)

    async def sweep(self) -> None:
        """The merchant sweeps the coins, again if a reorg has undone it."""
        network, txid = self.context.network, ""
        while network.utxos(self.address):
            if txid not in network.mempool:
                with suppress(UnknownTransactionError):  # The payment itself is being undone.
                    txid = network.sweep(self.address)
                    self.note(f"swept by {txid}")
            await trio.sleep(0.1)

    async def told(self, event: str) -> None:
        """Return once the shop has this event."""
        await self.shop.endpoint.wait_told(self.id, f"payment.{event}")
        self.note(f"the shop heard of payment.{event}")

    async def cancel(self) -> None:
        await self.shop.cancel(self.id)
        self.note("cancelled")


Script = Callable[[Story], Awaitable[None]]


@frozen
class Kind:
    """A way to pay a session, and its expected result."""

    name: str
    play: Script
    status: str
    told: tuple[Events, ...]
    """Possible events; more than one where a kill may hide something from the gateway."""
    confirmations: int = 10
    short: bool = False
    late: bool = False
    """Whether its payments are late."""
    at_the_end_of_a_life: bool = False
    """Whether it acts while the gateway is off."""


async def _pay_exactly(story: Story) -> None:
    story.pay(story.amount)


async def _pay_in_one_block(story: Story) -> None:
    part = story.amount * 6 // 10
    story.pay(part)
    story.pay(story.amount - part)


async def _pay_in_two_blocks(story: Story) -> None:
    part = story.amount * 6 // 10
    story.pay(part)
    await story.accepted()
    await trio.sleep(story.context.random.uniform(0, 2))
    story.pay(story.amount - part)


async def _pay_two_outputs(story: Story) -> None:
    story.pay(story.amount, outputs=2)


async def _pay_beside_a_stranger(story: Story) -> None:
    stranger = story.context.network.pay_many
    txid = stranger([(SOMEBODY, 5 * KAS), (story.address, story.amount), (SOMEBODY, KAS)])
    story.note(f"paid by output 1 of {txid}, whose others are a stranger's")


async def _pay_too_much(story: Story) -> None:
    story.pay(story.amount + KAS)


async def _pay_again(story: Story) -> None:
    story.pay(story.amount)
    await story.told("confirmed")
    await trio.sleep(story.context.random.uniform(0, 2))
    story.pay(KAS)


async def _pay_a_part_and_cancel(story: Story) -> None:
    story.pay(story.amount - KAS)
    await story.told("partial")
    await story.cancel()


async def _pay_a_part(story: Story) -> None:
    story.pay(story.amount - KAS)


async def _do_nothing(story: Story) -> None:
    story.note("never paid")


async def _pay_after_cancelling(story: Story) -> None:
    await story.cancel()
    await trio.sleep(story.context.random.uniform(0, 4))
    story.pay(story.amount)


async def _pay_after_expiry(story: Story) -> None:
    await story.told("expired")
    story.pay(story.amount)


async def _move_score(story: Story) -> None:
    txid = story.pay(story.amount)
    await story.accepted()
    for _ in range(3):
        await trio.sleep(story.context.random.uniform(0.2, 0.8))
        story.context.network.move_score(txid, story.context.random.choice((1, 2)))
        story.note("its outpoint was removed and added with another score")


async def _withdraw(story: Story) -> str:
    txid = story.pay(story.amount)
    await story.accepted()
    await trio.sleep(story.context.random.uniform(0, 2))
    story.context.network.withdraw(txid)
    story.note("withdrawn by a reorg that double-spends it")
    return txid


async def _withdraw_and_restore(story: Story) -> None:
    txid = await _withdraw(story)
    await trio.sleep(GONE_S)
    story.context.network.restore(txid)
    story.note("accepted again")


async def _withdraw_for_good(story: Story) -> None:
    await _withdraw(story)
    await trio.sleep(GONE_S)

    async def without_money() -> bool:
        return int((await story.shop.read(story.id))["receivedSompi"]) == 0

    # An archive's answer has a grace of half a minute, which each kill restarts.
    await eventually(without_money, within=120 * story.context.pace, every=0.5)
    await story.cancel()


async def _sweep_at_once(story: Story) -> None:
    story.pay(story.amount)
    await story.accepted()
    await trio.sleep(story.context.random.uniform(0, 1))
    await story.sweep()


async def _pay_while_away(story: Story) -> None:
    await story.gateway_run.ended.wait()
    story.pay(story.amount)


async def _pay_and_sweep_while_away(story: Story) -> None:
    done = trio.Event()
    if not story.gateway_run.ended.is_set():
        story.gateway_run.meanwhile.append(done)
    await story.gateway_run.ended.wait()
    story.pay(story.amount)
    await story.accepted()
    await story.sweep()
    done.set()


SOMEBODY = str(Address("kaspasim", AddressVersion.PUBKEY, bytes(32)))
"""A stranger's address."""

PAID = (events("confirming", "confirmed"),)
PAID_IN_PARTS = (events("partial", "confirming", "confirmed"),)

KINDS: tuple[Kind, ...] = (
    Kind("paid exactly", _pay_exactly, "confirmed", PAID),
    Kind("6 + 4 in one block", _pay_in_one_block, "confirmed", PAID_IN_PARTS),
    Kind("6 + 4 in two blocks", _pay_in_two_blocks, "confirmed", PAID_IN_PARTS),
    Kind("two outputs of one transaction", _pay_two_outputs, "confirmed", PAID_IN_PARTS),
    Kind("one transaction for several payees", _pay_beside_a_stranger, "confirmed", PAID),
    Kind(
        "overpaid",
        _pay_too_much,
        "confirmed",
        (events("confirming", "overpaid", "confirmed"),),
    ),
    Kind(
        "paid again when confirmed",
        _pay_again,
        "confirmed",
        (events("confirming", "confirmed", "overpaid"),),
    ),
    Kind(
        "paid in part, then cancelled",
        _pay_a_part_and_cancel,
        "expired",
        (events("partial", "expired"),),
    ),
    Kind(
        "paid in part until it expired",
        _pay_a_part,
        "expired",
        (events("partial", "expired"),),
        short=True,
    ),
    Kind("never paid", _do_nothing, "expired", (events("expired"),), short=True),
    Kind(
        "paid when cancelled",
        _pay_after_cancelling,
        "expired",
        (events("expired", "late"),),
        late=True,
    ),
    Kind(
        "paid when expired",
        _pay_after_expiry,
        "expired",
        (events("expired", "late"),),
        short=True,
        late=True,
    ),
    Kind("score moved", _move_score, "confirmed", PAID, confirmations=40),
    Kind(
        "withdrawn and accepted again",
        _withdraw_and_restore,
        "confirmed",
        (*PAID, events("confirming", "reverted", "confirming", "confirmed")),
        confirmations=200,
    ),
    Kind(
        "withdrawn for good, then cancelled",
        _withdraw_for_good,
        "expired",
        (events("expired"), events("confirming", "reverted", "expired")),
        confirmations=600,
    ),
    Kind("swept before it was confirmed", _sweep_at_once, "confirmed", PAID, confirmations=40),
    Kind(
        "paid while the gateway was away",
        _pay_while_away,
        "confirmed",
        PAID,
        at_the_end_of_a_life=True,
    ),
    Kind(
        "paid and swept while the gateway was away",
        _pay_and_sweep_while_away,
        "confirmed",
        PAID,
        at_the_end_of_a_life=True,
    ),
    Kind(
        "paid in time while the gateway was away, which came back too late",
        _pay_while_away,
        "confirmed",
        PAID,
        short=True,
        at_the_end_of_a_life=True,
    ),
)
