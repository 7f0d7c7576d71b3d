"""Break the passes that plan a program on purpose, and see that their tests notice.

    python tests/mutate_passes.py [every n-th mutant]

The passes are fusion, epilogues, the layout of memory, the moving of outputs, arrays written in
parts, what is computed in place, and the schedule for several threads.  Each mutant changes one
detail in the source of one of their functions: a condition is dropped or reversed, a statement left
out, a number or an order changed.  It replaces the real function in a process of its own, forked
from this one, which runs the tests below until one fails.  A mutant that no test notices survives
and is listed; any survivor makes the exit status 1.
"""

from __future__ import annotations

import ast
import copy
import importlib
import itertools
import os
import signal
import sys
import time
import types
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import hypothesis

import chainrule
from chainrule.engine.threads import hazards, row_share, schedule
from chainrule.program import epilogue, fusion, intervals, memory
from chainrule.program.loops import constant_factors, loop_carry, moving_views
from chainrule.program.lowering import in_place, lowering, parts
from mutations import COMPARISONS

PASSES: dict[types.ModuleType, list[str]] = {
    fusion: ["matrix_strides", "joint_shape", "_in_step", "fuse", "_schedule", "_fused"],
    epilogue: [
        "fuse_epilogues",
        "_with_epilogue",
        "_as_epilogue",
        "_sum_epilogue",
        "_bias_epilogue",
    ],
    intervals: ["add", "overlap_end"],
    memory: ["aligned", "live_ranges", "assign_offsets", "take", "_parts"],
    lowering: ["_write_output", "_moved", "without_dead_code"],
    in_place: ["write_in_place", "_move", "_can_access", "_moved"],
    parts: ["write_parts", "_cover", "_uncovered"],
    loop_carry: ["carry_in_place", "_mentions", "_reads_in_time", "_rename"],
    moving_views: ["move_views", "_move"],
    constant_factors: ["keep_constant_factors"],
    schedule: ["schedule", "_barriers"],
    hazards: ["add", "conflict", "_accesses", "_overlapping"],
    row_share: ["mixes"],
}

TESTS: dict[types.ModuleType, list[str]] = {
    fusion: ["program.test_passes", "program.test_fusion"],
    epilogue: ["program.test_passes", "program.test_epilogue"],
    intervals: ["program.test_memory"],
    memory: ["program.test_memory"],
    lowering: ["program.test_passes", "program.lowering.test_lowering"],
    in_place: ["program.lowering.test_in_place"],
    parts: ["program.lowering.test_parts"],
    loop_carry: ["program.loops.test_loop_carry"],
    moving_views: ["program.loops.test_moving_views"],
    constant_factors: ["program.loops.test_moving_views"],
    schedule: ["engine.threads.test_hazards"],
    hazards: ["engine.threads.test_hazards"],
    row_share: ["engine.threads.test_row_share"],
}
"""The tests of each pass that are cheap enough to run for every mutant."""

SECONDS = 10
"""How long the tests may compute before a mutant counts as noticed: it may loop for ever.

In processor time, of which they take 3 seconds at most: other programs may be running.
"""

SWAPS = {"max": "min", "min": "max", "any": "all", "all": "any", "sorted": "list"}

LENGTH_1 = "the stride of an axis of length 1 is 0 after reshaping"
LATER = "an instruction is never put before the last one that writes to the buffer of its result"
AGAIN = "it only adds nodes that are within the range once more"
ONE_PATTERN = "only a fused instruction has operations, and these patterns have one result"

AS_PRODUCT = (
    "out.size != product.size or (not all((view.contiguous for view in (out, product, *read))))"
)
"""How `_as_epilogue` says which views show the entries of the product."""

EQUIVALENT: dict[tuple[str, str], str] = {
    ("matrix_strides", "matrix.strides[0] if rows > 1 else 0  →  matrix.strides[0]"): LENGTH_1,
    ("matrix_strides", "matrix.strides[1] if columns > 1 else 0  →  matrix.strides[1]"): LENGTH_1,
    ("matrix_strides", "rows > 1  →  rows >= 1"): LENGTH_1,
    ("matrix_strides", "columns > 1  →  columns >= 1"): LENGTH_1,
    (
        "matrix_strides",
        "0  →  1  in  matrix.strides[0] if rows > 1 else 0",
    ): "with a single row, the distance between rows is not used",
    (
        "matrix_strides",
        "0  →  1  in  matrix.strides[1] if columns > 1 else 0",
    ): "with a single column, the distance between columns is not used",
    ("fuse", "max(written_at.get(view.buffer, -1), index)  →  index"): LATER,
    ("_schedule", "-1  →  1  in  default=-1"): "an elementwise instruction has operands",
    (
        "_schedule",
        "len(schedule) - 1 if together else earliest  →  len(schedule) - 1",
    ): "what does not run together only joins a group that it reads, and no later one is",
    (
        "joint_shape",
        " for shape in possible if shape[0] != 1  →   for shape in possible",
    ): "the group's own single row is not among them",
    ("fuse_epilogues", "product and epilogue  →  epilogue"): "there is none without a product",
    **{
        (
            "_as_epilogue",
            f"instruction.op != 'fused' or others or {AS_PRODUCT}  →  {left}",
        ): ONE_PATTERN
        for left in (f"others or {AS_PRODUCT}", f"instruction.op != 'fused' or {AS_PRODUCT}")
    },
    (
        "_as_epilogue",
        "x.buffer is product.buffer and gate.contiguous  →  gate.contiguous",
    ): "a gate that is the product itself comes too late",
    (
        "take",
        " for node in above if node in self._throughout  →   for node in above",
    ): "it only saves empty intervals",
    ("_parts", "if low % 2:  →  if True:"): AGAIN,
    ("_parts", "low % 2  →  low"): AGAIN,
    ("_parts", "low % 2  →  2"): AGAIN,
    ("_parts", "1  →  2  in  low += 1"): "low is odd, and halved afterwards",
}
"""Mutants that plan the same programs, and the reason."""

