"""The engine agrees with the reference value of every primitive, and every opcode is tested."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.engine import Runner
from chainrule.engine.instructions import OPCODES
from chainrule.engine.instructions.fused import ACCESS
from chainrule.errors import GraphError
from chainrule.graph import Graph
from chainrule.ops.define import apply, elementwise, floating
from chainrule.ops.registry import PRIMITIVES
from chainrule.program import Program, flattened
from engine.comparison import agree, planned
from engine.scans import SCANS
from ops import cases_special
from ops.case import Case, Edge, one_of_each
from ops.cases import CASES, EDGES
from program.checker import check

DTYPES = [np.float64, np.float32]
MOVES = ["where", "concatenate", "stack", "pad", "transpose", "reshape", "broadcast_to", "copy"]


def forward_and_back(case: Case, dtype: Any) -> tuple[Graph, list[Any]]:
    """Value and VJP as one graph of the case's arguments and a cotangent."""
    args = [_cast(arg, dtype) for arg in case.args]
    shape = case.function(*args).shape
    cotangent = np.random.default_rng(1).uniform(0.5, 2.0, shape).astype(dtype)

    def value_and_vjp(*operands: Any) -> list[cr.Tensor]:
        *rest, g = operands
        points = [rest[i] for i in case.wrt]
        if case.flat or not points:
            return [case.function(*rest)]
        value, pull = cr.vjp(case.at(case.function, tuple(rest)), *points)
        return [value, *pull(g)]

    return cr.trace(value_and_vjp, *args, cotangent), [*args, cotangent]


def _cast(arg: Any, dtype: Any) -> np.ndarray:
    array = np.asarray(arg)
    if array.dtype.kind == "c":
        return array.astype(np.result_type(dtype, np.complex64))
    with np.errstate(over="ignore"):
        return array.astype(dtype) if array.dtype.kind == "f" else array


def lowerable(graph: Graph, dtype: Any) -> bool:
    """Whether all floats have one dtype; if not, planning must be refused."""
    mixed = [n for n in graph.nodes if n.spec.dtype.kind == "f" and n.spec.dtype != dtype]
    live = set(graph.inputs)
    for node in graph.nodes:
        if not live.isdisjoint(node.inputs):
            live.add(node)
    if any(node in live for node in mixed):
        with pytest.raises(GraphError, match="one floating dtype throughout"):
            planned(graph, dtype)
        return False
    return True


@pytest.mark.parametrize("dtype", DTYPES, ids=["f64", "f32"])
@pytest.mark.parametrize("case", one_of_each(CASES), ids=str)
def test_value_and_gradient(case, dtype):
    graph, args = forward_and_back(case, dtype)
    if lowerable(graph, dtype):
        check(agree(graph, args, dtype))


@pytest.mark.parametrize("dtype", DTYPES, ids=["f64", "f32"])
@pytest.mark.parametrize("edge", EDGES, ids=str)
def test_edges(edge: Edge, dtype):
    """The sign of a zero is promised where entries are moved, not where they are computed."""
    args = [_cast(arg, dtype) for arg in edge.args]
    graph = cr.trace(edge.function, *args)
    if lowerable(graph, dtype):
        check(agree(graph, args, dtype, signs=edge.primitive in MOVES))


OF_SCIPY = {case.primitive for case in cases_special.CASES}
"""They run by their values, some of which SciPy computes for minutes at 1e30."""

SPECIAL = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 0.5, 1e-30, -1e30])


@pytest.mark.parametrize("dtype", DTYPES, ids=["f64", "f32"])
@pytest.mark.parametrize(
    "name", [n for n, p in PRIMITIVES.items() if p.elementwise and n not in OF_SCIPY]
)
def test_special_numbers_in_every_operand(name, dtype):
    """NaN, infinities, zeros of either sign, and ties, in all combinations."""
    primitive = PRIMITIVES[name]
    arity = 3 if name == "where" else len(primitive.dependence.rules)
    special = SPECIAL.astype(dtype)
    args = [special, special[:, None], special[::-1][:, None]][:arity]
    params = {
        "leaky_relu": {"slope": 0.1},
        "elu": {"alpha": 0.7},
        "clip": {"low": -0.5, "high": 0.5},
        "sinc": {"order": 0},
    }
    settings = params.get(name, {})
    exponents = (2.0, -1.0, 0.5, 0.0, 3.0) if name == "constant_power" else (None,)
    for exponent in exponents:
        parameters = {"exponent": exponent} if exponent is not None else settings

        def function(*tensors: cr.Tensor, parameters: Any = parameters) -> cr.Tensor:
            first = tensors[0] > 0.0 if name == "where" else tensors[0]
            return apply(primitive, first, *tensors[1:], **parameters)

        graph = cr.trace(function, *args)
        agree(graph, args, dtype, signs=name in MOVES)


def exercised(program: Program) -> set[str]:
    """The names of all opcodes and elementwise operations in a program."""
    found: set[str] = set()
    for instruction in flattened(program.instructions):
        found.add(instruction.op)
        found |= {micro.op for micro in instruction.micro}
        if instruction.op == "elementwise":
            found.add(instruction.attributes["operation"].name)
    return found


