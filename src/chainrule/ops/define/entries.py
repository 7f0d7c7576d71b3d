"""Kinds of dependence between entries: what a block says of its Jacobian.

A primitive that acts entry by entry, one that moves entries about, one that reduces axes, one that
mixes the entries along them, one that is a sum of products: each kind is written once, here, and a
block names its kind.  `elementwise` and `reduction` name theirs by themselves.  A primitive that
names none is differentiated a row at a time, by its VJP: right wherever the local gradient is not 0
by chance, and slow.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast, final

import numpy as np

from chainrule.graph import Array, Entries, Indices, Node, Part, Rule, Triples
from chainrule.graph.entries import applied, whole
from chainrule.ops.tensor import constant

__all__ = ["Contracted", "Elementwise", "Mixed", "Moved", "Products", "Reduced", "Scattered"]

Shape = tuple[int, ...]

Move = (
    Callable[[Array], Array]
    | Callable[[Array, Any], Array]
    | Callable[[Array, Any, Any], Array]
    | Callable[..., Array]
)


def numbered(shape: Shape) -> Indices:
    """An array of this shape that holds the flat number of each of its entries."""
    return np.arange(math.prod(shape)).reshape(shape)


def broadcast_from(rows: Indices, shape: Shape, source: Shape) -> Indices:
    """The entries of `source` that broadcasting to `shape` puts at `rows`."""
    if source == shape or not rows.size:
        return rows
    found = np.zeros_like(rows)
    stride = 1
    coordinates = np.unravel_index(rows, shape)
    for length, coordinate in zip(reversed(source), reversed(coordinates), strict=False):
        if length > 1:
            found += stride * coordinate
        stride *= length
    return found


def lines(shape: Shape, axis: int | Sequence[int]) -> Indices:
    """The entries along `axis`, a row for each place on the other axes."""
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    rest = [i for i in range(len(shape)) if i not in axes]
    length = math.prod(shape[i] for i in axes)
    count = math.prod(shape[i] for i in rest)
    return numbered(shape).transpose(*rest, *axes).reshape(count, length)


@final
class Elementwise(Entries):
    """Each entry from the entries at its own place, after broadcasting: the Jacobian is diagonal.

    `rules` are the VJP rules before anything is summed back over broadcast axes.  Without a rule
    there is no dependence, unless a kink says that the slope is taken as 0, as that of a step is.
    """

    def __init__(self, rules: tuple[Rule | None, ...]) -> None:
        self.rules = rules

    def local(
        self, node: Node, position: int, rows: Indices | None, columns: Indices | None
    ) -> Triples:
        rule = self.rules[position]
        if rule is None and applied(node).kink is None:
            return Triples.none()
        shape, sources = node.spec.shape, [source.spec.shape for source in node.inputs]
        if rows is None:
            same = columns is not None and sources[position] == shape
            rows = cast(Indices, columns) if same else np.arange(node.spec.size)
        at = [broadcast_from(rows, shape, source) for source in sources]
        if columns is not None and sources[position] != shape:
            keep = np.isin(at[position], columns)
            rows, at = rows[keep], [indices[keep] for indices in at]
        if rule is None or not rows.size:
            return Triples.of(rows, at[position], 0.0)
        operands = [constant(_flat(s)[indices]) for s, indices in zip(node.inputs, at, strict=True)]
        output = constant(_flat(node)[rows])
        ones = constant(np.ones(len(rows), node.spec.dtype))
        slopes = rule(ones, output, *operands, **node.params)
        return Triples.of(rows, at[position], np.broadcast_to(slopes.value, rows.shape))

    def parts(self, node: Node) -> Callable[[int], Part]:
        shape, notation = node.spec.shape, applied(node).notation

        def write(*operands: Array) -> Any:
            return np.asarray(notation(*operands, **node.params), dtype=object)[()]

        def part(row: int) -> Part:
            at = np.asarray(row)
            return Part(tuple(broadcast_from(at, shape, s.spec.shape) for s in node.inputs), write)

        return part


@final
class Moved(Entries):
    """Each entry is an entry of an input, or a constant: the local gradient is 1.

    `value` is applied to the numbers of the entries instead of the entries.  It puts -1 where a
    constant goes.  Inputs after the first `operands` are no entries to be moved but say where to.

    >>> import chainrule as cr
    >>> node = cr.transpose(cr.variable([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])).node
    >>> Moved(lambda x, axes: np.transpose(x, axes)).local(node, 0, None, None).columns
    array([0, 3, 1, 4, 2, 5])
    """

    def __init__(self, value: Move, operands: int | None = None) -> None:
        self.value: Callable[..., Array] = value
        self.operands = operands

    def local(
        self, node: Node, position: int, rows: Indices | None, columns: Indices | None
    ) -> Triples:
        table, starts = self._table(node)
        indices = np.arange(node.spec.size) if rows is None else rows
        origin = table[indices] - starts[position]
        here = (origin >= 0) & (origin < node.inputs[position].spec.size)
        return Triples.of(indices[here], origin[here])

    def parts(self, node: Node) -> Callable[[int], Part]:
        table, starts = self._table(node)
        nothing = np.zeros(0, dtype=np.intp)

        def write(*operands: Array) -> Any:
            return next(operand.ravel()[0] for operand in operands if operand.size)

        def part(row: int) -> Part:
            if table[row] < 0:
                return whole(node)(row)
            origin = int(table[row])
            chosen = int(np.searchsorted(starts, origin, side="right")) - 1
            here = np.asarray(origin - int(starts[chosen]))
            indices = (here if i == chosen else nothing for i in range(len(node.inputs)))
            return Part(tuple(indices), write)

        return part

    def _table(self, node: Node) -> tuple[Indices, Indices]:
        """For each entry of the output the number of its origin, counted on from input to input."""
        moved = node.inputs[: self.operands]
        ends = np.cumsum([0, *(source.spec.size for source in moved)])
        numbers = [
            numbered(source.spec.shape) + start
            for source, start in zip(moved, ends[:-1], strict=True)
        ]
        where = [source.value for source in node.inputs[len(moved) :]]
        return np.asarray(self.value(*numbers, *where, **node.params)).ravel(), ends[:-1]


@final
class Scattered(Entries):
    """Each entry of the first input is added in at one place of the output: local gradient 1.

    `target` gives those indices, from what the primitive's value is given.
    """

    def __init__(self, target: Callable[..., Array]) -> None:
        self.target = target

    def local(
        self, node: Node, position: int, rows: Indices | None, columns: Indices | None
    ) -> Triples:
        target = self._target(node)
        return Triples.of(target, np.arange(target.size))

    def parts(self, node: Node) -> Callable[[int], Part]:
        target = self._target(node)
        nothing = np.zeros(0, dtype=np.intp)

        def write(entries: Array, *_: Array) -> Any:
            return np.sum(entries)

        def part(row: int) -> Part:
            rest = [nothing] * (len(node.inputs) - 1)
            return Part((np.flatnonzero(target == row), *rest), write, additive=True)

        return part

    def _target(self, node: Node) -> Indices:
        values = [source.value for source in node.inputs]
        return np.asarray(self.target(*values, **node.params)).ravel()


@final
class Reduced(Entries):
    """Each entry from the entries along the reduced axes.

    Every entry of the input goes into one entry of the output, so pulling back ones by `rule` gives
    all local gradients at once.  `additive` says that the entries are added up.
    """

    def __init__(self, rule: Rule, additive: bool) -> None:
        self.rule, self.additive = rule, additive

    def local(
        self, node: Node, position: int, rows: Indices | None, columns: Indices | None
    ) -> Triples:
        (x,) = node.inputs
        along = lines(x.spec.shape, node.params["axis"])
        ones = constant(np.ones(node.spec.shape, node.spec.dtype))
        slopes = self.rule(ones, constant(node.value), constant(x.value), **node.params)
        if rows is None:
            rows = np.arange(node.spec.size)
        columns = along[rows]
        return Triples.of(
            np.broadcast_to(rows[:, None], columns.shape), columns, slopes.value.ravel()[columns]
        )

    def parts(self, node: Node) -> Callable[[int], Part]:
        along = lines(node.inputs[0].spec.shape, node.params["axis"])
        params = {**node.params, "axis": (0,), "keepdims": False}
        notation = applied(node).notation

        def write(line: Array) -> Any:
            return np.asarray(notation(line, **params), dtype=object)[()]

        return lambda row: Part((along[row],), write, additive=self.additive)


@final
class Chosen(Entries):
    """Each entry from a row of the first input, along its last axis; the second says which entry.

    Pulling back ones by `rule` gives all local gradients at once, as for `Reduced`.
    """

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    def local(
        self, node: Node, position: int, rows: Indices | None, columns: Indices | None
    ) -> Triples:
        x, chosen = node.inputs
        along = np.arange(x.spec.size).reshape(-1, x.spec.shape[-1])
        ones = constant(np.ones(node.spec.shape, node.spec.dtype))
        slopes = self.rule(ones, constant(node.value), constant(x.value), constant(chosen.value))
        if rows is None:
            rows = np.arange(node.spec.size)
        columns = along[rows]
        indices = np.broadcast_to(rows[:, None], columns.shape)
        return Triples.of(indices, columns, slopes.value.ravel()[columns])

    def parts(self, node: Node) -> Callable[[int], Part]:
        x, chosen = node.inputs
        along = np.arange(x.spec.size).reshape(-1, x.spec.shape[-1])
        notation, nothing = applied(node).notation, np.zeros(0, dtype=np.intp)
        which = _flat(chosen)

        def part(row: int) -> Part:
            def write(line: Array, _: Array) -> Any:
                return np.asarray(notation(line, np.asarray(which[row])), dtype=object)[()]

            return Part((along[row], nothing), write)

        return part


Slope = Callable[[Array, Array, Array], Array | float]


@final
class Mixed(Entries):
    """Each entry from the entries along an axis, the output being of the input's shape.

    `slope(yᵢ, yⱼ, same)` is ∂yᵢ/∂xⱼ, with `same` 1 where i = j and else 0.  With a
    `spread(lines of x, params)`, a number for each line of n entries, it is n·∂yᵢ/∂xⱼ times that,
    and `same` is n.  `running` says that an entry depends on those up to its own place only, and is
    their sum.

    >>> import chainrule as cr
    >>> node = cr.softmax(cr.variable([0.0, 0.0])).node
    >>> Mixed(lambda yi, yj, same: yi * (same - yj)).local(node, 0, None, None).values
    array([ 0.25, -0.25, -0.25,  0.25])
    """

    def __init__(
        self, slope: Slope, running: bool = False, spread: Callable[..., Array] | None = None
    ) -> None:
        self.slope, self.running, self.spread = slope, running, spread

    def local(
        self, node: Node, position: int, rows: Indices | None, columns: Indices | None
    ) -> Triples:
        along = lines(node.spec.shape, node.params["axis"])
        line, place = self._placed(along)
        given = columns if rows is None else rows
        if given is None:
            given = np.arange(node.spec.size)
        others = along[line[given]]
        chosen = np.broadcast_to(given[:, None], others.shape)
        row, column = (others, chosen) if rows is None and columns is not None else (chosen, others)
        if self.running:
            before = place[column] <= place[row]
            row, column = row[before], column[before]
        y = _flat(node)
        same = (row == column).astype(node.spec.dtype)
        if self.spread is None:
            return Triples.of(row, column, self.slope(y[row], y[column], same))
        n = along.shape[1]
        size = n * self.spread(_flat(node.inputs[0])[along], node.params)[line[row]]
        return Triples.of(row, column, self.slope(y[row], y[column], n * same) / size)

    def parts(self, node: Node) -> Callable[[int], Part]:
        axis = node.params["axis"]
        along = lines(node.spec.shape, axis)
        line, place = self._placed(along)
        params = {**node.params, "axis": 0 if isinstance(axis, int) else (0,)}
        notation = applied(node).notation

        def part(row: int) -> Part:
            here = int(place[row])
            read = along[line[row]][: here + 1 if self.running else None]

            def write(line: Array) -> Any:
                return notation(line, **params)[here]

            return Part((read,), write, additive=self.running)

        return part

    @staticmethod
    def _placed(along: Indices) -> tuple[Indices, Indices]:
        """For each entry, which line it is in and where on it."""
        count, length = along.shape
        line, place = np.zeros(along.size, np.intp), np.zeros(along.size, np.intp)
        line[along] = np.arange(count)[:, None]
        place[along] = np.arange(length)[None, :]
        return line, place


class Products(NamedTuple):
    """A sum of products of an entry of each of two inputs, with one term for each index.

    The index runs over `lengths`.  A term with index i takes the entry number Σ iₖ·strideₖ of the
    left and of the right input, and is added to that entry of the output; a stride of 0 says that
    the number does not depend on iₖ.
    """

    lengths: Shape
    output: Shape
    left: Shape
    right: Shape


@final
class Contracted(Entries):
    """Each entry a sum of products of entries of the two inputs: matrix products and their like.

    `products(left, right)` says which, from the shapes of the inputs.

    >>> import chainrule as cr
    >>> node = cr.matmul(cr.variable([[1.0, 2.0], [3.0, 4.0]]), cr.variable([5.0, 6.0])).node
    >>> rows = Contracted(lambda a, b: Products(a, output=(1, 0), left=(a[1], 1), right=(0, 1)))
    >>> rows.local(node, 1, None, None)
    Triples(rows=array([0, 0, 1, 1]), columns=array([0, 1, 0, 1]), values=array([1., 2., 3., 4.]))
    """

    def __init__(self, products: Callable[[Shape, Shape], Products]) -> None:
        self.products = products

    def local(
        self, node: Node, position: int, rows: Indices | None, columns: Indices | None
    ) -> Triples:
        form = self._form(node)
        own, other = (form.left, form.right) if position == 0 else (form.right, form.left)
        strides = (form.output, own, other)
        if columns is None or (rows is not None and len(rows) <= len(columns)):
            given = np.arange(node.spec.size) if rows is None else rows
            row, column, factor = _terms(given, form.output, strides, form.lengths)
        else:
            row, column, factor = _terms(columns, own, strides, form.lengths)
        return Triples.of(row, column, _flat(node.inputs[1 - position])[factor])

    def parts(self, node: Node) -> Callable[[int], Part]:
        form, notation = self._form(node), applied(node).notation

        def write(left: Array, right: Array) -> Any:
            return np.asarray(notation(left, right, **node.params), dtype=object)[()]

        def part(row: int) -> Part:
            found = _terms(np.asarray([row]), form.output, (form.left, form.right), form.lengths)
            return Part(tuple(indices.ravel() for indices in found), write, additive=True)

        return part

    def _form(self, node: Node) -> Products:
        left, right = (source.spec.shape for source in node.inputs)
        return self.products(left, right)


def _terms(given: Indices, known: Shape, wanted: Sequence[Shape], lengths: Shape) -> list[Indices]:
    """All terms in which the entries `given` take part: where each has its other entries.

    `known` are the strides of the given entries, `wanted` those of the ones sought; the result has
    a row for each given entry and a column for each value of the part of the index left open.
    """
    open_ = [k for k, stride in enumerate(known) if not stride]
    grid = np.indices([lengths[k] for k in open_]).reshape(len(open_), -1)
    found: list[Indices] = []
    for strides in wanted:
        fixed = sum(
            (given // known[k] % lengths[k] * strides[k] for k in range(len(lengths)) if known[k]),
            start=np.zeros_like(given),
        )
        offset = np.asarray([strides[k] for k in open_], dtype=np.intp) @ grid
        found.append(fixed[:, None] + offset)
    return found


def _flat(node: Node) -> Array:
    assert node.value is not None, f"{node.label} has no value"
    return node.value.ravel()
