"""How images become the inputs of a network: their size, colours, scaling and classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self, final

import numpy as np

from chainrule.domains.images.options import LARGEST_SIDE
from chainrule.errors import RunError
from chainrule.graph import Array
from chainrule.train.storage.schema import Schema, list_of, number, plain, table, text, whole

__all__ = ["SCHEMA", "ImageCoder"]

SCHEMA: Schema = table(
    {
        "height": whole(1),
        "width": whole(1),
        "mean": list_of(number(), least=1, most=3),
        "scale": list_of(number(above=0.0), least=1, most=3),
        "background": list_of(number(), least=1, most=3),
        "classes": list_of(text, least=2, distinct=True),
    },
    others=plain,
)
"""What a run folder may hold as `encoder`."""


@final
@dataclass(frozen=True)
class ImageCoder:
    """Images of `height` × `width` pixels, standardised channel by channel: (pixel − mean) / scale.

    `background` is the usual value of a pixel at the border, from 0 to 1, for each channel.
    """

    height: int
    width: int
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    background: tuple[float, ...]
    classes: tuple[str, ...]

    @classmethod
    def fit(cls, pixels: Array, classes: tuple[str, ...]) -> Self:
        """The coder of images `(n, C, H, W)`, those of the training part.

        >>> coder = ImageCoder.fit(np.array([[[[0.0, 1.0]]]]), ("a", "b"))
        >>> coder.mean, coder.scale, coder.encode(np.zeros((1, 1, 1, 2))).ravel()
        ((0.5,), (0.5,), array([-1., -1.]))
        """
        mean = pixels.mean(axis=(0, 2, 3), dtype=np.float64)
        spread = pixels.std(axis=(0, 2, 3), dtype=np.float64)
        rows, columns = pixels[:, :, [0, -1], :], pixels[..., [0, -1]]
        border = np.concatenate(
            [one.swapaxes(0, 1).reshape(pixels.shape[1], -1) for one in (rows, columns)], axis=1
        )
        return cls(
            height=pixels.shape[2],
            width=pixels.shape[3],
            mean=tuple(mean.tolist()),
            scale=tuple(np.where(spread > 1e-6, spread, 1.0).tolist()),
            background=tuple(np.median(border, axis=1).astype(np.float64).tolist()),
            classes=classes,
        )

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any], where: str) -> Self:
        """The inverse of `to_dict`, of entries that `SCHEMA` accepts.

        Raises RunError, which names the file `where`, for entries that contradict each other.
        """
        lists = ("mean", "scale", "background", "classes")
        found = cls(entries["height"], entries["width"], *(tuple(entries[name]) for name in lists))
        channels = {len(found.mean), len(found.scale), len(found.background)}
        if channels not in ({1}, {3}) or max(found.height, found.width) > LARGEST_SIDE:
            raise RunError(
                where,
                expected=f"one or three channels of at most {LARGEST_SIDE} × {LARGEST_SIDE} pixels",
                got="others",
                remedy="undo the changes, or train again",
            )
        return found

    def to_dict(self) -> dict[str, Any]:
        """The coder as entries of TOML."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }

    @property
    def channels(self) -> int:
        """1 of grey images, 3 of images in colour."""
        return len(self.mean)

    @property
    def colour(self) -> str:
        """The colours as the option names them."""
        return "grey" if self.channels == 1 else "rgb"

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W) of an image."""
        return self.channels, self.height, self.width

    @property
    def encoded_background(self) -> Array:
        """The background as a pixel of the network's inputs, `(C,)`."""
        return (np.array(self.background) - self.mean) / np.array(self.scale)

    def encode(self, pixels: Array, dtype: Any = np.float64) -> Array:
        """The inputs of a network for images `(n, C, H, W)` with values from 0 to 1."""
        mean, scale = (np.reshape(one, (-1, 1, 1)) for one in (self.mean, self.scale))
        return ((pixels - mean.astype(pixels.dtype)) / scale.astype(pixels.dtype)).astype(dtype)

    def decode(self, x: Array) -> Array:
        """The inverse of `encode`."""
        mean, scale = (np.reshape(one, (-1, 1, 1)) for one in (self.mean, self.scale))
        return x * scale + mean
