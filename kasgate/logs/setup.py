"""The log: structlog to one stream, as console lines or JSON, with everything secret masked.

Code logs with ``structlog.get_logger()`` and puts facts into keys, not into the sentence:
``log.info("session confirmed", session_id=…)``. Bound context variables are added to each line.
Messages of libraries through ``logging`` take the same path, from warnings up.

Logging never waits for a reader of the log (``kasgate.logs.lines``), and no event can flood it:
only so many lines of one event are written in a minute, and the rest are counted.
"""

from __future__ import annotations

import atexit
import logging
import sys
import threading
import time
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from functools import partial
from math import inf
from types import TracebackType
from typing import Any, Final, TextIO

import structlog
from attrs import define

from kasgate.logs.lines import LineCounts, LineWriter
from kasgate.logs.redaction import redact_value
from kasgate.settings.model import LogForm, LogLevel

EventDict = MutableMapping[str, Any]

_LEVELS: Final = {
    LogLevel.DEBUG: logging.DEBUG,
    LogLevel.INFO: logging.INFO,
    LogLevel.WARNING: logging.WARNING,
    LogLevel.ERROR: logging.ERROR,
}
LINES_A_MINUTE: Final = 30
"""Lines of one event that are written in a minute; more are counted and reported at its end.
Strangers can cause many of the log's events, as often as they like."""
MINUTE_S: Final = 60.0
MOST_EVENTS: Final = 500
"""Events with a count of their own in a minute, because libraries vary their texts; the rest share
one."""
LAST_LINES_S: Final = 0.3
"""How long, in seconds, the end of the process waits for queued lines."""
_BEYOND: Final = "other events"

# Most important first. Libraries may use numbers between them; structlog knows only these.
_KNOWN_LEVELS: Final = (logging.CRITICAL, *sorted(_LEVELS.values(), reverse=True))


