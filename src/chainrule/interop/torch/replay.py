"""From a recording to the record: each call applied to tensors.

PyTorch writes into arrays; a record never changes.  So what is written becomes a new tensor, and
whatever shares memory with it is made anew where it overlaps.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule import ops
from chainrule.graph import Array
from chainrule.interop.torch.operations import OPERATIONS
from chainrule.interop.torch.recording import Call, Recording, Ref, replaced
from chainrule.nn import Scope
from chainrule.ops import Tensor
from chainrule.ops.tensor import constant

__all__ = ["replay"]


def replay(recording: Recording, leaves: dict[str, Tensor], scope: Scope) -> list[Any]:
    """What the module returns, recorded on these leaves; changed leaves are changed in `leaves`.

    Raises what the operations raise.
    """
    memory = _Memory(recording, leaves)
    given = {leaf.node for leaf in leaves.values()}
    for call in recording.calls:
        operation = OPERATIONS[call.operation]
        args = replaced(call.args, memory.read)
        args = (scope, *args) if operation.draws else args
        result = operation.function(*args, **replaced(dict(call.kwargs), memory.read))
        if operation.updates:
            result, *new = result
            for position, tensor in zip(operation.updates, new, strict=False):
                memory.write(call.args[position], tensor)
        if call.writes:
            memory.write(call.args[0], result)
            result = memory.read(call.args[0])
        title = recording.titles.get(call.key)
        if title and isinstance(result, Tensor) and not result.name and result.node not in given:
            result.named(title)
        if call.key in recording.modules and isinstance(result, Tensor):
            scope.outputs[scope.prefix + recording.modules[call.key]] = result
        memory.keep(call, result)
    for key in leaves:
        leaves[key] = memory.results[key]
    return list(replaced(recording.outputs, memory.read))


class _Memory:
    """Results by key, and which of them share memory."""

    def __init__(self, recording: Recording, leaves: dict[str, Tensor]) -> None:
        self.results: dict[str, Any] = dict(leaves)
        self._calls = {call.key: call for call in recording.calls}
        writing = [call for call in recording.calls if call.writes]
        self._shared = self._groups(recording.calls) if writing else {}

    @staticmethod
    def _groups(calls: Sequence[Call]) -> dict[str, list[str]]:
        """Keys that share memory, by each of them, the first one before its views."""
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

    def keep(self, call: Call, result: Any) -> None:
        self.results[call.key] = result

    def write(self, target: Any, new: Tensor) -> None:
        """Replace what `target` refers to, and everything made so far that overlaps it."""
        if not isinstance(target, Ref):
            return
        old = self.results[target.key]
        new = ops.broadcast_to(new.astype(old.dtype), old.shape)
        group = [key for key in self._shared.get(target.key, ()) if key in self.results]
        written = self._places(target.key) if group else None
        for key in group:
            if key != target.key and isinstance(self.results[key], Tensor):
                places = self._places(key)
                self.results[key] = _overwritten(self.results[key], places, new, written)
        self.results[target.key] = new

    def _places(self, key: str) -> Array:
        """Where in the memory of its group each entry of a result lies."""
        call = self._calls.get(key)
        source = call.args[0] if call is not None and call.args else None
        if call is None or not (call.views or call.writes) or not isinstance(source, Ref):
            shape = self.results[key].shape
            return np.arange(int(np.prod(shape))).reshape(shape)
        if call.writes:
            return self._places(source.key)
        inside: Any = self._places(source.key)
        if isinstance(inside, np.ndarray):
            inside = constant(inside)
        found = OPERATIONS[call.operation].function(inside, *call.args[1:], **call.kwargs)
        return found.value if isinstance(found, Tensor) else found


def _overwritten(old: Tensor, places: Array, new: Tensor, written: Any) -> Tensor:
    """`old` with the entries that lie in `written` places taken from `new`."""
    order = np.argsort(written, axis=None)
    sorted_places = written.reshape(-1)[order]
    slot = np.clip(np.searchsorted(sorted_places, places), 0, max(len(sorted_places) - 1, 0))
    touched = sorted_places[slot] == places
    if not touched.any():
        return old
    if places.shape == written.shape and np.array_equal(places, written):
        return new
    return ops.where(touched, ops.reshape(new, -1)[order[slot]], old)
