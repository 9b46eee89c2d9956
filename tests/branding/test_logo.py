"""Uploaded images: what becomes of good ones, and that bad ones are refused and cost little."""

from __future__ import annotations

import hashlib
import io
import random
import struct
import subprocess
import sys
import tracemalloc
import zlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kasgate.branding.header import ImageHead, ImageRefused, read_head
from kasgate.branding.logo import (
    LOGO_SIDE,
    MAX_LOGO_BYTES,
    MAX_SIDE,
    MAX_UPLOAD_BYTES,
    made_logo,
)
from tests.branding.pictures import (
    RED,
    animation,
    chunk,
    file_of,
    jpeg_of,
    many_scans,
    noise,
    png_of,
    red,
    webp_of,
)

HARMLESS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
ORIENTATION = 0x0112


def shown(data: bytes) -> Image.Image:
    """The logo that becomes of a file, after the promises about every logo are checked."""
    logo = made_logo(data)
    assert logo.digest == hashlib.sha256(logo.png).hexdigest()
    assert len(logo.png) <= MAX_LOGO_BYTES
    assert chunks_of(logo.png) <= HARMLESS
    picture = Image.open(io.BytesIO(logo.png), formats=("PNG",))
    picture.load()
    assert max(picture.size) <= LOGO_SIDE
    assert picture.mode in {"RGB", "RGBA", "P"}
    return picture


def chunks_of(png: bytes) -> set[bytes]:
    found, at = set(), 8
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        found.add(png[at + 4 : at + 8])
        at += 12 + length
    assert at == len(png), "nothing is behind the image"
    return found


def color_of(picture: Image.Image, at: tuple[int, int] = (1, 1)) -> tuple[int, ...]:
    color = picture.convert("RGB").getpixel(at)
    assert isinstance(color, tuple)
    return color


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("size", [(1, 1), (40, 20), (256, 256), (300, 100), (4096, 2)])
def test_each_format_becomes_a_small_png(kind: str, size: tuple[int, int]) -> None:
    picture = shown(red(kind, size))
    scale = min(1, LOGO_SIDE / max(size))
    assert picture.size == tuple(max(1, round(side * scale)) for side in size)
    assert color_of(picture, (0, 0)) == pytest.approx(RED, abs=3)


@pytest.mark.parametrize("lossless", [True, False])
def test_a_transparent_image_stays_transparent(lossless: bool) -> None:
    clear = Image.new("RGBA", (300, 300), (200, 30, 40, 0))
    for data in (file_of(clear, "PNG"), file_of(clear, "WEBP", lossless=lossless, exact=True)):
        assert shown(data).convert("RGBA").getpixel((5, 5))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize(
    ("mode", "kind", "color", "expected"),
    [
        ("CMYK", "JPEG", (0, 255, 255, 0), (254, 0, 0)),
        ("L", "JPEG", 77, (77, 77, 77)),
        ("I;16", "PNG", 0x8080, (0x80, 0x80, 0x80)),
        ("I;16", "PNG", 0xFFFF, (255, 255, 255)),
        ("1", "PNG", 1, (255, 255, 255)),
        ("LA", "PNG", (50, 255), (50, 50, 50)),
        ("P", "PNG", 0, (0, 0, 0)),
    ],
)
def test_other_color_models_are_converted(
    mode: str, kind: str, color: int, expected: tuple[int, ...]
) -> None:
    picture = shown(file_of(Image.new(mode, (300, 200), color), kind))
    assert color_of(picture) == pytest.approx(expected, abs=2)


def test_a_png_of_16_bits_a_channel_is_read() -> None:
    row = b"\0" + struct.pack(">HHH", 0xC8C8, 0x1E1E, 0x2828) * 3
    assert color_of(shown(png_of(3, 2, depth=16, color=2, rows=row * 2))) == (0xC8, 0x1E, 0x28)


