"""The store: all reads and writes of the database, as one table of calls over the queries.

A write returns only after its commit. A call is a query function in ``kasgate/store/queries`` and a
line here; the query's docstring documents it. Only calls that seal secrets, read page by page or
publish news are methods.
"""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Sequence
from functools import partial, wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from kasgate.access.api_keys import ApiKey
from kasgate.access.passwords import PasswordLogin
from kasgate.access.secrets import Vault
from kasgate.audit import AuditEntry
from kasgate.events import Delivery, Event
from kasgate.evolving import evolve
from kasgate.idempotency import IdempotentCall
from kasgate.merchant import Merchant
from kasgate.sessions.session import Session
from kasgate.store.engine import Query
from kasgate.store.outbox import NO_NEWS, News, news_of
from kasgate.store.protocol import EventListener, OutboxListener
from kasgate.store.queries import (
    addresses,
    audit,
    books,
    chain,
    counts,
    deliveries,
    events,
    figures,
    idempotency,
    logos,
    merchants,
    restores,
    session_search,
    sessions,
    values,
    warnings,
)
from kasgate.store.queries.access import api_keys, dashboard, passwords, sign_in_links
from kasgate.store.sealing import seal_login, seal_merchant, unseal_login, unseal_merchant

P = ParamSpec("P")
T = TypeVar("T")

_Query = Callable[Concatenate[sqlite3.Connection, P], T]
_Call = Callable[Concatenate["Store", P], Coroutine[Any, Any, T]]
_QueryFor = Callable[Concatenate[sqlite3.Connection, str, P], T]
_CallFor = Callable[Concatenate["Store", str, P], Coroutine[Any, Any, T]]

_MERCHANTS_PER_READ: Final = 500
_KEYS_PER_READ: Final = 1_000


