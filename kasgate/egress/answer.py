"""What a receiver answered, and how an answer is read that came whole.

Nearly every answer to a webhook is a few hundred bytes that arrive at once, and llhttp reads those
at a tenth of what h11 takes. Servers that merchants wrote answer in odder ways as well, of which
h11 takes more and is fed as it comes: whatever is not plainly whole and in order is left to it, by
the very same bytes (``connection``). The two are never of two minds about one answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import frozen
from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

MAX_TEXT_CHARACTERS: Final = 500
"""How much of an answer's body is kept and shown to the merchant."""
KEPT_BYTES: Final = 4 * MAX_TEXT_CHARACTERS
"""As much of a body as can be shown: no character takes more than four bytes."""

_VERSION: Final = b"HTTP/1.1 "
_FIRST_FINAL_STATUS: Final = 200


@frozen
class HttpAnswer:
    """What a receiver answered."""

    status: int
    headers: Mapping[str, str]
    """By name in lower case; of several with one name the last."""
    body_text: str
    """The first 500 characters of the body."""

    @property
    def retry_after(self) -> str | None:
        """The value of ``Retry-After``."""
        return self.headers.get("retry-after")


def shown(body: bytes) -> str:
    """A body's text, or that of its first KEPT_BYTES, as it is shown to the merchant."""
    text = body.decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
    return text[:MAX_TEXT_CHARACTERS]


def read_whole(data: bytes) -> tuple[HttpAnswer, bool] | None:
    """The one answer that these bytes are, and whether another request may follow on its
    connection; None for anything else. It begins with the first byte and is complete with the last,
    and no earlier: there is no other answer before it (1xx), and nothing behind it."""
    if not data.startswith(_VERSION):
        return None
    told = _Told()
    parser = HttpResponseParser(told)
    try:
        parser.feed_data(data[:-1])
        was_complete = told.is_complete
        parser.feed_data(data[-1:])
    except (HttpParserError, HttpParserUpgrade):
        return None
    status, headers = parser.get_status_code(), told.headers
    if was_complete or not told.is_complete or status < _FIRST_FINAL_STATUS:
        return None
    if told.count != len(headers) or headers.get("transfer-encoding", "chunked") != "chunked":
        return None
    text = shown(b"".join(told.body)[:KEPT_BYTES])
    return HttpAnswer(status, headers, text), "close" not in headers.get("connection", "").lower()


class _Told:
    """What llhttp tells of an answer, which it does with these names."""

    __slots__ = ("_head_is_over", "body", "count", "headers", "is_complete")

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.count = 0
        """Headers, those of one name each."""
        self.body: list[bytes] = []
        self.is_complete = False
        self._head_is_over = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._head_is_over:  # else it is a trailer
            self.headers[name.decode("latin-1").lower()] = value.decode("latin-1").strip(" \t")
            self.count += 1

    def on_headers_complete(self) -> None:
        self._head_is_over = True

    def on_body(self, part: bytes) -> None:
        self.body.append(part)

    def on_message_complete(self) -> None:
        self.is_complete = True
