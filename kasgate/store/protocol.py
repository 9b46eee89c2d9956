"""The port to what lasts. Durable first: a write returns when it is committed, and not before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from attrs import frozen

from kasgate.api_keys import ApiKey
from kasgate.audit import AuditEntry
from kasgate.dashboard import DashboardSession
from kasgate.events import Delivery, Event
from kasgate.idempotency import IdempotentCall
from kasgate.kaspa.utxo import Outpoint
from kasgate.merchant import Merchant
from kasgate.passwords import PasswordLogin, Spending
from kasgate.reports import (
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
)
from kasgate.session import Session


class StoreError(Exception):
    """A read or write did not happen; nothing of it did."""


class StoreUnavailable(StoreError):
    """The database can't be written now (disk full, read-only, busy, too many writes queued).
    Trying again later may succeed."""


class Conflict(StoreError):
    """The write contradicts what is stored. ``what`` names it: "email", "account_key", "address",
    "merchant", "session", "outpoint", "event", "delivery", "idempotency_key", "login"."""

    def __init__(self, what: str) -> None:
        super().__init__(f"this {what} is already taken")
        self.what = what


class WrongNetwork(StoreError):
    """The database was made for another network: its addresses and scores mean nothing here."""


class SpentAlready(StoreError):
    """A second factor works once, and for the password that it came with."""


class StaleSession(StoreError):
    """The session was changed by somebody else since it was read: read it again."""


class CorruptDatabase(StoreError):
    """The database file is damaged or no database at all. No retry helps: the process has to end
    and an operator to look."""


@frozen
class ChainCursor:
    """How far the chain was followed: everything accepted up to this block is in the database."""

    block_hash: str
    """Empty where the node that was followed could not name one."""
    daa_score: int
    at: int
    """Unix milliseconds."""


@frozen
class ChainGap:
    """A stretch of the chain that no node could replay. Times are unix milliseconds."""

    id: str
    from_daa_score: int
    from_at: int
    """When the chain had last been followed before it."""
    to_daa_score: int
    to_at: int
    """When it was followed again."""
    reason: str


@frozen
class LateWatch:
    """A closed session whose address is still watched."""

    session_id: str
    address: str
    closed_at: int


@frozen
class Counts:
    """Totals for an operator's health page."""

    merchants: int
    active_sessions: int
    pending_deliveries: int
    sessions: Mapping[str, int]
    """All of them, by status."""
    payments: int
    """All that count as received."""


OutboxListener = Callable[[Sequence[Delivery]], None]
EventListener = Callable[[Sequence[Event]], None]


class Reports(Protocol):
    """Lists, figures and logs: what is read to be looked at. What "kept" figures are, and which
    day a thing belongs to, kasgate/reports.py says. Every call may raise StoreUnavailable."""

    async def session_page(self, merchant_id: str, wanted: SessionQuery) -> SessionPage:
        """Sessions of a merchant, newest first. Raises UnknownCursor."""
        ...

    async def used_addresses(self, account_key: str, after: int, limit: int) -> list[UsedAddress]:
        """Addresses that a key, named by its fingerprint, gave out, by index after the one
        given."""
        ...

    async def longest_unpaid_run(self, account_key: str, next_index: int) -> int:
        """How many of them in a row nobody paid to, at most, before an index."""
        ...

    async def totals(self, merchant_id: str) -> Totals:
        """All of a merchant's sessions and money, from kept figures."""
        ...

    async def analytics(self, merchant_id: str, period: Period) -> Analytics:
        """A period beside the one before, from kept figures."""
        ...

    async def delivery_page(self, merchant_id: str, wanted: DeliveryQuery) -> DeliveryPage:
        """Webhook deliveries of a merchant, newest first."""
        ...

    async def failed_deliveries(self, merchant_id: str, since: int, limit: int) -> list[Delivery]:
        """Deliveries that were given up, created at or after a time, oldest first."""
        ...

    async def delivery_of_event(self, event_id: str) -> Delivery | None: ...

    async def add_delivery(self, delivery: Delivery) -> None:
        """Put a delivery of an event that has none in the outbox. Raises Conflict("delivery")."""
        ...

    async def event(self, event_id: str) -> Event | None: ...

    async def event_page(self, merchant_id: str, wanted: EventQuery) -> EventPage:
        """Events of a merchant in the order of commits. Raises UnknownCursor."""
        ...

    async def newest_event_id(self, merchant_id: str) -> str | None:
        """The last one in a merchant's log."""
        ...


