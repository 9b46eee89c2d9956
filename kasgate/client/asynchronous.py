"""The client for asyncio and trio. After a cancelled call it is unknown whether it was executed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self, TypeVar

import anyio
import httpx

from kasgate.client import calls
from kasgate.client.calls import PAGE, UNSET, Call, Listing, Unset
from kasgate.client.errors import ProblemError
from kasgate.client.models import (
    Analytics,
    Decision,
    Event,
    NewMerchant,
    NewSession,
    Page,
    Payment,
    Price,
    Profile,
    Rates,
    Session,
    SessionStatus,
    SessionSummary,
    Statement,
    Stats,
    Token,
    WebhookLog,
)
from kasgate.client.retrying import Retries
from kasgate.client.transport import TIMEOUT_S, ClientTransport

T = TypeVar("T")


class AsyncKasGate:
    """A merchant's connection to a gateway. Close it, or use it in a ``with`` block.

    ``url`` is the gateway's (default: ``KASGATE_URL``), ``api_key`` the merchant's (default:
    ``KASGATE_API_KEY``). ``timeout_s`` applies to each attempt. ``http`` may be an HTTP client of
    your own, which you then close yourself.

    Every call may raise ConnectionFailed, UnexpectedAnswer and the subclasses of ProblemError.
    Calls that fail because of the network or a busy gateway are retried according to ``retries``,
    under one ``Idempotency-Key``, so that nothing is done twice.
    """

    def __init__(
        self,
        url: str | None = None,
        api_key: str | None = None,
        *,
        timeout_s: float = TIMEOUT_S,
        retries: Retries = Retries(),  # noqa: B008 - it never changes
        http: httpx.AsyncClient | None = None,
    ) -> None:
        """Raises ValueError for an invalid URL."""
        self._wire = ClientTransport(url, api_key, retries)
        self._owns_http = http is None
        self._http = httpx.AsyncClient(timeout=timeout_s) if http is None else http
        self.sessions = Sessions(self)
        self.merchants = Merchants(self)
        self.books = Books(self)
        self.events = Events(self)
        self.webhook_logs = WebhookLogs(self)

    @property
    def url(self) -> str:
        """The gateway's URL, without a slash at its end."""
        return self._wire.url

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._wire.url!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections. May be called again."""
        if self._owns_http:
            await self._http.aclose()

    async def rates(self) -> Rates:
        """The price of KAS now, in each currency with a rate."""
        return await self.send(calls.rates())

    async def send(self, call: Call[T], *, idempotency_key: str | None = None) -> T:
        """Send a call of kasgate.client.calls."""
        request = self._wire.keyed_request(self._http, call, idempotency_key)
        made = 0
        while True:
            made += 1
            try:
                return self._wire.read(call, await self._http.send(request))
            except (httpx.TransportError, ProblemError) as error:
                pause_s = self._wire.pause(call, made, error, idempotency_key is not None)
                if pause_s is None:
                    raise self._wire.failure(call, error) from error.__cause__
            await anyio.sleep(pause_s)

    async def go_through(self, listing: Listing[T]) -> AsyncGenerator[T, None]:
        """Iterate over the entries of a list, page by page."""
        cursor: str | None = None
        while True:
            page = await self.page(listing, cursor)
            for item in page.items:
                yield item
            if page.next is None:
                return
            cursor = page.next

    async def page(self, listing: Listing[T], cursor: str | None = None) -> Page[T]:
        """One page of a list."""
        return listing.page(await self.send(listing.call(cursor)))


class Sessions:
    """Payment sessions (contract.md §5)."""

    def __init__(self, client: AsyncKasGate) -> None:
        self._client = client

    async def create(
        self,
        amount: str | Decimal | Price,
        *,
        order_id: str | None = None,
        metadata: Mapping[str, str] | None = None,
        redirect_url: str | None = None,
        expires_in: int | None = None,
        required_confirmations: int | None = None,
        description: str | None = None,
        idempotency_key: str | None = None,
    ) -> NewSession:
        """Ask for a payment of ``amount`` KAS (text or Decimal), or of a Price in a currency.

        ``description`` tells the shopper what the payment is for. ``expires_in`` is in seconds. If
        you pass an ``idempotency_key`` of your own, such as the order's number, a repeated call
        returns the same session for a day, from any client.
        """
        call = calls.create_session(
            amount,
            order_id=order_id,
            description=description,
            metadata=metadata,
            redirect_url=redirect_url,
            expires_in=expires_in,
            required_confirmations=required_confirmations,
        )
        return await self._client.send(call, idempotency_key=idempotency_key)

    async def get(self, session_id: str) -> Session:
        """The current state of a session."""
        return await self._client.send(calls.session(session_id))

    async def status(self, session_id: str) -> SessionStatus:
        """The status of a session: the cheapest call about it."""
        return await self._client.send(calls.session_status(session_id))

    def payments(self, session_id: str, *, limit: int = PAGE) -> AsyncGenerator[Payment, None]:
        """All payments of a session, in the order in which they were credited; a session itself
        has the newest 100. ``limit`` is the number of payments per request."""
        return self._client.go_through(calls.session_payments(session_id, limit=limit))

    async def cancel(self, session_id: str) -> Decision:
        """Cancel a session that waits for its payment."""
        return await self._client.send(calls.cancel_session(session_id))

    async def accept(self, session_id: str, note: str) -> Decision:
        """Accept a late or incomplete payment; ``note`` goes into the audit log."""
        return await self._client.send(calls.decide_session(session_id, "accept", note))

    async def fail(self, session_id: str, note: str) -> Decision:
        """Fail a session; ``note`` goes into the audit log."""
        return await self._client.send(calls.decide_session(session_id, "fail", note))

    async def dismiss(self, session_id: str, note: str) -> Decision:
        """Dismiss a session's need for attention without changing it; ``note`` goes into the audit
        log. Later events make it need attention again."""
        return await self._client.send(calls.decide_session(session_id, "dismiss", note))

    async def token(self, session_id: str) -> Token:
        """A read-only token that follows the session over the WebSocket for an hour."""
        return await self._client.send(calls.session_token(session_id))

    def list(
        self,
        *,
        status: str | None = None,
        order_id: str | None = None,
        q: str | None = None,
        created_from: datetime | date | None = None,
        created_to: datetime | date | None = None,
        time_zone: str | None = None,
        paid_state: str | None = None,
        late: bool | None = None,
        cancelled: bool | None = None,
        needs_attention: bool | None = None,
        attention: str | None = None,
        limit: int = PAGE,
    ) -> AsyncGenerator[SessionSummary, None]:
        """The merchant's sessions, newest first; ``limit`` is the number of sessions per
        request. ``attention`` is a reason; a date is a day of ``time_zone``, UTC without one."""
        listing = calls.sessions(
            status=status,
            order_id=order_id,
            q=q,
            created_from=created_from,
            created_to=created_to,
            time_zone=time_zone,
            paid_state=paid_state,
            late=late,
            cancelled=cancelled,
            needs_attention=needs_attention,
            attention=attention,
            limit=limit,
        )
        return self._client.go_through(listing)


class Merchants:
    """The merchant's own profile and figures (contract.md §4)."""

    def __init__(self, client: AsyncKasGate) -> None:
        self._client = client

    async def create(
        self, name: str, xpub: str, *, email: str | None = None, webhook_url: str | None = None
    ) -> NewMerchant:
        """Register a merchant, if the gateway allows it. Needs no API key."""
        call = calls.create_merchant(name, xpub, email=email, webhook_url=webhook_url)
        return await self._client.send(call)

    async def me(self) -> Profile:
        """The merchant's profile."""
        return await self._client.send(calls.me())

    async def update(
        self,
        *,
        name: str | Unset = UNSET,
        xpub: str | Unset = UNSET,
        email: str | Unset | None = UNSET,
        webhook_url: str | Unset | None = UNSET,
        required_confirmations: int | Unset | None = UNSET,
        confirmation_tiers: Sequence[Mapping[str, Any]] | Unset | None = UNSET,
        underpayment_tolerance: str | Unset = UNSET,
        session_lifetime: int | Unset | None = UNSET,
        accept_late_payments_for: int | Unset = UNSET,
        display_currency: str | Unset | None = UNSET,
        embed_origins: Sequence[str] | Unset = UNSET,
        brand_color: str | Unset | None = UNSET,
        support_url: str | Unset | None = UNSET,
        support_email: str | Unset | None = UNSET,
    ) -> Profile:
        """Change fields of the profile. None clears a field; fields that are not given stay.

        Tiers have the form of the API, such as ``{"below": "100", "confirmations": 10}``.
        ``underpayment_tolerance`` is in KAS, ``session_lifetime`` and ``accept_late_payments_for``
        are in seconds. ``brand_color`` is ``#rrggbb``.
        """
        fields = {
            "name": name,
            "xpub": xpub,
            "email": email,
            "webhook_url": webhook_url,
            "required_confirmations": required_confirmations,
            "confirmation_tiers": confirmation_tiers,
            "underpayment_tolerance": underpayment_tolerance,
            "session_lifetime": session_lifetime,
            "accept_late_payments_for": accept_late_payments_for,
            "display_currency": display_currency,
            "embed_origins": embed_origins,
            "brand_color": brand_color,
            "support_url": support_url,
            "support_email": support_email,
        }
        return await self._client.send(calls.update_me(fields))

    async def set_logo(self, image: bytes) -> Profile:
        """Show a logo on the checkout. ``image`` is a PNG, JPEG or WebP file of at most 512 KiB;
        the gateway makes a small PNG of it."""
        return await self._client.send(calls.set_logo(image))

    async def remove_logo(self) -> Profile:
        """Remove the logo."""
        return await self._client.send(calls.remove_logo())

    async def stats(self) -> Stats:
        """Totals over all sessions."""
        return await self._client.send(calls.stats())

    async def analytics(
        self,
        period: str | None = None,
        *,
        start: date | None = None,
        end: date | None = None,
        time_zone: str | None = None,
    ) -> Analytics:
        """The figures of the last ``day``, ``week``, ``month`` or ``year``, or of a range of days;
        days are those of ``time_zone``, such as ``Europe/Berlin``, or of UTC."""
        return await self._client.send(calls.analytics(period, start, end, time_zone))

    async def regenerate_api_key(self) -> str:
        """A new API key. The old one, which this client uses, is revoked at once."""
        return (await self._client.send(calls.regenerate_api_key())).api_key

    async def regenerate_webhook_secret(self) -> str:
        """A new webhook secret. For a day deliveries are signed with both."""
        return (await self._client.send(calls.regenerate_webhook_secret())).webhook_secret


