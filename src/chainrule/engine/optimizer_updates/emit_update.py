"""Emits an update as one loop over the parameters, with masks for the last few."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from llvmlite import ir

from chainrule.engine.jit.machine_code import function_addresses
from chainrule.engine.optimizer_updates.operations import MULTIPLY
from chainrule.engine.optimizer_updates.vector_pass import Operand, VectorPass
from chainrule.engine.simd.ir_number import Number
from chainrule.engine.simd.vector_emitter import INT64, VectorEmitter

__all__ = ["update_address"]

UNROLLED = 2
"""Vectors that one iteration of the loop changes."""


@cache
def update_address(vectors: VectorPass, dtype: np.dtype[Any], *, clips: bool) -> int:
    """The address of the machine code of a pass, in this process compiled once.

    `update(arena, params, grads, slots, stride, n, coefficients, limit, scale)` changes n
    parameters from `arena[params]` on by their gradients; the slots begin `stride` apart, the first
    at `arena[slots]`.  If it `clips`, each gradient g is first scale · min(max(g, −limit), limit).
    """
    module = ir.Module()
    real = ir.FloatType() if dtype.itemsize == 4 else ir.DoubleType()
    pointer = real.as_pointer()
    arguments = [pointer, *[INT64] * 5, pointer, real, real]
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), arguments), "update")
    builder = ir.IRBuilder(function.append_basic_block())
    base, params, grads, slots, stride, n, numbers, limit, scale = function.args
    emit = VectorEmitter(builder, base)

    def broadcast(value: Any) -> Number:
        return Number(builder, emit.broadcast(value))

    coefficients = [
        broadcast(builder.load(builder.gep(numbers, [INT64(i)])))
        for i in range(vectors.coefficients)
    ]
    bound, factor = broadcast(limit), broadcast(scale)
    starts: list[Any] = [params, grads]
    for i in range(vectors.slots):
        starts.append(builder.add(slots, builder.mul(stride, INT64(i))))

    def update_vector(at: Any, load: Any, store: Any) -> None:
        old = [Number(builder, load(emit.pointer(start, at))) for start in starts]
        if clips:
            old[1] = _rounded_product(factor, old[1].at_least(-bound).at_most(bound))
        new = _compute(vectors, {"vector": old, "coefficient": coefficients}, fuses=not clips)
        for start, number in zip([starts[0], *starts[2:]], new, strict=True):
            store(number.value, emit.pointer(start, at))

    def whole_vectors(at: Any, count: Any, unrolled: int) -> None:
        """Change `count` · `unrolled` vectors from `at` on."""

        def body(i: Any, _: list[Any]) -> list[Any]:
            first = builder.add(at, builder.mul(i, INT64(unrolled * emit.lanes)))
            for j in range(unrolled):
                update_vector(builder.add(first, INT64(j * emit.lanes)), emit.load, emit.store)
            return []

        emit.when(builder.icmp_signed(">", count, INT64(0)), [], lambda: emit.loop(count, [], body))

    lanes = INT64(emit.lanes)
    vectors_in_all = builder.udiv(n, lanes)
    done = builder.mul(vectors_in_all, lanes)
    rounds = builder.udiv(vectors_in_all, INT64(UNROLLED))
    whole_vectors(INT64(0), rounds, UNROLLED)
    in_rounds = builder.mul(rounds, INT64(UNROLLED))
    whole_vectors(builder.mul(in_rounds, lanes), builder.sub(vectors_in_all, in_rounds), 1)
    mask = emit.mask(builder.sub(n, done))

    def remainder() -> list[Any]:
        update_vector(
            done,
            lambda address: emit.load(address, mask),
            lambda vector, address: emit.store(vector, address, mask),
        )
        return []

    emit.when(builder.icmp_signed(">", n, done), [], remainder)
    builder.ret_void()
    return function_addresses(module)["update"]


def _compute(vectors: VectorPass, values: dict[str, list[Number]], *, fuses: bool) -> list[Number]:
    """The outputs of a pass; `values` has the vectors and the coefficients.

    One product is fused with an addition, which then rounds once: the first operand, or else the
    second if its factors are not results themselves.  Of a difference it is what is subtracted,
    unless the pass `fuses` either.  (So the digits are those of earlier versions.)
    """
    results = values["result"] = []

    def value(operand: Operand) -> Number:
        kind, index = operand
        return values[kind][index]

    def factors(operand: Operand) -> tuple[Operand, ...]:
        """The factors of a product, or nothing."""
        if operand[0] != "result" or vectors.operations[operand[1]].operation != MULTIPLY:
            return ()
        return vectors.operations[operand[1]].operands

    for applied in vectors.operations:
        operation = applied.operation
        operands = [value(operand) for operand in applied.operands]
        if operation.name in ("add", "sub"):
            first, second = map(factors, applied.operands)
            if operation.name == "sub":
                if first and not fuses:
                    operands[0] = _rounded_product(*map(value, first))
            elif second and (first or any(kind == "result" for kind, _ in second)):
                operands[1] = _rounded_product(*map(value, second))
        results.append(operands[0].lifted(operation(*operands)).as_number())
    return [value(operand) for operand in vectors.outputs]


def _rounded_product(x: Number, y: Number) -> Number:
    """A product that is rounded before it is added to something."""
    return Number(x.builder, x.builder.fmul(x.value, y.value, flags=("nsz",)))
