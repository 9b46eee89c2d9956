"""The parsers of the commands for developers: ``listen``, ``trigger``, ``events``, ``doctor``,
``openapi``."""

from __future__ import annotations

import argparse
import re
from typing import Any, Final

from kasgate.cli.lazily import later
from kasgate.sessions.session import EventType

Subparsers = Any
"""The return type of ``add_subparsers``, which argparse does not name."""

_WHERE: Final = """\
The command asks the gateway at KASGATE_URL (http://127.0.0.1:3001 if that is not
set) as the merchant whose API key is in KASGATE_API_KEY."""

_LISTEN: Final = f"""\
Forward the merchant's events, as they happen, to a server on this machine, in the
form of the gateway's webhooks: same body, same headers, signed. The secret for
signing is printed: the given one, or a new one for the server to use. Each event
is sent once, and the result is printed on its line.

{_WHERE}"""

_TRIGGER: Final = f"""\
Create a session and bring it to an event: pay it, pay too little, let it expire and
so on. It is a real session on a simulated network, so this works only with
`kasgate demo` and with a gateway on simnet.

{_WHERE}"""

_DOCTOR: Final = """\
Check everything that a gateway on this machine depends on: settings, disk, key file,
database, nodes, clock, public URL, webhook URLs, rates. Shows the first receive
addresses of each merchant, to be compared with the wallet. Suggests a fix for each
problem. Changes nothing, and works while the gateway serves.

exit codes: 0 nothing to fix; 1 something to fix"""

_OPENAPI: Final = """\
Print the description of this version's API as an OpenAPI 3.1 document, for programs
that generate clients or types from it. No gateway has to run and no setting is read.
A running gateway serves the same document at /api/v1/openapi.json, with its own
address and, if it has them, the calls of test mode."""


def add_developer_commands(commands: Subparsers) -> None:
    _add_listen(commands)
    _add_trigger(commands)
    _add_events(commands)
    _add_doctor(commands)
    _add_openapi(commands)


def _add_listen(commands: Subparsers) -> None:
    parser = commands.add_parser(
        "listen",
        help="forward a merchant's events to a server on this machine",
        description=_LISTEN,
        epilog="example:\n  kasgate listen --forward-to http://localhost:8000/webhooks",
    )
    parser.add_argument(
        "--forward-to",
        required=True,
        type=web_url,
        metavar="URL",
        help="where to send the events, such as http://localhost:8000/webhooks",
    )
    parser.add_argument(
        "--secret",
        metavar="WHSEC",
        help="the secret for signing (default: KASGATE_WEBHOOK_SECRET, else a new one)",
    )
    parser.add_argument("--after", metavar="EVENT_ID", help="start after this event")
    _add_account(parser)
    parser.set_defaults(run=later("developer.listen"), parser=parser)


def _add_trigger(commands: Subparsers) -> None:
    names = [event.value for event in EventType]
    parser = commands.add_parser(
        "trigger",
        help="make an event happen on a simulated network",
        description=_TRIGGER,
        epilog="events:\n" + "\n".join(f"  {name}" for name in names),
    )
    parser.add_argument("event", choices=names, metavar="EVENT", help="such as payment.confirmed")
    parser.add_argument(
        "--amount", default="1", metavar="KAS", help="amount of the session (default: 1)"
    )
    parser.add_argument("--order-id", metavar="ID", help="order id of the session")
    _add_account(parser)
    parser.set_defaults(run=later("developer.trigger"), parser=parser)


def _add_events(commands: Subparsers) -> None:
    parser = commands.add_parser(
        "events",
        help="list events, send webhooks again",
        description=f"List events, or send their webhooks again.\n\n{_WHERE}",
    )
    parser.set_defaults(parser=parser)
    subcommands = parser.add_subparsers(title="commands", metavar="COMMAND")
    listing = subcommands.add_parser(
        "list", help="print events, oldest first", description=f"Print events.\n\n{_WHERE}"
    )
    listing.add_argument("--after", metavar="EVENT_ID", help="only events after this one")
    listing.add_argument(
        "--type", metavar="EVENT", help="only this type, such as payment.confirmed"
    )
    listing.add_argument("--session", metavar="ID", help="only events of this session")
    listing.add_argument(
        "--limit", type=_count, default=20, metavar="N", help="how many at most (default: 20)"
    )
    listing.add_argument("--json", action="store_true", help="print one JSON object per line")
    _add_account(listing)
    listing.set_defaults(run=later("developer.events", "list_events"), parser=listing)
    resend = subcommands.add_parser(
        "resend",
        help="send the webhook of an event once more",
        description=f"Have the gateway send an event's webhook again.\n\n{_WHERE}",
    )
    resend.add_argument("id", metavar="EVENT_ID", help="the id of the event, such as evt_01M8…")
    _add_account(resend)
    resend.set_defaults(run=later("developer.events", "resend"), parser=resend)


def _add_doctor(commands: Subparsers) -> None:
    parser = commands.add_parser(
        "doctor", help="check everything that a gateway depends on", description=_DOCTOR
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=later("doctor.doctor"), parser=parser)


def _add_openapi(commands: Subparsers) -> None:
    parser = commands.add_parser(
        "openapi",
        help="print the description of the API",
        description=_OPENAPI,
        epilog="example:\n  kasgate openapi > openapi.json",
    )
    parser.set_defaults(run=later("openapi"), parser=parser)


def _add_account(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", metavar="URL", help="the gateway (default: KASGATE_URL)")
    parser.add_argument(
        "--api-key",
        metavar="KEY",
        help="the merchant's API key; prefer KASGATE_API_KEY, the default: other users of this"
        " machine can see arguments",
    )


def web_url(text: str) -> str:
    """An http(s) URL; one without a scheme, such as localhost:8000/webhooks, is http."""
    url = text if "://" in text else f"http://{text}"
    if re.fullmatch(r"https?://[^\s/?#@]+(?:/\S*)?", url) is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a URL such as http://localhost:8000/hook"
        )
    return url


def _count(text: str) -> int:
    most = 10_000
    if re.fullmatch("[0-9]{1,5}", text) is None or not 1 <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {most}")
    return int(text)
