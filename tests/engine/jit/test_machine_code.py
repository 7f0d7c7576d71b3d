"""Modules of LLVM share one execution engine, whose code stays valid until the process ends."""

from __future__ import annotations

import ctypes
import gc

import llvmlite.binding as llvm
import pytest
from llvmlite import ir

from chainrule.engine.jit import machine_code
from chainrule.engine.jit.machine_code import function_addresses

REAL = ir.DoubleType()


def adding(number: float) -> ir.Module:
    """A module whose function `f` adds a number."""
    module = ir.Module()
    function = ir.Function(module, ir.FunctionType(REAL, [REAL]), "f")
    builder = ir.IRBuilder(function.append_basic_block())
    builder.ret(builder.fadd(function.args[0], ir.Constant(REAL, number)))
    return module


def call(address: int, argument: float) -> float:
    return ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(address)(argument)


def test_functions_of_one_name_in_many_modules():
    addresses = [function_addresses(adding(n))["f"] for n in range(300)]
    gc.collect()
    assert [call(address, 0.5) for address in addresses] == [n + 0.5 for n in range(300)]


def test_one_engine_and_each_module_once(monkeypatch: pytest.MonkeyPatch):
    first = function_addresses(adding(-1.0))

    def fail(*_: object) -> None:
        raise AssertionError("an engine is made, or a module loaded again")

    monkeypatch.setattr(machine_code.llvm, "create_mcjit_compiler", fail)
    function_addresses(adding(-2.0))
    monkeypatch.setattr(machine_code, "cached_machine_code", fail)
    assert function_addresses(adding(-1.0)) == first


def test_no_frames_are_registered_for_unwinding(monkeypatch: pytest.MonkeyPatch):
    """Functions that throw nothing need none, and none must be found again when code is freed."""
    generated: list[bytes] = []

    def uncached(source: str, generate):
        generated.append(generate())
        return generated[-1]

    monkeypatch.setattr(machine_code, "cached_machine_code", uncached)
    function_addresses(adding(-3.0))
    sections = [one.name() for one in llvm.ObjectFileRef.from_data(generated[0]).sections()]
    assert b".text" in sections
    assert b".eh_frame" not in sections