class Books:
    """The merchant's books: every payment of a period (docs/books.md).

    Both days are inclusive, in ``time_zone``, a name such as ``Europe/Berlin``; UTC without one.
    Without days it is this month.
    """

    def __init__(self, client: AsyncKasGate) -> None:
        self._client = client

    async def export(
        self,
        form: str = "journal",
        *,
        first: date | None = None,
        last: date | None = None,
        time_zone: str | None = None,
    ) -> bytes:
        """A CSV file with one line for each payment: a ``journal``, or a file for ``koinly`` or
        ``cointracking``."""
        return await self._client.send(calls.books(form, first, last, time_zone))

    async def statement(
        self,
        *,
        first: date | None = None,
        last: date | None = None,
        time_zone: str | None = None,
    ) -> Statement:
        """What was received in the period, day by day, with its first 1,000 payments."""
        return await self._client.send(calls.statement(first, last, time_zone))


class Events:
    """Events of the merchant's sessions."""

    def __init__(self, client: AsyncKasGate) -> None:
        self._client = client

    def list(
        self,
        *,
        after: str | None = None,
        event_type: str | None = None,
        session_id: str | None = None,
        newest_first: bool = False,
        limit: int = PAGE,
    ) -> AsyncGenerator[Event, None]:
        """Events in the order in which they happened, starting after the event ``after``. Ends with
        the newest; call again later with its id. ``newest_first`` reverses the order."""
        listing = calls.events(
            after=after,
            event_type=event_type,
            session_id=session_id,
            newest_first=newest_first,
            limit=limit,
        )
        return self._client.go_through(listing)

    async def get(self, event_id: str) -> Event:
        """An event by its id."""
        return await self._client.send(calls.event(event_id))

    async def resend(self, event_id: str) -> None:
        """Deliver an event's webhook once more."""
        await self._client.send(calls.resend_event(event_id))


class WebhookLogs:
    """The log of webhook deliveries."""

    def __init__(self, client: AsyncKasGate) -> None:
        self._client = client

    def list(
        self,
        *,
        event: str | Iterable[str] | None = None,
        status: str | None = None,
        session_id: str | None = None,
        order_id: str | None = None,
        amount_from: int | None = None,
        amount_to: int | None = None,
        limit: int = PAGE,
    ) -> AsyncGenerator[WebhookLog, None]:
        """Deliveries, newest first. ``event`` is one type or several. The amounts are those of the
        sessions, in sompi, both inclusive."""
        listing = calls.webhook_logs(
            event=event,
            status=status,
            session_id=session_id,
            order_id=order_id,
            amount_from=amount_from,
            amount_to=amount_to,
            limit=limit,
        )
        return self._client.go_through(listing)

    async def retry(self, log_id: str) -> None:
        """Send a delivery again, whatever its state."""
        await self._client.send(calls.retry_webhook(log_id))