def writes(query: _Query[P, T]) -> _Call[P, T]:
    """A call that runs a query and returns once its changes are committed."""

    @wraps(query)
    async def call(store: Store, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await store._write(lambda connection: query(connection, *args, **kwargs))

    return call


def reads(query: _Query[P, T]) -> _Call[P, T]:
    """A call that runs a query for a few rows by key."""

    @wraps(query)
    async def call(store: Store, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await store._read(lambda connection: query(connection, *args, **kwargs))

    return call


def scans(query: _Query[P, T]) -> _Call[P, T]:
    """A call that runs a slow query, in a thread if the engine has threads."""

    @wraps(query)
    async def call(store: Store, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await store._scan(lambda connection: query(connection, *args, **kwargs))

    return call


def scans_for(query: _QueryFor[P, T]) -> _CallFor[P, T]:
    """Like scans, but tenants take turns. The query's first argument is the tenant: a merchant's
    id, or another key that belongs to one merchant. May raise StoreBusy."""

    @wraps(query)
    async def call(store: Store, tenant: str, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await store._scan(
            lambda connection: query(connection, tenant, *args, **kwargs), tenant
        )

    return call


class Store(ABC):
    """All calls. A subclass chooses the connection and the thread that each runs on.

    Writes are queued to one writer and committed in groups. A write that fails does not affect the
    others of its group. If a caller is cancelled while it waits, its write stays in the queue and
    is still committed as a whole or not at all.

    Every call may raise StoreUnavailable. Secrets are sealed and unsealed here: reading a merchant
    or a login raises VaultError if it can't be unsealed.
    """

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._outbox_listener: OutboxListener | None = None
        self._event_listener: EventListener | None = None

    # Implemented by an engine.

    @abstractmethod
    async def _write(self, query: Query[T], news: News = NO_NEWS, rows: int = 1) -> T:
        """Run a write of about so many rows in a transaction. Return once it is committed, then
        pass its news to the listeners."""

    @abstractmethod
    async def _read(self, query: Query[T]) -> T:
        """Run a query for a few rows by key."""

    @abstractmethod
    async def _scan(self, query: Query[T], tenant: str = "") -> T:
        """Run a slow query. Tenants take turns: the merchants, and the gateway itself. Raises
        StoreBusy."""

    @abstractmethod
    def _write_failure(self) -> str | None:
        """The error of the last write; None if it succeeded."""

    @property
    @abstractmethod
    def queued_writes(self) -> int:
        """The number of writes that wait for the writer."""

    @property
    @abstractmethod
    def writing_s(self) -> float:
        """Seconds that the transaction under way has taken so far; 0 without one."""

    @property
    @abstractmethod
    def commits(self) -> int:
        """The number of transactions committed since the store was opened."""

    @property
    def healthy(self) -> bool:
        """Whether the last write, if there was one, could be committed."""
        return self._write_failure() is None

    @property
    def detail(self) -> str:
        """The word "ok", or a sentence for an operator about the failure."""
        return self._write_failure() or "ok"

    # Published after a commit.

    def on_outbox(self, listener: OutboxListener) -> None:
        """Call ``listener`` after a commit with the deliveries that it added to the outbox.

        Runs on the event loop and must not block; an error that it raises ends the store. A later
        call replaces the listener.
        """
        self._outbox_listener = listener

    def on_events(self, listener: EventListener) -> None:
        """Like on_outbox, but with all new events, delivered or not, in the order of the log."""
        self._event_listener = listener

    def _tell(self, committed: Sequence[News]) -> None:
        deliveries = [delivery for news in committed for delivery in news.deliveries]
        if deliveries and self._outbox_listener is not None:
            self._outbox_listener(deliveries)
        told = [event for news in committed for event in news.events]
        if told and self._event_listener is not None:
            self._event_listener(told)

    # Merchants and their API keys.

    claim_network = writes(chain.claim_network)
    has_merchants = reads(merchants.exist)
    api_key = reads(api_keys.by_hash)
    api_keys_of = scans_for(api_keys.live)
    add_api_key = writes(api_keys.add)
    replace_api_key = writes(api_keys.replace)
    rename_api_key = writes(api_keys.rename)
    revoke_api_key = writes(api_keys.revoke)
    note_key_uses = writes(api_keys.note_uses)
    logo = reads(logos.by_digest)

    async def add_merchant(self, merchant: Merchant, key: ApiKey) -> None:
        """Store a merchant with its first API key. Raises Conflict("email") or
        Conflict("account_key")."""
        sealed = seal_merchant(merchant, self._vault)
        await self._write(partial(merchants.add, merchant=sealed, key=key))

    async def update_merchant(
        self, merchant: Merchant, audit: Sequence[AuditEntry] = ()
    ) -> Merchant:
        """Store name, email, webhook URL, account key, rules and secrets, with entries of the audit
        log. Returns the stored merchant. An account key that this merchant used before continues at
        its own next index; a new one starts at 0. Raises Conflict as add_merchant does."""
        sealed = seal_merchant(merchant, self._vault)
        updated = await self._write(partial(merchants.update, merchant=sealed, audit=audit))
        return unseal_merchant(updated, self._vault)

    async def replace_logo(
        self, merchant: Merchant, png: bytes | None, audit: Sequence[AuditEntry] = ()
    ) -> Merchant:
        """Like update_merchant, with the image of ``merchant.logo``; None removes the image."""
        sealed = seal_merchant(merchant, self._vault)
        write = partial(logos.replace, merchant=sealed, png=png, audit=audit)
        return unseal_merchant(await self._write(write), self._vault)

    async def merchant(self, merchant_id: str) -> Merchant | None:
        """A merchant by id."""
        sealed = await self._read(partial(merchants.by_id, merchant_id=merchant_id))
        return None if sealed is None else unseal_merchant(sealed, self._vault)

    async def merchants(self) -> list[Merchant]:
        """All merchants by id, read in pages."""
        found: list[Merchant] = []
        while True:
            page = await self._scan(partial(self._merchants_after, found[-1].id if found else ""))
            found += page
            if len(page) < _MERCHANTS_PER_READ:
                return found

    def _merchants_after(self, after: str, connection: sqlite3.Connection) -> list[Merchant]:
        page = merchants.page(connection, after, _MERCHANTS_PER_READ)
        return [unseal_merchant(sealed, self._vault) for sealed in page]

    async def api_keys(self) -> list[ApiKey]:
        """All live API keys of all merchants by id, read in pages."""
        found: list[ApiKey] = []
        while True:
            after = found[-1].id if found else ""
            page = await self._scan(partial(api_keys.page, after=after, limit=_KEYS_PER_READ))
            found += page
            if len(page) < _KEYS_PER_READ:
                return found

    # Sessions, payments, events.

    session = reads(sessions.by_id)
    session_by_address = reads(sessions.by_address)
    known_payments = scans(sessions.known_payments)
    payments_at = reads(sessions.payments_at)
    waiting_payments = scans(sessions.waiting_payments)
    attested_payments = scans(sessions.attested_payments)
    gone_payments = scans(sessions.gone_payments)
    expected_payments = scans(sessions.expected_payments)
    completing_payment = scans(sessions.completing_payment)
    active_sessions = scans(sessions.active)
    late_watches = scans(sessions.late_watches)
    payments_of_session = scans_for(sessions.payment_page)
    audit_of_session = scans_for(sessions.audit)
    events_of_session = scans_for(events.of_session)
    add_idempotent_call = writes(idempotency.add)
    idempotent_call = reads(idempotency.by_key)
    forget_idempotent_calls = writes(idempotency.forget)

    async def add_session(
        self, session: Session, event: Event, deliver: bool, call: IdempotentCall | None = None
    ) -> None:
        """In one transaction, store the session, its merchant's next index, its first event, the
        ``call`` that asked for it and, with ``deliver``, the outbox row. Raises Conflict("address")
        if the address or the index is taken: retry with a later index. Raises
        Conflict("idempotency_key") if the call was made before."""
        news = evolve(
            news_of((event,), deliver), address=(session.account_key, session.address_index)
        )
        write = partial(sessions.add, session=session, event=event, deliveries=news.deliveries)
        if call is not None:
            write = partial(idempotency.add_with, write=write, call=call)
        await self._write(write, news)

    async def save_session(
        self,
        session: Session,
        events: Sequence[Event],
        deliver: bool,
        audit: Sequence[AuditEntry] = (),
    ) -> Session:
        """In one transaction, store the session's new state, its changed payments, the events,
        entries of the audit log and, with ``deliver``, the outbox rows.

        ``session.version`` is the version that the new state is based on. The returned session has
        the next version, and holds only the payments that it has to. Raises StaleSession, and
        Conflict("outpoint") for a new payment that is stored already.
        """
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
            rows=1 + len(session.ledger.changed),
        )

    # The chain.

    save_cursor = writes(chain.save_cursor)
    cursor = reads(chain.newest_cursor)
    cursors = reads(chain.cursors)
    record_gap = writes(chain.record_gap)
    open_gaps = reads(chain.open_gaps)
    close_searched_gap = writes(chain.close_searched_gap)
    acknowledge_gap = writes(chain.acknowledge_gap)

    # Warnings to the operator.

    identity = writes(warnings.identity)
    has_sessions = reads(sessions.has_any)
    add_warnings = writes(warnings.add)
    open_warnings = scans(warnings.still_open)
    note_found = writes(warnings.note_found)
    acknowledge_warning = writes(warnings.acknowledge)
    payments_since = scans(restores.payments_since)

    # Webhooks.

    pending_deliveries = scans(deliveries.pending)
    failed_deliveries = scans_for(deliveries.failed_since)
    delivery = reads(deliveries.by_id)
    delivery_of_event = reads(deliveries.by_event)
    save_delivery = writes(deliveries.save)

    async def add_delivery(self, delivery: Delivery) -> None:
        """Add a delivery to the outbox, for an event without one. Raises Conflict("delivery")."""
        news = News(deliveries=(delivery,))
        await self._write(partial(deliveries.add, deliveries=(delivery,)), news)

    # Lists, figures and logs; kasgate/reports.py defines the figures.

    session_page = scans_for(session_search.page)
    used_addresses = scans_for(addresses.page)
    longest_unpaid_run = scans_for(addresses.longest_unpaid_run)
    totals = scans_for(figures.totals)
    analytics = scans_for(figures.analytics)
    value_days = scans_for(values.by_day)
    values_of_sessions = scans_for(values.of_sessions)
    book_lines = scans_for(books.lines)
    statement = scans_for(books.statement)
    delivery_page = scans_for(deliveries.page)
    event = reads(events.by_id)
    event_page = scans_for(events.page)
    newest_event_id = reads(events.newest_id)
    counts = scans(counts.of_everything)

    # Sign-ins, and the audit log.

    add_dashboard_session = writes(dashboard.add)
    freshen_dashboard_session = writes(dashboard.freshen)
    dashboard_session = reads(dashboard.by_token)
    dashboard_sessions = scans_for(dashboard.of_merchant)
    touch_dashboard_session = writes(dashboard.touch)
    bind_dashboard_session = writes(dashboard.bind)
    remove_dashboard_session = writes(dashboard.remove)
    add_sign_in_link = writes(sign_in_links.add)
    take_sign_in_link = writes(sign_in_links.take)
    add_audit = writes(audit.add)
    audit_page = scans_for(audit.page)
    signed_in_from = scans_for(audit.signed_in_from)
    has_recovery_code = reads(passwords.has_code)
    change_password = writes(passwords.change)
    renew_recovery_codes = writes(passwords.renew_codes)
    remove_password = writes(passwords.remove)

    async def password_login(self, merchant_id: str) -> PasswordLogin | None:
        """A merchant's login."""
        sealed = await self._read(partial(passwords.of_merchant, merchant_id=merchant_id))
        return None if sealed is None else unseal_login(sealed, self._vault)

    async def password_login_by_name(self, login: str) -> PasswordLogin | None:
        """The login with this name."""
        sealed = await self._read(partial(passwords.by_login, login=login))
        return None if sealed is None else unseal_login(sealed, self._vault)

    async def set_up_password(
        self,
        login: PasswordLogin,
        code_hashes: Sequence[str],
        keep: str | None,
        audit: Sequence[AuditEntry],
    ) -> list[str]:
        """Store a login with its recovery codes. If it replaces another login, all dashboard
        sessions of the merchant except ``keep`` end. Returns their ids. Raises
        Conflict("login")."""
        sealed = seal_login(login, self._vault)
        return await self._write(
            partial(passwords.set_up, login=sealed, code_hashes=code_hashes, keep=keep, audit=audit)
        )
