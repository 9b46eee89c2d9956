"""Servers on loopback in place of a merchant's, well-behaved or not."""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_address
from pathlib import Path

import trio
from attrs import define, field, frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@frozen
class Received:
    request_line: str
    headers: dict[str, str]
    """By name in lower case."""
    body: bytes
    connection: int
    """The number of its connection, from 1."""


Handler = Callable[[Received, trio.abc.Stream], Awaitable[None]]
"""Answers a request in any way; the connection is closed if it raises."""


@define
class Receiver:
    """A running server and its requests."""

    port: int
    requests: list[Received] = field(factory=list)
    connections: int = 0
    open_connections: int = 0


def answering(*answers: bytes) -> Handler:
    """Give these answers in turn, and repeat the last one."""
    left = list(answers)

    async def handle(_request: Received, stream: trio.abc.Stream) -> None:
        await stream.send_all(left.pop(0) if len(left) > 1 else left[0])

    return handle


@asynccontextmanager
async def receiving(handle: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A server on a free port of 127.0.0.1, stopped at the end of the block."""
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    receiver = Receiver(port=listeners[0].socket.getsockname()[1])
    serve = partial(_serve_connection, receiver, handle, tls)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(partial(trio.serve_listeners, serve, listeners))
        yield receiver
        nursery.cancel_scope.cancel()


async def _serve_connection(
    receiver: Receiver, handle: Handler, tls: ssl.SSLContext | None, transport: trio.SocketStream
) -> None:
    receiver.connections += 1
    receiver.open_connections += 1
    number = receiver.connections
    stream: trio.abc.Stream = transport
    if tls is not None:
        stream = trio.SSLStream(transport, tls, server_side=True, https_compatible=True)
    try:
        async with stream:
            data = b""
            while True:
                while b"\r\n\r\n" not in data:
                    data += (more := bytes(await stream.receive_some(65_536)))
                    if not more:
                        return
                head, _, data = data.partition(b"\r\n\r\n")
                request_line, *lines = head.decode("latin-1").split("\r\n")
                headers = {
                    name.lower(): value.strip()
                    for name, _, value in (line.partition(":") for line in lines)
                }
                length = int(headers["content-length"])
                while len(data) < length:
                    data += bytes(await stream.receive_some(65_536))
                body, data = data[:length], data[length:]
                request = Received(request_line, headers, body, number)
                receiver.requests.append(request)
                await handle(request, stream)
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        return
    finally:
        receiver.open_connections -= 1


def server_tls(name: str) -> tuple[ssl.SSLContext, str]:
    """A server's context with a self-signed certificate for a host name or an IP address, and the
    certificate's PEM for a client that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test's own certificate")])
    try:
        alternative: x509.GeneralName = x509.IPAddress(ip_address(name))
    except ValueError:
        alternative = x509.DNSName(name)
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    key_pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    return _context_with(pem, key_pem), pem


def _context_with(certificate_pem: str, key_pem: str) -> ssl.SSLContext:
    """The ssl module reads a server's key only from a file."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "server.pem"
        file.write_text(certificate_pem + key_pem)
        context.load_cert_chain(file)
    return context
