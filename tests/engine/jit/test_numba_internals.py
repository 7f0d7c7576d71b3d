"""Every undocumented part of Numba and llvmlite that the engine uses still exists, name by name."""

from __future__ import annotations

import ast
import importlib
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite
import numba
import numpy as np
import pytest
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

SOURCE = Path(__file__).parents[3] / "src" / "chainrule"
ADAPTER = "numba_internals.py"
UNDOCUMENTED = "numba.core", "numba.np", "llvmlite.binding.ffi"

NAMES = [
    "llvmlite.binding.ffi",
    "llvmlite.binding.ffi.lib",
    "llvmlite.binding.ffi.lib._lock",
    "numba.core.caching.FunctionCache",
    "numba.core.caching.FunctionCache._index_key",
    "numba.core.caching.FunctionCache.cache_path",
    "numba.core.caching.FunctionCache.enable",
    "numba.core.caching.FunctionCache.flush",
    "numba.core.caching.FunctionCache.load_overload",
    "numba.core.caching.FunctionCache.save_overload",
    "numba.core.cgutils",
    "numba.core.cgutils.raw_memcpy",
    "numba.core.cgutils.unpack_tuple",
    "numba.core.compiler.CompileResult",
    "numba.core.compiler.CompileResult._rebuild",
    "numba.core.compiler.CompileResult._reduce",
    "numba.core.compiler.CompilerBase",
    "numba.core.compiler.CompilerBase.define_pipelines",
    "numba.core.compiler.DefaultPassBuilder",
    "numba.core.compiler.DefaultPassBuilder.define_nopython_pipeline",
    "numba.core.compiler_lock.global_compiler_lock",
    "numba.core.compiler_machinery.FunctionPass",
    "numba.core.compiler_machinery.PassManager.add_pass_after",
    "numba.core.compiler_machinery.register_pass",
    "numba.core.config",
    "numba.core.config.DISABLE_JIT",
    "numba.core.errors.TypingError",
    "numba.core.ir",
    "numba.core.ir.Assign",
    "numba.core.ir.Block.find_insts",
    "numba.core.ir.Const",
    "numba.core.ir.Expr",
    "numba.core.ir.FreeVar",
    "numba.core.ir.Global",
    "numba.core.ir_utils",
    "numba.core.ir_utils.build_definitions",
    "numba.core.ir_utils.convert_code_obj_to_function",
    "numba.core.ir_utils.get_definition",
    "numba.core.ir_utils.guard",
    "numba.core.runtime.nrt.rtsys",
    "numba.core.runtime.nrt.rtsys.initialize",
    "numba.core.serialize.dumps",
    "numba.core.typing.context.BaseContext.resolve_value_type",
    "numba.core.untyped_passes.InlineClosureLikes",
    "numba.np.arrayobj",
    "numba.np.arrayobj.make_array",
    "numba.np.arrayobj.populate_array",
    "numba.np.numpy_support.as_dtype",
]
"""Modules, and what they and their classes contain."""

PARTS = [
    "array._getvalue",
    "array.data",
    "array.meminfo",
    "array.nitems",
    "array.parent",
    "array.data.type.pointee",
    "builder.module.globals",
    "compiled.codegen",
    "compiled.library.has_dynamic_globals",
    "compiled.lifted",
    "context.call_conv.call_function",
    "context.call_conv.get_function_type",
    "context.get_constant",
    "context.get_dummy_value",
    "function._cache",
    "function.overloads",
    "overload.fndesc.llvm_func_name",
    "overload.library.get_pointer_to_function",
    "number.intrinsic_name",
    "state.func_ir._definitions",
    "state.func_ir.blocks",
    "state.typingctx.resolve_value_type",
]
"""Attributes of objects that exist only during or after a compilation."""

MESSAGE = "{} is missing in numba {} and llvmlite {}; {} relies on it"


def missing(root: Any, path: str) -> str | None:
    """The first attribute on a dotted path that does not exist, or None."""
    for name in path.split("."):
        if not hasattr(root, name):
            return name
        root = getattr(root, name)
    return None


