"""Multi-head attention: several attentions side by side, of learnt queries, keys and values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, final

import numpy as np

from chainrule import ops
from chainrule.errors import OptionError, ShapeError
from chainrule.nn.argument_checks import positive_integer
from chainrule.nn.initialisers import Initialiser, Zeros, initialiser
from chainrule.nn.layer import Layer
from chainrule.nn.layers.attention.sequences import counting, parts_of, sequence
from chainrule.nn.layers.dropout import checked_rate, dropped
from chainrule.nn.scope import Scope
from chainrule.nn.slot import Slot
from chainrule.ops import Tensor

__all__ = ["MultiHeadAttention"]


@final
class MultiHeadAttention(Layer):
    """Lets each entry of a sequence take in the others, or those of a memory, by several heads.

    [Q K V] = x·Wᵀ + b,  cₕ = softmax(Qₕ·Kₕᵀ / √d)·Vₕ,  y = [c₁ … c_H]·Uᵀ + u,  with d = D / H

    x is a sequence (T, D), (B, T, D) or with more axes before, and so is y; one entry (D,) is a
    sequence of length 1.  Or x is a dict:

    x       the sequence that asks: queries are made of it
    memory  another sequence (…, S, D), of which keys and values are made; by default x
    mask    which entries of the memory count: True or 1 where one does, False or 0 for padding, of
            shape (…, S); or which do for which query, (…, T, S)

    With `causal`, entry t sees entries up to t only.  A query for which no entry counts gets y = u.
    In training, `dropout` is the rate at which weights are set to 0, of softmax's results; the
    weights are then kept for the way back, which otherwise takes memory that grows with T, not T².

    W is `in_weight` (3·D, D), b `in_bias` (3·D,), U `out_weight` (D, D), u `out_bias` (D,); without
    `bias` there are no b and u.  All are float64 unless `dtype` is float32.

    Raises OptionError unless H divides D, and for other settings out of range or inputs that are
    not as above, ShapeError for those of other shapes.

    >>> import numpy as np
    >>> layer = MultiHeadAttention(2, 1, bias=False)
    >>> layer.load({"in_weight": [[0, 0]] * 4 + [[1, 0], [0, 1]], "out_weight": np.eye(2)})
    >>> layer([[2.0, 0.0], [0.0, 4.0]])  # all scores are 0: means of the entries
    Tensor([[1., 2.],
            [1., 2.]])
    >>> layer({"x": np.array([[2.0, 0.0], [0.0, 4.0]]), "mask": np.array([1, 0])})
    Tensor([[2., 0.],
            [2., 0.]])

    Vaswani et al., "Attention is all you need", 2017.
    """

    symbol: ClassVar[str] = "c"

    def __init__(
        self,
        features: int,
        heads: int,
        *,
        causal: bool = False,
        dropout: float = 0.0,
        bias: bool = True,
        weight_init: str | Initialiser = "xavier",
        seed: int | None = None,
        dtype: Any = np.float64,
        name: str | None = None,
    ) -> None:
        self.features = positive_integer("MultiHeadAttention features", features)
        self.heads = positive_integer("MultiHeadAttention heads", heads)
        if self.features % self.heads:
            raise OptionError(
                "MultiHeadAttention heads",
                expected=f"a divisor of the {self.features} features",
                got=f"{self.heads}",
            )
        self.causal, self.bias = bool(causal), bool(bias)
        self.dropout, self.seed = checked_rate(dropout), seed or 0
        width, init = self.features, initialiser(weight_init)
        slots = {"in_weight": Slot((3 * width, width), init, dtype=dtype)}
        if self.bias:
            slots["in_bias"] = Slot((3 * width,), Zeros(), dtype=dtype)
        slots["out_weight"] = Slot((width, width), init, dtype=dtype)
        if self.bias:
            slots["out_bias"] = Slot((width,), Zeros(), dtype=dtype)
        super().__init__(name, slots=slots, seed=seed)

    def apply(self, scope: Scope, x: Any) -> Tensor:
        where = self._error_name(scope)
        parts = parts_of(where, x, ("x", "memory", "mask"))
        given = sequence(where, parts["x"], self.features)
        queries = given if given.ndim > 1 else given[None]
        memory = None
        if "memory" in parts:
            memory = sequence(f"{where} memory", parts["memory"], self.features)
            if memory.ndim != queries.ndim or memory.shape[:-2] != queries.shape[:-2]:
                expected = f"{(*queries.shape[:-2], 'S', self.features)}".replace("'", "")
                raise ShapeError(f"{where} memory", expected=expected, got=f"{memory.shape}")
        q, k, v = self._heads(scope, queries, memory)
        mask = None
        if "mask" in parts:
            mask = counting(where, parts["mask"], queries.shape[:-2], k)[..., None, :, :]
        context = ops.swapaxes(self._attended(scope, q, k, v, mask), -2, -3)
        y = ops.reshape(context, queries.shape) @ scope["out_weight"].T
        y = y + scope["out_bias"] if self.bias else y
        return y if given.ndim > 1 else y[0]

    def _heads(self, scope: Scope, x: Tensor, memory: Tensor | None) -> list[Tensor]:
        """Queries, keys and values (…, H, T, d)."""
        weight, width = scope["in_weight"], self.features
        bias = scope["in_bias"] if self.bias else None

        def projected(source: Tensor, first: int, last: int) -> list[Tensor]:
            rows = slice(first * width, last * width)
            z = source @ (weight if last - first == 3 else weight[rows]).T
            if bias is not None:
                z = z + (bias if last - first == 3 else bias[rows])
            split = ops.reshape(z, (*z.shape[:-1], last - first, self.heads, width // self.heads))
            return [ops.swapaxes(split[..., i, :, :], -2, -3) for i in range(last - first)]

        if memory is None:
            return projected(x, 0, 3)
        return [*projected(x, 0, 1), *projected(memory, 1, 3)]

    def _attended(
        self, scope: Scope, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None
    ) -> Tensor:
        if not scope.training or self.dropout == 0:
            return ops.attention(q, k, v, mask, causal=self.causal)
        weights = ops.attention_weights(q, k, mask, causal=self.causal)
        return dropped(scope, weights, self.dropout, self.seed) @ v

    def options(self) -> Mapping[str, Any]:
        causal = {"causal": True} if self.causal else {}
        return {"features": self.features, "heads": self.heads, **causal}
