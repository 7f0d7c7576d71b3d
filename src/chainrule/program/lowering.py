"""Lowering: a graph becomes instructions over views.

Nodes that only say how memory is walked become views.  Elementwise primitives become `map`
instructions, to be fused.  What has a rule in `rules` becomes its opcodes, and anything else a
`call` of its reference value, so that everything that can be recorded can be run.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.errors import GraphError
from chainrule.graph import Array, Graph, Node, Primitive
from chainrule.ops.registry import PRIMITIVES
from chainrule.program.instruction import Instruction, Kernels
from chainrule.program.view import AXES, Buffer, View, common_axes, kind_of

__all__ = ["Lowering", "lower"]


class Lowering:
    """The instructions so far, and the view of every node that was lowered."""

    def __init__(
        self,
        graph: Graph,
        inputs: Mapping[Node, Buffer],
        dtype: np.dtype[Any],
        kernels: Kernels,
        transposed: Collection[Node] = (),
    ) -> None:
        self.graph, self.dtype, self.kernels, self.transposed = graph, dtype, kernels, transposed
        self.instructions: list[Instruction] = []
        self.views: dict[Node, View] = {
            node: self.lying(node, buffer) for node, buffer in inputs.items()
        }
        self.constants: dict[tuple[Any, ...], tuple[Buffer, Array]] = {}
        self.consumers = graph.consumers()
        self._made: dict[tuple[Any, ...], View] = {}
        self._counter = 0

    def lying(self, node: Node, buffer: Buffer) -> View:
        """An input or output of the graph as it lies in a buffer of its own."""
        shape = node.spec.shape
        if node in self.transposed:
            return buffer.whole(shape[::-1]).transpose((1, 0))
        return buffer.whole(shape)

    def emit(
        self,
        op: str,
        inputs: Sequence[View],
        shape: tuple[int, ...],
        node: Node,
        *,
        kind: str = "float",
        primitive: Primitive | None = None,
        beside: Mapping[str, tuple[int, ...]] | None = None,
        **attributes: Any,
    ) -> View:
        """Add an instruction unless one like it was added before; the view of its result.

        `beside` has the shapes of other results from the same inputs that this one makes as well,
        by the names under which `made` finds them.
        """
        if 0 in shape:  # there is nothing to compute
            return self.temporary(shape, kind)
        key = _key(op, inputs, shape, kind, primitive, attributes)
        if key not in self._made:
            outputs = [self.temporary(shape, kind)]
            for other, size in (beside or {}).items():
                outputs.append(self.temporary(size))
                self._made[_key(other, inputs, size)] = outputs[-1]
            self.instructions.append(
                Instruction(op, tuple(outputs), tuple(inputs), attributes, (node,), primitive)
            )
            self._made[key] = outputs[0]
        return self._made[key]

    def made(self, op: str, inputs: Sequence[View], shape: tuple[int, ...]) -> View | None:
        """What an instruction has made from `inputs`, if there is such a one already."""
        return self._made.get(_key(op, inputs, shape))

    def elementwise(
        self, name: str, inputs: Sequence[View], node: Node, *params: float, kernel: int = 0
    ) -> View:
        """An elementwise operation called `name` on views that broadcast together."""
        shape = np.broadcast_shapes(*(view.shape for view in inputs))
        views = [view.broadcast(shape) for view in inputs]
        if len(common_axes(views)[0]) > AXES:  # no kernel walks so many ways at once
            views = [self.copied(view, node) for view in views]
        return self.emit("elementwise", views, shape, node, name=name, params=params, kernel=kernel)

    def call(
        self, primitive: Primitive, inputs: Sequence[View], node: Node, **parameters: Any
    ) -> View:
        """The reference value of a primitive on arrays of the dtypes of the node's inputs."""
        return self.emit(
            "call",
            inputs,
            node.spec.shape,
            node,
            kind=kind_of(node.spec.dtype),
            primitive=primitive,
            parameters=parameters,
            dtypes=tuple(part.spec.dtype for part in (*node.inputs, node)),
        )

    def temporary(self, shape: tuple[int, ...], kind: str = "float") -> View:
        """A new buffer, as a whole."""
        self._counter += 1
        size = int(np.prod(shape))
        return Buffer(f"t{self._counter}", size, kind).whole(shape)

    def constant(self, value: Array) -> View:
        """A constant; one number repeated takes the room of one."""
        kind = kind_of(value.dtype)
        with np.errstate(all="ignore"):
            value = np.asarray(value).astype(np.int64 if kind == "int" else self.dtype)
        uniform = value.size > 0 and value.tobytes() == value.reshape(-1)[:1].tobytes() * value.size
        kept = value.reshape(-1)[:1] if uniform else np.ascontiguousarray(value).reshape(-1)
        key = (kind, kept.tobytes())
        if key not in self.constants:
            name = f"{kept[0]:g}" if uniform else f"c{len(self.constants)}"
            self.constants[key] = (Buffer(name, kept.size, kind, "constant"), kept)
        buffer = self.constants[key][0]
        if uniform:
            return View(buffer, value.shape, (0,) * value.ndim)
        return buffer.whole(value.shape)

    def plain(self, view: View, node: Node) -> View:
        """The view with its entries in order, copied where they are not."""
        if view.contiguous:
            return view
        return (
            self.elementwise("copy", [view], node)
            if self.walkable(view)
            else self.copied(view, node)
        )

    def copied(self, view: View, node: Node) -> View:
        """A copy with its entries in order, of any kind and however it is walked."""
        return self.emit(
            "call",
            [view],
            view.shape,
            node,
            kind=view.buffer.kind,
            primitive=PRIMITIVES["copy"],
            parameters={},
            dtypes=(self.stored(view),) * 2,
        )

    def walkable(self, view: View) -> bool:
        """Whether kernels can walk it: in the arena of floats, along few enough axes."""
        return view.buffer.kind == "float" and len(common_axes([view])[0]) <= AXES

    def stored(self, view: View) -> np.dtype[Any]:
        """The dtype of the arena it lies in."""
        return self.dtype if view.buffer.kind == "float" else np.dtype(np.int64)

    def node(self, node: Node) -> View:
        """Lower one node."""
        from chainrule.program.rules import CALL, ELEMENTWISE, RULES

        assert node.primitive is not None
        inputs = [self.views[source] for source in node.inputs]
        _check_dtype(node, self.dtype)
        rule = RULES.get(node.primitive.name, ELEMENTWISE if node.primitive.elementwise else None)
        view = rule(self, node, *inputs, **node.params) if rule else None
        if view is None:
            view = CALL(self, node, *inputs)
        assert view.shape == node.spec.shape, f"{node.label}: {view.shape}"
        return view


