"""Planning is near linear: twice the steps or leaves cost little more than twice as much."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.engine.instructions.registry import by_rows, nanoseconds, shared
from chainrule.engine.interpreter.encode import encode
from chainrule.engine.threads.schedule import schedule
from chainrule.graph import Graph
from chainrule.program.column_major import MIN_ROWS, only_transposed
from engine.comparison import planned

MOST = 2.2
"""By how much the cost may grow when the size doubles."""


def calls(function: Callable[[Any], Any], argument: Any) -> int:
    """Function calls and steps of generators: a cost that is the same everywhere."""
    count = 0

    def event(*_: Any) -> None:
        nonlocal count
        count += 1

    sys.setprofile(event)
    try:
        function(argument)
    finally:
        sys.setprofile(None)
    return count


def unrolled(steps: int) -> Graph:
    """A recurrent network, unrolled, with its gradients."""

    def loss(w: Any, u: Any, x: Any) -> Any:
        h = x
        for _ in range(steps):
            h = cr.tanh(h @ w + cr.cumsum(x @ u, axis=0))
        return cr.sum(h * h)

    return cr.trace(
        lambda *args: list(cr.vjp(loss, *args)[1](np.float64(1.0))), *[cr.spec((3, 3))] * 3
    )


def states(steps: int) -> Graph:
    """The states of a recurrent network after each of its steps."""

    def function(w: Any, x: Any) -> list[Any]:
        found = [cr.tanh(x @ w)]
        for _ in range(steps):
            found.append(cr.tanh(found[-1] @ w))
        return found

    return cr.trace(function, cr.spec((3, 3)), cr.spec((3, 3)))


def leaves(n: int) -> Graph:
    """The sum of n leaves, and a result for each."""

    def function(*xs: Any) -> list[Any]:
        total = xs[0]
        for x in xs[1:]:
            total = total + x
        return [total, *(cr.sin(x) * 2.0 for x in xs)]

    return cr.trace(function, *[cr.spec(3)] * n)


GRAPHS = pytest.mark.parametrize(("graph", "n"), [(unrolled, 60), (states, 120), (leaves, 200)])


@GRAPHS
def test_planning_is_near_linear(graph, n):
    planned(graph(2))  # what is done only once is done here
    one, two = (calls(planned, graph(size)) for size in (n, 2 * n))
    assert two <= MOST * one


@GRAPHS
@pytest.mark.parametrize(
    "what",
    [str, encode, lambda program: schedule(program.instructions, 3, nanoseconds, shared, by_rows)],
    ids=["print", "encode", "schedule"],
)
def test_what_is_done_with_a_program_is_near_linear(graph, n, what):
    what(planned(graph(2)))
    one, two = (calls(what, planned(graph(size))) for size in (n, 2 * n))
    assert two <= MOST * one


class NeverSearched(tuple[Any, ...]):
    """A tuple in which a search is an error: one for each node would be quadratic."""

    def __contains__(self, item: object) -> bool:
        raise AssertionError("the outputs of a graph are searched one by one")


def test_outputs_are_looked_up_in_a_set():
    w, x = cr.spec((MIN_ROWS, 3)), cr.spec((5, 3))
    graph = cr.trace(lambda w, x: [x @ w.T, (w @ x.T).T], w, x)
    graph = replace(graph, outputs=NeverSearched(graph.outputs))
    only_transposed(graph, ["w"])
    planned(graph)
