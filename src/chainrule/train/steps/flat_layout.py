"""Layouts: where each named array lies in one flat vector."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.errors import RunError
from chainrule.graph import Array

__all__ = ["Layout"]


@final
@dataclass(frozen=True)
class Layout:
    """Names and shapes of arrays that lie one after another in a vector of `size` entries.

    Those `transposed` are matrices that lie by columns.

    >>> import numpy as np
    >>> layout = Layout({"weight": (2, 3), "bias": (2,)})
    >>> vector = np.arange(8.0)
    >>> layout.size, layout.views(vector)["bias"]
    (8, array([6., 7.]))
    """

    shapes: Mapping[str, tuple[int, ...]]
    transposed: Collection[str] = ()

    @property
    def size(self) -> int:
        """Entries of all arrays together."""
        return sum(map(math.prod, self.shapes.values()))

    def views(self, vector: Array) -> dict[str, Array]:
        """The arrays, as windows onto `vector` `(size,)`: a change of one is a change of both."""
        views: dict[str, Array] = {}
        start = 0
        for name, shape in self.shapes.items():
            stop = start + math.prod(shape)
            part = vector[start:stop]
            transposed = name in self.transposed
            views[name] = part.reshape(shape[::-1]).T if transposed else part.reshape(shape)
            start = stop
        return views

    def arrays(self, vector: Array) -> dict[str, Array]:
        """The arrays, copied, each row by row."""
        return {name: view.copy(order="C") for name, view in self.views(vector).items()}

    def by_rows(self, vector: Array) -> Array:
        """The same vector `(size,)` but for the transposed arrays, which lie by rows; a copy."""
        return np.concatenate([view.reshape(-1) for view in self.views(vector).values()])

    def fill(self, vector: Array, arrays: Mapping[str, Any]) -> None:
        """Put these arrays into `vector` `(size,)`."""
        for name, view in self.views(vector).items():
            view[...] = arrays[name]

    def check(self, arrays: Mapping[str, Array], where: str) -> None:
        """RunError unless `arrays` have these names and shapes, and no others."""
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