def lower(
    graph: Graph,
    inputs: Mapping[Node, Buffer],
    outputs: Sequence[Buffer],
    dtype: np.dtype[Any],
    kernels: Kernels,
    transposed: Collection[Node] = (),
) -> Lowering:
    """Lower `graph`: its inputs lie in `inputs`, its outputs are to arrive in `outputs`.

    `transposed` ones of both are matrices that lie by columns.
    `kernels` has the elementwise operations of the engine; others are called.

    Raises GraphError naming the node that cannot be lowered, and why.
    """
    lowering = Lowering(graph, inputs, dtype, kernels, transposed)
    for node in graph.inputs:
        _check_dtype(node, dtype)
    live = set(graph.inputs)
    for node in graph.nodes:
        if node in lowering.views:
            continue
        if live.isdisjoint(node.inputs):
            assert node.value is not None, "what depends on no input was computed when recorded"
            lowering.views[node] = lowering.constant(node.value)
        else:
            live.add(node)
            lowering.views[node] = lowering.node(node)
    claimed: set[Buffer] = set()
    for node, destination in zip(graph.outputs, outputs, strict=True):
        _deliver(lowering, node, destination, claimed)
    lowering.instructions = _needed(lowering.instructions, set(outputs))
    return lowering


def _deliver(lowering: Lowering, node: Node, destination: Buffer, claimed: set[Buffer]) -> None:
    """Have an output computed where it is wanted, or copied there."""
    view = lowering.views[node]
    if not view.size:
        return
    free = view.buffer.group == "temporary" and view.buffer not in claimed
    fits = (view.transpose((1, 0)) if node in lowering.transposed else view).contiguous
    if free and fits:
        # the instruction that makes it writes straight to its destination
        lowering.instructions = [_moved(i, view.buffer, destination) for i in lowering.instructions]
        for key, other in lowering.views.items():
            if other.buffer is view.buffer:
                lowering.views[key] = View(destination, other.shape, other.strides)
        claimed.add(destination)
        return
    out = lowering.lying(node, destination)
    if lowering.walkable(view):
        copy = Instruction(
            "elementwise", (out,), (view,), {"name": "copy", "params": (), "kernel": 0}, (node,)
        )
    else:
        settings = {"parameters": {}, "dtypes": (lowering.stored(view),) * 2}
        copy = Instruction("call", (out,), (view,), settings, (node,), PRIMITIVES["copy"])
    lowering.instructions.append(copy)


def _moved(instruction: Instruction, old: Buffer, new: Buffer) -> Instruction:
    def moved(views: tuple[View, ...]) -> tuple[View, ...]:
        return tuple(
            View(new, view.shape, view.strides) if view.buffer is old else view for view in views
        )

    instruction.outputs, instruction.inputs = moved(instruction.outputs), moved(instruction.inputs)
    return instruction


def _needed(instructions: Sequence[Instruction], wanted: set[Buffer]) -> list[Instruction]:
    """The instructions that something wanted depends on."""
    kept: list[Instruction] = []
    for instruction in reversed(instructions):
        if any(view.buffer in wanted for view in instruction.outputs):
            kept.append(instruction)
            wanted.update(view.buffer for view in instruction.inputs)
    return kept[::-1]


def _key(
    op: str,
    inputs: Sequence[View],
    shape: tuple[int, ...],
    kind: str = "float",
    primitive: Primitive | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> tuple[Any, ...]:
    """Equal for instructions that compute the same."""
    attributes = attributes or {}
    return (
        op,
        primitive,
        kind,
        shape,
        tuple((id(view.buffer), view.shape, view.strides) for view in inputs),
        repr(sorted(attributes.items(), key=lambda item: item[0])),
        _hashable(attributes.get("parameters", {})),
    )


def _hashable(parameters: Mapping[str, Any]) -> object:
    """What tells equal parameters from others; those that cannot be told are like no others."""
    key = tuple(parameters.items())
    try:
        hash(key)
    except TypeError:
        return object()
    return key


def _check_dtype(node: Node, dtype: np.dtype[Any]) -> None:
    if node.spec.differentiable and node.spec.dtype != dtype:
        raise GraphError(
            f"lowering {node.label}",
            expected=f"one floating dtype throughout, {dtype}",
            got=str(node.spec),
            remedy="cast the inputs and constants to one dtype",
        )
