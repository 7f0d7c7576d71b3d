"""Adaptive pooling layers: axes of any lengths are reduced to a given number of regions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, final

from chainrule import ops
from chainrule.arguments import shown
from chainrule.errors import OptionError, ShapeError
from chainrule.nn.accepted import Accepts
from chainrule.nn.argument_checks import positive_integer
from chainrule.nn.layer import Layer
from chainrule.nn.scope import Scope
from chainrule.ops import Tensor

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AdaptiveAvgPool3d",
    "AdaptiveMaxPool1d",
    "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d",
]

Outputs = int | Sequence[int | None]


class _AdaptivePool(Layer):
    """Base of the adaptive pooling layers; a subclass says over how many axes."""

    symbol: ClassVar[str] = "p"
    accepts: ClassVar[Accepts] = "floats"
    axes: ClassVar[int]

    def __init__(self, outputs: Outputs, *, name: str | None = None) -> None:
        where = f"{self.kind} outputs"
        numbers: tuple[Any, ...] = (outputs,) * self.axes
        if isinstance(outputs, Sequence) and not isinstance(outputs, (str, bytes)):
            numbers = tuple(outputs)
        if len(numbers) != self.axes:
            raise OptionError(
                where, expected=f"one number, or one for each of {self.axes}", got=shown(outputs)
            )
        self.lengths: tuple[int | None, ...] = tuple(
            None if n is None else positive_integer(where, n) for n in numbers
        )
        super().__init__(name)

    def _wanted(self, scope: Scope, x: Tensor) -> tuple[int, ...]:
        """The number of regions of each axis: None keeps an axis as it is."""
        last = x.shape[x.ndim - self.axes :]
        if x.ndim < self.axes or 0 in last:
            raise ShapeError(
                self._error_name(scope),
                expected=f"inputs with at least {self.axes} axes to pool, and entries in each",
                got=f"{x.shape}",
            )
        return tuple(n if o is None else o for n, o in zip(last, self.lengths, strict=True))

    def options(self) -> Mapping[str, Any]:
        return {"outputs": self.lengths}


@final
class AdaptiveAvgPool1d(_AdaptivePool):
    """Means over a given number of regions of the last axis.

    yᵢ = mean of x from ⌊i·N/O⌋ to ⌈(i + 1)·N/O⌉ − 1,  for O `outputs` from N entries

    x is (…, N), with any lengths; y has `outputs` in their places: one number for all
    axes, or one for each, where None keeps an axis.  Regions overlap unless N is a multiple of O.

    Raises OptionError for outputs below 1, ShapeError for an x of fewer axes.

    >>> AdaptiveAvgPool1d(2)([1.0, 3.0, 2.0, 0.0])
    Tensor([2., 1.])

    He, Zhang, Ren and Sun, "Spatial pyramid pooling in deep convolutional networks for visual
    recognition", 2014.
    """

    axes: ClassVar[int] = 1

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        return ops.adaptive_avg_pool(x, self._wanted(scope, x))


@final
class AdaptiveAvgPool2d(_AdaptivePool):
    """Means over a given number of regions of the last two axes.

    yᵢ = mean of x from ⌊i·N/O⌋ to ⌈(i + 1)·N/O⌉ − 1,  for O `outputs` from N entries

    x is (…, N, M), with any lengths; y has `outputs` in their places: one number for all
    axes, or one for each, where None keeps an axis.  Regions overlap unless N is a multiple of O.

    Raises OptionError for outputs below 1, ShapeError for an x of fewer axes.

    >>> import numpy as np
    >>> AdaptiveAvgPool2d((1, None))(np.ones((4, 7, 5))).shape
    (4, 1, 5)

    He, Zhang, Ren and Sun, "Spatial pyramid pooling in deep convolutional networks for visual
    recognition", 2014.
    """

    axes: ClassVar[int] = 2

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        return ops.adaptive_avg_pool(x, self._wanted(scope, x))


@final
class AdaptiveAvgPool3d(_AdaptivePool):
    """Means over a given number of regions of the last three axes.

    yᵢ = mean of x from ⌊i·N/O⌋ to ⌈(i + 1)·N/O⌉ − 1,  for O `outputs` from N entries

    x is (…, N, M, L), with any lengths; y has `outputs` in their places: one number for all
    axes, or one for each, where None keeps an axis.  Regions overlap unless N is a multiple of O.

    Raises OptionError for outputs below 1, ShapeError for an x of fewer axes.

    >>> import numpy as np
    >>> AdaptiveAvgPool3d(1)(np.ones((4, 7, 5, 3))).shape
    (4, 1, 1, 1)

    He, Zhang, Ren and Sun, "Spatial pyramid pooling in deep convolutional networks for visual
    recognition", 2014.
    """

    axes: ClassVar[int] = 3

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        return ops.adaptive_avg_pool(x, self._wanted(scope, x))


@final
class AdaptiveMaxPool1d(_AdaptivePool):
    """Maxima over a given number of regions of the last axis.

    yᵢ = max of x from ⌊i·N/O⌋ to ⌈(i + 1)·N/O⌉ − 1,  for O `outputs` from N entries

    x is (…, N), with any lengths; y has `outputs` in their places: one number for all
    axes, or one for each, where None keeps an axis.  Regions overlap unless N is a multiple of O.
    At a tie, the largest entries share the gradient.

    Raises OptionError for outputs below 1, ShapeError for an x of fewer axes.

    >>> AdaptiveMaxPool1d(2)([1.0, 3.0, 2.0, 0.0])
    Tensor([3., 2.])

    He, Zhang, Ren and Sun, "Spatial pyramid pooling in deep convolutional networks for visual
    recognition", 2014.
    """

    axes: ClassVar[int] = 1

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        return ops.adaptive_max_pool(x, self._wanted(scope, x))


@final
class AdaptiveMaxPool2d(_AdaptivePool):
    """Maxima over a given number of regions of the last two axes.

    yᵢ = max of x from ⌊i·N/O⌋ to ⌈(i + 1)·N/O⌉ − 1,  for O `outputs` from N entries

    x is (…, N, M), with any lengths; y has `outputs` in their places: one number for all
    axes, or one for each, where None keeps an axis.  Regions overlap unless N is a multiple of O.
    At a tie, the largest entries share the gradient.

    Raises OptionError for outputs below 1, ShapeError for an x of fewer axes.

    >>> import numpy as np
    >>> AdaptiveMaxPool2d((1, None))(np.ones((4, 7, 5))).shape
    (4, 1, 5)

    He, Zhang, Ren and Sun, "Spatial pyramid pooling in deep convolutional networks for visual
    recognition", 2014.
    """

    axes: ClassVar[int] = 2

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        return ops.adaptive_max_pool(x, self._wanted(scope, x))


@final
class AdaptiveMaxPool3d(_AdaptivePool):
    """Maxima over a given number of regions of the last three axes.

    yᵢ = max of x from ⌊i·N/O⌋ to ⌈(i + 1)·N/O⌉ − 1,  for O `outputs` from N entries

    x is (…, N, M, L), with any lengths; y has `outputs` in their places: one number for all
    axes, or one for each, where None keeps an axis.  Regions overlap unless N is a multiple of O.
    At a tie, the largest entries share the gradient.

    Raises OptionError for outputs below 1, ShapeError for an x of fewer axes.

    >>> import numpy as np
    >>> AdaptiveMaxPool3d(1)(np.ones((4, 7, 5, 3))).shape
    (4, 1, 1, 1)

    He, Zhang, Ren and Sun, "Spatial pyramid pooling in deep convolutional networks for visual
    recognition", 2014.
    """

    axes: ClassVar[int] = 3

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        return ops.adaptive_max_pool(x, self._wanted(scope, x))
