"""From the compiler's language to machine code."""

from __future__ import annotations

from typing import Any, final

import llvmlite.binding as llvm

__all__ = ["MachineCode"]


@final
class MachineCode:
    """The functions of a module; they are there for as long as this object is."""

    def __init__(self, module: Any) -> None:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        target = llvm.Target.from_default_triple().create_target_machine(
            cpu=llvm.get_host_cpu_name(),
            features=llvm.get_host_cpu_features().flatten(),
            opt=2,
            jit=True,
        )
        parsed = llvm.parse_assembly(str(module))
        _forward(parsed, target)
        self._engine = llvm.create_mcjit_compiler(parsed, target)
        self._engine.finalize_object()

    def address(self, name: str) -> int:
        """Where a function begins."""
        return self._engine.get_function_address(name)


def _forward(module: Any, target: Any) -> None:
    """What was just stored is not loaded again."""
    passes = llvm.create_new_function_pass_manager()
    passes.add_new_gvn_pass()
    builder = llvm.create_pass_builder(target, llvm.create_pipeline_tuning_options())
    for function in module.functions:
        if not function.is_declaration:
            passes.run(function, builder)
