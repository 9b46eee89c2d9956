"""The web application: Quart-Trio with the gateway's routes, one shape of error, and the edge."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final

from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, Scope
from quart import Response, has_websocket_context, request, websocket
from quart.globals import request_ctx
from quart_trio import QuartTrio
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing.exceptions import WebsocketMismatch

from actors.gateway import CancelRefused, GatewayDraining
from actors.sandbox import Sandbox, SandboxRefused
from actors.sessions.decisions import DecisionRefused
from actors.sessions.supervisor import TooManyOpenSessions
from actors.webhooks.redelivery import NoWebhookUrl
from kasgate.access.api_keys import KeyRefused
from kasgate.branding.header import ImageRefused
from kasgate.limits.fair_share import ResourceBusy
from kasgate.merchant import FieldErrors
from kasgate.rates.market import RatesUnavailable
from kasgate.simnet.control.client import ControlError
from kasgate.store.protocol import Conflict, StoreUnavailable
from web.api.audit import audit_routes
from web.api.books import book_routes
from web.api.events import event_routes
from web.api.export import export_routes
from web.api.health import health_routes
from web.api.keys import key_routes
from web.api.logos import logo_routes
from web.api.merchants import MerchantCalls, merchant_routes
from web.api.metrics import metrics_routes
from web.api.passwords import password_routes
from web.api.rates import rate_routes
from web.api.reports import report_routes
from web.api.sandbox import sandbox_routes
from web.api.sessions import SessionCalls, session_routes
from web.api.sign_in import DashboardCalls, dashboard_routes
from web.api.wallet import wallet_routes
from web.api.webhooks import webhook_routes
from web.contract.answers import JSON, Answer
from web.contract.operations import describe_as, operation_of
from web.contract.problems import (
    UPGRADE_REQUIRED,
    Problem,
    problem_answer,
    problem_of,
    problem_of_status,
)
from web.http.base_path import BasePath
from web.http.caller import CALLER, Caller
from web.http.edge import Edge, log_failed
from web.http.endpoint import Endpoint, Routes, View
from web.http.headers import API, REQUEST_ID, preflight_headers
from web.http.idempotency import Idempotency
from web.http.limits import RateLimiter
from web.http.operators import Operators
from web.http.proxies import TrustedProxies
from web.http.quart_io import MAX_BODY_BYTES, quart_view, respond, sized_request
from web.pages.checkout import checkout_routes
from web.pages.demo_shop import Till, demo_routes
from web.pages.docs import docs_routes
from web.pages.landing import landing_routes
from web.pages.security_txt import security_txt_routes
from web.pages.static_files import STATIC, StaticFiles, static_routes
from web.socket.limits import SocketLimits
from web.socket.plain import OpenSockets, socket_routes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from actors.gateway import Gateway
    from web.api.prometheus import Exposition
    from web.connection.admission import Connections
    from web.http.credentials import HeaderLookup


BODY_TIMEOUT_S: Final = 20
RESPONSE_TIMEOUT_S: Final = 60

_EXPECTED: Final[tuple[type[Exception], ...]] = (
    Problem,
    FieldErrors,
    Conflict,
    ImageRefused,
    CancelRefused,
    DecisionRefused,
    KeyRefused,
    NoWebhookUrl,
    SandboxRefused,
    ControlError,
    GatewayDraining,
    RatesUnavailable,
    StoreUnavailable,
    ResourceBusy,
    TooManyOpenSessions,
)


class WebApp(QuartTrio):
    """Quart-Trio behind the edge. ``sockets`` are the open WebSockets."""

    def __init__(self, gateway: Gateway) -> None:
        super().__init__("web", static_folder=None, template_folder=None)
        settings = gateway.settings
        self.base_url = settings.base_url
        self.base = BasePath(settings.base_path)
        self.express = settings.express
        """Whether the server uses the express lane."""
        self.idempotency = Idempotency(gateway.store, gateway.clock)
        self.sessions = SessionCalls(gateway, self.idempotency)
        self.limits = RateLimiter(settings.rate_limits)
        self.merchants = MerchantCalls(gateway, self.limits)
        self.operators = Operators(settings.operator_token, self.limits)
        self.sign_ins = DashboardCalls(gateway, self.limits)
        self.proxies = TrustedProxies(settings.trusted_proxies)
        self.sockets = OpenSockets(SocketLimits(self.limits, self.proxies))
        self.edge = Edge(
            frozenset(settings.cors_origins),
            settings.base_url.startswith("https:"),
            self.proxies,
            self.base,
        )
        self.connections: Connections | None = None
        """The server's connections; None before it starts."""
        self.config.update(
            MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
            BODY_TIMEOUT=BODY_TIMEOUT_S,
            RESPONSE_TIMEOUT=RESPONSE_TIMEOUT_S,
            PROPAGATE_EXCEPTIONS=False,
        )
        self._uploads: dict[tuple[str, str], int] = {}
        self.request_class = sized_request(self._uploads)
        # A path with an extra slash gets a 404, not a redirect in HTML.
        self.url_map.merge_slashes = False
        self.gateway = gateway
        self.before_request(self._admit)
        self.before_request(self._answer_options)
        self.before_websocket(self.limits.admit_socket)
        for expected in _EXPECTED:
            self.register_error_handler(expected, self._answer_expected)
        self.register_error_handler(HTTPException, self._answer_framework_error)

    async def asgi_app(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        """Serve one ASGI scope; requests pass through the edge."""
        if scope["type"] == "lifespan":
            await super().asgi_app(scope, receive, send)
        else:
            await self.edge.serve(super().asgi_app, scope, receive, send)

    def log_exception(
        self,
        exception_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None],
    ) -> None:
        """Log an unexpected error with its traceback and its route, without other data from the
        client."""
        bound = websocket if has_websocket_context() else request
        rule = bound.url_rule.rule if bound.url_rule is not None else None
        log_failed(rule, bound.remote_addr, exception_info)

    def add_routes(self, routes: Routes) -> None:
        """Serve the routes of a resource, each behind the checks of its description. Raises
        LookupError for a view without a description, AssertionError for two views of one name."""
        serving: dict[View, Callable[..., Awaitable[Response]]] = {}
        for method, path, view in routes.table:
            if view not in serving:
                endpoint = self.endpoint_of(view)
                serving[view] = quart_view(endpoint)
                describe_as(serving[view], endpoint.operation)
            name = f"{routes.name}.{view.__name__}"
            self.add_url_rule(routes.prefix + path, name, serving[view], methods=[method])
            upload = operation_of(view).upload
            if upload is not None:
                self._uploads[method, routes.prefix + path] = upload.most

    def endpoint_of(self, view: View) -> Endpoint:
        """A view behind the checks of its description. Raises LookupError if it has no
        description."""
        return Endpoint(view, self.gateway, self.operators, self.idempotency)

    def exposition(self) -> Exposition:
        """The metrics of the gateway and of this application, for Prometheus."""
        from web.api.prometheus import Exposition, WebCounts  # noqa: PLC0415 - see its docstring

        web = WebCounts(self.sockets, self.limits, self.edge, lambda: self.connections)
        return Exposition(self.gateway, web)

    async def admit(self, caller: Caller, method: str, path: str, headers: HeaderLookup) -> None:
        """Identify the caller of a request and count the request. Both lanes call this first.
        Raises Problem (429) and StoreUnavailable."""
        caller.method, caller.headers = method, headers
        if path.startswith(API):
            await caller.identify(self.gateway)
        self.limits.admit(caller, path)

    async def _admit(self) -> None:
        await self.admit(CALLER.get(), request.method, request.path, request.headers)

    async def _answer_options(self) -> Response | None:
        """Answer OPTIONS for an existing address: its methods, and the headers of a preflight."""
        if request.method != "OPTIONS" or request.routing_exception is not None:
            return None
        adapter = request_ctx.url_adapter
        methods = ", ".join(sorted(adapter.allowed_methods())) if adapter is not None else ""
        headers = [("Allow", methods)]
        if "Access-Control-Request-Method" in request.headers:
            origin = request.headers.get("Origin")
            headers += preflight_headers(
                request.path, origin, methods=methods, origins=self.edge.origins
            )
        return respond(Answer(204, b"", JSON, tuple(headers)))

    async def _answer_expected(self, error: Exception) -> Response:
        problem = problem_of(error)
        if problem is None:
            raise error
        return self._problem_response(problem)

    async def _answer_framework_error(self, error: HTTPException) -> Response:
        """Answer a refusal of Quart or Werkzeug in our own words, because theirs may quote the
        request."""
        if isinstance(error, WebsocketMismatch) and not has_websocket_context():
            upgrade = (("Upgrade", "websocket"), ("Connection", "Upgrade"))
            return self._problem_response(
                Problem(UPGRADE_REQUIRED, "This address is a WebSocket.", headers=upgrade)
            )
        headers: tuple[tuple[str, str], ...] = ()
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            headers = (("Allow", ", ".join(sorted(error.valid_methods))),)
        return self._problem_response(problem_of_status(error.code or 500, headers))

    def _problem_response(self, problem: Problem) -> Response:
        bound = websocket if has_websocket_context() else request
        instance = self.base.public(bound.path)
        return respond(problem_answer(problem, instance=instance, request_id=REQUEST_ID.get()))


