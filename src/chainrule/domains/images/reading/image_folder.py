"""The images of a folder: which files they are, of which class, and all of them as one array."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import numpy as np

from chainrule.domains.images.reading.formats import FORMATS, is_image_name
from chainrule.domains.images.reading.image_file import grey, read_image
from chainrule.errors import DataError
from chainrule.graph import Array
from chainrule.train.data.reading.memory_limit import default_limit, too_large, written

__all__ = ["ImageFolder", "list_images", "read_images", "some_names"]

COPIES = 4
"""How often the images are in memory at most: as read, encoded, and varied for an epoch."""

LAYOUT = "name a folder whose subfolders have the images of a class each"


@final
@dataclass(frozen=True)
class ImageFolder:
    """The image files of a folder, relative to it, and the subfolder that each is in.

    `ignored` are files with other endings.
    """

    path: Path
    files: tuple[str, ...]
    folders: tuple[str, ...]
    ignored: tuple[str, ...]

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the subfolders with images, sorted."""
        return tuple(sorted({*self.folders} - {""}))

    def check_classes(self) -> None:
        """Raise DataError unless there are two classes or more, and no images beside them."""
        loose = [file for file, folder in zip(self.files, self.folders, strict=True) if not folder]
        if not self.files:
            got = ", but ".join(["none", *map(repr, self.ignored[:1])])
            raise DataError(
                str(self.path),
                expected=f"images ({', '.join(sorted(end[1:] for end in FORMATS))})",
                got=got,
                remedy=LAYOUT,
            )
        if loose:
            raise DataError(
                str(self.path),
                expected="images in subfolders, one for each class",
                got=f"{loose[0]!r} in the folder itself",
                remedy="put it into the subfolder of its class",
            )
        if len(self.classes) < 2:
            raise DataError(
                str(self.path),
                expected="two classes or more, a subfolder with images for each",
                got=f"only {some_names(self.classes)}",
                remedy=LAYOUT,
            )


def list_images(path: Path) -> ImageFolder:
    """The images in a folder and in its subfolders, sorted by name.

    Hidden files are left out.  Raises DataError for a folder that cannot be read, and for links
    that lead out of it.
    """
    root = os.path.realpath(path)
    found: list[tuple[str, str]] = []
    ignored: list[str] = []
    deeper = ""
    for entry in _entries(path):
        _check_link(entry, root)
        if entry.is_dir():
            inner = _entries(Path(entry.path))
            for one in inner:
                _check_link(one, root)
                name = f"{entry.name}/{one.name}"
                if one.is_dir():
                    deeper = deeper or name
                elif is_image_name(one.name):
                    found.append((name, entry.name))
                else:
                    ignored.append(name)
        elif is_image_name(entry.name):
            found.append((entry.name, ""))
        else:
            ignored.append(entry.name)
    if deeper and not found:
        raise DataError(
            str(path),
            expected="images in its subfolders, one for each class",
            got=f"further folders, such as {deeper!r}",
            remedy=f"name the folder above the classes, such as {path / Path(deeper).parent}",
        )
    return ImageFolder(path, tuple(f for f, _ in found), tuple(c for _, c in found), (*ignored,))


def read_images(
    files: Sequence[Path],
    size: int | None = None,
    colour: str | None = None,
    limit: int | None = None,
    shape: tuple[int, int] | None = None,
) -> Array:
    """The images of files as one array `(n, C, H, W)`, float32 from 0 to 1.

    `colour` is "grey", "rgb" or None for what they are; they take at most `limit` bytes.  Without
    a `size`, all must have the `shape`, by default that of the first.  Raises DataError.
    """
    limit = default_limit() if limit is None else limit
    images: list[Array] = []
    taken, first = 0, f"{files[0].parent.name}/{files[0].name} has"
    for path in files:
        image = read_image(path, limit, size)
        if colour == "grey":
            image = grey(image)
        shape = shape or (image.shape[0], image.shape[1])
        if image.shape[:2] != shape:
            raise DataError(
                str(path),
                expected=f"{shape[1]} × {shape[0]} pixels, as {first}",
                got=f"{image.shape[1]} × {image.shape[0]}",
                remedy="to scale all images to one size, add --size 32",
            )
        taken += image.nbytes
        if COPIES * taken > limit:
            more = f"more than {written(limit)} for {len(files):,} images"
            raise too_large(path.parent, more, limit)
        images.append(image)
    if colour == "rgb" or any(image.ndim == 3 for image in images):
        images = [one if one.ndim == 3 else np.stack([one] * 3, axis=-1) for one in images]
        return np.ascontiguousarray(np.stack(images).transpose(0, 3, 1, 2))
    return np.stack(images)[:, None]


def some_names(names: Sequence[str]) -> str:
    """The first names of files, quoted.

    >>> some_names(["a", "b", "c", "d"])
    "'a', 'b', 'c', …"
    """
    return ", ".join(map(repr, names[:3])) + ", …" * (len(names) > 3)


def _entries(path: Path) -> list[os.DirEntry[str]]:
    """What is in a folder and not hidden, sorted by name."""
    try:
        with os.scandir(path) as entries:
            seen = [one for one in entries if not one.name.startswith(".")]
    except OSError as error:
        raise DataError(
            str(path),
            expected="a folder of images",
            got=error.strerror or str(error),
            remedy="check the path",
        ) from None
    return sorted(seen, key=lambda one: one.name)


def _check_link(entry: os.DirEntry[str], root: str) -> None:
    """Raise DataError for a link that leads out of the folder."""
    if not entry.is_symlink():
        return
    target = os.path.realpath(entry.path)
    if os.path.commonpath([target, root]) != root:
        raise DataError(
            entry.path,
            expected="a file or a folder, or a link within the folder",
            got="a link that leads out of it",
            remedy="copy what it leads to",
        )
