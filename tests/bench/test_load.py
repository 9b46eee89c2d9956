"""Load generators check every response: a wrong one ends them."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from functools import partial

import msgspec
import pytest

from bench.load import commands, http
from bench.load.commands import LoadError, Made, answer, read_sessions, write_json
from bench.load.websocket import Row, frame, frames
from bench.profiling import flame_graph, folded
from bench.profiling import table as profile_table
from bench.questions.notification_to_websocket import _check_told
from bench.rig.processes import WrongResult

SESSIONS = [Made(f"session-{number}", f"kaspasim:{number}", "token") for number in range(3)]


def serve_once(reply: Callable[[bytes], bytes]) -> int:
    """A server for one connection that answers each request with ``reply``; its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener, listener.accept()[0] as peer:
            while head := peer.recv(65_536):
                # In two parts, as responses may come.
                whole = reply(head)
                peer.sendall(whole[:30])
                peer.sendall(whole[30:])

    threading.Thread(target=serve, daemon=True).start()
    port: int = listener.getsockname()[1]
    return port


def ok(body: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %b\r\ncontent-length: %d\r\n\r\n%b" % (status, len(body), body)


def read_one(port: int, tmp_path) -> commands.Fields:
    file = str(tmp_path / "sessions.json")
    write_json(file, SESSIONS[:1])
    return http.get(port=port, file=file, seconds=0.05, connections=1)


def test_reads_are_counted_and_timed(tmp_path):
    port = serve_once(lambda head: ok(b'{"id":"%b"}' % head.split()[1].rsplit(b"/", 1)[1]))
    figures = read_one(port, tmp_path)
    assert figures["answers"] >= 1
    assert 0 < figures["p50_ms"] <= figures["p99_ms"] <= figures["p100_ms"]


@pytest.mark.parametrize(
    "wrong",
    [ok(b'{"id":"another"}'), ok(b'{"id":"session-0"}', b"404 Not Found"), b""],
    ids=["another session", "another status", "nothing"],
)
def test_a_wrong_response_gives_no_figure(tmp_path, wrong):
    port = serve_once(lambda _: wrong or b"HTTP/1.1 200 OK\r\n\r\n")
    with pytest.raises(LoadError):
        read_one(port, tmp_path)


def test_sessions_that_share_an_id_are_not_created(tmp_path):
    made = {"id": "a", "address": "b", "status": "pending", "subscriptionToken": "c"}
    port = serve_once(lambda _: ok(json.dumps(made).encode(), b"201 Created"))
    create = partial(http.create, port=port, keys=["key"], connections=1)
    assert create(count=1, file=str(tmp_path / "one"))["unwatched"] == 0
    port = serve_once(lambda _: ok(json.dumps(made).encode(), b"201 Created"))
    with pytest.raises(LoadError, match="share"):
        http.create(port=port, keys=["key"], count=2, file=str(tmp_path / "two"), connections=1)


def test_sessions_go_through_files(tmp_path):
    write_json(tmp_path / "sessions.json", SESSIONS)
    assert read_sessions(tmp_path / "sessions.json") == SESSIONS


def test_a_command_that_is_none_or_fails_is_answered_with_a_sentence(capsysbinary):
    def fail() -> commands.Fields:
        raise LoadError("it went wrong")

    for line in (b'{"do":"dance"}', b'{"do":"fail"}', b'{"do":"fail","with":1}'):
        answer({"fail": fail}, line)
    said = [msgspec.json.decode(line) for line in capsysbinary.readouterr().out.splitlines()]
    assert [list(one) for one in said] == [["error"]] * 3
    assert said[1]["error"] == "fail: it went wrong"


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_frames_are_found_wherever_they_are_cut(size):
    payload = b"x" * size
    if size <= 125:
        head = bytes((0x81, size))
    elif size <= 65_535:
        head = b"\x81\x7e" + size.to_bytes(2, "big")
    else:
        head = b"\x81\x7f" + size.to_bytes(8, "big")
    both = head + payload + b"\x89\x00"
    for cut in {0, 1, 2, 3, 9, 10, len(head) + size, len(both)}:
        some, rest = frames(both[:cut])
        others, rest = frames(rest + both[cut:])
        assert [*some, *others] == [(0x81, payload), (0x89, b"")]
        assert rest == b""


def test_a_clients_frame_is_masked():
    assert frame(b"ab") == b"\x81\x82\x00\x00\x00\x00ab"
    assert frame(b"a" * 126)[:4] == b"\x81\xfe\x00\x7e"


def told(*rows: tuple[str, str]) -> list[Row]:
    return [(f"status:{status}", session, status, 0, 1) for session, status in rows]


def test_a_duplicate_missing_or_unexpected_message_makes_a_run_void():
    right = [("a", "confirming"), ("a", "confirmed")]
    _check_told(told(*right), {"a": 1})
    for wrong in ([*right, right[0]], right[:1], [*right, ("b", "confirmed")]):
        with pytest.raises(WrongResult):
            _check_told(told(*wrong), {"a": 1})


def test_a_profile_counts_functions_by_themselves_and_with_what_they_call(tmp_path):
    record = tmp_path / "folded"
    record.write_text("main (a.py:1);work (a.py:7) 30\nmain (a.py:2) 10\n", encoding="utf-8")
    stacks = folded(record)
    rows = [line.split("|")[1:4] for line in profile_table(stacks).splitlines()[2:]]
    assert [[cell.strip() for cell in row] for row in rows] == [
        ["75.0", "75.0", "work (a.py)"],
        ["25.0", "100.0", "main (a.py)"],
    ]
    drawn = flame_graph(stacks, "a title")
    assert "main (a.py): 40" in drawn
    assert "work (a.py): 30" in drawn
