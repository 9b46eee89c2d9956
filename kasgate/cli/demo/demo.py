"""``kasgate demo``: a complete payment on one machine, on a simulated network.

The gateway is the one that `kasgate serve` runs, on a database in a temporary folder, in which the
shop has a month of example orders. The demo places an order over HTTP, follows it over the
WebSocket and pays it on the simulated network. It receives the webhooks and verifies their
signatures.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec
import trio
from attrs import frozen
from trio_websocket import open_websocket_url

from actors.build import build_gateway
from actors.gateway import Gateway
from actors.merchants.registry import MerchantRegistry, Registered
from kasgate.access.secrets import Vault
from kasgate.access.sign_in_links import link_url
from kasgate.audit import BY_OPERATOR, Principal
from kasgate.cli.demo.key import DEMO_KEY
from kasgate.cli.demo.orders import orders
from kasgate.cli.demo.past import PastOrders, any_url
from kasgate.cli.developer.receiver import Received, WebhookReceiver
from kasgate.cli.outcome import DONE, Failure, leaves
from kasgate.cli.serve import free_port
from kasgate.client import AsyncKasGate, Event, WebhookRefused, verify_webhook
from kasgate.clock import system_clock
from kasgate.kaspa.networks import Network
from kasgate.logs.setup import configure_logging, is_terminal, say
from kasgate.money import Sompi
from kasgate.sessions.session import Session, SessionStatus
from kasgate.settings.loading import load_settings
from kasgate.settings.model import (
    CONFIG_VARIABLE,
    SIMNET_CONTROL_VARIABLE,
    LogForm,
    LogLevel,
    Settings,
)
from kasgate.simnet import SimulatedNetwork
from kasgate.store.calls import Store
from kasgate.store.sqlite import open_store
from web.app import create_app
from web.pages.demo_shop import Till
from web.server import serve

# Settings that the demo replaces, so that it does not touch a gateway that is set up here.
_NOT_ITS_OWN: Final = (
    CONFIG_VARIABLE,
    *("KASGATE_NETWORK", "KASGATE_NODES", "KASGATE_DATA_DIR", "KASGATE_DATABASE"),
    *("KASGATE_KEY_FILE", "KASGATE_REGISTRATION", "KASGATE_QUORUM_AMOUNT"),
    SIMNET_CONTROL_VARIABLE,
)

NAME: Final = "Demo shop"
EXAMPLES: Final = 240
"""The example orders of a month."""
DAYS: Final = 30
SEED: Final = 7
_SETTLED_MS: Final = 6 * 60 * 60_000
"""The examples end so long before the demo begins: each has run its course, and so have its
webhooks."""

AMOUNT: Final = "12.5"
PAYMENT_S: Final = 60.0
"""Time limit for the demo's payment to be confirmed and its webhook delivered."""
CONFIRMED: Final = "payment.confirmed"
BAR: Final = 20


@frozen
class Shop:
    """The demo's merchant and the addresses of all servers."""

    base_url: str
    """The URL for the user."""
    own_url: str
    """The URL for this process."""
    control: str
    merchant_id: str
    api_key: str
    webhook_secret: str
    sign_in_link: str
    examples: str


class SimulatedWallet:
    """The shopper's wallet in the demo shop; it pays on the simulated network."""

    def __init__(self, network: SimulatedNetwork) -> None:
        self._network = network
        self._paid: dict[str, list[str]] = {}

    def pay(self, session: Session, amount: Sompi) -> None:
        """Pay an amount to the session's address."""
        paid = self._network.pay(session.address, amount)
        self._paid.setdefault(session.id, []).append(paid)

    def take_back(self, session: Session) -> bool:
        """Make the network withdraw the last payment; False if there is none."""
        paid = self._paid.get(session.id)
        if not paid or session.status is SessionStatus.CONFIRMED:
            return False
        self._network.withdraw(paid.pop())
        return True


def run(arguments: argparse.Namespace) -> int:
    """Run a payment from start to end, then keep serving, unless ``--once`` is given.

    Raises Failure if a resource is missing, or if the payment is not confirmed in a minute.
    """
    with TemporaryDirectory(prefix="kasgate-demo-") as folder:
        plan = Plan(os.environ, Path(folder), arguments.port, arguments.empty)
        first = plan.settings(node=1, control=1)  # Fails early for a wrong setting.
        configure_logging(first.log, first.log_level)
        trio.run(_demo, plan, first.warnings, arguments.once)
    return DONE


