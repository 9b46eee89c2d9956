"""``kasgate events``: lists the merchant's events and sends their webhooks again."""

from __future__ import annotations

import argparse
from contextlib import aclosing

import msgspec
import trio

from kasgate.cli.developer.account import opened
from kasgate.cli.outcome import DONE
from kasgate.client import Event
from kasgate.client.calls import PAGE
from kasgate.json_text import iso


def list_events(arguments: argparse.Namespace) -> int:
    """Print the newest events, or those after a given one, oldest first."""
    trio.run(_list, arguments)
    return DONE


def resend(arguments: argparse.Namespace) -> int:
    """Have the gateway deliver an event's webhook once more."""
    trio.run(_resend, arguments)
    return DONE


async def _list(arguments: argparse.Namespace) -> None:
    write = _as_json if arguments.json else line_of
    # Without a starting point, print the newest events.
    backwards = arguments.after is None
    found: list[Event] = []
    async with opened(arguments) as kasgate:
        events = kasgate.events.list(
            after=arguments.after,
            event_type=arguments.type,
            session_id=arguments.session,
            newest_first=backwards,
            limit=min(arguments.limit, PAGE),
        )
        async with aclosing(events):
            async for event in events:
                found.append(event)
                if len(found) == arguments.limit:
                    break
    for event in reversed(found) if backwards else found:
        print(write(event))


async def _resend(arguments: argparse.Namespace) -> None:
    async with opened(arguments) as kasgate:
        await kasgate.events.resend(arguments.id)
    print(f"The webhook of {arguments.id} is being sent again.")


def line_of(event: Event) -> str:
    """An event as one line of text."""
    at = iso(round(event.timestamp.timestamp() * 1000))
    order = f"  {event.order_id}" if event.order_id is not None else ""
    return f"{at}  {event.event:<18}  {event.id}  {event.session_id}{order}"


def _as_json(event: Event) -> str:
    return msgspec.json.encode(event).decode()
