"""The hosted checkout ``/pay/{sessionId}``: first paint, headers, and who may frame it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from quart import Blueprint, Response, request

from web.answers import Answer, json_answer
from web.checkout_page import Assets, Frame, checkout_page, missing_page
from web.headers import checkout_policy
from web.http import respond
from web.locales import Language, choose_language
from web.operations import described
from web.problems import Problem
from web.sessions import READ_TOKEN_LIFETIME_MS, SessionCalls
from web.static_files import StaticFiles

if TYPE_CHECKING:
    from actors.gateway import Gateway

HTML: Final = "text/html; charset=utf-8"
_HEADERS: Final = (("Cache-Control", "no-store"), ("X-Robots-Tag", "noindex"))


def checkout_routes(calls: SessionCalls, gateway: Gateway, files: StaticFiles) -> Blueprint:
    """The route ``/pay/<session_id>``. ``files`` holds the widget's build."""
    routes = Blueprint("checkout", __name__)

    @routes.get("/pay/<session_id>")
    @described(dict.fromkeys((200, 400, 404), "text/html"))
    async def pay(session_id: str) -> Response:
        """The hosted checkout."""
        language = choose_language(
            request.args.get("lang"), request.headers.get("Accept-Language", "")
        )
        assets = Assets(await files.asset("kasgate.css"), await files.asset("kasgate.js"))
        try:
            return respond(await _page(gateway, calls, session_id, language, assets))
        except Problem as problem:
            if "text/html" not in request.headers.get("Accept", ""):
                raise
            page = missing_page(Frame(language, assets))
            return respond(Answer(problem.kind.status, page.encode(), HTML, _HEADERS))

    return routes


async def _page(
    gateway: Gateway, calls: SessionCalls, session_id: str, language: Language, assets: Assets
) -> Answer:
    view = await calls.view(session_id)
    session, fields = view.session, await calls.public_fields(view)
    merchant = await gateway.merchants.get(session.merchant_id)
    origins = merchant.embed_origins if merchant is not None else ()
    token = gateway.vault.read_token(session.id, gateway.clock() + READ_TOKEN_LIFETIME_MS)
    back = return_url(session.redirect_url, session.id) if session.redirect_url else None
    frame = Frame(language, assets, token, back, origins)
    page = checkout_page(fields, json_answer(fields).body, frame)
    headers = [*_HEADERS, ("Content-Security-Policy", checkout_policy(origins))]
    if not origins:
        headers.append(("X-Frame-Options", "DENY"))
    return Answer(200, page.encode(), HTML, tuple(headers))


def return_url(redirect_url: str, session_id: str) -> str:
    """The shop's page with the session's id. A hint where to look, never a proof of payment."""
    parts = urlsplit(redirect_url)
    query = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k != "sessionId"]
    query.append(("sessionId", session_id))
    return urlunsplit(parts._replace(query=urlencode(query)))
