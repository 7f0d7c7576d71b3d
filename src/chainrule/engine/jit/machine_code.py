"""Machine code from LLVM modules."""

from __future__ import annotations

from typing import Any, final

import llvmlite
import llvmlite.binding as llvm

from chainrule.engine.jit.machine_code_disk_cache import cached_machine_code

__all__ = ["MachineCode"]


@final
class MachineCode:
    """The compiled functions of an LLVM module, callable for as long as this object exists."""

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
        code = cached_machine_code(source, lambda: target.emit_object(llvm.parse_assembly(text)))
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target)
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()

    def address(self, name: str) -> int:
        """The address of a function."""
        return self._engine.get_function_address(name)
