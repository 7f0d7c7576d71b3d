"""Scans, to be run by the engine and by the reference: functions, and shapes of their arguments."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

import chainrule as cr
from chainrule.graph import Graph

__all__ = ["SCANS", "Scan"]


class Scan(NamedTuple):
    """A scalar function of arrays with a scan in it.

    engine   whether the engine runs it, and its gradient, as a loop
    """

    function: Callable[..., Any]
    shapes: tuple[tuple[int, ...], ...]
    engine: bool = True

    def arguments(self, dtype: Any) -> list[Any]:
        rng = np.random.default_rng(0)
        return [(rng.normal(size=shape) * 0.4).astype(dtype) for shape in self.shapes]

    def graph(self, dtype: Any, derivative: int) -> Graph:
        """Its value, also with the gradients, or with gradients of the gradients' squares."""

        def first(*args: Any) -> list[Any]:
            value, gradients = cr.value_and_grad(self.function, tuple(range(len(args))))(*args)
            return [value, *gradients]

        def second(*args: Any) -> list[Any]:
            def squares(*args: Any) -> Any:
                total = 0.0
                for gradient in first(*args)[1:]:
                    total = total + cr.sum(gradient * gradient)
                return total

            return list(cr.grad(squares, tuple(range(len(args))))(*args))

        return cr.trace((self.function, first, second)[derivative], *self.arguments(dtype))


def network(w: Any, u: Any, b: Any, h: Any, x: Any) -> Any:
    """A recurrent network; the loss depends on all of its states."""

    def body(h: Any, x: Any) -> Any:
        new = cr.tanh(x @ w + h @ u + b)
        return new, new

    h, states = cr.scan(body, h, x)
    return cr.sum(h * h) + cr.sum(states * states * states)


def lstm(w: Any, u: Any, b: Any, h: Any, c: Any, x: Any) -> Any:
    """Gates with matrices of their own, stacked along the first axis."""
    gates = [(w[i], u[i], b[i]) for i in range(4)]

    def body(carry: Any, x: Any) -> Any:
        h, c = carry["h"], carry["c"]
        i, f, o, g = (x @ w + h @ u + b for w, u, b in gates)
        c = cr.sigmoid(f) * c + cr.sigmoid(i) * cr.tanh(g)
        return {"h": cr.sigmoid(o) * cr.tanh(c), "c": c}, h

    carry, before = cr.scan(body, {"h": h, "c": c}, x)
    return cr.sum(carry["h"] * carry["c"]) + cr.mean(before * before)


def gru(u: Any, b: Any, h: Any, x: Any, *, recompute: bool = False) -> Any:
    """Gates with a bias inside of the product, slices of what is projected before."""
    n = h.shape[1]

    def body(h: Any, x: Any) -> Any:
        a = h @ u.T + b
        r = cr.sigmoid(x[:, :n] + a[:, :n])
        z = cr.sigmoid(x[:, n : 2 * n] + a[:, n : 2 * n])
        new = (1 - z) * cr.tanh(x[:, 2 * n :] + r * a[:, 2 * n :]) + z * h
        return new, new * r

    h, ys = cr.scan(body, h, x, recompute=recompute)
    return cr.sum(h * h) + cr.sum(ys * ys * ys)


def uses_of_weights(w: Any, v: Any, x: Any) -> Any:
    """Weights on the left, used several times, entry by entry, in a stack, and as a result."""
    double = 2.0 * w

    def body(c: Any, x: Any) -> Any:
        y = w @ c + cr.transpose(w) @ cr.exp(-c * c)
        y = cr.sin(y * v) + double[0] @ x
        return cr.tanh(y) / (1.0 + v * v), (v, cr.stack([c, y]) @ w)

    c, (vs, ys) = cr.scan(body, x[0], x)
    return cr.sum(c * c) + cr.sum(vs * vs) + cr.sum(ys * ys * ys)


def nested(w: Any, x: Any) -> Any:
    """Along both axes of a grid."""

    def row(total: Any, row: Any) -> Any:
        def cell(c: Any, x: Any) -> Any:
            new = cr.sin(c * x + total)
            return new, c * w

        last, cells = cr.scan(cell, total * 0.5, row, reverse=True)
        return last, cr.sum(cells * cells)

    last, sums = cr.scan(row, x[0, 0], x)
    return last * cr.sum(sums)


