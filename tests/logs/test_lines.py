"""Writing lines to streams that accept them late, or never."""

from __future__ import annotations

import json
import logging
import os
import pty
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from pathlib import Path

import pytest
import structlog

from kasgate.logs import setup
from kasgate.logs.lines import LineWriter
from kasgate.logs.setup import LINES_A_MINUTE, MINUTE_S, MOST_EVENTS, Repeats, configure_logging
from kasgate.settings.model import LogForm, LogLevel

PATIENCE = 30.0


@pytest.fixture(autouse=True)
def logging_as_it_was():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    hooks = threading.excepthook, sys.unraisablehook
    yield
    if setup._open.writer is not None:
        setup._open.writer.close(PATIENCE)
        setup._open.writer = None
    threading.excepthook, sys.unraisablehook = hooks
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def told(lines: int) -> str:
    return f"{lines} dropped"


class Pipe:
    """A pipe that a test may read."""

    def __init__(self) -> None:
        self.read_end, self.write_end = os.pipe()

    def fill(self) -> int:
        """Write until it is full; returns the number of bytes."""
        os.set_blocking(self.write_end, False)
        size = 0
        try:
            while True:
                size += os.write(self.write_end, b"x" * 4096)
        except BlockingIOError:
            pass
        os.set_blocking(self.write_end, True)
        return size

    def lines(self, count: int, skip: int = 0) -> list[str]:
        """The next lines, after so many bytes."""
        data = b""
        while data.count(b"\n") < count:
            data += os.read(self.read_end, 65_536)
            skipped = min(skip, len(data))
            data, skip = data[skipped:], skip - skipped
        return data.decode().splitlines()


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    made = Pipe()
    yield made
    for end in (made.read_end, made.write_end):
        os.close(end)


@contextmanager
def a_writer(
    descriptor: int | None, most_lines: int = 1_000, most_characters: int = 1_000_000
) -> Iterator[LineWriter]:
    writer = LineWriter(
        descriptor, told=told, most_lines=most_lines, most_characters=most_characters
    )
    try:
        yield writer
    finally:
        writer.close(PATIENCE)


def test_lines_come_in_their_order_and_whole(pipe: Pipe):
    with a_writer(pipe.write_end) as writer:
        for number in range(500):
            writer.put(f"{number} ä \udcff")
        assert pipe.lines(500) == [f"{number} ä \\udcff" for number in range(500)]


def test_a_full_pipe_keeps_nobody_and_the_gap_is_told_at_its_place(pipe: Pipe):
    filled = pipe.fill()
    with a_writer(pipe.write_end, most_lines=10) as writer:
        for number in range(1_000):
            writer.put(str(number))
        counts = writer.counts()
        # The thread may have taken the first lines already, or not yet.
        assert 10 <= counts.waiting <= 20
        assert counts.dropped == 1_000 - counts.waiting
        assert counts.is_failing
        assert not writer.flush(0.01)
        found = pipe.lines(counts.waiting + 1, skip=filled)
        kept = [str(number) for number in range(counts.waiting)]
        numbers = [int(line) for line in found if "dropped" not in line]
        gaps = [int(line.split()[0]) for line in found if "dropped" in line]
        assert len(numbers) == len(kept)
        assert numbers == sorted(numbers)
        assert sum(gaps) == counts.dropped
        assert writer.flush(PATIENCE)
        writer.put("after")
        assert pipe.lines(1) == ["after"]
        assert not writer.counts().is_failing


def test_what_waits_is_bounded_in_characters_too(pipe: Pipe):
    filled = pipe.fill()
    with a_writer(pipe.write_end, most_characters=1_000) as writer:
        for _ in range(500):
            writer.put("y" * 100)
        waiting = writer.counts().waiting
        assert waiting <= 20
        pipe.lines(waiting + 1, skip=filled)


def test_what_a_stream_refuses_is_counted_and_told_when_it_takes_some_again(tmp_path: Path):
    with open("/dev/full", "wb") as full, a_writer(full.fileno()) as writer:
        writer.put("one")
        writer.put("two")
        assert writer.flush(PATIENCE)
        assert writer.counts().dropped == 2
        assert writer.counts().is_failing
        with (tmp_path / "log").open("wb") as file:
            assert writer._descriptor is not None
            os.dup2(file.fileno(), writer._descriptor)
            writer.put("three")
            assert writer.flush(PATIENCE)
        assert (tmp_path / "log").read_text().splitlines() == ["2 dropped", "three"]
        assert not writer.counts().is_failing


def test_a_pipe_that_its_maker_set_to_not_wait_is_waited_for(pipe: Pipe):
    filled = pipe.fill()
    os.set_blocking(pipe.write_end, False)
    with a_writer(pipe.write_end) as writer:
        writer.put("patient")
        assert not writer.flush(0.05)
        assert pipe.lines(1, skip=filled) == ["patient"]
        assert writer.counts().dropped == 0


def test_a_reader_that_has_gone_loses_lines_and_ends_nothing():
    read_end, write_end = os.pipe()
    os.close(read_end)
    with a_writer(write_end) as writer:
        writer.put("into the void")
        assert writer.flush(PATIENCE)
        assert writer.counts().dropped == 1
    os.close(write_end)


