"""How a command ends: exit codes, and failures that the user can act on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kasgate.settings.model import SettingsError

DONE: Final = 0
FAILED: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130


class Failure(Exception):
    """A command can't be carried out. Each line is a sentence for the user."""

    def __init__(self, *lines: str, exit_code: int = FAILED) -> None:
        super().__init__(" ".join(lines))
        self.lines = lines
        self.exit_code = exit_code


def expected_failure(error: BaseException) -> Failure | None:
    """The message to the user about an error; None if it, or a part of it, is a bug.

    For a group of errors, as nurseries raise them, it is the message of the first one.
    """
    failures = [_explained(leaf) for leaf in leaves(error)]
    return None if None in failures else failures[0]


def leaves(error: BaseException) -> Iterator[BaseException]:
    """The errors in a group, or the error itself."""
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from leaves(inner)
    else:
        yield error


def _explained(error: BaseException) -> Failure | None:
    # Imported only after an error, because they load cryptography and an HTTP client.
    from kasgate.access.secrets import VaultError  # noqa: PLC0415
    from kasgate.client import KasGateError  # noqa: PLC0415
    from kasgate.store.protocol import StoreError  # noqa: PLC0415

    if isinstance(error, Failure):
        return error
    if isinstance(error, SettingsError):
        return Failure(*error.problems, exit_code=USAGE)
    if isinstance(error, VaultError | StoreError | KasGateError):
        return Failure(str(error))
    return None
