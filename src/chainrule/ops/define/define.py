"""How operations are written: a NumPy function with its rules in the decorator above it.

`unary` and `binary` make elementwise primitives.  Their VJP rules are written for equal shapes, as
in a textbook; summing back over broadcast axes happens here, once.  `reduction` does the same for
functions that remove axes: its rules see the upstream gradient and the output with the axes still
there.  `primitive` makes anything else.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast, overload

import numpy as np

from chainrule.errors import OptionError, ShapeError
from chainrule.graph import Array, Entries, Kink, Node, Primitive, Rule, Spec
from chainrule.graph.formula import Formula
from chainrule.ops.define.entries import Elementwise, Reduced
from chainrule.ops.registry import FUNCTIONS, PRIMITIVES, provides
from chainrule.ops.tensor import Axis, Operand, Tensor, lift

__all__ = ["apply", "binary", "elementwise", "normal_axes", "primitive", "reduction", "unary"]

UNDEMANDING = "finite inputs within its domain"
"""What a primitive asks of its inputs where its block says nothing."""

Value = TypeVar("Value", bound=Callable[..., Array])

# The shapes a block's lambdas have; parameters of the operation come after its arrays.
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
Notation1 = (
    Callable[[Formula], Formula]
    | Callable[[Formula, Any], Formula]
    | Callable[[Formula, Any, Any], Formula]
)
Notation2 = Callable[[Formula, Formula], Formula]
Dtype1 = (
    Callable[[np.dtype[Any]], Any]
    | Callable[[np.dtype[Any], Any], Any]
    | Callable[[np.dtype[Any], Any, Any], Any]
)
ReductionRule = (
    Callable[[Tensor, Tensor, Tensor, tuple[int, ...]], Tensor]
    | Callable[[Tensor, Tensor, Tensor, tuple[int, ...], int], Tensor]
)
Vjp1 = Callable[[Tensor, Tensor, Tensor], Tensor]
Vjp2 = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
Vjp3 = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], Tensor]
Unary = Callable[[Operand], Tensor]
Binary = Callable[[Operand, Operand], Tensor]


def apply(primitive: Primitive, *inputs: Tensor, **params: Any) -> Tensor:
    """Record one application of `primitive`; compute its value if the inputs have theirs."""
    nodes = tuple(tensor.node for tensor in inputs)
    spec = primitive.spec(nodes, params)
    values = [node.value for node in nodes if node.value is not None]
    value = None
    if len(values) == len(nodes):
        with np.errstate(all="ignore"):  # inf and nan are values; explanations say whence they came
            value = np.asarray(primitive.value(*values, **params), dtype=spec.dtype)
    return Tensor(Node(spec, primitive=primitive, inputs=nodes, params=params, value=value))


@overload
def primitive(
    name: str,
    value: Value1,
    *,
    shape: Shape1,
    vjp: tuple[Rule1 | None],
    notation: Value1 | None = None,
    kink: Kink | None = None,
    domain: str = "",
    entries: Entries | None = None,
) -> Primitive: ...


@overload
def primitive(
    name: str,
    value: Callable[..., Array],
    *,
    shape: Callable[..., Spec],
    vjp: tuple[Rule | None, ...] | Rule,
    notation: Callable[..., Array] | None = None,
    kink: Kink | None = None,
    domain: str = "",
    elementwise: bool = False,
    entries: Entries | None = None,
) -> Primitive: ...


def primitive(
    name: str,
    value: Callable[..., Array],
    *,
    shape: Callable[..., Spec],
    vjp: tuple[Rule | None, ...] | Rule,
    notation: Callable[..., Array] | None = None,
    kink: Kink | None = None,
    domain: str = "",
    elementwise: bool = False,
    entries: Entries | None = None,
) -> Primitive:
    """Make and register a primitive.

    Without `notation`, `value` itself is applied to arrays of formulas: right for all operations
    that only move entries about, add them and multiply them.  `entries` is its kind of dependence
    (see `chainrule.ops.define.entries`); without one its Jacobian is found by the VJP, row by row.
    """
    if name in PRIMITIVES:
        raise OptionError("primitive", expected="a new name", got=repr(name))
    asks = domain or UNDEMANDING
    made = Primitive(name, value, shape, vjp, notation or value, kink, asks, elementwise, entries)
    PRIMITIVES[name] = made
    return made


@overload
def elementwise(
    name: str,
    value: Value1,
    *,
    vjp: tuple[Rule1],
    notation: Notation1,
    dtype: Dtype1,
    kink: Kink | None = None,
    domain: str = "",
) -> Primitive: ...


@overload
def elementwise(
    name: str,
    value: Callable[..., Array],
    *,
    vjp: tuple[None, Vjp3, Vjp3],
    notation: Callable[[Any, Any, Any], Formula],
    dtype: Callable[[np.dtype[Any], np.dtype[Any], np.dtype[Any]], Any],
    kink: Kink | None = None,
    domain: str = "",
) -> Primitive: ...


@overload
def elementwise(
    name: str,
    value: Callable[..., Array],
    *,
    vjp: tuple[Rule | None, ...],
    notation: Callable[..., Formula],
    dtype: Callable[..., Any],
    kink: Kink | None = None,
    domain: str = "",
) -> Primitive: ...


def elementwise(
    name: str,
    value: Callable[..., Array],
    *,
    vjp: tuple[Rule | None, ...],
    notation: Callable[..., Formula],
    dtype: Callable[..., Any],
    kink: Kink | None = None,
    domain: str = "",
) -> Primitive:
    """A primitive that acts on each entry, with NumPy broadcasting."""

    if dtype is floating:
        value = on_floats(value)

    def shape(*specs: Spec, **params: Any) -> Spec:
        try:
            broadcast = np.broadcast_shapes(*(spec.shape for spec in specs))
        except ValueError:
            raise ShapeError(
                name,
                expected="shapes equal, or 1, axis by axis from the last (NumPy broadcasting)",
                got=" and ".join(str(spec.shape) for spec in specs),
                remedy="reshape or transpose one of them",
            ) from None
        return Spec(broadcast, np.dtype(dtype(*(spec.dtype for spec in specs), **params)))

    def written(*formulas: Array, **params: Any) -> Array:
        ufunc = np.frompyfunc(functools.partial(notation, **params), len(formulas), 1)
        return np.asarray(ufunc(*formulas), dtype=object)

    rules = tuple(rule and _summed_back(rule, position) for position, rule in enumerate(vjp))
    return primitive(
        name,
        value,
        shape=shape,
        vjp=rules,
        notation=written,
        kink=kink,
        domain=domain,
        elementwise=True,
        entries=Elementwise(vjp),
    )


def _summed_back(rule: Rule, position: int) -> Rule:
    """The rule, its result summed over the axes along which the input was broadcast."""

    @functools.wraps(rule)
    def summed(g: Tensor, y: Tensor, *inputs: Tensor, **params: Any) -> Tensor:
        x = inputs[position]
        gradient = rule(g, y, *inputs, **params)
        if gradient.shape != x.shape:
            gradient = FUNCTIONS["sum_to"](gradient, x.shape)
        return gradient if gradient.dtype == x.dtype else gradient.astype(x.dtype)

    return summed


def floating(*dtypes: np.dtype[Any], **_: Any) -> np.dtype[Any]:
    """Result dtype of functions that are real-valued even on integers."""
    dtype = np.result_type(*dtypes)
    return dtype if dtype.kind == "f" else np.dtype(np.float64)


def on_floats(value: Value) -> Value:
    """The function on integers as on the floats they equal: NumPy may choose half precision."""

    @functools.wraps(value)
    def computed(*arrays: Array, **params: Any) -> Array:
        return value(
            *(array.astype(floating(array.dtype), copy=False) for array in arrays), **params
        )

    return cast(Value, computed)


def arithmetic(*dtypes: np.dtype[Any], **_: Any) -> np.dtype[Any]:
    """Result dtype of sums and products: booleans count as integers."""
    dtype = np.result_type(*dtypes)
    return dtype if dtype.kind != "b" else np.dtype(np.int64)


def accumulating(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Result dtype of sums and products over axes: small integers are widened, as in NumPy."""
    return np.add.reduce(np.zeros(0, dtype)).dtype


