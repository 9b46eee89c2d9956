"""Payment sessions over HTTP (contract.md §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec import UNSET
from msgspec.json import decode, encode

from actors.sessions.creation import SessionTerms
from kasgate.access.api_keys import Scope
from kasgate.json_text import iso, valued_payment_fields
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
from web.contract.session_fields import (
    SessionFields,
    add_values,
    attention_fields,
    fiat_fields,
)
from web.contract.sessions import (
    ClosedAnswer,
    NewSessionAnswer,
    PaymentListAnswer,
    SessionAnswer,
    StatusAnswer,
    TokenAnswer,
)
from web.http.endpoint import Request, Routes
from web.http.idempotency import KEY_HEADER, Idempotency, replayed
from web.qr import qr_data_uri

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from actors.broker import SessionView
    from actors.gateway import Gateway
    from kasgate.audit import Principal
    from kasgate.merchant import Merchant
    from kasgate.sessions.session import Session
    from web.contract.bodies import NewSession

READ_TOKEN_LIFETIME_MS: Final = 3_600_000
CREATION: Final = "POST /api/v1/sessions"
_AT_CREATION: Final = SessionStatus.PENDING
_MOST_SHOWN: Final = 1_000
"""Capacity of the cache of serialised sessions, some six kilobytes each. Drawing the QR code takes
longer than the rest of a read."""
_NOT_SHOWN: Final = (None, b"")

_described_decision = described(
    {200: ClosedAnswer},
    auth=Auth.KEY,
    body=DECISION_SHAPE,
    problems=(403, 409),
    idempotent=True,
)


class SessionCalls:
    def __init__(self, gateway: Gateway, idempotency: Idempotency) -> None:
        self._gateway = gateway
        self._idempotency = idempotency
        self._network = gateway.settings.network
        self._base_url = gateway.settings.base_url
        self._base_path = gateway.settings.base_path
        self._fields = SessionFields(gateway)
        self._read_new_session = new_session_reader(gateway.settings.min_amount)
        self._shown: dict[str, tuple[Session, bytes]] = {}

    @described(
        {201: NewSessionAnswer},
        auth=Auth.KEY,
        scope=Scope.CREATE,
        body=NEW_SESSION_SHAPE,
        idempotent=True,
        stores_key=True,
    )
    async def create(self, request: Request) -> Answer:
        """Create a session.

        A session has a fresh address for one payment, which the gateway watches from now on. With
        an Idempotency-Key, a repeated call does not create a second session.
        """
        merchant, key = request.caller.merchant, request.headers.get(KEY_HEADER)
        asked = self._read_new_session(request.body)
        if key is None:
            view = await self._gateway.create_session(merchant, self._terms(asked))
            return self._created(view.session)
        said = decoded(request.body)
        async with self._idempotency.claim(merchant.id, key, CREATION, said) as claim:
            if claim.known is not None and claim.known.session_id is not None:
                return replayed(self._created((await self.view(claim.known.session_id)).session))
            # After the check of the key: a repeated call needs no rate.
            terms = self._terms(asked)
            view = await self._gateway.create_session(merchant, terms, claim.call)
        return self._created(view.session)

    def _terms(self, asked: NewSession) -> SessionTerms:
        amount, fiat = priced(asked.amount, self._gateway)
        return SessionTerms(
            amount=amount,
            fiat=fiat,
            order_id=asked.order_id,
            description=asked.description,
            metadata=asked.metadata,
            redirect_url=asked.redirect_url,
            expires_in=asked.expires_in,
            required_confirmations=asked.required_confirmations,
        )

    def _created(self, session: Session) -> Answer:
        """The answer to the creation, which does not depend on the session's current status: a
        repeated call gets the same answer. To get the status, the merchant reads the session. But
        the payment link never asks for an amount that has been paid."""
        status = session.status if session.status is SessionStatus.CREATED else _AT_CREATION
        location = (("Location", f"{self._base_path}/api/v1/sessions/{session.id}"),)
        return json_answer(self._created_fields(session, status), 201, location)

    @described({200: SessionAnswer}, auth=Auth.MAYBE_KEY, scope=Scope.READ)
    async def read(self, request: Request) -> Answer:
        """Read a session with its payments.

        Public: the session's id is enough. orderId, metadata and needsAttention are only returned
        with the owner's key.
        """
        return await self.shown(request.places["session_id"], request.caller.merchant_if_any)

    async def shown(self, session_id: str, merchant: Merchant | None) -> Answer:
        """A session with its public fields; for its owner with all fields. Raises Problem."""
        view = await self.view(session_id)
        fields = await self._moving_fields(view)
        if merchant is not None and merchant.id == view.session.merchant_id:
            fields |= _owner_fields(view.session, view.daa_score)
            add_values(fields["payments"], view.session)
        # Joins two JSON objects: the end of the first and the beginning of the second are cut.
        return Answer(200, self._lasting(view.session)[:-1] + b"," + encode(fields)[1:])

    @described({200: StatusAnswer})
    async def status(self, request: Request) -> Answer:
        """Read the status of a session.

        The cheapest call, made for polling.
        """
        view = await self.view(request.places["session_id"])
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

    @described(
        {200: PaymentListAnswer},
        auth=Auth.KEY,
        scope=Scope.READ,
        query=as_described(PAYMENT_PARAMETERS),
        problems=(403,),
    )
    async def payments(self, request: Request) -> Answer:
        """List all payments of a session, in the order in which they were credited.

        Reading the session shows only the newest 100. For the next page, pass nextCursor as after.
        Payments that are only in the mempool are not listed.
        """
        view = await self.own(request)
        after, limit = read_payment_query(request.query)
        session = view.session
        page = await self._gateway.store.payments_of_session(
            session.merchant_id, session.id, after, limit
        )
        return json_answer(
            without_absent(
                {
                    "payments": [
                        valued_payment_fields(session, payment, view.daa_score)
                        for payment in page.payments
                    ],
                    "paymentsTotal": page.total,
                    "nextCursor": page.next_cursor,
                }
            )
        )

    @described(
        {200: ClosedAnswer},
        auth=Auth.KEY,
        scope=Scope.CREATE,
        problems=(403, 409),
        idempotent=True,
    )
    async def cancel(self, request: Request) -> Answer:
        """Cancel a pending session."""
        view = await self.own(request)
        return _closed(await self._gateway.cancel_session(view.session.id), "Session cancelled.")

    @_described_decision
    async def accept(self, request: Request) -> Answer:
        """Accept an expired or part-paid session as paid.

        It becomes confirmed. The note gives the reason, for the audit log.
        """
        accept = self._gateway.accept_session
        return await self._decide(request, accept, "Session accepted as paid.")

    @_described_decision
    async def fail(self, request: Request) -> Answer:
        """Mark a session that is not confirmed as failed.

        The note gives the reason, for the audit log.
        """
        fail = self._gateway.fail_session
        return await self._decide(request, fail, "Session marked as failed.")

    @_described_decision
    async def dismiss(self, request: Request) -> Answer:
        """Dismiss the reasons why a session needs attention.

        Its status stays the same. Later events can need attention again. The note gives the reason,
        for the audit log.
        """
        dismiss = self._gateway.dismiss_session
        return await self._decide(request, dismiss, "Session needs no attention any more.")

    @described({200: TokenAnswer})
    async def token(self, request: Request) -> Answer:
        """Get a read token for the WebSocket.

        It is valid for this session, for an hour.
        """
        view = await self.view(request.places["session_id"])
        expires_at = self._gateway.clock() + READ_TOKEN_LIFETIME_MS
        token = self._gateway.vault.read_token(view.session.id, expires_at)
        return json_answer({"token": token, "expiresAt": iso(expires_at)})

    async def own(self, request: Request) -> SessionView:
        """The session in the path, if the caller owns it. Raises Problem (400, 403, 404)."""
        view = await self.view(request.places["session_id"])
        if view.session.merchant_id != request.caller.merchant.id:
            raise Problem(FOREIGN_SESSION, "This session belongs to another merchant.")
        return view

    async def view(self, session_id: str) -> SessionView:
        """The current state of a session. Raises Problem for a malformed or unknown id (400,
        404)."""
        view = await self._gateway.session(read_session_id(session_id))
        if view is None:
            raise Problem(SESSION_NOT_FOUND, "There is no session with this id.")
        return view

    async def _decide(
        self,
        request: Request,
        decide: Callable[[str, str, Principal], Awaitable[SessionView]],
        message: str,
    ) -> Answer:
        """Apply a decision to a session that the caller owns."""
        view = await self.own(request)
        note = read_note(request.body)
        return _closed(await decide(view.session.id, note, request.caller.principal), message)

    def _explorer_url(self, session: Session) -> str:
        """The block explorer's page about its address, or else the gateway's own URL of the
        session."""
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
                "description": session.description,
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
        """The fields that anybody may see."""
        fields = self._lasting_fields(view.session) | await self._moving_fields(view)
        if "brand" in fields:
            fields["brand"] = decode(fields["brand"])
        return fields

    async def _moving_fields(self, view: SessionView) -> dict[str, Any]:
        """The fields that change between two commits."""
        return await self._fields.moving(view) | {"confirmations": view.confirmations}

    def _lasting(self, session: Session) -> bytes:
        """The fields that change only with a commit, as a JSON object."""
        shown, fields = self._shown.get(session.id, _NOT_SHOWN)
        if shown is not session:
            fields = encode(self._lasting_fields(session))
            if len(self._shown) >= _MOST_SHOWN:
                del self._shown[next(iter(self._shown))]
            self._shown[session.id] = session, fields
        return fields

    def _lasting_fields(self, session: Session) -> dict[str, Any]:
        uri = _uri_now(session)
        own = without_absent(
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
        return own | self._fields.lasting(session)


def session_routes(calls: SessionCalls) -> Routes:
    """The routes under ``/api/v1/sessions``."""
    return Routes(
        "sessions",
        "/api/v1/sessions",
        (
            ("POST", "", calls.create),
            ("GET", "/<session_id>", calls.read),
            ("GET", "/<session_id>/status", calls.status),
            ("GET", "/<session_id>/payments", calls.payments),
            ("POST", "/<session_id>/cancel", calls.cancel),
            ("POST", "/<session_id>/accept", calls.accept),
            ("POST", "/<session_id>/fail", calls.fail),
            ("POST", "/<session_id>/dismiss", calls.dismiss),
            ("POST", "/<session_id>/token", calls.token),
        ),
    )


def _uri_now(session: Session) -> str:
    """The payment link for the amount due, or for the whole amount once nothing is due."""
    return payment_uri(session.address, session.due or session.amount)


def _closed(view: SessionView, message: str) -> Answer:
    session = view.session
    return json_answer({"id": session.id, "status": session.status.value, "message": message})


def _owner_fields(session: Session, score: int | None) -> dict[str, Any]:
    metadata = dict(session.metadata) if session.metadata is not None else None
    fields = without_absent({"orderId": session.order_id, "metadata": metadata})
    fields |= attention_fields(reasons(session))
    if session.status is SessionStatus.CONFIRMING and session.is_held_up(score):
        fields["heldUp"] = True
    return fields


def _iso_if_any(at: int | None) -> str | None:
    return None if at is None else iso(at)
