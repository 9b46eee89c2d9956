"""A merchant's logo: an uploaded image becomes a small PNG that nobody else wrote.

The upload comes from a merchant, and the result is shown to strangers. So it is decoded to pixels,
and only these are encoded again: comments, places, profiles, other files behind the image and
whatever else was in it are gone.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from functools import cache
from typing import TYPE_CHECKING, Final

from attrs import field, frozen

from kasgate.branding.header import ImageHead, ImageRefused, read_head

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from PIL.Image import Image as Picture

MAX_UPLOAD_BYTES: Final = 512 * 1024
MAX_SIDE: Final = 4096
"""The longest side of an uploaded image, in pixels."""
LOGO_SIDE: Final = 256
"""The longest side of a stored logo, in pixels."""
MAX_LOGO_BYTES: Final = 64 * 1024
_MOST_SCANS: Final = 64
"""A JPEG in steps has about ten. Each of them costs a pass over the whole image, though it may be
a few bytes long."""
_SIDES: Final = (LOGO_SIDE, 192, 128, 96, 64)
"""If even 256 colours take too many bytes, the next side is tried. At the last one the pixels
themselves are fewer bytes than allowed."""
_COLORS: Final = 256
_WITH_ALPHA: Final = frozenset({"RGBA", "RGBa", "LA", "La", "PA"})
_DEEP: Final = frozenset({"I;16", "I;16B", "I;16L", "I;16N", "I", "F"})
_HIGH_BYTE: Final = 1 / 257
_ORIENTATION: Final = 0x0112
"""The Exif tag for how a camera was held."""


@frozen
class Logo:
    """A stored logo."""

    digest: str
    """SHA-256 of the PNG, in hex; its address."""
    png: bytes = field(repr=False)


def made_logo(data: bytes) -> Logo:
    """Make a logo of an uploaded file: a PNG of at most 256 x 256 pixels and 64 KiB.

    Takes up to 260 MB of memory and half a second, so it runs in a thread. Raises ImageRefused.
    """
    head = _checked_head(data)
    picture = _decoded(data, head)
    png = _encoded(picture)
    return Logo(hashlib.sha256(png).hexdigest(), png)


def _checked_head(data: bytes) -> ImageHead:
    if len(data) > MAX_UPLOAD_BYTES:
        raise ImageRefused(f"A logo may have at most {MAX_UPLOAD_BYTES // 1024} KiB.")
    head = read_head(data)
    if not head.width or not head.height:
        raise ImageRefused("This image has no pixels. Export it again.")
    if max(head.width, head.height) > MAX_SIDE:
        raise ImageRefused(
            f"This image has {head.width} x {head.height} pixels. A logo may have at most"
            f" {MAX_SIDE} x {MAX_SIDE}; {LOGO_SIDE} x {LOGO_SIDE} is enough."
        )
    if head.format == "JPEG" and data.count(b"\xff\xda") > _MOST_SCANS:
        raise ImageRefused("This JPEG image has too many steps. Export it as a PNG.")
    return head


def _decoded(data: bytes, head: ImageHead) -> Picture:
    """The pixels, upright and scaled down. Raises ImageRefused."""
    try:
        return _pixels(data, head)
    except ImageRefused:
        raise
    except Exception as error:  # Pillow raises anything on a damaged file.
        # Without the library's text, which may quote the file.
        raise ImageRefused(
            f"This {head.format} image is damaged: it can't be decoded. Export it again."
        ) from error


def _pixels(data: bytes, head: ImageHead) -> Picture:
    with _pillow().open(io.BytesIO(data), formats=(head.format,)) as opened:
        if opened.size != (head.width, head.height):
            raise ImageRefused("This image contradicts itself about its size. Export it again.")
        # A JPEG of a phone may have a second picture behind the first, which is no animation.
        if head.format != "JPEG" and getattr(opened, "n_frames", 1) > 1:
            raise ImageRefused("This image is animated. Upload a single picture.")
        # A JPEG is decoded at a fraction of its size, which saves most of the work.
        opened.draft("RGB", (2 * LOGO_SIDE, 2 * LOGO_SIDE))
        return _upright(_scaled(_in_color(opened), LOGO_SIDE), _orientation(opened))


@cache
def _pillow() -> ModuleType:
    """Pillow, imported with the first logo: most gateways never need it."""
    from PIL import Image, JpegImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401, PLC0415

    # A second bound behind the check of the head. Between one and two times of it Pillow warns.
    Image.MAX_IMAGE_PIXELS = MAX_SIDE * MAX_SIDE
    warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
    # What it finds odd in a damaged file is no concern of the operator.
    warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
    return Image


def _in_color(opened: Picture) -> Picture:
    """As RGB or RGBA with 8 bits a channel."""
    if opened.mode in _DEEP:
        # A conversion cuts values off at 255; a PNG in grey has up to 65,535.
        return (
            opened.convert("I").point(lambda value: value * _HIGH_BYTE).convert("L").convert("RGB")
        )
    has_alpha = opened.mode in _WITH_ALPHA or "transparency" in opened.info
    wanted = "RGBA" if has_alpha else "RGB"
    return opened if opened.mode == wanted else opened.convert(wanted)


def _scaled(picture: Picture, side: int) -> Picture:
    """At most ``side`` pixels long; never enlarged."""
    scaled = picture.copy() if max(picture.size) <= side else picture
    scaled.thumbnail((side, side), reducing_gap=3.0)
    return scaled


def _orientation(opened: Picture) -> object:
    return opened.getexif().get(_ORIENTATION)


def _upright(picture: Picture, orientation: object) -> Picture:
    """Turned as its camera noted."""
    turns = _pillow().Transpose
    turn = {
        2: turns.FLIP_LEFT_RIGHT,
        3: turns.ROTATE_180,
        4: turns.FLIP_TOP_BOTTOM,
        5: turns.TRANSPOSE,
        6: turns.ROTATE_270,
        7: turns.TRANSVERSE,
        8: turns.ROTATE_90,
    }.get(orientation if isinstance(orientation, int) else 0)
    return picture if turn is None else picture.transpose(turn)


def _encoded(picture: Picture) -> bytes:
    """The pixels as a PNG of at most MAX_LOGO_BYTES, with as many pixels and colours as fit."""
    if picture.mode == "RGBA" and picture.getchannel("A").getextrema() == (255, 255):
        picture = picture.convert("RGB")
    return next(png for png in _candidates(picture) if len(png) <= MAX_LOGO_BYTES)


def _candidates(picture: Picture) -> Iterator[bytes]:
    quantize = _pillow().Quantize.FASTOCTREE
    for side in _SIDES:
        smaller = _scaled(picture, side)
        yield _png(smaller)
        yield _png(smaller.quantize(_COLORS, method=quantize))


def _png(picture: Picture) -> bytes:
    """A PNG of the pixels alone: what the upload said beside them is not written."""
    kept = picture.info.get("transparency") if picture.mode == "P" else None
    picture.info = {} if kept is None else {"transparency": kept}
    into = io.BytesIO()
    picture.save(into, "PNG", optimize=True)
    return into.getvalue()
