"""What the engine uses of Numba and llvmlite although their documentation does not promise it.

All of it passes through here.  `pyproject.toml` bounds both libraries' versions because of it, and
`tests/engine/test_numba_internals.py` says which part a new version has changed.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from types import ModuleType
from typing import Any

import llvmlite.binding
import numba
from llvmlite.ir import Constant
from numba.core import cgutils, ir, ir_utils
from numba.core.caching import FunctionCache
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_lock import global_compiler_lock
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.errors import TypingError
from numba.core.untyped_passes import InlineClosureLikes
from numba.np import arrayobj
from numba.np.numpy_support import as_dtype

__all__ = [
    "LOCKS",
    "FunctionCache",
    "address",
    "array_struct",
    "as_dtype",
    "call_address",
    "cgutils",
    "compiler_with",
    "keep",
    "knows",
    "replace_values",
    "stamp",
    "without_owner",
]

LOCKS = global_compiler_lock, getattr(llvmlite.binding.ffi.lib, "_lock", nullcontext())
"""What a thread holds while it compiles, and while it calls LLVM; in the order they are taken."""


def address(function: Any, *arguments: Any) -> int:
    """Where a compiled function begins that takes arguments like these.

    A function that calls another by its address does not contain it: it is compiled in a fraction
    of the time.
    """
    kinds = tuple(numba.typeof(argument) for argument in arguments)
    function.compile(kinds)
    made = function.overloads[kinds]
    return made.library.get_pointer_to_function(made.fndesc.llvm_func_name)


def stamp(cache: Any, digest: str) -> None:
    """Let a cache hold for as long as a digest is the same, whatever file a function is from."""
    cache._cache_file._source_stamp = digest


def keep(function: Any, cache: Any) -> None:
    """Let a function that is compiled when it is called be kept by a cache."""
    function._cache = cache


def array_struct(context: Any, builder: Any, kind: Any, array: Any) -> Any:
    """The fields of an array: where its `data` begin, its `nitems`, …"""
    return arrayobj.make_array(kind)(context, builder, array)


def without_owner(array: Any) -> Any:
    """The array of these fields, as one that nobody owns."""
    for field in ("meminfo", "parent"):
        setattr(array, field, Constant(getattr(array, field).type, None))
    return array._getvalue()


def call_address(context: Any, builder: Any, result: Any, kinds: Any, arguments: Any) -> Any:
    """What a compiled function returns: the first argument is its `address`, then come its own."""
    convention = context.call_conv
    function = convention.get_function_type(result, kinds)
    there = builder.inttoptr(arguments[0], function.as_pointer())
    _, value = convention.call_function(builder, there, result, kinds, arguments[1:])
    return value


def compiler_with(change: Callable[[Any], None]) -> Any:
    """A `pipeline_class` of `numba.njit` that lets `change` at what it knows of a function.

    Nested functions have been put in place of their calls by then, and no type is known yet.
    """

    class Compiler(CompilerBase):
        def define_pipelines(self) -> list[Any]:
            self.state.change = change
            passes = DefaultPassBuilder.define_nopython_pipeline(self.state)
            passes.add_pass_after(_Change, InlineClosureLikes)
            passes.finalize()
            return [passes]

    return Compiler


@register_pass(mutates_CFG=False, analysis_only=False)
class _Change(FunctionPass):
    _name = "chainrule_change"

    def __init__(self) -> None:
        super().__init__()

    def run_pass(self, state: Any) -> bool:
        state.change(state)
        return True


def replace_values(state: Any, replaced: Callable[[Any, Any], Any]) -> None:
    """Put `replaced(value, state)` for each value that a function contains, or takes from outside.

    These are literals, globals, variables of a closure, and attributes of modules.
    """
    code = state.func_ir
    for block in code.blocks.values():
        for assignment in block.find_insts(ir.Assign):
            made = assignment.value
            if isinstance(made, ir.Const | ir.Global | ir.FreeVar):
                made.value = replaced(made.value, state)
            elif isinstance(made, ir.Expr) and made.op == "getattr":
                owner = _value(code, made.value)
                if isinstance(owner, ModuleType) and hasattr(owner, made.attr):
                    value = replaced(getattr(owner, made.attr), state)
                    assignment.value = ir.Global(made.attr, value, made.loc)
            elif isinstance(made, ir.Expr) and made.op == "make_function":
                nested = ir_utils.convert_code_obj_to_function(made, code)
                assignment.value = ir.Global(nested.__name__, replaced(nested, state), made.loc)
    code._definitions = ir_utils.build_definitions(code.blocks)


def _value(code: Any, variable: Any) -> Any:
    """What a variable stands for, if that is a module."""
    made = ir_utils.guard(ir_utils.get_definition, code, variable)
    if isinstance(made, ir.Expr) and made.op == "getattr":
        return getattr(_value(code, made.value), made.attr, None)
    return getattr(made, "value", None)


def knows(state: Any, value: Any) -> bool:
    """Whether the compiler has an implementation of its own of a Python function."""
    try:
        state.typingctx.resolve_value_type(value)
    except (TypingError, ValueError):
        return False
    return True
