"""Requests to the hot calls, valid, unusual and invalid. Both lanes must answer them alike."""

from __future__ import annotations

from tests.web.express.two_lanes import TwoLanes
from tests.web.world import UNKNOWN_ID
from web.connection.http1 import ONCE_ONLY

SHOP = "https://shop.example"

# Placeholders, so that examples are the same in each run.
OPEN, CLOSED, KEY = b"{open}", b"{closed}", b"{key}"
STATUS = b"GET /api/v1/sessions/{open}/status HTTP/1.1\r\nHost: t\r\n\r\n"
LAST = STATUS.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
READ = STATUS.replace(b"/status", b"")
BODY = b'{"amount":"10","orderId":"A-7"}'

CHUNKS = b"%x\r\n" % len(BODY) + BODY + b"\r\n0\r\n\r\n"


def post(body: bytes = BODY, *headers: bytes, length: bytes | None = None) -> bytes:
    lines = [
        b"POST /api/v1/sessions HTTP/1.1",
        b"Host: t",
        b"X-API-Key: {key}",
        b"Content-Type: application/json",
        b"Content-Length: " + (b"%d" % len(body) if length is None else length),
        *headers,
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def with_header(request: bytes, *headers: bytes) -> bytes:
    return request.replace(b"\r\n\r\n", b"\r\n" + b"\r\n".join(headers) + b"\r\n\r\n", 1)


def filled(lanes: TwoLanes, data: bytes) -> bytes:
    return (
        data.replace(OPEN, lanes.open["id"].encode())
        .replace(b"{OPEN}", lanes.open["id"].upper().encode())
        .replace(CLOSED, lanes.closed["id"].encode())
        .replace(KEY, lanes.merchant["apiKey"].encode())
    )


CORPUS = {
    "a status": STATUS,
    "a session": READ,
    "a closed session": READ.replace(OPEN, CLOSED),
    "the status of a closed session": STATUS.replace(OPEN, CLOSED),
    "a session for its owner": with_header(READ, b"X-API-Key: {key}"),
    "a session for its owner, otherwise": with_header(READ, b"Authorization: Bearer {key}"),
    "a session with a wrong key": with_header(READ, b"X-API-Key: kg_live_wrong"),
    "a session with a malformed key": with_header(READ, b"X-API-Key: secret"),
    "a session with a proxy's credentials": with_header(READ, b"Authorization: Basic eDp5"),
    "an unknown session": READ.replace(OPEN, UNKNOWN_ID.encode()),
    "an id in capitals": READ.replace(OPEN, b"{OPEN}"),
    "a malformed id": READ.replace(OPEN, b"1"),
    "an id with an escape": READ.replace(OPEN, b"%30{open}"),
    "a path with a slash too many": STATUS.replace(b"/status", b"/status/"),
    "a path with two slashes": STATUS.replace(b"/sessions", b"//sessions"),
    "a query": STATUS.replace(b"/status", b"/status?t=1"),
    "a fragment": STATUS.replace(b"/status", b"/status#t"),
    "an absolute URL": STATUS.replace(b"GET /", b"GET http://t/"),
    "HTTP/1.0": STATUS.replace(b"HTTP/1.1", b"HTTP/1.0"),
    "HTTP/1.0 with keep-alive": with_header(
        STATUS.replace(b"HTTP/1.1", b"HTTP/1.0"), b"Connection: keep-alive"
    ),
    "HTTP/1.2": STATUS.replace(b"HTTP/1.1", b"HTTP/1.2"),
    "a method in small letters": STATUS.replace(b"GET", b"get"),
    "HEAD": STATUS.replace(b"GET", b"HEAD"),
    "OPTIONS": STATUS.replace(b"GET", b"OPTIONS"),
    "DELETE": STATUS.replace(b"GET", b"DELETE"),
    "connection: close": LAST,
    "connection: close in capitals": with_header(STATUS, b"CONNECTION: CLOSE"),
    "a request after connection: close": LAST + STATUS,
    "keep-alive": with_header(STATUS, b"Connection: keep-alive"),
    "connection words": with_header(STATUS, b"Connection: keep-alive, close"),
    "two connections": with_header(STATUS, b"Connection: keep-alive", b"Connection: close"),
    "a request id": with_header(STATUS, b"Request-Id: shop-2026-0001"),
    "a bad request id": with_header(STATUS, b"Request-Id: <script>"),
    "an origin": with_header(READ, b"Origin: https://any.example"),
    "an origin of ours": with_header(post(), b"Origin: " + SHOP.encode()),
    "an origin of others": with_header(post(), b"Origin: https://any.example"),
    "forwarded by a proxy": with_header(
        STATUS, b"X-Forwarded-For: 203.0.113.9", b"X-Forwarded-Proto: https"
    ),
    "forwarded for another host": with_header(STATUS, b"X-Forwarded-Host: pay.example"),
    "forwarded for no host": with_header(STATUS, b"X-Forwarded-Host: [::"),
    "forwarded nonsense": with_header(STATUS, b"X-Forwarded-For: , unknown", b"X-Forwarded-For: 1"),
    "a cookie": with_header(READ, b"Cookie: kg=nobody; a=b"),
    "a body of a GET": with_header(STATUS, b"Content-Length: 2") + b"{}" + LAST,
    "no body of a GET": with_header(STATUS, b"Content-Length: 0"),
    "a new session": post(),
    "a new session, twice": post() + post(),
    "a new session without a key": post().replace(b"X-API-Key: {key}\r\n", b""),
    "a new session with a wrong key": post().replace(KEY, b"kg_live_wrong"),
    "a new session of nothing": post(b""),
    "a new session without length": post().replace(b"Content-Length: 31\r\n", b""),
    "malformed JSON": post(b'{"amount":'),
    "fields that are wrong": post(b'{"amount":"0","nonsense":1}'),
    "a body of another type": post().replace(b"application/json", b"text/plain"),
    "a body of a type with parameters": post().replace(
        b"application/json", b"application/json; charset=utf-8"
    ),
    "a body of a type in capitals": post().replace(b"application/json", b"Application/JSON"),
    "a body of no type": post().replace(b"Content-Type: application/json\r\n", b""),
    "a body in gzip": post(BODY, b"Content-Encoding: gzip"),
    "a body of 64 KiB": post(BODY.ljust(64 * 1024)),
    "a body of more than 64 KiB": post(BODY.ljust(64 * 1024 + 1)),
    "a malformed idempotency key": post(BODY, b"Idempotency-Key: " + b"x" * 300),
    "chunks": post(CHUNKS).replace(
        b"Content-Length: %d" % len(CHUNKS), b"Transfer-Encoding: chunked"
    ),
    "chunks and a length": post(CHUNKS, b"Transfer-Encoding: chunked"),
    "chunks by another name": post(BODY, b"Transfer-Encoding: identity, chunked"),
    "chunks with a space": post(BODY, b"Transfer-Encoding : chunked"),
    "chunks with a tab": post(BODY, b"Transfer-Encoding:\tchunked"),
    "two lengths that agree": post(BODY, b"Content-Length: 31"),
    "two lengths that differ": post(BODY, b"Content-Length: 5"),
    "two lengths in one": post(BODY, length=b"31, 31"),
    "a length with a sign": post(BODY, length=b"+31"),
    "a length with zeros": post(BODY, length=b"0031"),
    "a length in hex": post(BODY, length=b"0x1f"),
    "a length with spaces": post(BODY, length=b"31 "),
    "a length of 40 digits": post(BODY, length=b"9" * 40),
    "a length that is too short": post(BODY, length=b"11"),
    "chunks and no length left": with_header(
        STATUS, b"Transfer-Encoding: chunked", b"Content-Length: 0"
    ),
    **{
        f"twice {name.decode()}": with_header(post(BODY, name + b": a"), name + b": b")
        for name in sorted(ONCE_ONLY)
    },
    "two equal idempotency keys": post(BODY, b"Idempotency-Key: a", b"Idempotency-Key: a"),
    "an API key and a bearer": with_header(READ, b"X-API-Key: {key}", b"Authorization: Bearer x"),
    "expectations": post(BODY, b"Expect: 100-continue"),
    "other expectations": post(BODY, b"Expect: the worst"),
    "a trailer": post(BODY, b"Trailer: X"),
    "no host": STATUS.replace(b"Host: t\r\n", b""),
    "two hosts": with_header(STATUS, b"Host: t"),
    "a host with a user": STATUS.replace(b"Host: t", b"Host: a@t"),
    "a host with a path": STATUS.replace(b"Host: t", b"Host: t/x"),
    "a host with a port": STATUS.replace(b"Host: t", b"Host: localhost:3001"),
    "a host with a bad port": STATUS.replace(b"Host: t", b"Host: t:0"),
    "a host with a large port": STATUS.replace(b"Host: t", b"Host: t:65536"),
    "an address of IPv6": STATUS.replace(b"Host: t", b"Host: [::1]:3001"),
    "an empty host": STATUS.replace(b"Host: t", b"Host:"),
    "a folded header": with_header(STATUS, b"X: a\r\n b"),
    "a header of bytes": with_header(STATUS, b"X: \xff\xfe"),
    "a header with NUL": with_header(STATUS, b"X: a\0b"),
    "a header with a bare CR": with_header(STATUS, b"X: a\rb"),
    "a header with a bare LF": with_header(STATUS, b"X: a\nY: b"),
    "a header with a space before its colon": with_header(STATUS, b"X : a"),
    "a header without a name": with_header(STATUS, b": a"),
    "a header without colon": with_header(STATUS, b"X"),
    "a header with tabs": with_header(STATUS, b"X:\ta\t"),
    "a header with a quote in its name": with_header(STATUS, b'X": a'),
    "lines that end with LF": STATUS.replace(b"\r\n", b"\n"),
    "an empty line first": b"\r\n" + STATUS,
    "two spaces": STATUS.replace(b"GET /", b"GET  /"),
    "a tab": STATUS.replace(b"GET /", b"GET\t/"),
    "a target of bytes": STATUS.replace(b"{open}", b"\xc3\xa4"),
    "an upgrade to h2c": with_header(STATUS, b"Connection: Upgrade", b"Upgrade: h2c"),
    "an upgrade": with_header(STATUS, b"Connection: Upgrade", b"Upgrade: websocket"),
    "a header as large as may be": with_header(STATUS, b"X: " + b"x" * 16_000),
    "a head that is too large": with_header(STATUS, b"X: " + b"x" * 17_000),
    "hot, cold, hot": STATUS + STATUS.replace(b"GET", b"OPTIONS") + STATUS,
    "hot and then garbage": STATUS + b"garbage\r\n\r\n",
    "hot and then half a head": STATUS + STATUS[:40],
    "hot and then the first byte": STATUS + b"G",
    "a new session and a status": post() + STATUS + READ + LAST,
    "forty at once": STATUS * 40,
}