class Dashboard(Protocol):
    """Who is signed in, and the audit log. Every call may raise StoreUnavailable."""

    async def add_dashboard_session(
        self,
        session: DashboardSession,
        replaces: str | None,
        audit: Sequence[AuditEntry],
        spending: Spending | None = None,
    ) -> None:
        """Store a session, in place of the one with the id given, with lines of the audit log, for
        the second factor that it costs. The merchant's ended ones go, and the oldest beyond
        MOST_SESSIONS. Raises SpentAlready."""
        ...

    async def freshen_dashboard_session(
        self, session_id: str, until: int, audit: Sequence[AuditEntry], spending: Spending
    ) -> None:
        """Its person is known until this time, for a second factor. Raises SpentAlready."""
        ...

    async def dashboard_session(self, token_hash: str) -> DashboardSession | None:
        """By the hash of its token; it may have ended."""
        ...

    async def dashboard_sessions(self, merchant_id: str) -> list[DashboardSession]:
        """Newest first; ended ones may be among them."""
        ...

    async def touch_dashboard_session(self, session_id: str, at: int) -> None:
        """It was used at this time."""
        ...

    async def bind_dashboard_session(self, session_id: str, api_key_hash: str) -> None:
        """It depends on another API key from now on."""
        ...

    async def remove_dashboard_session(
        self, merchant_id: str, session_id: str, audit: Sequence[AuditEntry]
    ) -> bool:
        """End a merchant's session; whether there was one. Only then the lines are written."""
        ...

    async def add_audit(self, audit: Sequence[AuditEntry]) -> None:
        """Write lines of the audit log about what changed nothing."""
        ...

    async def audit_page(self, merchant_id: str, after: str | None, limit: int) -> list[AuditEntry]:
        """What people did in a merchant's name, newest first, after the line with the id given.
        Raises UnknownCursor."""
        ...


class Passwords(Protocol):
    """How merchants sign in without an API key. ``keep`` is the dashboard session that does not end
    where others do. Every call may raise StoreUnavailable."""

    async def password_login(self, merchant_id: str) -> PasswordLogin | None: ...

    async def password_login_by_name(self, login: str) -> PasswordLogin | None: ...

    async def has_recovery_code(self, merchant_id: str, code_hash: str) -> bool:
        """Whether a merchant has this code and did not use it."""
        ...

    async def set_up_password(
        self,
        login: PasswordLogin,
        code_hashes: Sequence[str],
        keep: str | None,
        audit: Sequence[AuditEntry],
    ) -> list[str]:
        """Store a login with its recovery codes. If it takes another one's place, the merchant's
        dashboard sessions end; their ids. Raises Conflict("login")."""
        ...

    async def change_password(
        self,
        merchant_id: str,
        *,
        login: str | None,
        password_hash: str | None,
        keep: str | None,
        audit: Sequence[AuditEntry],
        at: int,
    ) -> list[str] | None:
        """Change what is given. With the password the merchant's dashboard sessions end; their ids.
        None if there is no login. Raises Conflict("login")."""
        ...

    async def renew_recovery_codes(
        self, merchant_id: str, code_hashes: Sequence[str], audit: Sequence[AuditEntry]
    ) -> bool:
        """These are all that count from now on; whether there is a login that they are for."""
        ...

    async def remove_password(
        self, merchant_id: str, keep: str | None, audit: Sequence[AuditEntry]
    ) -> list[str] | None:
        """Remove the login with its codes. The dashboard sessions that were opened with it end;
        their ids. None if there is no login."""
        ...


class Keys(Protocol):
    """Merchants' API keys. Every call may raise StoreUnavailable."""

    async def api_key(self, key_hash: str) -> ApiKey | None:
        """A live key by its hash."""
        ...

    async def api_keys(self) -> list[ApiKey]:
        """All live keys of all merchants."""
        ...

    async def api_keys_of(self, merchant_id: str) -> list[ApiKey]:
        """A merchant's live keys, oldest first."""
        ...

    async def add_api_key(self, key: ApiKey, audit: Sequence[AuditEntry]) -> None:
        """Store a key with lines of the audit log. Raises TooManyKeys."""
        ...

    async def replace_api_key(self, old: ApiKey, new: ApiKey, audit: Sequence[AuditEntry]) -> None:
        """Store a key and end another at the same moment. Raises NoSuchKey if that one has
        ended."""
        ...

    async def rename_api_key(self, key: ApiKey, name: str, audit: Sequence[AuditEntry]) -> None:
        """Give a live key another name. Raises NoSuchKey."""
        ...

    async def revoke_api_key(self, key: ApiKey, at: int, audit: Sequence[AuditEntry]) -> None:
        """End a live key at a unix time in milliseconds. Raises NoSuchKey, and LastManageKey for
        the last one of that scope."""
        ...

    async def note_key_uses(self, uses: Mapping[str, int]) -> None:
        """When keys, by id, were last used."""
        ...


