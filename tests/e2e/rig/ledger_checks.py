"""Compares a gateway's API and database with what the network accepted and the shop received.

All problems are collected, session by session, so that one run shows everything.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import define, field

from kasgate.kaspa.utxo import Outpoint
from tests.e2e.rig.gateway import rows
from tests.e2e.rig.ledger import script_of
from tests.e2e.rig.payment_stories import Story, StoryContext
from tests.e2e.rig.shop import Delivered, Json, Shop

STORIES_SHOWN = 4
"""Failed stories that the report shows from beginning to end."""
_STATES = {-1: "partial", 0: "exact", 1: "over"}

Ledger = Mapping[str, Mapping[Outpoint, int]]
Rows = list[dict[str, Any]]


def outpoint_of(payment: Json) -> Outpoint:
    """The outpoint of a payment as the API shows it."""
    return Outpoint(payment["txId"], payment["index"])


def money_wrong(story: Story, now: Json, truth: Mapping[Outpoint, int]) -> Iterator[str]:
    """Problems of a session as the API shows it, against the real payments."""
    counted = [p for p in now["payments"] if p["state"] != "withdrawn"]
    shown = {outpoint_of(p): int(p["amountSompi"]) for p in counted}
    if len(shown) != len(counted):
        yield f"it shows an outpoint twice: {counted}"
    if shown != truth:
        yield f"it shows {shown}, the network accepted {dict(truth)}"
    total = sum(truth.values())
    if int(now["receivedSompi"]) != total:
        yield f"received {now['receivedSompi']} sompi, the network says {total}"
    if now["status"] != story.kind.status:
        yield f"its status is {now['status']}, not {story.kind.status}"
    amount = story.amount
    paid_state = _STATES[(total > amount) - (total < amount)] if total else "none"
    if now["paidState"] != paid_state:
        yield f"its paid state is {now['paidState']}, not {paid_state}"
    unsettled = [p for p in counted if p["state"] != "confirmed"]
    if unsettled:
        yield f"payments that are not confirmed: {unsettled}"
    if any(p["late"] != story.kind.late for p in counted):
        yield f"late payments, or in time, against what is true: {counted}"
    if now["status"] == "confirmed" and now["txId"] not in {o.transaction_id for o in truth}:
        yield f"its transaction {now['txId']} is none that paid it"


@define
class LedgerChecks:
    """A gateway's database, and the webhooks that its shops' endpoints received."""

    home: Path
    shops: Sequence[Shop]
    events: dict[str, Rows] = field(factory=lambda: defaultdict(list))
    """By session, in order."""
    payments: dict[str, Rows] = field(factory=lambda: defaultdict(list))
    deliveries: dict[str, Rows] = field(factory=lambda: defaultdict(list))
    """By event."""
    sessions: dict[str, dict[str, Any]] = field(factory=dict)
    arrived: dict[str, list[Delivered]] = field(factory=lambda: defaultdict(list))
    """By event."""

    def __attrs_post_init__(self) -> None:
        self.sessions = {row["id"]: row for row in rows(self.home, "SELECT * FROM sessions")}
        for row in rows(self.home, "SELECT * FROM events ORDER BY session_version, ordinal"):
            self.events[row["session_id"]].append(row)
        for row in rows(self.home, "SELECT * FROM payments ORDER BY position"):
            self.payments[row["session_id"]].append(row)
        for row in rows(self.home, "SELECT * FROM webhook_logs"):
            self.deliveries[row["delivery_id"]].append(row)
        for shop in self.shops:
            for one in shop.endpoint.arrivals:
                self.arrived[one.delivery_id].append(one)

    def story_wrong(self, story: Story, now: Json) -> Iterator[str]:
        """Problems of a session's stored data."""
        told = Counter(row["type"] for row in self.events[story.id])
        if told not in story.kind.told:
            yield f"its events are {dict(told)}, expected {[dict(e) for e in story.kind.told]}"
        stored = {
            Outpoint(row["tx_id"], row["output_index"]): (str(row["amount"]), row["state"])
            for row in self.payments[story.id]
        }
        shown = {outpoint_of(p): (p["amountSompi"], p["state"]) for p in now["payments"]}
        if stored != shown:
            yield f"the database has payments {stored}, the API showed {shown}"
        for event in self.events[story.id]:
            yield from self._delivery_wrong(event)
        known = {row["id"] for row in self.events[story.id]}
        for one in story.shop.endpoint.told(story.id):
            if one.delivery_id not in known:
                yield f"it was told of an event that is not stored: {one}"

    def _delivery_wrong(self, event: Mapping[str, Any]) -> Iterator[str]:
        name = f"{event['type']} {event['id']}"
        states = [row["state"] for row in self.deliveries[event["id"]]]
        if states != ["delivered"]:
            yield f"the deliveries of {name} are {states}"
        arrived = self.arrived[event["id"]]
        if not any(one.answered == 204 for one in arrived):
            yield f"{name} was not taken by the shop: {arrived}"
        bodies = {one.body.decode() for one in arrived}
        if not bodies <= {event["payload"]}:
            yield f"{name} arrived with another body than its own: {bodies}"

    def gateway_wrong(self, stories: Sequence[Story], ledger: Ledger) -> Iterator[str]:
        """Problems of the stored data as a whole."""
        (integrity,) = rows(self.home, "PRAGMA integrity_check")
        if integrity != {"integrity_check": "ok"}:
            yield f"the database is damaged: {integrity}"
        for shop in self.shops:
            yield from (f"a forged webhook: {one}" for one in shop.endpoint.forged)
        ours = {story.id for story in stories}
        yield from (f"session {missing} is gone" for missing in ours - self.sessions.keys())
        strangers = [row for id_, row in self.sessions.items() if id_ not in ours]
        lost = sum(shop.lost_answers for shop in self.shops)
        if len(strangers) > lost:
            yield f"{len(strangers)} sessions that nobody asked for; {lost} answers were lost"
        for row in strangers:
            types = [event["type"] for event in self.events[row["id"]]]
            if self.payments[row["id"]] or types != ["payment.pending"]:
                yield f"session {row['id']}, whose answer was lost, was told {types}"
        outpoints = {outpoint for paid in ledger.values() for outpoint in paid}
        for session_id, payments in self.payments.items():
            for row in payments:
                outpoint = Outpoint(row["tx_id"], row["output_index"])
                if row["state"] != "withdrawn" and outpoint not in outpoints:
                    yield f"session {session_id} has {outpoint}, which the network never accepted"


