"""The formats of images that are read, by the endings of their files."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["FORMATS", "is_image_name"]

FORMATS: Mapping[str, str] = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".bmp": "BMP",
    ".gif": "GIF",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".webp": "WEBP",
}
"""Pillow's name of the format of each ending."""


def is_image_name(name: str) -> bool:
    """Whether a file's name is that of an image, and no hidden one.

    >>> is_image_name("cat.JPG"), is_image_name("notes.txt"), is_image_name("._cat.jpg")
    (True, False, False)
    """
    return name.lower().endswith(tuple(FORMATS)) and not name.startswith(".")
