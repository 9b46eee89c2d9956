"""The parser of ``kasgate health``."""

from __future__ import annotations

from typing import Any, Final

from kasgate.cli.lazily import later

_DESCRIPTION: Final = """\
Ask the gateway on this machine how it is, and print one line: ok, degraded or
unhealthy, with the reasons. For health checks of containers and scripts.

Without a usable node a gateway is degraded, and the exit code is 0: a restart would
not mend it. With --ready it is 1 then."""

_EPILOG: Final = """\
exit codes: 0 it works, or with --ready can take payments; 1 it does not, or does not
answer within 5 seconds; 2 a setting is wrong

The command uses the settings of `kasgate serve`: KASGATE_HOST and KASGATE_PORT."""


def add_health(commands: Any) -> None:  # noqa: ANN401 - argparse does not name the type
    """Add the command to the parser's commands."""
    parser = commands.add_parser(
        "health",
        help="ask the gateway of this machine how it is",
        description=_DESCRIPTION,
        epilog=_EPILOG,
    )
    parser.add_argument(
        "--ready", action="store_true", help="ask whether payments can be taken now"
    )
    parser.set_defaults(run=later("health"), parser=parser)
