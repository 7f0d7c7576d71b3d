"""Primitives, which carry all of their rules with them, and nodes, which apply them."""

from __future__ import annotations

import abc
import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from chainrule.errors import OptionError, ShapeError
from chainrule.graph.differentiation_levels import Levels, running, union
from chainrule.graph.sparse_jacobian import Component, SparseJacobian, Wanted
from chainrule.graph.spec import Array, Spec

__all__: list[str] = ["Dependence", "Kink", "Node", "Primitive", "Pullback", "Rule", "checked_name"]
__all__ += ["dense_components", "misfit", "moment", "primitive_of"]

_serial = itertools.count()
_ENDLESS = math.inf

MOST_CONSTANT_STEPS = 256
"""How many operations in a row on constants are recorded; after that, a result is a new leaf.

So a loop over constants does not keep all that it ever computed.
"""

Rule = Callable[..., Any]
"""A VJP rule: (upstream gradient, output, *inputs, **params) → gradient of one input."""

Pullback = Callable[..., Mapping[int, Any]]
"""A VJP rule for all inputs: see `Primitive`."""

At = Callable[[Any], Any] | Callable[[Any, Any], Any] | Callable[[Any, Any, Any], Any]


@dataclass(frozen=True)
class Kink:
    """The points where a primitive has no derivative, and the value used there instead.

    `at(*inputs, **params)` is a mask of such points; `choice` describes the value in words.
    """

    at: At
    choice: str


class Dependence(abc.ABC):
    """How primitives of one kind depend on their inputs, entry by entry: the sparse Jacobian.

    The kinds are in `chainrule.ops.dependence`.
    """

    @abc.abstractmethod
    def jacobian(self, node: Node, position: int, rows: Wanted, columns: Wanted) -> SparseJacobian:
        """Return the local gradients of `node` with respect to its input at `position`.

        `rows` of the output and `columns` of the input are needed.  They only save work: the result
        may have others, which the caller drops.
        """

    @abc.abstractmethod
    def components(self, node: Node) -> Callable[[int], Component]:
        """Return a function from the flat index of an entry of `node` to its component function."""


@dataclass(frozen=True, eq=False)
class Primitive:
    """An operation and its rules.

    name         its name in printed records
    value        (*arrays, **params) → array, with NumPy; engines are tested against it
    shape        (*specs, **params) → Spec of the output; raises ShapeError
    pullback     (cotangents, outputs, inputs, wanted, **params) → {position: cotangent of an input}
                 for the positions in `wanted`, without those that no gradient flows to; the
                 cotangent of an output that nothing depends on is None
    notation     (*object arrays of formulas, **params) → object array of formulas
    kink         where it is not differentiable, and the value used there
    domain       what it requires of its inputs, for error messages
    elementwise  whether it acts on each entry independently, with broadcasting
    dependence   its sparse Jacobian; if None, it is computed by reverse mode, one row at a time
                 (see `chainrule.autodiff.local_gradients`)
    joint        [(application, its cotangent), …] → cotangent of the first input, which all these
                 applications share; for operations that only read a part of that input, whose
                 cotangents fill an array of the full size together as cheaply as one alone
    tangent      (tangents, outputs, inputs, **params) → tangents of the outputs, for forward mode;
                 a tangent that is 0 is None; without it, the pull-back is pulled back
    expansion    (*tensors, **params) → outputs, recorded with other primitives, for explanations;
                 for operations that hold a graph as a parameter, or stand for several
    complex      whether its operands may be complex; if not, complex ones are refused
    stacks       whether it applies to each matrix of a stack, like a product: axes before the last
                 two, of any operand, only say to which ones
    recurrence   **params → the `Recurrence` of an operation that repeats a body step by step

    An operation with several outputs has tuples of values, specs and notations.
    """

    name: str
    value: Callable[..., Any]
    shape: Callable[..., Spec | tuple[Spec, ...]]
    pullback: Pullback
    notation: Callable[..., Any]
    kink: Kink | None
    domain: str
    elementwise: bool
    dependence: Dependence | None = None
    joint: Callable[[Sequence[tuple[Any, Any]]], Any] | None = None
    expansion: Callable[..., Sequence[Any]] | None = None
    tangent: Callable[..., Sequence[Any]] | None = None
    complex: bool = False
    stacks: bool = False
    recurrence: Callable[..., Any] | None = None

    def specs(self, inputs: tuple[Node, ...], params: Mapping[str, Any]) -> tuple[Spec, ...]:
        """Return shape and dtype of each output.

        Raises ShapeError, with the operands' names, and OptionError for complex operands unless
        they are allowed.
        """
        if not self.complex:
            for node in inputs:
                if node.spec.dtype.kind == "c":
                    raise self._refused(node)
        try:
            found = self.shape(*[node.spec for node in inputs], **params)
            return (found,) if isinstance(found, Spec) else found
        except ShapeError as error:
            operands = " and ".join(f"{n.label} of shape {n.spec.shape}" for n in inputs)
            raise ShapeError(
                self.name, expected=error.expected, got=operands or error.got, remedy=error.remedy
            ) from None

    def _refused(self, operand: Node) -> OptionError:
        return OptionError(
            self.name,
            expected="real numbers",
            got=f"{operand.label} of {operand.spec.dtype}",
            remedy="take np.real, np.imag or np.abs of it first",
        )

    def values(self, specs: Sequence[Spec], arrays: Iterable[Array], params: Any) -> list[Array]:
        """Return the value of each output, in the dtype of its spec."""
        found: Array | tuple[Array, ...] = self.value(*arrays, **params)
        if not isinstance(found, tuple):
            return [np.asarray(found, dtype=specs[0].dtype)]
        return [np.asarray(v, dtype=s.dtype) for v, s in zip(found, specs, strict=True)]

    def written(self, formulas: Iterable[Array], params: Any) -> tuple[Any, ...]:
        """Return the formulas of each output."""
        found: Any = self.notation(*formulas, **params)
        return cast(tuple[Any, ...], found) if isinstance(found, tuple) else (found,)

    def entry(self, params: Any, at: int | tuple[()] = ()) -> Callable[..., Any]:
        """Return the formula of one entry as a function of the operands' formulas."""
        return lambda *operands: self.notation(*operands, **params)[at]

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"


