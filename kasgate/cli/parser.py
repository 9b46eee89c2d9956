"""The parsers of the command line, with their help texts."""

from __future__ import annotations

import argparse
import re
import textwrap
from typing import Any, Final, NoReturn

from kasgate import __version__
from kasgate.cli.backup_parser import add_backup_commands
from kasgate.cli.developer.parser import add_developer_commands
from kasgate.cli.health_parser import add_health
from kasgate.cli.lazily import later
from kasgate.cli.setup.parser import add_setup
from kasgate.cli.simnet_parser import add_simnet
from kasgate.logs.redaction import redact
from kasgate.settings.table import SETTINGS

Subparsers = Any
"""The return type of ``add_subparsers``, which argparse does not name."""

_TEXT_WIDTH: Final = 76

_EXAMPLES: Final = """\
examples:
  kasgate demo                      try everything: a gateway, a simulated Kaspa
                                    network and a shop, on this machine
  kasgate merchant create --name "My shop" --xpub -
                                    add a merchant; reads the key from standard input
  kasgate setup                     answer questions, and get a settings file and
                                    the first merchant
  kasgate serve                     run the gateway with these settings;
                                    kasgate serve --help lists all of them

`kasgate COMMAND --help` shows more about a command."""

_SERVE: Final = """\
Run the gateway: the API, the checkout and the dashboard on one port, and the
watch over the Kaspa network. It needs a node (kaspad --utxoindex), but starts
and serves without one and keeps looking for it.
The log goes to standard error.

The first SIGTERM or Ctrl-C ends it within 8 seconds: no new sessions, requests
in flight are finished. A second one ends it at once. Nothing is lost either way."""

_SERVE_EXAMPLES: Final = """\
examples:
  kasgate serve
  KASGATE_NETWORK=testnet-10 KASGATE_PORT=8080 kasgate serve
  KASGATE_CONFIG=./kasgate.toml kasgate serve

exit codes: 0 ended by a signal; 1 failed to start or to go on; 2 a setting is wrong

settings, as environment variables or as keys of a TOML file (port = 8080); the
environment wins. The file is the one that KASGATE_CONFIG names (off for none); else
that of the user, on Linux ~/.config/kasgate/kasgate.toml; else, and always for root,
/etc/kasgate/kasgate.toml. `kasgate setup` writes it.

"""

_DEMO: Final = """\
Run a gateway, a simulated Kaspa network and a small shop on this machine. No real
money, no node and no settings are needed. Settings of the environment apply, such as
KASGATE_PORT and KASGATE_HOST, except those that the demo replaces by its own: network,
nodes, database and registration. It prints the ones that it ignores."""

_MERCHANT_CREATE: Final = """\
Add a merchant to the database. This works while the gateway runs, and for any
value of KASGATE_REGISTRATION. Prints the merchant's id, the API key and the webhook
secret; key and secret are shown only once.

Addresses are derived from the extended public key (kpub… or xpub…) of an account.
It can't spend, but it reveals all payments of the account, so `-` keeps it out of
the shell's history and the list of processes. A private key is refused."""

_MERCHANT_EXAMPLES: Final = """\
examples:
  kasgate merchant create --name "My shop" --xpub - < kpub.txt
  kasgate merchant create --name Books --xpub kpub2H… \\
      --webhook-url https://books.example/kasgate --json

The command uses the settings of `kasgate serve`: KASGATE_DATA_DIR, KASGATE_DATABASE,
KASGATE_KEY_FILE, KASGATE_NETWORK, KASGATE_WEBHOOK_ALLOW_PRIVATE."""

_SIGN_IN_LINK: Final = """\
Print a link that opens the dashboard and signs in, without a key or password. It works
once, within ten minutes, and leaves an entry in the merchant's audit log. This works
while the gateway runs. Give the link to nobody but the merchant.

The sign-in ends when the merchant's newest API key of scope manage is replaced or revoked.
Changes that need re-authentication still ask for the API key, or for password and code.

The command uses the settings of `kasgate serve`: KASGATE_DATA_DIR, KASGATE_DATABASE,
KASGATE_KEY_FILE, and KASGATE_BASE_URL for the address."""

_GAPS: Final = """\
List the gaps: times in which the gateway did not follow the chain, and that no node
could replay afterwards. This works while the gateway runs. Unspent payments are
found anyway; a payment that arrived and was spent within a gap is not. Compare
with your wallet, then acknowledge the gap. With a REST server in KASGATE_NODES
the gateway searches a gap by itself.

The command uses the settings of `kasgate serve`: KASGATE_DATA_DIR, KASGATE_DATABASE,
KASGATE_KEY_FILE."""


_WARNINGS: Final = """\
List the warnings that need your attention: a restored older copy of the database,
addresses that were given out for sessions it does not have, addresses that hold
coins but belong to no session, times that no node could replay (`kasgate gaps`).
This works while the gateway runs. Each warning stays in the health page, in
`kasgate doctor` and here until you acknowledge it.

The command uses the settings of `kasgate serve`: KASGATE_DATA_DIR, KASGATE_DATABASE,
KASGATE_KEY_FILE."""


