"""Predictions for image files: the class of each and how probable the classes are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from chainrule.domains.images.coder import ImageCoder
from chainrule.domains.images.options import ImageOptions
from chainrule.domains.images.reading.image_folder import (
    list_images,
    read_images,
    some_names,
)
from chainrule.domains.trained import Predicted, Trained
from chainrule.errors import DataError, OptionError
from chainrule.nn.prediction import in_chunks
from chainrule.train.evaluation.class_scores import log_softmax

__all__ = ["predict_images"]


def predict_images(
    trained: Trained[ImageOptions, ImageCoder], file: Path | None, memory: int | None = None
) -> Predicted:
    """The classes of an image, or of all images in a folder and its subfolders.

    Images of another size than those of the training are an error, unless these were scaled.
    """
    if file is None:
        raise OptionError("predict", expected="an image or a folder of images", got="none")
    coder, notes = trained.coder, list[str]()
    folders: tuple[str, ...] = ("",)
    if file.is_dir():
        found = list_images(file)
        if not found.files:
            raise DataError(
                str(file), expected="images", got="a folder without any", remedy="name another one"
            )
        files, folders = [file / name for name in found.files], found.folders
        names = list(found.files)
        if found.ignored:
            notes.append(f"left out, as no images: {some_names(found.ignored)}")
    else:
        files, names = [file], [str(file)]
    side = trained.options.size
    shape = (coder.height, coder.width)
    x = coder.encode(_read(files, side, coder, memory, shape))
    logs = log_softmax(in_chunks(lambda some: trained.network(some).value, x))
    best = logs.argmax(axis=1)
    columns: dict[str, Any] = {"file": names, "prediction": [coder.classes[i] for i in best]}
    for i, name in enumerate(coder.classes):
        columns[f"p({name})"] = np.exp(logs[:, i]).tolist()
    if all(folder in coder.classes for folder in folders):
        true = np.array([coder.classes.index(folder) for folder in folders])
        right = 100 * float(np.mean(true == best))
        loss = -float(logs[np.arange(len(true)), true].mean())
        notes.append(
            f"scored by the names of the folders in {len(true):,} images: accuracy {right:.2f} %,"
            f" loss {loss:.4f}"
        )
    return Predicted(columns, tuple(notes))


def _read(
    files: list[Path],
    side: int | None,
    coder: ImageCoder,
    memory: int | None,
    shape: tuple[int, int],
) -> Any:
    """The pixels, with an error of its own for images of another size than the run's."""
    try:
        return read_images(files, side, coder.colour, memory, shape)
    except DataError as error:
        if "--size" not in (error.remedy or ""):
            raise
        raise DataError(
            error.where,
            expected=f"{shape[1]} × {shape[0]} pixels, as the images of the training have",
            got=error.got,
            remedy="scale it first, or train with --size",
        ) from None
