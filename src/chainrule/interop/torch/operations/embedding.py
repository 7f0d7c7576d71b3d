"""Embedding: rows of a table of weights."""

from __future__ import annotations

from chainrule import ops
from chainrule.errors import OptionError
from chainrule.interop.torch.operations.indices import checked_indices
from chainrule.interop.torch.operations.registry import operation
from chainrule.ops import Tensor

__all__: list[str] = []


@operation("embedding")
def embedding(
    weight: Tensor,
    indices: Tensor,
    padding_idx: int = -1,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """Rows of the weight; the row `padding_idx` gets no gradient."""
    if scale_grad_by_freq:
        raise OptionError(
            "from_torch: embedding",
            expected="gradients as the chain rule gives them",
            got="scale_grad_by_freq=True",
            remedy="leave it out",
        )
    rows = weight[checked_indices(indices, weight.shape[0], "embedding")]
    if padding_idx < 0:
        return rows
    padding = ops.expand_dims(indices == padding_idx, -1)
    return ops.where(padding, ops.stop_gradient(rows), rows)
