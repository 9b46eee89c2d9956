"""Fills a gateway's empty database with a year of business, to view the dashboard with.

    export KASGATE_NETWORK=simnet KASGATE_DATA_DIR=/tmp/beans
    python -m tests.year --seed 7 --orders 1500     # prints the API key to sign in with
    kasgate serve

The same seed makes the same year, except for ids and keys. Its last day is today.
"""

from __future__ import annotations

import argparse
import os
import sys
import time

import trio

from kasgate.access.secrets import Vault
from kasgate.cli.demo.orders import orders
from kasgate.cli.demo.past import PastOrders
from kasgate.clock import system_clock
from kasgate.kaspa.networks import Network
from kasgate.settings.loading import load_settings
from kasgate.settings.model import Settings
from kasgate.store.lock import lock_database
from kasgate.store.sqlite import open_store
from tests.vectors import vectors
from tests.year import DAYS, NAME, WEBHOOK_URL

MOST_ORDERS = 20_000


async def write_year(settings: Settings, seed: int, count: int, xpub: str) -> str:
    """Write the year into the database of these settings. Returns the merchant's API key."""
    vault = Vault.load_or_create(settings.key_file)
    with lock_database(settings.database):
        async with open_store(settings.database, vault) as store:
            await store.claim_network(settings.network.value)
            if await store.has_merchants():
                raise SystemExit(f"{settings.database} has merchants already: name an empty one")
            until = system_clock()
            past = PastOrders(store, settings.network, seed, NAME, WEBHOOK_URL)
            made = await past.write(xpub, list(orders(seed, count, until, DAYS)), until)
    return made.api_key


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.year", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--orders", type=int, default=1_500, help=f"1 to {MOST_ORDERS}")
    asked = parser.parse_args()
    if not 1 <= asked.orders <= MOST_ORDERS:
        parser.error(f"--orders takes 1 to {MOST_ORDERS}")
    settings = load_settings(os.environ)
    if settings.network is not Network.SIMNET:
        # Its addresses belong to a wallet whose seed words are public.
        parser.error("only with KASGATE_NETWORK=simnet")
    started = time.monotonic()
    key = trio.run(write_year, settings, asked.seed, asked.orders, vectors("kpubs")[0]["kpub"])
    print(f"API key  {key}")
    print(f"{asked.orders} orders written in {time.monotonic() - started:.1f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
