"""Every call of the API as a value: the request, and the type of its answer.

Both clients send these; nothing here uses the network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final, Generic, TypeVar
from urllib.parse import quote

import msgspec
from attrs import frozen

from kasgate.client import models
from kasgate.client.errors import UnexpectedAnswer
from kasgate.client.models import Event, Page, Payment, Price, SessionSummary, WebhookLog

T = TypeVar("T")

PAGE: Final = 100
"""Entries per request when a list is read; the gateway's maximum."""


class Unset:
    """The type of UNSET."""

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset()
"""A field that is not sent, where None is a value of the field: None clears it, UNSET keeps it."""


@frozen
class Call(Generic[T]):
    """One call."""

    method: str
    path: str
    answer: type[T]
    params: Mapping[str, str] = {}
    body: bytes | None = None
    content_type: str = "application/json"
    """Of the body."""
    keyed: bool = False
    """Whether it is sent under an ``Idempotency-Key``, so that repeating it is safe."""

    @property
    def is_harmless(self) -> bool:
        """Whether a repetition has no further effect."""
        return self.keyed or self.method in {"GET", "PATCH", "PUT", "DELETE"}

    def read(self, content: bytes) -> T:
        """Decode the answer; a file is bytes. Raises UnexpectedAnswer."""
        if issubclass(self.answer, bytes):
            return self.answer(content)
        try:
            # Not strict, because amounts in sompi are numbers in text.
            return msgspec.json.decode(content, type=self.answer, strict=False)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UnexpectedAnswer(
                f"The answer to {self.method} {self.path} is not KasGate's: {error}."
            ) from None


@frozen
class Listing(Generic[T]):
    """A list that is read page by page."""

    call: Callable[[str | None], Call[Any]]
    """Makes the call for the page at a cursor, None for the first page."""
    page: Callable[[Any], Page[T]]


class _Acknowledged(msgspec.Struct, frozen=True, rename="camel"):
    message: str = ""


class _ApiKey(msgspec.Struct, frozen=True, rename="camel"):
    api_key: str


class _WebhookSecret(msgspec.Struct, frozen=True, rename="camel"):
    webhook_secret: str


class _Sessions(msgspec.Struct, frozen=True, rename="camel"):
    sessions: tuple[SessionSummary, ...]
    next_cursor: str | None = None


class _Payments(msgspec.Struct, frozen=True, rename="camel"):
    payments: tuple[Payment, ...]
    next_cursor: int | None = None


class _Logs(msgspec.Struct, frozen=True, rename="camel"):
    logs: tuple[WebhookLog, ...]
    next_cursor: str | None = None


class _Events(msgspec.Struct, frozen=True, rename="camel"):
    events: tuple[dict[str, Any], ...]
    has_more: bool
    next_cursor: str | None = None


def create_session(
    amount: str | Decimal | Price,
    *,
    order_id: str | None,
    description: str | None,
    metadata: Mapping[str, str] | None,
    redirect_url: str | None,
    expires_in: int | None,
    required_confirmations: int | None,
) -> Call[models.NewSession]:
    """``POST /sessions``. Raises TypeError for an amount of an ambiguous type."""
    body = _present(
        amount=_amount(amount),
        orderId=order_id,
        description=description,
        metadata=metadata,
        redirectUrl=redirect_url,
        expiresIn=expires_in,
        requiredConfirmations=required_confirmations,
    )
    return _post("/sessions", models.NewSession, body)


def _amount(amount: str | Decimal | Price) -> object:
    match amount:
        case Price():
            return {"value": amount.value, "currency": amount.currency}
        case Decimal():
            return format(amount, "f")
        case str():
            return amount
        case _:
            # 10 could mean sompi, and the float 0.1 is not exact.
            raise TypeError(
                "an amount is KAS in text or as Decimal, or a Price; kasgate.client.format_kas"
                " writes sompi as KAS"
            )


def session(session_id: str) -> Call[models.Session]:
    """``GET /sessions/{id}``."""
    return _get(f"/sessions/{_part(session_id)}", models.Session)


def session_status(session_id: str) -> Call[models.SessionStatus]:
    """``GET /sessions/{id}/status``."""
    return _get(f"/sessions/{_part(session_id)}/status", models.SessionStatus)


def session_payments(session_id: str, *, limit: int) -> Listing[Payment]:
    """``GET /sessions/{id}/payments``, in the order in which they were credited."""
    path = f"/sessions/{_part(session_id)}/payments"
    return Listing(
        lambda cursor: _get(path, _Payments, _params(limit=limit, after=cursor)),
        lambda page: Page(
            page.payments, None if page.next_cursor is None else str(page.next_cursor)
        ),
    )


