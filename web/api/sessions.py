"""Payment sessions over HTTP (contract.md §5)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from msgspec import UNSET
from msgspec.json import encode
from quart import Blueprint, Response, request

from actors.sessions.creation import SessionTerms
from kasgate.access.api_keys import Scope
from kasgate.json_text import iso, payment_fields
from kasgate.kaspa.uri import payment_uri
from kasgate.money import format_kas
from kasgate.sessions.attention import reasons
from kasgate.sessions.session import SessionStatus
from web.api.rates import priced
from web.contract.answers import Answer, json_answer, without_absent
from web.contract.bodies import (
    DECISION_SHAPE,
    NEW_SESSION_SHAPE,
    decoded,
    new_session_reader,
    read_note,
)
from web.contract.fields import read_session_id
from web.contract.operations import Auth, described
from web.contract.problems import FOREIGN_SESSION, SESSION_NOT_FOUND, Problem
from web.contract.queries import PAYMENT_PARAMETERS, as_described, read_payment_query
from web.contract.session_fields import SessionFields, attention_fields, fiat_fields
from web.contract.sessions import (
    ClosedAnswer,
    NewSessionAnswer,
    PaymentListAnswer,
    SessionAnswer,
    StatusAnswer,
    TokenAnswer,
)
from web.http.credentials import merchant_if_any, principal_of, require_merchant
from web.http.idempotency import KEY_HEADER, Idempotency, replayed
from web.http.quart_io import body_if_any, drop_body, json_body, respond
from web.qr import qr_data_uri

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from actors.broker import SessionView
    from actors.gateway import Gateway
    from kasgate.audit import Principal
    from kasgate.merchant import Merchant
    from kasgate.sessions.session import Session
    from web.contract.bodies import NewSession
    from web.contract.queries import Arguments
    from web.http.credentials import HeaderLookup

READ_TOKEN_LIFETIME_MS: Final = 3_600_000
CREATION: Final = "POST /api/v1/sessions"
_AT_CREATION: Final = SessionStatus.PENDING
_MOST_SHOWN: Final = 1_000
"""Sessions of which the fields that stay are kept, some six kilobytes each: drawing the QR code
takes longer than everything else of a read."""
_NOT_SHOWN: Final = (None, b"")


class SessionCalls:
    """What may be asked about sessions. Raises Problem and the exceptions of problem_of."""

    def __init__(self, gateway: Gateway, idempotency: Idempotency) -> None:
        self._gateway = gateway
        self._idempotency = idempotency
        self._network = gateway.settings.network
        self._base_url = gateway.settings.base_url
        self._base_path = gateway.settings.base_path
        self._fields = SessionFields(gateway)
        self._read_new_session = new_session_reader(gateway.settings.min_amount)
        self._shown: dict[str, tuple[Session, bytes]] = {}

    async def posted(
        self, headers: HeaderLookup, read_body: Callable[[], Awaitable[bytes]]
    ) -> Answer:
        """``POST /api/v1/sessions``: first who calls, then what is wanted."""
        merchant = await require_merchant(self._gateway, headers, Scope.CREATE)
        return await self.create(merchant, await read_body(), headers.get(KEY_HEADER))

    async def got(self, headers: HeaderLookup, session_id: str) -> Answer:
        """``GET /api/v1/sessions/{id}``."""
        merchant = await merchant_if_any(self._gateway, headers, Scope.READ)
        return await self.read(session_id, merchant)

    async def create(self, merchant: Merchant, body: bytes, key: str | None = None) -> Answer:
        """Make a session for a merchant; once for each idempotency key."""
        asked = self._read_new_session(body)
        if key is None:
            view = await self._gateway.create_session(merchant, self._terms(asked))
            return self._created(view.session)
        async with self._idempotency.claim(merchant.id, key, CREATION, decoded(body)) as claim:
            if claim.known is not None and claim.known.session_id is not None:
                return replayed(self._created((await self.view(claim.known.session_id)).session))
            # After the look at the key: a repeated call needs no rate.
            terms = self._terms(asked)
            view = await self._gateway.create_session(merchant, terms, claim.call)
        return self._created(view.session)

    def _terms(self, asked: NewSession) -> SessionTerms:
        amount, fiat = priced(asked.amount, self._gateway)
        return SessionTerms(
            amount=amount,
            fiat=fiat,
            order_id=asked.order_id,
            metadata=asked.metadata,
            redirect_url=asked.redirect_url,
            expires_in=asked.expires_in,
            required_confirmations=asked.required_confirmations,
        )

    def _created(self, session: Session) -> Answer:
        """The answer to its creation, whatever has become of it since: a merchant who asks twice
        hears the same twice, and reads the session to learn more. But what is shown to a shopper
        never asks for what has been paid."""
        status = session.status if session.status is SessionStatus.CREATED else _AT_CREATION
        location = (("Location", f"{self._base_path}/api/v1/sessions/{session.id}"),)
        return json_answer(self._created_fields(session, status), 201, location)

    async def read(self, session_id: str, merchant: Merchant | None) -> Answer:
        """A session as anyone may see it who knows its id, and its owner a little more."""
        view = await self.view(session_id)
        fields = await self._moving_fields(view)
        if merchant is not None and merchant.id == view.session.merchant_id:
            fields |= _owner_fields(view.session)
        # Two objects become one: the end of the first is the beginning of the second.
        return Answer(200, self._lasting(view.session)[:-1] + b"," + encode(fields)[1:])

    async def status(self, session_id: str) -> Answer:
        """The least that a widget polls for."""
        view = await self.view(session_id)
        session = view.session
        return json_answer(
            StatusAnswer(
                id=session.id,
                status=session.status,
                confirmations=view.confirmations,
                required_confirmations=session.required_confirmations,
                tx_id=UNSET if session.tx_id is None else session.tx_id,
            )
        )

    async def cancel(self, session_id: str, merchant: Merchant) -> Answer:
        """Close a merchant's own unpaid session."""
        view = await self.own(session_id, merchant)
        view = await self._gateway.cancel_session(view.session.id)
        session = view.session
        return json_answer(
            {"id": session.id, "status": session.status.value, "message": "Session cancelled."}
        )

    async def accept(
        self, session_id: str, merchant: Merchant, body: bytes, principal: Principal
    ) -> Answer:
        """Confirm a merchant's own session as it is, expired or part-paid. ``principal`` is whose
        decision it is."""
        view = await self.own(session_id, merchant)
        note = read_note(body)
        view = await self._gateway.accept_session(view.session.id, note, principal)
        return _decided(view, "Session accepted as paid.")

    async def fail(
        self, session_id: str, merchant: Merchant, body: bytes, principal: Principal
    ) -> Answer:
        """Give up a merchant's own session that is not confirmed. ``principal`` as for accept."""
        view = await self.own(session_id, merchant)
        note = read_note(body)
        view = await self._gateway.fail_session(view.session.id, note, principal)
        return _decided(view, "Session marked as failed.")

    async def dismiss(
        self, session_id: str, merchant: Merchant, body: bytes, principal: Principal
    ) -> Answer:
        """Let what needs attention about a merchant's own session rest. ``principal`` as for
        accept."""
        view = await self.own(session_id, merchant)
        note = read_note(body)
        view = await self._gateway.dismiss_session(view.session.id, note, principal)
        return _decided(view, "Session needs no attention any more.")

    async def payments(self, session_id: str, merchant: Merchant, given: Arguments) -> Answer:
        """A part of all payments of a merchant's own session, with the confirmations of now."""
        view = await self.own(session_id, merchant)
        after, limit = read_payment_query(given)
        session = view.session
        page = await self._gateway.store.payments_of_session(merchant.id, session.id, after, limit)
        return json_answer(
            without_absent(
                {
                    "payments": [
                        payment_fields(session, payment, view.daa_score)
                        for payment in page.payments
                    ],
                    "paymentsTotal": page.total,
                    "nextCursor": page.next_cursor,
                }
            )
        )

    async def own(self, session_id: str, merchant: Merchant) -> SessionView:
        """A merchant's own session. Raises Problem for another's (403)."""
        view = await self.view(session_id)
        if view.session.merchant_id != merchant.id:
            raise Problem(FOREIGN_SESSION, "This session belongs to another merchant.")
        return view

    async def token(self, session_id: str) -> Answer:
        """A token that follows the session over the WebSocket for an hour."""
        view = await self.view(session_id)
        expires_at = self._gateway.clock() + READ_TOKEN_LIFETIME_MS
        token = self._gateway.vault.read_token(view.session.id, expires_at)
        return json_answer({"token": token, "expiresAt": iso(expires_at)})

    async def view(self, session_id: str) -> SessionView:
        """A session as it stands. Raises Problem for what is no id or nobody's."""
        view = await self._gateway.session(read_session_id(session_id))
        if view is None:
            raise Problem(SESSION_NOT_FOUND, "There is no session with this id.")
        return view

    def _explorer_url(self, session: Session) -> str:
        """Where its payments can be looked at; on a network that nobody explores, that is here."""
        public = self._network.explorer_url(session.address)
        return public or f"{self._base_url}/api/v1/sessions/{session.id}"

    def _created_fields(self, session: Session, status: SessionStatus) -> dict[str, Any]:
        uri = _uri_now(session)
        return without_absent(
            {
                "id": session.id,
                "address": session.address,
                "amount": format_kas(session.amount),
                "amountSompi": str(session.amount),
                "status": status.value,
                "orderId": session.order_id,
                "qrCode": qr_data_uri(uri),
                "subscriptionToken": session.subscription_token,
                "createdAt": iso(session.created_at),
                "expiresAt": iso(session.expires_at),
                "explorerUrl": self._explorer_url(session),
                "paymentUri": uri,
                "checkoutUrl": f"{self._base_url}/pay/{session.id}",
                "requiredConfirmations": session.required_confirmations,
                "fiat": fiat_fields(session.fiat),
            }
        )

    async def public_fields(self, view: SessionView) -> dict[str, Any]:
        """What anyone may see of a session."""
        return self._lasting_fields(view.session) | await self._moving_fields(view)

    async def _moving_fields(self, view: SessionView) -> dict[str, Any]:
        """What may be different the next time, though nothing was stored."""
        return await self._fields.moving(view) | {"confirmations": view.confirmations}

    def _lasting(self, session: Session) -> bytes:
        """The JSON object of the fields that stay as they are for as long as the session does."""
        shown, fields = self._shown.get(session.id, _NOT_SHOWN)
        if shown is not session:
            fields = encode(self._lasting_fields(session))
            if len(self._shown) >= _MOST_SHOWN:
                del self._shown[next(iter(self._shown))]
            self._shown[session.id] = session, fields
        return fields

    def _lasting_fields(self, session: Session) -> dict[str, Any]:
        uri = _uri_now(session)
        return self._fields.lasting(session) | without_absent(
            {
                "id": session.id,
                "address": session.address,
                "amount": format_kas(session.amount),
                "amountSompi": str(session.amount),
                "status": session.status.value,
                "requiredConfirmations": session.required_confirmations,
                "txId": session.tx_id,
                "qrCode": qr_data_uri(uri),
                "createdAt": iso(session.created_at),
                "expiresAt": iso(session.expires_at),
                "paidAt": _iso_if_any(session.paid_at),
                "confirmedAt": _iso_if_any(session.confirmed_at),
                "explorerUrl": self._explorer_url(session),
                "paymentUri": uri,
                "checkoutUrl": f"{self._base_url}/pay/{session.id}",
                "received": format_kas(session.received),
            }
        )


