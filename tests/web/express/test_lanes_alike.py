"""Both lanes answer alike: the same bytes are sent to a gateway with the express lane and without
it. The answers must be the same bytes, except for dates and random ids."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager

import pytest
import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web.connection.test_guard import HOSTILE
from tests.web.express.lane_corpus import BODY, CHUNKS, CORPUS, LAST, SHOP, filled
from tests.web.express.two_lanes import TwoLanes, two_lanes

pytestmark = pytest.mark.timeout(300)


def behind_a_proxy() -> AbstractAsyncContextManager[TwoLanes]:
    return two_lanes(cors_origins=SHOP, trusted_proxies="127.0.0.0/8", rate_limits="off")


@pytest.fixture
async def lanes() -> AsyncIterator[TwoLanes]:
    async with behind_a_proxy() as running:
        yield running


async def differences(
    lanes: TwoLanes, conversations: Mapping[str, list[bytes]]
) -> dict[str, tuple[bytes, bytes]]:
    """The conversations, each in pieces, whose answers differ between the lanes, with both answers.
    All are held at the same time."""
    different: dict[str, tuple[bytes, bytes]] = {}

    async def hold(name: str, pieces: list[bytes]) -> None:
        express, plain = await lanes.answers(pieces)
        if express != plain:
            different[name] = express, plain

    async with trio.open_nursery() as nursery:
        for name, pieces in conversations.items():
            nursery.start_soon(hold, name, pieces)
    return different


async def test_hostile_bytes_are_answered_alike(lanes: TwoLanes) -> None:
    assert await differences(lanes, {name: [data] for name, data in HOSTILE.items()}) == {}


@pytest.mark.parametrize("way", ["at once", "in small pieces", "in two"])
async def test_the_corpus_is_answered_alike(lanes: TwoLanes, way: str) -> None:
    conversations = {
        name: cut(filled(lanes, data), way)
        for name, data in CORPUS.items()
        if way != "in small pieces" or len(data) < 1_000
    }
    assert await differences(lanes, conversations) == {}


def cut(data: bytes, way: str) -> list[bytes]:
    """The pieces in which a client sends the bytes."""
    if way == "in small pieces":
        return [data[start : start + 7] for start in range(0, len(data), 7)]
    if way == "in two":
        end = data.find(b"\r\n\r\n") + 4
        return [data[:end], data[end:]]
    return [data]


# Fuzz tests: requests of valid, unusual and invalid parts, one after another on a connection.

METHODS = st.sampled_from(["GET"] * 8 + ["POST", "HEAD", "OPTIONS", "get", "G", ""])
TARGETS = st.sampled_from(
    ["/api/v1/sessions/{open}/status"] * 4
    + ["/api/v1/sessions/{open}", "/api/v1/sessions/{closed}"] * 2
    + ["/api/v1/sessions", "/health/live", "/api/v1/sessions/{open}/", "/", "*", ""]
    + ["/api/v1/sessions/{open}?a", "http://t/api/v1/sessions/{open}", "/api/v1/%73essions/{open}"]
)
VERSIONS = st.sampled_from(["HTTP/1.1"] * 10 + ["HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "http/1.1", ""])
NAMES = st.sampled_from(
    [
        "Host",
        "Connection",
        "Content-Length",
        "Transfer-Encoding",
        "Content-Type",
        "Expect",
        "TE",
        "Trailer",
        "Upgrade",
        "Cookie",
        "Origin",
        "Request-Id",
        "X-API-Key",
        "Authorization",
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "X-Forwarded-Host",
        "X",
        "X Y",
        "",
    ]
)
VALUES = st.sampled_from(
    [
        "t",
        "close",
        "keep-alive",
        "0",
        "2",
        "31",
        "chunked",
        "identity",
        "application/json",
        "100-continue",
        "{key}",
        "kg=1",
        "https",
        "h2c",
        "req-12345678",
        "websocket",
        "[::1]",
        "ä",
        "a\x00b",
        "a\rb",
        "\ttab",
        " spaced ",
        "Bearer {key}",
        "https://shop.example",
        "203.0.113.9, 127.0.0.1",
        "",
    ]
)
HEADERS = st.lists(
    st.tuples(NAMES, VALUES, st.sampled_from(["\r\n"] * 12 + ["\n", "\r\n "])), max_size=4
)
CONTENT = st.sampled_from([b""] * 4 + [b"{}", BODY, b"x", CHUNKS, b"\r\n"])


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    line = " ".join([draw(METHODS), draw(TARGETS), draw(VERSIONS)])
    content = draw(CONTENT)
    fields = [] if draw(st.integers(0, 9)) == 0 else [("Host", "t", "\r\n")]
    if content and draw(st.booleans()):
        fields.append(("Content-Length", str(len(content)), "\r\n"))
    fields += draw(HEADERS)
    head = line + "\r\n" + "".join(f"{name}: {value}{end}" for name, value, end in fields)
    return head.encode("latin-1") + b"\r\n" + content


CONVERSATIONS = st.lists(
    st.one_of(requests(), st.sampled_from(sorted(CORPUS.values(), key=len)[:80])),
    min_size=1,
    max_size=4,
).map(b"".join)


EXAMPLES = 20


@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(data=st.lists(CONVERSATIONS, min_size=1, max_size=20))
async def test_generated_requests_are_answered_alike(data: list[bytes]) -> None:
    """Each example uses some twenty connections, since a gateway takes longer to start than to
    answer. Each ends with a request that is the last of its connection and has a complete body: the
    answer to an incomplete body depends on the time at which the plain lane notices the end."""
    async with behind_a_proxy() as lanes:
        conversations = {str(sent): [filled(lanes, sent + LAST)] for sent in data}
        assert await differences(lanes, conversations) == {}