def configure_logging(form: LogForm, level: LogLevel, stream: TextIO | None = None) -> None:
    """Send all logging of the process to ``stream``, by default standard error.

    Replaces an earlier configuration. Lines below ``level`` cost next to nothing. A line that can't
    be written now is queued; one that can't be queued or written at all is dropped and counted,
    because a gateway neither waits nor stops for its log. A stream without a file descriptor, in
    memory, is written directly.
    """
    out = sys.stderr if stream is None else stream
    renderer = _renderer(form, out)
    repeats = Repeats(time.monotonic)
    factory = _open_sink(out, lambda event: _rendered(event, renderer), repeats)
    structlog.configure(
        processors=[
            # A stream in memory has no thread that could end the minute.
            *([] if _open.writer is None else [repeats.spare]),
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.StackInfoRenderer(),
            # Tracebacks become text here, so that the redaction covers them, and without the values
            # of local variables.
            structlog.processors.format_exc_info,
            redact_event,
            add_timestamp,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=factory,
        # A cached logger would keep the stream of an earlier configuration.
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_ToStructlog()]
    root.setLevel(max(logging.WARNING, _LEVELS[level]))
    logging.captureWarnings(capture=True)


def log_unhandled_errors() -> None:
    """Log errors that nobody can catch, those of threads and destructors. Otherwise the interpreter
    would write them, without masking, and would block on the reader of standard error."""

    def of_thread(given: threading.ExceptHookArgs) -> None:
        name = "" if given.thread is None else given.thread.name
        _log_error("a thread failed", given.exc_type, given.exc_value, given.exc_traceback, name)

    threading.excepthook = of_thread
    sys.unraisablehook = lambda given: _log_error(
        "an error could not be raised",
        given.exc_type,
        given.exc_value,
        given.exc_traceback,
        repr(given.object),
    )


def _log_error(
    event: str,
    kind: type[BaseException],
    error: BaseException | None,
    traceback: TracebackType | None,
    where: str,
) -> None:
    structlog.get_logger().error(event, where=where, exc_info=(kind, error, traceback))


def log_counts() -> LineCounts:
    """The counts of the log's lines."""
    return LineCounts(0, 0, is_failing=False) if _open.writer is None else _open.writer.counts()


def say(text: str) -> None:
    """Write lines to standard output for the user, without waiting for a reader. They are dropped
    if it was closed before the start."""
    descriptor = descriptor_of(sys.stdout)
    if sys.stdout is not None and descriptor is None:
        sys.stdout.write(f"{text}\n")
        return
    if _open.output is None:
        _open.output = LineWriter(descriptor, told=lambda lines: f"({lines} lines were dropped)")
    _open.output.put(text)


def flush_log(within_s: float = LAST_LINES_S) -> None:
    """Wait a moment for queued lines to be written."""
    until = time.monotonic() + within_s
    for writer in (_open.output, _open.writer):
        if writer is not None:
            writer.flush(until - time.monotonic())


@define
class _Open:
    """The open outputs of this process."""

    writer: LineWriter | None = None
    """Writes the log."""
    output: LineWriter | None = None
    """Writes messages to the user."""


_open: Final = _Open()
atexit.register(flush_log)


def _open_sink(
    out: TextIO | None, render: Callable[[EventDict], str], repeats: Repeats
) -> Callable[..., _Sink]:
    """The factory of loggers that write to a stream; replaces the previous one."""
    if _open.writer is not None:
        _open.writer.close(LAST_LINES_S)
        _open.writer = None
    descriptor = descriptor_of(out)
    if out is not None and descriptor is None:
        return lambda *_names: _Sink(partial(_write_directly, out))
    writer = _open.writer = LineWriter(
        descriptor,
        told=lambda lines: render({"event": "lines of the log were dropped", "lines": lines}),
        encoding=getattr(out, "encoding", None) or "utf-8",
    )

    def tell_repeats() -> float:
        for event in repeats.take_due():
            writer.put(render(event))
        return repeats.due

    writer.call_later(tell_repeats)
    sink = _Sink(writer.put)
    return lambda *_names: sink


def descriptor_of(stream: TextIO | None) -> int | None:
    """The file descriptor under a stream; None for a stream in memory or a closed one."""
    if stream is None:
        return None
    try:
        return stream.fileno()
    except (OSError, ValueError):
        return None


def _rendered(event: EventDict, renderer: structlog.typing.Processor) -> str:
    """A line about the log itself, through the last steps that all lines take."""
    return str(renderer(None, "warning", add_timestamp(None, "", {"level": "warning", **event})))


class Repeats:
    """Counts lines by event, and drops those beyond ``LINES_A_MINUTE`` until the minute ends, when
    ``take_due`` is called.

    Lines of level debug are never dropped. May be used by several threads.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        """``now`` returns seconds of a monotonic clock."""
        self._now = now
        self._counts: dict[str, int] = {}
        self._ends = inf
        self._lock = threading.Lock()

    @property
    def due(self) -> float:
        """When the current minute ends; ``inf`` while there is none."""
        return self._ends

    def spare(self, _logger: object, method: str, event: EventDict) -> EventDict:
        """A structlog processor. Raises DropEvent for a line that is not written."""
        if method != "debug" and not self._admits(_event_name(event)):
            raise structlog.DropEvent
        return event

    def _admits(self, name: str) -> bool:
        with self._lock:
            if self._ends == inf:
                self._ends = self._now() + MINUTE_S
            if name not in self._counts and len(self._counts) >= MOST_EVENTS:
                name = _BEYOND
            count = self._counts[name] = self._counts.get(name, 0) + 1
            return count <= LINES_A_MINUTE

    def take_due(self) -> list[EventDict]:
        """At the end of a minute: a line for each event with dropped lines."""
        with self._lock:
            if self._now() < self._ends:
                return []
            counts, self._counts, self._ends = self._counts, {}, inf
        return [
            {"event": "more lines of the same", "of": name, "lines": count - LINES_A_MINUTE}
            for name, count in counts.items()
            if count > LINES_A_MINUTE
        ]


def _event_name(event: EventDict) -> str:
    """The name that lines are counted by: the constant of our own events, or the library's name."""
    logger = event.get("logger")
    return str(event.get("event")) if logger is None else f"logger {logger}"


def redact_event(_logger: object, _method: str, event: EventDict) -> EventDict:
    """A structlog processor that masks secrets in every value, whatever its type."""
    for name, value in event.items():
        event[name] = redact_value(value, name)
    return event


def add_timestamp(_logger: object, _method: str, event: EventDict) -> EventDict:
    """A structlog processor that puts the time in UTC with milliseconds first, followed by the
    level and the event."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
    first = {"timestamp": f"{now}Z", "level": event.pop("level", None), "event": None}
    return {**first, **event}


def _renderer(form: LogForm, stream: TextIO | None) -> structlog.typing.Processor:
    if form is LogForm.JSON:
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(
        colors=is_terminal(stream),
        exception_formatter=structlog.dev.plain_traceback,
        sort_keys=False,
    )


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person may read the stream; False for one that was closed before the start."""
    return stream is not None and not stream.closed and stream.isatty()


class _Sink:
    """Receives finished lines from structlog."""

    def __init__(self, put: Callable[[str], None]) -> None:
        self.msg = put
        self.debug = self.info = self.warning = self.error = put
        self.critical = self.exception = put


def _write_directly(stream: TextIO, line: str) -> None:
    try:
        stream.write(line + "\n")
    except (OSError, ValueError):
        # A closed stream raises ValueError. There is no place left to report this.
        return


class _ToStructlog(logging.Handler):
    """Passes the records of ``logging`` on to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log one record under its logger's name. Never raises, as for every handler."""
        try:
            text = record.getMessage()
        except (TypeError, ValueError):
            # The library's format does not match its own arguments.
            text = str(record.msg)
        level = next((known for known in _KNOWN_LEVELS if known <= record.levelno), logging.DEBUG)
        structlog.get_logger().log(level, text, logger=record.name, exc_info=record.exc_info)