def ledger_of(story: Story, ledger: Ledger, old: Collection[Outpoint]) -> dict[Outpoint, int]:
    """All payments to a story's address since it belongs to its session."""
    paid = ledger.get(script_of(story.address), {})
    return {outpoint: amount for outpoint, amount in paid.items() if outpoint not in old}


def report(
    context: StoryContext,
    wrong: Mapping[Story | None, list[str]],
    seen: Mapping[Story, Json],
    checks: LedgerChecks,
) -> str:
    """All problems, with the whole story of the first few sessions."""
    lines = [f"{sum(map(len, wrong.values()))} things are wrong in {len(wrong)} places."]
    lines += [f"  {text}" for text in wrong.get(None, [])]
    stories = [story for story in wrong if story is not None]
    for number, story in enumerate(stories):
        lines.append(f"\nsession {story.id} ({story.kind.name}):")
        lines += [f"  WRONG: {text}" for text in wrong[story]]
        if number < STORIES_SHOWN:
            lines += ["  what happened:", *(f"    {line}" for line in _merged(context, story))]
            lines.append(f"  as shown: {_without_pictures(seen.get(story, {}))}")
            lines.append("  events:")
            lines += [
                f"    {row['created_at']}  {row['type']} {row['id']}, with version"
                f" {row['session_version']}, arrived {len(checks.arrived[row['id']])} times"
                for row in checks.events[story.id]
            ]
            lines += [f"  payment stored: {row}" for row in checks.payments[story.id]]
    return "\n".join(lines)


def _merged(context: StoryContext, story: Story) -> list[str]:
    """The story's own lines and the common ones, by time."""
    own = [f"{line[:7]}  -> {line[9:]}" for line in story.lines]
    return sorted([*context.lines, *own], key=lambda line: float(line[:7]))


def _without_pictures(fields: Json) -> Json:
    return {name: value for name, value in fields.items() if name != "qrCode"}