def test_every_opcode_is_exercised():
    found: set[str] = set()
    for case in CASES:
        graph, _ = forward_and_back(case, np.float64)
        mixed = any(n.spec.dtype == np.float32 for n in graph.nodes)
        if not mixed:
            found |= exercised(planned(graph))
    found |= exercised(planned(cr.trace(lambda n: cr.uniform(n, (3,)), cr.spec((), int))))
    found |= exercised(planned(cr.trace(lambda n: n.astype(float), cr.spec(3, int))))
    graph = cr.trace(lambda x: cr.sin(x) + cr.transpose(x), cr.spec((3, 3)))
    found |= exercised(planned(graph))
    found |= exercised(planned(cr.trace(cr.transpose, cr.spec((2, 3), int))))
    found |= exercised(planned(SCANS["transposing"].graph(np.float64, 1)))
    elementwise = {name for name, primitive in PRIMITIVES.items() if primitive.elementwise}
    known = {*OPCODES, *elementwise, "copy", "gate"} - {"native"}  # see small_programs/
    known -= {"real", "imag", "conj", "angle"}  # complex numbers are computed by calls
    known -= {"scaled_derivative"}  # so is a function that is chosen by its name
    assert found >= known, f"not exercised: {sorted(known - found)}"
    # see test_fused.py
    assert set(ACCESS) == {"whole", "rows", "row", "column", "scalar", "register"}


AXES = [(), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)]
REDUCTIONS = ["sum", "mean", "var", "max", "min", "prod", "logsumexp"]


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions_over_all_axes_of_all_layouts(name, keepdims):
    x = np.random.default_rng(0).uniform(0.5, 1.5, (2, 3, 4))
    layouts: list[Callable[[Any], Any]] = [
        lambda x: x,
        lambda x: cr.transpose(x, (2, 0, 1)),
        lambda x: cr.broadcast_to(x[:, :1], (2, 5, 4)),
        lambda x: cr.reshape(cr.transpose(x, (1, 0, 2)), (3, 4, 2)),
    ]

    def all_reductions(x: cr.Tensor) -> list[cr.Tensor]:
        reduce = getattr(cr, name)
        return [reduce(layout(x), axis, keepdims) for layout in layouts for axis in AXES]

    graph = cr.trace(all_reductions, x)
    check(agree(graph, [x], scale=1.0))
    graph = cr.trace(all_reductions, x.astype(np.float32))
    check(agree(graph, [x], np.float32, scale=1.0))


@pytest.mark.filterwarnings("ignore:Matrix is singular")  # a root of small integers
@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64])
@pytest.mark.parametrize("case", one_of_each(CASES), ids=str)
def test_integers_and_truth_values(case, dtype):
    """Integers: primitives without an opcode for them run by their reference value."""
    if str(case).startswith("scan") and (dtype is bool or "(2,)" in str(case)):
        pytest.skip("a sum of booleans is an integer, which a carry may not become")
    rng = np.random.default_rng(0)
    whole = [np.asarray(rng.integers(0, 4, np.shape(p))).astype(dtype) for p in case.points]
    args = list(case.args)
    for i, array in zip(case.wrt, whole, strict=True):
        args[i] = array
    graph = cr.trace(case.function, *args)
    if lowerable(graph, np.float64):
        check(agree(graph, args))


def test_integers_in_many_primitives():
    x = np.arange(12).reshape(3, 4)
    pick = np.array([[2, 0], [1, 1]])

    def function(x: cr.Tensor) -> list[cr.Tensor]:
        transposed = cr.transpose(x)
        return [
            transposed,
            transposed + 1,
            cr.reshape(transposed, (2, 6)),
            cr.broadcast_to(x[:1], (2, 4)),
            transposed[pick],
            cr.one_hot(transposed, 12),
            cr.sum(transposed, axis=0),
            cr.mean(transposed, axis=(0, 1)),
            cr.softmax(transposed, axis=1),
            transposed.astype(np.float64) @ cr.exp(x * 0.1),
            transposed > 4,
            cr.sum(transposed > 4, axis=0),
            cr.mean(x > 4),
            cr.matmul(x > 4, transposed > 2),
        ]

    check(agree(cr.trace(function, x), [x]))


def test_calls_with_similar_parameters_are_distinguished():
    def function(x: cr.Tensor) -> list[cr.Tensor]:
        return [
            cr.softmax(x, axis=0),
            cr.log_softmax(x, axis=0),
            cr.pad(x, 1, constant_values=0.0),
            cr.pad(x, 1, constant_values=-0.0),
            cr.less(cr.astype(x, int), 1),
            cr.greater(cr.astype(x, int), 1),
        ]

    x = np.random.default_rng(0).normal(size=(3, 3))
    agree(cr.trace(function, x), [x], signs=True)


@pytest.fixture
def cube() -> Any:
    """A primitive without a kernel, for as long as a test runs."""
    primitive = elementwise(
        "cube_of_a_test",
        lambda x, shift: np.power(x, 3, casting="same_kind") + shift,  # does not compile
        vjp=(lambda g, y, x, shift: g * 3.0 * x**2,),
        notation=lambda x, shift: x**3,
        dtype=floating,
    )
    yield lambda x, shift=0.5: apply(primitive, x, shift=shift)
    del PRIMITIVES["cube_of_a_test"]


@pytest.mark.parametrize("dtype", DTYPES, ids=["f64", "f32"])
def test_a_new_primitive_runs_by_its_reference_value(cube, dtype):
    def function(x: cr.Tensor) -> list[cr.Tensor]:
        value, pull = cr.vjp(lambda x: cr.sum(cr.tanh(cube(cr.transpose(x))) * cube(x, 1.0)), x)
        return [value, *pull(np.ones((), dtype))]

    x = np.random.default_rng(0).normal(size=(3, 3)).astype(dtype)
    program = agree(cr.trace(function, x), [x], dtype)
    check(program)
    assert not Runner(program).compiled