def changing_places(x: Any, y: Any) -> Any:
    (a, b), pairs = cr.scan(lambda c, _: ((c[1], c[0]), c[0]), (x, y), length=5)
    return cr.sum(a * x) + cr.sum(b * y * y) + cr.sum(pairs * pairs)


def transposing(x: Any) -> Any:
    """A carry that is another view of itself, and results that are views."""

    def body(c: Any, _: Any) -> Any:
        return cr.transpose(c), (cr.transpose(c), cr.broadcast_to(cr.sum(c), (2, 3)))

    c, (ys, zs) = cr.scan(body, x, length=3)
    return cr.sum(c * x * x) + cr.sum(ys[1:] * ys[1:] * x) + cr.sum(zs * zs)


def without_slices(x: Any) -> Any:
    c, ys = cr.scan(lambda c, _: (cr.exp(-c) * x, c), x, length=7)
    return cr.sum(c) + cr.sum(ys * ys)


def several_inputs(x: Any, y: Any, w: Any) -> Any:
    """Slices that lie apart, that are all the same, and that nothing reads."""

    def body(c: Any, xs: Any) -> Any:
        return c * xs["x"] + xs["same"] * cr.sum(w), {
            "c": c * 2.0,
            "constant": np.asarray(3.0, x.dtype),
            "x": xs["x"],
        }

    same = cr.broadcast_to(y, (4, 3))
    xs = {"x": cr.transpose(x), "same": same, "unused": x[0]}
    c, ys = cr.scan(body, y, xs, reverse=True)
    return cr.sum(c * c) + cr.sum(ys["c"] * ys["x"]) * cr.sum(ys["constant"])


def one_step(x: Any, y: Any) -> Any:
    c, ys = cr.scan(lambda c, x: (c * x, c + x), y, x)
    return cr.sum(c * ys)


def unused_carry(x: Any) -> Any:
    """One carry on which no result depends, another that only one result depends on."""

    def body(c: Any, x: Any) -> Any:
        a, b, d = c
        return (a + x, b * d, cr.cos(d)), a * x

    (a, _, d), ys = cr.scan(body, (x[0], x[1], x[2]), x)
    return cr.sum(a * ys) + cr.sum(d)


SCANS = {
    "cumulative sum": Scan(
        lambda x: cr.sum(cr.scan(lambda c, x: (c + x, c + x), x[0] * 0.0, x)[1] ** 2), ((6, 3),)
    ),
    "backwards": Scan(
        lambda x: cr.sum(cr.scan(lambda c, x: (c * x, cr.sin(c)), x[0], x, reverse=True)[1] ** 2),
        ((6, 3),),
    ),
    "network": Scan(network, ((4, 5), (5, 5), (5,), (3, 5), (6, 3, 4))),
    "lstm": Scan(lstm, ((4, 4, 5), (4, 5, 5), (4, 5), (3, 5), (3, 5), (6, 3, 4))),
    "gru": Scan(gru, ((15, 5), (15,), (3, 5), (6, 3, 15))),
    "recomputed": Scan(partial(gru, recompute=True), ((15, 5), (15,), (3, 5), (6, 3, 15))),
    "uses of weights": Scan(uses_of_weights, ((3, 3), (3,), (4, 3, 3))),
    "nested": Scan(nested, ((), (3, 4))),
    "changing places": Scan(changing_places, ((3, 2), (3, 2))),
    "transposing": Scan(transposing, ((3, 3),)),
    "without slices": Scan(without_slices, ((4,),)),
    "several inputs": Scan(several_inputs, ((3, 4), (3,), (2, 2))),
    "one step": Scan(one_step, ((1, 3), (3,))),
    "unused carry": Scan(unused_carry, ((5, 3),)),
    "numbers": Scan(lambda x: cr.scan(lambda c, x: (c * x + 1.0, None), x[0], x)[0] ** 2, ((7,),)),
}
