"""Sequential: layers one after another."""

from __future__ import annotations

from typing import final

from chainrule.errors import OptionError
from chainrule.nn.layer import Layer
from chainrule.nn.scope import Scope
from chainrule.ops import Tensor

__all__ = ["Sequential"]


@final
class Sequential(Layer):
    """Each layer applied to what the one before it gave: y = fₙ(… f₂(f₁(x))).

    Parameters are called `layers.0.weight` and so on.  What each layer gave is named in the record:
    z for weighted sums, n where normalised, a for activations, d after dropout, numbered by the
    Linear layers so far; a layer made with `name=…` uses that name.  `seed` is for the layers that
    were given none.  Raises OptionError for anything that is no layer.

    >>> from chainrule.nn import Linear, ReLU
    >>> model = Sequential(Linear.of([[1.0], [-1.0]]), ReLU(), Linear.of([[2.0, 3.0]]))
    >>> y = model([5.0])
    >>> y, y.name, list(model.parameters())
    (Tensor([10.]), 'z2', ['layers.0.weight', 'layers.2.weight'])
    """

    def __init__(self, *layers: Layer, seed: int | None = None, name: str | None = None) -> None:
        for layer in layers:
            if not isinstance(layer, Layer):
                raise OptionError(
                    "Sequential",
                    expected="layers",
                    got=f"{layer!r}",
                    remedy="make it with its parentheses, as in ReLU()",
                )
        self.layers = layers
        children = {f"layers.{i}": layer for i, layer in enumerate(layers)}
        super().__init__(name, children=children, seed=seed)

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        for name, layer in self.children.items():
            x = scope.record(name, layer, x, layer.apply(scope.child(name), x))
        return x
