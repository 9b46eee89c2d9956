"""``kasgate merchant create``: creates a merchant, also beside a running gateway."""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from typing import Final

import trio

from actors.merchants.registry import MerchantRegistry, Registered
from kasgate.access.secrets import Vault
from kasgate.cli.outcome import DONE, Failure
from kasgate.cli.own_settings import own_settings
from kasgate.clock import system_clock
from kasgate.egress import Egress, UrlRefused
from kasgate.json_text import iso
from kasgate.logs.setup import configure_logging, is_terminal
from kasgate.merchant import FieldErrors
from kasgate.settings.model import LogLevel, Settings
from kasgate.store.protocol import Conflict
from kasgate.store.sqlite import open_store

_LONGEST_LINE: Final = 4_096
_TAKEN: Final = {
    "email": "--email: another merchant has this e-mail address.",
    "account_key": "--xpub: another merchant has this extended public key. Two merchants with one"
    " key would get the same addresses; use another account of the wallet.",
}
_OPTIONS: Final = {
    "name": "--name",
    "xpub": "--xpub",
    "email": "--email",
    "webhookUrl": "--webhook-url",
}


def run(arguments: argparse.Namespace) -> int:
    """Create the merchant and print its API key and secrets. Raises Failure for invalid input."""
    settings = own_settings()
    configure_logging(settings.log, LogLevel.WARNING)
    xpub = _read_key() if arguments.xpub == "-" else arguments.xpub
    create = partial(
        create_merchant,
        settings,
        name=arguments.name,
        xpub=xpub,
        email=arguments.email,
        webhook_url=arguments.webhook_url,
    )
    registered = trio.run(create)
    write = _as_json if arguments.json else _for_a_person
    print(write(registered))
    return DONE


def _read_key() -> str:
    if is_terminal(sys.stdin):
        print("The account's extended public key: ", end="", file=sys.stderr, flush=True)
    line = "" if sys.stdin is None else sys.stdin.readline(_LONGEST_LINE).strip()
    if not line:
        raise Failure("--xpub -: standard input is empty.")
    return line


async def create_merchant(
    settings: Settings, *, name: str, xpub: str, email: str | None, webhook_url: str | None
) -> Registered:
    """Add a merchant to the database of these settings, which is made if needed. Raises Failure for
    invalid input, naming the option; StoreError and VaultError."""
    egress = Egress(settings.webhook_allow_private)

    async def refusal(url: str, tenant: str) -> str | None:
        try:
            await egress.verify(url, tenant)
        except UrlRefused as refused:
            return refused.detail
        return None

    vault = Vault.load_or_create(settings.key_file)
    async with open_store(settings.database, vault) as store:
        await store.claim_network(settings.network.value)
        book = MerchantRegistry(
            store=store, network=settings.network, clock=system_clock, refuse_url=refusal
        )
        try:
            return await book.register(name=name, xpub=xpub, email=email, webhook_url=webhook_url)
        except FieldErrors as errors:
            raise Failure(
                *(f"{_OPTIONS.get(d.field, d.field)}: {d.message}" for d in errors.details)
            ) from None
        except Conflict as conflict:
            raise Failure(_TAKEN.get(conflict.what, str(conflict))) from None


def _as_json(registered: Registered) -> str:
    """The same fields as the answer of ``POST /api/v1/merchants`` (contract.md §4)."""
    merchant = registered.merchant
    members = {
        "id": merchant.id,
        "name": merchant.name,
        "email": merchant.email,
        "apiKey": registered.api_key,
        "webhookUrl": merchant.webhook_url,
        "webhookSecret": merchant.webhook_secret,
        "createdAt": iso(merchant.created_at),
        "warnings": list(registered.warnings) or None,
    }
    return json.dumps({name: value for name, value in members.items() if value is not None})


def _for_a_person(registered: Registered) -> str:
    merchant = registered.merchant
    lines = [
        f"Merchant {merchant.name!r} was created. Keep the key and the secret safe: they are"
        " shown only now.",
        "",
        f"id              {merchant.id}",
        f"API key         {registered.api_key}",
        f"webhook secret  {merchant.webhook_secret}",
    ]
    if registered.warnings:
        lines += ["", *(f"Note: {warning}" for warning in registered.warnings)]
    return "\n".join(lines)
