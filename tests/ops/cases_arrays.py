"""Cases of operations that combine or rearrange entries.  Add a row here for every new one."""

from __future__ import annotations

import math
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

import chainrule as cr
from chainrule.interop.torch.operations.indices import checked_indices
from chainrule.ops.define import apply
from chainrule.ops.indexing import put_add
from chainrule.ops.indexing.getitem import Slice
from chainrule.ops.reductions.centred import centred
from chainrule.ops.registry import PRIMITIVES
from chainrule.ops.shapes import copy
from chainrule.ops.tensor import lift
from ops.case import Case, Edge, numbers

INF, NAN = math.inf, math.nan
WIDE, POSITIVE = (-2.0, 2.0), (0.3, 3.0)
AXES = [
    ((2, 3), None, False),
    ((2, 3), 0, False),
    ((2, 3), -1, True),
    ((2, 3, 2), (0, 2), False),
    ((2, 3, 2), (0, 2), True),
    ((2, 3, 4), 1, False),
    ((4,), 0, False),
    ((), None, False),
    ((3, 1), 1, False),
    ((0, 2), 1, False),
]


def reduction(primitive, function, oracle, range_=WIDE, **options) -> list[Case]:
    return [
        Case(
            primitive,
            partial(function, axis=axis, keepdims=keepdims),
            partial(oracle, axis=axis, keepdims=keepdims),
            (numbers(shape, *range_),),
            **options,
        )
        for shape, axis, keepdims in AXES
    ]


def along(primitive, function, oracle) -> list[Case]:
    return [
        Case(
            primitive,
            partial(function, axis=axis),
            partial(oracle, axis=axis),
            (numbers(s, *WIDE),),
        )
        for s, axis in [((2, 3), -1), ((2, 3), 0), ((2, 3, 2), (0, 2)), ((4,), 0), ((0, 3), 1)]
    ]


def standardized(x, axis, eps=0.0):
    """Standardize by the definition; JAX computes the variance as a difference of squares."""
    return (x - x.mean(axis, keepdims=True)) / jnp.sqrt(x.var(axis, keepdims=True) + eps)


def case_of(primitive, function, oracle, *shapes, **options) -> Case:
    args = tuple(numbers(shape, *WIDE, seed) for seed, shape in enumerate(shapes))
    return Case(primitive, function, oracle, args, **options)


def selection(shape, index) -> Case:
    return case_of("getitem", lambda x: lift(x)[index], lambda x: x[index], shape)


def put(index, template, arrays, shape) -> Case:
    """Compare `put_add` with JAX's scatter-add, with one entry of g for each selected entry."""
    g = numbers(np.zeros(shape)[index].shape, *WIDE)
    return Case(
        "put_add",
        lambda g: put_add(g, *map(lift, arrays), index=template, shape=shape),
        lambda g: jnp.zeros(shape, g.dtype).at[index].add(g),
        (g,),
        integers=False,  # put_add is applied to gradients only
    )


def put_together(shape, *indices) -> Case:
    """Compare one application with several parts with a scatter-add for each of them."""
    templates = tuple(tuple("array" if isinstance(i, list) else i for i in x) for x in indices)
    places = [tuple(slice(*i) if isinstance(i, Slice) else i for i in x) for x in indices]
    arrays = [lift(np.array(i)) for index in indices for i in index if isinstance(i, list)]
    parts = tuple(numbers(np.zeros(shape)[i].shape, *WIDE, k) for k, i in enumerate(places))

    def expected(*parts):
        out = jnp.zeros(shape)
        for place, part in zip(places, parts, strict=True):
            out = out.at[tuple(np.array(i) if isinstance(i, list) else i for i in place)].add(part)
        return out

    return Case(
        "put_add",
        lambda *parts: apply(
            PRIMITIVES["put_add"], *map(lift, parts), *arrays, indices=templates, shape=shape
        ),
        expected,
        parts,
        integers=False,
    )


def stepped(x, scan) -> cr.Tensor:
    """Uses every output of a scan, in both directions."""
    start, xs = x[0, 0], (x[:, 0], x[:, 1])
    (c, total), (ys, before) = scan(
        lambda s, x: ((s[0] * x[0] + x[1], s[1] + x[0]), (s[0] * x[1], s[1])), (start, start), xs
    )
    back, _ = scan(lambda s, y: (s * y, s), c, ys, reverse=True)
    return total * before[1] + back + ys[0]


