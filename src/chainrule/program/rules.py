"""One rule a primitive: the views or opcodes it is lowered to.

A rule takes the lowering, the node, the views of its inputs and its parameters.  It returns the
view of the result, or None where this form has no opcode; the primitive is then called by its
reference value.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.graph import Node
from chainrule.program.lowering import Lowering
from chainrule.program.view import View

__all__ = ["CALL", "ELEMENTWISE", "RULES"]

Rule = Callable[..., View | None]
Shape = tuple[int, ...]


def CALL(lowering: Lowering, node: Node, *inputs: View) -> View:  # noqa: N802  (it is the opcode)
    """Run the primitive's reference value on arrays."""
    assert node.primitive is not None
    return lowering.call(node.primitive, inputs, node, **node.params)


def _real(low: Lowering, node: Node, *inputs: View) -> bool:
    """Whether operands and result lie in the arena of floats, as numbers and with entries."""
    floats = all(view.buffer.kind == "float" and view.size for view in inputs)
    return floats and node.spec.dtype == low.dtype


# views


def _transpose(low: Lowering, node: Node, x: View, axes: Shape) -> View:
    return x.transpose(axes)


def _reshape(low: Lowering, node: Node, x: View, shape: Shape) -> View | None:
    view = x.reshape(shape)
    return low.plain(x, node).reshape(shape) if view is None else view


def _broadcast_to(low: Lowering, node: Node, x: View, shape: Shape) -> View:
    return x.broadcast(shape)


def _copy(low: Lowering, node: Node, x: View) -> View:
    return x


def _astype(low: Lowering, node: Node, x: View, dtype: Any) -> View | None:
    # truth values are kept as 0 and 1
    was = node.inputs[0].spec.dtype
    return x if dtype == low.dtype and was.kind == "b" else None


# matrix products


def _matmul(low: Lowering, node: Node, a: View, b: View) -> View | None:
    if not _real(low, node, a, b):
        return None
    if len(a.shape) > 2 and len(b.shape) == 2:
        rows = a.reshape((math.prod(a.shape[:-1]), a.shape[-1]))
        if rows is None:
            return None
        return _gemm(low, node, rows, b, flipped=False).reshape(node.spec.shape)
    if len(a.shape) > 2 or len(b.shape) > 2:
        return None
    left = a if len(a.shape) == 2 else View(a.buffer, (1, *a.shape), (0, *a.strides))
    right = b if len(b.shape) == 2 else View(b.buffer, (*b.shape, 1), (*b.strides, 0))
    product = _gemm(low, node, left, right, flipped=_wanted_flipped(low, node))
    return product.reshape(node.spec.shape)


def _wanted_flipped(low: Lowering, node: Node) -> bool:
    """Whether the product is only ever used transposed, as the gradient of a weight is."""
    while True:
        users = low.consumers[node]
        if len(users) != 1 or node in low.graph.outputs:
            return False
        (node, _), kind = users[0], users[0][0].kind
        if kind == "transpose":
            return node.params["axes"] == (1, 0) and node not in low.transposed
        if kind != "reshape" or node.spec.shape != node.inputs[0].spec.shape:
            return False


def _gemm(low: Lowering, node: Node, a: View, b: View, *, flipped: bool) -> View:
    """A·B; with `flipped` its transpose Bᵀ·Aᵀ is what lies in memory in order."""
    if flipped:
        b, a = a.transpose((1, 0)), b.transpose((1, 0))
    out = low.emit("gemm", _walked(low, node, a, b), (a.shape[0], b.shape[1]), node)
    return out.transpose((1, 0)) if flipped else out


def _walked(low: Lowering, node: Node, *operands: View) -> list[View]:
    """Operands a matrix product can walk: by rows or by columns, without gaps."""
    return [
        view if view.contiguous or view.transpose((1, 0)).contiguous else low.plain(view, node)
        for view in operands
    ]


# reductions


