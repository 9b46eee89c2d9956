"""The parsers of ``kasgate simnet`` and its sub-commands."""

from __future__ import annotations

import argparse
import re
from typing import Any, Final

from attrs import frozen

from kasgate.cli.lazily import later
from kasgate.money import AmountError, Sompi, parse_kas

NODE_DEFAULT: Final = "127.0.0.1:18510"
GRPC_DEFAULT: Final = "127.0.0.1:16510"
CONTROL_DEFAULT: Final = "127.0.0.1:18599"

_DESCRIPTION: Final = """\
Run a simulated Kaspa network in memory. Its nodes speak wRPC JSON and gRPC like
a real kaspad, and optionally REST like api.kaspa.org. A gateway follows it with
KASGATE_NETWORK=simnet. It holds no real money and can't be mistaken for mainnet.

Prints the addresses that it listens on, one per line, and runs until Ctrl-C. The
sub-commands control a running network through its control port."""

_EXAMPLES: Final = """\
examples:
  kasgate simnet                              in one terminal
  KASGATE_NETWORK=simnet kasgate serve        in another
  kasgate simnet pay kaspasim:qq… 12.5        pay a session from a third
  kasgate simnet --blocks-per-second 0        blocks come with `kasgate simnet mine` only

KASGATE_SIMNET_CONTROL is the address of the control port, for the network and for
the sub-commands, unless --control gives another one."""

_FAULT: Final = """\
Inject a fault into a running simulated network. Faults affect all its nodes;
port=PORT selects one of them (not for faults about blocks and transactions).
on= takes true or false."""

_TXID: Final = re.compile("[0-9a-fA-F]{64}")
_WHOLE: Final = re.compile("[0-9]{1,10}")


@frozen
class Fault:
    """A method of SimulatedNetwork that can be called by name."""

    name: str
    arguments: tuple[str, ...]
    meaning: str

    @property
    def method(self) -> str:
        return self.name.replace("-", "_")


FAULTS: Final = (
    Fault("lag", ("seconds",), "notifications come this much later; 0 ends it"),
    Fault("hang", (), "requests get no answer"),
    Fault("unhang", (), "answer again, waiting requests first"),
    Fault("stall", (), "stop the whole network: no blocks, no notifications"),
    Fault("resume", (), "end stall"),
    Fault("repeat-notifications", ("times",), "send each notification so many times; 1 is normal"),
    Fault("reorder-notifications", ("on",), "send them in random order within a step"),
    Fault("drop-notifications", ("on",), "lose all notifications"),
    Fault("disconnect-all", (), "drop every connection"),
    Fault("refuse-connections", ("on",), "close new connections at once"),
    Fault("answer-empty", ("n",), "the next n answers about coins are empty"),
    Fault("fail-next", ("method", "n", "message"), "the next n requests of a method fail"),
    Fault("garbage", ("n",), "send n unparsable frames"),
    Fault("set-synced", ("on",), "whether the node reports that it is synced"),
    Fault("set-utxoindex", ("on",), "whether the node has a UTXO index"),
    Fault("set-network-id", ("network_id",), "claim to belong to another network"),
    Fault("set-chain-batch", ("merged_blocks",), "how much one answer about the chain covers"),
    Fault("set-database", ("on",), "whether the REST server has a database"),
    Fault("cache-answers", ("seconds",), "repeat REST answers for so long; 0 ends it"),
    Fault("refuse-requests", ("n", "retry_after"), "refuse the next n REST requests (429)"),
    Fault("override-utxo-set", (), "notify that the UTXO set was replaced"),
    Fault("prune", ("keep_blocks",), "forget all but the newest blocks"),
    Fault("move-score", ("txid", "by"), "move the DAA score of a payment's coins"),
    Fault("restore", ("txid",), "accept a withdrawn payment again"),
    Fault("drop-from-mempool", ("txid",), "drop a payment from the mempool"),
    Fault("release", ("txid",), "release a payment that was made with --hold"),
    Fault("advance", ("daa",), "raise the virtual DAA score"),
)


def add_simnet(commands: Any) -> None:  # noqa: ANN401 - argparse does not name the type
    parser = commands.add_parser(
        "simnet",
        help="run a simulated Kaspa network, and pay on it",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
    )
    parser.add_argument(
        "--wrpc-json",
        type=host_port,
        action="append",
        metavar="HOST:PORT",
        help="address of a node with wRPC JSON; repeat it for more nodes (default, with none of"
        f" --wrpc-json, --grpc and --rest: {NODE_DEFAULT})",
    )
    parser.add_argument(
        "--grpc",
        type=host_port,
        action="append",
        metavar="HOST:PORT",
        help=f"the same for gRPC (default: {GRPC_DEFAULT})",
    )
    parser.add_argument(
        "--rest",
        type=host_port,
        action="append",
        metavar="HOST:PORT",
        help="address of a server with REST like api.kaspa.org; repeat it for more (default: none)",
    )
    _add_control(parser, None)
    parser.add_argument(
        "--blocks-per-second",
        type=_rate,
        default=10.0,
        metavar="N",
        help="block rate; 0 mines only on command (default: 10, as on every network)",
    )
    parser.add_argument(
        "--seed",
        type=whole,
        default=0,
        metavar="N",
        help="equal seeds and equal commands give equal hashes (default: 0)",
    )
    parser.set_defaults(run=later("simnet", "run_network"), parser=parser)
    _add_subcommands(parser.add_subparsers(title="commands", metavar="COMMAND"))


