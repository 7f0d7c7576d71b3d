"""The parts of Numba and llvmlite that the engine uses although they are not documented.

No other file imports them.  Because of them `pyproject.toml` bounds the versions of both libraries,
and `tests/engine/jit/test_numba_internals.py` names the part that a new version has changed.
"""

from __future__ import annotations

import logging
import pickle
import sys
from collections.abc import Callable
from contextlib import nullcontext
from types import ModuleType
from typing import Any

import llvmlite
import llvmlite.binding
import numba
from llvmlite.ir import Constant
from numba.core import cgutils, config, ir, ir_utils
from numba.core.caching import FunctionCache
from numba.core.compiler import CompilerBase, CompileResult, DefaultPassBuilder
from numba.core.compiler_lock import global_compiler_lock
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.errors import TypingError
from numba.core.runtime.nrt import rtsys
from numba.core.serialize import dumps
from numba.core.untyped_passes import InlineClosureLikes
from numba.np.numpy_support import as_dtype

from chainrule.errors import OptionError

__all__ = [
    "COMPILER_LOCK",
    "LOCKS",
    "CodeCache",
    "array_struct",
    "as_dtype",
    "call_by_address",
    "cgutils",
    "check_jit_enabled",
    "compiler_supports",
    "compiler_with_pass",
    "data_pointer",
    "function_address",
    "reinterpreted",
    "replace_values",
    "set_cache",
    "without_owner",
]

COMPILER_LOCK: Any = global_compiler_lock

LOCKS = COMPILER_LOCK, getattr(llvmlite.binding.ffi.lib, "_lock", nullcontext())
"""The locks of the compiler and of LLVM, in the order in which a thread acquires them."""


def function_address(function: Any, *arguments: Any) -> int:
    """The address of a compiled function, specialised to the types of these arguments.

    Compiled code that calls a function by its address does not include the function's code, and so
    compiles in a fraction of the time.
    """
    argument_types = tuple(numba.typeof(argument) for argument in arguments)
    function.compile(argument_types)
    overload = function.overloads[argument_types]
    return overload.library.get_pointer_to_function(overload.fndesc.llvm_func_name)


LOG = logging.getLogger(__name__)

SETTINGS: Any = config
"""Numba's settings, which come from environment variables and a file."""


class CodeCache(FunctionCache):
    """The cache of one function's machine code, without files; subclasses read and write them.

    What `read` returns is unpickled: it must be exactly what `write` was given by this user.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        # not Numba's own, which would look for a folder next to the source
        self._py_func, self._name = function, repr(function)
        self.enable()

    def read(self, key: str) -> bytes | None:
        """The content kept for a key, or None."""
        raise NotImplementedError

    def write(self, key: str, content: bytes) -> None:
        """Keep a content for a key."""
        raise NotImplementedError

    def flush(self) -> None:
        """Numba calls this before it compiles everything again: `save_overload` replaces files."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            # Numba would refresh its tables of all that it can compile, which takes longer than to
            # load a function.  Before it compiles one, it does so by itself.
            rtsys.initialize(target_context)
            content = self.read(self._key(sig, target_context.codegen()))
            if content is None:
                return None
            parts = pickle.loads(content)  # noqa: S301  (sealed by this user)
            return CompileResult._rebuild(target_context, *parts)
        except Exception as error:  # what another version of a library wrote can raise anything
            LOG.debug("compiled kernels cannot be read: %s", error)
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        if data.library.has_dynamic_globals or not all(each.can_cache for each in data.lifted):
            return
        try:
            self.write(self._key(sig, data.codegen), dumps(data._reduce()))
        except Exception as error:  # what cannot be pickled
            LOG.debug("compiled kernels cannot be kept: %s", error)

    def _key(self, sig: Any, codegen: Any) -> str:
        """All that the machine code depends on besides the source files of the engine."""
        line = self._py_func.__code__.co_firstlineno
        function = f"{self._py_func.__module__}.{self._py_func.__qualname__}:{line}"
        versions = numba.__version__, llvmlite.__version__, sys.version, sys.flags.optimize
        return repr((function, versions, self._index_key(sig, codegen)))


def check_jit_enabled() -> None:
    """Raise OptionError with `NUMBA_DISABLE_JIT=1`, with which not even Numba's own parts compile.

    The engine's kernels call addresses and intrinsics, which Python cannot run.
    """
    if SETTINGS.DISABLE_JIT:
        raise OptionError(
            "NUMBA_DISABLE_JIT",
            expected="0, or unset: the engine runs compiled kernels",
            got=repr(SETTINGS.DISABLE_JIT),
            remedy="unset it, or use the engine 'reference'",
        )


