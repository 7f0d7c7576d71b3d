"""Sequential: layers applied one after another."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from chainrule.errors import OptionError
from chainrule.nn.layer import Layer
from chainrule.nn.scope import Scope

__all__ = ["Sequential"]


@final
class Sequential(Layer):
    """Applies each layer to the output of the one before: y = fₙ(… f₂(f₁(x))).

    x is whatever the first layer takes, a tree of tensors included.  Parameters are called
    `layers.0.weight` and so on.  In the record, the output of each layer has a name: its letter (z
    for weighted sums, n after normalisation, a for activations, d after dropout, r for residual
    blocks, e for embeddings, p for positions and pooling, h for recurrent layers, c for attention,
    f for a Lambda) and the number of Linear layers so far, or the layer's own `name`.  `seed` is
    for the layers that have none.

    Raises OptionError for an argument that is not a layer.

    >>> from chainrule.nn import Linear, ReLU
    >>> model = Sequential(Linear.of([[1.0], [-1.0]]), ReLU(), Linear.of([[2.0, 3.0]]))
    >>> y = model([5.0])
    >>> y, y.name, list(model.parameters())
    (Tensor([10.]), 'z2', ['layers.0.weight', 'layers.2.weight'])
    """

    def __init__(self, *layers: Layer, seed: int | None = None, name: str | None = None) -> None:
        for layer in layers:
            # not every caller is type-checked
            if not isinstance(layer, Layer):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise OptionError(
                    "Sequential",
                    expected="layers",
                    got=f"{layer!r}",
                    remedy="call the class, as in ReLU()",
                )
        self.layers = layers
        children = {f"layers.{i}": layer for i, layer in enumerate(layers)}
        super().__init__(name, children=children, seed=seed)

    def apply(self, scope: Scope, x: Any) -> Any:
        for name, layer in self.children.items():
            x = scope.record(name, layer, x, layer.apply(scope.child(name), x))
        return x

    @property
    def input_dtype(self) -> np.dtype[Any]:
        first = self.layers[0].input_dtype if self.layers else self.dtype
        return first if first.kind == "i" else super().input_dtype
