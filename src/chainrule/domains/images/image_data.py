"""Images as what a run learns from: read, divided into parts, and encoded."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, final

import numpy as np

from chainrule.domains.images.coder import ImageCoder
from chainrule.domains.images.options import ImageOptions
from chainrule.domains.images.reading.image_folder import (
    list_images,
    read_images,
    some_names,
)
from chainrule.errors import DataError, OptionError
from chainrule.graph import Array
from chainrule.train.data.dataset import Dataset, Part
from chainrule.train.data.encoding.encoder import Encoder
from chainrule.train.data.encoding.target_coder import TargetCoder
from chainrule.train.data.splits import split_rows
from chainrule.train.data.table import digest
from chainrule.train.runs.domain import Material

__all__ = ["DIGITS", "Images", "encode_images", "load_images"]

DIGITS = "digits"
"""The data set of images that comes with the package."""

LEAST_SIDE = 4
"""Images with fewer pixels along a side show nothing that a convolution could find."""


@final
@dataclass(frozen=True, eq=False)
class Images:
    """Images `(n, C, H, W)` from 0 to 1, the number of the class of each, and its name."""

    name: str
    pixels: Array
    labels: Array
    classes: tuple[str, ...]
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def fingerprint(self) -> str:
        """SHA-256 of the images, their classes and names."""
        texts = ["\n".join(part).encode() for part in (self.names, self.classes)]
        return digest([*texts, self.pixels, self.labels])


def load_images(options: ImageOptions, memory: int | None = None) -> Images:
    """Read the images that the options name.  Raises DataError and OptionError."""
    if options.source == DIGITS:
        images = _digits(options)
    elif options.place.is_dir():
        images = _folder(options, memory)
    else:
        raise OptionError(
            "train",
            expected="images: digits, or a folder whose subfolders have the images of a class each",
            got=repr(options.source),
            remedy="leave --model, --augment and --colour out for other data",
        )
    *_, height, width = images.pixels.shape
    if min(height, width) < LEAST_SIDE:
        raise DataError(
            images.name,
            expected=f"images of {LEAST_SIDE} × {LEAST_SIDE} pixels or more",
            got=f"{width} × {height}",
            remedy="to enlarge them, add --size 8",
        )
    return images


def encode_images(
    images: Images, options: ImageOptions, coder: ImageCoder | None = None
) -> Material:
    """The images in three parts, encoded by the coder, or by one that is fitted to the first."""
    split = split_rows(
        len(images.labels),
        labels=images.labels,
        classes=images.classes,
        test_fraction=options.test_fraction,
        validation_fraction=options.validation_share(len(images.labels)),
        seed=options.seed,
        name=images.name,
    )
    coder = coder or ImageCoder.fit(images.pixels[split.train], images.classes)
    rows = (split.train, split.validation, split.test)

    def part(of: Array) -> Part:
        x = coder.encode(images.pixels[of], np.dtype(options.dtype))
        return Part(x, images.labels[of])

    target = TargetCoder("class", "classification", images.classes)
    encoder = Encoder((), target)
    # the array itself need not stay in memory
    found = partial(str, images.fingerprint())
    train, validation, test = map(part, rows)
    dataset = Dataset(images.name, train, validation, test, encoder, found)
    rare = split.rare(images.classes)
    notes = [*images.notes]
    if rare:
        listed = ", ".join(f"{name} ({count})" for name, count in list(rare.items())[:8])
        notes.append(f"too few to hold any out, so all are trained with: {listed}")
    names = tuple(tuple(images.names[i] for i in of) for of in rows)
    return Material(dataset, coder, tuple(notes), kept=names)


def _digits(options: ImageOptions) -> Images:
    from chainrule.train.data.reading.sklearn_datasets import load_sklearn

    if options.size is not None or options.colour == "rgb":
        got = f"--size {options.size}" if options.size is not None else "--colour rgb"
        raise OptionError(
            DIGITS,
            expected="grey images of 8 × 8 pixels, as they are",
            got=got,
            remedy="leave it out",
        )
    table = load_sklearn(DIGITS)
    answers = table.columns["target"]
    inputs = [column.values for name, column in table.columns.items() if name != "target"]
    pixels = np.stack(inputs, axis=1).reshape(-1, 1, 8, 8) / 16
    names = tuple(f"digit {row}" for row in range(len(pixels)))
    labels = answers.values.astype(np.int64)
    note = f"{len(pixels):,} images of 8 × 8 pixels, grey, of 10 classes"
    return Images(DIGITS, pixels.astype(np.float32), labels, answers.levels, names, (note,))


def _folder(options: ImageOptions, memory: int | None) -> Images:
    found = list_images(options.place)
    found.check_classes()
    files = [found.path / file for file in found.files]
    pixels = read_images(files, options.size, options.colour, memory)
    classes = found.classes
    labels = np.array([classes.index(folder) for folder in found.folders], np.int64)
    _, channels, height, width = pixels.shape
    colour = "grey" if channels == 1 else "in colour"
    notes = [
        f"{len(files):,} images of {width} × {height} pixels, {colour}, of {len(classes)} classes:"
        f" {_counts(classes, labels)}"
    ]
    if found.ignored:
        what = "it is no image" if len(found.ignored) == 1 else "they are no images"
        notes.append(f"left out, as {what}: {some_names(found.ignored)}")
    name = found.path.resolve().name or "images"
    return Images(name, pixels, labels, classes, found.files, tuple(notes))


def _counts(classes: tuple[str, ...], labels: Array) -> str:
    counts: list[Any] = np.bincount(labels, minlength=len(classes)).tolist()
    listed = [f"{name} {count:,}" for name, count in zip(classes, counts, strict=True)][:12]
    return ", ".join([*listed, *["…"] * (len(classes) > 12)])