@frozen
class Plan:
    """The user's choices: the settings of the environment, except those that the demo replaces."""

    environ: Mapping[str, str]
    folder: Path
    port: int | None
    """From the command line."""
    empty: bool
    """Whether to leave the example orders out."""

    def settings(self, *, node: int, control: int, port: int | None = None) -> Settings:
        """The settings with the ports of the simulated network. Raises SettingsError."""
        environ = {name: text for name, text in self.environ.items() if name not in _NOT_ITS_OWN}
        private = environ.get("KASGATE_WEBHOOK_ALLOW_PRIVATE", "").strip()
        given = {
            "KASGATE_LOG": LogForm.CONSOLE.value,
            "KASGATE_LOG_LEVEL": LogLevel.WARNING.value,
            **{name: text for name, text in environ.items() if text.strip()},
            "KASGATE_NETWORK": Network.SIMNET.value,
            "KASGATE_NODES": f"ws://127.0.0.1:{node}",
            "KASGATE_SIMNET_CONTROL": f"127.0.0.1:{control}",
            "KASGATE_DATA_DIR": str(self.folder),
            "KASGATE_REGISTRATION": "open",
            "KASGATE_WEBHOOK_ALLOW_PRIVATE": ",".join(filter(None, ("127.0.0.0/8", private))),
        }
        chosen = self.port if port is None else port
        overrides: dict[str, object] = {"demo": True}
        if chosen is not None:
            overrides["port"] = chosen
        return load_settings(given, overrides=overrides, terminal=is_terminal(sys.stderr))

    @property
    def ignored(self) -> list[str]:
        """Settings of the environment that the demo ignores."""
        return [name for name in _NOT_ITS_OWN if self.environ.get(name, "").strip()]


async def _demo(plan: Plan, warnings: Sequence[str], once: bool) -> None:
    say("KasGate demo: a gateway and a simulated Kaspa network on this machine. No real money.\n")
    if plan.ignored:
        say(f"ignored    {', '.join(plan.ignored)}: the demo brings its own\n")
    for warning in warnings:
        say(f"settings   {warning}\n")
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_end_at_signal, signals, nursery.cancel_scope)
            deliveries, webhooks = trio.open_memory_channel[Received](100)
            receiver = WebhookReceiver(partial(_take, deliveries))
            endpoint = f"http://127.0.0.1:{await nursery.start(receiver.serve)}/webhooks"
            async with _running(plan, endpoint) as (network, shop):
                await _show(network, shop, webhooks, once)
            nursery.cancel_scope.cancel()


async def _end_at_signal(signals: AsyncIterator[int], scope: trio.CancelScope) -> None:
    async for _ in signals:
        scope.cancel()


@asynccontextmanager
async def _running(plan: Plan, endpoint: str) -> AsyncIterator[tuple[SimulatedNetwork, Shop]]:
    """A network and a gateway with the shop on it, running while the block runs. ``endpoint``
    receives the shop's webhooks."""
    network = SimulatedNetwork()
    async with trio.open_nursery() as nursery:
        node = await nursery.start(network.serve)
        control = await nursery.start(network.serve_control)
        await nursery.start(network.run)
        settings = plan.settings(node=node, control=control)
        if settings.port == 0:
            settings = plan.settings(node=node, control=control, port=free_port(settings))
        vault = Vault.load_or_create(settings.key_file)
        async with open_store(settings.database, vault) as store, trio.open_nursery() as inner:
            await store.claim_network(settings.network.value)
            registered = await _open_shop(store, settings, endpoint, empty=plan.empty)
            gateway = build_gateway(settings, store, vault)
            await inner.start(gateway.run)
            ending = trio.Event()
            till = Till(gateway, SimulatedWallet(network))
            till.merchant_id = registered.merchant.id
            async with trio.open_nursery() as web:
                await _listen(web, gateway, till, ending)
                yield (
                    network,
                    await _described(gateway, registered, f"127.0.0.1:{control}", empty=plan.empty),
                )
                ending.set()
            inner.cancel_scope.cancel()
        nursery.cancel_scope.cancel()


