"""Regions of programs as machine code: which are compiled, and that they touch nothing else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.engine import Runner
from chainrule.engine.instructions import OPCODES
from chainrule.engine.interpreter.arena import Arena
from chainrule.engine.small_programs import regions
from chainrule.errors import TrainingError
from chainrule.graph import Spec
from chainrule.nn import mlp
from chainrule.ops.losses import cross_entropy, mse
from chainrule.train import optimizers
from chainrule.train.steps.stepper import make_stepper
from chainrule.train.steps.tracing import trace_training
from engine.comparison import agree, opcodes, planned
from program.checker import check

SENTINEL = 7


@settings(deadline=None, max_examples=15)  # each example is compiled
@given(
    st.lists(st.integers(1, 24), min_size=2, max_size=4),
    st.integers(1, 40),
    st.sampled_from([np.float32, np.float64]),
    st.booleans(),
)
def test_a_training_step_writes_only_its_own_buffers(widths, batch, dtype, regression):
    """The loss and the gradients of a whole network."""
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
    longer = Arena(runner.code.size + 512, dtype)
    longer.bytes[runner.code.size :] = SENTINEL
    runner.load_constants(longer)
    constant = [longer.entries(b) for b in (*program.inputs, *program.constants)]
    before = [values.copy() for values in constant]
    runner.run(longer)
    assert (longer.bytes[runner.code.size :] == SENTINEL).all()
    for values, expected in zip(constant, before, strict=True):
        np.testing.assert_array_equal(values, expected)


def test_a_batch_is_copied_unless_only_products_read_its_rows():
    """An addition reads it too, or a product reads rows of another length."""
    x, w = np.ones((8, 6)), np.ones((6, 6))
    cases = {
        True: [lambda x, w: cr.relu(x @ w), lambda x, w: x.T @ x],
        False: [
            lambda x, w: cr.relu(x @ w) + x,
            lambda x, w: x.reshape((16, 3)) @ x.reshape((3, 16)),
        ],
    }
    for scattered, functions in cases.items():
        for function in functions:
            program = planned(cr.trace(function, x, w))
            batch = program.inputs[0].whole(x.shape)
            code = Runner(program, often=True, batch=batch).code
            assert code.native is not None
            assert (code.addresses >= 0) == scattered


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rows", [3, 8, 40])
def test_bytes_of_integers_are_reused_for_floats(rows, dtype):
    """Labels are read, and floats then written over them, by the same machine code."""
    rng = np.random.default_rng(0)
    x, tokens = rng.normal(size=(rows, 2)).astype(dtype), rng.integers(0, 2, (rows, 2))

    def function(x, tokens):
        loss = lambda x: cr.sum(cr.log_loss(x, tokens[:, 1]))  # noqa: E731
        value, gradient = cr.value_and_grad(loss)(x)
        return [cr.cumsum(cr.exp(gradient), axis=0), value]

    program = agree(cr.trace(function, x, tokens), [x, tokens], dtype)
    check(program)
    log_loss = next(i for i in program.instructions if i.op == "log_loss")
    begin, end = log_loss.inputs[1].region
    region = program.instructions[program.instructions.index(log_loss) :]
    written = [view.region for one in region for view in one.outputs]
    assert any(first < end and begin < last for first, last in written)
    native = OPCODES["native"]
    assert opcodes(program) == [OPCODES["copy_items"], native, OPCODES["cumsum"]]


def test_machine_code_takes_one_pointer_to_the_arena(monkeypatch):
    """Two that LLVM may take to be apart would let it write floats before it reads integers."""
    modules = []

    def record(module):
        modules.append(str(module))
        return dict.fromkeys((function.name for function in module.functions), 0)

    monkeypatch.setattr(regions, "function_addresses", record)
    x, labels = cr.spec((8, 3)), cr.spec(8, int)
    program = planned(cr.trace(lambda x, n: cr.log_loss(cr.exp(x), n), x, labels))
    regions.compile_regions(program, program.size)
    (module,) = modules
    (signature,) = (line for line in module.splitlines() if line.startswith("define"))
    assert signature.count("double*") == signature.count("*") == 1
    assert "tbaa" not in module
    assert module.count("noalias") == 1


def test_the_interpreter_runs_instructions_that_are_not_supported():
    """Here an operation with strides, between two compiled regions."""
    x = np.random.default_rng(0).normal(size=(5, 5))

    def function(x, w):
        y = cr.relu(x @ w) @ w
        return (y * cr.transpose(y)).sum(axis=0) * 2.0

    program = agree(cr.trace(function, x, np.eye(5)), [x, np.eye(5)])
    native = OPCODES["native"]
    assert opcodes(program) == [native, OPCODES["elementwise"], native]


def test_the_interpreter_runs_programs_that_take_long(monkeypatch):
    x = np.ones((400, 400), np.float32)
    program = planned(cr.trace(lambda x: x @ x, x), np.float32)
    assert opcodes(program) == [OPCODES["gemm"]]
    small = planned(cr.trace(lambda x: x @ x, np.ones((4, 4))))
    assert opcodes(small) == [OPCODES["native"]]
    monkeypatch.setattr(regions, "MAX_OPERATIONS", 0)
    assert opcodes(small) == [OPCODES["gemm"]]


@pytest.mark.parametrize("widths", [(2, 2000, 1), (2000, 2), (1, 700, 2)])
def test_the_source_does_not_grow_with_the_sizes(widths, monkeypatch):
    """Long loops are not unrolled: the compiler's time is proportional to the source's length."""
    lines = []

    def count_lines(module):
        lines.append(str(module).count("\n"))
        return dict.fromkeys((function.name for function in module.functions), 0)

    monkeypatch.setattr(regions, "function_addresses", count_lines)
    x, y = np.ones((8, widths[0]), np.float32), np.ones((8, widths[-1]), np.float32)
    specs = (Spec(array.shape, array.dtype) for array in (x, y))
    graph = trace_training(
        mlp(widths[0], widths[1:-1], widths[-1], dtype=np.float32), mse, *specs
    ).graph
    program = planned(graph, np.float32)
    regions.compile_regions(program, program.size)
    assert lines
    assert max(lines) < 4000


def test_no_digit_depends_on_how_many_steps_run_in_one_call():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(50, 6)), rng.integers(0, 3, 50)
    order = rng.integers(0, 50, (30, 8))
    results = []
    for size in (1, 7, 30):
        stepper = make_stepper(
            mlp(6, [5], 3), cross_entropy, optimizers.Adam(), x, y, engine="compiled"
        )
        losses = [stepper.run(order[i : i + size], 0.01) for i in range(0, 30, size)]
        results.append(np.concatenate([*losses, stepper.parameters]))
    assert all((result == results[0]).all() for result in results)


def test_the_first_value_that_is_not_finite_is_named():
    x = np.full((8, 3), 1e200)
    stepper = make_stepper(
        mlp(3, [4], 2), mse, optimizers.SGD(), x, np.ones((8, 2)), engine="compiled"
    )
    with pytest.raises(TrainingError, match="first seen in"):
        stepper.run([np.arange(8)] * 3, 0.1)
