"""Image files for tests: good ones, and the ones that an attacker would send."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Sequence
from typing import Any

from PIL import Image, ImageDraw

RED = (200, 30, 40)


def file_of(picture: Image.Image, kind: str, **options: Any) -> bytes:
    """The picture as a file of this format."""
    into = io.BytesIO()
    picture.save(into, kind, **options)
    return into.getvalue()


def red(kind: str = "PNG", size: tuple[int, int] = (40, 20), **options: Any) -> bytes:
    """A red picture."""
    return file_of(Image.new("RGB", size, RED), kind, **options)


def noise(mode: str, size: tuple[int, int] = (256, 256)) -> Image.Image:
    """A picture that can't be compressed."""
    pixels = size[0] * size[1] * len(Image.new(mode, (1, 1)).getbands())
    return Image.frombytes(mode, size, random.Random(5).randbytes(pixels))


def animation(kind: str) -> bytes:
    frames = [Image.new("RGB", (9, 9), color) for color in ("red", "blue")]
    return file_of(frames[0], kind, save_all=True, append_images=frames[1:])


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width: int, height: int, *, depth: int = 8, color: int = 6, rows: bytes = b"") -> bytes:
    """A PNG that claims a size, with any rows."""
    head = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    chunks: Sequence[tuple[bytes, bytes]] = (
        (b"IHDR", head),
        (b"IDAT", zlib.compress(rows, 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*each) for each in chunks)


def webp_of(width: int, height: int) -> bytes:
    """A WebP that claims a size."""
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunk = b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + canvas
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


def jpeg_of(width: int, height: int) -> bytes:
    """A JPEG that claims a size."""
    file = red("JPEG")
    at = file.index(b"\xff\xc0") + 5
    return file[:at] + struct.pack(">HH", height, width) + file[at + 4 :]


def many_scans(number: int) -> bytes:
    """A JPEG with so many tiny passes over its pixels."""
    file = red("JPEG", progressive=True)
    last = file[file.rindex(b"\xff\xda") : -2]
    return file[:-2] + last * number + file[-2:]


def shop_logo() -> bytes:
    """A logo such as a shop has: two leaves on a transparent ground."""
    picture = Image.new("RGBA", (600, 360), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((60, 60, 300, 300), fill=(138, 31, 92, 255))
    draw.ellipse((240, 60, 540, 300), fill=(214, 120, 60, 255))
    return file_of(picture, "PNG")