def _add_subcommands(commands: Any) -> None:  # noqa: ANN401 - as above
    pay = _add(
        commands,
        "pay",
        "pay an address",
        "kaspasim:qq… 12.5",
        description="Pay an address on a running network. Prints the transaction id.",
    )
    pay.add_argument("address", metavar="ADDRESS", help="a kaspasim: address")
    pay.add_argument("amount", metavar="KAS", type=kas, help="the amount in KAS, such as 12.5")
    pay.add_argument("--hold", action="store_true", help="keep it in the mempool until released")

    sweep = _add(
        commands,
        "sweep",
        "spend all coins of an address",
        "kaspasim:qq…",
        description="Spend all coins of an address on a running network. Prints the transaction"
        " id.",
    )
    sweep.add_argument("address", metavar="ADDRESS", help="the address whose coins are spent")
    sweep.add_argument(
        "--to", metavar="ADDRESS", help="the receiving address (default: an unwatched one)"
    )

    reorg = _add(
        commands,
        "reorg",
        "replace the newest blocks of the chain",
        "3",
        "3 --drop 5f3c…",
        description="Replace the newest blocks of the chain on a running network. Prints the\n"
        "virtual DAA score.",
    )
    reorg.add_argument("depth", metavar="DEPTH", type=whole, help="how many blocks")
    reorg.add_argument(
        "--drop",
        metavar="TXID",
        type=txid,
        action="append",
        default=[],
        help="a payment that the new blocks don't accept; may be repeated",
    )

    withdraw = _add(
        commands,
        "withdraw",
        "withdraw a payment by a reorg",
        "5f3c…",
        description="Withdraw a payment by a reorg on a running network. Prints the virtual DAA\n"
        "score.",
    )
    withdraw.add_argument(
        "txid", metavar="TXID", type=txid, help="the transaction id that `pay` printed"
    )

    mine = _add(
        commands,
        "mine",
        "mine blocks now",
        "",
        "10",
        description="Mine blocks now on a running network. Prints the virtual DAA score.",
    )
    mine.add_argument(
        "count", metavar="N", type=whole, nargs="?", default=1, help="number of blocks (default: 1)"
    )

    _add(
        commands,
        "info",
        "show the state of the network",
        "",
        description="Show the state of a running network, one `name value` per line.",
    )

    table = "\n".join(
        f"  {' '.join([fault.name, *(f'{name}=…' for name in fault.arguments)])}\n"
        f"      {fault.meaning}"
        for fault in FAULTS
    )
    fault = _add(
        commands,
        "fault",
        "inject a fault",
        "lag seconds=2",
        "drop-notifications on=true",
        "fail-next method=getUtxosByAddresses n=3 message=busy",
        description=_FAULT,
        more=f"\n\nfaults:\n{table}",
    )
    fault.add_argument(
        "name", metavar="NAME", choices=[known.name for known in FAULTS], help="see below"
    )
    fault.add_argument(
        "arguments", metavar="NAME=VALUE", nargs="*", type=_assignment, help="its arguments"
    )


def _add(
    commands: Any,  # noqa: ANN401 - as above
    name: str,
    summary: str,
    *examples: str,
    description: str,
    more: str = "",
) -> argparse.ArgumentParser:
    lines = "".join(f"\n  {f'kasgate simnet {name} {text}'.strip()}" for text in examples)
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=description,
        epilog=f"examples:{lines}{more}",
    )
    # The default is suppressed, so that an option given before the sub-command is kept.
    _add_control(parser, argparse.SUPPRESS)
    parser.set_defaults(run=later("simnet", f"run_{name}"), parser=parser)
    return parser


def _add_control(parser: argparse.ArgumentParser, default: str | None) -> None:
    parser.add_argument(
        "--control",
        type=host_port,
        default=default,
        metavar="HOST:PORT",
        help=f"the network's control port (default: KASGATE_SIMNET_CONTROL or {CONTROL_DEFAULT})",
    )


def host_port(text: str) -> tuple[str, int]:
    """Read ``127.0.0.1:18510``, ``localhost:0`` or ``[::1]:18510``."""
    name, colon, number = text.rpartition(":")
    bracketed = name.startswith("[") and name.endswith("]")
    host = name[1:-1] if bracketed else name
    largest = 65_535
    if not host or not colon or (":" in host) != bracketed or not _WHOLE.fullmatch(number):
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT, such as {NODE_DEFAULT}")
    if int(number) > largest:
        raise argparse.ArgumentTypeError(f"{text!r} has a port above {largest}")
    return host, int(number)


def whole(text: str) -> int:
    """A non-negative whole number."""
    if not _WHOLE.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def kas(text: str) -> Sompi:
    """An amount in KAS above 0."""
    try:
        amount = parse_kas(text)
    except AmountError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if amount == 0:
        raise argparse.ArgumentTypeError("The amount must be above 0.")
    return amount


def txid(text: str) -> str:
    if not _TXID.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a transaction id of 64 hex digits")
    return text.lower()


def _rate(text: str) -> float:
    highest = 1_000
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,6})?", text) or float(text) > highest:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to {highest}")
    return float(text)


def _assignment(text: str) -> tuple[str, object]:
    """``name=value``; the value is a number, true or false if it looks like one."""
    name, sign, value = text.partition("=")
    if not sign or not name.isidentifier():
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form name=value")
    if value.lower() in {"true", "on", "yes", "false", "off", "no"}:
        return name, value.lower() in {"true", "on", "yes"}
    if re.fullmatch(r"-?[0-9]{1,12}", value):
        return name, int(value)
    if re.fullmatch(r"[0-9]{1,9}\.[0-9]{1,9}", value):
        return name, float(value)
    return name, value
