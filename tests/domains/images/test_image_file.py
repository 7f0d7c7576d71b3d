"""One image file: its pixels in every format and mode, and what is refused."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from chainrule.domains.images.reading import image_file
from chainrule.domains.images.reading.image_file import grey, read_image
from chainrule.errors import DataError
from domains.images.pictures import write_picture

LIMIT = 10**9
RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (5, 4))
COLOUR = RNG.integers(0, 256, (5, 4, 3))


@pytest.mark.parametrize("ending", ["png", "bmp", "tif", "tiff", "gif", "PNG"])
def test_pixels_are_those_that_were_written(tmp_path: Path, ending: str):
    found = read_image(write_picture(tmp_path / f"a.{ending}", GREY), LIMIT)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, GREY / 255, atol=1e-7)
    if ending.lower() == "gif":  # of which a palette would lose colours
        return
    found = read_image(write_picture(tmp_path / f"b.{ending}", COLOUR), LIMIT)
    np.testing.assert_allclose(found, COLOUR / 255, atol=1e-7)


@pytest.mark.parametrize("ending", ["jpg", "jpeg", "webp"])
def test_formats_with_losses_are_close(tmp_path: Path, ending: str):
    even = np.full((16, 16, 3), (200, 40, 90))
    found = read_image(write_picture(tmp_path / f"a.{ending}", even), LIMIT)
    np.testing.assert_allclose(found, even / 255, atol=0.03)


def test_an_image_in_colour_without_any_is_grey(tmp_path: Path):
    path = write_picture(tmp_path / "a.png", np.stack([GREY] * 3, axis=-1))
    np.testing.assert_allclose(read_image(path, LIMIT), GREY / 255, atol=1e-7)


def test_two_levels_palettes_transparency_and_sixteen_bits(tmp_path: Path):
    two = Image.fromarray(GREY > 128)
    two.save(tmp_path / "two.png")
    np.testing.assert_array_equal(read_image(tmp_path / "two.png", LIMIT), GREY > 128)
    half = np.concatenate([COLOUR, np.where(GREY > 128, 255, 0)[..., None]], axis=-1)
    write_picture(tmp_path / "alpha.png", half)
    expected = np.where((GREY > 128)[..., None], COLOUR, 255) / 255
    np.testing.assert_allclose(read_image(tmp_path / "alpha.png", LIMIT), expected, atol=1e-7)
    deep = RNG.integers(0, 2**16, (5, 4)).astype(np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    np.testing.assert_allclose(read_image(tmp_path / "deep.png", LIMIT), deep / 65535, atol=1e-6)


def test_scaling_keeps_an_even_image_and_rotated_ones_are_put_upright(tmp_path: Path):
    path = write_picture(tmp_path / "a.png", np.full((40, 20), 51))
    np.testing.assert_allclose(read_image(path, LIMIT, 8), np.full((8, 8), 0.2), atol=1e-6)
    facts = Image.Exif()
    facts[0x0112] = 6  # to be rotated clockwise
    Image.fromarray(GREY.astype(np.uint8)).save(tmp_path / "b.png", exif=facts)
    found = read_image(tmp_path / "b.png", LIMIT)
    np.testing.assert_allclose(found, np.rot90(GREY, -1) / 255, atol=1e-7)


def test_grey_is_the_luminance():
    np.testing.assert_allclose(grey(np.ones((2, 2, 3))), np.ones((2, 2)))


def bomb(path: Path, width: int, height: int) -> Path:
    """A PNG of a few bytes that says it is huge."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)
    return path


@pytest.mark.parametrize("side", [9_000, 60_000, 2_000_000_000])
def test_an_image_that_says_it_is_huge_is_refused_before_it_is_decoded(tmp_path: Path, side: int):
    with pytest.raises(DataError, match=r"a\.png: expected at most (31\.2|50) million pixels, got"):
        read_image(bomb(tmp_path / "a.png", side, side), LIMIT)


def test_damaged_files_are_named(tmp_path: Path):
    whole = write_picture(tmp_path / "whole.png", RNG.integers(0, 256, (40, 40))).read_bytes()
    for name, content in {
        "cut.png": whole[: len(whole) // 2],
        "head.png": whole[:20],
        "empty.png": b"",
        "text.png": b"no image at all",
        "script.png": b"%!PS-Adobe-3.0 EPSF-3.0\n",
    }.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DataError, match=f"{name}: expected an image, got .* damaged one"):
            read_image(tmp_path / name, LIMIT)


@pytest.mark.parametrize("seed", range(40))
def test_changed_bytes_give_an_image_or_one_error(tmp_path: Path, seed: int):
    rng = np.random.default_rng(seed)
    ending = ("png", "jpg", "gif", "tif", "bmp", "webp")[seed % 6]
    path = write_picture(tmp_path / f"a.{ending}", rng.integers(0, 256, (9, 9, 3)))
    content = bytearray(path.read_bytes())
    for at in rng.integers(0, len(content), 6):
        content[at] = rng.integers(0, 256)
    path.write_bytes(content)
    message = ""
    try:
        found = read_image(path, 10**7)
    except DataError as error:
        message = str(error)
    if message:
        assert f"a.{ending}: expected" in message
        assert "\n" not in message
    else:
        assert np.isfinite(found).all()
        assert 0 <= found.min() <= found.max() <= 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_is_no_image(tmp_path: Path):
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(DataError, match=r"a\.png"):
        read_image(tmp_path / "a.png", LIMIT)


def test_there_is_a_limit_of_pixels_whatever_memory_there_is(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(image_file, "MOST_PIXELS", 19)
    with pytest.raises(DataError, match="4 × 5"):
        read_image(write_picture(tmp_path / "a.png", GREY), LIMIT)
