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
            opt=1,
            jit=True,
        )
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(str(module)), target)
        self._engine.finalize_object()

    def address(self, name: str) -> int:
        """Where a function begins."""
        return self._engine.get_function_address(name)
