"""Convolution layers over one, two and three axes: the same weighted sums at every position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, final

import numpy as np

from chainrule import ops
from chainrule.arguments import truth, whole_number
from chainrule.errors import OptionError, ShapeError
from chainrule.nn.accepted import Accepts
from chainrule.nn.argument_checks import positive_integer
from chainrule.nn.initialisers import Initialiser, initialiser
from chainrule.nn.layer import Layer
from chainrule.nn.scope import Scope
from chainrule.nn.slot import Slot
from chainrule.ops import Tensor
from chainrule.ops.windows.geometry import Padding, edges_of, for_each_axis

__all__ = ["Conv1d", "Conv2d", "Conv3d"]

Setting = int | Sequence[int]


class _Convolution(Layer):
    """Base of the convolution layers; a subclass says over how many axes."""

    symbol: ClassVar[str] = "z"
    accepts: ClassVar[Accepts] = "floats"
    axes: ClassVar[int]

    def __init__(
        self,
        inputs: int,
        outputs: int,
        size: Setting,
        *,
        stride: Setting = 1,
        padding: Padding = 0,
        dilation: Setting = 1,
        groups: int = 1,
        bias: bool = True,
        weight_init: str | Initialiser = "xavier",
        bias_init: str | Initialiser = "zeros",
        seed: int | None = None,
        dtype: Any = np.float64,
        name: str | None = None,
    ) -> None:
        self.inputs = positive_integer(f"{self.kind} inputs", inputs)
        self.outputs = positive_integer(f"{self.kind} outputs", outputs)
        self.size = for_each_axis(f"{self.kind} size", size, self.axes, 1)
        self.stride = for_each_axis(f"{self.kind} stride", stride, self.axes, 1)
        self.dilation = for_each_axis(f"{self.kind} dilation", dilation, self.axes, 1)
        where = f"{self.kind} padding"
        edges_of(where, padding, self.size, self.stride, self.dilation)
        self.padding: Padding = padding
        if not isinstance(padding, str):
            self.padding = for_each_axis(where, padding, self.axes, 0)
        self.groups = whole_number(f"{self.kind} groups", groups, 1)
        if self.inputs % self.groups or self.outputs % self.groups:
            raise OptionError(
                f"{self.kind} groups",
                expected="a number that divides inputs and outputs",
                got=f"{self.groups} for {self.inputs} inputs and {self.outputs} outputs",
            )
        self.bias = truth(f"{self.kind} bias", bias)
        shape = (self.outputs, self.inputs // self.groups, *self.size)
        slots = {"weight": Slot(shape, initialiser(weight_init), dtype=dtype)}
        if self.bias:
            slots["bias"] = Slot((self.outputs,), initialiser(bias_init), dtype=dtype)
        super().__init__(name, slots=slots, seed=seed)

    def _convolved(self, scope: Scope, x: Tensor) -> Tensor:
        if x.ndim not in (self.axes + 1, self.axes + 2) or x.shape[-self.axes - 1] != self.inputs:
            lengths = ", ".join("NML"[: self.axes])
            raise ShapeError(
                self._error_name(scope),
                expected=f"inputs (B, {self.inputs}, {lengths}) or ({self.inputs}, {lengths})",
                got=f"{x.shape}",
                remedy="channels come before the axes that windows slide over",
            )
        single = x.ndim == self.axes + 1
        y = ops.convolution(
            ops.expand_dims(x, 0) if single else x,
            scope["weight"],
            scope["bias"] if self.bias else None,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
        )
        return ops.squeeze(y, 0) if single else y

    def options(self) -> Mapping[str, Any]:
        settings = {"inputs": self.inputs, "outputs": self.outputs, "size": self.size}
        chosen = {
            "stride": (self.stride, (1,) * self.axes),
            "padding": (self.padding, (0,) * self.axes),
            "dilation": (self.dilation, (1,) * self.axes),
            "groups": (self.groups, 1),
            "bias": (self.bias, True),
        }
        return settings | {key: value for key, (value, usual) in chosen.items() if value != usual}


@final
class Conv1d(_Convolution):
    """Convolution over one axis, such as time: the same weighted sums at every position.

    z[b, h, o] = bias[h] + Σ_{d, k} weight[h, d, k] · x[b, d, o·stride + k·dilation − padding]
    ∂L/∂weight[h, d, k] = Σ_{b, o} g[b, h, o] · x[b, d, …],  ∂L/∂bias = Σ g over b and o

    x is (B, D, N), or (D, N) for a single input, and z is (B, H, O) with
    O = ⌊(N + 2·padding − dilation·(K − 1) − 1) / stride⌋ + 1.  `weight` is (H, D / groups, K),
    `bias` (H,); both are float64 unless `dtype` is float32.  Outside its range, x is 0.  `padding`
    is a number, "valid" for 0, or "same", with which O = N at a stride of 1.  With groups, each
    group of H / groups outputs reads its own D / groups inputs.  It is a cross-correlation: the
    window is not reversed.

    Raises OptionError for settings out of range, ShapeError for an x with other channels or for
    which no window fits.

    >>> layer = Conv1d(1, 1, 2)
    >>> layer.load({"weight": [[[-1.0, 1.0]]], "bias": [0.5]})
    >>> layer([[1.0, 2.0, 4.0]])
    Tensor([[1.5, 2.5]])

    Waibel et al., "Phoneme recognition using time-delay neural networks", 1989.
    """

    axes: ClassVar[int] = 1

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        return self._convolved(scope, x)


@final
class Conv2d(_Convolution):
    """Convolution over two axes, as of images: the same weighted sums at every position.

    z[b, h, o, p] = bias[h] + Σ_{d, k, l} weight[h, d, k, l] · x[b, d, o + k, p + l]

    x is (B, D, N, M), or (D, N, M) for a single image, and z is (B, H, O, P).  `weight` is
    (H, D / groups, K, L) for a `size` of (K, L), or of K for both; `bias` is (H,).  Both are
    float64 unless `dtype` is float32.  `stride`, `padding`, `dilation` and `groups` are as in
    `Conv1d`, each one number, or one for each axis.

    Raises OptionError for settings out of range, ShapeError for an x with other channels or for
    which no window fits.

    >>> import numpy as np
    >>> Conv2d(3, 8, 3, padding="same")(np.ones((2, 3, 28, 28))).shape
    (2, 8, 28, 28)

    LeCun et al., "Backpropagation applied to handwritten zip code recognition", 1989.
    """

    axes: ClassVar[int] = 2

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        return self._convolved(scope, x)


@final
class Conv3d(_Convolution):
    """Convolution over three axes, as of volumes or films: the same sums at every position.

    z[b, h, o, p, q] = bias[h] + Σ weight[h, d, k, l, m] · x[b, d, o + k, p + l, q + m]

    x is (B, D, N, M, L), or (D, N, M, L) for a single input, and z is (B, H, O, P, Q).  `weight` is
    (H, D / groups, *size), `bias` (H,); both are float64 unless `dtype` is float32.  `stride`,
    `padding`, `dilation` and `groups` are as in `Conv1d`, each one number, or one for each axis.

    Raises OptionError for settings out of range, ShapeError for an x with other channels or for
    which no window fits.

    >>> import numpy as np
    >>> Conv3d(1, 4, (1, 3, 3), stride=(1, 2, 2))(np.ones((1, 5, 9, 9))).shape
    (4, 5, 4, 4)

    Ji, Xu, Yang and Yu, "3D convolutional neural networks for human action recognition", 2013.
    """

    axes: ClassVar[int] = 3

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        return self._convolved(scope, x)
