"""Machine code from LLVM modules."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

import llvmlite
import llvmlite.binding as llvm

from chainrule.engine.jit.machine_code_disk_cache import cached_machine_code
from chainrule.engine.jit.numba_internals import COMPILER_LOCK

__all__ = ["function_addresses"]

_loaded: dict[str, dict[str, int]] = {}
"""The functions of each module that is in memory, by the digest of its source."""


def function_addresses(module: Any) -> dict[str, int]:
    """Compile an LLVM module whose functions throw nothing; return their addresses by name.

    The addresses are valid until the process ends: all modules share one execution engine, as all
    of Numba's do.  With an engine of its own a module took 0.7 MB, and an engine that was disposed
    of during a garbage collection has aborted its process.
    """
    functions = [function for function in module.functions if not function.is_declaration]
    for function in functions:
        function.attributes.add("nounwind")
    text = str(module)
    with COMPILER_LOCK:  # so that no process is forked with a module half loaded
        processor, target, engine = _jit()
        source = f"{llvmlite.__version__} {target.triple} {processor}\n{text}"
        digest = hashlib.sha256(source.encode()).hexdigest()
        if digest not in _loaded:
            code = cached_machine_code(source, lambda: target.emit_object(_parse(text, digest)))
            engine.add_object_file(llvm.ObjectFileRef.from_data(code))
            engine.finalize_object()
            _loaded[digest] = {
                one.name: engine.get_function_address(_unique(one.name, digest))
                for one in functions
            }
        return _loaded[digest]


@cache
def _jit() -> tuple[dict[str, Any], llvm.TargetMachine, llvm.ExecutionEngine]:
    """The options of the processor, the code generator for it, and the execution engine."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    processor = {
        "cpu": llvm.get_host_cpu_name(),
        "features": llvm.get_host_cpu_features().flatten(),
        "opt": 1,
        "jit": True,
    }
    generator, engines = (
        llvm.Target.from_default_triple().create_target_machine(**processor) for _ in range(2)
    )
    return processor, generator, llvm.create_mcjit_compiler(llvm.parse_assembly(""), engines)


def _parse(text: str, digest: str) -> llvm.ModuleRef:
    """A module whose functions have names that no other module's have."""
    module = llvm.parse_assembly(text)
    for function in module.functions:
        if not function.is_declaration:
            function.name = _unique(function.name, digest)
    return module


def _unique(name: str, digest: str) -> str:
    return f"{name}.{digest}"
