"""Paths: the gradient as a sum over the ways from the output to a parameter.

A path is a chain of edges, its product the product of their local gradients.  Counting, adding up
and ranking go by dynamic programming from the output; no path is ever enumerated to be thrown away.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["Path", "PathSum", "Step", "paths"]

C = TypeVar("C")


@dataclass(frozen=True)
class Step(Generic[C]):
    """One edge of a path: `consumer` is made from `source` with this local gradient."""

    source: C
    consumer: C
    local: float


@dataclass(frozen=True)
class Path(Generic[C]):
    """One way from the output (first step) to the parameter (last step)."""

    steps: tuple[Step[C], ...]
    product: float


@dataclass(frozen=True)
class PathSum(Generic[C]):
    """How a gradient is made up.

    count      number of paths, an exact integer
    top        the largest by magnitude, largest first
    positive   sum of the products that are positive
    negative   sum of the products that are negative
    remainder  what the paths beyond `top` add up to
    """

    count: int
    top: tuple[Path[C], ...]
    positive: float
    negative: float
    remainder: float


# a path so far: its product, the edge it begins with and its rank among the consumer's paths
_Entry = tuple[float, int, int]


def paths(
    source: C,
    output: C,
    edges: Callable[[C], Sequence[tuple[C, float]]],
    order: Mapping[C, int],
    top: int,
) -> PathSum[C]:
    """All paths from `output` to `source`.

    `edges(cell)` lists its consumers with local gradients; `order` numbers the cells topologically.

    >>> edges = {"x": [("a", 2.0), ("b", -1.0)], "a": [("f", 3.0)], "b": [("f", 4.0)], "f": []}
    >>> found = paths("x", "f", edges.__getitem__, {"x": 0, "a": 1, "b": 2, "f": 3}, top=1)
    >>> found.count, found.top[0].product, found.remainder
    (2, 6.0, -4.0)
    """
    reached = _descendants(source, edges)
    count: dict[C, int] = {}
    signed: dict[C, tuple[float, float]] = {}
    best: dict[C, list[_Entry]] = {}
    for cell in sorted(reached, key=order.__getitem__, reverse=True):
        out = edges(cell)
        if cell == output:
            count[cell], signed[cell], best[cell] = 1, (1.0, 0.0), [(1.0, -1, -1)][:top]
            continue
        count[cell] = sum(count[consumer] for consumer, _ in out)
        plus = minus = 0.0
        candidates: list[_Entry] = []
        for i, (consumer, local) in enumerate(out):
            up, down = signed[consumer]
            plus += local * (up if local > 0 else down)
            minus += local * (down if local > 0 else up)
            candidates += [(local * p, i, rank) for rank, (p, _, _) in enumerate(best[consumer])]
        signed[cell] = plus, minus
        best[cell] = heapq.nlargest(top, candidates, key=lambda entry: abs(entry[0]))
    chosen = tuple(_walk(source, rank, edges, best) for rank in range(len(best[source])))
    plus, minus = signed[source]
    rest = plus + minus - sum(path.product for path in chosen)
    return PathSum(count[source], chosen, plus, minus, rest if count[source] > len(chosen) else 0.0)


def _descendants(source: C, edges: Callable[[C], Sequence[tuple[C, float]]]) -> set[C]:
    seen, stack = {source}, [source]
    while stack:
        for consumer, _ in edges(stack.pop()):
            if consumer not in seen:
                seen.add(consumer)
                stack.append(consumer)
    return seen


def _walk(
    source: C,
    rank: int,
    edges: Callable[[C], Sequence[tuple[C, float]]],
    best: Mapping[C, list[_Entry]],
) -> Path[C]:
    product, i, next_rank = best[source][rank]
    steps: list[Step[C]] = []
    cell = source
    while i >= 0:
        consumer, local = edges(cell)[i]
        steps.append(Step(cell, consumer, local))
        cell = consumer
        _, i, next_rank = best[cell][next_rank]
    return Path(tuple(reversed(steps)), product)
