"""Solutions of ordinary differential equations, differentiated by the adjoint method.

The operation holds the graph of the right-hand side.  Its pull-back solves another equation, back
in time, whose right-hand side is the pull-back of that graph, so derivatives of any order follow.
This module is imported when `scipy.integrate.odeint` first meets a tensor.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import integrate

from chainrule.arguments import truth
from chainrule.autodiff.closed import closed
from chainrule.autodiff.reverse import pull_back_all
from chainrule.autodiff.scan import scan
from chainrule.autodiff.transforms.trees import flatten
from chainrule.errors import ShapeError
from chainrule.formula import call
from chainrule.graph import Array, Evaluator, Graph, Spec
from chainrule.ops import Tensor, astype, concatenate, dot, replay, reshape
from chainrule.ops.define import apply, primitive
from chainrule.ops.registry import provides
from chainrule.ops.tensor import Operand, abstract, lift, zeros
from chainrule.ops.tensor.dispatch import holds_tensors

__all__ = ["odeint"]

DOUBLE = np.dtype(np.float64)
NAME = "scipy.integrate.odeint"


@provides("odeint", integrate.odeint)
def odeint(
    func: Callable[..., Any],
    y0: Operand,
    t: Operand,
    args: Any = (),
    rtol: float | None = None,
    atol: float | None = None,
    h0: float = 0.0,
    hmax: float = 0.0,
    hmin: float = 0.0,
    mxstep: int = 0,
    mxordn: int = 12,
    mxords: int = 5,
    tfirst: bool = False,
) -> Tensor:
    """Solve dy/dt = func(y, t, *args) from y0 on at the times t, as `scipy.integrate.odeint` does.

    With a = ∂L/∂y, backwards in time:  da/dt = −aᵀ·∂f/∂y,  dL/dθ = −∫ aᵀ·∂f/∂θ dt,
    ∂L/∂tᵢ = ∂L/∂yᵢ · f(yᵢ, tᵢ)

    `func` is called once, with tensors without a value; what it reads from outside is an input,
    too.  y0 is a number or a vector of n; the solution is (T, n), in double precision.  The adjoint
    equation is solved with the same tolerances, so gradients are as exact as those are.

    Raises ShapeError unless y0 and t are vectors, and func returns as many numbers as y0 has.

    >>> import chainrule as cr
    >>> from chainrule.scipy import integrate
    >>> last = lambda y0: integrate.odeint(lambda y, t: -y, y0, [0.0, 1.0])[1, 0]
    >>> round(cr.grad(last)(3.0), 6)  # e⁻¹
    0.367879

    Chen, Rubanova, Bettencourt and Duvenaud, "Neural Ordinary Differential Equations", 2018.
    """
    y0, t = (astype(lift(operand), DOUBLE) for operand in (y0, t))
    if y0.ndim > 1 or t.ndim != 1 or not t.size:
        raise ShapeError(NAME, expected="vectors y0 and t", got=f"shapes {y0.shape} and {t.shape}")
    y0 = reshape(y0, -1)
    leaves, structure = flatten(args if isinstance(args, tuple) else (args,))
    recorded = [i for i, leaf in enumerate(leaves) if holds_tensors(leaf)]
    parameters = [lift(leaves[i]) for i in recorded]
    y, now = abstract(y0.spec), abstract(Spec((), DOUBLE))
    fresh = [abstract(parameter.spec) for parameter in parameters]
    for i, one in zip(recorded, fresh, strict=True):
        leaves[i] = one
    before = (now, y) if truth(f"{NAME} tfirst", tfirst) else (y, now)
    slope = astype(lift(func(*before, *structure.rebuild(leaves))), DOUBLE)
    if slope.size != y.size:
        raise ShapeError(
            NAME,
            expected=f"a function that returns {y.size} numbers, one for each of y0",
            got=f"one that returns shape {slope.shape}",
        )
    graph, consts = closed([reshape(slope, -1)], [y, now, *fresh])
    settings = {"rtol": rtol, "atol": atol, "h0": h0, "hmax": hmax, "hmin": hmin}
    settings |= {"mxstep": mxstep, "mxordn": mxordn, "mxords": mxords}
    return _solved(graph, consts, y0, t, parameters, tuple(settings.items()))


Settings = tuple[tuple[str, Any], ...]
Tensors = Sequence[Tensor]


def _solved(
    body: Graph, consts: Tensors, y0: Tensor, t: Tensor, parameters: Tensors, settings: Settings
) -> Tensor:
    """The solution; `body` maps what it reads, y, t and the parameters to the slope of y."""
    inputs = (*consts, y0, t, *parameters)
    return apply(_ODEINT, *inputs, body=body, consts=len(consts), settings=settings)


def _shape(*specs: Spec, consts: int, **_: Any) -> Spec:
    return Spec((specs[consts + 1].shape[0], specs[consts].shape[0]), DOUBLE)


def _value(*arrays: Array, body: Graph, consts: int, settings: Settings) -> Array:
    run, read, (y0, t) = Evaluator(body), arrays[:consts], arrays[consts : consts + 2]
    rest = arrays[consts + 2 :]

    def slope(y: Array, now: float) -> Array:
        return run(*read, y, now, *rest)[0]

    solve: Any = integrate.odeint
    return solve(slope, y0, t, **dict(settings))


def _notation(*formulas: Array, consts: int, **_: Any) -> Array:
    """odeint(y0, …, t) for every entry, since a solution has no formula."""
    y0, t = formulas[consts : consts + 2]
    found = np.empty((len(t), len(y0)), dtype=object)
    for row, column in np.ndindex(found.shape):
        written = call(f"odeint{column}", rf"\operatorname{{odeint}}_{column}")
        found[row, column] = written(*y0, t[row])
    return found


def _pullback(
    cotangents: Sequence[Tensor],
    outputs: Sequence[Tensor],
    inputs: Sequence[Tensor],
    wanted: Sequence[int],
    *,
    body: Graph,
    consts: int,
    settings: Settings,
) -> dict[int, Tensor]:
    """The adjoint equation, solved from each time back to the one before.

    Its state is y, the adjoint of y, and the sums for what else is wanted.
    """
    (g,), (ys,) = cotangents, outputs
    read, y0, t, parameters = inputs[:consts], *inputs[consts : consts + 2], inputs[consts + 2 :]
    summed = [i for i in wanted if i not in (consts, consts + 1)]
    n, sizes = y0.size, [inputs[i].size for i in summed]
    back = _adjoint_body(body, consts, summed)

    def slope(y: Tensor, now: Tensor) -> Tensor:
        return replay(body, *read, y, now, *parameters)[0]

    def step(carry: Any, at: Any) -> Any:
        adjoint, totals = carry
        y, cotangent, now, before = at
        adjoint = adjoint + cotangent
        state = concatenate([y, adjoint, totals])
        times = concatenate([reshape(now, 1), reshape(before, 1)])
        found = _solved(back, read, state, times, parameters, settings)[1]
        by_time = dot(cotangent, slope(y, now))
        return (found[n : 2 * n], found[2 * n :]), by_time

    start = (zeros(y0.spec), zeros(Spec((sum(sizes),), DOUBLE)))
    (adjoint, totals), by_time = scan(step, start, (ys[1:], g[1:], t[1:], t[:-1]), reverse=True)
    gradients = {consts: adjoint + g[0]}
    if consts + 1 in wanted:
        first = -dot(adjoint, slope(y0, t[0]))
        gradients[consts + 1] = concatenate([reshape(first, 1), by_time])
    offset = 0
    for i, size in zip(summed, sizes, strict=True):
        part = reshape(totals[offset : offset + size], inputs[i].shape)
        gradients[i] = astype(part, inputs[i].dtype)
        offset += size
    return {i: gradients[i] for i in wanted}


def _adjoint_body(body: Graph, consts: int, summed: Sequence[int]) -> Graph:
    """The right-hand side of the adjoint equation, with the inputs of `body`, but another state."""
    leaves = [abstract(node.spec) for node in body.inputs]
    n = leaves[consts].size
    m = sum(leaves[i].size for i in summed)
    state = abstract(Spec((2 * n + m,), DOUBLE))
    y, adjoint = state[:n], state[n : 2 * n]
    slope = replay(body, *leaves[:consts], y, *leaves[consts + 1 :])[0]
    found = pull_back_all([slope], [adjoint], [y, *(leaves[i] for i in summed)])
    falling = [-reshape(astype(part, DOUBLE), -1) for part in found]
    inputs = [*leaves[:consts], state, *leaves[consts + 1 :]]
    return Graph.of([concatenate([slope, *falling]).node], [leaf.node for leaf in inputs])


_ODEINT = primitive("odeint", _value, shape=_shape, pullback=_pullback, notation=_notation)
