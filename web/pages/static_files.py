"""The widget, the dashboard and the documentation, served from their builds in ``web/static``.

Browsers cache the widget for a few minutes under its plain name, and permanently under a name with
its hash. ``/widget/integrity.json`` has that name and the hash for the ``integrity`` attribute.

Files are cached in memory with their compressed form and reread when they change on disk, so that a
front end can be built while the gateway runs.
"""

from __future__ import annotations

import base64
import hashlib
import mimetypes
import re
import stat
import zlib
from math import inf
from pathlib import Path
from typing import Final

import trio
from attrs import frozen

from web.contract.answers import Answer, json_answer
from web.contract.operations import HTML, described
from web.contract.problems import NOT_BUILT, NOT_FOUND, Problem
from web.http.base_path import AT_THE_ROOT, BasePath
from web.http.endpoint import Request, Routes

STATIC: Final = Path(__file__).parents[1] / "static"

FRESH_S: Final = 1.0
"""How long a cached file is served before its change on disk is checked, in seconds."""
_MAX_FILE_BYTES: Final = 8 * 1024 * 1024
_MAX_FILES: Final = 512
_COMPRESSIBLE: Final = ("text/", "application/json", "image/svg+xml", "application/manifest+json")
_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_FOREVER: Final = "public, max-age=31536000, immutable"
_CHECK: Final = "public, max-age=300"
_ASK_EACH_TIME: Final = "no-cache"
_GZIP: Final = 16 + zlib.MAX_WBITS
_PACKER_MEMORY: Final = 6
"""zlib's memLevel; widget/vite.config.ts checks the widget's size with the same."""
_PLACE: Final = b'name="kasgate-path" content=""'
_HASHED: Final = re.compile(r"kasgate\.([0-9a-f]{16})\.(js|css)")
_WIDGET_FILES: Final = ("kasgate.js", "kasgate.css")


@frozen
class Asset:
    """A file of the widget's build: its address and the hash for ``integrity``."""

    url: str
    integrity: str


@frozen
class _File:
    stamp: tuple[int, int]
    """Modification time (ns) and size when it was read."""
    content: bytes
    compressed: bytes | None
    content_type: str
    digest: str
    """SHA-256, hexadecimal."""
    integrity: str
    """SHA-384 in the form of the ``integrity`` attribute."""

    @property
    def tag(self) -> str:
        """The ETag."""
        return f'"{self.digest[:32]}"'


class StaticFiles:
    """Serves files below a folder. Caches at most _MAX_FILES of them."""

    def __init__(self, folder: Path, base: BasePath = AT_THE_ROOT) -> None:
        """``base`` is the path under which clients see the gateway."""
        self.base = base
        self._folder = folder
        self._files: dict[str, tuple[_File, float]] = {}
        """With the time, by Trio's clock, until which a change on disk is not checked."""

    async def answer(
        self, path: str, *, cache: str, encodings: str = "", known_tag: str | None = None
    ) -> Answer | None:
        """The file at a relative path, or 304 if the client has it; None if there is no file.

        ``encodings`` and ``known_tag`` are the client's Accept-Encoding and If-None-Match.
        """
        file = await self._file(path)
        if file is None:
            return None
        headers = [("Cache-Control", cache), ("ETag", file.tag), ("Vary", "Accept-Encoding")]
        if known_tag is not None and file.tag in {t.strip() for t in known_tag.split(",")}:
            return Answer(304, b"", file.content_type, tuple(headers))
        content = file.content
        if file.compressed is not None and _takes_gzip(encodings):
            content = file.compressed
            headers.append(("Content-Encoding", "gzip"))
        return Answer(200, content, file.content_type, tuple(headers))

    async def asset(self, name: str) -> Asset | None:
        """A file of the widget under its permanent address; None if it was not built."""
        file = await self._file(f"widget/{name}")
        if file is None:
            return None
        stem, _, suffix = name.rpartition(".")
        hashed = f"/widget/{stem}.{file.digest[:16]}.{suffix}"
        return Asset(self.base.public(hashed), file.integrity)

    async def _file(self, path: str) -> _File | None:
        target = self._target(path)
        if target is None:
            return None
        known, fresh_until = self._files.get(path, (None, -inf))
        if trio.current_time() < fresh_until:
            return known
        # In a thread, since a disk can be slow.
        file = await trio.to_thread.run_sync(_read, target, known, self.base)
        if file is None:
            self._files.pop(path, None)
            return None
        if len(self._files) >= _MAX_FILES and path not in self._files:
            self._files.clear()
        self._files[path] = (file, trio.current_time() + FRESH_S)
        return file

    def _target(self, path: str) -> Path | None:
        """The file of a path; None if it is outside the folder or has a hidden name in it."""
        parts = path.split("/")
        if "\x00" in path or "\\" in path or any(not p or p.startswith(".") for p in parts):
            return None
        return self._folder.joinpath(*parts)


