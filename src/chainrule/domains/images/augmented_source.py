"""A source of images that are moved a little, and perhaps mirrored, anew in every epoch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.graph import Array
from chainrule.train.data.batches import Batches, epoch_order
from chainrule.train.data.source import BatchGroup

__all__ = ["Augmentation", "AugmentedSource", "shifted"]

CHUNK_BYTES = 64_000_000
"""The most memory of the images that are made at once."""


@final
@dataclass(frozen=True)
class Augmentation:
    """How the images of an epoch differ from those of the data.

    shift  the most pixels by which an image is moved along each axis, parts of a pixel included
    flips  whether half of them are mirrored, left to right
    """

    shift: float = 0.0
    flips: bool = False

    def __bool__(self) -> bool:
        return self.shift > 0 or self.flips


@final
class AugmentedSource:
    """Images `(n, C, H, W)` in a new order every epoch, each moved and mirrored at random.

    What moves in from outside is `background` `(C,)`.  Like the order, the images of an epoch are a
    function of the seed and the number of the epoch, so a resumed training goes on with the same.

    >>> x = np.arange(9.0).reshape(1, 1, 3, 3)
    >>> source = AugmentedSource(x, np.array([7]), Batches(1), Augmentation(1.0), np.zeros(1))
    >>> [group] = source.batches(epoch=1, start=0)
    >>> group.arrays["x"].shape, group.arrays["y"].tolist(), group.rows.tolist()
    ((1, 1, 3, 3), [7], [[0]])
    """

    def __init__(
        self, x: Array, y: Array, sizes: Batches, augmentation: Augmentation, background: Array
    ) -> None:
        self.x, self.y, self.sizes, self.augmentation = x, y, sizes, augmentation
        self.background = background
        of_batch = max(1, sizes.batch_rows * x[:1].nbytes)
        self._chunk = max(1, CHUNK_BYTES // of_batch)  # batches

    @property
    def per_epoch(self) -> int:
        """See `DataSource.per_epoch`."""
        return self.sizes.per_epoch

    def batches(self, epoch: int, start: int) -> Iterator[BatchGroup]:
        """See `DataSource.batches`."""
        sizes, most = self.sizes, self.augmentation.shift
        order = epoch_order(sizes.rows, sizes.seed, epoch)
        # a stream of its own, drawn for all rows at once, whatever the chunks are
        random = np.random.default_rng([sizes.seed, epoch, 1])
        shifts = random.uniform(-most, most, (sizes.rows, 2))
        flipped = random.random(sizes.rows) < 0.5 * self.augmentation.flips
        while start < self.per_epoch:
            rows = sizes.chunk(order, start, self._chunk)
            of_rows = rows.reshape(-1)
            x = shifted(self.x[of_rows], shifts[of_rows], self.background)
            x[flipped[of_rows]] = x[flipped[of_rows], ..., ::-1]
            arrays = {"x": x, "y": self.y[of_rows]}
            yield BatchGroup(arrays, np.arange(len(of_rows)).reshape(rows.shape))
            start += len(rows)

    def state(self) -> Mapping[str, Any]:
        """See `DataSource.state`."""
        return {}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """See `DataSource.load_state`."""


def shifted(x: Array, shifts: Array, background: Array) -> Array:
    """Images `(n, C, H, W)`, each moved down and to the right by its `shifts` `(n, 2)`, in pixels.

    y[n, c, i, j] = x[n, c, i − s₀, j − s₁], between pixels by linear interpolation, and outside of
    the image `background` `(C,)`.

    >>> x = np.array([[[[0.0, 8.0, 0.0, 0.0]]]])
    >>> shifted(x, np.array([[0.0, 1.0]]), np.zeros(1)).ravel()
    array([0., 0., 8., 0.])
    >>> shifted(x, np.array([[0.0, -0.25]]), np.zeros(1)).ravel()
    array([2., 6., 0., 0.])
    """
    for axis in (0, 1):
        x = _along(x, shifts[:, axis], background, 2 + axis)
    return x


def _along(x: Array, shifts: Array, background: Array, axis: int) -> Array:
    """The images moved along one axis."""
    length = x.shape[axis]
    whole = np.floor(shifts).astype(np.int64)
    part = (shifts - whole).astype(x.dtype).reshape(-1, 1, 1, 1)
    edge = np.broadcast_to(
        background.astype(x.dtype).reshape(1, -1, 1, 1),
        (len(x), x.shape[1], *(1 if one == axis else x.shape[one] for one in (2, 3))),
    )
    framed = np.concatenate([edge, x, edge], axis=axis)
    # y[i] = (1 − part) · x[i − whole] + part · x[i − whole − 1]; x[0] is framed[1]
    sources = np.arange(length + 1)[None] - whole[:, None]
    index = np.clip(sources, 0, length + 1)
    index = index.reshape(len(x), 1, *((-1, 1) if axis == 2 else (1, -1)))
    taken = np.take_along_axis(framed, index, axis)
    # one gather of length + 1 places has both neighbours of every pixel
    ahead = (slice(None),) * axis
    before, after = taken[(*ahead, slice(0, length))], taken[(*ahead, slice(1, length + 1))]
    return part * before + (1 - part) * after
