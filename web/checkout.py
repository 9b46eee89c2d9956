"""The hosted checkout ``/pay/{sessionId}``, in its first and plain form.

The server writes what is to be paid, and where, into the page. That is enough without a script: it
then loads itself anew every ten seconds. With one, the widget takes the place of that text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup
from quart import Blueprint, Response

from kasgate.kaspa.uri import payment_uri
from kasgate.money import format_kas
from kasgate.session import SessionStatus
from kasgate.wire import iso
from web.answers import Answer
from web.headers import CHECKOUT_STYLE
from web.http import respond
from web.problems import SESSION_NOT_FOUND, Problem
from web.qr import qr_data_uri
from web.schemas import read_session_id

if TYPE_CHECKING:
    from actors.broker import SessionView
    from actors.gateway import Gateway

HTML: Final = "text/html; charset=utf-8"

_PAGE: Final = Markup(
    """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>{style}</style>
<noscript><meta http-equiv="refresh" content="10"></noscript>
<script src="/widget/kasgate.js" defer></script>
</head>
<body>
<main>
<h1>{title}</h1>
<kasgate-widget session-id="{id}" api-url="{base_url}">
{body}
</kasgate-widget>
</main>
</body>
</html>
"""
)
_WAITING: Final = Markup(
    """<p>Send <strong>{remaining} KAS</strong> to this address before {expires}:</p>
<p><code>{address}</code></p>
<p><img src="{qr}" alt="QR code of the payment link; address and amount stand beside it"></p>
<p><a href="{uri}">Open in a wallet</a></p>
{received}"""
)
_RECEIVED: Final = Markup("<p>Received so far: {amount} KAS.</p>")
_CLOSED: Final = Markup("<p>{sentence}</p>")
_SENTENCES: Final = {
    SessionStatus.CONFIRMED: "Paid: {received} KAS received. Thank you.",
    SessionStatus.EXPIRED: "This payment has expired. Do not send money to its address now; if you"
    " already did, the shop has been told.",
    SessionStatus.FAILED: "The shop has closed this payment. Do not send money to its address now;"
    " ask the shop.",
}


def checkout_routes(gateway: Gateway) -> Blueprint:
    """The route ``/pay/<session_id>``."""
    routes = Blueprint("checkout", __name__)

    @routes.get("/pay/<session_id>")
    async def pay(session_id: str) -> Response:
        view = await gateway.session(read_session_id(session_id))
        if view is None:
            raise Problem(SESSION_NOT_FOUND, "There is no payment with this id.")
        page = checkout_page(view, gateway.settings.base_url)
        headers = (("Cache-Control", "no-store"), ("X-Robots-Tag", "noindex"))
        return respond(Answer(200, page.encode(), HTML, headers))

    return routes


def checkout_page(view: SessionView, base_url: str) -> str:
    """The page for a session as it stands; everything in it is escaped."""
    session = view.session
    return _PAGE.format(
        title=f"Pay {format_kas(session.amount)} KAS",
        style=Markup(CHECKOUT_STYLE),  # noqa: S704 - ours
        id=session.id,
        base_url=base_url,
        body=_body(view),
    )


def _body(view: SessionView) -> Markup:
    session = view.session
    if session.status is SessionStatus.CONFIRMING:
        seen = f"{view.confirmations} of {session.required_confirmations} confirmations."
        return _CLOSED.format(sentence=f"Payment received, the network is confirming it: {seen}")
    sentence = _SENTENCES.get(session.status)
    if sentence is not None:
        return _CLOSED.format(sentence=sentence.format(received=format_kas(session.received)))
    uri = payment_uri(session.address, session.remaining)
    received = Markup("")
    if session.received:
        received = _RECEIVED.format(amount=format_kas(session.received))
    return _WAITING.format(
        remaining=format_kas(session.remaining),
        expires=iso(session.expires_at),
        address=session.address,
        qr=qr_data_uri(uri),
        uri=uri,
        received=received,
    )
