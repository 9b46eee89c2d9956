"""A process that writes sessions endlessly and reports the stored ones. Made to be killed.

Arguments: the database, its key file. Prints the id of each session after the store returned.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import trio
from attrs import evolve

from kasgate.access.secrets import Vault
from kasgate.merchant import Merchant
from kasgate.sessions.session import EventType, SessionStatus
from kasgate.store.calls import Store
from kasgate.store.sqlite import open_store
from tests.sample_sessions import holding
from tests.store.samples import make_event, make_payment, make_session, open_shop

CALLERS = 20


async def write_for_ever(store: Store, merchant: Merchant, indices: itertools.count[int]) -> None:
    while True:
        session = make_session(merchant, next(indices))
        await store.add_session(session, make_event(session), deliver=True)
        paid = evolve(holding(session, make_payment()), status=SessionStatus.CONFIRMING)
        await store.save_session(paid, [make_event(session, EventType.CONFIRMING)], deliver=True)
        sys.stdout.write(f"{session.id}\n")
        sys.stdout.flush()


async def main() -> None:
    async with open_store(Path(sys.argv[1]), Vault.load_or_create(Path(sys.argv[2]))) as store:
        merchant = await open_shop(store)
        indices = itertools.count()
        async with trio.open_nursery() as nursery:
            for _ in range(CALLERS):
                nursery.start_soon(write_for_ever, store, merchant, indices)


if __name__ == "__main__":
    trio.run(main)
