"""`kill -9`, three times, while sessions are paid in every possible way, over each transport: 200
over the first, enough over the others.

At the end every payment that the network accepted is in its session exactly once, every session is
in its right state, and every event was delivered. Random choices follow from KASGATE_KILL_SEED,
which a failure shows; how the processes share the machine does not.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random, SystemRandom

import httpx
import pytest
import trio
from attrs import define, field

from kasgate.kaspa.extended_key import ReceiveChain, parse_account_key
from kasgate.kaspa.networks import Network
from kasgate.kaspa.utxo import Outpoint
from tests.e2e.rig.faults import GatewayRuns, Kill, plan_of, trouble_the_node
from tests.e2e.rig.gateway import Transport, free_port, over_every_transport, rows, serving
from tests.e2e.rig.ledger import accepted_payments
from tests.e2e.rig.ledger_checks import LedgerChecks, ledger_of, money_wrong, report
from tests.e2e.rig.payment_stories import KAS, KINDS, GatewayRun, Kind, Story, StoryContext
from tests.e2e.rig.shop import PATIENCE_S, Endpoint, Json, Shop, client_of, eventually, open_shop

SESSIONS = {Transport.WRPC: 200, Transport.GRPC: 3 * len(KINDS), Transport.REST: 3 * len(KINDS)}
BEGIN_WITHIN_S = 40.0
"""Stories begin within this time, except short ones, which begin at once."""
STORIES_S = 240.0
SETTLE_S = 120.0
"""Time for all deliveries once the stories have ended."""
OLD_COINS = range(3, 60, 5)
"""Address indices that are paid before any session has them."""


@define(eq=False)
class Play:
    """All stories, their shops, and the problems found at the end."""

    home: Path
    context: StoryContext
    plan: tuple[Kill, ...]
    sessions: int
    shops: list[Shop] = field(factory=list)
    stories: list[Story] = field(factory=list)
    old: set[Outpoint] = field(factory=set)
    """Coins on addresses from before they belonged to a session."""
    seen: dict[Story, Json] = field(factory=dict)
    """The last API response of each session."""
    broken: dict[Story, str] = field(factory=dict)
    """Stories that could not be played to their end."""

    async def open_shops(
        self, nursery: trio.Nursery, client: httpx.AsyncClient, xpubs: list[str]
    ) -> None:
        """Two shops. The extended public key of one was used before."""
        chain = ReceiveChain(parse_account_key(xpubs[0]), Network.SIMNET)
        past = [(chain.address(index), 7 * KAS) for index in OLD_COINS]
        txid = self.context.network.pay_many(past)
        self.old = {Outpoint(txid, place) for place in range(len(past))}
        for number, xpub in enumerate(xpubs[:2]):
            endpoint = Endpoint(failing_random=Random(number))
            await nursery.start(endpoint.serve)
            shop = await open_shop(client, endpoint, name=f"Shop {number}", xpub=xpub)
            shop.patience_s = STORIES_S * self.context.pace
            self.shops.append(shop)
        settled = self.context.network.virtual_daa_score + 30
        await eventually(lambda: self.context.network.virtual_daa_score >= settled)

    async def run(self) -> None:
        """Play every story to its end, during the faults."""
        random = self.context.random
        last_kill = self.plan[-1]
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trouble_the_node, self.context, last_kill.at - 4)
            for number in range(self.sessions):
                kind = KINDS[number % len(KINDS)]
                run = len(self.plan) - 1 if kind.short else random.randrange(len(self.plan) - 1)
                story = Story(kind, self.context, random.choice(self.shops), self.context.runs[run])
                self.stories.append(story)
                begin_s = random.uniform(0, self._begin_within(kind, run))
                nursery.start_soon(self._play, story, begin_s)

    def _begin_within(self, kind: Kind, run: int) -> float:
        if kind.short:
            return 1.0
        if kind.at_the_end_of_a_life:
            return self.plan[run].at - 3
        return BEGIN_WITHIN_S

    async def _play(self, story: Story, begin_s: float) -> None:
        await trio.sleep_until(self.context.at(begin_s))
        try:
            with trio.fail_after(STORIES_S * self.context.pace):
                await story.run()
        except (trio.TooSlowError, AssertionError) as error:
            self.broken[story] = f"the story did not come to its end: {error!r}"

    async def settle(self) -> None:
        """Wait until every session has settled, with a timeout."""
        waiting = "SELECT id FROM webhook_logs WHERE state = 'pending' LIMIT 1"

        async def settled() -> bool:
            return not await self._money_wrong() and not rows(self.home, waiting)

        with suppress(trio.TooSlowError):  # The check reports what did not arrive.
            await eventually(settled, within=SETTLE_S * self.context.pace, every=1)

    async def _money_wrong(self) -> dict[Story, list[str]]:
        """Problems of the sessions as the API shows them now."""
        ledger = accepted_payments(self.context.network)
        wrong: dict[Story, list[str]] = {}
        for story in self.stories:
            if not story.session:
                wrong[story] = ["no session was made"]
                continue
            now = self.seen[story] = await story.shop.read(story.id)
            found = list(money_wrong(story, now, ledger_of(story, ledger, self.old)))
            if found:
                wrong[story] = found
        return wrong

    async def check(self, runs: GatewayRuns) -> None:
        """Fail with all problems."""
        wrong: dict[Story | None, list[str]] = defaultdict(list)
        for story, reason in self.broken.items():
            wrong[story].append(reason)
        for story, found in (await self._money_wrong()).items():
            wrong[story] += found
        runs.end.set()
        with trio.fail_after(PATIENCE_S):
            await runs.over.wait()
        checks = LedgerChecks(self.home, self.shops)
        for story in self.stories:
            if story.session:
                found = list(checks.story_wrong(story, self.seen[story]))
                if found:
                    wrong[story] += found
        about_all = list(
            checks.gateway_wrong(self.stories, accepted_payments(self.context.network))
        )
        if runs.exit_code != 0:
            about_all.append(f"the last run ended with {runs.exit_code}")
        for number, gateway in enumerate(runs.gateways, start=1):
            about_all += [f"run {number} complained: {line}" for line in gateway.complaints]
        if not any(done.is_set() for run in self.context.runs for done in run.meanwhile):
            about_all.append("nothing was paid and swept while the gateway was away")
        if about_all:
            wrong[None] = about_all
        if wrong:
            pytest.fail(report(self.context, wrong, self.seen, checks), pytrace=False)


@pytest.fixture
def seed() -> int:
    """The seed of all random choices, shown with a failure."""
    seed = int(os.environ.get("KASGATE_KILL_SEED") or SystemRandom().randrange(10**6))
    sys.stdout.write(f"KASGATE_KILL_SEED={seed} repeats this run\n")
    return seed


@pytest.mark.timeout(1_800)
@over_every_transport
async def test_no_payment_is_lost_and_none_counted_twice(
    *, tmp_path, transport, network, nodes, nursery, xpubs, seed
):
    random = Random(seed)
    plan = plan_of(random)
    context = StoryContext(network, random, tuple(GatewayRun() for _ in plan), trio.current_time())
    port = str(free_port())
    runs = GatewayRuns(context, plan, partial(serving, tmp_path, nodes=nodes, port=port))
    play = Play(tmp_path, context, plan, SESSIONS[transport])
    await nursery.start(runs.run)
    async with client_of(f"http://127.0.0.1:{port}") as client:
        await play.open_shops(nursery, client, xpubs)
        context.started_at = trio.current_time()
        runs.begun.set()
        await play.run()
        context.note("all stories are told")
        await play.settle()
        await play.check(runs)
    assert len(runs.gateways) == len(plan) + 1
