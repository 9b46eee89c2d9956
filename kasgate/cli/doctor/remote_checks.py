"""Remote checks of ``kasgate doctor``: nodes, clocks, names, the public URL, rates."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

import httpx
import trio
from attrs import frozen

from kasgate.cli.doctor.findings import Finding, State, failed, ok, skipped, warning
from kasgate.clock import system_clock
from kasgate.egress import Egress, UrlRefused
from kasgate.kaspa import connect as links
from kasgate.kaspa.networks import Network
from kasgate.kaspa.node import Node, NodeError, NodeRefused, ServerInfo
from kasgate.merchant import Merchant
from kasgate.rates.fetch import FetchFailed, over_http
from kasgate.rates.market import LEAST_ORIGINS
from kasgate.rates.quotes import QuoteError
from kasgate.rates.sources import Source
from kasgate.settings.model import Settings

NODE_S: Final = 10.0
BASE_URL_S: Final = 10.0
SKEW_MS: Final = 30_000
"""Clocks that differ by more get a warning, because expiry and webhooks depend on the time."""
_RESOLVER: Final = "resolver"
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_OK: Final = 200
_FLAGS: Final = {
    Network.MAINNET: "",
    Network.TESTNET_10: " --testnet --netsuffix=10",
    Network.SIMNET: " --simnet",
    Network.DEVNET: " --devnet",
}
_CLOCK: Final = "clock"
_BASE_URL: Final = "public URL"
_RATES: Final = "rates"


@frozen
class NodeAnswer:
    """The answer of one node, or the reason why there is none."""

    finding: Finding
    network_id: str | None = None
    """The network that the node belongs to; None without an answer."""
    block_at: int | None = None
    """The time of a recent block, unix milliseconds."""

    @property
    def is_usable(self) -> bool:
        return self.finding.state is State.OK


async def check_nodes(settings: Settings) -> list[Finding]:
    """Check each node of the list, and compare this machine's clock with theirs."""
    answers: dict[str, NodeAnswer] = {}

    async def ask(url: str) -> None:
        answers[url] = await ask_node(settings.network, url)

    async with trio.open_nursery() as nursery:
        for url in settings.nodes:
            nursery.start_soon(ask, url)
    ordered = [answers[url] for url in settings.nodes]
    findings = [answer.finding for answer in ordered]
    if any(answer.is_usable for answer in ordered):
        # One node is enough to work with; the others are the reserve.
        findings = [_as_reserve(finding) for finding in findings]
    return [*findings, _clock(ordered)]


async def ask_node(network: Network, url: str, within_s: float = NODE_S) -> NodeAnswer:
    """Ask one node for its state, and judge it as a source of this network."""
    check = f"node {url}"
    if url == _RESOLVER:
        return NodeAnswer(skipped(check, "The gateway looks up public nodes when it needs them."))
    try:
        with trio.fail_after(within_s):
            async with links.connect(url, prefix=network.address_prefix) as node:
                info = await node.server_info()
                block_at = await _block_time(node, info.virtual_daa_score)
    except trio.TooSlowError:
        return NodeAnswer(
            failed(check, f"No answer within {within_s:g} seconds.", node_mend(network))
        )
    except (NodeError, OSError, ValueError) as error:
        return NodeAnswer(failed(check, str(error), node_mend(network)))
    return NodeAnswer(_judged(network, check, info), info.network_id, block_at)


async def _block_time(node: Node, daa_score: int) -> int | None:
    """The time of a block, unix milliseconds; None if this node does not give it."""
    try:
        (at,) = await node.timestamps([daa_score])
    except NodeRefused:
        return None
    return at or None


def _judged(network: Network, check: str, info: ServerInfo) -> Finding:
    who = f"kaspad {info.server_version}, DAA score {info.virtual_daa_score:,}"
    if info.network_id != network.value:
        return failed(
            check,
            f"It is a node of {info.network_id}, but KASGATE_NETWORK is {network.value}.",
            f"Set KASGATE_NODES to a node of {network.value}.",
        )
    if not info.has_utxo_index:
        return failed(
            check,
            f"{who}: it has no UTXO index, so it can't report payments.",
            f"Stop it and start it with the index: kaspad{_FLAGS[network]} --utxoindex. It makes"
            " the index once, in some minutes.",
        )
    if not info.is_synced:
        return failed(
            check,
            f"{who}: it has not caught up with the network.",
            "Wait until its log reports it; the first sync takes hours.",
        )
    return ok(check, f"{who}, synced, with UTXO index.")


def node_mend(network: Network) -> str:
    """How to start a node of this network."""
    return (
        f"Start it: kaspad{_FLAGS[network]} --utxoindex (for ws:// also"
        " --rpclisten-json=default), open its port to this machine, or set another node in"
        " KASGATE_NODES."
    )


def _as_reserve(finding: Finding) -> Finding:
    if finding.state is not State.FAILED:
        return finding
    return warning(finding.check, finding.detail, finding.mend or "")


def _clock(answers: Sequence[NodeAnswer]) -> Finding:
    times = [one.block_at for one in answers if one.block_at is not None and one.is_usable]
    if not times:
        return skipped(_CLOCK, "No node answered to compare it with.")
    # The largest time is the best reference, because a node that lags is no clock.
    return judged_clock(max(times), "the newest block of the node")


