"""Break every derivative rule on purpose, and see that the contract tests notice.

    python tests/mutate_rules.py                    # all of them: five minutes
    python tests/mutate_rules.py linalg special/    # of files with one of these in their path

Each mutant changes one detail in the source of a rule, or of a function that rules call: a sign, a
factor, a constant, a comparison, a transpose, the two branches of a choice.  It is compiled in
memory and replaces the real rule; then the checks of the primitives that use it run until one
fails.  A mutant that no check notices survives and is listed; any survivor makes the exit status 1.
"""

from __future__ import annotations

import ast
import copy
import sys
import time
import types
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import chainrule
from chainrule.ops.registry import PRIMITIVES
from mutations import mutants
from ops import contract, test_complex
from ops.cases import CASES, EDGES
from ops.equivalent_complex_mutants import OF_COMPLEX_NUMBERS
from ops.equivalent_mutants import OF_SPECIAL_FUNCTIONS
from ops.fft import test_fft

ROOT = Path(chainrule.__file__).parent
FILES = [*sorted((ROOT / "ops").rglob("*.py")), ROOT / "autodiff" / "scan.py"]

# functions that rules call although they are operations of their own
SHARED = {"sum_to": ["add", "broadcast_to", "where"], "put_add": ["getitem"]}

# wrappers around the rules of whole families, and some members of each family
WRAPPERS = {
    "pullback": ["mul", "where", "matmul", "concatenate", "getitem", "sum"],
    "summed": ["add", "div", "where", "constant_power", "matmul"],
    "rule": ["sum", "max", "prod", "var", "logsumexp"],
}

# mutants that compute the same function, and the reason
EQUIVALENT = {
    **OF_SPECIAL_FUNCTIONS,
    **OF_COMPLEX_NUMBERS,
    ("gelu", "_normal_density(x)  →  _normal_density(-1.0 * x)"): "the density is even",
    ("normal_cdf", "_normal_density(x)  →  _normal_density(-1.0 * x)"): "the density is even",
    ("elu", "minimum(x, 0.0)  →  minimum(x, 1.0)"): "any finite bound will do where x > 0",
    ("sin", "cos(x)  →  cos(-1.0 * x)"): "the cosine is even",
    ("abs", "sign(x)  →  sign(2.0 * x)"): "the sign has no scale",
    ("_sinh_vjp", "cosh(x)  →  cosh(-1.0 * x)"): "the hyperbolic cosine is even",
    ("_arcsinh_vjp", "hypot(1.0, x)  →  hypot(-1.0, x)"): "a length has no sign",
    ("arctan2", "hypot(x, y)  →  hypot(-1.0 * x, y)"): "a length has no sign",
    ("arcsin", "_half_circle(x)  →  _half_circle(-1.0 * x)"): "√(1 − x²) is even",
    ("arccos", "_half_circle(x)  →  _half_circle(-1.0 * x)"): "√(1 − x²) is even",
    **{
        ("_or_1", f"where(length == 0.0, 1.0, length)  →  where(length == 0.0, {any_}, length)"): (
            "0 is divided by it"
        )
        for any_ in ("2.0", "-1.0")
    },
    **{
        (
            name,
            f"{call}({first}{rest})  →  {call}({factor} * {first}{rest})",
        ): "only its shape counts"
        for name, call, first, rest in (
            ("_ones", "len", "lines", ""),
            ("var", "_degrees", "x", ", axis, ddof"),
        )
        for factor in ("-1.0", "2.0")
    },
    (
        "_spread",
        "without_mean(lines, (-1,))  →  without_mean(-1.0 * lines, (-1,))",
    ): "it is squared",
    ("_spread", "(-1,)  →  (1,)"): "the lines have two axes",
    (
        "_base_slope",
        "where(flat, 1.0, exponent - 1.0)  →  where(flat, 2.0, exponent - 1.0)",
    ): "any positive exponent will do where the result is not used",
    ("_matrices", "expand_dims(b, -1)  →  expand_dims(b, 1)"): "b is a vector there",
    (
        "sum_to",
        "x.shape[i + extra] != 1  →  x.shape[i + extra] != -1",
    ): "a sum over one entry changes nothing",
    (
        "sum_to",
        "type(shape) is tuple  →  shape is tuple",
    ): "a shortcut for shapes that need no check",
    (
        "sum_to",
        "raise ShapeError('sum_to', expected=f'a shape that broadcasts to {x.shape}', "
        "got=f'{shape}')  →  raise 'sum_to'",
    ): "no rule asks for such a shape",
    (
        "_right_vjp",
        "columns.ndim == 2 < rows.ndim  →  columns.ndim == -2 < rows.ndim",
    ): "the products of all matrices add up to that of all rows",
    (
        "_right_vjp",
        "(reshape(x, (count, x.shape[-1])) for x in (rows, upstream))  →  "
        "(x for x in (rows, upstream))",
    ): "the products of all matrices add up to that of all rows",
    (
        "_right_vjp",
        "reshape(x, (count, x.shape[-1]))  →  reshape(-1.0 * x, (count, x.shape[-1]))",
    ): "both factors get the sign",
    ("_strides", "(1,)  →  (-1,)"): "the lengths of added axes are only compared with 1",
    (
        "_reversed",
        "return x[(slice(None),) * axis + (slice(None, None, -1),)]  →  "
        "return -1.0 * x[(slice(None),) * axis + (slice(None, None, -1),)]",
    ): "the rule reverses twice: the signs cancel",
    (
        "_standardize_vjp",
        "var(x, axis, keepdims=True)  →  var(-1.0 * x, axis, keepdims=True)",
    ): "the variance is even",
    (
        "_inv_vjp",
        "transposed(y)  →  transposed(-1.0 * y)",
    ): "the inverse is used twice: the signs cancel",
    ("_spread", "axis=-1  →  axis=1"): "lines are the rows of a matrix",
    **{
        (
            "_triangle",
            "return below > 0 if unit else below >= 0  →  "
            f"return {factor} * (below > 0 if unit else below >= 0)",
        ): "only its truth counts"
        for factor in ("-1.0", "2.0")
    },
    ("_power_norm_vjp", "abs(x)  →  abs(-1.0 * x)"): "an absolute value has no sign",
    ("_power_norm_vjp", "sign(x)  →  sign(2.0 * x)"): "the sign has no scale",
    (
        "_cofactors_vjp",
        "where((k == i) | (k == j), 1.0, expand_dims(s, (-2, -3)))  →  "
        "where((k == i) | (k == j), -1.0, expand_dims(s, (-2, -3)))",
    ): "what differs, on the diagonal, cancels",
    **{
        (
            "_einsum_vjp",
            f"{before}  →  {after}",
        ): "the order of the products changes no result"
        for before, after in (
            (
                "_recorded(Subscripts(tuple(parts), output), factors, bool(optimize))",
                "_recorded(Subscripts(tuple(parts), output), factors, optimize)",
            ),
            ("bool(optimize)", "bool(-1.0 * optimize)"),
            ("bool(optimize)", "bool(2.0 * optimize)"),
        )
    },
    (
        "_unfold_vjp",
        "split_axes(x.shape, len(size))[1]  →  split_axes(x.shape, len(size))[-1]",
    ): "the second of two",
}


