"""The head of an uploaded image: its format and size, without decoding it.

A library allocates memory for an image's size before it has seen the image, so the size is checked
here first. Only what is needed for that is read; a damaged image fails later.
"""

from __future__ import annotations

import re
from struct import unpack_from
from typing import Final

from attrs import frozen

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"
_SVG: Final = re.compile(rb"<\s*(?:\?xml|!doctype|svg|!--)", re.IGNORECASE)
_PNG_HEAD: Final = 33
_WEBP_HEAD: Final = 30
_LOSSLESS_SIGN: Final = 0x2F
_FRAME_START: Final = b"\x9d\x01\x2a"
# The start of a JPEG's frame, by coding. 0xC4, 0xC8 and 0xCC are other markers.
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
_SCAN: Final = 0xDA
_OTHERS: Final = (
    (b"GIF8", "a GIF"),
    (b"BM", "a BMP"),
    (b"II*\x00", "a TIFF"),
    (b"MM\x00*", "a TIFF"),
    (b"%PDF", "a PDF"),
    (b"\x00\x00\x01\x00", "an icon file"),
    (b"PK\x03\x04", "a ZIP file"),
)
_FTYP: Final = {b"avif": "an AVIF", b"avis": "an AVIF", b"heic": "a HEIC", b"mif1": "a HEIC"}


class ImageRefused(ValueError):
    """The file can't be used as a logo. The message says why, and what to do."""


@frozen
class ImageHead:
    """What the head of an image says about it."""

    format: str
    """``PNG``, ``JPEG`` or ``WEBP``, as Pillow names them."""
    width: int
    height: int
    """Pixels. A JPEG may still be turned by 90 degrees."""


def read_head(data: bytes) -> ImageHead:
    """The format and size of an image. Raises ImageRefused for another format and for a damaged
    head."""
    if data.startswith(_PNG):
        return _png(data)
    if data.startswith(_JPEG):
        return _jpeg(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return _webp(data)
    if not data:
        raise ImageRefused("The body is empty. Send the image file itself.")
    raise ImageRefused(
        f"This file is {_name_of(data)}. A logo must be a PNG, JPEG or WebP image. Export it as a"
        " PNG, and upload that."
    )


def _name_of(data: bytes) -> str:
    start = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    if _SVG.match(start) is not None:
        return "an SVG or another text"
    if data[4:8] == b"ftyp":
        return _FTYP.get(data[8:12], "a video or an image of another format")
    known = (name for sign, name in _OTHERS if data.startswith(sign))
    return next(known, "no image that the gateway reads")


def _png(data: bytes) -> ImageHead:
    if len(data) < _PNG_HEAD or data[8:16] != b"\x00\x00\x00\rIHDR":
        raise _damaged("PNG")
    width, height = unpack_from(">II", data, 16)
    return ImageHead("PNG", width, height)


def _webp(data: bytes) -> ImageHead:
    if len(data) < _WEBP_HEAD:
        raise _damaged("WebP")
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
    elif kind == b"VP8L" and data[20] == _LOSSLESS_SIGN:
        bits = int.from_bytes(data[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 " and data[23:26] == _FRAME_START:
        width, height = (size & 0x3FFF for size in unpack_from("<HH", data, 26))
    else:
        raise _damaged("WebP")
    return ImageHead("WEBP", width, height)


def _jpeg(data: bytes) -> ImageHead:
    """Walk the segments to the start of the frame. Each step moves forward."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:  # noqa: PLR2004 - begins each marker
            break
        marker = data[at + 1]
        if marker == 0xFF:  # noqa: PLR2004 - may be repeated
            at += 1
            continue
        if marker in _STANDALONE:
            at += 2
            continue
        if marker in _FRAMES and at + 9 <= len(data):
            height, width = unpack_from(">HH", data, at + 5)
            return ImageHead("JPEG", width, height)
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == _SCAN or length < 2:  # noqa: PLR2004 - it counts itself
            break
        at += 2 + length
    raise _damaged("JPEG")


def _damaged(name: str) -> ImageRefused:
    return ImageRefused(
        f"This {name} image is damaged: its beginning can't be read. Export it again."
    )