Function = ast.FunctionDef


def functions() -> Iterator[tuple[types.ModuleType, types.FunctionType, Function]]:
    """Yield the functions and methods of the passes, each with its module and its source."""
    for module, names in PASSES.items():
        assert module.__file__ is not None
        tree, missing = ast.parse(Path(module.__file__).read_text("utf-8")), {*names}
        for holder in (tree, *(node for node in tree.body if isinstance(node, ast.ClassDef))):
            owner = module if holder is tree else getattr(module, holder.name)
            for node in holder.body:
                if isinstance(node, ast.FunctionDef) and node.name in names:
                    missing.discard(node.name)
                    yield module, vars(owner)[node.name], node
        assert not missing, f"{module.__name__} has no {', '.join(missing)}"


def mutants(function: Function) -> Iterator[tuple[int, str, Function]]:
    """Yield line, description and tree of every mutant."""
    seen = {ast.dump(function)}
    inside = [node for part in function.body for node in ast.walk(part)]
    around = {child: node for node in inside for child in ast.iter_child_nodes(node)}
    annotations = [
        *(node.annotation for node in inside if isinstance(node, (ast.AnnAssign, ast.arg))),
        *(node.returns for node in inside if isinstance(node, ast.FunctionDef)),
    ]
    ignored = {inner for one in annotations if one is not None for inner in ast.walk(one)}
    signed = (node for node in inside if isinstance(node, ast.UnaryOp))
    ignored |= {node.operand for node in signed if isinstance(node.operand, ast.Constant)}
    # whether `zip` compares lengths is an assertion
    ignored |= {
        node.value for node in inside if isinstance(node, ast.keyword) and node.arg == "strict"
    }
    if ast.get_docstring(function):
        ignored |= set(ast.walk(function.body[0]))
    for node in inside:
        if node in ignored:
            continue
        for new in changes(node):
            mutant = Swap(node, new).visit(copy.deepcopy(function, {id(node): node}))
            fingerprint = ast.dump(mutant)
            if fingerprint not in seen:
                seen.add(fingerprint)
                what = f"{_shown(node)}  →  {_shown(new)}"
                if isinstance(node, (ast.Constant, ast.UnaryOp)):
                    what += f"  in  {_shown(around[node])}"
                yield _line(node), what, mutant


class Swap(ast.NodeTransformer):
    """Replaces one node by another."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return ast.copy_location(self.new, node) if node is self.old else super().visit(node)


def _line(node: ast.AST) -> int:
    return next(inner.lineno for inner in ast.walk(node) if isinstance(inner, (ast.expr, ast.stmt)))


def _shown(node: ast.AST) -> str:
    return ast.unparse(node).split("\n")[0]


def changes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what may stand in the place of a node."""
    match node:
        case ast.BoolOp(op, values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
            for i in range(len(values)):
                rest = values[:i] + values[i + 1 :]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(op, rest)
        case ast.Compare(left, [ast.Is() | ast.IsNot() as op], right):
            yield ast.Compare(left, [ast.IsNot() if isinstance(op, ast.Is) else ast.Is()], right)
        case ast.Compare(left, [op], right):
            for other in COMPARISONS.get(type(op), ()):
                yield ast.Compare(left, [other()], right)
        case ast.UnaryOp(_, operand):
            yield operand
        case ast.BinOp(left, op, right):
            if isinstance(op, (ast.Add, ast.Sub)):
                yield ast.BinOp(left, ast.Sub() if isinstance(op, ast.Add) else ast.Add(), right)
            yield left
            yield right
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() as value):
            yield ast.Constant(value + 1)
        case ast.IfExp(test, chosen, otherwise):
            yield ast.IfExp(test, otherwise, chosen)
            yield chosen
            yield otherwise
        case ast.If(test, body, orelse):
            yield ast.If(ast.Constant(value=True), body, orelse)
            yield ast.If(ast.Constant(value=False), body, orelse)
        case ast.Call(ast.Name(name), [_, *_] as arguments, keywords):
            if name in SWAPS:
                keep = [] if name == "sorted" else keywords
                yield ast.Call(ast.Name(SWAPS[name], ast.Load()), arguments, keep)
            if name in ("max", "min") and len(arguments) > 1:
                yield from (ast.Call(node.func, [one], []) if isinstance(one, ast.Starred) else one
                            for one in arguments)  # fmt: skip
        case ast.comprehension(target, iterated, [_, *_] as conditions, is_async):
            for i in range(len(conditions)):
                rest = conditions[:i] + conditions[i + 1 :]
                yield ast.comprehension(target, iterated, rest, is_async)
        case ast.Tuple([_, _, *_] as parts, ast.Load()) if any(
            isinstance(part, ast.Starred) for part in parts
        ):
            yield from (
                ast.Tuple(parts[:i] + parts[i + 1 :], ast.Load()) for i in range(len(parts))
            )
        case (
            ast.Expr()
            | ast.AugAssign()
            | ast.Continue()
            | ast.Assign([ast.Subscript() | ast.Attribute()])
        ):
            yield ast.Pass()