def _own_url(settings: Settings) -> str:
    """The URL at which this process reaches the gateway, independent of its public URL."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


async def _listen(nursery: trio.Nursery, gateway: Gateway, till: Till, ending: trio.Event) -> None:
    settings = gateway.settings
    app = create_app(gateway, till=till)
    serve_web = partial(serve, app, settings.host, settings.port, shutdown=ending)
    try:
        await nursery.start(serve_web)
    except* OSError as group:
        error = next(leaves(group))
        raise Failure(
            f"Can't listen on {settings.host} port {settings.port}:"
            f" {getattr(error, 'strerror', None) or error}. Choose another port with"
            ' KASGATE_PORT, or make demo ARGS="--port 3002".'
        ) from None


async def _show(
    network: SimulatedNetwork,
    shop: Shop,
    webhooks: trio.MemoryReceiveChannel[Received],
    once: bool,
) -> None:
    async with AsyncKasGate(shop.own_url, shop.api_key) as kasgate:
        with trio.move_on_after(PAYMENT_S) as in_time:
            await _one_payment(kasgate, network, shop, webhooks)
        if in_time.cancelled_caught:
            raise Failure(f"The payment was not confirmed within {PAYMENT_S:.0f} s.")
    say("\nDone: paid and confirmed.")
    if not once:
        _say_what_to_try(shop)
        await _print_webhooks(shop, webhooks)


def _take(deliveries: trio.MemorySendChannel[Received], received: Received) -> int:
    try:
        deliveries.send_nowait(received)
    except trio.WouldBlock:
        return 503  # The gateway will retry.
    return 204


async def _open_shop(store: Store, settings: Settings, endpoint: str, *, empty: bool) -> Registered:
    """Register the shop, with the example orders of a month unless ``empty``."""
    if not empty:
        until = system_clock() - _SETTLED_MS
        past = PastOrders(store, settings.network, SEED, NAME, endpoint)
        return await past.write(DEMO_KEY, list(orders(SEED, EXAMPLES, until, DAYS)), until)
    registry = MerchantRegistry(
        store=store, network=settings.network, clock=system_clock, refuse_url=any_url
    )
    return await registry.register(name=NAME, xpub=DEMO_KEY, webhook_url=endpoint)


async def _described(
    gateway: Gateway, registered: Registered, control: str, *, empty: bool
) -> Shop:
    settings, merchant = gateway.settings, registered.merchant
    token = await gateway.sign_in_links.create(merchant, Principal(BY_OPERATOR))
    shop = Shop(
        base_url=settings.base_url,
        own_url=_own_url(settings),
        control=control,
        merchant_id=merchant.id,
        api_key=registered.api_key,
        webhook_secret=merchant.webhook_secret,
        sign_in_link=link_url(settings.base_url, token),
        examples=""
        if empty
        else f"It has {EXAMPLES} example orders of the last {DAYS} days."
        " Their prices and values in euros are made up.",
    )
    say(f"gateway    {shop.base_url}     (network: {settings.network.value})")
    say(f"merchant   {merchant.name}, {merchant.id}")
    say(f"API key    {shop.api_key}\n")
    return shop


async def _one_payment(
    kasgate: AsyncKasGate,
    network: SimulatedNetwork,
    shop: Shop,
    webhooks: trio.MemoryReceiveChannel[Received],
) -> None:
    """Place an order, pay it, and print its states from both the WebSocket and the webhooks."""
    session = await kasgate.sessions.create(AMOUNT, order_id="DEMO-1")
    say(f"order      {session.order_id} for {session.amount} KAS, session {session.id}")
    say(f"address    {session.address}\n")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_print_until_confirmed, shop, webhooks, session.id)
        async with open_websocket_url(shop.own_url.replace("http", "ws", 1) + "/ws") as socket:
            subscribe = {
                "type": "subscribe",
                "sessionId": session.id,
                "token": session.subscription_token,
            }
            await socket.send_message(msgspec.json.encode(subscribe).decode())
            status = ""
            while status != "confirmed":
                news = msgspec.json.decode(await socket.get_message())
                if news["type"] == "session":
                    transaction = network.pay(session.address, session.amount_sompi)
                    say(f"shopper    pays {AMOUNT} KAS, transaction {transaction}")
                status = news.get("status", status)
                say(_progress(status, news))


def _progress(status: str, news: Mapping[str, Any]) -> str:
    required = int(news.get("requiredConfirmations", news.get("required", 1)))
    done = int(news["confirmations"])
    filled = BAR * done // required
    bar = "█" * filled + "░" * (BAR - filled)
    return f"WebSocket  {status:<10} {bar} {done:>2} of {required} confirmations"


async def _print_until_confirmed(
    shop: Shop, webhooks: trio.MemoryReceiveChannel[Received], session_id: str
) -> None:
    async for received in webhooks:
        event = _say_webhook(shop, received)
        if event is not None and (event.session_id, event.event) == (session_id, CONFIRMED):
            return


async def _print_webhooks(shop: Shop, webhooks: trio.MemoryReceiveChannel[Received]) -> None:
    async for received in webhooks:
        _say_webhook(shop, received)


def _say_webhook(shop: Shop, received: Received) -> Event | None:
    """Verify a webhook as a shop would and print it; None for a forged one."""
    try:
        event = verify_webhook(received.body, received.headers, shop.webhook_secret)
    except WebhookRefused as refused:
        say(f"webhook    NOT GENUINE: {refused}")
        return None
    say(f"webhook    {event.event:<19} {event.id}, signature good")
    return event


def _say_what_to_try(shop: Shop) -> None:
    say(f"""
start      {shop.base_url}/     open it in a browser; it leads to everything
shop       {shop.base_url}/demo/     buy a coffee, pay with a toy wallet
dashboard  {shop.sign_in_link}
           signs you in, once, within ten minutes; later sign in with the API key.
           {shop.examples}

The gateway keeps running; Ctrl-C ends it and its temporary database. In another terminal:

  # place an order
  curl -s {shop.base_url}/api/v1/sessions \\
    -H 'X-API-Key: {shop.api_key}' \\
    -H 'Content-Type: application/json' -d '{{"amount": "3", "orderId": "ORDER-2"}}'

  # pay it on the simulated network: the address from the answer, the amount in KAS
  {_kasgate()} simnet pay --control {shop.control} ADDRESS 3

  # see its state: the id from the answer
  curl -s {shop.base_url}/api/v1/sessions/ID

  # more commands for the simulated network
  {_kasgate()} simnet --help
""")


def _kasgate() -> str:
    """The command that started this program, so that the printed lines can be pasted."""
    return sys.argv[0] if Path(sys.argv[0]).name == "kasgate" else f"{sys.executable} -m kasgate"
