"""Loops of elementwise operations over contiguous numbers, as machine code for vectors.

An operation's NumPy function is applied to numbers that emit instructions: to vectors, or to one
number at a time where it calls the C library.  The interpreter calls the loop by its address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir

from chainrule.engine.jit.machine_code import function_addresses
from chainrule.engine.kernels.custom_primitives.kernels import compiled_value
from chainrule.engine.simd import numpy_functions as numpy_functions  # fills the table of formulas
from chainrule.engine.simd.ir_number import Number
from chainrule.engine.simd.vector_emitter import INT64, VectorEmitter
from chainrule.program import ElementwiseOperation, Instruction
from chainrule.program.elementwise import MAX_OPERANDS
from chainrule.program.listing import NUMPY_RUNS

__all__ = ["Loop", "can_run", "is_formula", "loop_addresses", "loops_of"]

NUMBER = ir.DoubleType()
"""The type of parameters."""


class Loop(NamedTuple):
    """A loop: the NumPy function, the names of its parameters, and how many arrays it reads."""

    value: Callable[..., Any]
    params: tuple[str, ...]
    arrays: int

    @classmethod
    def of(cls, operation: ElementwiseOperation, arrays: int) -> Loop:
        """The loop of an operation, whatever the numbers of its parameters are."""
        return cls(operation.value, tuple(name for name, _ in operation.params), arrays)


def loops_of(instruction: Instruction) -> list[Loop]:
    """The loop of each elementwise operation in an instruction."""
    if instruction.op == "elementwise":
        return [Loop.of(instruction.attributes["operation"], len(instruction.inputs))]
    return [Loop.of(one.operation, len(one.inputs)) for one in instruction.micro]


_addresses: dict[tuple[Loop, np.dtype[Any]], int] = {}
_in_use = Lock()


def loop_addresses(loops: Iterable[Loop], dtype: np.dtype[Any]) -> dict[Loop, int]:
    """The address of each loop; 0 for a function that no machine code can be made from.

    A loop is compiled at its first use in a process, or loaded from the disk cache.
    """
    with _in_use:
        wanted = list(dict.fromkeys(loops))
        new = [loop for loop in wanted if (loop, dtype) not in _addresses]
        formulas = [loop for loop in new if is_formula(loop)]
        if formulas:
            module = ir.Module()
            for number, loop in enumerate(formulas):
                _emit_loop(module, f"loop{number}", loop, dtype)
            compiled = function_addresses(module)
            for number, loop in enumerate(formulas):
                _addresses[loop, dtype] = compiled[f"loop{number}"]
        for loop in new:
            if loop not in formulas:
                _addresses[loop, dtype] = compiled_value(*loop, dtype)
        return {loop: _addresses[loop, dtype] for loop in wanted}


def can_run(instruction: Instruction, dtype: np.dtype[Any]) -> bool:
    """Whether there is machine code for all elementwise operations in an instruction."""
    return all(_runs(one, dtype) for one in loops_of(instruction))


def _runs(loop: Loop, dtype: np.dtype[Any]) -> bool:
    return is_formula(loop) or loop_addresses([loop], dtype)[loop] != 0


def _why_called(instruction: Instruction, dtype: np.dtype[Any]) -> str:
    """Why the interpreter calls NumPy for an instruction of elementwise operations; "" if not."""
    if instruction.op == "elementwise":
        operations = [instruction.attributes["operation"]]
    else:
        operations = [micro.operation for micro in instruction.micro]
    loops = loops_of(instruction) if operations else []
    pairs = zip(operations, loops, strict=True)
    names = dict.fromkeys(one.name for one, loop in pairs if not _runs(loop, dtype))
    return f"NumPy runs it: no machine code can be made from {', '.join(names)}" if names else ""


NUMPY_RUNS.append(_why_called)


def is_formula(loop: Loop) -> bool:
    """Whether a function consists of operations that have formulas, with no branch or loop."""
    return loop.arrays <= MAX_OPERANDS and _calls_c_library(loop) is not None


@cache
def _calls_c_library(loop: Loop) -> bool | None:
    """Whether a formula calls the C library, found by a trial; None if it is not a formula."""
    module: Any = ir.Module()
    module.lanewise = False
    arguments = [NUMBER] * (loop.arrays + len(loop.params))
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), arguments), "any")
    builder = ir.IRBuilder(function.append_basic_block())
    numbers = [Number(builder, argument) for argument in function.args]
    try:
        _result(loop, numbers[: loop.arrays], numbers[loop.arrays :])
    except Exception:  # the function may do anything to numbers that it was not written for
        return None
    return module.lanewise


def _result(loop: Loop, operands: list[Number], params: list[Number]) -> Number:
    result = loop.value(*operands, **dict(zip(loop.params, params, strict=True)))
    return operands[0].lifted(result).as_number()


def _emit_loop(module: Any, name: str, loop: Loop, dtype: np.dtype[Any]) -> None:
    """Emit a function of (out, x, y, z, parameters, n): out[i] = value(x[i], y[i], z[i])."""
    real: Any = (ir.FloatType() if dtype.itemsize == 4 else ir.DoubleType()).as_pointer()
    kinds = [*[real] * (1 + MAX_OPERANDS), NUMBER.as_pointer(), INT64]
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), kinds), name)
    builder = ir.IRBuilder(function.append_basic_block())
    *arrays, numbers, n = function.args
    params: list[Any] = []
    for i in range(len(loop.params)):
        number = builder.load(builder.gep(numbers, [INT64(i)]))
        params.append(builder.fptrunc(number, real.pointee) if dtype.itemsize == 4 else number)

    def compute(lanes: int, at: Any, mask: Any = None) -> None:
        out, *operands = (VectorEmitter(builder, one, lanes) for one in arrays)
        loaded = [Number(builder, x.load(x.pointer(at), mask)) for x in operands[: loop.arrays]]
        repeated = [Number(builder, out.broadcast(number)) for number in params]
        out.store(_result(loop, loaded, repeated).value, out.pointer(at), mask)

    def loop_over(begin: Any, lanes: int) -> Any:
        """Process whole vectors from an offset on; returns where they end."""
        size = INT64(lanes)
        vectors = builder.udiv(builder.sub(n, begin), size)

        def step(i: Any, _: list[Any]) -> list[Any]:
            compute(lanes, builder.add(begin, builder.mul(i, size)))
            return []

        def steps() -> list[Any]:
            return emit.loop(vectors, [], step)

        emit.when(builder.icmp_signed(">", vectors, INT64(0)), [], steps)
        return builder.add(begin, builder.mul(vectors, size))

    emit = VectorEmitter(builder, arrays[0])
    done = loop_over(INT64(0), emit.lanes)
    if _calls_c_library(loop):  # lanes that a mask leaves out would be computed, too
        loop_over(done, 1)
    else:

        def remainder() -> list[Any]:
            compute(emit.lanes, done, emit.mask(builder.sub(n, done)))
            return []

        emit.when(builder.icmp_signed("<", done, n), [], remainder)
    builder.ret_void()