def session_routes(gateway: Gateway, calls: SessionCalls, idempotency: Idempotency) -> Blueprint:
    """The routes under ``/api/v1/sessions``."""
    routes = Blueprint("sessions", __name__, url_prefix="/api/v1/sessions")

    described_decision = described(
        {200: ClosedAnswer},
        auth=Auth.KEY,
        body=DECISION_SHAPE,
        problems=(403, 409),
        idempotent=True,
    )

    async def decide(
        call: Callable[[str, Merchant, bytes, Principal], Awaitable[Answer]], session_id: str
    ) -> Response:
        merchant = await require_merchant(gateway, request.headers)
        body = await json_body()
        principal = await principal_of(gateway, request.headers)
        answer = partial(call, session_id, merchant, body, principal)
        return respond(await idempotency.once(merchant, request, answer, decoded(body)))

    @routes.post("")
    @described(
        {201: NewSessionAnswer},
        auth=Auth.KEY,
        scope=Scope.CREATE,
        body=NEW_SESSION_SHAPE,
        idempotent=True,
    )
    async def create() -> Response:
        """Create a session.

        A fresh address for one payment, watched from now on. Send an Idempotency-Key, and a call
        that was cut off can be repeated without making a second session.
        """
        return respond(await calls.posted(request.headers, json_body))

    @routes.get("/<session_id>")
    @described({200: SessionAnswer}, auth=Auth.MAYBE_KEY, scope=Scope.READ)
    async def read(session_id: str) -> Response:
        """Read a session with its payments.

        Anybody may who knows its id; orderId, metadata and what needs attention come with the
        owner's key alone.
        """
        return respond(await calls.got(request.headers, session_id))

    @routes.get("/<session_id>/status")
    @described({200: StatusAnswer})
    async def status(session_id: str) -> Response:
        """Read where a session stands, and no more."""
        return respond(await calls.status(session_id))

    @routes.get("/<session_id>/payments")
    @described(
        {200: PaymentListAnswer},
        auth=Auth.KEY,
        scope=Scope.READ,
        query=as_described(PAYMENT_PARAMETERS),
        problems=(403,),
    )
    async def payments(session_id: str) -> Response:
        """List all payments of a session, in the order in which they were credited.

        A read of the session shows the newest 100. Go on with after and the nextCursor of the page
        before. What only the mempool has is not listed.
        """
        merchant = await require_merchant(gateway, request.headers)
        return respond(await calls.payments(session_id, merchant, request.args))

    @routes.post("/<session_id>/cancel")
    @described(
        {200: ClosedAnswer},
        auth=Auth.KEY,
        scope=Scope.CREATE,
        problems=(403, 409),
        idempotent=True,
    )
    async def cancel(session_id: str) -> Response:
        """Cancel a session that waits for its payment."""
        merchant = await require_merchant(gateway, request.headers)
        return respond(
            await idempotency.once(
                merchant, request, partial(calls.cancel, session_id, merchant), await body_if_any()
            )
        )

    @routes.post("/<session_id>/accept")
    @described_decision
    async def accept(session_id: str) -> Response:
        """Accept a session as paid: expired or part-paid, it becomes confirmed.

        The note says why; it stands in the audit log.
        """
        return await decide(calls.accept, session_id)

    @routes.post("/<session_id>/fail")
    @described_decision
    async def fail(session_id: str) -> Response:
        """Give up a session that is not confirmed.

        The note says why; it stands in the audit log.
        """
        return await decide(calls.fail, session_id)

    @routes.post("/<session_id>/dismiss")
    @described_decision
    async def dismiss(session_id: str) -> Response:
        """Dismiss what needs attention about a session.

        Its state stays as it is. What happens to it later needs attention again. The note says why;
        it stands in the audit log.
        """
        return await decide(calls.dismiss, session_id)

    @routes.post("/<session_id>/token")
    @described({200: TokenAnswer})
    async def token(session_id: str) -> Response:
        """Get a token that follows a session on the WebSocket for an hour."""
        await drop_body()
        return respond(await calls.token(session_id))

    return routes


def _uri_now(session: Session) -> str:
    """The link that asks for what is due now; once nothing is, it names the whole amount."""
    return payment_uri(session.address, session.due or session.amount)


def _decided(view: SessionView, message: str) -> Answer:
    session = view.session
    return json_answer({"id": session.id, "status": session.status.value, "message": message})


def _owner_fields(session: Session) -> dict[str, Any]:
    metadata = dict(session.metadata) if session.metadata is not None else None
    fields = without_absent({"orderId": session.order_id, "metadata": metadata})
    return fields | attention_fields(reasons(session))


def _iso_if_any(at: int | None) -> str | None:
    return None if at is None else iso(at)
