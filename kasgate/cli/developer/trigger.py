"""``kasgate trigger``: creates a session on a simulated network and brings it to an event."""

from __future__ import annotations

import argparse
from typing import Final

import trio

from kasgate.cli.developer.account import opened
from kasgate.cli.developer.events import line_of
from kasgate.cli.outcome import DONE, Failure
from kasgate.client import AsyncKasGate, Event
from kasgate.client.calls import trigger
from kasgate.sessions.session import EventType

EVENT_S: Final = 40.0
"""Time limit for the event. A withdrawal is accepted after ten seconds of queries, and a payment
confirms after the number of blocks that its session requires."""
POLL_S: Final = 0.25

ACTIONS: Final = {
    EventType.PENDING: None,
    EventType.PARTIAL: "underpay",
    EventType.CONFIRMING: "pay",
    EventType.CONFIRMED: "confirm",
    EventType.OVERPAID: "overpay",
    EventType.EXPIRED: "expire",
    EventType.LATE: "pay-late",
    EventType.REVERTED: "revert",
    EventType.FAILED: None,
}
"""The action in test mode for each event; None if the ordinary API is enough."""


def run(arguments: argparse.Namespace) -> int:
    """Create a session, bring it to the event, and print the events on the way."""
    trio.run(_trigger, arguments)
    return DONE


async def _trigger(arguments: argparse.Namespace) -> None:
    wanted = EventType(arguments.event)
    async with opened(arguments) as kasgate:
        session = await kasgate.sessions.create(arguments.amount, order_id=arguments.order_id)
        print(f"session {session.id} over {session.amount} KAS, {session.checkout_url}")
        action = ACTIONS[wanted]
        if action is not None:
            await kasgate.send(trigger(session.id, action))
        elif wanted is EventType.FAILED:
            await kasgate.sessions.fail(session.id, "kasgate trigger")
        with trio.move_on_after(EVENT_S) as in_time:
            await _print_until(kasgate, session.id, wanted)
        if in_time.cancelled_caught:
            raise Failure(f"{wanted.value} did not happen within {EVENT_S:g} seconds.")


async def _print_until(kasgate: AsyncKasGate, session_id: str, wanted: EventType) -> None:
    last: Event | None = None
    while True:
        after = None if last is None else last.id
        async for event in kasgate.events.list(session_id=session_id, after=after):
            last = event
            print(line_of(event))
            if event.event == wanted.value:
                return
        # The event log is polled; `kasgate listen` follows events as they happen.
        await trio.sleep(POLL_S)