def test_a_transparent_color_of_a_palette_is_kept() -> None:
    picture = Image.new("P", (30, 30), 1)
    picture.putpalette([0, 0, 0, 9, 9, 9])
    data = file_of(picture, "PNG", transparency=1)
    assert shown(data).convert("RGBA").getpixel((5, 5))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 10))
def test_a_picture_is_turned_as_its_camera_noted(kind: str, orientation: int) -> None:
    # Large areas, which JPEG keeps: the left upper quarter is white.
    upright = Image.new("RGB", (64, 32), "black")
    upright.paste("white", (0, 0, 32, 16))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    picture = shown(file_of(upright, kind, exif=exif))
    turned = orientation in {5, 6, 7, 8}
    assert picture.size == ((32, 64) if turned else (64, 32))
    right, bottom = picture.width - 8, picture.height - 8
    corner = {
        1: (8, 8), 2: (right, 8), 3: (right, bottom), 4: (8, bottom),
        5: (8, 8), 6: (right, 8), 7: (right, bottom), 8: (8, bottom), 9: (8, 8),
    }[orientation]  # fmt: skip
    assert min(color_of(picture, corner)) > 200
    opposite = (picture.width - corner[0], picture.height - corner[1])
    assert max(color_of(picture, opposite)) < 50


def test_only_pixels_are_kept() -> None:
    secret = b"Bean There, 48.2082 N, 16.3738 E"
    exif = Image.Exif()
    exif[0x010E] = secret.decode()
    for kind in ("PNG", "JPEG", "WEBP"):
        data = red(kind, exif=exif, icc_profile=secret)
        if kind == "PNG":
            data = data[:33] + chunk(b"tEXt", b"Comment\0" + secret) + data[33:]
        assert secret in data
        assert secret not in made_logo(data).png


@pytest.mark.parametrize(
    "behind", [b"PK\3\4" + b"x" * 99, b"<script>alert(1)</script>", b"%PDF-1.7"]
)
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_what_hides_behind_an_image_is_gone(kind: str, behind: bytes) -> None:
    logo = made_logo(red(kind) + behind)
    assert behind not in logo.png
    assert logo == made_logo(red(kind))


def test_a_picture_that_can_not_be_compressed_gets_fewer_colors_or_pixels() -> None:
    for mode in ("RGB", "RGBA"):
        picture = shown(file_of(noise(mode), "PNG"))
        assert 64 <= max(picture.size) <= LOGO_SIDE


def test_the_second_picture_of_a_phones_jpeg_is_ignored() -> None:
    assert color_of(shown(animation("MPO"))) == pytest.approx((254, 0, 0), abs=2)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "body is empty"),
        (b"hello", "no image that the gateway reads"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "is an SVG"),
        (b'\xef\xbb\xbf \n<?xml version="1.0"?><svg/>', "is an SVG"),
        (b"<!-- x --><svg/>", "is an SVG"),
        (b"<!DOCTYPE svg><svg/>", "is an SVG"),
        (b"<html>", "no image that"),
        (file_of(Image.new("P", (5, 3)), "GIF"), "is a GIF"),
        (red("BMP"), "is a BMP"),
        (red("TIFF"), "is a TIFF"),
        (red("ICO"), "is an icon file"),
        (b"\0\0\0\x20ftypavif" + b"x" * 20, "is an AVIF"),
        (b"\0\0\0\x20ftypheic" + b"x" * 20, "is a HEIC"),
        (b"\0\0\0\x20ftypisom" + b"x" * 20, "is a video"),
        (b"%PDF-1.7 ", "is a PDF"),
        (b"PK\3\4" + red(), "is a ZIP"),
        (b"GIF89a" + red(), "is a GIF"),
        (b"RIFF\0\0\0\0WAVEfmt ", "no image that"),
        (animation("PNG"), "animated"),
        (animation("WEBP"), "animated"),
        (many_scans(100), "too many steps"),
        (red() + b"x" * MAX_UPLOAD_BYTES, "at most 512 KiB"),
        (red(size=(MAX_SIDE + 1, 1)), "has 4097 x 1 pixels"),
        (red("WEBP", size=(1, MAX_SIDE + 1)), "has 1 x 4097 pixels"),
        (png_of(0, 7), "no pixels"),
        (png_of(2**31 - 1, 2**31 - 1), "A logo may have at most 4096 x 4096"),
        (png_of(2**32 - 1, 1), "A logo may have at most"),
        (webp_of(2**24, 2**24), "has 16777216 x 16777216 pixels"),
        (webp_of(4096, 4096), "damaged"),
        (jpeg_of(65_535, 65_535), "has 65535 x 65535 pixels"),
        (jpeg_of(0, 0), "no pixels"),
        (png_of(4096, 4096), "damaged"),
        (png_of(40, 20, rows=b"\0" * 30), "damaged"),
        (red()[:33], "damaged"),
        (red()[:20], "damaged"),
        (red("JPEG")[:20], "damaged"),
        (red("JPEG")[:3], "damaged"),
        (red("WEBP")[:20], "damaged"),
        (b"\xff\xd8" + b"\xff" * 500, "damaged"),
        (b"\xff\xd8\xff\xe0\x00\x00" * 50, "damaged"),
    ],
)
def test_other_files_are_refused_in_a_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(ImageRefused, match=sentence):
        made_logo(data)


