"""The page at ``/``: whether the gateway works, and the way to everything else."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from kasgate.kaspa.networks import Network
from kasgate.settings.model import Registration
from kasgate.store.protocol import StoreUnavailable
from web.contract.answers import Answer
from web.contract.operations import HTML, described
from web.http.endpoint import Request, Routes

if TYPE_CHECKING:
    from actors.gateway import Gateway
    from web.http.base_path import BasePath

_FOLDER: Final = Path(__file__).parents[1] / "templates"
_SHOP: Final = ("/demo/", "Demo shop", "Buy a coffee and pay it with a toy wallet.")
_LINKS: Final = (
    ("/dashboard/", "Dashboard", "Payments, figures, webhooks and settings. Sign in here."),
    ("/docs/", "Documentation", "How to use and run this gateway, and its API."),
    ("/health/detailed", "Health", "The state of each part, as JSON."),
)
_REAL: Final = "A self-hosted payment gateway for Kaspa."
_SIMULATED: Final = (
    "A self-hosted payment gateway for Kaspa, on a simulated network. No money here is real."
)
_READY: Final = "This gateway takes payments."
_NO_NODE: Final = (
    "No Kaspa node is usable now. New payments can be created; the gateway counts them as soon as"
    " it reaches a node."
)
_NO_DATABASE: Final = "The database is not usable now, so no payment can be created."
_FIRST: Final = Markup(
    '<p>No merchant exists yet. <a href="{register}">Register the first one</a>, or run'
    " <code>kasgate merchant create</code> on the gateway's machine.</p>"
)
_FIRST_BY_COMMAND: Final = Markup(
    "<p>No merchant exists yet. Run <code>kasgate merchant create</code> on the gateway's"
    " machine.</p>"
)
_DEMO: Final = Markup(
    "<p>The terminal in which the demo runs shows a link that signs you in to the dashboard, and"
    " the API key. <code>kasgate merchant sign-in-link</code> makes such a link on a real"
    " gateway.</p>"
)


class LandingCalls:
    def __init__(self, gateway: Gateway, base: BasePath, *, demo: bool) -> None:
        self._gateway = gateway
        self._base = base
        self._demo = demo
        self._template = (_FOLDER / "landing.html").read_text(encoding="utf-8")
        self._style = (_FOLDER / "landing.css").read_text(encoding="utf-8").rstrip()
        digest = base64.b64encode(hashlib.sha256(self._style.encode()).digest()).decode()
        self._headers = (
            ("Cache-Control", "no-store"),
            (
                "Content-Security-Policy",
                f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none';"
                " form-action 'none'; frame-ancestors 'none'",
            ),
        )

    @described({200: HTML})
    async def page(self, _request: Request) -> Answer:
        """The state of the gateway, and links to the dashboard and the documentation."""
        simulated = self._gateway.settings.network is Network.SIMNET
        page = Markup(self._template).format(  # noqa: S704 - our own file
            title="KasGate demo" if self._demo else "KasGate",
            style=Markup(self._style),  # noqa: S704 - our own file
            about=_SIMULATED if simulated else _REAL,
            state=self._state(),
            links=Markup("\n").join(self._links()),
            next=await self._next(),
        )
        return Answer(200, page.encode(), f"{HTML}; charset=utf-8", self._headers)

    def _state(self) -> Markup:
        health = self._gateway.health()
        works = health.database_ok and health.node_ok
        sentence = _READY if works else _NO_NODE if health.database_ok else _NO_DATABASE
        css = "state" if works else "state bad"
        return Markup('<p class="{css}" role="status">{sentence}</p>').format(
            css=css, sentence=sentence
        )

    def _links(self) -> list[Markup]:
        links = (_SHOP, *_LINKS) if self._demo else _LINKS
        return [
            Markup('<li><a href="{to}"><strong>{name}</strong> <span>{use}</span></a></li>').format(
                to=self._base.public(path), name=name, use=use
            )
            for path, name, use in links
        ]

    async def _next(self) -> Markup:
        """The next step of the person who set the gateway up."""
        if self._demo:
            return _DEMO
        try:
            has_merchants = await self._gateway.merchants.exists()
        except StoreUnavailable:
            has_merchants = True
        if has_merchants:
            return Markup()
        if self._gateway.settings.registration is Registration.CLOSED:
            return _FIRST_BY_COMMAND
        return _FIRST.format(register=self._base.public("/dashboard/register"))


def landing_routes(gateway: Gateway, base: BasePath, *, demo: bool) -> Routes:
    """The route ``/``. ``demo`` is whether the demo shop is served."""
    calls = LandingCalls(gateway, base, demo=demo)
    return Routes("landing", "", (("GET", "/", calls.page),))
