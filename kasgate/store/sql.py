"""The Store protocol in terms of three things an engine does: write, read a row, scan."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import partial
from typing import Final, TypeVar

from kasgate.api_keys import ApiKey
from kasgate.audit import AuditEntry
from kasgate.events import Delivery, Event
from kasgate.idempotency import IdempotentCall
from kasgate.kaspa.utxo import Outpoint
from kasgate.keys import Vault
from kasgate.merchant import Merchant
from kasgate.session import Session
from kasgate.store.engine import Query
from kasgate.store.outbox import NO_NEWS, News, news_of
from kasgate.store.protocol import (
    ChainCursor,
    ChainGap,
    Counts,
    EventListener,
    LateWatch,
    OutboxListener,
)
from kasgate.store.queries import chain, deliveries, idempotency, merchants, sessions
from kasgate.store.queries import events as event_log
from kasgate.store.sealing import seal_merchant, unseal_merchant
from kasgate.store.sql_dashboard import SqlDashboard
from kasgate.store.sql_keys import SqlKeys
from kasgate.store.sql_passwords import SqlPasswords
from kasgate.store.sql_reports import SqlReports

T = TypeVar("T")

_MERCHANTS_PER_READ: Final = 500


class SqlStore(SqlReports, SqlDashboard, SqlPasswords, SqlKeys, ABC):
    """A Store over the queries. Subclasses say on which connection and in which thread they run.

    What must not lie in the database in clear is sealed and unsealed here. Reading a merchant
    raises VaultError if it can't be unsealed.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._outbox_listener: OutboxListener | None = None
        self._event_listener: EventListener | None = None

    @abstractmethod
    async def _write(self, query: Query[T], news: News = NO_NEWS) -> T:
        """Run a write in a transaction, return once it is committed, and then tell the listeners
        its news."""

    @abstractmethod
    async def _read(self, query: Query[T]) -> T:
        """Run a query that finds its few rows by key."""

    @abstractmethod
    async def _scan(self, query: Query[T]) -> T:
        """Run a query that may take a while."""

    @abstractmethod
    def _write_failure(self) -> str | None:
        """What the last write failed with; None if it was made."""

    @property
    def healthy(self) -> bool:
        """Whether the last write that was tried, if any, could be made."""
        return self._write_failure() is None

    @property
    def detail(self) -> str:
        """The word "ok", or a sentence for an operator about what failed."""
        return self._write_failure() or "ok"

    def on_outbox(self, listener: OutboxListener) -> None:
        """Call ``listener`` after each commit that put deliveries in the outbox, with them.

        Runs on the event loop and must not block; an error that it raises ends the store. A later
        call replaces the listener.
        """
        self._outbox_listener = listener

    def on_events(self, listener: EventListener) -> None:
        """As on_outbox, with the events themselves, whether they are delivered or not, in the order
        of the log."""
        self._event_listener = listener

    def _tell(self, committed: Sequence[News]) -> None:
        deliveries = [delivery for news in committed for delivery in news.deliveries]
        if deliveries and self._outbox_listener is not None:
            self._outbox_listener(deliveries)
        told = [event for news in committed for event in news.events]
        if told and self._event_listener is not None:
            self._event_listener(told)

    async def claim_network(self, network: str) -> None:
        await self._write(partial(chain.claim_network, network=network))

    async def add_merchant(self, merchant: Merchant, key: ApiKey) -> None:
        sealed = seal_merchant(merchant, self._vault)
        await self._write(partial(merchants.add, merchant=sealed, key=key))

    async def update_merchant(
        self, merchant: Merchant, audit: Sequence[AuditEntry] = ()
    ) -> Merchant:
        sealed = seal_merchant(merchant, self._vault)
        updated = await self._write(partial(merchants.update, merchant=sealed, audit=audit))
        return unseal_merchant(updated, self._vault)

    async def merchant(self, merchant_id: str) -> Merchant | None:
        sealed = await self._read(partial(merchants.by_id, merchant_id=merchant_id))
        return None if sealed is None else unseal_merchant(sealed, self._vault)

    async def merchants(self) -> list[Merchant]:
        """All merchants by id, read some at a time."""
        found: list[Merchant] = []
        while True:
            page = await self._scan(partial(self._merchants_after, found[-1].id if found else ""))
            found += page
            if len(page) < _MERCHANTS_PER_READ:
                return found

    def _merchants_after(self, after: str, connection: sqlite3.Connection) -> list[Merchant]:
        page = merchants.page(connection, after, _MERCHANTS_PER_READ)
        return [unseal_merchant(sealed, self._vault) for sealed in page]

    async def has_merchants(self) -> bool:
        return bool(await self._read(partial(merchants.page, after="", limit=1)))

    async def add_session(
        self, session: Session, event: Event, deliver: bool, call: IdempotentCall | None = None
    ) -> None:
        news = news_of((event,), deliver)
        write = partial(sessions.add, session=session, event=event, deliveries=news.deliveries)
        if call is not None:
            write = partial(idempotency.add_with, write=write, call=call)
        await self._write(write, news)

    async def add_idempotent_call(self, call: IdempotentCall) -> None:
        await self._write(partial(idempotency.add, call=call))

    async def idempotent_call(
        self, merchant_id: str, key: str, since: int
    ) -> IdempotentCall | None:
        return await self._read(
            partial(idempotency.by_key, merchant_id=merchant_id, key=key, since=since)
        )

    async def forget_idempotent_calls(self, until: int, limit: int) -> int:
        return await self._write(partial(idempotency.forget, until=until, limit=limit))

    async def save_session(
        self,
        session: Session,
        events: Sequence[Event],
        deliver: bool,
        audit: Sequence[AuditEntry] = (),
    ) -> Session:
        news = news_of(events, deliver)
        return await self._write(
            partial(
                sessions.save,
                session=session,
                events=events,
                deliveries=news.deliveries,
                audit=audit,
            ),
            news,
        )

    async def session(self, session_id: str) -> Session | None:
        return await self._read(partial(sessions.by_id, session_id=session_id))

    async def session_by_address(self, address: str) -> Session | None:
        return await self._read(partial(sessions.by_address, address=address))

    async def known_outpoints(self, outpoints: Sequence[Outpoint]) -> set[Outpoint]:
        return await self._scan(partial(sessions.known_outpoints, outpoints=outpoints))

    async def active_sessions(self, after: str, limit: int) -> list[Session]:
        return await self._scan(partial(sessions.active, after=after, limit=limit))

    async def late_watches(self, closed_since: int, after: str, limit: int) -> list[LateWatch]:
        return await self._scan(
            partial(sessions.late_watches, closed_since=closed_since, after=after, limit=limit)
        )

    async def save_cursor(self, cursor: ChainCursor) -> None:
        await self._write(partial(chain.save_cursor, cursor=cursor))

    async def cursor(self) -> ChainCursor | None:
        kept = await self.cursors()
        return kept[-1] if kept else None

    async def cursors(self) -> list[ChainCursor]:
        return await self._read(chain.cursors)

    async def record_gap(self, gap: ChainGap) -> None:
        await self._write(partial(chain.record_gap, gap=gap))

    async def open_gaps(self) -> list[ChainGap]:
        return await self._read(chain.open_gaps)

    async def close_searched_gap(self, gap_id: str, at: int) -> None:
        await self._write(partial(chain.close_searched_gap, gap_id=gap_id, at=at))

    async def acknowledge_gap(self, gap_id: str, at: int) -> bool:
        return await self._write(partial(chain.acknowledge_gap, gap_id=gap_id, at=at))

    async def pending_deliveries(self, after: str, limit: int) -> list[Delivery]:
        return await self._scan(partial(deliveries.pending, after=after, limit=limit))

    async def delivery(self, log_id: str) -> Delivery | None:
        return await self._read(partial(deliveries.by_id, log_id=log_id))

    async def save_delivery(self, delivery: Delivery) -> None:
        await self._write(partial(deliveries.save, delivery=delivery))

    async def events_of_session(self, session_id: str) -> list[Event]:
        """In the order in which they happened; of more than 1,000 the newest."""
        return await self._scan(partial(event_log.of_session, session_id=session_id))

    async def audit_of_session(self, session_id: str) -> list[AuditEntry]:
        return await self._scan(partial(sessions.audit, session_id=session_id))

    async def counts(self) -> Counts:
        return await self._scan(_counts)


def _counts(connection: sqlite3.Connection) -> Counts:
    return Counts(
        merchants=merchants.count(connection),
        active_sessions=sessions.count_active(connection),
        pending_deliveries=deliveries.count_pending(connection),
        sessions=sessions.count_by_status(connection),
        payments=sessions.count_payments(connection),
    )
