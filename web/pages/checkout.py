"""The hosted checkout ``/pay/{sessionId}``: its first paint, headers and frame policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from attrs import evolve

from web.api.sessions import READ_TOKEN_LIFETIME_MS, SessionCalls
from web.contract.answers import Answer, json_answer
from web.contract.operations import described
from web.contract.problems import Problem
from web.http.endpoint import Request, Routes
from web.http.headers import checkout_policy
from web.pages.checkout_html import (
    Assets,
    Frame,
    card_page,
    checkout_page,
    missing_card_page,
    missing_page,
)
from web.pages.locales import choose_language
from web.pages.receipt_html import receipt_page
from web.pages.static_files import StaticFiles

if TYPE_CHECKING:
    from actors.gateway import Gateway

HTML: Final = "text/html; charset=utf-8"
_HEADERS: Final = (("Cache-Control", "no-store"), ("X-Robots-Tag", "noindex"))


class CheckoutCalls:
    def __init__(self, calls: SessionCalls, gateway: Gateway, files: StaticFiles) -> None:
        """``files`` holds the widget's build."""
        self._sessions = calls
        self._gateway = gateway
        self._files = files

    @described(dict.fromkeys((200, 400, 404), "text/html"))
    async def pay(self, request: Request) -> Answer:
        """The hosted checkout."""
        bare = await self._frame(request)
        try:
            fields, found = await self._looked_up(request.places["session_id"], bare)
        except Problem as problem:
            if not _wants_page(request):
                raise
            return _page(problem.kind.status, missing_page(bare))
        # The widget draws its own QR code.
        given = {name: value for name, value in fields.items() if name != "qrCode"}
        page = checkout_page(fields, json_answer(given).body, found)
        headers = [("Content-Security-Policy", checkout_policy(found.embed_origins))]
        if not found.embed_origins:
            headers.append(("X-Frame-Options", "DENY"))
        return _page(200, page, *headers)

    @described(dict.fromkeys((200, 400, 404), "text/html"))
    async def card(self, request: Request) -> Answer:
        """The card of the hosted checkout, which reloads itself in its frame."""
        bare = await self._frame(request)
        own = ("Content-Security-Policy", checkout_policy(("'self'",)))
        try:
            fields, found = await self._looked_up(request.places["session_id"], bare)
        except Problem as problem:
            if not _wants_page(request):
                raise
            return _page(problem.kind.status, missing_card_page(bare), own)
        framing = ("'self'", *found.embed_origins)
        policy = ("Content-Security-Policy", checkout_policy(framing))
        return _page(200, card_page(fields, found), policy)

    @described(dict.fromkeys((200, 400, 404), "text/html"))
    async def receipt(self, request: Request) -> Answer:
        """The receipt of a payment, to print."""
        bare = await self._frame(request)
        # It has nothing that a script would do.
        bare = evolve(bare, assets=evolve(bare.assets, script=None))
        own = ("Content-Security-Policy", checkout_policy(()))
        try:
            fields, found = await self._looked_up(request.places["session_id"], bare)
        except Problem as problem:
            if not _wants_page(request):
                raise
            return _page(problem.kind.status, missing_page(bare), own)
        back = f"{found.base}/pay/{fields['id']}?lang={found.language.code}"
        return _page(200, receipt_page(fields, found, back), own, ("X-Frame-Options", "DENY"))

    async def _frame(self, request: Request) -> Frame:
        language = choose_language(
            request.query.get("lang"), request.headers.get("Accept-Language") or ""
        )
        assets = Assets(
            await self._files.asset("kasgate.css"), await self._files.asset("kasgate.js")
        )
        return Frame(language, assets)

    async def _looked_up(self, session_id: str, bare: Frame) -> tuple[dict[str, Any], Frame]:
        """A session's public fields, and the frame for its pages. Raises Problem."""
        gateway = self._gateway
        view = await self._sessions.view(session_id)
        session, fields = view.session, await self._sessions.public_fields(view)
        merchant = await gateway.merchants.get(session.merchant_id)
        base = gateway.settings.base_path
        place, language = f"{base}/pay/{session.id}", bare.language.code
        shop = session.redirect_url
        found = evolve(
            bare,
            token=gateway.vault.read_token(session.id, gateway.clock() + READ_TOKEN_LIFETIME_MS),
            card_url=f"{place}/card?lang={language}",
            receipt_url=f"{place}/receipt?lang={language}",
            order=session.order_id,
            base=base,
            return_url=return_url(shop, session.id) if shop else None,
            embed_origins=merchant.embed_origins if merchant is not None else (),
        )
        return fields, found


def checkout_routes(calls: SessionCalls, gateway: Gateway, files: StaticFiles) -> Routes:
    """The routes under ``/pay/<session_id>``. ``files`` holds the widget's build."""
    pages = CheckoutCalls(calls, gateway, files)
    return Routes(
        "checkout",
        "/pay/<session_id>",
        (("GET", "", pages.pay), ("GET", "/card", pages.card), ("GET", "/receipt", pages.receipt)),
    )


def _wants_page(request: Request) -> bool:
    return "text/html" in (request.headers.get("Accept") or "")


def _page(status: int, page: str, *headers: tuple[str, str]) -> Answer:
    return Answer(status, page.encode(), HTML, (*_HEADERS, *headers))


def return_url(redirect_url: str, session_id: str) -> str:
    """The shop's page with the session's id as a parameter, which is no proof of payment."""
    parts = urlsplit(redirect_url)
    query = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k != "sessionId"]
    query.append(("sessionId", session_id))
    return urlunsplit(parts._replace(query=urlencode(query)))
