"""Traces functions: records their graph from shapes and dtypes, without values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np

from chainrule.arguments import dtype_of, lengths
from chainrule.graph import Graph, Node, Spec, verify
from chainrule.ops.tensor.lift import lift
from chainrule.ops.tensor.tensor import Tensor

__all__ = ["abstract", "spec", "trace"]


def spec(shape: tuple[int, ...] | int = (), dtype: Any = np.float64) -> Spec:
    """Return the shape and dtype of an abstract input of `trace`.

    >>> import chainrule as cr
    >>> print(cr.spec((2, 3)))
    f64[2,3]
    """
    return Spec(lengths("spec", shape), dtype_of("spec dtype", dtype, "biufc"))


def abstract(of: Any, name: str | None = None) -> Tensor:
    """Return a variable without a value, with the shape and dtype of an array, number or Spec."""
    if not isinstance(of, Spec):
        of = lift(float(of) if type(of) is int else of).spec
    return Tensor(Node(of, name=name, variable=True))


def trace(function: Callable[..., Any], *examples: Any) -> Graph:
    """Record the graph of `function` with shapes and dtypes only.

    `examples` are arrays, numbers or specs; no values are computed.  The function must return a
    tensor or a sequence of tensors.

    >>> import chainrule as cr
    >>> print(cr.trace(lambda w, x: w @ x, cr.spec((2, 3)), cr.spec(3)))
    graph (x0: f64[2,3], x1: f64[3])
      v0: f64[2] = matmul x0 x1
    return v0
    """
    inputs = [abstract(example) for example in examples]
    result = function(*inputs)
    several = isinstance(result, (tuple, list))
    outputs = cast(Sequence[Any], result) if several else (result,)
    nodes = [lift(output).node for output in outputs]
    return verify(Graph.of(nodes, [tensor.node for tensor in inputs]))
