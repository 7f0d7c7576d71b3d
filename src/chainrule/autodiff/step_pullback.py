"""The pull-back of one step of a scan, in three parts: during the scan, on the way back, after it.

On the way back a step needs values of the step that it pulls back.  They are kept for every step,
except for those that a few elementwise operations compute from the others.

What is the same in all steps, such as a weight, gets a contribution from each.  That of a matrix
product is xᵀ·g.  Its sum over the steps is one product of the x of all steps with the g of all
steps, made after the scan: Σₜ xₜᵀ·gₜ = XᵀG.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from chainrule.autodiff.kept_values import values_to_keep
from chainrule.autodiff.reverse import adjoints_of_all
from chainrule.autodiff.uses_of_constants import StackedUse, uses_of_constants
from chainrule.graph import Graph, Node, Spec, ancestors
from chainrule.ops import Tensor
from chainrule.ops.define import record_again
from chainrule.ops.tensor import abstract, zeros

__all__ = ["StepPullback", "pull_back_step"]


class StepPullback(NamedTuple):
    """What the three parts compute.

    kept     nodes of the step, and others that depend on its inputs, to be kept for every step
    back     (consts, cotangents of the carry, totals, kept, slices, cotangents of results) →
             (cotangents of the carry before, totals, further results)
    totals   what the totals are at first
    after    (consts, totals, and of all steps: kept, slices, further results of `back`) → the
             cotangents of the wanted consts and slices
    """

    kept: list[Node]
    back: Graph
    totals: list[Tensor]
    after: Graph


def pull_back_step(
    body: Graph,
    consts: int,
    carries: int,
    length: int,
    *,
    moving: Sequence[int],
    given: Collection[int],
    wanted: Sequence[int],
    recompute: bool,
) -> StepPullback:
    """Return the pull-back of a step.

    moving     the carries that have a cotangent
    given      the results that have one, among the outputs of `body`
    wanted     the consts and slices whose cotangents are wanted, among its inputs
    recompute  whether nothing but carries is kept
    """
    first = consts + carries
    known = record_again(body.nodes, {node: abstract(node.spec) for node in body.inputs})
    leaves = [known[node].node for node in body.inputs]
    outputs = [known.get(body.outputs[i], Tensor(body.outputs[i])) for i in (*moving, *given)]
    seeds = [abstract(output.spec) for output in outputs]
    before = [leaves[consts + i] for i in moving]
    sums = [leaves[i] for i in wanted if i < consts]
    slices = [leaves[i] for i in wanted if i >= first]
    reached = adjoints_of_all(outputs, seeds, [*before, *sums, *slices])
    pulled = {one: _reached(reached, one).node for one in (*before, *slices)}

    uses = uses_of_constants(outputs, seeds, reached, leaves, consts, sums, slices)
    totals = {one: abstract(one.spec) for one in uses.each_step}
    added = [total + uses.each_step[one] for one, total in totals.items()]
    results = [pulled[one] for one in slices] + [use.upstream for use in uses.stacked]
    factors = [one for use in uses.stacked for one in use.factors]
    made = [one for one in factors if one not in leaves]
    results = list(dict.fromkeys(results + made if recompute else results))
    computed = [*(pulled[one] for one in before), *(one.node for one in added), *results]
    upstream = [one.node for one in (*seeds, *totals.values())]
    kept = [] if recompute else values_to_keep(computed, made, leaves, consts, upstream)
    inside = ancestors(computed, stop=[*kept, *leaves, *upstream])
    read = {source for node in inside for source in (node, *node.inputs)}.union(factors)
    kept = [*(one for one in leaves[consts:first] if one in read), *kept]

    n = len(moving)
    inputs = [*leaves[:consts], *(one.node for one in (*seeds[:n], *totals.values()))]
    inputs += [*kept, *leaves[first:], *(one.node for one in seeds[n:])]
    stacks = [
        (one, abstract(Spec((length, *one.spec.shape), one.spec.dtype)))
        for one in (*kept, *leaves[first:], *results)
    ]
    cotangents = _after(uses.stacked, dict(stacks), totals, sums)
    cotangents += [dict(stacks)[pulled[one]] for one in slices]
    given_after = [*totals.values(), *(stack for _, stack in stacks)]
    return StepPullback(
        _in_the_body(kept, {new.node: Tensor(old) for old, new in known.items()}),
        Graph.of(computed, inputs),
        [zeros(one.spec) for one in totals],
        Graph.of(
            [one.node for one in cotangents],
            [*leaves[:consts], *(one.node for one in given_after)],
        ),
    )


def _after(
    uses: Sequence[StackedUse],
    stacks: Mapping[Node, Tensor],
    totals: Mapping[Node, Tensor],
    sums: Sequence[Node],
) -> list[Tensor]:
    """The cotangents of the consts `sums`, from totals and from values of all steps."""
    found = dict(totals)
    for use in uses:
        part = use.pulled_back(stacks)
        found[use.constant] = found[use.constant] + part if use.constant in found else part
    reached = adjoints_of_all([Tensor(one) for one in found], list(found.values()), sums)
    return [_reached(reached, one) for one in sums]


def _reached(reached: Mapping[Node, Tensor], node: Node) -> Tensor:
    return reached[node] if node in reached else zeros(node.spec)


def _in_the_body(nodes: Sequence[Node], original: dict[Node, Tensor]) -> list[Node]:
    """The nodes of a copy of the body, or what depends on these, as nodes of the body."""
    recorded = record_again(ancestors(nodes, stop=original), original)
    return [recorded[node].node for node in nodes]