def create_app(gateway: Gateway, *, static: Path = STATIC, till: Till | None = None) -> WebApp:
    """The application for a gateway. ``static`` is the folder of the front ends' builds. ``till``
    is the shop of `kasgate demo`."""
    app = WebApp(gateway)
    files = StaticFiles(static, app.base)
    sessions = app.sessions
    for routes in (
        health_routes(gateway),
        merchant_routes(app.merchants),
        logo_routes(gateway, app.limits),
        key_routes(gateway),
        dashboard_routes(app.sign_ins),
        password_routes(gateway, app.sign_ins, app.limits),
        audit_routes(gateway),
        export_routes(gateway),
        book_routes(gateway),
        webhook_routes(gateway, app.limits),
        wallet_routes(gateway, app.merchants),
        report_routes(gateway, app.limits),
        event_routes(gateway, app.limits),
        session_routes(sessions),
        rate_routes(gateway),
        checkout_routes(sessions, gateway, files),
        static_routes(files),
        docs_routes(app, app.base_url),
        security_txt_routes(gateway),
        metrics_routes(gateway, app.exposition),
        landing_routes(gateway, app.base, demo=till is not None),
    ):
        app.add_routes(routes)
    app.register_blueprint(socket_routes(gateway, app.sockets))
    if till is not None:
        app.add_routes(demo_routes(till, app.base))
    control = gateway.settings.sandbox_control
    if control is not None:
        app.add_routes(sandbox_routes(Sandbox(gateway, control), sessions))
    return app
