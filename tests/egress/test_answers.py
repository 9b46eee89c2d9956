"""Webhook responses in every form: whole, in parts, unusual, and broken."""

from __future__ import annotations

import ssl
from ipaddress import ip_address
from typing import NamedTuple

import h11
import pytest
import trio
import trio.testing
from hypothesis import example, given
from hypothesis import strategies as st

from kasgate.egress import DeliveryFailed, Egress, HttpAnswer
from kasgate.egress.answer import read_whole
from kasgate.egress.wire import HttpSocket
from tests.egress.test_egress import HEADERS, LOOPBACK, an_egress
from tests.receivers import OK, Received, answering, receiving, server_tls

CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3;note=1\r\nab\xc3\r\n1\r\n\xbc\r\n0\r\nX-Trailer: late\r\n\r\n"
)
GOES_ON = b"HTTP/1.1 100 Continue\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"


class Case(NamedTuple):
    """The bytes of a server, its response, and whether the connection is kept."""

    reply: bytes
    text: str = "ok"
    status: int = 200
    is_kept: bool = True


COMPLETE = {
    "whole": Case(OK),
    "without a reason": Case(b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok"),
    "chunked": Case(CHUNKED, "abü"),
    "no content": Case(b"HTTP/1.1 204 No Content\r\n\r\n", "", 204),
    "not modified, with a length": Case(b"HTTP/1.1 304 No\r\nContent-Length: 9\r\n\r\n", "", 304),
    "after 100 Continue": Case(GOES_ON + OK),
    "after hints and 100 Continue": Case(HINTS + GOES_ON + OK),
    "an offer to upgrade": Case(OK.replace(b"\r\n", b"\r\nUpgrade: h2c\r\n", 1)),
    "a header twice": Case(OK.replace(b"\r\n", b"\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n", 1)),
    "the length twice": Case(OK.replace(b"\r\n", b"\r\nContent-Length: 2\r\n", 1)),
    "a length beside chunks": Case(
        CHUNKED.replace(b"\r\n", b"\r\nContent-Length: 9\r\n", 1), "abü"
    ),
    "a folded header": Case(OK.replace(b"\r\n", b"\r\nX-A: 1\r\n  and 2\r\n", 1)),
    "lines without carriage returns": Case(OK.replace(b"\r\n", b"\n")),
    "a control character in a header": Case(OK.replace(b"\r\n", b"\r\nX-A: \x01\r\n", 1)),
    "a head of 10 kB": Case(OK.replace(b"\r\n", b"\r\nX-A: %b\r\n" % (b"a" * 10_000), 1)),
    "Connection: close": Case(OK.replace(b"\r\n", b"\r\nConnection: close\r\n", 1), is_kept=False),
    "Connection: close among others": Case(
        OK.replace(b"\r\n", b"\r\nConnection: x-a, Close\r\n", 1), is_kept=False
    ),
    "HTTP/1.0": Case(OK.replace(b"1.1", b"1.0"), is_kept=False),
    "HTTP/1.0 that would go on": Case(
        OK.replace(b"1.1 200 OK", b"1.0 200 OK\r\nConnection: keep-alive"), is_kept=False
    ),
    "rubbish behind it": Case(OK + b"rubbish", is_kept=False),
    "rubbish behind chunks": Case(CHUNKED + b"0\r\n\r\n", "abü", is_kept=False),
    "rubbish behind no content": Case(b"HTTP/1.1 204 No\r\n\r\nok", "", 204, is_kept=False),
    "an empty line behind it": Case(OK + b"\r\n", is_kept=False),
    "a second answer behind it": Case(OK + OK, is_kept=False),
}


async def deliver(egress: Egress, port: int) -> HttpAnswer:
    with trio.fail_after(60):
        return await egress.post(f"http://127.0.0.1:{port}/", HEADERS, b"{}")


@pytest.mark.parametrize("case", COMPLETE.values(), ids=COMPLETE)
async def test_an_answer_is_understood_in_whatever_form_it_comes(case: Case) -> None:
    async with receiving(answering(case.reply, OK)) as receiver:
        egress = an_egress()
        answer = await deliver(egress, receiver.port)
        assert (answer.status, answer.body_text) == (case.status, case.text)
        assert egress.idle_connections == case.is_kept
        assert (await deliver(egress, receiver.port)).body_text == "ok"
        assert receiver.connections == (1 if case.is_kept else 2)


@pytest.mark.parametrize("case", COMPLETE.values(), ids=COMPLETE)
async def test_an_answer_is_the_same_when_it_comes_byte_by_byte(case: Case) -> None:
    async def drip(_request: Received, stream: trio.abc.Stream) -> None:
        # Bytes beyond these do not concern the form of a response.
        for number in range(len(case.reply[:300])):
            await stream.send_all(case.reply[number : number + 1])
            await trio.lowlevel.checkpoint()
        await stream.send_all(case.reply[300:])

    async with receiving(drip) as receiver:
        answer = await deliver(an_egress(), receiver.port)
        assert (answer.status, answer.body_text) == (case.status, case.text)


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"]
)
@pytest.mark.parametrize("body", [b"", b"all of it"])
async def test_an_answer_without_a_length_ends_with_its_connection(
    head: bytes, body: bytes
) -> None:
    async def send_and_leave(_request: Received, stream: trio.abc.Stream) -> None:
        await stream.send_all(head + body)
        await stream.aclose()

    async with receiving(send_and_leave) as receiver:
        egress = an_egress()
        answer = await deliver(egress, receiver.port)
        assert (answer.status, answer.body_text) == (200, body.decode())
        assert egress.idle_connections == 0