def judged_clock(other_ms: int, whose: str) -> Finding:
    """Compare this machine's clock with another; unix milliseconds."""
    skew_ms = system_clock() - other_ms
    if abs(skew_ms) <= SKEW_MS:
        return ok(_CLOCK, f"Within {SKEW_MS // 1000} seconds of {whose}.")
    direction = "ahead of" if skew_ms > 0 else "behind"
    return warning(
        _CLOCK,
        f"It is {abs(skew_ms) // 1000} seconds {direction} {whose}.",
        "Switch time synchronisation on (timedatectl set-ntp true). If the clock is right, the"
        " node is behind: see its log.",
    )


async def check_webhooks(settings: Settings, merchants: Sequence[Merchant]) -> list[Finding]:
    """Whether the gateway may send to each merchant's webhook URL. Sends nothing."""
    egress = Egress(settings.webhook_allow_private)
    return [await _webhook(egress, one) for one in merchants]


async def _webhook(egress: Egress, merchant: Merchant) -> Finding:
    check = f"webhook of {merchant.name}"
    if merchant.webhook_url is None:
        return ok(check, "None is set; the API and the WebSocket report payments anyway.")
    try:
        await egress.verify(merchant.webhook_url)
    except UrlRefused as refused:
        return failed(
            check,
            f"{merchant.webhook_url}: {refused.detail}",
            "Change the URL, or list its network in KASGATE_WEBHOOK_ALLOW_PRIVATE.",
        )
    return ok(check, f"{merchant.webhook_url} resolves, and the gateway may send to it.")


async def check_base_url(settings: Settings, *, is_serving: bool) -> list[Finding]:
    """Whether the public URL leads to a gateway, and whether the connection is encrypted."""
    url = settings.base_url
    parts = urlsplit(url)
    findings = []
    if parts.scheme == "http" and parts.hostname not in _LOCAL:
        findings.append(
            warning(
                _BASE_URL,
                f"{url} is not encrypted: an attacker on the way can replace the address to pay.",
                "Put a reverse proxy with TLS in front, and set KASGATE_BASE_URL to its https URL.",
            )
        )
    try:
        async with httpx.AsyncClient(timeout=BASE_URL_S) as client:
            answer = await client.get(f"{url}/health/live")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        if (untrusted := _untrusted(url, error)) is not None:
            return [*findings, untrusted]
        return [*findings, _nobody_there(settings, is_serving, str(error) or type(error).__name__)]
    if answer.status_code != _OK or answer.text.replace(" ", "") != '{"alive":true}':
        other = f"{url}/health/live answers {answer.status_code}, unlike a gateway."
        mend = "Check KASGATE_BASE_URL and the target of the reverse proxy."
        return [*findings, failed(_BASE_URL, other, mend)]
    findings.append(ok(_BASE_URL, f"{url} leads to a gateway."))
    date = _date_of(answer)
    if date is not None and abs(system_clock() - date) > SKEW_MS:
        findings.append(judged_clock(date, f"that of {parts.hostname}"))
    return findings


def _untrusted(url: str, error: BaseException) -> Finding | None:
    """The finding if the certificate is not accepted; None for another error."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__cause__ or cause.__context__
    if cause is None:
        return None
    return warning(
        _BASE_URL,
        f"{url} has a certificate that this machine does not trust: {cause.verify_message}.",
        "Browsers refuse it too, unless they know its authority. For an authority of your own:"
        " SSL_CERT_FILE=root.crt kasgate doctor.",
    )


def _nobody_there(settings: Settings, is_serving: bool, reason: str) -> Finding:
    detail = f"{settings.base_url} does not answer: {reason}."
    if is_serving:
        return failed(
            _BASE_URL,
            f"{detail} But a gateway runs here.",
            f"Point the reverse proxy at {settings.host} port {settings.port}, or set"
            " KASGATE_BASE_URL to its address.",
        )
    return warning(_BASE_URL, detail, "Start it: kasgate serve.")


def _date_of(answer: httpx.Response) -> int | None:
    try:
        return int(parsedate_to_datetime(answer.headers.get("Date", "")).timestamp() * 1000)
    except ValueError:
        return None


async def check_rates(settings: Settings) -> list[Finding]:
    """Ask each source of rates once, if rates are switched on."""
    if not settings.rates:
        return [ok(_RATES, "Switched off; sessions are priced in KAS.")]
    silent: dict[str, str] = {}
    async with over_http(system_clock) as fetch, trio.open_nursery() as nursery:

        async def ask(source: Source) -> None:
            try:
                source.parse(await fetch(source.url))
            except (FetchFailed, QuoteError) as error:
                silent[source.name] = str(error)

        for source in settings.rate_sources:
            nursery.start_soon(ask, source)
    findings = [
        warning(
            f"rates of {name}", detail, "If this persists, remove it from KASGATE_RATE_SOURCES."
        )
        for name, detail in sorted(silent.items())
    ]
    good = {
        one.origin for one in settings.rate_sources if one.prices_coin and one.name not in silent
    }
    detail = f"{len(good)} independent sources answer."
    if len(good) < LEAST_ORIGINS:
        mend = "Let this machine reach them over https (a proxy: HTTPS_PROXY), or set others."
        return [*findings, failed(_RATES, detail, mend)]
    return [*findings, ok(_RATES, detail)]
