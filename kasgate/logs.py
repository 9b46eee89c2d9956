"""The log: structlog to one stream, as console lines or JSON, with everything secret masked.

Code logs with ``structlog.get_logger()`` and puts facts into keys, not into the sentence:
``log.info("session_confirmed", session_id=…)``. Bound context variables are added to each line.
What libraries say through ``logging`` takes the same way, from warnings up.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any, Final, TextIO

import structlog

from kasgate.redaction import redact_value
from kasgate.setting_values import LogLevel
from kasgate.settings import LogForm

EventDict = MutableMapping[str, Any]

_LEVELS: Final = {
    LogLevel.DEBUG: logging.DEBUG,
    LogLevel.INFO: logging.INFO,
    LogLevel.WARNING: logging.WARNING,
    LogLevel.ERROR: logging.ERROR,
}
# Most important first. Libraries may use numbers between them, structlog knows no others.
_KNOWN_LEVELS: Final = (logging.CRITICAL, *sorted(_LEVELS.values(), reverse=True))


def configure_logging(form: LogForm, level: LogLevel, stream: TextIO | None = None) -> None:
    """Send all logging of the process to ``stream``, by default standard error.

    Replaces what was configured before. Lines less important than ``level`` cost next to nothing.
    A line that can't be written (the disk is full, the reader has gone) is dropped: a gateway does
    not stop over its log.
    """
    out = sys.stderr if stream is None else stream
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.StackInfoRenderer(),
            # Tracebacks become text here, so that the redaction sees them, and without the values
            # of local variables.
            structlog.processors.format_exc_info,
            redact_event,
            add_timestamp,
            _renderer(form, out),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=_LineWriterFactory(out),
        # A cached logger would keep the stream of an earlier configuration.
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_ToStructlog()]
    root.setLevel(max(logging.WARNING, _LEVELS[level]))
    logging.captureWarnings(capture=True)


def redact_event(_logger: object, _method: str, event: EventDict) -> EventDict:
    """A structlog processor that masks secrets in every value, whatever its type."""
    for name, value in event.items():
        event[name] = redact_value(value, name)
    return event


def add_timestamp(_logger: object, _method: str, event: EventDict) -> EventDict:
    """A structlog processor that puts the time in UTC with milliseconds in front, and after it the
    level and the event, where a reader looks for them."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
    first = {"timestamp": f"{now}Z", "level": event.pop("level", None), "event": None}
    return {**first, **event}


def _renderer(form: LogForm, stream: TextIO) -> structlog.typing.Processor:
    if form is LogForm.JSON:
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(
        colors=stream.isatty(),
        exception_formatter=structlog.dev.plain_traceback,
        sort_keys=False,
    )


class _LineWriter:
    """What structlog hands a finished line to."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        """Write a line in one piece. Drops it if the stream can't take it."""
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            # ValueError is what a closed stream raises. There is nowhere left to report this.
            return

    debug = info = warning = error = critical = exception = msg


class _LineWriterFactory:
    def __init__(self, stream: TextIO) -> None:
        self._writer = _LineWriter(stream)

    def __call__(self, *_names: object) -> _LineWriter:
        return self._writer


class _ToStructlog(logging.Handler):
    """Passes the records of ``logging`` on to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log one record under its logger's name. Never raises, as for every handler."""
        try:
            text = record.getMessage()
        except (TypeError, ValueError):
            # The library's format does not fit its own arguments.
            text = str(record.msg)
        level = next((known for known in _KNOWN_LEVELS if known <= record.levelno), logging.DEBUG)
        structlog.get_logger().log(level, text, logger=record.name, exc_info=record.exc_info)