class Store(Reports, Dashboard, Passwords, Keys, Protocol):
    """Writes are queued to one writer and committed in groups; each stands alone: one that fails
    takes no neighbour along. A caller that is cancelled while waiting leaves its write in the
    queue: it happens or not, whole, as if the caller had stayed.

    Every call may raise StoreUnavailable.
    """

    @property
    def healthy(self) -> bool:
        """Whether the last write could be committed."""
        ...

    @property
    def detail(self) -> str:
        """How the last write went, for an operator."""
        ...

    @property
    def queued_writes(self) -> int:
        """Writes that wait for the writer."""
        ...

    @property
    def commits(self) -> int:
        """Transactions committed since it was opened."""
        ...

    def on_outbox(self, listener: OutboxListener) -> None:
        """Call ``listener`` on the event loop after each commit that put deliveries in the outbox,
        with those deliveries. One listener; it must not block."""
        ...

    def on_events(self, listener: EventListener) -> None:
        """As on_outbox, with all events that were committed, in the order of the log."""
        ...

    async def claim_network(self, network: str) -> None:
        """Say which network this database serves: the first one ever said. Raises WrongNetwork."""
        ...

    async def add_merchant(self, merchant: Merchant, key: ApiKey) -> None:
        """Store a merchant with its first API key. Raises Conflict("email") or
        Conflict("account_key")."""
        ...

    async def update_merchant(
        self, merchant: Merchant, audit: Sequence[AuditEntry] = ()
    ) -> Merchant:
        """Store name, email, webhook URL, account key, rules and secrets, and with them lines of
        the audit log; return the merchant as it now stands. An account key that this merchant used
        before goes on at its own next index, a new one starts at 0. Raises Conflict as
        add_merchant."""
        ...

    async def merchant(self, merchant_id: str) -> Merchant | None: ...

    async def merchants(self) -> list[Merchant]: ...

    async def has_merchants(self) -> bool: ...

    async def add_session(
        self, session: Session, event: Event, deliver: bool, call: IdempotentCall | None = None
    ) -> None:
        """One transaction: the session, its merchant's next index, its first event, with
        ``deliver`` the outbox row, and the ``call`` that asked for it. Raises Conflict("address")
        when the address or the index is taken: take a later index. Raises
        Conflict("idempotency_key") if the call has been made."""
        ...

    async def add_idempotent_call(self, call: IdempotentCall) -> None:
        """Keep what a call was answered. Raises Conflict("idempotency_key")."""
        ...

    async def idempotent_call(
        self, merchant_id: str, key: str, since: int
    ) -> IdempotentCall | None:
        """The call that a merchant made under a key after this time, unix milliseconds."""
        ...

    async def forget_idempotent_calls(self, until: int, limit: int) -> int:
        """Remove the oldest of those made at or before this time; how many went."""
        ...

    async def save_session(
        self,
        session: Session,
        events: Sequence[Event],
        deliver: bool,
        audit: Sequence[AuditEntry] = (),
    ) -> Session:
        """One transaction: the session's new state with its payments, the events and, with
        ``deliver``, their outbox rows, and lines of the audit log. ``session.version`` is the
        version it was made from; the session returned carries the next one. Raises
        StaleSession."""
        ...

    async def session(self, session_id: str) -> Session | None: ...

    async def session_by_address(self, address: str) -> Session | None: ...

    async def known_outpoints(self, outpoints: Sequence[Outpoint]) -> set[Outpoint]:
        """Those of these outpoints that are payments already, of whatever session and state."""
        ...

    async def active_sessions(self, after: str, limit: int) -> list[Session]:
        """Sessions that need an actor (``Session.is_active``), by id, after the id given."""
        ...

    async def late_watches(self, closed_since: int, after: str, limit: int) -> list[LateWatch]:
        """Closed sessions without an actor, closed at or after a time, by id."""
        ...

    async def save_cursor(self, cursor: ChainCursor) -> None: ...

    async def cursor(self) -> ChainCursor | None:
        """The one saved last."""
        ...

    async def cursors(self) -> list[ChainCursor]:
        """Those saved in the last quarter of an hour of following, one a second, and in the day
        before, one a minute, oldest first."""
        ...

    async def record_gap(self, gap: ChainGap) -> None:
        """Remember a gap. One that begins where a known gap does takes its place, under the id
        that this one has, and is open again."""
        ...

    async def open_gaps(self) -> list[ChainGap]:
        """Gaps that neither an archive was searched for nor a person acknowledged, oldest
        first."""
        ...

    async def close_searched_gap(self, gap_id: str, at: int) -> None:
        """An archive was asked for every address that could have been paid in a gap."""
        ...

    async def acknowledge_gap(self, gap_id: str, at: int) -> bool:
        """A person looked into a gap; whether there was an open one of this id."""
        ...

    async def pending_deliveries(self, after: str, limit: int) -> list[Delivery]:
        """Deliveries not yet delivered or given up, by log id, after the id given."""
        ...

    async def delivery(self, log_id: str) -> Delivery | None: ...

    async def save_delivery(self, delivery: Delivery) -> None:
        """Store what an attempt came to."""
        ...

    async def events_of_session(self, session_id: str) -> list[Event]: ...

    async def audit_of_session(self, session_id: str) -> list[AuditEntry]:
        """What people did with a session, oldest first; of very many the newest."""
        ...

    async def counts(self) -> Counts: ...
