"""Behaviour specific to wRPC JSON: frames, handshake, TLS. Tests for all transports are in
test_node_link.py."""

from __future__ import annotations

import json
import ssl
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path

import pytest
import trio
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st
from trio_websocket import WebSocketRequest, WebSocketServer

from kasgate.kaspa.node import DaaScoreChanged, NodeError, NodeUnavailable
from tests.kaspa.node_links import (
    Json,
    Peer,
    Wrpc,
    WrpcPeer,
    changed,
    next_notification,
    output,
    reason_of_death,
    score,
    telling,
)

WRPC = Wrpc()

# Nodes that send nonsense


NONSENSE = {
    "nothing": "",
    "no json": "hello",
    "cut off": '{"method":"utxosChangedNotification","params":{"UtxosChanged":{"added":[{"addr',
    "not an object": "[1,2,3]",
    "a bare number": "7",
    "a million brackets": '{"method":"x","params":' + 1_000_000 * "[",
    "a number without end": '{"id":' + 5000 * "9" + "}",
    "neither id nor method": "{}",
    "an id that is text": '{"id":"1","params":{}}',
    "a negative id": '{"id":-1,"params":{}}',
    "a lone surrogate": '{"method":"\\ud800"}',
    "binary": b'{"id":1}',
    "params of another kind": '{"method":"utxosChangedNotification","params":{"Other":{}}}',
    "no params": '{"method":"virtualDaaScoreChangedNotification"}',
    "an error that is text": '{"id":1,"error":"no"}',
    "a negative score": score(-1),
    "a score that is text": score("7"),
    "a score that is no whole number": score(1.5),
    "a score that is a truth value": score(True),
    "added that is no list": changed({}),  # type: ignore[arg-type]
    "a negative amount": changed([output(amount=-1)]),
    "an amount of 64 bits": changed([output(amount=2**63)]),
    "an amount of hundreds of digits": changed([output(amount=10**400)]),
    "an amount that is text": changed([output(amount="123")]),
    "an amount that is a float": changed([output(amount=1.0)]),
    "no amount": changed([output(amount=None)]),
    "a transaction id in upper case": changed([output(transactionId="AB" * 32)]),
    "a transaction id that is short": changed([output(transactionId="ab" * 31)]),
    "a transaction id with a line end": changed([output(transactionId="ab" * 32 + "\n")]),
    "a negative index": changed([output(index=-1)]),
    "an index of 33 bits": changed([output(index=2**32)]),
    "a removed output that is garbage": changed([], [output(amount=-1)]),
}


@pytest.mark.parametrize("frame", NONSENSE.values(), ids=NONSENSE.keys())
async def test_nonsense_ends_the_link_and_says_what_was_wrong(frame: Json | str | bytes) -> None:
    async with WRPC.linked(telling(score(5), frame, score(6))) as (link, _):
        assert await next_notification(link) == DaaScoreChanged(5)
        assert "sent " in await reason_of_death(link)


FRAMES = st.one_of(
    st.text(max_size=200),
    st.binary(max_size=200),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["id", "method", "params", "error", "UtxosChanged", "added", "amount"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=20,
    ).map(json.dumps),
)


@given(frames=st.lists(FRAMES, min_size=1, max_size=4))
@settings(max_examples=60)
async def test_whatever_a_node_sends_only_a_node_error_can_come_of_it(
    frames: list[str | bytes],
) -> None:
    async def script(peer: Peer) -> None:
        for frame in frames:
            await peer.send(frame)
        await peer.leave()

    async with WRPC.linked(script) as (link, _):
        with pytest.raises(NodeError):
            async for _ in link.notifications():
                pass


# Nodes that are slow, silent or gone


async def test_a_node_that_closes_in_mid_request_is_reported_with_its_reason() -> None:
    async def leave(peer: Peer) -> None:
        await peer.take()
        assert isinstance(peer, WrpcPeer)
        await peer.socket.aclose(1001, "going down")

    async with WRPC.linked(leave) as (link, _):
        with pytest.raises(NodeUnavailable, match="code 1001: going down"):
            await link.sink()
        await reason_of_death(link)


# Connecting and leaving


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:1", "ws://host:port"),
        ("ws://", "ws://host:port"),
        ("127.0.0.1:18110", "ws://host:port"),
        ("ws://127.0.0.1:99999", "Port out of range"),
        ("ws://[::1", "Invalid IPv6 URL"),
    ],
)
async def test_what_is_no_websocket_url_is_refused(url: str, reason: str) -> None:
    assert reason in await WRPC.refused(url)


async def test_a_refused_handshake_is_told_with_its_status() -> None:
    async def forbid(request: WebSocketRequest) -> None:
        await request.reject(403, body=b"go away")

    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with trio.open_nursery() as nursery:
        await nursery.start(WebSocketServer(forbid, listeners).run)
        url = f"ws://127.0.0.1:{listeners[0].socket.getsockname()[1]}"
        assert "refused the WebSocket handshake with HTTP status 403" in await WRPC.refused(url)
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize(
    "reply",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: wrong\r\n\r\n",
        b"\x00\xff" * 100,
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
    ],
)
async def test_a_server_that_speaks_no_websocket_is_refused(reply: bytes) -> None:
    async def speak(stream: trio.SocketStream) -> None:
        await stream.receive_some()
        await stream.send_all(reply)

    async with WRPC.raw(speak) as url:
        await WRPC.refused(url)


async def test_tls_to_a_server_without_it_is_refused() -> None:
    async with WRPC.scripted(telling()) as node:
        assert "SSL" in await WRPC.refused(node.url.replace("ws:", "wss:"))


def certificate(folder: Path) -> Path:
    """A self-signed certificate for 127.0.0.1 and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a node")])
    alternative = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2100, 1, 1, tzinfo=UTC))
        .add_extension(alternative, critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = folder / "node.pem"
    file.write_bytes(signed.public_bytes(Encoding.PEM) + private)
    return file


async def test_tls_needs_a_certificate_that_somebody_vouches_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    async with WRPC.scripted(telling(score(1)), context) as node:
        assert "self-signed certificate" in await WRPC.refused(node.url)
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        async with WRPC.connect(node.url) as link:
            assert await next_notification(link) == DaaScoreChanged(1)
