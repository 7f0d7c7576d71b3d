"""Small pictures of two classes, written as files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

__all__ = ["write_picture", "write_pictures"]


def write_picture(path: Path, pixels: np.ndarray) -> Path:
    """An image file of pixels `(H, W)` or `(H, W, C)`, in the format of its ending."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(pixels, np.uint8)).save(path)
    return path


def write_pictures(
    folder: Path, count: int = 10, side: int = 6, colour: bool = False, seed: int = 0
) -> Path:
    """A folder of bright lines on noise: `across` and `down`."""
    rng = np.random.default_rng(seed)
    for name in ("across", "down"):
        for i in range(count):
            pixels = rng.integers(0, 90, (side, side, 3) if colour else (side, side))
            at = rng.integers(1, side - 1)
            (pixels if name == "across" else pixels.swapaxes(0, 1))[at] += 150
            write_picture(folder / name / f"{i}.png", pixels)
    return folder