def test_no_stream_at_all_drops_and_counts():
    with a_writer(None) as writer:
        writer.put("into the void")
        assert writer.counts().dropped == 1
        assert writer.counts().is_failing


def test_a_terminal_under_ctrl_s_keeps_nobody():
    leader, follower = pty.openpty()
    os.set_blocking(leader, True)
    os.write(leader, b"\x13")  # Ctrl-S
    with a_writer(follower, most_lines=50) as writer:
        for number in range(1_000):
            writer.put(str(number))
        assert writer.counts().dropped > 0
        os.write(leader, b"\x11")  # Ctrl-Q
        data = b""
        while b"dropped" not in data:
            data += os.read(leader, 4096)
    os.close(follower)
    os.close(leader)


# The log.


def test_the_log_goes_on_when_nobody_reads_it_and_says_what_was_dropped(
    pipe: Pipe, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(setup, "LINES_A_MINUTE", 1_000_000)
    filled = pipe.fill()
    with os.fdopen(os.dup(pipe.write_end), "w") as stream:
        configure_logging(LogForm.JSON, LogLevel.INFO, stream)
        log = structlog.get_logger()
        for number in range(20_000):
            log.info("chatter", number=number)
        counts = setup.log_counts()
        assert counts.dropped > 0
        assert counts.is_failing
        lines = [json.loads(line) for line in pipe.lines(counts.waiting + 1, skip=filled)]
        dropped = [line for line in lines if line["event"] == "lines of the log were dropped"]
        assert sum(line["lines"] for line in dropped) == counts.dropped
        assert all(line["level"] == "warning" for line in dropped)


def test_of_one_event_so_many_lines_come_in_a_minute_and_the_rest_is_summed_up(pipe: Pipe):
    now = [1_000.0]
    repeats = Repeats(lambda: now[0])

    def admits(event: str, method: str = "info", **facts: object) -> bool:
        try:
            repeats.spare(None, method, {"event": event, **facts})
        except structlog.DropEvent:
            return False
        return True

    assert repeats.due == inf
    assert sum(admits("connection dropped") for _ in range(100)) == LINES_A_MINUTE
    assert sum(admits("connection dropped", "debug") for _ in range(100)) == 100
    assert admits("ended")
    texts = (f"text {number}" for number in range(100))
    assert sum(admits(text, logger="library") for text in texts) == LINES_A_MINUTE
    assert repeats.take_due() == []
    now[0] = repeats.due
    assert repeats.due == 1_000.0 + MINUTE_S
    rest = 100 - LINES_A_MINUTE
    assert repeats.take_due() == [
        {"event": "more lines of the same", "of": "connection dropped", "lines": rest},
        {"event": "more lines of the same", "of": "logger library", "lines": rest},
    ]
    assert repeats.due == inf
    assert admits("connection dropped")


def test_events_are_counted_in_bounded_room():
    repeats = Repeats(lambda: 0.0)
    for number in range(3 * MOST_EVENTS):
        repeats._admits(str(number))
    assert len(repeats._counts) == MOST_EVENTS + 1


def test_the_minute_ends_by_itself(pipe: Pipe, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(setup, "MINUTE_S", 0.05)
    with os.fdopen(os.dup(pipe.write_end), "w") as stream:
        configure_logging(LogForm.JSON, LogLevel.INFO, stream)
        for _ in range(LINES_A_MINUTE + 5):
            structlog.get_logger().info("chatter")
        lines = [json.loads(line) for line in pipe.lines(LINES_A_MINUTE + 1)]
    assert lines[-1]["event"] == "more lines of the same"
    assert lines[-1]["of"] == "chatter"


def test_errors_that_nobody_can_catch_are_logged_and_masked(pipe: Pipe):
    class Fragile:
        def __del__(self) -> None:
            raise ValueError("kg_live_abcdef")

    def fail() -> None:
        raise ValueError("kg_live_abcdef")

    with os.fdopen(os.dup(pipe.write_end), "w") as stream:
        configure_logging(LogForm.JSON, LogLevel.INFO, stream)
        setup.log_unhandled_errors()
        thread = threading.Thread(target=fail, name="worker")
        thread.start()
        thread.join()
        Fragile()
        lines = [json.loads(line) for line in pipe.lines(2)]
    assert [line["event"] for line in lines] == ["a thread failed", "an error could not be raised"]
    assert all("Traceback" in line["exception"] for line in lines)
    assert "kg_live_abcdef" not in json.dumps(lines)


PROGRAM = """
import structlog
from kasgate.logs.setup import configure_logging
from kasgate.settings.model import LogLevel
from kasgate.settings.model import LogForm
configure_logging(LogForm.JSON, LogLevel.INFO)
structlog.get_logger().info("last words")
"""


def test_last_words_and_a_traceback_come_out_of_a_process_that_crashes():
    program = PROGRAM + 'raise RuntimeError("a bug")\n'
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert '"event": "last words"' in done.stderr
    assert "RuntimeError: a bug" in done.stderr


def test_a_process_ends_although_nobody_reads_its_log(pipe: Pipe):
    pipe.fill()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], stderr=pipe.write_end, timeout=60, check=False
    )
    assert done.returncode == 0
