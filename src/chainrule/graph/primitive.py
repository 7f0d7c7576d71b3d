"""Primitives: operations that carry all of their rules with them."""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

import numpy as np

from chainrule.errors import ShapeError
from chainrule.graph.sparse_jacobian import Component, Indices, SparseJacobian
from chainrule.graph.spec import Array, Spec

__all__ = ["Application", "Dependence", "Kink", "Primitive", "Pullback", "Rule", "dense_components"]
__all__ += ["primitive_of"]

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


class Application(Protocol):
    """The part of `Node` that primitives use; `Node` itself is in a file that imports this one."""

    @property
    def primitive(self) -> Primitive | None: ...
    @property
    def inputs(self) -> tuple[Application, ...]: ...
    @property
    def params(self) -> Mapping[str, Any]: ...
    @property
    def spec(self) -> Spec: ...
    @property
    def value(self) -> Array | None: ...
    @property
    def index(self) -> int: ...
    @property
    def label(self) -> str: ...


class Dependence(abc.ABC):
    """How primitives of one kind depend on their inputs, entry by entry: the sparse Jacobian.

    The kinds are in `chainrule.ops.dependence`.
    """

    @abc.abstractmethod
    def jacobian(
        self, node: Application, position: int, rows: Indices | None, columns: Indices | None
    ) -> SparseJacobian:
        """Return the local gradients of `node` with respect to its input at `position`.

        `rows` and `columns` are the flat indices of the output and input entries that are needed;
        None means all.  They only save work: the result may have others, which the caller drops.
        """

    @abc.abstractmethod
    def components(self, node: Application) -> Callable[[int], Component]:
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
    expansion    (*tensors, **params) → outputs, recorded with other primitives; for operations that
                 hold a graph as a parameter

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

    def specs(self, inputs: tuple[Application, ...], params: Mapping[str, Any]) -> tuple[Spec, ...]:
        """Return shape and dtype of each output.  Raises ShapeError, with the operands' names."""
        try:
            found = self.shape(*[node.spec for node in inputs], **params)
            return (found,) if isinstance(found, Spec) else found
        except ShapeError as error:
            operands = " and ".join(f"{n.label} of shape {n.spec.shape}" for n in inputs)
            raise ShapeError(
                self.name, expected=error.expected, got=operands or error.got, remedy=error.remedy
            ) from None

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

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"


def primitive_of(node: Application) -> Primitive:
    """Return the primitive of a node that is not a leaf."""
    assert node.primitive is not None, f"{node.label} is a leaf"
    return node.primitive


def dense_components(node: Application) -> Callable[[int], Component]:
    """Return components that read every input whole: correct for any primitive, but slow."""
    primitive = primitive_of(node)
    indices = tuple(np.arange(s.spec.size).reshape(s.spec.shape) for s in node.inputs)

    def component(row: int) -> Component:
        def evaluate(*operands: Array) -> Any:
            written = primitive.written(operands, node.params)[node.index]
            return np.asarray(written, dtype=object).flat[row]

        return Component(indices, evaluate)

    return component
