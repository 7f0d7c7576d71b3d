"""Recurrence: a function applied step by step along an axis of time, as one operation.

The operation holds the graph of one step.  Its pull-back is a scan in the other direction over the
pull-back of that graph, so derivatives of any order follow.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import numpy as np

from chainrule.arguments import truth, whole_number
from chainrule.autodiff.closed import closed
from chainrule.autodiff.step_pullback import pull_back_step
from chainrule.errors import DifferentiationError, GraphError, ShapeError
from chainrule.graph import (
    Array,
    Evaluator,
    Graph,
    Node,
    Recurrence,
    Spec,
    primitive_of,
    step_name,
)
from chainrule.ops import Tensor, replay, stack
from chainrule.ops.define import apply_all, primitive, record_again
from chainrule.ops.registry import provides
from chainrule.ops.tensor import abstract, constant, lift, zeros

__all__ = ["scan"]

PACKAGE = os.path.dirname(os.path.dirname(__file__)) + os.sep

Tensors = Sequence[Tensor]


class StepError(GraphError):
    """A step that failed, and what its body was applied to."""

    def __init__(self, step: int, operands: Sequence[Array], error: Exception) -> None:
        super().__init__(
            f"scan, step {step}", expected="a step that can be computed", got=f"{error}"
        )
        self.step, self.operands = step, operands


@provides("scan")
def scan(
    body: Callable[[Any, Any], tuple[Any, Any]],
    carry: Any,
    xs: Any = None,
    *,
    length: int | None = None,
    reverse: bool = False,
    recompute: bool = False,
) -> tuple[Any, Any]:
    """Apply `body` step by step: (carry, x[t]) ↦ (carry, y[t]); returns the last carry and all y.

    `carry`, `xs` and what the body returns are arrays, or nested tuples, lists and dicts of them.
    `xs` are cut and `ys` are joined along their first axis, from the end if `reverse`; without
    `xs`, `length` is the number of steps.  A carry keeps its shape and dtype.  The body is called
    once, with tensors without a value; what it reads from outside is an input of the operation.

    For its gradient, results of the body's operations are kept for every step.  With `recompute`,
    only the carries are kept, and the body is computed once more on the way back: less memory for
    more time, and the same numbers (Chen et al., "Training deep nets with sublinear memory cost",
    2016).

    Raises ShapeError for a carry that changes its shape, or xs of different lengths.  Errors in the
    body have a note with its line, and with the step if they come from numbers.

    >>> import numpy as np, chainrule as cr
    >>> cr.scan(lambda total, x: (total + x, total * x), 0.0, np.array([1.0, 2.0, 3.0]))
    (Tensor(6.0), Tensor([0., 2., 9.]))
    """
    import optree  # of no use to programs without a scan

    flat_carry, carry_tree = optree.tree_flatten(carry)
    flat_xs, xs_tree = optree.tree_flatten(xs)
    carries, inputs = [lift(part) for part in flat_carry], [lift(part) for part in flat_xs]
    steps = _steps(inputs, None if length is None else whole_number("scan length", length, 0))
    time = {"length": steps, "reverse": truth("scan reverse", reverse)}
    time |= {"recompute": True} if truth("scan recompute", recompute) else {}
    specs = [*(part.spec for part in carries), *(Spec(x.shape[1:], x.dtype) for x in inputs)]
    leaves = [abstract(spec) for spec in specs]
    n = len(carries)
    with _noted("while the body of scan was recorded"):
        pair = body(carry_tree.unflatten(leaves[:n]), xs_tree.unflatten(leaves[n:]))
    after, ys = _checked_pair(pair)
    flat_after, after_tree = optree.tree_flatten(after)
    flat_ys, ys_tree = optree.tree_flatten(ys)
    after = [lift(part) for part in flat_after]
    if after_tree != carry_tree or [t.spec for t in after] != [t.spec for t in carries]:
        raise ShapeError(
            "scan",
            expected=f"a carry like the one before, {', '.join(str(t.spec) for t in carries)}",
            got=", ".join(str(t.spec) for t in after),
        )
    graph, consts = closed([*after, *map(lift, flat_ys)], leaves)
    try:
        found = _apply(graph, consts, carries, inputs, **time)
    except StepError as error:
        now = [constant(operand) for operand in error.operands[len(consts) :]]
        with _noted(f"in step {error.step} of scan"):
            body(carry_tree.unflatten(now[:n]), xs_tree.unflatten(now[n:]))
        raise
    return carry_tree.unflatten(found[:n]), ys_tree.unflatten(found[n:])


def _checked_pair(pair: Any) -> tuple[Any, Any]:
    if not isinstance(pair, (tuple, list)) or len(cast("Sequence[Any]", pair)) != 2:
        raise DifferentiationError(
            "scan",
            expected="a body that returns a pair, the new carry and what is collected",
            got=f"a {type(cast('object', pair)).__name__}",
        )
    return cast("tuple[Any, Any]", tuple(cast("Sequence[Any]", pair)))


def _steps(xs: Sequence[Tensor], length: int | None) -> int:
    lengths = {x.shape[0] if x.shape else -1 for x in xs} | ({length} - {None})
    if len(lengths) != 1 or -1 in lengths:
        raise ShapeError(
            "scan",
            expected="xs that agree in the length of their first axis, or a length",
            got=f"shapes {', '.join(str(x.shape) for x in xs) or 'of nothing'} and length={length}",
        )
    return int(lengths.pop() or 0)


@contextmanager
def _noted(where: str) -> Generator[None]:
    """Add a note with the last line outside the package to an error."""
    try:
        yield
    except Exception as error:
        import traceback  # not needed to import chainrule

        frames = traceback.extract_tb(error.__traceback__)
        users = [frame for frame in frames if not frame.filename.startswith(PACKAGE)]
        if users:
            error.add_note(f"{where}: {users[-1].filename}, line {users[-1].lineno}")
        raise


def _apply(
    body: Graph, consts: Tensors, carries: Tensors, xs: Tensors, **time: Any
) -> list[Tensor]:
    """Record a scan; `time` is its length and its direction."""
    sizes = {"consts": len(consts), "carries": len(carries)}
    return apply_all(_SCAN, *consts, *carries, *xs, body=body, **sizes, **time)


def _shape(*_: Spec, body: Graph, carries: int, length: int, **__: Any) -> tuple[Spec, ...]:
    outputs = [node.spec for node in body.outputs]
    return (*outputs[:carries], *(Spec((length, *y.shape), y.dtype) for y in outputs[carries:]))


def _value(*arrays: Array, body: Graph, **params: Any) -> tuple[Array, ...]:
    run, specs = Evaluator(body), _shape(body=body, **params)
    return _looped(run, arrays, [np.zeros(spec.shape, spec.dtype) for spec in specs], **params)


def _notation(*formulas: Array, body: Graph, **params: Any) -> tuple[Array, ...]:
    specs = _shape(body=body, **params)
    ys = [np.zeros(spec.shape, dtype=object) for spec in specs]

    def written(*operands: Array) -> list[Array]:
        known: dict[Node, Any] = dict(zip(body.inputs, operands, strict=True))
        for node in body.nodes:
            if node not in known and node.primitive is None:
                known[node] = node.value
            elif node not in known:
                found = primitive_of(node).written([known[s] for s in node.inputs], node.params)
                known.update(zip(node.outputs, found, strict=True))
        return [known[node] for node in body.outputs]

    return _looped(written, formulas, ys, **params)


def _looped(
    run: Callable[..., list[Array]],
    arrays: Sequence[Array],
    out: list[Array],
    consts: int,
    carries: int,
    length: int,
    reverse: bool,
    recompute: bool = False,
) -> tuple[Array, ...]:
    """The last carries, and `out` beyond them filled step by step."""
    first = consts + carries
    carry, ys = list(arrays[consts:first]), out[carries:]
    for t in _times(length, reverse):
        operands = [*arrays[:consts], *carry, *(x[t] for x in arrays[first:])]
        try:
            found = run(*operands)
        except Exception as error:
            raise StepError(t, operands, error) from error
        carry = found[:carries]
        for y, one in zip(ys, found[carries:], strict=True):
            y[t, ...] = one  # an array of one formula is not an entry
    return (*carry, *ys)


def _unrolled(
    *tensors: Tensor,
    body: Graph,
    consts: int,
    carries: int,
    length: int,
    reverse: bool,
    recompute: bool = False,
) -> tuple[Tensor, ...]:
    """The same steps, recorded one by one; what the body calls h is h[t=3] in step 3."""
    first = consts + carries
    carry, rows = list(tensors[consts:first]), dict[int, list[Tensor]]()
    for t in _times(length, reverse):
        operands = [*tensors[:consts], *carry, *(x[t] for x in tensors[first:])]
        found = _recorded_step(body, operands, t)
        carry, rows[t] = found[:carries], found[carries:]
    if not length:
        specs = [node.spec for node in body.outputs[carries:]]
        return (*carry, *(zeros(Spec((0, *spec.shape), spec.dtype)) for spec in specs))
    return (
        *carry,
        *(stack(column) for column in zip(*(rows[t] for t in range(length)), strict=True)),
    )


def _recorded_step(body: Graph, operands: Tensors, time: int) -> list[Tensor]:
    recorded = record_again(body.nodes, dict(zip(body.inputs, operands, strict=True)))
    given = {operand.node for operand in operands}
    for old, new in recorded.items():
        if old.name and new.node.name == old.name and new.node not in given:
            new.node.name = step_name(old.name, time)
    return [recorded.get(node, Tensor(node)) for node in body.outputs]


def _recurrence(body: Graph, consts: int, carries: int, **time: Any) -> Recurrence:
    return Recurrence(body, consts, carries, time["length"], time["reverse"])


def _times(length: int, reverse: bool) -> range:
    return range(length)[::-1] if reverse else range(length)


def _pullback(
    cotangents: Sequence[Tensor | None],
    outputs: Sequence[Tensor],
    inputs: Sequence[Tensor],
    wanted: Sequence[int],
    *,
    body: Graph,
    consts: int,
    carries: int,
    length: int,
    reverse: bool,
    recompute: bool = False,
) -> dict[int, Tensor]:
    """A scan back in time, whose carry is the cotangent of the carry and the sums for constants."""
    first, more = consts + carries, {"recompute": True} if recompute else {}
    given = {i: g for i, g in enumerate(cotangents) if g is not None and i >= carries}
    moving = [i for i in range(carries) if outputs[i].spec.differentiable]
    others = [i for i in wanted if not consts <= i < first]
    step = pull_back_step(
        body,
        consts,
        carries,
        length,
        moving=moving,
        given=given,
        wanted=others,
        recompute=recompute,
    )
    before = Graph.of([*body.outputs[:carries], *step.kept], body.inputs)
    parts = inputs[:consts], inputs[consts:first], inputs[first:]
    history = _apply(before, *parts, length=length, reverse=reverse, **more)[carries:]
    ends = [(cotangents[i], outputs[i].spec) for i in moving]
    starts = [zeros(spec) if g is None else g for g, spec in ends]
    pulled = _apply(
        step.back,
        inputs[:consts],
        [*starts, *step.totals],
        [*history, *inputs[first:], *given.values()],
        length=length,
        reverse=not reverse,
        **more,
    )
    n = len(moving)
    m = n + len(step.totals)
    after = replay(
        step.after, *inputs[:consts], *pulled[n:m], *history, *inputs[first:], *pulled[m:]
    )
    positions = (*(consts + i for i in moving), *others)
    gradients = dict(zip(positions, [*pulled[:n], *after], strict=True))
    return {i: gradients[i] for i in wanted if i in gradients}


_SCAN = primitive(
    "scan",
    _value,
    shape=_shape,
    pullback=_pullback,
    notation=_notation,
    expansion=_unrolled,
    complex=True,
    recurrence=_recurrence,
)
