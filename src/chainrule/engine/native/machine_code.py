"""From the compiler's language to machine code."""

from __future__ import annotations

from functools import cache
from typing import Any

import llvmlite.binding as llvm

__all__ = ["MachineCode"]


class MachineCode:
    """Functions of a module, for as long as this object lives."""

    def __init__(self, module: Any) -> None:
        target = _target()
        parsed = llvm.parse_assembly(str(module))
        _improve(parsed, target)
        self._engine = llvm.create_mcjit_compiler(parsed, target)
        self._engine.finalize_object()

    def address(self, name: str) -> int:
        """Where a function begins."""
        return self._engine.get_function_address(name)


def _improve(module: Any, target: Any) -> None:
    options = llvm.create_pipeline_tuning_options(speed_level=1)
    builder = llvm.create_pass_builder(target, options)
    passes = llvm.create_new_function_pass_manager()
    passes.add_instruction_combine_pass()
    passes.add_new_gvn_pass()
    for function in module.functions:
        if not function.is_declaration:
            passes.run(function, builder)


def _target() -> Any:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    features = llvm.get_host_cpu_features().flatten()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=2, jit=True
    )
