"""Encodes an answer as HTTP/1.1, with the same bytes as the plain lane.

Of some thirty header lines, only the length, the date, the request id and the rate limits change
from answer to answer. So the head of each kind of answer is made once, by the ``Edge.completed`` of
the plain lane, with placeholders for these values. Later answers only fill them in.
"""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import TYPE_CHECKING, Final

from web.http.edge import own_headers
from web.http.limits import rate_headers

if TYPE_CHECKING:
    from web.connection.head import Head
    from web.contract.answers import Answer
    from web.http.caller import Caller
    from web.http.edge import Edge

_MOST_KINDS: Final = 512
_BLANK: Final = "%s"


class Rendering:
    """Encodes the answers of one edge."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._heads: dict[object, str] = {}
        self._date = ""
        self._dated = 0

    def write(
        self, answer: Answer, head: Head, route: str, caller: Caller, *, unread: bool
    ) -> bytes:
        """The encoded answer to a request. Paths of one ``route`` have the same headers. ``unread``
        is as for ``Edge.completed``."""
        origin = head.headers.get("Origin")
        if origin is not None and origin not in self._edge.origins:
            # Then it makes no difference, and there is no end of them.
            origin = None
        own = tuple([name for name, _ in answer.headers]) if answer.headers else ()
        verdict = caller.verdict
        kind = (
            route,
            answer.status,
            answer.content_type,
            own,
            origin,
            head.secure,
            head.keep_alive,
            verdict is None,
            unread,
        )
        lines = self._heads.get(kind)
        if lines is None:
            if len(self._heads) >= _MOST_KINDS:
                self._heads.clear()
            lines = self._heads[kind] = self._lines(answer, head, origin, caller, unread=unread)
        filled = [str(len(answer.body))]
        if own:
            filled += [value for _, value in answer.headers]
        filled.append(caller.request_id)
        if verdict is not None:
            filled += [value for _, value in rate_headers(verdict)]
        filled.append(self._now())
        return (lines % tuple(filled)).encode("latin-1") + answer.body

    def _lines(
        self, answer: Answer, head: Head, origin: str | None, caller: Caller, *, unread: bool
    ) -> str:
        """The head with its placeholders, in the order in which ``write`` fills them."""
        blanks = {"content-length", "request-id"}
        blanks.update(name.lower() for name, _ in answer.headers)
        if caller.verdict is not None:
            blanks.update(name.lower() for name, _ in rate_headers(caller.verdict))
        completed = self._edge.completed(
            own_headers(answer),
            caller,
            path=head.path,
            origin=origin,
            secure=head.secure,
            unread=unread,
        )
        lines = [f"HTTP/1.1 {answer.status} "]
        for raw_name, raw_value in completed:
            name = raw_name.decode("latin-1")
            value = raw_value.decode("latin-1").replace("%", "%%")
            lines.append(f"{name}: {_BLANK if name in blanks else value}")
        lines.append(f"date: {_BLANK}")
        if not head.keep_alive and not unread:
            lines.append("Connection: close")
        return "\r\n".join([*lines, "", ""])

    def _now(self) -> str:
        now = int(time.time())
        if now != self._dated:
            self._dated = now
            self._date = formatdate(now, usegmt=True)
        return self._date
