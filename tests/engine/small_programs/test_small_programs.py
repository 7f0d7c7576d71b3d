"""Programs as machine code: the same numbers as the reference, nothing else touched."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.engine import Runner
from chainrule.engine.interpreter.arena import entries
from chainrule.engine.opcodes import ELEMENTWISE, OPCODES
from chainrule.engine.small_programs import regions
from chainrule.engine.small_programs.elementwise import OPERATIONS
from chainrule.errors import TrainingError
from chainrule.graph import Spec
from chainrule.nn import mlp
from chainrule.ops.losses import cross_entropy, mse
from chainrule.train import optimizers
from chainrule.train.steps.stepper import make_stepper
from chainrule.train.steps.tracing import trace_training
from engine.comparison import agree, planned

DTYPES = st.sampled_from([np.float32, np.float64])
SIZES = st.integers(1, 40)
SOME = settings(deadline=None, max_examples=15)  # each is compiled

UNTOUCHED = 7.0


def rows_of(program):
    """The opcodes of the table as it is walked."""
    return Runner(program, often=True).code.table[:, 0].tolist()


@SOME
@given(SIZES, SIZES, SIZES, st.tuples(st.booleans(), st.booleans()), DTYPES, st.data())
def test_products(m, n, k, transposed, dtype, data):
    """Of every size and layout, with and without a epilogue."""
    add, relu, gate = (data.draw(st.booleans()) for _ in range(3))
    rng = np.random.default_rng(m * n * k)
    shapes = [
        (k, m) if transposed[0] else (m, k),
        (n, k) if transposed[1] else (k, n),
        (n,),
        (m, n),
    ]
    args = [rng.normal(size=shape).astype(dtype) for shape in shapes]

    def layer(a, b, bias, passed):
        z = (a.T if transposed[0] else a) @ (b.T if transposed[1] else b)
        z = z + bias if add else z
        z = cr.relu(z) if relu else z
        return cr.where(passed > 0.0, z, 0.0) if gate else z

    program = agree(cr.trace(layer, *args), args, dtype, scale=np.sqrt(k))
    assert OPCODES["gemm"] not in rows_of(program)


@SOME
@given(st.integers(1, 70), st.integers(1, 32), DTYPES, st.booleans())
def test_losses_and_their_gradients(rows, classes, dtype, huge):
    rng = np.random.default_rng(rows)
    x = rng.normal(size=(rows, classes)).astype(dtype) * (1e4 if huge else 1)
    y = rng.integers(0, classes, rows)

    def both(x, y):
        return list(cr.value_and_grad(lambda x: cross_entropy(x, y))(x))

    program = agree(cr.trace(both, x, y), [x, y], dtype)
    assert rows_of(program) == [OPCODES["native"]]


@pytest.mark.parametrize("special", [np.nan, -np.inf])
def test_what_is_not_finite_is_where_it_was(special):
    x = np.random.default_rng(0).normal(size=(20, 5))
    x[3, 2] = x[19, 0] = special

    def both(x):
        return list(cr.value_and_grad(lambda x: cross_entropy(x, np.arange(20) % 5))(x))

    agree(cr.trace(both, x), [x])


@SOME
@given(SIZES, SIZES, DTYPES)
def test_sums_and_means(m, n, dtype):
    x = np.random.default_rng(0).normal(size=(m, n)).astype(dtype)
    graph = cr.trace(lambda x: [x.sum(axis=0), x.mean(axis=0), x.sum(), x.mean()], x)
    program = agree(graph, [x], dtype, scale=np.sqrt(m * n))
    assert rows_of(program) == [OPCODES["native"]]


@SOME
@given(st.integers(1, 20), st.integers(1, 40), DTYPES)
def test_rows_columns_and_single_numbers_are_repeated(m, n, dtype):
    rng = np.random.default_rng(0)
    args = [rng.normal(size=shape).astype(dtype) for shape in [(m, n), (n,), (m, 1), ()]]
    graph = cr.trace(lambda x, row, column, one: cr.tanh(x * row + column) / one - x, *args)
    program = agree(graph, args, dtype)
    assert rows_of(program) == [OPCODES["native"]]


def test_operations_are_those_of_the_machine():
    assert set(OPERATIONS) <= set(ELEMENTWISE)


@SOME
@given(
    st.lists(st.integers(1, 24), min_size=2, max_size=4), st.integers(1, 40), DTYPES, st.booleans()
)
def test_training_steps(widths, batch, dtype, regression):
    """Loss and gradients of a whole network, in arenas where nothing else is touched."""
    rng = np.random.default_rng(0)
    model = mlp(widths[0], widths[1:-1], widths[-1], dtype=dtype)
    x = rng.normal(size=(batch, widths[0])).astype(dtype)
    y = x[:, :1] * np.ones(widths[-1], dtype) if regression else rng.integers(0, widths[-1], batch)
    specs = (Spec(array.shape, array.dtype) for array in (x, y))
    graph = trace_training(model, mse if regression else cross_entropy, *specs).graph
    values = [p.value for p in model.parameters().values()]
    program = agree(graph, [*values, np.int64(1), x, y], dtype, scale=1.0)
    runner = Runner(program, often=True)
    assert runner.code.native is not None
    floats, integers = runner.arenas()
    room = np.concatenate([floats, np.full(64, UNTOUCHED, dtype)])
    runner.load_constants(room, integers)
    kept = [entries(b, room, integers) for b in (*program.inputs, *program.constants)]
    before = [values.copy() for values in kept]
    runner.run(room, integers)
    assert (room[len(floats) :] == UNTOUCHED).all()
    for values, was in zip(kept, before, strict=True):
        np.testing.assert_array_equal(values, was)


def test_a_batch_that_is_read_otherwise_is_copied():
    """By an addition too, or by rows of another length."""
    x, w = np.ones((8, 6)), np.ones((6, 6))
    ways = {
        True: [lambda x, w: cr.relu(x @ w), lambda x, w: x.T @ x],
        False: [
            lambda x, w: cr.relu(x @ w) + x,
            lambda x, w: x.reshape((16, 3)) @ x.reshape((3, 16)),
        ],
    }
    for scattered, functions in ways.items():
        for function in functions:
            program = planned(cr.trace(function, x, w))
            batch = program.inputs[0].whole(x.shape)
            code = Runner(program, often=True, batch=batch).code
            assert code.native is not None
            assert (code.addresses >= 0) == scattered


def test_what_it_cannot_write_the_machine_runs():
    """Dropout's numbers and a library's function come between stretches of machine code."""
    x = np.random.default_rng(0).normal(size=(6, 5))
    graph = cr.trace(lambda x, w: cr.erf(cr.relu(x @ w) @ w).sum(axis=0) * 2.0, x, np.eye(5))
    program = agree(graph, [x, np.eye(5)])
    rows = rows_of(program)
    assert rows.count(OPCODES["native"]) == 2
    assert OPCODES["fused"] in rows


def test_what_takes_long_is_left_to_the_machine(monkeypatch):
    x = np.ones((400, 400), np.float32)
    program = planned(cr.trace(lambda x: x @ x, x), np.float32)
    assert rows_of(program) == [OPCODES["gemm"]]
    small = planned(cr.trace(lambda x: x @ x, np.ones((4, 4))))
    assert rows_of(small) == [OPCODES["native"]]
    monkeypatch.setattr(regions, "MOST", 0)
    assert rows_of(small) == [OPCODES["gemm"]]


@pytest.mark.parametrize("widths", [(2, 2000, 1), (2000, 2), (1, 700, 2)])
def test_what_is_written_does_not_grow_with_the_sizes(widths, monkeypatch):
    """Loops, where there is much to do: the compiler takes as long as what it reads is."""
    read = []

    class Read:
        def __init__(self, module):
            read.append(str(module).count("\n"))

        def address(self, name):
            return 0

    monkeypatch.setattr(regions, "MachineCode", Read)
    x, y = np.ones((8, widths[0]), np.float32), np.ones((8, widths[-1]), np.float32)
    specs = (Spec(array.shape, array.dtype) for array in (x, y))
    graph = trace_training(
        mlp(widths[0], widths[1:-1], widths[-1], dtype=np.float32), mse, *specs
    ).graph
    regions.native(planned(graph, np.float32))
    assert read
    assert max(read) < 4000


def test_no_digit_depends_on_how_many_steps_are_made_at_once():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(50, 6)), rng.integers(0, 3, 50)
    order = rng.integers(0, 50, (30, 8))
    ends = []
    for size in (1, 7, 30):
        stepper = make_stepper(
            mlp(6, [5], 3), cross_entropy, optimizers.Adam(), x, y, engine="compiled"
        )
        losses = [stepper.run(order[i : i + size], 0.01) for i in range(0, 30, size)]
        ends.append(np.concatenate([*losses, stepper.parameters]))
    assert all((end == ends[0]).all() for end in ends)


def test_the_first_that_is_not_finite_is_named_all_the_same():
    x = np.full((8, 3), 1e200)
    stepper = make_stepper(
        mlp(3, [4], 2), mse, optimizers.SGD(), x, np.ones((8, 2)), engine="compiled"
    )
    with pytest.raises(TrainingError, match="first seen in"):
        stepper.run([np.arange(8)] * 3, 0.1)
