"""The decoder's block of a transformer: it also attends to what an encoder made of another text."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from chainrule.nn.argument_checks import positive_integer
from chainrule.nn.layer import Layer
from chainrule.nn.layers.attention.multi_head_attention import MultiHeadAttention
from chainrule.nn.layers.attention.residual_block import ResidualBlock
from chainrule.nn.layers.attention.sequences import parts_of, with_sequence
from chainrule.nn.layers.normalisation import LayerNorm
from chainrule.nn.scope import Scope
from chainrule.ops import Tensor

__all__ = ["TransformerDecoderBlock"]


@final
class TransformerDecoderBlock(ResidualBlock):
    """One block of a decoder: causal attention, attention to a memory, a network; all residual.

    h = x + attention(norm₁(x)),  k = h + cross(norm₂(h), memory),  y = k + mlp(norm₃(k))
    with  mlp(k) = W₂·activation(W₁·k + b₁) + b₂  for each entry of the sequence

    x is a sequence (T, D), (B, T, D) or with more axes before, of which entry t sees entries up to
    t; or a dict, which is returned with y in place of x, so that blocks can follow each other:

    x       the sequence that is decoded
    memory  another sequence (…, S, D), such as the outputs of an encoder; by default x as given
    mask    which entries of the memory count: True or 1 where one does, of shape (…, S)

    `hidden` is the width of the hidden layer, 4·D if it is None; `dropout` is the rate for weights
    of attention, the hidden layer and what each part adds.  The parts are called norm1, attention,
    norm2, cross, norm3, hidden, activation and out.

    Raises OptionError for settings out of range, ShapeError for inputs of other shapes.

    >>> import numpy as np
    >>> block = TransformerDecoderBlock(4, 2, seed=0)
    >>> inputs = {
    ...     "x": np.ones((3, 4)),
    ...     "memory": np.ones((5, 4)),
    ...     "mask": np.array([1, 1, 1, 0, 0]),
    ... }
    >>> block(inputs)["x"].shape, sum(p.size for p in block.parameters().values())
    ((3, 4), 332)

    Vaswani et al., "Attention is all you need", 2017; Xiong et al., "On layer normalization in the
    transformer architecture", 2020.
    """

    def __init__(
        self,
        features: int,
        heads: int,
        hidden: int | None = None,
        *,
        activation: str = "relu",
        dropout: float = 0.0,
        eps: float = 1e-5,
        seed: int | None = None,
        dtype: Any = np.float64,
        name: str | None = None,
    ) -> None:
        width = positive_integer("TransformerDecoderBlock features", features)

        def attention(causal: bool) -> MultiHeadAttention:
            return MultiHeadAttention(
                width, heads, causal=causal, dropout=dropout, seed=seed, dtype=dtype
            )

        parts: dict[str, Layer] = {
            "norm1": LayerNorm(width, eps=eps, dtype=dtype),
            "attention": attention(True),
            "norm2": LayerNorm(width, eps=eps, dtype=dtype),
            "cross": attention(False),
            "norm3": LayerNorm(width, eps=eps, dtype=dtype),
        }
        super().__init__(
            width,
            hidden,
            parts,
            activation=activation,
            dropout=dropout,
            seed=seed,
            dtype=dtype,
            name=name,
        )

    def apply(self, scope: Scope, x: Any) -> Any:
        parts = parts_of(self._error_name(scope), x, ("x", "memory", "mask"))
        beside = {"memory": parts["x"], **parts}
        if beside["memory"].ndim == 1:  # one entry is a sequence of length 1
            beside["memory"] = beside["memory"][None]
        y: Tensor = parts["x"]
        h = self._part(scope, "attention", self._part(scope, "norm1", y))
        y = y + self._dropped(scope, h)
        h = self._part(scope, "cross", {**beside, "x": self._part(scope, "norm2", y)})
        y = y + self._dropped(scope, h)
        y = y + self._dropped(scope, self._transformed(scope, self._part(scope, "norm3", y)))
        return with_sequence(x, y)