def weighted(w, x, scan) -> cr.Tensor:
    """Two numbers from outside, each of which every step reads."""
    a, b = w[0] * 0.5, w[1]
    last, ys = scan(lambda s, x: (a * s + b * x[0], s * b * x[1]), x[0, 0] * b, x)
    return last + ys[1] * ys[2]


def product(a, b) -> Case:
    return case_of("matmul", cr.matmul, jnp.matmul, a, b)


WHOLE = np.array([[1.0, -2.0, 0.0]])
TWICE = np.array([2, 0, 2])
PAIRS = np.array([[0, 1], [1, 1]])
MASK = np.array([True, False, True])

CASES = [
    *reduction("sum", cr.sum, jnp.sum),
    *reduction("mean", cr.mean, jnp.mean),
    *reduction("var", cr.var, jnp.var),
    *reduction("var", partial(cr.var, ddof=1), partial(jnp.var, ddof=1))[:6],
    *reduction("max", cr.max, jnp.max),
    *reduction("min", cr.min, jnp.min),
    *reduction("prod", cr.prod, jnp.prod, POSITIVE),
    *reduction("prod", cr.prod, jnp.prod, WIDE)[:6],
    *reduction("logsumexp", cr.logsumexp, jax.scipy.special.logsumexp),
    case_of("sum", partial(cr.sum, axis=0), partial(jnp.sum, axis=0), (0, 3)),
    case_of("prod", partial(cr.prod, axis=0), partial(jnp.prod, axis=0), (0, 3)),
    *along("softmax", cr.softmax, jax.nn.softmax),
    *along("log_softmax", cr.log_softmax, jax.nn.log_softmax),
    *along("centred", centred, lambda x, axis: x - x.mean(axis, keepdims=True)),
    case_of("standardize", cr.standardize, partial(standardized, axis=-1), (2, 3)),
    *along("standardize", partial(cr.standardize, eps=0.5), partial(standardized, eps=0.5)),
    *[
        Case(
            "log_loss",
            lambda x, labels: cr.log_loss(x, labels),
            lambda x, labels: (
                -jnp.take_along_axis(jax.nn.log_softmax(x), jnp.asarray(labels)[..., None], -1)[
                    ..., 0
                ]
            ),
            (numbers((*np.shape(labels), 3), *WIDE), np.array(labels)),
        )
        for labels in (2, [0, 2, 2, 1], [[1, 0]])
    ],
    case_of(
        "scan",
        lambda x: stepped(lift(x), cr.scan),
        lambda x: stepped(x, jax.lax.scan),
        (3, 2, 2),
        integers=False,
    ),
    case_of(
        "scan",
        lambda w, x: weighted(lift(w), lift(x), cr.scan),
        lambda w, x: weighted(w, x, jax.lax.scan),
        (2,),
        (3, 2),
        integers=False,
    ),
    case_of("transpose", cr.transpose, jnp.transpose, (2, 3)),
    case_of("transpose", cr.transpose, jnp.transpose, (2, 3, 4)),
    case_of(
        "transpose", lambda x: cr.transpose(x, (2, 0, 1)), lambda x: x.transpose(2, 0, 1), (2, 3, 4)
    ),
    case_of("transpose", lambda x: cr.swapaxes(x, 0, -2), lambda x: x.swapaxes(0, -2), (2, 3, 4)),
    case_of("reshape", lambda x: cr.reshape(x, (3, -1)), lambda x: x.reshape(3, -1), (2, 6)),
    case_of("reshape", lambda x: cr.reshape(x, 1), lambda x: x.reshape(1), ()),
    case_of("reshape", lambda x: cr.reshape(x, (2, 0)), lambda x: x.reshape(2, 0), (0, 3)),
    *[
        case_of(
            "broadcast_to",
            partial(cr.broadcast_to, shape=target),
            partial(jnp.broadcast_to, shape=target),
            shape,
        )
        for shape, target in [((3,), (2, 3)), ((2, 1), (4, 2, 3)), ((), (2, 2)), ((1,), (0,))]
    ],
    *[
        case_of(
            "concatenate",
            lambda *parts, axis=axis: cr.concatenate(parts, axis),
            lambda *parts, axis=axis: jnp.concatenate(parts, axis),
            *shapes,
        )
        for axis, shapes in [
            (0, [(2, 3), (1, 3), (4, 3)]),
            (-1, [(2, 3), (2, 1)]),
            (1, [(2, 1, 2), (2, 3, 2), (2, 0, 2)]),
        ]
    ],
    *[
        case_of(
            "stack",
            lambda *parts, axis=axis: cr.stack(parts, axis),
            lambda *parts, axis=axis: jnp.stack(parts, axis),
            *shapes,
        )
        for axis, shapes in [
            (0, [(2, 3)] * 3),
            (-1, [(2, 3)] * 2),
            (1, [(2, 3)] * 2),
            (0, [()] * 3),
        ]
    ],
    *[
        case_of(
            "pad",
            lambda x, widths=widths: cr.pad(x, widths, constant_values=0.5),
            lambda x, widths=widths: jnp.pad(x, widths, constant_values=0.5),
            shape,
            integers=False,  # the fill is rounded to an integer
        )
        for widths, shape in [((1, 2), (3,)), (((1, 0), (2, 3)), (2, 3)), (1, (2, 2))]
    ],
    *[
        case_of("cumsum", partial(cr.cumsum, axis=axis), partial(jnp.cumsum, axis=axis), shape)
        for axis, shape in [(0, (4,)), (1, (2, 3, 2)), (-1, (2, 3)), (None, (2, 3))]
    ],
    case_of("copy", copy, jnp.copy, (2, 3)),
    Case(
        "astype",
        lambda x: cr.astype(cr.astype(x, np.float32), np.float64),
        lambda x: x.astype(np.float32).astype(np.float64),
        (np.array([0.5, -1.25, 3.0]),),
        rounds=True,
    ),
    Case("astype", lambda x: cr.astype(x, int), lambda x: x.astype(int), (WHOLE,), flat=True),
    selection((4, 3), 1),
    selection((4, 3), (slice(1, 4, 2), -1)),
    selection((4, 3), (slice(None, None, -1), None, slice(0, 2))),
    selection((2, 3, 4), (Ellipsis, 1)),
    selection((4, 3), TWICE),
    selection((4, 3), (slice(1, 3), TWICE)),
    selection((4, 3), (PAIRS, np.array([0, 2]))),
    selection((2, 3, 4), (np.array([0, 1, 1]), slice(1, None), TWICE)),
    selection((3, 2), MASK),
    selection((3, 3), (1, MASK)),
    selection((4,), np.array(2)),
    selection((2, 0), (slice(None), slice(0, 0))),
    put((TWICE,), ("array",), (TWICE,), (4, 3)),
    put_together((4, 3), (Slice(0, 2, None),), ([2, 0, 2], 1), (3,), ([1, 1], [0, 2])),
    put((1, TWICE), (1, "array"), (TWICE,), (2, 3)),
    Case(
        "checked_indices",
        lambda x: checked_indices(lift(x), 3, "gather"),
        lambda x: x,
        (np.array([[2, 0], [1, 2]]),),
        flat=True,
    ),
    *[
        Case(
            "one_hot",
            lambda x: cr.one_hot(x, 3),
            lambda x: jax.nn.one_hot(x, 3, dtype=np.float64),
            (labels,),
            flat=True,
        )
        for labels in (np.array([2, 0, 1, 2]), np.array([[1, 0]]), np.array(1))
    ],
    product((2, 3), (3, 4)),
    product((3,), (3, 4)),
    product((2, 3), (3,)),
    product((3,), (3,)),
    product((2, 2, 3), (2, 3, 4)),
    product((2, 1, 2, 3), (4, 3, 2)),
    product((3, 2), (4, 2, 3)),
    product((3,), (4, 3, 2)),
    product((4, 2, 3), (3,)),
    product((1, 1), (1, 3)),
    product((2, 0), (0, 3)),
    product((0, 3), (3, 2)),
]