@dataclass(eq=False)
class Rule:
    """The source of a rule, the live functions compiled from it, and the primitives that use it."""

    file: Path
    node: ast.Lambda | ast.FunctionDef
    outer: ast.FunctionDef | None
    functions: list[types.FunctionType]
    primitives: list[str]

    def compiled(self, node: ast.AST) -> types.CodeType | None:
        """Return the code of a mutated `node`, or None if it cannot replace the original code."""
        if self.outer is not None:
            holder: ast.mod = ast.Module([_replaced(self.outer, self.node, node)], [])
        elif isinstance(node, ast.Lambda):
            holder = ast.Expression(node)
        else:
            holder = ast.Module([node], [])
        mode = "eval" if isinstance(holder, ast.Expression) else "exec"
        code = compile(ast.fix_missing_locations(holder), str(self.file), mode)
        name = getattr(self.node, "name", "<lambda>")
        found = next(inner for inner in _codes(code) if inner.co_name == name)
        same = found.co_freevars == self.functions[0].__code__.co_freevars
        return found if same else None


def rules() -> list[Rule]:
    """Return every function that the VJPs and the declared dependences of primitives consist of."""
    users: dict[types.FunctionType, set[str]] = {}
    for name, primitive in PRIMITIVES.items():
        stack = [rule for rule in (primitive.pullback, primitive.joint) if rule]
        declared = vars(primitive.dependence) if primitive.dependence else {}
        stack += [value for value in declared.values() if isinstance(value, types.FunctionType)]
        while stack:
            function = stack.pop()
            if name not in users.setdefault(function, set()):
                users[function].add(name)
                stack.extend(_used(function))
    found: list[Rule] = []
    for file in FILES:
        tree = ast.parse(file.read_text("utf-8"))
        live = [f for f in users if f.__code__.co_filename == str(file)]
        for node, outer in _functions(tree):
            functions = [f for f in live if _is_from(f.__code__, node)]
            if functions:
                name = getattr(node, "name", "<lambda>")
                names = set().union(*(users[f] for f in functions))
                known = WRAPPERS.get(name) or [*sorted(names), *SHARED.get(name, [])]
                found.append(Rule(file, node, outer, functions, known))
    return found


