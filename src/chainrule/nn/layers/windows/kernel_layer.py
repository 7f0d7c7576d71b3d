"""The base of layers with a kernel of weights that slides over axes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

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
from chainrule.ops.windows.geometry import for_each_axis

__all__ = ["KernelLayer", "Setting"]

Setting = int | Sequence[int]
"""One number for all axes, or one for each."""


class KernelLayer(Layer):
    """Base of convolutions and their transposes; a subclass says over how many axes it slides.

    The weight is (outputs, inputs / groups, *size), or with these two swapped if `transposed`.
    """

    symbol: ClassVar[str] = "z"
    accepts: ClassVar[Accepts] = "floats"
    axes: ClassVar[int]

    def __init__(
        self,
        inputs: int,
        outputs: int,
        size: Setting,
        *,
        transposed: bool,
        stride: Setting,
        dilation: Setting,
        groups: int,
        bias: bool,
        weight_init: str | Initialiser,
        bias_init: str | Initialiser,
        seed: int | None,
        dtype: Any,
        name: str | None,
    ) -> None:
        self.inputs = positive_integer(f"{self.kind} inputs", inputs)
        self.outputs = positive_integer(f"{self.kind} outputs", outputs)
        self.size = for_each_axis(f"{self.kind} size", size, self.axes, 1)
        self.stride = for_each_axis(f"{self.kind} stride", stride, self.axes, 1)
        self.dilation = for_each_axis(f"{self.kind} dilation", dilation, self.axes, 1)
        self.groups = whole_number(f"{self.kind} groups", groups, 1)
        if self.inputs % self.groups or self.outputs % self.groups:
            raise OptionError(
                f"{self.kind} groups",
                expected="a number that divides inputs and outputs",
                got=f"{self.groups} for {self.inputs} inputs and {self.outputs} outputs",
            )
        self.bias = truth(f"{self.kind} bias", bias)
        first, second = (inputs, outputs) if transposed else (outputs, inputs)
        shape = (first, second // self.groups, *self.size)
        slots = {"weight": Slot(shape, initialiser(weight_init), dtype=dtype)}
        if self.bias:
            slots["bias"] = Slot((self.outputs,), initialiser(bias_init), dtype=dtype)
        super().__init__(name, slots=slots, seed=seed)

    def _applied(self, scope: Scope, x: Tensor, operation: Callable[..., Tensor]) -> Tensor:
        """The operation on x with the kernel and its settings; x may lack the axis of a batch."""
        if x.ndim not in (self.axes + 1, self.axes + 2) or x.shape[-self.axes - 1] != self.inputs:
            lengths = ", ".join("NML"[: self.axes])
            raise ShapeError(
                self._error_name(scope),
                expected=f"inputs (B, {self.inputs}, {lengths}) or ({self.inputs}, {lengths})",
                got=f"{x.shape}",
                remedy="channels come before the axes that windows slide over",
            )
        single = x.ndim == self.axes + 1
        y = operation(
            ops.expand_dims(x, 0) if single else x,
            scope["weight"],
            scope["bias"] if self.bias else None,
            **{name: value for name, (value, _) in self._settings().items()},
        )
        return ops.squeeze(y, 0) if single else y

    def _settings(self) -> dict[str, tuple[Any, Any]]:
        """Each setting of the operation, and its usual value."""
        return {
            "stride": (self.stride, (1,) * self.axes),
            "dilation": (self.dilation, (1,) * self.axes),
            "groups": (self.groups, 1),
        }

    def options(self) -> Mapping[str, Any]:
        shown = {"inputs": self.inputs, "outputs": self.outputs, "size": self.size}
        settings = {**self._settings(), "bias": (self.bias, True)}.items()
        return shown | {name: value for name, (value, usual) in settings if value != usual}
