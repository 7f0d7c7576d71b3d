"""Pooling layers over one, two and three axes: each window is reduced to one number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, final

from chainrule import ops
from chainrule.arguments import shown, truth
from chainrule.errors import OptionError, ShapeError
from chainrule.nn.accepted import Accepts
from chainrule.nn.layer import Layer
from chainrule.nn.scope import Scope
from chainrule.ops import Tensor
from chainrule.ops.windows.geometry import Lengths, for_each_axis

__all__ = ["AvgPool1d", "AvgPool2d", "AvgPool3d", "MaxPool1d", "MaxPool2d", "MaxPool3d"]

Setting = int | Sequence[int]


class _Pool(Layer):
    """Base of the pooling layers; a subclass says over how many axes."""

    symbol: ClassVar[str] = "p"
    accepts: ClassVar[Accepts] = "floats"
    axes: ClassVar[int]

    def _keep(
        self, size: Setting, stride: Setting | None, padding: Setting, dilation: Setting, ceil: bool
    ) -> None:
        """Keep the settings, one number for each axis, after checking them."""
        self.size = for_each_axis(f"{self.kind} size", size, self.axes, 1)
        self.stride = self.size
        if stride is not None:
            self.stride = for_each_axis(f"{self.kind} stride", stride, self.axes, 1)
        self.padding = for_each_axis(f"{self.kind} padding", padding, self.axes, 0)
        self.dilation = for_each_axis(f"{self.kind} dilation", dilation, self.axes, 1)
        self.ceil = truth(f"{self.kind} ceil", ceil)
        spans = [d * (k - 1) + 1 for k, d in zip(self.size, self.dilation, strict=True)]
        if any(2 * p > m for m, p in zip(spans, self.padding, strict=True)):
            raise OptionError(
                f"{self.kind} padding",
                expected=f"at most half of what a window spans, {' × '.join(map(str, spans))}",
                got=shown(padding),
            )

    def _check(self, scope: Scope, x: Tensor) -> None:
        if x.ndim < self.axes:
            raise ShapeError(
                self._error_name(scope),
                expected=f"inputs with at least {self.axes} axes to pool",
                got=f"{x.shape}",
            )

    def _settings(self, **others: tuple[Any, Any]) -> Mapping[str, Any]:
        """The size, and what differs from the usual setting."""
        ones: Lengths = (1,) * self.axes
        chosen = {
            "stride": (self.stride, self.size),
            "padding": (self.padding, (0,) * self.axes),
            "dilation": (self.dilation, ones),
            "ceil": (self.ceil, False),
            **others,
        }
        changed = {key: value for key, (value, usual) in chosen.items() if value != usual}
        return {"size": self.size, **changed}


class _MaxPool(_Pool):
    """Base of the layers that take the maximum of each window."""

    def __init__(
        self,
        size: Setting,
        stride: Setting | None = None,
        padding: Setting = 0,
        *,
        dilation: Setting = 1,
        ceil: bool = False,
        name: str | None = None,
    ) -> None:
        self._keep(size, stride, padding, dilation, ceil)
        super().__init__(name)

    def _pooled(self, scope: Scope, x: Tensor) -> Tensor:
        self._check(scope, x)
        return ops.max_pool(x, self.size, self.stride, self.padding, self.dilation, ceil=self.ceil)

    def options(self) -> Mapping[str, Any]:
        return self._settings()


class _AvgPool(_Pool):
    """Base of the layers that take the mean of each window."""

    def __init__(
        self,
        size: Setting,
        stride: Setting | None = None,
        padding: Setting = 0,
        *,
        ceil: bool = False,
        count_padding: bool = True,
        name: str | None = None,
    ) -> None:
        self._keep(size, stride, padding, 1, ceil)
        self.count_padding = truth(f"{self.kind} count_padding", count_padding)
        super().__init__(name)

    def _pooled(self, scope: Scope, x: Tensor) -> Tensor:
        self._check(scope, x)
        return ops.avg_pool(
            x,
            self.size,
            self.stride,
            self.padding,
            ceil=self.ceil,
            count_padding=self.count_padding,
        )

    def options(self) -> Mapping[str, Any]:
        return self._settings(count_padding=(self.count_padding, True))


@final
class MaxPool1d(_MaxPool):
    """Maximum of each window over the last axis: the largest entry alone gets the gradient.

    y[…, o] = max over k of x[…, o·stride + k·dilation − padding]

    x is (…, N), y is (…, O) with O = ⌊(N + 2·padding − dilation·(K − 1) − 1) / stride⌋ + 1, or the
    ceiling with `ceil`, unless the last window would begin in the padding.  `stride` defaults to
    `size`.  Padding is never the maximum; it is at most half of a window.  At a tie, the largest
    entries share the gradient.

    Raises OptionError for settings out of range, ShapeError for an x in which no window fits.

    >>> MaxPool1d(2)([1.0, 3.0, 2.0, 0.0])
    Tensor([3., 2.])

    Zhou and Chellappa, "Computation of optical flow using a neural network", 1988.
    """

    axes: ClassVar[int] = 1

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        return self._pooled(scope, x)


@final
class MaxPool2d(_MaxPool):
    """Maximum of each window over the last two axes.

    x is (…, N, M), y is (…, O, P).  Settings are as in `MaxPool1d`, each one number for all
    axes, or one for each.

    Raises OptionError for settings out of range, ShapeError for an x in which no window fits.

    >>> MaxPool2d(2)([[1.0, 3.0, 0.0], [2.0, 0.0, 9.0]])
    Tensor([[3.]])

    Ranzato, Huang, Boureau and LeCun, "Unsupervised learning of invariant feature hierarchies",
    2007.
    """

    axes: ClassVar[int] = 2

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        return self._pooled(scope, x)


@final
class MaxPool3d(_MaxPool):
    """Maximum of each window over the last three axes.

    x is (…, N, M, L), y is (…, O, P, Q).  Settings are as in `MaxPool1d`, each one number for all
    axes, or one for each.

    Raises OptionError for settings out of range, ShapeError for an x in which no window fits.

    >>> import numpy as np
    >>> MaxPool3d((1, 2, 2))(np.ones((5, 3, 4, 4))).shape
    (5, 3, 2, 2)

    Ranzato, Huang, Boureau and LeCun, "Unsupervised learning of invariant feature hierarchies",
    2007.
    """

    axes: ClassVar[int] = 3

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        return self._pooled(scope, x)


@final
class AvgPool1d(_AvgPool):
    """Mean of each window over the last axis: each of its n entries gets 1/n of the gradient.

    y[…, o] = 1/n · Σ over k of x[…, o·stride + k − padding]

    x is (…, N), y is (…, O) with O = ⌊(N + 2·padding − K) / stride⌋ + 1, or the ceiling with
    `ceil`, unless the last window would begin in the padding.  `stride` defaults to `size`.
    The padding is zeros, which are counted in n only with `count_padding`; what `ceil` adds beyond
    it is never counted.

    Raises OptionError for settings out of range, ShapeError for an x in which no window fits.

    >>> AvgPool1d(2)([1.0, 3.0, 2.0, 0.0])
    Tensor([2., 1.])

    LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition",
    1998.
    """

    axes: ClassVar[int] = 1

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        return self._pooled(scope, x)


@final
class AvgPool2d(_AvgPool):
    """Mean of each window over the last two axes.

    x is (…, N, M), y is (…, O, P).  Settings are as in `AvgPool1d`, each one number for all
    axes, or one for each.

    Raises OptionError for settings out of range, ShapeError for an x in which no window fits.

    >>> AvgPool2d(2)([[1.0, 3.0, 0.0], [2.0, 0.0, 9.0]])
    Tensor([[1.5]])

    LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition",
    1998.
    """

    axes: ClassVar[int] = 2

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        return self._pooled(scope, x)


@final
class AvgPool3d(_AvgPool):
    """Mean of each window over the last three axes.

    x is (…, N, M, L), y is (…, O, P, Q).  Settings are as in `AvgPool1d`, each one number for all
    axes, or one for each.

    Raises OptionError for settings out of range, ShapeError for an x in which no window fits.

    >>> import numpy as np
    >>> AvgPool3d((1, 2, 2))(np.ones((5, 3, 4, 4))).shape
    (5, 3, 2, 2)

    LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition",
    1998.
    """

    axes: ClassVar[int] = 3

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        return self._pooled(scope, x)