class Parser(argparse.ArgumentParser):
    """An argparse parser that keeps secrets out of messages and accepts no abbreviations."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - argparse's own, passed on
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        """Print the problem. The message may quote an argument, which may be a key."""
        super().error(redact(message))


def build_parser() -> Parser:
    """The parser of all commands. Parsed arguments have ``run``, a function that takes them and
    returns the exit code. It is None if a sub-command is missing; ``parser`` then prints its
    help."""
    parser = Parser(
        prog="kasgate",
        description="A self-hosted, watch-only payment gateway for Kaspa.",
        epilog=_EXAMPLES,
    )
    parser.add_argument("--version", action="version", version=f"kasgate {__version__}")
    parser.set_defaults(run=None, parser=parser)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    add_setup(commands)
    _add_serve(commands)
    _add_demo(commands)
    add_simnet(commands)
    _add_merchant(commands)
    add_health(commands)
    _add_gaps(commands)
    _add_warnings(commands)
    add_backup_commands(commands)
    add_developer_commands(commands)
    return parser


def settings_help() -> str:
    """The table of settings as text for a terminal."""
    entries = []
    for setting in SETTINGS:
        # Backquotes are for docs/settings.md, which is generated from the same table.
        plain = f"{setting.meaning} Default: {setting.default_text}.".replace("`", "")
        body = textwrap.fill(plain, _TEXT_WIDTH, initial_indent="    ", subsequent_indent="    ")
        allowed = textwrap.fill(
            f"Allowed: {setting.allowed}.",
            _TEXT_WIDTH,
            initial_indent="    ",
            subsequent_indent="    ",
        )
        entries.append(f"  {setting.variable}\n{body}\n{allowed}")
    return "\n".join(entries)


def _add_serve(commands: Subparsers) -> None:
    parser = commands.add_parser(
        "serve",
        help="run the gateway",
        description=_SERVE,
        epilog=_SERVE_EXAMPLES + settings_help(),
    )
    parser.set_defaults(run=later("serve"), parser=parser)


def _add_demo(commands: Subparsers) -> None:
    parser = commands.add_parser(
        "demo",
        help="try it: a gateway, a simulated network and a shop",
        description=_DEMO,
        epilog="examples:\n  kasgate demo\n  kasgate demo --once      pay one order, print"
        " the result, and end",
    )
    parser.add_argument(
        "--once", action="store_true", help="make one payment from start to end, then stop"
    )
    parser.add_argument(
        "--port",
        type=port,
        default=None,
        metavar="PORT",
        help="the port to listen on, 0 for any free one (default: KASGATE_PORT, else 3001)",
    )
    parser.add_argument(
        "--empty", action="store_true", help="leave out the month of example orders"
    )
    parser.set_defaults(run=later("demo.demo"), parser=parser)


def _add_merchant(commands: Subparsers) -> None:
    parser = commands.add_parser(
        "merchant", help="add merchants", description="Merchants of the gateway on this machine."
    )
    parser.set_defaults(parser=parser)
    subcommands = parser.add_subparsers(title="commands", metavar="COMMAND")
    create = subcommands.add_parser(
        "create",
        help="add a merchant and show its API key",
        description=_MERCHANT_CREATE,
        epilog=_MERCHANT_EXAMPLES,
    )
    create.add_argument(
        "--name", required=True, help="the name shown to shoppers, 1 to 100 characters"
    )
    create.add_argument(
        "--xpub",
        required=True,
        metavar="KEY",
        help="the account's extended public key, or - to read it from standard input",
    )
    create.add_argument("--email", help="the merchant's e-mail address; optional")
    create.add_argument(
        "--webhook-url", metavar="URL", help="URL of the merchant's server for payment events"
    )
    create.add_argument("--json", action="store_true", help="print one JSON object")
    create.set_defaults(run=later("merchant"), parser=create)
    link = subcommands.add_parser(
        "sign-in-link",
        help="print a one-time link that signs in to the dashboard",
        description=_SIGN_IN_LINK,
    )
    link.add_argument(
        "merchant", nargs="?", metavar="MERCHANT", help="id or name; needed if there are several"
    )
    link.set_defaults(run=later("sign_in_link"), parser=link)


def _add_gaps(commands: Subparsers) -> None:
    parser = commands.add_parser(
        "gaps", help="list times that no node could replay", description=_GAPS
    )
    parser.add_argument(
        "--acknowledge", metavar="ID", help="acknowledge this gap, so that it is no longer shown"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=later("gaps"), parser=parser)


def _add_warnings(commands: Subparsers) -> None:
    parser = commands.add_parser(
        "warnings", help="list warnings that need attention", description=_WARNINGS
    )
    parser.add_argument(
        "--acknowledge",
        metavar="ID",
        help="acknowledge this warning, or `all`, so that it is no longer shown",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=later("warnings"), parser=parser)


def port(text: str) -> int:
    """A port number from the command line, 0 for any free one."""
    largest = 65_535
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) > largest:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port number from 0 to 65535")
    return int(text)