def same(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Result dtype of functions that pick entries."""
    return dtype


def logical(*_: np.dtype[Any], **__: Any) -> np.dtype[Any]:
    """Result dtype of comparisons."""
    return np.dtype(np.bool_)


def unary(
    *,
    vjp: Vjp1 | None,
    notation: Callable[[Formula], Formula],
    numpy: tuple[Any, ...] = (),
    dtype: Callable[[np.dtype[Any]], Any] = floating,
    kink: Kink | None = None,
    domain: str = "",
) -> Callable[[Callable[[Array], Array]], Unary]:
    """Make a NumPy function of one array a recorded elementwise operation."""

    def decorate(value: Callable[[Array], Array]) -> Unary:
        name = value.__name__
        made = elementwise(
            name, value, vjp=(vjp,), notation=notation, dtype=dtype, kink=kink, domain=domain
        )

        @functools.wraps(value)
        def record(x: Operand) -> Tensor:
            return apply(made, lift(x))

        _sign(record, "x")
        return provides(name, *numpy)(record)

    return decorate


def binary(
    *,
    vjp: tuple[Vjp2 | None, Vjp2 | None],
    notation: Notation2,
    numpy: tuple[Any, ...] = (),
    dtype: Callable[..., Any] = arithmetic,
    kink: Kink | None = None,
    domain: str = "",
) -> Callable[[Callable[[Array, Array], Array]], Binary]:
    """Make a NumPy function of two arrays a recorded elementwise operation."""

    def decorate(value: Callable[[Array, Array], Array]) -> Binary:
        name = value.__name__
        made = elementwise(
            name, value, vjp=vjp, notation=notation, dtype=dtype, kink=kink, domain=domain
        )

        @functools.wraps(value)
        def record(x: Operand, y: Operand) -> Tensor:
            return apply(made, *lift_together(x, y))

        _sign(record, "x", "y")
        return provides(name, *numpy)(record)

    return decorate


def _sign(record: Callable[..., Tensor], *operands: str) -> None:
    """Show what the recorded function takes and gives, not what its NumPy value does."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter(name, kind, annotation="Operand") for name in operands]
    signature = inspect.Signature(parameters, return_annotation="Tensor")
    setattr(record, "__signature__", signature)  # noqa: B010  (functions declare no such attribute)


def lift_together(*operands: Operand) -> list[Tensor]:
    """Operands as tensors, Python numbers in the floating dtype of the arrays beside them."""
    kinds = [
        operand.dtype
        for operand in operands
        if isinstance(operand, (Tensor, np.ndarray, np.generic)) and operand.dtype.kind == "f"
    ]
    beside = np.result_type(*kinds) if kinds else None
    return [lift(operand, beside) for operand in operands]


class Reduction(Protocol):
    """The call of a reduction."""

    def __call__(
        self, x: Operand, axis: Axis = None, keepdims: bool = False, **params: Any
    ) -> Tensor: ...


def reduction(
    *,
    vjp: ReductionRule,
    notation: Callable[[Array, Any, Any], Array] | None = None,
    numpy: tuple[Any, ...] = (),
    dtype: Callable[..., Any] = floating,
    kink: Kink | None = None,
    empty: bool = False,
    additive: bool = False,
) -> Callable[[Callable[..., Array]], Reduction]:
    """Make a NumPy reduction a recorded operation; `empty` says whether it may run over no entries.

    `additive` says that it adds the entries up, perhaps times a constant.
    The rule is `vjp(g, y, x, axis, **params)`, with `axis` a tuple and `g` and `y` broadcasting
    against `x`.
    """

    def decorate(value: Callable[..., Array]) -> Reduction:
        name = value.__name__
        computed = on_floats(value) if dtype is floating else value

        def shape(spec: Spec, *, axis: tuple[int, ...], keepdims: bool, **_: Any) -> Spec:
            if not empty and any(spec.shape[i] == 0 for i in axis):
                raise ShapeError(
                    name,
                    expected="at least one entry along the reduced axes",
                    got=f"shape {spec.shape}",
                    remedy="check that the array is not empty",
                )
            kept = [(1 if i in axis else n) for i, n in enumerate(spec.shape)]
            if not keepdims:
                kept = [n for i, n in enumerate(spec.shape) if i not in axis]
            return Spec(tuple(kept), np.dtype(dtype(spec.dtype)))

        given: Callable[..., Tensor] = vjp

        def rule(
            g: Tensor, y: Tensor, x: Tensor, axis: tuple[int, ...], keepdims: bool, **params: Any
        ) -> Tensor:
            if not keepdims:
                kept = tuple(1 if i in axis else n for i, n in enumerate(x.shape))
                g, y = g.reshape(kept), y.reshape(kept)
            return given(g, y, x, axis, **params)

        made = primitive(
            name,
            computed,
            shape=shape,
            vjp=(rule,),
            notation=notation or value,
            kink=kink,
            entries=Reduced(rule, additive=additive),
        )
        options = set(inspect.signature(value).parameters) - {"x", "axis", "keepdims"}

        @functools.wraps(value)
        def record(x: Operand, axis: Axis = None, keepdims: bool = False, **params: Any) -> Tensor:
            if unknown := set(params) - options:
                raise OptionError(
                    name,
                    expected=f"options axis, keepdims{''.join(f', {o}' for o in options)}",
                    got=", ".join(sorted(unknown)),
                )
            x = lift(x)
            axes = normal_axes(axis, x.ndim, name)
            return apply(made, x, axis=axes, keepdims=bool(keepdims), **params)

        return provides(name, *numpy)(record)

    return decorate


def normal_axes(axis: Axis, ndim: int, name: str) -> tuple[int, ...]:
    """Axes as a sorted tuple of non-negative integers; None means all of them."""
    if axis is None:
        return tuple(range(ndim))
    axes = axis if isinstance(axis, tuple) else (axis,)
    normal = sorted(int(i) + ndim if i < 0 else int(i) for i in axes)
    if len(set(normal)) != len(normal) or any(not 0 <= i < ndim for i in normal):
        raise ShapeError(
            name,
            expected=f"distinct axes between {-ndim} and {ndim - 1}" if ndim else "no axis",
            got=f"axis={axis}",
            remedy=f"the operand has {ndim} axes",
        )
    return tuple(normal)
