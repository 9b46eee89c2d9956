"""Finding a public node: the entry ``resolver`` in the list of nodes (kaspa.md §7).

Resolvers are web services that return a node with few clients. Resolvers and nodes are run by
strangers; docs/nodes.md describes the risk. Most of their nodes serve only Borsh, so often there is
none for JSON.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

import msgspec
import trio

from kasgate.kaspa import connect as links
from kasgate.kaspa.networks import PUBLIC_NETWORKS, RESOLVER, Network
from kasgate.kaspa.node import NodeUnavailable

if TYPE_CHECKING:
    import httpx

    from kasgate.kaspa.node import Node

__all__ = ["PUBLIC_RESOLVERS", "Resolver", "connect"]

PUBLIC_RESOLVERS: Final = tuple(
    f"https://{name}.{domain}"
    for domain, names in {
        "kaspa.stream": ("eric", "maxim", "sean", "troy"),
        "kaspa.red": ("john", "mike", "paul", "alex"),
        "kaspa.green": ("jake", "mark", "adam", "liam"),
        "kaspa.blue": ("noah", "ryan", "jack", "luke"),
    }.items()
    for name in names
)
TRIES: Final = 6
"""Resolvers asked before an attempt fails; the next attempt asks others."""
TRY_S: Final = 4.0
"""Seconds for each resolver."""
LONGEST_ANSWER: Final = 4_096
"""Bytes."""
_OK: Final = 200
_NOT_FOUND: Final = 404


class _Elected(msgspec.Struct):
    """The answer of a resolver."""

    url: str


class Resolver:
    """Asks resolvers in random order."""

    def __init__(
        self,
        network: Network,
        *,
        bases: Sequence[str] = PUBLIC_RESOLVERS,
        tls: Literal["tls", "any"] = "tls",
        try_s: float = TRY_S,
    ) -> None:
        """``bases`` are the resolvers' URLs. With ``tls`` "any", nodes without encryption and on
        private networks are accepted, for tests. ``try_s`` is the time limit of each resolver."""
        self._network = network
        self._bases = tuple(bases)
        self._tls = tls
        self._try_s = try_s

    async def find(self) -> str:
        """The URL of a node with wRPC JSON. Raises NodeUnavailable with the resolvers' answers. May
        be cancelled at any time."""
        if self._tls == "tls" and self._network not in PUBLIC_NETWORKS:
            raise NodeUnavailable(f"there are no public nodes of {self._network}")
        import httpx  # noqa: PLC0415 - needed only here

        order = random.sample(self._bases, len(self._bases))
        reasons: list[str] = []
        # In a thread, because it reads the trusted certificates from the disk.
        tls = await trio.to_thread.run_sync(httpx.create_ssl_context)
        async with httpx.AsyncClient(verify=tls, follow_redirects=False, trust_env=False) as client:
            for base in order[:TRIES]:
                try:
                    return await self._ask(client, base)
                except NodeUnavailable as error:
                    reasons.append(f"{urlsplit(base).hostname} {error}")
        counted = "; ".join(dict.fromkeys(reasons))
        raise NodeUnavailable(f"no public resolver named a node: {counted}")

    async def _ask(self, client: httpx.AsyncClient, base: str) -> str:
        import httpx  # noqa: PLC0415

        path = f"/v2/kaspa/{self._network.value}/{self._tls}/wrpc/json"
        with trio.move_on_after(self._try_s):
            try:
                async with client.stream("GET", base + path, timeout=self._try_s) as response:
                    return self._url_in(response.status_code, await _body(response))
            except httpx.HTTPError as error:
                raise NodeUnavailable(f"can't be asked ({type(error).__name__})") from error
        raise NodeUnavailable(f"did not answer within {self._try_s:g} s")

    def _url_in(self, status: int, body: bytes) -> str:
        if status == _NOT_FOUND:
            raise NodeUnavailable("has no node that speaks JSON")
        if status != _OK:
            raise NodeUnavailable(f"answered {status}")
        try:
            url = msgspec.json.decode(body, type=_Elected).url
        except msgspec.MsgspecError:
            raise NodeUnavailable("did not answer with a node") from None
        if not self._is_usable(url):
            raise NodeUnavailable("named something that is no public node")
        return url.rstrip("/")

    def _is_usable(self, url: str) -> bool:
        """Refuse answers that lead into a private network or to an unencrypted connection."""
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError:
            return False
        if not host or "@" in parts.netloc or not url.isprintable() or " " in url:
            return False
        if self._tls == "any":
            return parts.scheme in {"ws", "wss"}
        return parts.scheme == "wss" and _is_public(host)


def _is_public(host: str) -> bool:
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".localhost", ".local", ".internal"))


async def _body(response: httpx.Response) -> bytes:
    """The body, up to the limit. Raises NodeUnavailable if it is longer."""
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > LONGEST_ANSWER:
            raise NodeUnavailable("did not answer with a node")
    return bytes(body)


@asynccontextmanager
async def connect(entry: str, *, resolver: Resolver, prefix: str) -> AsyncIterator[Node]:
    """A link to an entry of the list of nodes: a URL, or ``resolver``. ``prefix`` is the address
    prefix of our network. Entering raises NodeUnavailable."""
    url = await resolver.find() if entry == RESOLVER else entry
    async with links.connect(url, prefix=prefix) as node:
        yield node