@pytest.mark.parametrize(
    "part",
    [
        OK[:1],
        OK[:20],
        OK[:-3],
        OK[:-1],
        CHUNKED[:60],
        CHUNKED[:-2],
        GOES_ON,
        GOES_ON + OK[:-1],
    ],
)
async def test_an_answer_that_is_cut_off_is_none(part: bytes) -> None:
    async def cut(_request: Received, stream: trio.abc.Stream) -> None:
        await stream.send_all(part)
        await stream.aclose()

    async with receiving(cut) as receiver:
        egress = an_egress()
        with pytest.raises(DeliveryFailed, match="valid HTTP"):
            await deliver(egress, receiver.port)
        assert egress.idle_connections == 0
        assert receiver.connections == 1


@pytest.mark.parametrize(
    "reply",
    [
        b"\r\n" + OK,
        b"rubbish" + OK,
        OK.replace(b"200", b"099"),
        OK.replace(b"200", b"2x0"),
        OK.replace(b"\r\n", b"\r\nTransfer-Encoding: gzip, chunked\r\n", 1),
        CHUNKED.replace(b"\r\n", b"\r\nTransfer-Encoding: gzip\r\n", 1),
        CHUNKED.replace(b"3;note=1", b"-3"),
        CHUNKED.replace(b"\xbc\r\n", b"\xbc!"),
        OK.replace(b"\r\n", b"\r\nX A: 1\r\n", 1),
        OK.replace(b"\r\n", b"\r\nX-A: \0\r\n", 1),
        OK.replace(b"\r\n", b"\r\nX-A: %b\r\n" % (b"a" * 40_000), 1),
    ],
)
async def test_what_is_no_answer_fails_the_delivery_and_the_connection_is_not_kept(
    reply: bytes,
) -> None:
    async with receiving(answering(reply)) as receiver:
        egress = an_egress()
        with pytest.raises(DeliveryFailed, match="valid HTTP"):
            await deliver(egress, receiver.port)
        assert egress.idle_connections == 0


def read_by_h11(data: bytes) -> tuple[HttpAnswer, bool]:
    """The first response in these bytes, by the parser that reads responses in parts."""
    http = h11.Connection(h11.CLIENT)
    http.send(h11.Request(method="POST", target="/", headers=[("Host", "a")]))
    http.send(h11.EndOfMessage())
    http.receive_data(data)
    response = http.next_event()
    assert isinstance(response, h11.Response)
    body = b""
    while isinstance(event := http.next_event(), h11.Data):
        body += event.data
    assert isinstance(event, h11.EndOfMessage)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in response.headers}
    text = body.decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")[:500]
    goes_on = http.their_state is h11.DONE and http.trailing_data == (b"", False)
    return HttpAnswer(response.status_code, headers, text), goes_on


LINES = [
    *(b"Content-Length: 2", b"content-length:0", b"Content-Length: 2, 2", b"Content-Length: +2"),
    *(b"Transfer-Encoding: chunked", b"Transfer-Encoding: Chunked", b"Transfer-Encoding: gzip"),
    *(b"Connection: close", b"Connection: Keep-Alive, CLOSE", b"Connection: keep-alive"),
    *(b"Upgrade: h2c", b"X-A:\t b \t", b"X-A: \xff", b"X-A: \x01", b"X-A:", b" folded", b"X A: 1"),
    *(b"Retry-After: 7", b": 1", b"Content-Length: 2\nX-B: 1", b"Expect: 100-continue", b""),
]
BODIES = [
    b"",
    b"ok",
    b"okay",
    b"2\r\nok\r\n0\r\n\r\n",
    b"2;x\r\nok\r\n0\r\nA: b\r\n\r\n",
    b"0\r\n\r\n",
]
REPLIES = st.builds(
    lambda start, lines, end, body, behind: b"\r\n".join((start, *lines)) + end + body + behind,
    st.sampled_from(
        [
            *(b"HTTP/1.1 200 OK", b"HTTP/1.1 204 No", b"HTTP/1.1 304 ", b"HTTP/1.1 500"),
            *(b"HTTP/1.0 200 OK", b"HTTP/1.1 100 Go on", b"HTTP/1.1 099 No", b"HTTP/2.0 200 OK"),
            *(
                b"\r\nHTTP/1.1 200 OK",
                b"HTTP/1.1  200 OK",
                b"HTTP/1.1 200 \xff",
                b"RTSP/1.0 200 OK",
            ),
        ]
    ),
    st.lists(st.sampled_from(LINES), max_size=4),
    st.sampled_from([b"\r\n\r\n", b"\n\n", b"\r\n"]),
    st.sampled_from(BODIES),
    st.sampled_from([b"", b"", b"!", OK, b"\r\n"]),
)


