"""The transformer block: attention and a small network, each around a skip connection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, final

import numpy as np

from chainrule.errors import OptionError
from chainrule.nn.argument_checks import positive_integer
from chainrule.nn.layer import Layer
from chainrule.nn.layers.attention.multi_head_attention import MultiHeadAttention
from chainrule.nn.layers.attention.residual_block import ResidualBlock
from chainrule.nn.layers.attention.sequences import parts_of, with_sequence
from chainrule.nn.layers.normalisation import LayerNorm
from chainrule.nn.scope import Scope
from chainrule.ops import Tensor

__all__ = ["TransformerBlock"]


@final
class TransformerBlock(ResidualBlock):
    """One block of a transformer: attention, then a network of one hidden layer, both residual.

    norm="pre":   h = x + attention(norm₁(x)),  y = h + mlp(norm₂(h))
    norm="post":  h = norm₁(x + attention(x)),  y = norm₂(h + mlp(h))
    with  mlp(h) = W₂·activation(W₁·h + b₁) + b₂  for each entry of the sequence

    In a block with the norms before, the gradient flows back along x undiminished, so that deep
    ones learn without a warm-up of the learning rate.  A stack of them usually ends with a
    LayerNorm.

    x and y are sequences (T, D), (B, T, D) or with more axes before.  Or x is a dict {"x": x,
    "mask": mask}, with a mask as of MultiHeadAttention, and is returned with y in place of x, so
    that blocks can follow each other in a Sequential.  `hidden` is the width of the hidden layer,
    4·D if it is None; `causal` and `dropout` are as of MultiHeadAttention, and `dropout` also acts
    on what either part adds and on the hidden layer.  The parts are called norm1, attention, norm2,
    hidden, activation and out.

    Raises OptionError for settings out of range, ShapeError for inputs of other shapes.

    >>> import numpy as np
    >>> block = TransformerBlock(4, 2, causal=True, seed=0)
    >>> block(np.ones((3, 4))).shape, sum(p.size for p in block.parameters().values())
    ((3, 4), 244)

    Vaswani et al., "Attention is all you need", 2017; Xiong et al., "On layer normalization in the
    transformer architecture", 2020.
    """

    def __init__(
        self,
        features: int,
        heads: int,
        hidden: int | None = None,
        *,
        causal: bool = False,
        activation: str = "relu",
        dropout: float = 0.0,
        norm: Literal["pre", "post"] = "pre",
        eps: float = 1e-5,
        seed: int | None = None,
        dtype: Any = np.float64,
        name: str | None = None,
    ) -> None:
        width = positive_integer("TransformerBlock features", features)
        if str(norm) not in ("pre", "post"):
            raise OptionError("TransformerBlock norm", expected="'pre' or 'post'", got=repr(norm))
        self.norm: Literal["pre", "post"] = norm
        parts: dict[str, Layer] = {
            "norm1": LayerNorm(width, eps=eps, dtype=dtype),
            "attention": MultiHeadAttention(
                width, heads, causal=causal, dropout=dropout, seed=seed, dtype=dtype
            ),
            "norm2": LayerNorm(width, eps=eps, dtype=dtype),
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
        parts = parts_of(self._error_name(scope), x, ("x", "mask"))

        def attended(h: Tensor) -> Tensor:
            return self._part(scope, "attention", {**parts, "x": h} if len(parts) > 1 else h)

        def transformed(h: Tensor) -> Tensor:
            return self._transformed(scope, h)

        y: Tensor = parts["x"]
        for norm, part in (("norm1", attended), ("norm2", transformed)):
            if self.norm == "pre":
                y = y + self._dropped(scope, part(self._part(scope, norm, y)))
            else:
                y = self._part(scope, norm, y + self._dropped(scope, part(y)))
        return with_sequence(x, y)

    def options(self) -> Mapping[str, Any]:
        return {"norm": self.norm}
