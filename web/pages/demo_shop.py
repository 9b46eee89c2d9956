"""The demo shop under ``/demo/``: a product, three ways to pay, and a demo wallet.

Only `kasgate demo` serves it. The shop is an ordinary merchant of its gateway. The wallet pays on
the simulated network that the demo runs.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from markupsafe import Markup

from actors.sessions.creation import SessionTerms
from kasgate.money import Sompi, parse_kas
from kasgate.sessions.session import Session, SessionStatus
from web.contract.answers import Answer, json_answer
from web.contract.fields import read_session_id
from web.contract.operations import described
from web.contract.problems import CONFLICT, NOT_FOUND, SESSION_NOT_FOUND, Problem
from web.contract.types import SessionId, Shape
from web.http.base_path import BasePath
from web.http.endpoint import Request, Routes
from web.pages.checkout import HTML

if TYPE_CHECKING:
    from actors.gateway import Gateway

PRICE: Final = "12.5"
PRODUCT: Final = "One bag of coffee, 250 g"
CONFIRMATIONS: Final = 60
"""They take about six seconds: enough to watch them rise and to take a payment back."""
_FOLDER: Final = Path(__file__).parents[1] / "templates" / "demo"
_FILES: Final = {"shop.css": "text/css; charset=utf-8", "shop.js": "text/javascript; charset=utf-8"}
_THANKS: Final = {
    SessionStatus.CONFIRMED: ("Thank you!", "Your coffee is paid and on its way."),
    SessionStatus.CONFIRMING: ("Thank you!", "Your payment is being confirmed."),
}
_NOT_PAID: Final = ("Not paid yet", "We have not received your payment.")


class WalletAct(StrEnum):
    """An action of the demo wallet."""

    PAY = "pay"
    HALF = "half"
    DOUBLE = "double"
    LATE = "late"
    TAKE_BACK = "take-back"


class Wallet(Protocol):
    """Moves money on the simulated network."""

    def pay(self, session: Session, amount: Sompi) -> None:
        """Pay this much to the session's address."""

    def take_back(self, session: Session) -> bool:
        """Make the network withdraw the last payment; False if there is none to withdraw."""


class Till:
    """The shop's server: its merchant, its orders and the demo wallet."""

    def __init__(self, gateway: Gateway, wallet: Wallet) -> None:
        self._gateway = gateway
        self._wallet = wallet
        self._orders = 0
        self.merchant_id = ""
        """Empty until the merchant is registered."""

    async def order(self) -> Session:
        """Create an order for one product. Raises Problem until the merchant is registered."""
        merchant = await self._gateway.merchants.get(self.merchant_id)
        if merchant is None:
            raise Problem(CONFLICT, "The shop is not open yet. Try again in a moment.")
        self._orders += 1
        terms = SessionTerms(
            amount=parse_kas(PRICE),
            order_id=f"COFFEE-{self._orders}",
            description=PRODUCT,
            required_confirmations=CONFIRMATIONS,
            redirect_url=f"{self._gateway.settings.base_url}/demo/thanks",
        )
        return (await self._gateway.create_session(merchant, terms)).session

    async def session(self, session_id: str) -> Session:
        """A session of the shop. Raises Problem if the shop has none with this id."""
        view = await self._gateway.session(read_session_id(session_id))
        if view is None or view.session.merchant_id != self.merchant_id:
            raise Problem(SESSION_NOT_FOUND, "The shop has no such order.")
        return view.session

    async def act(self, session: Session, act: WalletAct) -> str:
        """Run an action of the wallet. Return a sentence about the result; raises Problem."""
        rest = session.due or session.amount
        match act:
            case WalletAct.PAY:
                self._wallet.pay(session, rest)
                return "The wallet paid."
            case WalletAct.HALF:
                self._wallet.pay(session, Sompi(rest // 2))
                return "The wallet paid half of the amount due."
            case WalletAct.DOUBLE:
                self._wallet.pay(session, Sompi(2 * rest))
                return "The wallet paid twice the amount due."
            case WalletAct.LATE:
                if session.deadline is None:
                    raise Problem(CONFLICT, "This order is already closed. Place a new order.")
                await self._gateway.cancel_session(session.id)
                self._wallet.pay(session, rest)
                return "The order was closed first, then the wallet paid."
            case WalletAct.TAKE_BACK:
                if not self._wallet.take_back(session):
                    raise Problem(CONFLICT, "There is no payment to take back. Pay first.")
                return "The network withdrew the payment. The gateway verifies this first."


class OrderAnswer(Shape, kw_only=True):
    """An order with its session."""

    id: SessionId
    order_id: str
    subscription_token: str
    checkout_url: str


class WalletAnswer(Shape, kw_only=True):
    """The result of a wallet action."""

    message: str


class DemoCalls:
    """The pages and calls of the demo's shop."""

    def __init__(self, till: Till, base: BasePath) -> None:
        """``base`` is where clients find the checkout. Reads the shop's files, so make it in a
        thread."""
        self._till = till
        self._base = base
        self._files = {name: (_FOLDER / name).read_bytes() for name in _FILES}
        self._shop_page = (_FOLDER / "shop.html").read_text()
        self._thanks_page = (_FOLDER / "thanks.html").read_text()

    @described({200: "text/html"})
    async def shop(self, _request: Request) -> Answer:
        """The demo shop."""
        return _page(self._shop_page)

    @described({200: "text/css"})
    async def file(self, request: Request) -> Answer:
        """A file of the demo shop."""
        name = request.places["name"]
        content_type = _FILES.get(name)
        if content_type is None:
            raise Problem(NOT_FOUND, "The shop has no such page.")
        return Answer(200, self._files[name], content_type)

    @described({201: OrderAnswer, 303: None})
    async def order(self, request: Request) -> Answer:
        """Order the demo's product. A form is redirected to the checkout."""
        session = await self._till.order()
        checkout_url = self._base.public(f"/pay/{session.id}")
        if "text/html" in (request.headers.get("Accept") or ""):
            return Answer(303, b"", "text/plain", (("Location", checkout_url),))
        fields = {
            "id": session.id,
            "orderId": session.order_id,
            "subscriptionToken": session.subscription_token,
            "checkoutUrl": checkout_url,
        }
        return json_answer(fields, 201)

    @described({200: WalletAnswer}, problems=(409,))
    async def wallet(self, request: Request) -> Answer:
        """Run an action of the demo wallet."""
        act = request.places["act"]
        if act not in list(WalletAct):
            raise Problem(NOT_FOUND, "The demo wallet has no such action.")
        session = await self._till.session(request.places["session_id"])
        return json_answer({"message": await self._till.act(session, WalletAct(act))})

    @described({200: "text/html"}, problems=(400, 404))
    async def thanks(self, request: Request) -> Answer:
        """The page that shoppers return to."""
        session = await self._till.session(request.query.get("sessionId", ""))
        title, sentence = _THANKS.get(session.status, _NOT_PAID)
        template = Markup(self._thanks_page)  # noqa: S704 - our own file
        return _page(template.format(title=title, sentence=sentence))


def demo_routes(till: Till, base: BasePath) -> Routes:
    """The routes under ``/demo/``; its pages link to each other by relative paths."""
    calls = DemoCalls(till, base)
    return Routes(
        "demo_shop",
        "/demo",
        (
            ("GET", "/", calls.shop),
            ("GET", "/<name>", calls.file),
            ("POST", "/orders", calls.order),
            ("POST", "/wallet/<session_id>/<act>", calls.wallet),
            ("GET", "/thanks", calls.thanks),
        ),
    )


def _page(html: str) -> Answer:
    return Answer(200, html.encode(), HTML)