@given(data=REPLIES)
@example(data=CHUNKED)
def test_what_is_read_at_once_is_what_would_be_read_in_pieces(data: bytes) -> None:
    at_once = read_whole(data)
    if at_once is not None:
        assert at_once == read_by_h11(data)


@given(data=st.binary(max_size=40), place=st.integers(0, len(CHUNKED)))
def test_any_bytes_are_read_or_refused(data: bytes, place: int) -> None:
    read_whole(data)
    read_whole(CHUNKED[:place] + data + CHUNKED[place:])
    assert read_whole(CHUNKED[:place]) is None or place == len(CHUNKED)


def test_plain_answers_are_read_at_once() -> None:
    """Otherwise every delivery would use the slow path, unnoticed."""
    for reply in (OK, CHUNKED, b"HTTP/1.1 204 No Content\r\nDate: today\r\n\r\n"):
        assert read_whole(reply) is not None


@pytest.mark.parametrize("is_tls", [False, True])
async def test_a_large_request_and_a_large_answer_come_through(is_tls: bool) -> None:
    tls, trusted = server_tls("127.0.0.1")
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n" + b"y" * 60_000
    async with receiving(answering(reply), tls if is_tls else None) as receiver:
        egress = Egress(LOOPBACK, tls=ssl.create_default_context(cadata=trusted))
        url = f"http{'s' if is_tls else ''}://127.0.0.1:{receiver.port}/"
        body = b"x" * 8_000_000
        with trio.fail_after(120):
            for _ in range(2):
                answer = await egress.post(url, HEADERS, body, timeout=60)
                assert answer.body_text == "y" * 500
        assert [request.body == body for request in receiver.requests] == [True, True]
        assert receiver.connections == 1


async def test_what_came_unasked_over_tls_is_no_answer_either() -> None:
    tls, trusted = server_tls("127.0.0.1")

    async def say_it_twice(_request: Received, stream: trio.abc.Stream) -> None:
        await stream.send_all(OK)
        await stream.send_all(OK.replace(b"ok", b"no"))
        said.set()

    async with receiving(say_it_twice, tls) as receiver:
        egress = Egress(LOOPBACK, tls=ssl.create_default_context(cadata=trusted))
        for _ in range(3):
            said = trio.Event()
            with trio.fail_after(60):
                answer = await egress.post(
                    f"https://127.0.0.1:{receiver.port}/", HEADERS, b"{}", timeout=60
                )
                await said.wait()
            assert answer.body_text == "ok"
        assert receiver.connections == 3


async def test_a_server_that_never_shakes_hands_uses_up_its_time_and_is_left(
    mock_clock: trio.testing.MockClock,
) -> None:
    greeted, left = trio.Event(), trio.Event()

    async def listen(stream: trio.SocketStream) -> None:
        await stream.receive_some()
        greeted.set()
        while await stream.receive_some():
            pass
        left.set()

    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, listen, listeners)

        @nursery.start_soon
        async def pass_time() -> None:
            await greeted.wait()
            mock_clock.jump(10)

        with pytest.raises(DeliveryFailed, match="No complete answer within 10 seconds"):
            await an_egress().post(f"https://127.0.0.1:{port}/", HEADERS, b"{}")
        await left.wait()
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("is_tls", [False, True])
async def test_reading_what_is_there_already_still_lets_others_run(is_tls: bool) -> None:
    tls, trusted = server_tls("127.0.0.1")

    async def serve(transport: trio.SocketStream) -> None:
        stream: trio.abc.Stream = transport
        if is_tls:
            stream = trio.SSLStream(transport, tls, server_side=True)
        await stream.send_all(b"flood" * 10)
        sent.set()
        await trio.sleep_forever()

    sent = trio.Event()
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    address, port = listeners[0].socket.getsockname()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, serve, listeners)
        with trio.fail_after(60):
            context = ssl.create_default_context(cadata=trusted) if is_tls else None
            wire = await HttpSocket.open((ip_address(address),), port, address, context)
            await sent.wait()
            got = b""
            while len(got) < 50:
                with trio.testing.assert_checkpoints():
                    got += await wire.receive(5)
        assert got == b"flood" * 10
        wire.close()
        nursery.cancel_scope.cancel()
