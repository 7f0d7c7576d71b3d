"""The layout of a flat vector: which named array occupies which region of it."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np

from chainrule.errors import RunError
from chainrule.graph import Array

__all__ = ["FlatLayout"]


@final
@dataclass(frozen=True)
class FlatLayout:
    """Names and shapes of arrays stored one after another in a vector of `size` entries.

    Each array is stored row-major, except the matrices named in `transposed`, which are
    column-major.

    >>> import numpy as np
    >>> layout = FlatLayout({"weight": (2, 3), "bias": (2,)})
    >>> vector = np.arange(8.0)
    >>> layout.size, layout.views(vector)["bias"]
    (8, array([6., 7.]))
    """

    shapes: Mapping[str, tuple[int, ...]]
    transposed: Collection[str] = ()

    @cached_property
    def size(self) -> int:
        """The number of entries of all arrays together."""
        return sum(map(math.prod, self.shapes.values()))

    def views(self, vector: Array) -> dict[str, Array]:
        """The arrays as views of `vector` `(size,)`: writing to one writes to the other."""
        views: dict[str, Array] = {}
        start = 0
        for name, shape in self.shapes.items():
            stop = start + math.prod(shape)
            region = vector[start:stop]
            transposed = name in self.transposed
            views[name] = region.reshape(shape[::-1]).T if transposed else region.reshape(shape)
            start = stop
        return views

    def arrays(self, vector: Array) -> dict[str, Array]:
        """Copies of the arrays, each row-major."""
        return {name: view.copy(order="C") for name, view in self.views(vector).items()}

    def row_major(self, vector: Array) -> Array:
        """A copy of `vector` `(size,)` in which the transposed arrays are row-major too."""
        return np.concatenate([view.reshape(-1) for view in self.views(vector).values()])

    def fill(self, vector: Array, arrays: Mapping[str, Any]) -> None:
        """Copy these arrays into `vector` `(size,)`."""
        for name, view in self.views(vector).items():
            view[...] = arrays[name]

    def check(self, arrays: Mapping[str, Array], where: str) -> None:
        """Raise RunError unless `arrays` have exactly these names and shapes."""
        for name in (*self.shapes, *arrays):
            expected = self.shapes.get(name)
            got = arrays[name].shape if name in arrays else None
            if expected != got:
                raise RunError(
                    f"{where} {name}",
                    expected=f"shape {expected}"
                    if expected is not None
                    else "nothing of that name",
                    got=f"shape {got}" if got is not None else "nothing",
                    remedy="continue with the model and optimizer the run began with",
                )
