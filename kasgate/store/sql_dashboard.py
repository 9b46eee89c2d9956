"""The half of the Store protocol that the dashboard alone needs, over the queries."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import partial
from typing import TypeVar

from kasgate.audit import AuditEntry
from kasgate.dashboard import DashboardSession
from kasgate.passwords import Spending
from kasgate.store.engine import Query
from kasgate.store.outbox import NO_NEWS, News
from kasgate.store.queries import audit as audit_log
from kasgate.store.queries import dashboard, passwords

T = TypeVar("T")


class SqlDashboard(ABC):
    """Sign-ins and the audit log; SqlStore says more of what subclasses provide."""

    @abstractmethod
    async def _write(self, query: Query[T], news: News = NO_NEWS) -> T: ...

    @abstractmethod
    async def _read(self, query: Query[T]) -> T: ...

    @abstractmethod
    async def _scan(self, query: Query[T]) -> T: ...

    async def add_dashboard_session(
        self,
        session: DashboardSession,
        replaces: str | None,
        audit: Sequence[AuditEntry],
        spending: Spending | None = None,
    ) -> None:
        def write(connection: sqlite3.Connection) -> None:
            if spending is not None:
                passwords.spend(connection, spending)
            dashboard.add(connection, session, replaces, audit)

        await self._write(write)

    async def freshen_dashboard_session(
        self, session_id: str, until: int, audit: Sequence[AuditEntry], spending: Spending
    ) -> None:
        def write(connection: sqlite3.Connection) -> None:
            passwords.spend(connection, spending)
            dashboard.freshen(connection, session_id, until)
            audit_log.add(connection, audit)

        await self._write(write)

    async def dashboard_session(self, token_hash: str) -> DashboardSession | None:
        return await self._read(partial(dashboard.by_token, token_hash=token_hash))

    async def dashboard_sessions(self, merchant_id: str) -> list[DashboardSession]:
        return await self._scan(partial(dashboard.of_merchant, merchant_id=merchant_id))

    async def touch_dashboard_session(self, session_id: str, at: int) -> None:
        await self._write(partial(dashboard.touch, session_id=session_id, at=at))

    async def bind_dashboard_session(self, session_id: str, api_key_hash: str) -> None:
        await self._write(partial(dashboard.bind, session_id=session_id, api_key_hash=api_key_hash))

    async def remove_dashboard_session(
        self, merchant_id: str, session_id: str, audit: Sequence[AuditEntry]
    ) -> bool:
        return await self._write(
            partial(dashboard.remove, merchant_id=merchant_id, session_id=session_id, entries=audit)
        )

    async def add_audit(self, audit: Sequence[AuditEntry]) -> None:
        await self._write(partial(audit_log.add, entries=audit))

    async def audit_page(self, merchant_id: str, after: str | None, limit: int) -> list[AuditEntry]:
        return await self._scan(
            partial(audit_log.page, merchant_id=merchant_id, after=after, limit=limit)
        )