def cancel_session(session_id: str) -> Call[models.Decision]:
    """``POST /sessions/{id}/cancel``."""
    return _post(f"/sessions/{_part(session_id)}/cancel", models.Decision)


def decide_session(session_id: str, decision: str, note: str) -> Call[models.Decision]:
    """``POST /sessions/{id}/accept``, ``/fail`` or ``/dismiss``."""
    return _post(f"/sessions/{_part(session_id)}/{decision}", models.Decision, {"note": note})


def session_token(session_id: str) -> Call[models.Token]:
    """``POST /sessions/{id}/token``. It is safe to make a second token, but the answer is secret,
    so the call has no key."""
    return Call("POST", f"/sessions/{_part(session_id)}/token", models.Token)


def trigger(session_id: str, action: str) -> Call[dict[str, Any]]:
    """``POST /test/sessions/{id}/{action}``: only on a simulated network."""
    path = f"/test/sessions/{_part(session_id)}/{_part(action)}"
    return _post(path, dict[str, Any])


def sessions(
    *,
    status: str | None,
    order_id: str | None,
    q: str | None,
    created_from: datetime | date | None,
    created_to: datetime | date | None,
    time_zone: str | None,
    paid_state: str | None,
    late: bool | None,
    cancelled: bool | None,
    needs_attention: bool | None,
    attention: str | None,
    limit: int,
) -> Listing[SessionSummary]:
    """``GET /merchants/me/sessions``, newest first."""
    filters = _params(
        status=status,
        orderId=order_id,
        q=q,
        createdFrom=created_from,
        createdTo=created_to,
        timeZone=time_zone,
        paidState=paid_state,
        late=late,
        cancelled=cancelled,
        needsAttention=needs_attention,
        attention=attention,
        limit=limit,
    )
    return Listing(
        lambda cursor: _get(
            "/merchants/me/sessions", _Sessions, filters | _params(startingAfter=cursor)
        ),
        lambda page: Page(page.sessions, page.next_cursor),
    )


def events(
    *,
    after: str | None,
    event_type: str | None,
    session_id: str | None,
    newest_first: bool,
    limit: int,
) -> Listing[Event]:
    """``GET /events``."""
    listing = raw_events(
        after=after,
        event_type=event_type,
        session_id=session_id,
        newest_first=newest_first,
        limit=limit,
    )

    def page(answer: _Events) -> Page[Event]:
        raw = listing.page(answer)
        return Page(tuple(_event(fields) for fields in raw.items), raw.next)

    return Listing(listing.call, page)


def raw_events(
    *,
    after: str | None,
    event_type: str | None = None,
    session_id: str | None = None,
    newest_first: bool = False,
    limit: int = PAGE,
) -> Listing[dict[str, Any]]:
    """``GET /events`` with every field that the gateway sent, in its order."""
    order = "newest" if newest_first else None
    filters = _params(type=event_type, sessionId=session_id, order=order, limit=limit)
    return Listing(
        lambda cursor: _get("/events", _Events, filters | _params(after=cursor or after)),
        lambda answer: Page(answer.events, answer.next_cursor if answer.has_more else None),
    )


def _event(fields: dict[str, Any]) -> Event:
    try:
        return msgspec.convert(fields, Event, strict=False)
    except msgspec.ValidationError as error:
        raise UnexpectedAnswer(f"An event of GET /events is not KasGate's: {error}.") from None


def webhook_logs(
    *,
    event: str | Iterable[str] | None,
    status: str | None,
    session_id: str | None,
    order_id: str | None,
    amount_from: int | None,
    amount_to: int | None,
    limit: int,
) -> Listing[WebhookLog]:
    """``GET /merchants/me/webhook-logs``, newest first."""
    filters = _params(
        event=event if event is None or isinstance(event, str) else ",".join(event),
        status=status,
        sessionId=session_id,
        orderId=order_id,
        amountFrom=amount_from,
        amountTo=amount_to,
        limit=limit,
    )
    return Listing(
        lambda cursor: _get(
            "/merchants/me/webhook-logs", _Logs, filters | _params(startingAfter=cursor)
        ),
        lambda answer: Page(answer.logs, answer.next_cursor),
    )


def event(event_id: str) -> Call[Event]:
    """``GET /events/{id}``."""
    return _get(f"/events/{_part(event_id)}", Event)