def _cube(low: Lowering, node: Node, x: View, axis: Shape) -> View | None:
    """The operand with the reduced axes as the middle one of three; None if not adjacent."""
    if not axis or axis != tuple(range(axis[0], axis[-1] + 1)) or not _real(low, node, x):
        return None
    sizes = x.shape[: axis[0]], tuple(x.shape[i] for i in axis), x.shape[axis[-1] + 1 :]
    return low.plain(x, node).reshape(tuple(map(math.prod, sizes)))


def _without(view: View, shape: Shape, axis: Shape, keepdims: bool) -> View:
    """What a reduction of `shape` has made, as it is to be seen."""
    kept = (1 if i in axis else n for i, n in enumerate(shape))
    left = (n for i, n in enumerate(shape) if i not in axis)
    return view.reshape(tuple(kept if keepdims else left))  # type: ignore[return-value]


def _reduced(op: str) -> Rule:
    def rule(low: Lowering, node: Node, x: View, axis: Shape, keepdims: bool) -> View | None:
        if not axis and _real(low, node, x):
            return x
        cube = _cube(low, node, x, axis)
        if cube is None:
            return None
        out = low.emit(op, [cube], (cube.shape[0], cube.shape[2]), node)
        return _without(out, x.shape, axis, keepdims)

    return rule


def _var(
    low: Lowering, node: Node, x: View, axis: Shape, keepdims: bool, ddof: int = 0
) -> View | None:
    count = math.prod(x.shape[i] for i in axis)
    cube = _cube(low, node, x, axis)
    if cube is None or count == ddof:
        return None
    known = low.made("var", [cube], (cube.shape[0], cube.shape[2]))
    if known is not None and not ddof:
        return _without(known, x.shape, axis, keepdims)
    mean = RULES["mean"](low, node, x, axis, True)
    assert mean is not None, "what has a cube is reduced"
    centred = low.elementwise("sub", [x, mean], node)
    squared = low.elementwise("mul", [centred, centred], node)
    summed = RULES["sum"](low, node, squared, axis, keepdims)
    assert summed is not None
    return low.elementwise("div", [summed, low.constant(np.asarray(float(count - ddof)))], node)


def _standardize(low: Lowering, node: Node, x: View, axis: Shape, eps: float) -> View | None:
    """With mean and variance, which the way back and running statistics need."""
    cube = _cube(low, node, x, axis)
    if cube is None:
        return None
    shape = (cube.shape[0], cube.shape[2])
    beside = {"mean": shape, "var": shape}
    return low.emit("standardize", [cube], cube.shape, node, beside=beside, eps=eps).reshape(
        x.shape
    )


# rows


def _rows(op: str) -> Rule:
    def rule(low: Lowering, node: Node, x: View, axis: Shape, **_: Any) -> View | None:
        if axis != (len(x.shape) - 1,) or not _real(low, node, x):
            return None
        x = low.plain(x, node)
        rows = x.reshape((math.prod(x.shape[:-1]), x.shape[-1]))
        assert rows is not None
        return low.emit(op, [rows], rows.shape, node).reshape(x.shape)

    return rule


def _log_loss(low: Lowering, node: Node, x: View, labels: View) -> View | None:
    """With softmax(x) − one_hot(labels), which the way back needs, from the same exponentials."""
    operands = _labelled(low, node, x, labels)
    if operands is None:
        return None
    beside = {"excess": operands[0].shape}
    losses = low.emit("log_loss", operands, (labels.size,), node, beside=beside)
    return losses.reshape(labels.shape)


def _labelled(low: Lowering, node: Node, x: View, labels: View) -> list[View] | None:
    """Rows of classes and a label for each."""
    if not _real(low, node, x) or labels.buffer.kind != "int" or not labels.contiguous:
        return None
    rows = low.plain(x, node).reshape((labels.size, x.shape[-1]))
    assert rows is not None
    return [rows, labels]


def _sub(low: Lowering, node: Node, x: View, y: View) -> View | None:
    left, right = node.inputs
    if _is(left, "softmax") and _is(right, "one_hot"):
        operands = [low.views[source] for source in (left.inputs[0], right.inputs[0])]
        labelled = _labelled(low, left, *operands)
        known = low.made("excess", labelled, labelled[0].shape) if labelled else None
        if known is not None:
            return known.reshape(node.spec.shape)
    return _map("sub")(low, node, x, y)


