"""Requests to the sources, against small servers on loopback."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import trio

import kasgate.rates.fetch
from kasgate.clock import system_clock
from kasgate.rates.fetch import MAX_BODY_BYTES, FetchFailed, over_http


@asynccontextmanager
async def answering(answer: bytes, *, silent: bool = False) -> AsyncIterator[str]:
    """A server that sends these bytes to every request and closes; its URL."""

    async def serve(stream: trio.SocketStream) -> None:
        async with stream:
            await stream.receive_some(65_536)
            if silent:
                await trio.sleep_forever()
            with suppress(trio.BrokenResourceError):  # The client may have closed the connection.
                await stream.send_all(answer)

    async with trio.open_nursery() as nursery:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, serve, listeners)
        yield f"http://127.0.0.1:{listeners[0].socket.getsockname()[1]}/price"
        nursery.cancel_scope.cancel()


def response(status: str, body: bytes = b"", *headers: str) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


async def fetched(url: str) -> bytes:
    async with over_http(system_clock) as fetch:
        return await fetch(url)


async def failure(url: str) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        await fetched(url)
    return caught.value


async def test_it_gives_the_body():
    async with answering(response("200 OK", b'{"price":1}')) as url:
        assert await fetched(url) == b'{"price":1}'


async def test_it_says_how_long_a_busy_source_wants_to_be_left_alone():
    async with answering(response("429 Too Many", b"", "Retry-After: 90")) as url:
        error = await failure(url)
    assert "429" in str(error)
    assert error.retry_after_ms == 90_000


async def test_a_redirect_is_not_followed():
    async with answering(response("302 Found", b"", "Location: http://127.0.0.1:1/")) as url:
        assert "302" in str(await failure(url))


async def test_an_endless_answer_is_cut_off():
    async with answering(response("200 OK", b"x" * (MAX_BODY_BYTES + 1))) as url:
        assert "longer than" in str(await failure(url))


async def test_an_answer_that_inflates_is_cut_off():
    bomb = gzip.compress(b"0" * (50 * MAX_BODY_BYTES))
    async with answering(response("200 OK", bomb, "Content-Encoding: gzip")) as url:
        assert "longer than" in str(await failure(url))


async def test_a_silent_server_is_given_up(monkeypatch):
    monkeypatch.setattr(kasgate.rates.fetch, "TIMEOUT_S", 0.2)
    async with answering(b"", silent=True) as url:
        with trio.fail_after(30):
            assert "0.2 seconds" in str(await failure(url))


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://nobody.invalid/", "http://[::1"])
async def test_an_unreachable_server_is_a_failure(url):
    await failure(url)


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Le"])
async def test_what_is_no_http_is_a_failure(answer):
    async with answering(answer) as url:
        await failure(url)
