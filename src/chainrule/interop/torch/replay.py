"""Replay a recording: apply each call to chainrule's tensors, which records it.

PyTorch can write into arrays, but a record never changes.  A write therefore gives a new tensor,
and the tensors that share memory with the old one are replaced where they overlap with the write.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule import ops
from chainrule.graph import Array
from chainrule.interop.torch.operations import OPERATIONS
from chainrule.interop.torch.recording import Call, Recording, Ref, replace_refs
from chainrule.nn import Scope
from chainrule.ops import Tensor
from chainrule.ops.tensor import constant

__all__ = ["replay"]


def replay(recording: Recording, inputs: dict[str, Tensor], scope: Scope) -> list[Any]:
    """The outputs of the module for these inputs; `inputs` is updated where the module writes.

    Raises whatever the operations raise.
    """
    memory = _Memory(recording, inputs)
    input_nodes = {tensor.node for tensor in inputs.values()}
    for call in recording.calls:
        operation = OPERATIONS[call.operation]
        args = replace_refs(call.args, memory.read)
        args = (scope, *args) if operation.draws else args
        result = operation.function(*args, **replace_refs(dict(call.kwargs), memory.read))
        if operation.updates:
            result, *new = result
            for position, tensor in zip(operation.updates, new, strict=False):
                memory.write(call.args[position], tensor)
        if call.writes:
            memory.write(call.args[0], result)
            result = memory.read(call.args[0])
        name = recording.names.get(call.key)
        if name and isinstance(result, Tensor) and not (result.name or result.node in input_nodes):
            result.named(name)
        if call.key in recording.modules and isinstance(result, Tensor):
            scope.outputs[scope.prefix + recording.modules[call.key]] = result
        memory.results[call.key] = result
    for key in inputs:
        inputs[key] = memory.results[key]
    return list(replace_refs(recording.outputs, memory.read))


class _Memory:
    """Results by key, and which of them share memory in PyTorch."""

    def __init__(self, recording: Recording, inputs: dict[str, Tensor]) -> None:
        self.results: dict[str, Any] = dict(inputs)
        self._calls = {call.key: call for call in recording.calls}
        writing = [call for call in recording.calls if call.writes]
        self._shared = self._groups(recording.calls) if writing else {}

    @staticmethod
    def _groups(calls: Sequence[Call]) -> dict[str, list[str]]:
        """For each key that shares memory, all keys that share it: the owner, then its views."""
        groups: dict[str, list[str]] = {}
        for call in calls:
            source = call.args[0] if call.args else None
            if (call.views or call.writes) and isinstance(source, Ref):
                group = groups.setdefault(source.key, [source.key])
                group.append(call.key)
                groups[call.key] = group
        return groups

    def read(self, ref: Ref) -> Any:
        return self.results[ref.key]

    def write(self, target: Any, new: Tensor) -> None:
        """Replace the result that `target` refers to, and all earlier results that overlap it."""
        if not isinstance(target, Ref):
            return
        old = self.results[target.key]
        new = ops.broadcast_to(new.astype(old.dtype), old.shape)
        group = [key for key in self._shared.get(target.key, ()) if key in self.results]
        written = self._offsets(target.key) if group else None
        for key in group:
            if key != target.key and isinstance(self.results[key], Tensor):
                offsets = self._offsets(key)
                self.results[key] = _overwritten(self.results[key], offsets, new, written)
        self.results[target.key] = new

    def _offsets(self, key: str) -> Array:
        """The offset of each entry of a result in the memory that its group shares."""
        call = self._calls.get(key)
        source = call.args[0] if call is not None and call.args else None
        if call is None or not (call.views or call.writes) or not isinstance(source, Ref):
            shape = self.results[key].shape
            return np.arange(int(np.prod(shape))).reshape(shape)
        if call.writes:
            return self._offsets(source.key)
        offsets: Any = self._offsets(source.key)
        if isinstance(offsets, np.ndarray):
            offsets = constant(offsets)
        found = OPERATIONS[call.operation].function(offsets, *call.args[1:], **call.kwargs)
        return found.value if isinstance(found, Tensor) else found


def _overwritten(old: Tensor, offsets: Array, new: Tensor, written: Any) -> Tensor:
    """`old` with entries of `new` at the offsets that are `written`."""
    order = np.argsort(written, axis=None)
    ascending = written.reshape(-1)[order]
    index = np.clip(np.searchsorted(ascending, offsets), 0, max(len(ascending) - 1, 0))
    overlap = ascending[index] == offsets
    if not overlap.any():
        return old
    if offsets.shape == written.shape and np.array_equal(offsets, written):
        return new
    return ops.where(overlap, ops.reshape(new, -1)[order[index]], old)
