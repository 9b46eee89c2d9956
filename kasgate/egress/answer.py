"""A receiver's answer, and the fast way to read a complete one.

Nearly every answer to a webhook is a few hundred bytes that arrive at once; llhttp reads those in a
tenth of h11's time. Merchants' servers also answer in less regular ways, which h11 tolerates
better. So any answer that is not complete and in order at once goes to h11 with the same bytes
(``connection``). Both always read the same answer in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import frozen
from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

MAX_TEXT_CHARACTERS: Final = 500
"""How many characters of an answer's body are kept and shown to the merchant."""
KEPT_BYTES: Final = 4 * MAX_TEXT_CHARACTERS
"""As many bytes as can be shown: no character takes more than four bytes."""

_VERSION: Final = b"HTTP/1.1 "
_FIRST_FINAL_STATUS: Final = 200


@frozen
class HttpAnswer:
    """A receiver's answer."""

    status: int
    headers: Mapping[str, str]
    """By name in lower case; the last one of several with the same name."""
    body_text: str
    """The first 500 characters of the body."""

    @property
    def retry_after(self) -> str | None:
        """The value of ``Retry-After``."""
        return self.headers.get("retry-after")


def shown(body: bytes) -> str:
    """The text of a body, or of its first KEPT_BYTES, as shown to the merchant."""
    text = body.decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")
    return text[:MAX_TEXT_CHARACTERS]


def read_whole(data: bytes) -> tuple[HttpAnswer, bool] | None:
    """Read bytes that are exactly one answer. Returns it, and whether its connection may carry
    another request. None for anything else: the answer has to begin with the first byte and to end
    with the last, with no other answer before it (1xx) and nothing after it."""
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
    """The callbacks of llhttp, which prescribes these names."""

    __slots__ = ("_head_is_over", "body", "count", "headers", "is_complete")

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.count = 0
        """Headers; several of one name count separately."""
        self.body: list[bytes] = []
        self.is_complete = False
        self._head_is_over = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._head_is_over:  # otherwise it is a trailer
            self.headers[name.decode("latin-1").lower()] = value.decode("latin-1").strip(" \t")
            self.count += 1

    def on_headers_complete(self) -> None:
        self._head_is_over = True

    def on_body(self, part: bytes) -> None:
        self.body.append(part)

    def on_message_complete(self) -> None:
        self.is_complete = True