class StaticCalls:
    def __init__(self, files: StaticFiles) -> None:
        self._files = files

    @described({200: dict[str, dict[str, str]]}, problems=(404,))
    async def integrity(self, _request: Request) -> Answer:
        """The widget's files under permanent addresses, with their hashes."""
        assets = {name: await self._files.asset(name) for name in _WIDGET_FILES}
        fields = {
            name: {"url": asset.url, "integrity": asset.integrity}
            for name, asset in assets.items()
            if asset is not None
        }
        if not fields:
            raise _not_built("widget")
        return json_answer(fields, headers=(("Cache-Control", _ASK_EACH_TIME),))

    @described({200: "*/*", 304: None})
    async def widget(self, request: Request) -> Answer:
        """The widget's files. A shop's page loads kasgate.js."""
        name = request.places["name"]
        hashed = _HASHED.fullmatch(name)
        if hashed is not None:
            plain = f"kasgate.{hashed[2]}"
            asset = await self._files.asset(plain)
            # Another build's hash must not get this content, since it is cached permanently.
            if asset is None or asset.url != self._files.base.public(f"/widget/{name}"):
                raise _no_such_file()
            answer = await self._serve(request, f"widget/{plain}", _FOREVER)
        else:
            answer = await self._serve(request, f"widget/{name}", _CHECK)
        if answer is None:
            raise _not_built("widget") if name == "kasgate.js" else _no_such_file()
        return answer

    @described({308: None})
    async def dashboard_root(self, _request: Request) -> Answer:
        """Redirect to the dashboard."""
        location = self._files.base.public("/dashboard/")
        return Answer(308, b"", "text/plain", (("Location", location),))

    @described({200: HTML, 304: None}, problems=(404,))
    async def dashboard(self, request: Request) -> Answer:
        """The dashboard.

        A file of the build. All other names are pages of the single-page application.
        """
        name = request.places.get("name", "")
        is_asset = "." in name.rpartition("/")[2]
        answer = None
        if is_asset:
            hashed = name.startswith("assets/")
            cache = _FOREVER if hashed else _ASK_EACH_TIME
            answer = await self._serve(request, f"dashboard/{name}", cache)
        if answer is None:
            page = await self._serve(request, "dashboard/index.html", _ASK_EACH_TIME)
            if page is None:
                raise _not_built("dashboard")
            if is_asset:
                raise _no_such_file()
            answer = page
        return answer

    @described({308: None})
    async def docs_root(self, _request: Request) -> Answer:
        """Redirect to the documentation."""
        location = self._files.base.public("/docs/")
        return Answer(308, b"", "text/plain", (("Location", location),))

    @described({200: "*/*", 304: None}, problems=(404,))
    async def docs(self, request: Request) -> Answer:
        """The documentation: a page or file of its build."""
        name = request.places.get("name", "index.html")
        answer = await self._serve(request, f"docs/{name}", _ASK_EACH_TIME)
        if answer is None:
            raise _no_such_file()
        return answer

    async def _serve(self, request: Request, path: str, cache: str) -> Answer | None:
        return await self._files.answer(
            path,
            cache=cache,
            encodings=request.headers.get("Accept-Encoding") or "",
            known_tag=request.headers.get("If-None-Match"),
        )


def static_routes(files: StaticFiles) -> Routes:
    """The routes ``/widget/…``, ``/dashboard/…`` and ``/docs/…``."""
    calls = StaticCalls(files)
    return Routes(
        "static_files",
        "",
        (
            ("GET", "/widget/integrity.json", calls.integrity),
            ("GET", "/widget/<path:name>", calls.widget),
            ("GET", "/dashboard", calls.dashboard_root),
            ("GET", "/dashboard/", calls.dashboard),
            ("GET", "/dashboard/<path:name>", calls.dashboard),
            ("GET", "/docs", calls.docs_root),
            ("GET", "/docs/", calls.docs),
            ("GET", "/docs/<path:name>", calls.docs),
        ),
    )


def _read(target: Path, known: _File | None, base: BasePath) -> _File | None:
    """The file as it is on disk: ``known`` if unchanged, None if there is no such file."""
    try:
        status = target.stat()
    except OSError:
        return None
    stamp = (status.st_mtime_ns, status.st_size)
    if known is not None and known.stamp == stamp:
        return known
    if not stat.S_ISREG(status.st_mode) or status.st_size > _MAX_FILE_BYTES:
        return None
    content = target.read_bytes()
    if _PLACE in content:
        content = _placed(content, base)
    content_type = _TYPES.get(target.suffix) or (
        mimetypes.guess_type(target.name)[0] or "application/octet-stream"
    )
    compressed = None
    if content_type.startswith(_COMPRESSIBLE):
        smaller = _gzipped(content)
        compressed = smaller if len(smaller) < len(content) else None
    digest = hashlib.sha256(content).hexdigest()
    integrity = "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()
    return _File(stamp, content, compressed, content_type, digest, integrity)


def _gzipped(content: bytes) -> bytes:
    """Three percent smaller than with gzip.compress(): with less memory deflate adapts sooner to
    the changes between code and texts in fourteen languages."""
    packer = zlib.compressobj(9, zlib.DEFLATED, _GZIP, _PACKER_MEMORY)
    return packer.compress(content) + packer.flush()


def _placed(page: bytes, base: BasePath) -> bytes:
    """The page with absolute addresses. The dashboard serves one page for addresses of any depth,
    so relative ones would not find its files."""
    files = base.public("/dashboard/").encode()
    page = page.replace(b'="./', b'="' + files)
    return page.replace(_PLACE, _PLACE[:-1] + base.path.encode() + b'"')


def _takes_gzip(encodings: str) -> bool:
    for choice in encodings.split(","):
        name, _, weight = choice.strip().partition(";")
        if name.strip().lower() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _not_built(part: str) -> Problem:
    return Problem(
        NOT_BUILT, f"The {part} is not built in this installation. Build it with: make frontend"
    )


def _no_such_file() -> Problem:
    return Problem(NOT_FOUND, "There is no such file.")