def _used(function: types.FunctionType) -> Iterator[types.FunctionType]:
    """Yield the rules inside a wrapper's closure, and the private functions called by name."""
    for cell in function.__closure__ or ():
        held = cell.cell_contents
        for one in held if isinstance(held, tuple) else [held]:
            if isinstance(one, types.FunctionType):
                yield one
    for code in _codes(function.__code__):
        for name in code.co_names:
            called = function.__globals__.get(name)
            private = name.startswith("_") and not hasattr(called, "__wrapped__")
            if isinstance(called, types.FunctionType) and (private or name in SHARED):
                yield called


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _functions(tree: ast.Module) -> Iterator[tuple[ast.AST, ast.FunctionDef | None]]:
    """Yield lambdas, top-level functions, and wrappers with the function that defines them."""
    for outer in tree.body:
        for node in ast.walk(outer):
            if isinstance(node, ast.Lambda) or (
                node is outer and isinstance(node, ast.FunctionDef)
            ):
                yield node, None
            elif isinstance(node, ast.FunctionDef) and node.name in WRAPPERS:
                yield node, outer


def _is_from(code: types.CodeType, node: ast.AST) -> bool:
    if isinstance(node, ast.FunctionDef):
        lines = {node.lineno, *(decorator.lineno for decorator in node.decorator_list)}
        return code.co_name == node.name and code.co_firstlineno in lines
    body = node.body
    begin, end = (body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset)
    places = [(line, column) for line, _, column, _ in code.co_positions() if column]
    return code.co_name == "<lambda>" and bool(places) and begin <= min(places) < end


def _replaced(tree: ast.AST, old: ast.AST, new: ast.AST) -> ast.AST:
    """Return a copy of `tree` with `old` replaced by `new`."""

    class Swap(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            return new if node is old else super().visit(node)

    return Swap().visit(copy.deepcopy(tree, {id(old): old}))


def noticed(primitives: list[str]) -> bool:
    """Whether a check of these primitives fails."""
    cases = [case for case in CASES if case.primitive in primitives]
    try:
        for case in cases:
            (contract.check_flat if case.flat else contract.check_first)(case)
        for edge in EDGES:
            if edge.primitive in primitives:
                contract.check_edge(edge)
        for case in cases:
            for check in contract.checks(case):
                if check is not contract.check_finite_differences:
                    check(case)
        for name, x, options in test_fft.CASES if "fft" in " ".join(primitives) else ():
            test_fft.test_derivatives_are_jaxs(name, x, options)
        for case in test_complex.CASES:
            if case.primitive in primitives and not case.flat:
                if case.oracle:
                    test_complex.test_first_and_second_derivatives_are_jaxs(case)
                test_complex.test_central_differences_in_both_directions(case)
    except Exception:  # whatever a broken rule raises
        return True
    return False


def main() -> int:
    warnings.simplefilter("ignore")
    begun = time.perf_counter()
    parts = sys.argv[1:]
    everything = [
        rule for rule in rules() if not parts or any(part in str(rule.file) for part in parts)
    ]
    users = {name for rule in everything for name in rule.primitives}
    print(
        f"{len(everything)} rules of {len(users)} primitives; preparing the answers …", flush=True
    )
    if noticed(sorted(users)):
        print("the checks fail without any mutation: run pytest tests/ops first")
        return 1
    created, killed = Counter[str](), Counter[str]()
    survivors: list[str] = []
    excused: set[tuple[str, str]] = set()
    for rule in everything:
        for line, what, node in mutants(rule.node):
            key = (getattr(rule.node, "name", rule.primitives[0]), what)
            if key in EQUIVALENT:
                excused.add(key)
                continue
            code = rule.compiled(node)
            if code is None:
                continue
            real = rule.functions[0].__code__
            file = str(rule.file.relative_to(ROOT))
            created[file] += 1
            try:
                for function in rule.functions:
                    function.__code__ = code
                dead = noticed(rule.primitives)
            finally:
                for function in rule.functions:
                    function.__code__ = real
            killed[file] += dead
            if not dead:
                survivors.append(f"{file}:{line}  {key[0]}: {what}")
        if sys.stdout.isatty():
            print(f"\r{created.total()} mutants, {len(survivors)} alive ", end="", flush=True)
    print(f"\r{'file':<32}{'mutants':>8}{'killed':>8}")
    for file, count in created.items():
        print(f"{file:<32}{count:>8}{killed[file]:>8}")
    for survivor in survivors:
        print(f"survived  {survivor}")
    gone = set[tuple[str, str]]() if parts else EQUIVALENT.keys() - excused
    for name, what in sorted(gone):
        print(f"excused, but no longer created: {name}: {what}")
    total, dead = created.total(), killed.total()
    percent = f"{100 * dead / total:.1f}".removesuffix(".0")
    print(f"mutants: {total}, killed: {dead} ({percent} %)")
    print(f"{time.perf_counter() - begun:.0f} s; {len(excused)} equivalent mutants left out")
    return 0 if dead == total and not gone else 1


if __name__ == "__main__":
    sys.exit(main())