def _one_hot(low: Lowering, node: Node, x: View, classes: int, dtype: Any) -> View | None:
    if x.buffer.kind != "int" or dtype != low.dtype or not x.contiguous:
        return None
    return low.emit("one_hot", [x], node.spec.shape, node, classes=classes)


def _uniform(
    low: Lowering, node: Node, counter: View, seed: int, shape: Shape, dtype: Any
) -> View | None:
    if counter.buffer.kind != "int" or dtype != low.dtype:
        return None
    return low.emit("uniform", [counter], shape, node, seed=seed % 2**64)


# elementwise


def _map(name: str) -> Rule:
    def rule(low: Lowering, node: Node, /, *inputs: View, **params: float) -> View | None:
        if any(view.buffer.kind != "float" for view in inputs) or node.spec.dtype.kind in "iu":
            return None
        if name not in low.kernels or len(params) > 1:
            return None
        return low.elementwise(name, inputs, node, *(float(p) for p in params.values()))

    return rule


def ELEMENTWISE(  # noqa: N802  (as CALL)
    low: Lowering, node: Node, /, *inputs: View, **params: Any
) -> View | None:
    """Run an operation of the machine's own, or else a kernel compiled from the primitive."""
    made = node.primitive
    assert made is not None
    if made.name in low.kernels:
        return _map(made.name)(low, node, *inputs, **params)
    reals = all(source.spec.dtype == low.dtype for source in node.inputs)
    if not reals or node.spec.dtype not in (low.dtype, bool):
        return None
    if any(type(number) not in (int, float) for number in params.values()):
        return None
    kernel = low.kernels.address(made, low.dtype, len(inputs), tuple(params))
    numbers = [low.constant(np.asarray(float(number))) for number in params.values()]
    return low.elementwise(made.name, [*inputs, *numbers], node, kernel=kernel) if kernel else None


def _where(low: Lowering, node: Node, *inputs: View) -> View | None:
    """`where(x > 0, y, 0)`, the way back through ReLU, needs no mask: x decides, or ReLU of it."""
    mask, y, otherwise = node.inputs
    if (
        _is(mask, "greater")
        and _zero(mask.inputs[1])
        and _zero(otherwise)
        and "gate" in low.kernels
    ):
        x = mask.inputs[0]
        users = (user for user, _ in low.consumers[x] if _is(user, "relu") and user in low.views)
        return _map("gate")(low, node, low.views[next(users, x)], low.views[y])
    return _map("where")(low, node, *inputs)


def _is(node: Node, name: str) -> bool:
    return node.primitive is not None and node.primitive.name == name


def _zero(node: Node) -> bool:
    return node.kind == "constant" and node.value is not None and not node.value.any()


def _constant_power(low: Lowering, node: Node, x: View, exponent: float) -> View | None:
    if x.buffer.kind != "float":
        return None
    if exponent == 1:
        return x
    if exponent == 0.5:
        return low.elementwise("sqrt", [x], node)
    if exponent == 2:
        return low.elementwise("mul", [x, x], node)
    if exponent == -1:
        return low.elementwise("div", [low.constant(np.asarray(1.0)), x], node)
    return _map("constant_power")(low, node, x, exponent=exponent)


RULES: dict[str, Rule] = {
    "transpose": _transpose,
    "reshape": _reshape,
    "broadcast_to": _broadcast_to,
    "copy": _copy,
    "astype": _astype,
    "matmul": _matmul,
    "sum": _reduced("sum"),
    "max": _reduced("max"),
    "min": _reduced("min"),
    "prod": _reduced("prod"),
    "mean": _reduced("mean"),
    "var": _var,
    "standardize": _standardize,
    "softmax": _rows("softmax"),
    "log_softmax": _rows("log_softmax"),
    "log_loss": _log_loss,
    "one_hot": _one_hot,
    "uniform": _uniform,
    "constant_power": _constant_power,
    "where": _where,
    "sub": _sub,
}
