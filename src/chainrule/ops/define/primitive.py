"""Creates primitives of any kind, and applies them to tensors, which records a node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from chainrule.errors import OptionError
from chainrule.graph import Array, Dependence, Kink, Node, Primitive, Rule, Spec
from chainrule.ops.registry import PRIMITIVES
from chainrule.ops.tensor import Operand, Tensor, lift

__all__ = ["Rule1", "Value1", "apply", "lift_together", "primitive", "unchanged"]

T = TypeVar("T")

NO_DOMAIN_GIVEN = "finite inputs within its domain"
"""The domain that error messages state for primitives that declare none."""

# Signatures of the rules of a primitive with one operand and up to two or three parameters; with
# them, pyright infers the argument types of lambdas.
Value1 = (
    Callable[[Array], Array] | Callable[[Array, Any], Array] | Callable[[Array, Any, Any], Array]
)
Shape1 = Callable[[Spec], Spec] | Callable[[Spec, Any], Spec] | Callable[[Spec, Any, Any], Spec]
Rule1 = (
    Callable[[Tensor, Tensor, Tensor], Tensor]
    | Callable[[Tensor, Tensor, Tensor, Any], Tensor]
    | Callable[[Tensor, Tensor, Tensor, Any, Any], Tensor]
    | Callable[[Tensor, Tensor, Tensor, Any, Any, Any], Tensor]
)


def primitive(
    name: str,
    value: Value1 | Callable[..., Array],
    *,
    shape: Shape1 | Callable[..., Spec],
    vjp: tuple[Rule1 | None] | tuple[Rule | None, ...] | Rule,
    notation: Value1 | Callable[..., Array] | None = None,
    kink: Kink | None = None,
    domain: str = "",
    elementwise: bool = False,
    dependence: Dependence | None = None,
) -> Primitive:
    """Create and register a primitive; `Primitive` describes the arguments.

    Without `notation`, `value` itself is applied to arrays of formulas, which is right for
    operations that only rearrange, add and multiply entries.  `dependence` is one of
    `chainrule.ops.dependence`; without it, the Jacobian is computed by the VJP, row by row.

    Raises OptionError if the name is taken.
    """
    if name in PRIMITIVES:
        raise OptionError("primitive", expected="a new name", got=repr(name))
    PRIMITIVES[name] = Primitive(
        name,
        value,
        shape,
        vjp,
        notation or value,
        kink,
        domain or NO_DOMAIN_GIVEN,
        elementwise,
        dependence,
    )
    return PRIMITIVES[name]


def unchanged(x: T) -> T:
    """Return x: the value or shape rule of operations that pass their operand on."""
    return x


def apply(primitive: Primitive, *inputs: Tensor, **params: Any) -> Tensor:
    """Record an application of `primitive`, and compute its value if all inputs have values."""
    nodes = tuple(tensor.node for tensor in inputs)
    spec = primitive.spec(nodes, params)
    values = [node.value for node in nodes if node.value is not None]
    value = None
    if len(values) == len(nodes):
        with np.errstate(all="ignore"):  # inf and nan are values; explanations show their origin
            value = np.asarray(primitive.value(*values, **params), dtype=spec.dtype)
    return Tensor(Node(spec, primitive=primitive, inputs=nodes, params=params, value=value))


def lift_together(*operands: Operand) -> list[Tensor]:
    """Return operands as tensors; Python numbers take the floating dtype of the arrays."""
    dtypes = [
        operand.dtype
        for operand in operands
        if isinstance(operand, (Tensor, np.ndarray, np.generic)) and operand.dtype.kind == "f"
    ]
    dtype = np.result_type(*dtypes) if dtypes else None
    return [lift(operand, dtype) for operand in operands]
