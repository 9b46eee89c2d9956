"""``kasgate merchant sign-in-link``: makes a one-time link, also beside a running gateway."""

from __future__ import annotations

import argparse
import sys

import trio

from actors.merchants.keyring import KeyRing
from actors.merchants.registry import MerchantRegistry
from actors.merchants.sign_in_links import NoKeyToSignInWith, SignInLinks
from kasgate.access.secrets import Vault
from kasgate.access.sign_in_links import LIFETIME_MS, link_url
from kasgate.audit import BY_OPERATOR, Principal
from kasgate.cli.outcome import DONE, Failure
from kasgate.cli.own_settings import own_settings
from kasgate.clock import system_clock
from kasgate.logs.setup import configure_logging
from kasgate.merchant import Merchant
from kasgate.settings.model import LogLevel, Settings
from kasgate.store.calls import Store
from kasgate.store.sqlite import open_store

_MOST_LISTED = 20
_MINUTE_MS = 60_000


def run(arguments: argparse.Namespace) -> int:
    """Make a link and print it. Raises Failure if it is not clear for which merchant, or if the
    merchant has no API key for it."""
    settings = own_settings()
    configure_logging(settings.log, LogLevel.WARNING)
    merchant, token = trio.run(_create, settings, arguments.merchant)
    print(
        f"Signs in {merchant.name!r}, once, within {LIFETIME_MS // _MINUTE_MS} minutes:",
        file=sys.stderr,
    )
    print(link_url(settings.base_url, token))
    return DONE


async def _create(settings: Settings, asked: str | None) -> tuple[Merchant, str]:
    vault = Vault.load_or_create(settings.key_file)
    async with open_store(settings.database, vault) as store:
        merchant = _chosen(await store.merchants(), asked)
        return merchant, await _link(store, settings, merchant)


async def _link(store: Store, settings: Settings, merchant: Merchant) -> str:
    merchants = MerchantRegistry(
        store=store, network=settings.network, clock=system_clock, refuse_url=_never_asked
    )
    keys = KeyRing(store=store, merchants=merchants, clock=system_clock, ended=lambda *_: None)
    links = SignInLinks(store, merchants, keys, system_clock)
    try:
        return await links.create(merchant, Principal(BY_OPERATOR))
    except NoKeyToSignInWith:
        raise Failure(
            f"{merchant.name} has no API key of scope manage, and a sign-in depends on one."
            " Sign in with the password instead."
        ) from None


async def _never_asked(url: str, tenant: str) -> str | None:
    """A link changes no webhook URL."""
    return None


def _chosen(merchants: list[Merchant], asked: str | None) -> Merchant:
    """The merchant with this id or name; the only one if nothing is asked for. Raises Failure."""
    if not merchants:
        raise Failure("There is no merchant yet. Add one with: kasgate merchant create")
    found = [m for m in merchants if asked is None or asked in (m.id, m.name)]
    if len(found) == 1:
        return found[0]
    listed = [f"  {m.id}  {m.name}" for m in (found or merchants)[:_MOST_LISTED]]
    reason = f"No merchant is called {asked!r}." if not found else "Which merchant? Give its id."
    raise Failure(reason + "\n" + "\n".join(listed))