def resend_event(event_id: str) -> Call[_Acknowledged]:
    """``POST /events/{id}/resend``."""
    return _post(f"/events/{_part(event_id)}/resend", _Acknowledged)


def retry_webhook(log_id: str) -> Call[_Acknowledged]:
    """``POST /merchants/me/webhook-logs/{id}/retry``."""
    return _post(f"/merchants/me/webhook-logs/{_part(log_id)}/retry", _Acknowledged)


def create_merchant(
    name: str, xpub: str, *, email: str | None, webhook_url: str | None
) -> Call[models.NewMerchant]:
    """``POST /merchants``. Its answer holds secrets, so it has no key and is not retried."""
    body = _present(name=name, xpub=xpub, email=email, webhookUrl=webhook_url)
    return Call("POST", "/merchants", models.NewMerchant, body=msgspec.json.encode(body))


def me() -> Call[models.Profile]:
    """``GET /merchants/me``."""
    return _get("/merchants/me", models.Profile)


def update_me(fields: Mapping[str, object]) -> Call[models.Profile]:
    """``PATCH /merchants/me`` with the fields that are set, by their Python names."""
    body = {_camel(name): value for name, value in fields.items() if value is not UNSET}
    return Call("PATCH", "/merchants/me", models.Profile, body=msgspec.json.encode(body))


def set_logo(image: bytes) -> Call[models.Profile]:
    """``PUT /merchants/me/logo`` with an image file."""
    return Call(
        "PUT",
        "/merchants/me/logo",
        models.Profile,
        body=image,
        content_type="application/octet-stream",
    )


def remove_logo() -> Call[models.Profile]:
    """``DELETE /merchants/me/logo``."""
    return Call("DELETE", "/merchants/me/logo", models.Profile)


def regenerate_api_key() -> Call[_ApiKey]:
    """``POST /merchants/me/regenerate-api-key``."""
    return Call("POST", "/merchants/me/regenerate-api-key", _ApiKey)


def regenerate_webhook_secret() -> Call[_WebhookSecret]:
    """``POST /merchants/me/regenerate-webhook-secret``."""
    return Call("POST", "/merchants/me/regenerate-webhook-secret", _WebhookSecret)


def stats() -> Call[models.Stats]:
    """``GET /merchants/me/stats``."""
    return _get("/merchants/me/stats", models.Stats)


def analytics(
    period: str | None, start: date | None, end: date | None, time_zone: str | None
) -> Call[models.Analytics]:
    """``GET /merchants/me/analytics``."""
    params = _params(period=period, startDate=start, endDate=end, timeZone=time_zone)
    return _get("/merchants/me/analytics", models.Analytics, params)


def statement(
    first: date | None, last: date | None, time_zone: str | None
) -> Call[models.Statement]:
    """``GET /merchants/me/books/statement``."""
    params = _period(first, last, time_zone)
    return _get("/merchants/me/books/statement", models.Statement, params)


def books(form: str, first: date | None, last: date | None, time_zone: str | None) -> Call[bytes]:
    """``GET /merchants/me/books/export``: a file."""
    params = _period(first, last, time_zone) | _params(format=form)
    return _get("/merchants/me/books/export", bytes, params)


def _period(first: date | None, last: date | None, time_zone: str | None) -> dict[str, str]:
    # ``from`` is a word of Python.
    return _params(**{"from": first, "to": last, "timeZone": time_zone})


def rates() -> Call[models.Rates]:
    """``GET /rates``."""
    return _get("/rates", models.Rates)


def _get(path: str, answer: type[T], params: Mapping[str, str] = {}) -> Call[T]:
    return Call("GET", path, answer, params)


def _post(path: str, answer: type[T], body: Mapping[str, object] | None = None) -> Call[T]:
    content = None if body is None else msgspec.json.encode(body)
    return Call("POST", path, answer, body=content, keyed=True)


def _part(text: str) -> str:
    """An id as one segment of a path. Raises ValueError if it is empty."""
    if not text or set(text) == {"."}:
        raise ValueError("an id is needed")
    return quote(text, safe="")


def _present(**fields: object) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}


def _params(**fields: str | int | date | None) -> dict[str, str]:
    return {name: _param(value) for name, value in fields.items() if value is not None}


def _param(value: str | int | date) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, datetime):
        return str(value)  # A day is written as 2025-10-09.
    if value.tzinfo is None:
        raise ValueError("a time needs its time zone")
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
