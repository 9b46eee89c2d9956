"""The parser of ``kasgate setup``."""

from __future__ import annotations

from typing import Any, Final

from kasgate.cli.lazily import later

_DESCRIPTION: Final = """\
Set up the gateway of this machine: ask what it needs to know, look for a node, make
the first merchant, and write a settings file. Each question shows its default; Enter
takes it. Nothing is changed before the last question; Ctrl-C ends it before that.

Run it again to change something: it shows the present values, keeps your own lines
and comments in the file, and makes no second merchant.

An option answers its question. With --yes, and without a terminal, nothing is asked:
what no option answers keeps its present value or gets its default."""

_EXAMPLES: Final = """\
examples:
  kasgate setup
  kasgate setup --network simnet             try it with `kasgate simnet`
  kasgate setup --dry-run                    show the file, and change nothing
  kasgate setup --yes --no-merchant --port 8080
  kasgate setup --yes --network mainnet --node grpc://127.0.0.1:16110 \\
      --base-url https://pay.example --trusted-proxy 127.0.0.1 \\
      --merchant-name "My shop" --xpub kpub.txt --address kaspa:qq…

The file is the one that KASGATE_CONFIG or --config names; else, for root,
/etc/kasgate/kasgate.toml, and for another user ~/.config/kasgate/kasgate.toml (on
macOS ~/Library/Application Support/kasgate/kasgate.toml). docs/setup.md has more.

exit codes: 0 done, see the report for what is left to do; 1 failed; 2 an option is
wrong or missing; 130 interrupted"""


def add_setup(commands: Any) -> None:  # noqa: ANN401 - argparse does not name the type
    parser = commands.add_parser(
        "setup",
        help="answer questions, and get a settings file and the first merchant",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
    )
    _add_general(parser.add_argument_group("the command"))
    _add_settings(parser.add_argument_group("settings"))
    _add_merchant(parser.add_argument_group("the first merchant"))
    parser.set_defaults(run=later("setup.command"), parser=parser)


def _add_general(group: Any) -> None:  # noqa: ANN401 - as above
    group.add_argument("--config", metavar="FILE", help="the settings file to write")
    group.add_argument(
        "--yes", action="store_true", help="ask nothing: take the options and the defaults"
    )
    group.add_argument(
        "--dry-run", action="store_true", help="print the new settings file, and change nothing"
    )
    group.add_argument(
        "--user",
        metavar="NAME",
        help="the user that runs the gateway and owns its files, if root sets it up"
        " (default: kasgate if there is such a user)",
    )


def _add_settings(group: Any) -> None:  # noqa: ANN401 - as above
    group.add_argument("--network", metavar="NAME", help="mainnet, testnet-10, simnet or devnet")
    group.add_argument(
        "--node", action="append", metavar="URL", help="a node to follow; may be repeated"
    )
    group.add_argument(
        "--node-host",
        action="append",
        default=[],
        metavar="HOST",
        help="a machine to look for nodes on, besides this one; may be repeated",
    )
    group.add_argument("--data-dir", metavar="PATH", help="directory of database and key file")
    group.add_argument("--host", metavar="ADDRESS", help="the address to listen on")
    group.add_argument("--port", metavar="PORT", help="the port to listen on")
    group.add_argument("--base-url", metavar="URL", help="the public URL")
    group.add_argument(
        "--trusted-proxy",
        action="append",
        metavar="NETWORK",
        help="a reverse proxy in front of the gateway, or none; may be repeated",
    )
    group.add_argument("--rates", metavar="on|off", help="whether orders may be in currencies")
    group.add_argument(
        "--rate-source", action="append", metavar="NAME", help="a source of rates; may be repeated"
    )
    group.add_argument(
        "--simnet-control",
        metavar="HOST:PORT",
        help="the control port of the simulated network, for test calls of the API",
    )
    group.add_argument(
        "--webhook-allow-private",
        action="append",
        metavar="NETWORK",
        help="a private network that webhooks may be sent to; may be repeated",
    )


def _add_merchant(group: Any) -> None:  # noqa: ANN401 - as above
    group.add_argument("--no-merchant", action="store_true", help="make no merchant now")
    group.add_argument("--merchant-name", metavar="NAME", help="the name shown to shoppers")
    group.add_argument(
        "--xpub",
        metavar="FILE",
        help="a file with the account's extended public key, or - for standard input; never the"
        " key itself, because the list of processes shows it",
    )
    group.add_argument(
        "--address",
        metavar="ADDRESS",
        help="a receive address that the wallet shows for this account; must match the key",
    )
    group.add_argument("--email", help="the merchant's e-mail address; optional")
    group.add_argument(
        "--webhook-url", metavar="URL", help="URL of the shop for payment events; optional"
    )
