"""The lowering context, from which rules read views and to which they add instructions."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from itertools import count
from typing import Any

import numpy as np

from chainrule.graph import Array, Graph, Node, Primitive
from chainrule.program.elementwise import ElementwiseOperation, built_in
from chainrule.program.instruction import Instruction
from chainrule.program.view import MAX_AXES, Buffer, View, common_axes

__all__ = ["LoweringContext", "stored_dtype"]

Shape = tuple[int, ...]
Key = tuple[object, ...]


class LoweringContext:
    """The instructions emitted so far, and the view of every node lowered so far.

    graph         the graph to lower
    dtype         dtype of the floats that kernels compute with
    transposed    inputs and outputs that are stored column-major
    mixed         whether there may be floats of other dtypes
    consumers     for every node, the nodes that use it, with the position of the operand
    outputs       the nodes that are outputs of the graph
    instructions  the instructions so far
    views         where each lowered node is stored
    constants     the constants so far, by content: (buffer, values)
    reason        why the last rule that returned None cannot lower its node
    """

    def __init__(
        self,
        graph: Graph,
        inputs: Mapping[Node, Buffer],
        dtype: np.dtype[Any],
        transposed: Collection[Node] = (),
        *,
        mixed: bool = False,
    ) -> None:
        self.graph, self.dtype, self.transposed, self.mixed = graph, dtype, transposed, mixed
        self.consumers, self.outputs = graph.consumers(), frozenset(graph.outputs)
        self.instructions: list[Instruction] = []
        self.views = {node: self.view_in(buffer, node) for node, buffer in inputs.items()}
        self.constants: dict[tuple[np.dtype[Any], bytes], tuple[Buffer, Array]] = {}
        self._results: dict[Key, View] = {}
        self._numbers = count(1)
        self.reason = ""

    def refuse(self, reason: str) -> None:
        """Say why a node has no opcode; a rule returns this in place of a view."""
        self.reason = reason

    def nested(self, graph: Graph, views: Mapping[Node, View], *, hoisted: bool) -> LoweringContext:
        """The context of a graph within this one, whose inputs are these views.

        It has the constants of this one and, if `hoisted`, also adds its instructions to it.
        """
        inner = LoweringContext(graph, {}, self.dtype, mixed=True)
        inner.views, inner.constants, inner._numbers = dict(views), self.constants, self._numbers
        if hoisted:
            inner.instructions, inner._results = self.instructions, self._results
        return inner

    def view_in(self, buffer: Buffer, node: Node) -> View:
        """An input or output of the graph as a view of the buffer that it fills."""
        shape = node.spec.shape
        if node in self.transposed:
            return buffer.whole(shape[::-1]).transpose((1, 0))
        return buffer.whole(shape)

    def emit(
        self,
        op: str,
        inputs: Sequence[View],
        shape: Shape,
        node: Node,
        *,
        dtype: np.dtype[Any] | None = None,
        primitive: Primitive | None = None,
        extra: Mapping[str, Shape] | None = None,
        **attributes: Any,
    ) -> View:
        """Add an instruction, unless an equal one was added before; returns its result.

        The result is stored as `dtype`, by default that of the program's floats.
        `extra` gives the shapes of further results of the same instruction, under the names by
        which `existing` finds them.
        """
        if 0 in shape:  # there is nothing to compute
            return self.temporary(shape, dtype)
        key = _key(op, inputs, shape, dtype or self.dtype, primitive, attributes)
        if key not in self._results:
            outputs = [self.temporary(shape, dtype)]
            for name, extra_shape in (extra or {}).items():
                outputs.append(self.temporary(extra_shape))
                self._results[_key(name, inputs, extra_shape, self.dtype)] = outputs[-1]
            self.instructions.append(
                Instruction(op, tuple(outputs), tuple(inputs), attributes, (node,), primitive)
            )
            self._results[key] = outputs[0]
        return self._results[key]

    def existing(self, op: str, inputs: Sequence[View], shape: Shape) -> View | None:
        """The result of `op` on `inputs` if an instruction computes it, also as an extra result."""
        return self._results.get(_key(op, inputs, shape, self.dtype))

    def elementwise(
        self, operation: str | ElementwiseOperation, inputs: Sequence[View], node: Node
    ) -> View:
        """Add an elementwise operation, given or by name, on views that broadcast together."""
        if isinstance(operation, str):
            operation = built_in(operation)
        shape = np.broadcast_shapes(*(view.shape for view in inputs))
        views = [view.broadcast(shape) for view in inputs]
        if len(common_axes(views)[0]) > MAX_AXES:
            views = [self.copied(view, node) for view in views]
        return self.emit("elementwise", views, shape, node, operation=operation)

    def write(
        self, name: str, inputs: Sequence[View], out: View, node: Node, *, part: bool = False
    ) -> None:
        """Write the elementwise operation `name` on views of one shape into a part of a buffer.

        A copy that is a `part` may be replaced by writing the part's source there: nothing else
        writes there.
        """
        views = [out, *inputs]
        if len(common_axes(views)[0]) > MAX_AXES:
            for i in range(out.shape[0]):
                self.write(name, [view.at(i) for view in inputs], out.at(i), node, part=part)
            return
        settings = {"operation": built_in(name), "part": part}
        self.instructions.append(
            Instruction(self._copying(out), (out,), tuple(inputs), settings, (node,))
        )

    def call(
        self, primitive: Primitive, inputs: Sequence[View], node: Node, **parameters: Any
    ) -> tuple[View, ...]:
        """Add a call of a primitive's reference value, on arrays of the dtypes of node.inputs.

        The listing gives the `reason` for it.
        """
        dtypes = tuple(part.spec.dtype for part in (*node.inputs, *node.outputs))
        attributes: Mapping[str, Any] = {
            "parameters": parameters, "dtypes": dtypes, "reason": self.reason
        }  # fmt: skip
        specs = [output.spec for output in node.outputs]
        if len(specs) == 1:
            shape, dtype = specs[0].shape, self.stored(specs[0].dtype)
            view = self.emit(
                "call", inputs, shape, node, dtype=dtype, primitive=primitive, **attributes
            )
            return (view,)
        views = tuple(self.temporary(spec.shape, self.stored(spec.dtype)) for spec in specs)
        instruction = Instruction("call", views, tuple(inputs), attributes, (node,), primitive)
        self.instructions.append(instruction)
        return views

    def stored(self, dtype: np.dtype[Any]) -> np.dtype[Any]:
        """The dtype in which arrays of `dtype` are stored."""
        return stored_dtype(dtype, self.dtype)

    def temporary(self, shape: Shape, dtype: np.dtype[Any] | None = None) -> View:
        """A new buffer for an array of `shape`, by default of the program's floats."""
        name = f"t{next(self._numbers)}"
        return Buffer(name, math.prod(shape), dtype or self.dtype).whole(shape)

    def constant(self, value: Array, dtype: np.dtype[Any] | None = None) -> View:
        """A constant; an array of equal entries is stored as a single number.

        It is stored as `dtype`, by default as the program's floats.
        """
        dtype = dtype or self.dtype
        with np.errstate(all="ignore"):
            value = np.asarray(value).astype(dtype)
        # bytes, since 0.0 == -0.0 and nan != nan
        uniform = value.size > 0 and value.tobytes() == value.reshape(-1)[:1].tobytes() * value.size
        stored = value.reshape(-1)[:1] if uniform else np.ascontiguousarray(value).reshape(-1)
        key = (dtype, stored.tobytes())
        if key not in self.constants:
            name = f"{stored[0]:g}" if uniform else f"c{len(self.constants)}"
            self.constants[key] = (Buffer(name, stored.size, dtype, "constant"), stored)
        buffer = self.constants[key][0]
        if uniform:
            return View(buffer, value.shape, (0,) * value.ndim)
        return buffer.whole(value.shape)

    def contiguous(self, view: View, node: Node) -> View:
        """The view itself if it is contiguous, else a contiguous copy."""
        if view.contiguous:
            return view
        return self.copied(view, node)

    def copied(self, view: View, node: Node) -> View:
        """A contiguous copy of a view of any dtype and any strides."""
        dtype = view.buffer.dtype
        if len(common_axes([view])[0]) <= MAX_AXES:
            op, operation = self._copying(view), built_in("copy")
            return self.emit(op, [view], view.shape, node, dtype=dtype, operation=operation)
        out = self.temporary(view.shape, dtype)
        self.write("copy", [view], out, node)
        return out

    def is_floating(self, node: Node, *inputs: View) -> bool:
        """Whether no input is empty, and inputs and result are stored as the program's floats."""
        floats = all(view.buffer.dtype == self.dtype and view.size for view in inputs)
        return floats and node.spec.dtype == self.dtype

    def _copying(self, view: View) -> str:
        """The opcode that copies to or from a view."""
        return "elementwise" if view.buffer.dtype == self.dtype else "copy_items"


def stored_dtype(dtype: np.dtype[Any], floats: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype in which a program of `floats` stores arrays of `dtype`.

    Booleans are stored as 0.0 and 1.0, and everything else as it is.
    """
    return floats if dtype.kind == "b" else dtype


def _key(
    op: str,
    inputs: Sequence[View],
    shape: Shape,
    dtype: np.dtype[Any],
    primitive: Primitive | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> Key:
    """A key that is equal for instructions that compute the same result."""
    attributes = attributes or {}
    return (
        op,
        primitive,
        dtype,
        shape,
        tuple((view.buffer, view.shape, view.strides, view.offset) for view in inputs),
        repr(sorted(attributes.items(), key=lambda item: item[0])),
        _hashable(attributes.get("parameters", {})),
    )


def _hashable(parameters: Mapping[str, Any]) -> object:
    """A key that is equal for equal parameters; unhashable ones, such as arrays, equal no others.

    The `repr` of the attributes alone would not do: it leaves out the middle of a long array.
    """
    key = tuple(parameters.items())
    try:
        hash(key)
    except TypeError:
        return object()
    return key
