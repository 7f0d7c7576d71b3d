"""The leaves: variables, and tracing with nothing but shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np

from chainrule.graph import Array, Graph, Node, Spec, verify
from chainrule.ops.tensor.tensor import Tensor, checked_name, lift, numeric

__all__ = ["spec", "trace", "variable", "variables"]


def variable(value: Any, name: str | None = None) -> Tensor:
    """A leaf that gradients are asked for: floating point, float64 unless it is already a float.

    >>> import chainrule as cr
    >>> x = cr.variable(3, "x")
    >>> (x * x).gradients()["x"]
    Tensor(6.0)
    """
    array = numeric(value.value if isinstance(value, Tensor) else value, name or "variable")
    array = frozen(array, array.dtype if array.dtype.kind == "f" else np.float64)
    return Tensor(
        Node(
            Spec(array.shape, array.dtype),
            value=array,
            name=name and checked_name(name),
            variable=True,
        )
    )


def frozen(array: Array, dtype: Any) -> Array:
    """The array in this dtype, as nobody can change it: a copy unless it is such an array.

    The record must not change under a reader's feet.
    """
    owned = array.base is None and not array.flags.writeable
    kept = array if owned and array.dtype == dtype else np.array(array, dtype)
    kept.flags.writeable = False
    return kept


def variables(**values: Any) -> tuple[Tensor, ...]:
    """Several variables, in order, named as they are passed.

    >>> import chainrule as cr
    >>> x, y = cr.variables(x=-2, y=5)
    >>> (x * y).gradients()["y"]
    Tensor(-2.0)
    """
    return tuple(variable(value, name) for name, value in values.items())


def spec(shape: tuple[int, ...] | int = (), dtype: Any = np.float64) -> Spec:
    """What an abstract input looks like, for `trace`.

    >>> import chainrule as cr
    >>> print(cr.spec((2, 3)))
    f64[2,3]
    """
    return Spec((shape,) if isinstance(shape, int) else tuple(shape), np.dtype(dtype))


def abstract(of: Any, name: str | None = None) -> Tensor:
    """A variable with the shape and dtype of `of` (an array, number or Spec) and no value."""
    if not isinstance(of, Spec):
        of = lift(float(of) if type(of) is int else of).spec
    return Tensor(Node(of, name=name, variable=True))


def trace(function: Callable[..., Any], *examples: Any) -> Graph:
    """The graph of `function`, recorded with shapes and dtypes only.

    `examples` are arrays, numbers or specs; nothing is computed.  The function returns a tensor or
    a sequence of tensors.

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