def set_cache(function: Any, cache: Any) -> None:
    """Make a jitted function load its machine code from a cache, and save it there."""
    function._cache = cache


def array_struct(context: Any, builder: Any, array_type: Any, array: Any) -> Any:
    """The fields of an array: the pointer `data`, the length `nitems`, …"""
    from numba.np import arrayobj  # only what compiles needs it

    return arrayobj.make_array(array_type)(context, builder, array)


def data_pointer(context: Any, builder: Any, array_type: Any, array: Any) -> Any:
    """The pointer to the first element of an array."""
    return array_struct(context, builder, array_type, array).data


def reinterpreted(context: Any, builder: Any, array_type: Any, array: Any, other_type: Any) -> Any:
    """The bytes of a contiguous array of one axis as one of another dtype, without an owner."""
    from numba.np import arrayobj

    source = array_struct(context, builder, array_type, array)
    other = arrayobj.make_array(other_type)(context, builder)
    item, old_item = (kind.dtype.bitwidth // 8 for kind in (other_type, array_type))
    size = builder.mul(source.nitems, Constant(source.nitems.type, old_item))
    item_bytes = Constant(size.type, item)
    arrayobj.populate_array(
        other,
        data=builder.bitcast(source.data, other.data.type),
        shape=[builder.sdiv(size, item_bytes)],
        strides=[item_bytes],
        itemsize=item_bytes,
        meminfo=None,
    )
    return other._getvalue()


def without_owner(array: Any) -> Any:
    """The array with these fields, but without an owner whose references are counted."""
    for field in ("meminfo", "parent"):
        setattr(array, field, Constant(getattr(array, field).type, None))
    return array._getvalue()


def call_by_address(
    context: Any, builder: Any, result_type: Any, argument_types: Any, arguments: Any
) -> Any:
    """Call a function that Numba compiled; `arguments` are its address, then its own arguments."""
    convention = context.call_conv
    function_type = convention.get_function_type(result_type, argument_types)
    function = builder.inttoptr(arguments[0], function_type.as_pointer())
    _, value = convention.call_function(
        builder, function, result_type, argument_types, arguments[1:]
    )
    return value


def compiler_with_pass(rewrite: Callable[[Any], None]) -> Any:
    """A `pipeline_class` for `numba.njit` that calls `rewrite` on the compiler's state.

    The call comes after nested functions have been inlined and before types are inferred.
    """

    class Compiler(CompilerBase):
        def define_pipelines(self) -> list[Any]:
            self.state.rewrite = rewrite
            passes = DefaultPassBuilder.define_nopython_pipeline(self.state)
            passes.add_pass_after(_Rewrite, InlineClosureLikes)
            passes.finalize()
            return [passes]

    return Compiler


@register_pass(mutates_CFG=False, analysis_only=False)
class _Rewrite(FunctionPass):
    _name = "chainrule_rewrite"

    def __init__(self) -> None:
        super().__init__()

    def run_pass(self, state: Any) -> bool:
        state.rewrite(state)
        return True


def replace_values(state: Any, replacement: Callable[[Any, Any], Any]) -> None:
    """Replace each value that a function contains or refers to by `replacement(value, state)`.

    These are literals, globals, variables of a closure, and attributes of modules.
    """
    code = state.func_ir
    for block in code.blocks.values():
        for assignment in block.find_insts(ir.Assign):
            source = assignment.value
            if isinstance(source, ir.Const | ir.Global | ir.FreeVar):
                source.value = replacement(source.value, state)
            elif isinstance(source, ir.Expr) and source.op == "getattr":
                owner = _constant_value(code, source.value)
                if isinstance(owner, ModuleType) and hasattr(owner, source.attr):
                    value = replacement(getattr(owner, source.attr), state)
                    assignment.value = ir.Global(source.attr, value, source.loc)
            elif isinstance(source, ir.Expr) and source.op == "make_function":
                nested = ir_utils.convert_code_obj_to_function(source, code)
                value = replacement(nested, state)
                assignment.value = ir.Global(nested.__name__, value, source.loc)
    code._definitions = ir_utils.build_definitions(code.blocks)


def _constant_value(code: Any, variable: Any) -> Any:
    """The constant, global or attribute of a module that a variable refers to, or None."""
    definition = ir_utils.guard(ir_utils.get_definition, code, variable)
    if isinstance(definition, ir.Expr) and definition.op == "getattr":
        return getattr(_constant_value(code, definition.value), definition.attr, None)
    return getattr(definition, "value", None)


def compiler_supports(state: Any, value: Any) -> bool:
    """Whether the compiler has its own implementation of a Python function."""
    try:
        state.typingctx.resolve_value_type(value)
    except (TypingError, ValueError):
        return False
    return True
