"""Transposed convolution layers over one, two and three axes, which enlarge what they get."""

from __future__ import annotations

from typing import Any, ClassVar, final

import numpy as np

from chainrule import ops
from chainrule.errors import OptionError
from chainrule.nn.initialisers import Initialiser
from chainrule.nn.layers.windows.kernel_layer import KernelLayer, Setting
from chainrule.nn.scope import Scope
from chainrule.ops import Tensor
from chainrule.ops.windows.geometry import for_each_axis

__all__ = ["ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"]


class _TransposedConvolution(KernelLayer):
    """Base of the transposed convolution layers."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        size: Setting,
        *,
        stride: Setting = 1,
        padding: Setting = 0,
        output_padding: Setting = 0,
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
            transposed=True,
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
        self.padding = for_each_axis(f"{self.kind} padding", padding, self.axes, 0)
        where = f"{self.kind} output_padding"
        self.output_padding = for_each_axis(where, output_padding, self.axes, 0)
        limits = tuple(map(max, self.stride, self.dilation))
        if any(a >= limit for a, limit in zip(self.output_padding, limits, strict=True)):
            raise OptionError(
                where,
                expected="less than the stride or the dilation",
                got=f"{self.output_padding} with {limits} as the larger one of both",
            )

    def _settings(self) -> dict[str, tuple[Any, Any]]:
        none = (0,) * self.axes
        own = {"padding": (self.padding, none), "output_padding": (self.output_padding, none)}
        return super()._settings() | own


@final
class ConvTranspose1d(_TransposedConvolution):
    """Transposed convolution over one axis: each entry is spread over a window, and these add up.

    z[b, h, n] = bias[h] + Σ weight[d, h, k] · x[b, d, o]
    over all d, o, k with  o·stride + k·dilation − padding = n

    x is (B, D, O), or (D, O) for a single input, and z is (B, H, N) with
    N = (O − 1)·stride − 2·padding + dilation·(K − 1) + output_padding + 1.  `weight` is
    (D, H / groups, K), `bias` (H,); both are float64 unless `dtype` is float32.  It maps as the
    gradient of a `Conv1d` with the same settings does: what that makes of N entries is O long.  A
    stride above 1 makes O of several N, of which `output_padding` selects one by entries at the
    end.  With groups, each group of inputs feeds its own outputs.

    Raises OptionError for settings out of range, ShapeError for an x with other channels.

    >>> layer = ConvTranspose1d(1, 1, 2, stride=2, bias=False)
    >>> layer.load({"weight": [[[3.0, 5.0]]]})
    >>> layer([[1.0, 2.0]])
    Tensor([[ 3.,  5.,  6., 10.]])

    Zeiler, Krishnan, Taylor and Fergus, "Deconvolutional networks", 2010.
    """

    axes: ClassVar[int] = 1

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        return self._applied(scope, x, ops.transposed_convolution)


@final
class ConvTranspose2d(_TransposedConvolution):
    """Transposed convolution over two axes, as of images: each entry is spread over a window.

    z[b, h, n] = bias[h] + Σ weight[d, h, k] · x[b, d, o],  with n, k and o numbering two axes
    over all d, o, k with  o·stride + k·dilation − padding = n

    x is (B, D, O, P), or (D, O, P) for a single input, and z is (B, H, N, M).  `weight` is
    (D, H / groups, *size), `bias` (H,); both are float64 unless `dtype` is float32.  Settings are
    as in `ConvTranspose1d`, each one number, or one for each axis.

    Raises OptionError for settings out of range, ShapeError for an x with other channels.

    >>> import numpy as np
    >>> layer = ConvTranspose2d(8, 3, 3, stride=2, padding=1, output_padding=1)
    >>> layer(np.ones((2, 8, 7, 7))).shape
    (2, 3, 14, 14)

    Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016.
    """

    axes: ClassVar[int] = 2

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        return self._applied(scope, x, ops.transposed_convolution)


@final
class ConvTranspose3d(_TransposedConvolution):
    """Transposed convolution over three axes, as of volumes: each entry is spread over a window.

    z[b, h, n] = bias[h] + Σ weight[d, h, k] · x[b, d, o],  with n, k and o numbering three axes
    over all d, o, k with  o·stride + k·dilation − padding = n

    x is (B, D, O, P, Q), or (D, O, P, Q) for a single input, and z is (B, H, N, M, L).  `weight` is
    (D, H / groups, *size), `bias` (H,); both are float64 unless `dtype` is float32.  Settings are
    as in `ConvTranspose1d`, each one number, or one for each axis.

    Raises OptionError for settings out of range, ShapeError for an x with other channels.

    >>> import numpy as np
    >>> ConvTranspose3d(2, 1, (1, 2, 2), stride=(1, 2, 2))(np.ones((2, 3, 4, 5))).shape
    (1, 3, 8, 10)

    Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016.
    """

    axes: ClassVar[int] = 3

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        return self._applied(scope, x, ops.transposed_convolution)
