"""From the compiler's language to machine code."""

from __future__ import annotations

from typing import Any, final

import llvmlite
import llvmlite.binding as llvm

from chainrule.engine.jit.store import stored

__all__ = ["MachineCode"]


@final
class MachineCode:
    """The functions of a module; they are there for as long as this object is."""

    def __init__(self, module: Any) -> None:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        processor = {
            "cpu": llvm.get_host_cpu_name(),
            "features": llvm.get_host_cpu_features().flatten(),
            "opt": 1,
            "jit": True,
        }
        target = llvm.Target.from_default_triple().create_target_machine(**processor)
        text = str(module)
        source = f"{llvmlite.__version__} {target.triple} {processor}\n{text}"
        made = stored(source, lambda: target.emit_object(llvm.parse_assembly(text)))
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target)
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(made))
        self._engine.finalize_object()

    def address(self, name: str) -> int:
        """Where a function begins."""
        return self._engine.get_function_address(name)
