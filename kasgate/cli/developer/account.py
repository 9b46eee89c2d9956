"""Shared by the commands for developers: the gateway and the merchant's API key."""

from __future__ import annotations

import argparse
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kasgate.cli.outcome import USAGE, Failure
from kasgate.client import (
    AsyncKasGate,
    ConnectionFailed,
    KasGateError,
    NotFound,
    ProblemError,
    Retries,
    Unauthorized,
)
from kasgate.client.transport import API_KEY_VARIABLE


def api_key_of(arguments: argparse.Namespace) -> str:
    """The merchant's API key. Raises Failure if there is none."""
    key: str | None = arguments.api_key or os.environ.get(API_KEY_VARIABLE)
    if not key:
        raise Failure(
            f"An API key is needed: set {API_KEY_VARIABLE}, or give --api-key. kasgate merchant"
            " create shows a new merchant's.",
            exit_code=USAGE,
        )
    return key


@asynccontextmanager
async def opened(arguments: argparse.Namespace) -> AsyncIterator[AsyncKasGate]:
    """The command's client. An error of a call leaves the block as Failure."""
    try:
        client = AsyncKasGate(arguments.url, api_key_of(arguments), retries=Retries(attempts=3))
    except ValueError as error:
        raise Failure(f"--url: {error}.", exit_code=USAGE) from None
    try:
        async with client:
            yield client
    except KasGateError as error:
        raise explained(error) from None


def explained(error: KasGateError) -> Failure:
    """The message for the user about a call that failed."""
    match error:
        case Unauthorized():
            return Failure(
                f"The gateway does not know this API key. See {API_KEY_VARIABLE} and --api-key."
            )
        case ConnectionFailed():
            return Failure(f"{error}. Is the gateway running there? See KASGATE_URL and --url.")
        case NotFound(code="not_found"):
            return Failure(
                "The gateway has no such call. Test mode exists only on a simulated network."
            )
        case ProblemError(details=details) if details:
            return Failure(*(f"{one.field}: {one.message}" for one in details))
        case ProblemError():
            return Failure(f"{error.detail} (request {error.request_id or 'unknown'})")
        case _:
            return Failure(str(error))
