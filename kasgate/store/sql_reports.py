"""The reading half of the Store protocol, over the queries."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from functools import partial
from typing import TypeVar

from kasgate.events import Delivery, Event
from kasgate.reports import (
    TOP_PAYMENTS,
    Analytics,
    DeliveryPage,
    DeliveryQuery,
    EventPage,
    EventQuery,
    Period,
    SessionPage,
    SessionQuery,
    Totals,
    UsedAddress,
    analytics_of,
)
from kasgate.store.engine import Query
from kasgate.store.outbox import NO_NEWS, News
from kasgate.store.queries import (
    addresses,
    deliveries,
    events,
    figures,
    session_lists,
    session_search,
)

T = TypeVar("T")


class SqlReports(ABC):
    """Reports; SqlStore says more of what subclasses provide."""

    @abstractmethod
    async def _write(self, query: Query[T], news: News = NO_NEWS) -> T: ...

    @abstractmethod
    async def _read(self, query: Query[T]) -> T: ...

    @abstractmethod
    async def _scan(self, query: Query[T]) -> T: ...

    async def session_page(self, merchant_id: str, wanted: SessionQuery) -> SessionPage:
        if wanted.text is None:
            return await self._scan(
                partial(session_lists.page, merchant_id=merchant_id, wanted=wanted)
            )
        return await self._scan(
            partial(session_search.page, merchant_id=merchant_id, wanted=wanted, text=wanted.text)
        )

    async def used_addresses(self, account_key: str, after: int, limit: int) -> list[UsedAddress]:
        return await self._scan(
            partial(addresses.page, account_key=account_key, after=after, limit=limit)
        )

    async def longest_unpaid_run(self, account_key: str, next_index: int) -> int:
        return await self._scan(
            partial(addresses.longest_unpaid_run, account_key=account_key, next_index=next_index)
        )

    async def totals(self, merchant_id: str) -> Totals:
        return await self._scan(partial(figures.totals, merchant_id=merchant_id))

    async def analytics(self, merchant_id: str, period: Period) -> Analytics:
        return await self._scan(partial(_analytics, merchant_id=merchant_id, period=period))

    async def delivery_page(self, merchant_id: str, wanted: DeliveryQuery) -> DeliveryPage:
        return await self._scan(partial(deliveries.page, merchant_id=merchant_id, wanted=wanted))

    async def failed_deliveries(self, merchant_id: str, since: int, limit: int) -> list[Delivery]:
        return await self._scan(
            partial(deliveries.failed_since, merchant_id=merchant_id, since=since, limit=limit)
        )

    async def delivery_of_event(self, event_id: str) -> Delivery | None:
        return await self._read(partial(deliveries.by_event, event_id=event_id))

    async def add_delivery(self, delivery: Delivery) -> None:
        await self._write(
            partial(deliveries.add, deliveries=(delivery,)), News(deliveries=(delivery,))
        )

    async def event(self, event_id: str) -> Event | None:
        return await self._read(partial(events.by_id, event_id=event_id))

    async def event_page(self, merchant_id: str, wanted: EventQuery) -> EventPage:
        return await self._scan(partial(events.page, merchant_id=merchant_id, wanted=wanted))

    async def newest_event_id(self, merchant_id: str) -> str | None:
        return await self._read(partial(events.newest_id, merchant_id=merchant_id))


def _analytics(connection: sqlite3.Connection, merchant_id: str, period: Period) -> Analytics:
    """All of it from one snapshot."""
    found = figures.days(connection, merchant_id, period.previous.first, period.last)
    top = figures.top_payments(connection, merchant_id, period.first, period.last, TOP_PAYMENTS)
    return analytics_of(period, found, top)
