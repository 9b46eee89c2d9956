"""Merchants' servers: a port for each, which takes webhooks and records them.

    python -m bench.load.receivers PLAIN_OR_TLS COUNT FOLDER

Its first line is ``{"ports": […]}``. The last port is an additional one that takes calls and never
answers. With ``tls`` it writes a certificate for 127.0.0.1 to ``ca.pem`` in the folder. Commands:

* ``know``: the ``secrets`` of the ports' merchants in their order, before the first call. Each call
  must be signed with the secret of its port;
* ``wait``: wait until ``count`` calls were answered, ``wait_s`` at most. The answer has their
  number and the times of the first and the last (time.monotonic_ns());
* ``report``: write the ids of all deliveries to ``file``.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import re
import ssl
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

import msgspec
from attrs import define, field
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bench.load.commands import Fields, LoadError, bound_resources, say, write_json

ANSWER: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BACKLOG: Final = 256
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_HEADER: Final = re.compile(rb"\r\nwebhook-(id|timestamp|signature): *([^\r]+)", re.IGNORECASE)


@define(eq=False)
class Ledger:
    """The calls of all ports."""

    ids: list[str] = field(factory=list)
    """Ids of deliveries in the order of arrival."""
    first_ns: int = 0
    last_ns: int = 0
    wrong: str | None = None
    """The mistake of the first wrong call."""
    _keys: Sequence[bytes] = ()
    _expected: int = 0
    _complete: asyncio.Event = field(factory=asyncio.Event)

    def enter(self, place: int, head: bytes, body: bytes) -> None:
        """Record a call."""
        self.last_ns = time.monotonic_ns()
        self.first_ns = self.first_ns or self.last_ns
        headers = {name.lower(): value for name, value in _HEADER.findall(head)}
        id_ = headers[b"id"]
        signed = b"%b.%b.%b" % (id_, headers[b"timestamp"], body)
        key = self._keys[place] if self._keys else b""
        right = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        if f"v1,{right}" not in headers[b"signature"].decode().split():
            self.wrong = self.wrong or f"A signature is wrong: {head!r}"
        self.ids.append(id_.decode())
        if len(self.ids) == self._expected:
            self._complete.set()

    async def know(self, secrets: Sequence[str]) -> Fields:
        """Set the secrets that sign calls."""
        self._keys = [base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets]
        return {"merchants": len(self._keys)}

    async def wait(self, count: int, wait_s: float) -> Fields:
        """Wait for so many calls; their number and times."""
        self._expected = count
        if len(self.ids) < count:
            self._complete.clear()
            try:
                async with asyncio.timeout(wait_s):
                    await self._complete.wait()
            except TimeoutError:
                pass
        return {"came": len(self.ids), "first_ns": self.first_ns, "last_ns": self.last_ns}

    async def report(self, file: str) -> Fields:
        """Write the ids to a file. Raises LoadError if a call was wrong."""
        if self.wrong is not None:
            raise LoadError(self.wrong)
        write_json(file, self.ids)
        return {"calls": len(self.ids), "deliveries": len(set(self.ids))}


class Receiver(asyncio.Protocol):
    """Answers each call with 200 as soon as it is complete."""

    def __init__(self, place: int, ledger: Ledger) -> None:
        self._place = place
        self._ledger = ledger
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport for answers."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take a part of a call, or several calls."""
        self._data += data
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self._data, 0, end)
            assert length is not None
            if len(self._data) < (whole := end + 4 + int(length[1])):
                return
            self._ledger.enter(self._place, self._data[:end], self._data[end + 4 : whole])
            self._data = self._data[whole:]
            self._transport.write(ANSWER)


def certificate(folder: Path) -> ssl.SSLContext:
    """A server's TLS context. Its certificate is written to ``ca.pem`` for clients."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "bench")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "ca.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context


async def serve(count: int, tls: ssl.SSLContext | None) -> None:
    """Take calls and run commands until standard input ends."""
    loop = asyncio.get_running_loop()
    ledger = Ledger()
    servers = [
        await loop.create_server(
            partial(Receiver, place, ledger), "127.0.0.1", 0, backlog=BACKLOG, ssl=tls
        )
        for place in range(count)
    ]
    servers.append(await loop.create_server(asyncio.Protocol, "127.0.0.1", 0, ssl=tls))
    say({"ports": [server.sockets[0].getsockname()[1] for server in servers]})
    commands: dict[str, Callable[..., Awaitable[Fields]]] = {
        "know": ledger.know,
        "wait": ledger.wait,
        "report": ledger.report,
    }
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        asked: dict[str, Any] = msgspec.json.decode(line)
        try:
            say(await commands[asked.pop("do")](**asked))
        except (KeyError, LoadError, OSError, TypeError, ValueError) as error:
            say({"error": f"{type(error).__name__}: {error}"})


def main() -> None:
    bound_resources()
    kind, count, folder = sys.argv[1:]
    asyncio.run(serve(int(count), certificate(Path(folder)) if kind == "tls" else None))


if __name__ == "__main__":
    main()