def exists(path: str) -> bool:
    """Whether a dotted path leads to a module, or to a part of one."""
    parts = path.split(".")
    for end in range(len(parts), 0, -1):
        try:
            module = importlib.import_module(".".join(parts[:end]))
        except ImportError:
            continue
        return end == len(parts) or missing(module, ".".join(parts[end:])) is None
    return False


def message(name: str, *files: str) -> str:
    return MESSAGE.format(name, numba.__version__, llvmlite.__version__, " and ".join(files))


@pytest.mark.parametrize("name", NAMES)
def test_a_name_exists(name):
    assert exists(name), message(name, *users(name.rpartition(".")[2]))


def test_a_missing_name_is_reported():
    assert not exists("numba.core.ir.Nothing")
    assert not exists("numba.nothing.at.all")
    assert missing(np.zeros(1), "T.nothing.shape") == "nothing"
    assert "compile.py" in users("set_cache")
    assert "FunctionCache is missing in numba" in message("FunctionCache", "kernel_cache.py")


@cache
def compilation() -> dict[str, Any]:
    """The objects that code which emits instructions or adds a pass gets, and its results."""
    objects: dict[str, Any] = {"number": ir.FloatType()}

    @intrinsic
    def first(typing: Any, array: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            make_array = importlib.import_module("numba.np.arrayobj").make_array
            struct = make_array(signature.args[0])(context, builder, arguments[0])
            objects.update(context=context, builder=builder, array=struct)
            return builder.load(struct.data)

        return array.dtype(array), generate

    @numba.njit
    def function(array):
        return first(array)

    assert function(np.array([3.0, 4.0])) == 3.0
    objects.update(function=function, overload=next(iter(function.overloads.values())))
    objects["compiled"] = objects["overload"]
    compiler = importlib.import_module("numba.core.compiler")

    class Compiler(compiler.CompilerBase):
        def define_pipelines(self) -> list[Any]:
            objects["state"] = self.state
            return [compiler.DefaultPassBuilder.define_nopython_pipeline(self.state)]

    numba.njit(pipeline_class=Compiler)(lambda x: x + 1).compile((types.int64,))
    return objects


@pytest.mark.parametrize("path", PARTS)
def test_a_part_exists(path):
    root, _, rest = path.partition(".")
    objects = compilation()
    assert root in objects, f"no compilation has reached {path}"
    name = missing(objects[root], rest)
    assert name is None, message(f"{name} of {path}", *users(str(name)))


def users(name: str) -> list[str]:
    """The files of the engine that use a name."""
    files = sorted((SOURCE / "engine").rglob("*.py"))
    return [file.name for file in files if name in names(file)]


@cache
def names(file: Path) -> set[str]:
    """The names, attributes, imports and strings in a file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.Constant(value=str(name)):
                found.add(name)
            case _:
                pass
    return found


@pytest.mark.parametrize("path", [*NAMES, *PARTS])
def test_a_listed_name_is_used(path):
    assert users(path.rpartition(".")[2])


def undocumented(file: Path) -> list[str]:
    """The full names of undocumented parts that a file imports, or accesses on a module."""
    found: list[str] = []
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.ImportFrom(module=str(module), names=aliases):
                found += [f"{module}.{alias.name}" for alias in aliases]
            case ast.Import(names=aliases):
                found += [alias.name for alias in aliases]
            case ast.Attribute():
                found.append(ast.unparse(node))
            case _:
                pass
    return [name for name in found if f"{name}.".startswith(tuple(f"{u}." for u in UNDOCUMENTED))]


def test_all_imported_names_are_listed():
    (adapter,) = (SOURCE / "engine").rglob(ADAPTER)
    imports = undocumented(adapter)
    assert imports
    assert set(imports) <= set(NAMES)


def test_only_one_file_imports_undocumented_parts():
    others = {
        file.relative_to(SOURCE).as_posix(): undocumented(file)
        for file in SOURCE.rglob("*.py")
        if file.name != ADAPTER
    }
    assert {file: names for file, names in others.items() if names} == {}
