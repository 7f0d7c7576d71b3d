"""Matrix products and linear layers."""

from __future__ import annotations

from chainrule import ops
from chainrule.interop.torch.operations.registry import operation
from chainrule.ops import Tensor

__all__: list[str] = []

operation("matmul", "mm", "bmm", "mv", "dot")(ops.matmul)


@operation("linear")
def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    z = x @ weight.T
    return z if bias is None else z + bias


@operation("bilinear")
def bilinear(x: Tensor, y: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """xᵀ·Wₖ·y for each output k."""
    right = ops.squeeze(weight @ ops.expand_dims(y, (-3, -1)), -1)  # (…, K, D)
    z = ops.sum(ops.expand_dims(x, -2) * right, -1)
    return z if bias is None else z + bias


@operation("addmm", "baddbmm", "addmv")
def addmm(x: Tensor, a: Tensor, b: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    product = a @ b
    scaled = product if alpha == 1 else alpha * product
    return scaled + (x if beta == 1 else beta * x) if beta else scaled
