"""Carries the plan out: the settings file, the data directory, the first merchant."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import trio

from actors.merchants.registry import Registered
from kasgate.cli.merchant import create_merchant
from kasgate.cli.outcome import Failure, expected_failure
from kasgate.cli.setup.account import Account
from kasgate.cli.setup.merchant import NewMerchant
from kasgate.settings.model import Settings

_PRIVATE: Final = 0o700
_OPEN: Final = 0o755


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ignore Ctrl-C within the block, which takes seconds, so that nothing is left half-made."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def make_data_dir(path: Path, account: Account) -> None:
    """Make the data directory, and the folders above it that are missing, for the gateway's user.
    Raises Failure."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    try:
        for folder in reversed(missing):
            folder.mkdir(mode=_PRIVATE if folder == path else _OPEN)
            if account.is_other:
                os.chown(folder, account.uid, account.gid)
    except OSError as error:
        raise Failure(f"The data directory {path} can't be made: {error.strerror}.") from None


def make_merchant(settings: Settings, new: NewMerchant) -> Registered:
    """Add the merchant. Raises Failure, StoreError and VaultError."""
    create = partial(
        create_merchant,
        settings,
        name=new.name,
        xpub=new.key.to_text(),
        email=new.email,
        webhook_url=new.webhook_url,
    )
    return trio.run(create)


@contextmanager
def telling_what_is_made() -> Iterator[None]:
    """Add to the reason of a failure that the settings file is written already."""
    try:
        yield
    except Exception as error:
        failure = expected_failure(error)
        if failure is None:
            raise
        raise Failure(
            *failure.lines,
            "The settings file is written; the rest was not made. Mend this and run setup again.",
        ) from None
