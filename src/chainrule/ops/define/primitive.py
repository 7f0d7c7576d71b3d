"""Creates primitives of any kind, and applies them to tensors, which records a node."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import numpy as np

from chainrule.errors import OptionError
from chainrule.graph import (
    Array,
    Dependence,
    Kink,
    Node,
    Primitive,
    Pullback,
    Recurrence,
    Rule,
    Spec,
)
from chainrule.ops.define.notation import on_paper
from chainrule.ops.registry import PRIMITIVES
from chainrule.ops.tensor import Operand, Tensor, lift

__all__: list[str] = ["Rule1", "Value1", "apply", "apply_all", "as_cotangent", "lift_together"]
__all__ += ["primitive", "real_only", "unchanged"]

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
    value: Value1 | Callable[..., Any],
    *,
    shape: Shape1 | Callable[..., Spec | tuple[Spec, ...]],
    vjp: tuple[Rule1 | None] | tuple[Rule | None, ...] | Rule | None = None,
    pullback: Pullback | None = None,
    notation: Value1 | Callable[..., Any] | None = None,
    kink: Kink | None = None,
    domain: str = "",
    elementwise: bool = False,
    dependence: Dependence | None = None,
    joint: Callable[..., Tensor] | None = None,
    expansion: Callable[..., Sequence[Tensor]] | None = None,
    tangent: Callable[..., Sequence[Tensor | None]] | None = None,
    complex: bool = False,
    stacks: bool = False,
    recurrence: Callable[..., Recurrence] | None = None,
) -> Primitive:
    """Create and register a primitive; `Primitive` describes the arguments.

    The derivative is a `pullback`, or, if there is one output, `vjp`: a rule for each input, or one
    for any number of inputs that gets the position of the input as its first argument.  A rule
    takes (upstream gradient, output, *inputs, **params); it is None where no gradient flows.

    `notation` is a function of arrays like `value`, for operations that a person writes otherwise
    than they are computed.  `dependence` is one of
    `chainrule.ops.dependence`; without it, the Jacobian is computed by the VJP, row by row.

    Raises OptionError if the name is taken, or unless there is one of `vjp` and `pullback`.
    """
    if name in PRIMITIVES:
        raise OptionError("primitive", expected="a new name", got=repr(name))
    if (pullback is None) == (vjp is None):
        got = "neither" if vjp is None else "both"
        raise OptionError(name, expected="either vjp or pullback", got=got)
    PRIMITIVES[name] = Primitive(
        name,
        value,
        shape,
        pullback or _by_input(vjp or ()),
        on_paper(notation or value),
        kink,
        domain or NO_DOMAIN_GIVEN,
        elementwise,
        dependence,
        joint,
        expansion,
        tangent,
        complex,
        stacks,
        recurrence,
    )
    return PRIMITIVES[name]


def _by_input(rules: tuple[Rule | None, ...] | Rule) -> Pullback:
    """The pull-back of an operation with one output, given a rule for each input, or for any."""

    def pullback(
        cotangents: Sequence[Tensor],
        outputs: Sequence[Tensor],
        inputs: Sequence[Tensor],
        wanted: Sequence[int],
        /,
        **params: Any,
    ) -> dict[int, Tensor]:
        (g,), (y,), found = cotangents, outputs, dict[int, Tensor]()
        for i in wanted:
            rule = partial(rules, i) if callable(rules) else rules[i]
            if rule is not None:
                found[i] = rule(g, y, *inputs, **params)
        return found

    return pullback


def unchanged(x: T) -> T:
    """Return x: the value or shape rule of operations that pass their operand on."""
    return x


def as_cotangent(g: Tensor, x: Tensor) -> Tensor:
    """The cotangent g in the dtype of its node x: where x is real, the real part of a complex g."""
    if g.dtype == x.dtype:
        return g
    return (g.real if x.dtype.kind != "c" else g).astype(x.dtype)


def real_only(where: str, *operands: Tensor) -> None:
    """Raise OptionError for complex operands of a function that is made of primitives."""
    for operand in operands:
        if operand.dtype.kind == "c":
            raise OptionError(
                where,
                expected="real numbers",
                got=f"{operand.node.label} of {operand.dtype}",
                remedy="take np.real, np.imag or np.abs of it first",
            )


def apply(primitive: Primitive, *inputs: Tensor, **params: Any) -> Tensor:
    """Record an application of a primitive with one output, and compute its value if possible."""
    return _recorded(primitive, inputs, params)[0]


def apply_all(primitive: Primitive, *inputs: Tensor, **params: Any) -> list[Tensor]:
    """Record an application of `primitive`, and compute its value if all inputs have values."""
    return _recorded(primitive, inputs, params)


def _recorded(
    primitive: Primitive, inputs: tuple[Tensor, ...], params: dict[str, Any]
) -> list[Tensor]:
    nodes = tuple([tensor.node for tensor in inputs])
    specs = primitive.specs(nodes, params)
    known = [node.value for node in nodes if node.value is not None]
    values: Sequence[Array | None] = [None] * len(specs)
    if len(known) == len(nodes):
        with np.errstate(all="ignore"):  # inf and nan are values; explanations show their origin
            values = primitive.values(specs, known, params)
    outputs: list[Tensor] = []
    for spec, value in zip(specs, values, strict=False):  # faster than a comprehension
        node = Node(spec, primitive=primitive, inputs=nodes, params=params, value=value)
        outputs.append(Tensor(node))
    if len(outputs) > 1:
        siblings = tuple(output.node for output in outputs)
        for node in siblings:
            node.siblings = siblings
    return outputs


def lift_together(*operands: Operand) -> list[Tensor]:
    """Return operands as tensors; Python numbers take the precision of the arrays."""
    dtypes = [
        operand.dtype
        for operand in operands
        if isinstance(operand, (Tensor, np.ndarray, np.generic)) and operand.dtype.kind in "fc"
    ]
    if not dtypes:
        return [lift(operand) for operand in _among_integers(operands)]
    dtype = np.result_type(*dtypes) if 0 < len(dtypes) < len(operands) else None
    return [lift(operand, dtype) for operand in operands]


def _among_integers(operands: Sequence[Operand]) -> Sequence[Operand]:
    """The operands, with whole numbers in the dtype of integers beside them, if they fit."""
    arrays = [x for x in operands if isinstance(x, (Tensor, np.ndarray, np.generic))]
    numbers = [x for x in operands if type(x) in (int, bool)]
    if not arrays or not numbers:
        return operands
    try:
        dtype = np.result_type(*(x.dtype for x in arrays), *numbers)
        return [np.asarray(x, dtype) if type(x) in (int, bool) else x for x in operands]
    except OverflowError:
        return operands
