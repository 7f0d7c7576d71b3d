"""What a model computes with but does not register, so that no training would ever change it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from chainrule.autodiff import adjoints
from chainrule.errors import OptionError
from chainrule.graph import Node
from chainrule.graph.graph import ancestors
from chainrule.nn import Dropout, Layer
from chainrule.ops import Tensor
from chainrule.ops.tensor import constant

__all__ = ["check_registered"]

MOST_LISTED = 4


def check_registered(model: Layer, loss: Tensor, inputs: Iterable[Node]) -> None:
    """Raise OptionError unless all that the traced `loss` could learn is among its `inputs`.

    A layer in an attribute of another, in a list or in a dict is only trained if it is among the
    `children`; so is an array that is a variable, if it is one of the `slots`.  Any other variable
    would keep the value it has at the start.

    What the loss depends on without a gradient, such as constants, is left alone.
    """
    known = set(inputs)
    others = [
        node for node in ancestors([loss.node], stop=known) if node.variable and node not in known
    ]
    if others:
        reached = adjoints(loss, constant(np.ones((), loss.dtype)), others)
        others = [node for node in others if node in reached]
    own = {id(layer) for _, layer in _registered("", model)}
    holders = dict(_attributes(model))
    if others:
        found = {
            id(tensor.node): (path, layer)
            for path, (layer, value) in holders.items()
            for path, tensor in _tensors(path, value)
        }
        raise _error(model, [found.get(id(node), (node.name or "", None)) for node in others])
    for path, (layer, value) in holders.items():
        if isinstance(value, Dropout) and id(value) not in own:
            raise _error(model, [(path, layer)])


def _error(model: Layer, found: list[tuple[str, Layer | None]]) -> OptionError:
    names = [name or "a variable" for name, _ in found]
    more = f" and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else ""
    return OptionError(
        type(next((layer for _, layer in found if layer is not None), model)).__name__,
        expected="all that is to be trained among the children and slots of the layer",
        got=f"{', '.join(names[:MOST_LISTED])}{more}, which no step would change",
        remedy="pass children={'a': layer} to super().__init__ and compute"
        " self.a.apply(scope.child('a'), x); pass slots={'w': Slot(…)} and read scope['w'];"
        " or keep it fixed by cr.stop_gradient",
    )


def _registered(prefix: str, layer: Layer) -> Iterator[tuple[str, Layer]]:
    """A layer and those registered in it, by their dotted names."""
    yield prefix, layer
    for name, child in layer.children.items():
        yield from _registered(f"{prefix}{name}.", child)


def _attributes(model: Layer) -> Iterator[tuple[str, tuple[Layer, Any]]]:
    """By path, the layers and tensors in the attributes of all layers of a model, and the holder.

    The registered parameters come first: a layer may compute with its own value of one of them.
    """
    seen: set[int] = set()

    def search(path: str, holder: Layer, value: Any) -> Iterator[tuple[str, tuple[Layer, Any]]]:
        if isinstance(value, (Layer, Tensor)):
            if id(value) not in seen:
                seen.add(id(value))
                yield path, (holder, value)
                if isinstance(value, Layer):
                    yield from of_layer(f"{path}.", value)
        elif isinstance(value, Mapping):
            for key, part in list(value.items()):
                yield from search(f"{path}.{key}", holder, part)
        elif isinstance(value, (list, tuple, set)):
            for i, part in enumerate(list(value)):
                yield from search(f"{path}.{i}", holder, part)

    def of_layer(prefix: str, layer: Layer) -> Iterator[tuple[str, tuple[Layer, Any]]]:
        for name, child in layer.children.items():
            yield from search(f"{prefix}{name}", layer, child)
        for name, value in vars(layer).items():
            if name not in ("children", "_slots"):
                yield from search(f"{prefix}{name}", layer, value)

    yield "", (model, model)
    seen.add(id(model))
    yield from of_layer("", model)


def _tensors(path: str, value: Any) -> Iterator[tuple[str, Tensor]]:
    """A tensor itself, or the parameters that a layer has of its own, by path."""
    if isinstance(value, Tensor):
        yield path, value
        return
    for name, slot in value.slots():
        if slot.trained and "." not in name:
            yield f"{path}.{name}".lstrip("."), slot.tensor
