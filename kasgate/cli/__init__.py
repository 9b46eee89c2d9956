"""The command line. ``parser.py`` and its siblings describe the commands; a command's own module is
imported when it runs. Only this package may import from every folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from kasgate.cli.outcome import FAILED, INTERRUPTED, USAGE, Failure, expected_failure, leaves
from kasgate.cli.parser import build_parser
from kasgate.logs.redaction import redact

__all__ = ["Failure", "main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; ``argv`` is without the program's name.

    0: done. 1: the command failed; a sentence on standard error gives the reason. 2: the command
    line or a setting is wrong. 130: interrupted. A bug leaves as an exception. If the reader of
    standard output went away, as ``head`` does, the code is 1 without a sentence.
    """
    _open_standard_streams()
    try:
        code = _run(argv)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        # So that the interpreter's last flush can't fail.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return FAILED
    return code


def _run(argv: Sequence[str] | None) -> int:
    parser = build_parser()
    try:
        arguments = parser.parse_args(argv)
    except SystemExit as exit_:  # argparse ends this way after --help, --version and mistakes
        return exit_.code if isinstance(exit_.code, int) else FAILED
    if arguments.run is None:
        arguments.parser.print_help(sys.stderr)
        return USAGE
    try:
        code: int = arguments.run(arguments)
    except (Exception, KeyboardInterrupt, BaseExceptionGroup) as error:
        # A nursery raises an interrupt in a group.
        if any(isinstance(leaf, KeyboardInterrupt) for leaf in leaves(error)):
            return INTERRUPTED
        if all(isinstance(leaf, BrokenPipeError) for leaf in leaves(error)):
            raise BrokenPipeError from None
        failure = expected_failure(error)
        if failure is None:
            raise
        for line in failure.lines:
            print(f"kasgate: {redact(line)}", file=sys.stderr)
        return failure.exit_code
    return code


def _open_standard_streams() -> None:
    """Open the descriptors 0 to 2 on the null device if they are closed. Otherwise a file or socket
    would get one of these numbers, and then receive output meant for standard error."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            # The system assigns the lowest free number, which is this one.
            os.open(os.devnull, os.O_RDWR)
