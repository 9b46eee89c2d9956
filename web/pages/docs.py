"""The API reference: the OpenAPI document and its HTML page."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

import msgspec
import trio

from web.contract.answers import JSON, Answer
from web.contract.operations import HTML, described
from web.http.endpoint import Request, Routes

if TYPE_CHECKING:
    from quart import Quart

_HTML_UTF8: Final = f"{HTML}; charset=utf-8"


class DocsCalls:
    """The document and its page, created at the first request, when all routes exist."""

    def __init__(self, app: Quart, base_url: str) -> None:
        self._app = app
        self._base_url = base_url
        self._made: tuple[Answer, Answer] | None = None
        self._making = trio.Lock()

    @described({200: dict[str, Any], 304: None})
    async def openapi(self, request: Request) -> Answer:
        """The OpenAPI document."""
        return _unless_known((await self._answers())[0], request)

    @described({200: HTML, 304: None})
    async def page(self, request: Request) -> Answer:
        """The API reference as a page."""
        return _unless_known((await self._answers())[1], request)

    async def _answers(self) -> tuple[Answer, Answer]:
        """The answers with the document and with the page."""
        async with self._making:
            if self._made is None:
                # In a thread: it reads templates and takes some tenths of a second.
                self._made = await trio.to_thread.run_sync(self._make)
            return self._made

    def _make(self) -> tuple[Answer, Answer]:
        # Loaded at the first request, because the writers of both take a third of a megabyte.
        from web.openapi import document  # noqa: PLC0415
        from web.pages.docs_html import DOCS_POLICY, docs_page  # noqa: PLC0415

        found = document(self._app, self._base_url)
        policy = (("Content-Security-Policy", DOCS_POLICY),)
        return (
            _tagged(msgspec.json.encode(found), JSON),
            _tagged(docs_page(found).encode(), _HTML_UTF8, policy),
        )


def docs_routes(app: Quart, base_url: str) -> Routes:
    """The routes ``/api/v1/openapi.json`` and ``/docs/reference/``."""
    calls = DocsCalls(app, base_url)
    return Routes(
        "docs",
        "",
        (
            ("GET", "/api/v1/openapi.json", calls.openapi),
            ("GET", "/docs/reference/", calls.page),
        ),
    )


def _tagged(body: bytes, content_type: str, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return Answer(200, body, content_type, (("ETag", tag), ("Cache-Control", "no-cache"), *headers))


def _unless_known(answer: Answer, request: Request) -> Answer:
    """The answer, or 304 if the client has it already."""
    known = request.headers.get("If-None-Match") or ""
    if dict(answer.headers)["ETag"] not in {tag.strip() for tag in known.split(",")}:
        return answer
    return Answer(304, b"", answer.content_type, answer.headers)
