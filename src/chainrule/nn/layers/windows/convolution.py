"""Convolution layers over one, two and three axes: the same weighted sums at every position."""

from __future__ import annotations

from typing import Any, ClassVar, final

import numpy as np

from chainrule import ops
from chainrule.nn.initialisers import Initialiser
from chainrule.nn.layers.windows.kernel_layer import KernelLayer, Setting
from chainrule.nn.scope import Scope
from chainrule.ops import Tensor
from chainrule.ops.windows.geometry import Padding, edges_of, for_each_axis

__all__ = ["Conv1d", "Conv2d", "Conv3d"]


class _Convolution(KernelLayer):
    """Base of the convolution layers."""

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
        super().__init__(
            inputs,
            outputs,
            size,
            transposed=False,
            stride=stride,
            dilation=dilation,
            groups=groups,
            bias=bias,
            weight_init=weight_init,
            bias_init=bias_init,
            seed=seed,
            dtype=dtype,
            name=name,
        )
        where = f"{self.kind} padding"
        edges_of(where, padding, self.size, self.stride, self.dilation)
        self.padding: Padding = padding
        if not isinstance(padding, str):
            self.padding = for_each_axis(where, padding, self.axes, 0)

    def _settings(self) -> dict[str, tuple[Any, Any]]:
        return super()._settings() | {"padding": (self.padding, (0,) * self.axes)}


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
        return self._applied(scope, x, ops.convolution)


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
        return self._applied(scope, x, ops.convolution)


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
        return self._applied(scope, x, ops.convolution)
