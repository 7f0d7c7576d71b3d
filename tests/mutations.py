"""Mutations: small changes of a function's source, one at a time."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

Function = ast.Lambda | ast.FunctionDef

BINARY = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
COMPARISONS = {
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}

# functions that depend only on the shapes of their arguments, or on the truth of the first
OF_SHAPES = {"_count", "_matrices", "where"}

# functions that return what rules pass to them, perhaps as another Python type
WRAPPINGS = {"lift", "tuple", "map", "int"}


def mutants(function: Function) -> Iterator[tuple[int, str, Function]]:
    """Yield line, description and tree of every mutant, without duplicates."""
    seen = {ast.dump(function)}
    for line, what, mutant in _all(function):
        fingerprint = ast.dump(mutant)
        if fingerprint not in seen:
            seen.add(fingerprint)
            yield line, what, mutant


def _all(function: Function) -> Iterator[tuple[int, str, Function]]:
    body = [function.body] if isinstance(function, ast.Lambda) else function.body
    inside = [node for part in body for node in ast.walk(part)]
    factors = _factors(inside)
    factors[body[0]] = (-1.0, 2.0) if isinstance(function, ast.Lambda) else ()
    untouched = _untouched(inside)
    around = {child: node for node in inside for child in ast.iter_child_nodes(node)}
    for position, node in enumerate(inside):
        if node in untouched:
            continue
        news = [*_changes(node), *(_times(factor, node) for factor in factors.get(node, ()))]
        for new in news:
            mutant = copy.deepcopy(function)
            parts = [mutant.body] if isinstance(mutant, ast.Lambda) else mutant.body
            copies = [n for part in parts for n in ast.walk(part)]
            context = around.get(node, node)
            shown = copies[inside.index(context)]
            mutant = _Replace(copies[position], new).visit(mutant)
            after = new if context is node else shown
            yield node.lineno, f"{ast.unparse(context)}  →  {ast.unparse(after)}", mutant


class _Replace(ast.NodeTransformer):
    """Replaces one node by another."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return ast.copy_location(self.new, node) if node is self.old else super().visit(node)


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    node = copy.deepcopy(node)
    match node:
        case ast.BinOp(left, op, right):
            if type(op) in BINARY:
                yield ast.BinOp(left, BINARY[type(op)](), right)
            yield left
            yield right
        case ast.UnaryOp(ast.USub(), operand):
            yield operand
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() | float() as value):
            yield ast.Constant(value + 1)
            if value:
                yield ast.UnaryOp(ast.USub(), ast.Constant(value))
        case ast.Compare(left, [op], right):
            for other in COMPARISONS.get(type(op), ()):
                yield ast.Compare(left, [other()], right)
        case ast.IfExp(test, chosen, otherwise):
            yield ast.IfExp(test, otherwise, chosen)
        case ast.Slice(lower, upper, step) if lower is not None or upper is not None:
            yield ast.Slice(upper, lower, step)
        case ast.Call():
            yield from _calls(node)
        case ast.Return(value) if value is not None:
            yield ast.Return(_times(-1.0, value))
            yield ast.Return(_times(2.0, value))


def _calls(node: ast.Call) -> Iterator[ast.AST]:
    """Swap the branches of a choice or the ends of a slice; omit a function."""
    match node:
        case ast.Call(ast.Name("where"), [condition, chosen, otherwise]):
            yield ast.Call(node.func, [condition, otherwise, chosen], [])
        case ast.Call(ast.Name("slice"), [start, stop]):
            yield ast.Call(node.func, [stop, start], [])
        case ast.Call(ast.Name(name), [first, *_]) if name not in WRAPPINGS:
            if not isinstance(first, ast.Starred):
                yield first
        case ast.Call(ast.Attribute(value)):
            yield value


def _times(factor: float, node: ast.AST) -> ast.AST:
    return ast.BinOp(ast.Constant(factor), ast.Mult(), node)


def _factors(nodes: list[ast.AST]) -> dict[ast.AST, tuple[float, ...]]:
    """Return the factors by which each name or call can be multiplied to change the rule's result.

    These are operands and arguments, not shapes or axes.  A sign is irrelevant inside a square, as
    is scale in a comparison with zero.
    """
    found: dict[ast.AST, tuple[float, ...]] = {}
    for node in nodes:
        match node:
            case ast.BinOp(base, ast.Pow(), ast.Constant(2)):
                found[base] = (2.0,)
            case ast.BinOp(left, _, right):
                found[left] = found[right] = (-1.0, 2.0)
            case ast.Call(ast.Name(name), [first, *_]) if name not in OF_SHAPES | WRAPPINGS:
                found[first] = (-1.0, 2.0)
            case ast.Compare(left, [ast.Gt() | ast.Lt()], [ast.Constant(0)]):
                found[left] = (-1.0,)
            case ast.Compare(left, [ast.Eq()], [ast.Constant(0)]):
                found[left] = ()
            case ast.Compare(left, [ast.Gt() | ast.Lt() | ast.Eq()], _):
                found[left] = (-1.0, 2.0)
    kinds = (ast.Name, ast.Call, ast.BinOp)
    return {node: factors for node, factors in found.items() if isinstance(node, kinds)}


def _untouched(nodes: list[ast.AST]) -> set[ast.AST]:
    """Nodes not to change: the 1 of a −1 (its sign is changed), `strict=True`, factors of zero."""
    found: set[ast.AST] = set()
    for node in nodes:
        match node:
            case ast.UnaryOp(ast.USub(), operand):
                found.add(operand) if isinstance(operand, ast.Constant) else None
            case ast.keyword("strict", value):
                found.add(value)
            case ast.Return(ast.BinOp(other, ast.Mult(), ast.Constant(0.0))):
                found.update((node, other))
    return found