@pytest.mark.parametrize(
    "data", [png_of(2**31 - 1, 2**31 - 1), webp_of(2**24, 2**24), jpeg_of(65_535, 65_535)]
)
def test_a_huge_claim_costs_nothing(data: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ImageRefused):
            made_logo(data)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


def test_compressed_texts_in_a_png_are_bounded() -> None:
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * 50_000_000, 9))
    with pytest.raises(ImageRefused, match="damaged"):
        made_logo(red()[:33] + bomb + red()[33:])


BASES = [
    red("PNG"),
    red("JPEG"),
    red("JPEG", progressive=True),
    red("WEBP"),
    red("WEBP", lossless=True),
    file_of(noise("RGBA", (32, 32)), "PNG"),
    file_of(noise("P", (32, 32)), "PNG"),
    file_of(noise("CMYK", (32, 32)), "JPEG"),
    file_of(noise("RGBA", (32, 32)), "WEBP"),
    animation("PNG"),
    animation("WEBP"),
    animation("MPO"),
]


@settings(max_examples=settings().max_examples * 5, deadline=None)
@given(st.sampled_from(BASES), st.randoms(use_true_random=False), st.integers(0, 12))
def test_a_damaged_image_is_a_logo_or_a_refusal(
    base: bytes, chance: random.Random, changes: int
) -> None:
    data = bytearray(base)
    for _ in range(changes):
        at = chance.randrange(len(data))
        match chance.randrange(4):
            case 0:
                data[at] ^= 1 << chance.randrange(8)
            case 1:
                data[at] = chance.choice((0, 0x7F, 0x80, 0xFF))
            case 2:
                data[at:at] = chance.randbytes(chance.randrange(1, 9))
            case _:
                del data[at : at + chance.randrange(1, 9)]
        if not data:
            break
    if chance.random() < 0.3:
        del data[chance.randrange(len(data) + 1) :]
    with suppress(ImageRefused):
        shown(bytes(data))


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_without_another_error(data: bytes) -> None:
    for start in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBPVP8 "):
        with pytest.raises(ImageRefused):
            made_logo(start + data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@given(size=st.tuples(st.integers(1, 300), st.integers(1, 300)), choice=st.booleans())
@settings(deadline=None)
def test_the_head_says_what_the_decoder_finds(
    kind: str, size: tuple[int, int], choice: bool
) -> None:
    options = {"PNG": {}, "JPEG": {"progressive": choice}, "WEBP": {"lossless": choice}}[kind]
    assert read_head(red(kind, size, **options)) == ImageHead(kind, *size)


def test_pillow_is_imported_with_the_first_logo() -> None:
    code = (
        "import sys, web.app, actors.build; sys.exit(any(m.startswith('PIL') for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60, check=False).returncode == 0