class Node:
    """One application of a primitive to earlier nodes, or a leaf: a variable or a constant.

    `value` is an array if the computation ran eagerly, and None if it was only traced.
    Nodes are numbered as they are created, so `serial` gives a topological order.  `levels` are
    the differentiation levels of all variables that the node depends on.  An application with
    several outputs is one node for each, which know each other as `siblings`.  `constant_steps` is
    the number of operations since a leaf, infinite for what depends on a variable, and −1 for a
    leaf that was computed from constants in more operations than are recorded.
    """

    __slots__ = (
        "__weakref__",
        "constant_steps",
        "inputs",
        "levels",
        "name",
        "params",
        "primitive",
        "serial",
        "siblings",
        "spec",
        "value",
        "variable",
    )

    def __init__(
        self,
        spec: Spec,
        *,
        primitive: Primitive | None = None,
        inputs: tuple[Node, ...] = (),
        params: Mapping[str, Any] | None = None,
        value: Array | None = None,
        name: str | None = None,
        variable: bool = False,
        levels: Levels = (),
    ) -> None:
        self.serial = next(_serial)
        self.spec = spec
        self.primitive: Primitive | None = primitive
        self.inputs: tuple[Node, ...] = inputs
        self.params: Mapping[str, Any] = {} if params is None else params
        self.value = value
        self.name = name
        self.variable = variable
        self.siblings: tuple[Node, ...] | None = None
        steps = _ENDLESS if variable or value is None else 0
        for source in inputs:
            if source.constant_steps >= steps:
                steps = source.constant_steps + 1
            if source.levels is not levels:  # nearly all nodes share one tuple
                levels = union(levels, source.levels) if levels else source.levels
        self.levels = levels
        self.constant_steps = steps
        if MOST_CONSTANT_STEPS < steps < _ENDLESS:
            self.primitive, self.inputs, self.params, self.constant_steps = None, (), {}, -1

    def differentiate(self, level: int) -> None:
        """Open a differentiation level here: whatever depends on the node is recorded."""
        self.levels = union(self.levels, (level,))
        self.constant_steps = _ENDLESS

    @property
    def differentiated(self) -> bool:
        """Whether the node depends on a variable of a differentiation that is still running."""
        return running(self.levels)

    @property
    def constant(self) -> bool:
        """Whether the node depends on no variable and on nothing that is differentiated."""
        return self.constant_steps < _ENDLESS

    @property
    def shortened(self) -> bool:
        """Whether the node is a leaf in place of a record of constants that was too long."""
        return self.constant_steps < 0

    @property
    def outputs(self) -> tuple[Node, ...]:
        """All outputs of the application, this node among them."""
        return self.siblings or (self,)

    @property
    def index(self) -> int:
        """Which output of the application the node is."""
        return self.siblings.index(self) if self.siblings else 0

    @property
    def kind(self) -> str:
        """'variable', 'constant', or the name of the applied primitive."""
        if self.primitive is not None:
            return self.primitive.name
        return "variable" if self.variable else "constant"

    @property
    def label(self) -> str:
        """The name for messages; if there is none, a scalar's value, or the kind and the serial."""
        if self.name is not None:
            return self.name
        if self.primitive is None and self.value is not None and self.value.ndim == 0:
            return f"{self.value:g}"
        return f"{self.kind} #{self.serial}"

    def __repr__(self) -> str:
        return f"<node {self.label}: {self.spec}>"


def moment() -> int:
    """Return a number above the serials of all nodes so far, and below those of all others."""
    return next(_serial)


def misfit(expected: str, remedy: str = "") -> ShapeError:
    """Return the error of a shape rule, which `Primitive.specs` completes.

    It adds the name of the primitive, and the names and shapes of the operands.
    """
    return ShapeError("shape rule", expected=expected, got="other operands", remedy=remedy)


def primitive_of(node: Node) -> Primitive:
    """Return the primitive of a node that is not a leaf."""
    assert node.primitive is not None, f"{node.label} is a leaf"
    return node.primitive


def dense_components(node: Node) -> Callable[[int], Component]:
    """Return components that read every input whole: correct for any primitive, but slow."""
    primitive = primitive_of(node)
    indices = tuple(np.arange(s.spec.size).reshape(s.spec.shape) for s in node.inputs)

    def component(row: int) -> Component:
        def evaluate(*operands: Array) -> Any:
            return primitive.written(operands, node.params)[node.index].flat[row]

        return Component(indices, evaluate)

    return component


def checked_name(name: Any) -> str:
    """Return the name.  Raises OptionError if it is no text, blank, or has brackets of entries."""
    if not isinstance(name, str) or not name.strip() or "[" in name or "]" in name:
        raise OptionError(
            "name",
            expected="some text without square brackets",
            got=repr(name) if isinstance(name, str) else type(name).__name__,
            remedy="brackets mark the entries of an array",
        )
    return name