TIED = [[1.0, 7.0, 7.0], [2.0, 0.0, 0.0]]

EDGES = [
    Edge("sum", cr.sum, ([1e308, 1e308],), INF, ([1.0, 1.0],)),
    Edge("mean", cr.mean, ([INF, 1.0],), INF, ([0.5, 0.5],)),
    Edge("var", cr.var, ([3.0, 3.0],), 0.0, ([0.0, 0.0],)),
    Edge("var", partial(cr.var, ddof=1), ([3.0],), NAN, ([NAN],)),
    Edge(
        "max",
        partial(cr.max, axis=1),
        (TIED,),
        [7.0, 2.0],
        ([[0.0, 0.5, 0.5], [1.0, 0.0, 0.0]],),
        kink=[True, False],
    ),
    Edge(
        "min",
        partial(cr.min, axis=1),
        (TIED,),
        [1.0, 0.0],
        ([[1.0, 0.0, 0.0], [0.0, 0.5, 0.5]],),
        kink=[False, True],
    ),
    Edge("max", cr.max, ([NAN, 1.0],), NAN, None),
    Edge("min", cr.min, ([NAN, 1.0],), NAN, None),
    Edge("prod", cr.prod, ([2.0, 0.0, 5.0],), 0.0, ([0.0, 10.0, 0.0],), curvature=[5.0, 7.0, 2.0]),
    Edge("prod", cr.prod, ([2.0, 0.0, 0.0],), 0.0, ([0.0, 0.0, 0.0],), curvature=[0.0, 2.0, 2.0]),
    Edge("logsumexp", cr.logsumexp, ([1000.0, 1000.0],), 1000.0 + math.log(2.0), ([0.5, 0.5],)),
    Edge("logsumexp", cr.logsumexp, ([-INF, 3.0],), 3.0, ([0.0, 1.0],)),
    Edge("logsumexp", cr.logsumexp, ([-INF, -INF],), -INF, None),
    Edge("logsumexp", cr.logsumexp, ([INF, 0.0],), INF, None),
    Edge("logsumexp", cr.logsumexp, ([NAN, 0.0],), NAN, None),
    Edge("softmax", cr.softmax, ([1000.0, -1000.0],), [1.0, 0.0], ([0.0, 0.0],)),
    Edge("softmax", cr.softmax, ([-INF, 3.0, NAN],), [NAN, NAN, NAN], None),
    Edge("log_softmax", cr.log_softmax, ([0.0, 1000.0],), [-1000.0, 0.0], ([1.0, -1.0],)),
    Edge("log_softmax", cr.log_softmax, ([-INF, 3.0],), [-INF, 0.0], ([1.0, -1.0],)),
    Edge("cumsum", cr.cumsum, ([1.0, INF, -INF],), [1.0, INF, NAN], ([3.0, 2.0, 1.0],)),
    Edge(
        "concatenate",
        lambda a, b: cr.concatenate([a, b]),
        ([-0.0], [NAN]),
        [-0.0, NAN],
        ([1.0], [1.0]),
    ),
    Edge("stack", lambda a, b: cr.stack([a, b]), (-0.0, INF), [-0.0, INF], (1.0, 1.0)),
    Edge("pad", lambda x: cr.pad(x, 1), ([NAN],), [0.0, NAN, 0.0], ([1.0],)),
    Edge("transpose", cr.transpose, ([[NAN, -0.0]],), [[NAN], [-0.0]], ([[1.0, 1.0]],)),
    Edge("reshape", lambda x: cr.reshape(x, 1), (-0.0,), [-0.0], (1.0,)),
    Edge("broadcast_to", lambda x: cr.broadcast_to(x, (3,)), (INF,), [INF] * 3, (3.0,)),
    Edge("copy", copy, (NAN,), NAN, (1.0,)),
    Edge("astype", lambda x: cr.astype(x, np.float32), (1e300,), INF, (1.0,)),
    Edge("getitem", lambda x: lift(x)[[1, 1]], ([0.0, NAN],), [NAN, NAN], ([0.0, 2.0],)),
    Edge(
        "put_add",
        lambda g: put_add(g, lift([1, 1]), index=("array",), shape=(2,)),
        ([INF, 1.0],),
        [0.0, INF],
        ([1.0, 1.0],),
    ),
    Edge("centred", centred, ([1e16, 1e16 + 2],), [-1.0, 1.0], ([0.0, 0.0],)),
    Edge("standardize", cr.standardize, ([3.0, 3.0],), [NAN, NAN], None),
    Edge("standardize", partial(cr.standardize, eps=1.0), ([3.0, 3.0],), [0.0, 0.0], ([0.0, 0.0],)),
    Edge("log_loss", lambda x: cr.log_loss(x, 1), ([1000.0, 0.0],), 1000.0, ([1.0, -1.0],)),
    Edge("one_hot", lambda x: cr.one_hot(x, 1), ([0],), [[1.0]], (None,)),
    Edge(
        "checked_indices",
        lambda x: checked_indices(lift(x), 3, "gather"),
        ([0, 2],),
        [0, 2],
        (None,),
    ),
    Edge(
        "scan",
        lambda x: cr.scan(lambda c, x: (c * x, c), 1.0, x)[1],
        ([0.0, INF, 2.0],),
        [1.0, 0.0, NAN],
        None,
    ),
    Edge("matmul", cr.matmul, ([INF, 0.0], [1.0, INF]), NAN, ([1.0, INF], [INF, 0.0])),
    Edge(
        "uniform",
        lambda counter: cr.uniform(counter, (2,), seed=3),
        (7,),
        cr.uniform(7, (2,), seed=3).value,
        (None,),
    ),
]
