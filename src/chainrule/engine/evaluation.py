"""Evaluations: programs that predict, and how one is run on an array."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, final

from chainrule.engine.machine import perform
from chainrule.engine.opcodes import MAPS
from chainrule.engine.runner import Runner, entries
from chainrule.graph import Array, Spec
from chainrule.nn import Layer
from chainrule.nn.prediction import trace_prediction
from chainrule.program import Program, View, plan

__all__ = ["Evaluation", "plan_prediction"]

LARGE = 1 << 16
"""Numbers from which on an input is multiplied where it lies: to copy it would cost more."""


def plan_prediction(model: Layer, shape: tuple[int, ...], start: int) -> Runner:
    """The program for inputs of a shape, in arenas that begin with parameters, then buffers.

    What else it needs begins at `start`.  Raises ShapeError where the model does not take them.
    """
    graph = trace_prediction(model, Spec(shape, model.dtype))
    sizes = [tensor.size for tensor in model.parameters().values()]
    groups = ["parameter"] * len(sizes) + ["buffer"] * len(model.buffers()) + ["input"]
    return Runner(
        plan(
            graph,
            model.dtype,
            groups=dict(zip(graph.inputs, groups, strict=True)),
            outputs=[("outputs", "output")],
            kernels=MAPS,
            fixed={"parameter": 0, "buffer": sum(sizes)},
            start=start,
        )
    )


@final
class Evaluation:
    """A program that predicts, in the arenas it runs in.  Each result is an array of its own."""

    def __init__(self, runner: Runner, floats: Array, integers: Array) -> None:
        program, code = runner.program, runner.code
        spec = program.graph.outputs[0].spec
        entry, result = (
            entries(buffer, floats, integers).reshape(node.spec.shape)
            for buffer, node in (
                (program.inputs[-1], program.graph.inputs[-1]),
                (program.outputs[0], program.graph.outputs[0]),
            )
        )
        self.prepare = partial(runner.prepare, floats, integers)
        self._entry = entry
        self._result: Callable[[], Array] = (
            result.copy if result.dtype == spec.dtype else partial(result.astype, spec.dtype)
        )
        self._execute = partial(runner.run, floats, integers)
        self._rest: Callable[[], Any] | None = None
        if runner.compiled:
            tables = code.micro, code.params, floats, integers
            self._execute = partial(perform, code.table, 0, len(code.table), *tables)
            product = _first_product(program) if entry.size >= LARGE else None
            if product is not None:
                self._multiply = _multiplier(product, floats)
                self._rest = partial(perform, code.table, 1, len(code.table), *tables)

    def run(self, x: Array) -> Array:
        """The outputs for `x`, of the program's shape and any real dtype; constants in place."""
        if self._rest is not None and x.dtype == self._entry.dtype and x.flags.c_contiguous:
            self._multiply(x)
            self._rest()
        else:
            self._entry[...] = x
            self._execute()
        return self._result()


def _first_product(program: Program) -> tuple[View, View] | None:
    """Weight and result of the matrix product that comes first, if nothing else needs the input."""
    x = program.inputs[-1]
    readers = [
        i for i, made in enumerate(program.instructions) for v in made.inputs if v.buffer is x
    ]
    first = program.instructions[0] if program.instructions else None
    if first is None or readers != [0] or first.op != "gemm" or not first.inputs[0].contiguous:
        return None
    return first.inputs[1], first.outputs[0]


def _multiplier(product: tuple[View, View], floats: Array) -> Callable[[Array], None]:
    """A function that multiplies an array, rows first, by a weight in the arena."""
    from scipy.linalg.blas import get_blas_funcs  # the library that kernels call

    weight, out = product
    (k, n), buffer = weight.shape, weight.buffer
    flat = floats[buffer.offset : buffer.offset + buffer.size]
    turned = not weight.contiguous
    right = flat.reshape((n, k)).T if turned else flat.reshape((k, n)).T
    made = floats[out.buffer.offset : out.buffer.offset + out.size].reshape(out.shape)
    gemm: Any = get_blas_funcs("gemm", dtype=floats.dtype)

    def multiply(x: Array) -> None:  # BLAS counts by columns: outᵀ = weightᵀ·xᵀ
        rows = x.reshape((-1, k))
        gemm(1.0, right, rows.T, 0.0, made.T, trans_a=turned, overwrite_c=1)

    return multiply