def replacement(real: types.FunctionType, mutant: Function) -> types.CodeType:
    """The code of a mutant."""
    mutant = copy.deepcopy(mutant)
    mutant.decorator_list = []
    module = ast.fix_missing_locations(ast.Module([mutant], []))
    code = compile(module, real.__code__.co_filename, "exec")
    return next(part for part in code.co_consts if isinstance(part, types.CodeType))


def tests(names: list[str]) -> Iterator[Callable[[], None]]:
    """Yield every test of some modules that needs no fixture, with each of its parameters."""
    for name in names:
        module = importlib.import_module(name)
        for test in (value for key, value in vars(module).items() if key.startswith("test_")):
            if hasattr(test, "hypothesis"):  # a failure need not be made small
                known = test._hypothesis_internal_use_settings
                test._hypothesis_internal_use_settings = hypothesis.settings(
                    known, phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate]
                )
            marks = [m for m in getattr(test, "pytestmark", []) if m.name == "parametrize"]
            for chosen in itertools.product(*(mark.args[1] for mark in marks)):
                arguments: dict[str, Any] = {}
                for mark, values in zip(marks, chosen, strict=True):
                    several = not isinstance(mark.args[0], str)
                    names_of = mark.args[0] if several else (mark.args[0],)
                    arguments |= zip(names_of, values if several else (values,), strict=True)
                yield lambda test=test, arguments=arguments: test(**arguments)


def noticed(real: types.FunctionType, mutant: Function, checks: list[Callable[[], None]]) -> bool:
    """Whether a test fails, crashes or does not end with a mutant in the place of a function."""
    code = replacement(real, mutant)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            signal.setitimer(signal.ITIMER_PROF, SECONDS)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            real.__code__ = code
            for check in checks:
                check()
            status = 0
        except BaseException:  # whatever a broken pass raises
            status = 1
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1] != 0


def main() -> int:
    warnings.simplefilter("ignore")
    begun = time.perf_counter()
    step = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    checks = {module: list(tests(names)) for module, names in TESTS.items()}
    for check in itertools.chain.from_iterable(checks.values()):
        check()
    print(f"without a mutant all tests pass: {time.perf_counter() - begun:.0f} s", flush=True)
    created, killed = Counter[str](), Counter[str]()
    survivors: list[str] = []
    excused: set[tuple[str, str]] = set()
    everything = [
        (module, real, line, what, mutant)
        for module, real, node in functions()
        for line, what, mutant in mutants(node)
    ]
    for module, real, line, what, mutant in everything[::step]:
        key = (real.__name__, what)
        if key in EQUIVALENT:
            excused.add(key)
            continue
        file = str(Path(real.__code__.co_filename).relative_to(Path(chainrule.__file__).parent))
        created[file] += 1
        dead = noticed(real, mutant, checks[module])
        killed[file] += dead
        if not dead:
            survivors.append(f"{file}:{line}  {real.__name__}: {what}")
            with suppress(OSError):
                print(f"survived  {survivors[-1]}", flush=True)
    print(f"{'file':<36}{'mutants':>8}{'killed':>8}")
    for file, count in created.items():
        print(f"{file:<36}{count:>8}{killed[file]:>8}")
    stale = sorted(EQUIVALENT.keys() - excused) if step == 1 else []
    for name, what in stale:
        print(f"excused, but no longer created: {name}: {what}")
    total, dead = created.total(), killed.total()
    print(f"mutants: {total}, killed: {dead}; {len(excused)} equivalent mutants left out")
    print(f"{time.perf_counter() - begun:.0f} s")
    return 0 if dead == total and not stale else 1


if __name__ == "__main__":
    sys.exit(main())
