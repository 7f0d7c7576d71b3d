"""The summary of a model: its layers with the shapes of their outputs and their parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.arguments import lengths, shown
from chainrule.errors import ChainruleError, OptionError
from chainrule.graph import Spec
from chainrule.nn.layer import Layer
from chainrule.nn.layers.recurrent.recurrent import Recurrent
from chainrule.nn.trees import map_outputs
from chainrule.ops.tensor import abstract

__all__ = ["Row", "leaves", "summary"]


@final
@dataclass(frozen=True)
class Row:
    """One layer of a summary.

    name        dotted name in the model
    layer       kind of layer, such as "Linear"
    shape       shape of its output for one input, without a batch axis; of several outputs the tree
                of their shapes, and None for a layer that the model does not apply
    parameters  number of trained parameters
    """

    name: str
    layer: str
    shape: Any
    parameters: int


def summary(model: Layer, shape: tuple[int, ...] | None = None) -> list[Row]:
    """The layers of a model from first to last, for one input of `shape` (without a batch axis).

    `shape` defaults to the width of the first layer that has one; a model of images needs it.
    Shared parameters are counted once, at the first layer that has them.

    Raises ShapeError if the layers do not fit together, OptionError if no layer has a width, and
    for what is no model or no shape.

    >>> from chainrule.nn import mlp
    >>> for row in summary(mlp(4, (8,), 3)):
    ...     print(row.name, row.layer, row.shape, row.parameters)
    layers.0 Linear (8,) 40
    layers.1 ReLU (8,) 0
    layers.2 Linear (3,) 27
    """
    # not every caller is type-checked
    if not isinstance(model, Layer):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise OptionError("summary", expected="a model", got=shown(model))
    layers = dict(leaves(model))
    shape = _input_shape(layers) if shape is None else lengths("summary shape", shape)
    model.recognise_integers(abstract(Spec(shape, np.dtype(np.int64))))
    applied = _applied(model, shape)
    sizes = dict.fromkeys(layers, 0)
    for full, tensor in model.parameters().items():
        owners = [name for name in layers if not name or full.startswith(f"{name}.")]
        sizes[max(owners, key=len)] += tensor.size
    return [
        Row(name, layer.kind, applied.get(name), sizes[name])
        for name, layer in layers.items()
        if sizes[name] or not layer.children  # the parameters of a container may be its children's
    ]


def _applied(model: Layer, shape: tuple[int, ...]) -> dict[str, Any]:
    """The shapes of what every layer returns for one input, by its dotted name.

    The input is a batch of one, since some layers need the axis of a batch to know the others; a
    model that takes none gets the input alone.
    """
    try:
        outputs = _outputs(model, (1, *shape))
    except ChainruleError:
        try:
            outputs = _outputs(model, shape)
        except ChainruleError:
            outputs = None
        if outputs is None:
            raise
        return {name: map_outputs(lambda y: y.shape, output) for name, output in outputs.items()}
    return {name: map_outputs(lambda y: y.shape[1:], output) for name, output in outputs.items()}


def _outputs(model: Layer, shape: tuple[int, ...]) -> dict[str, Any]:
    scope = model.scope()
    model.apply(scope, abstract(Spec(shape, model.input_dtype)))
    return scope.applied


def leaves(model: Layer, name: str = "") -> list[tuple[str, Layer]]:
    """The layers that are not containers or have parameters besides, with their dotted names."""
    own = [(name, model)] if not model.children or _has_own(model) else []
    if not model.children:
        return own
    inside = [(f"{name}.{key}".lstrip("."), child) for key, child in model.children.items()]
    return own + [leaf for key, child in inside for leaf in leaves(child, key)]


def _has_own(model: Layer) -> bool:
    """Whether a container has parameters or buffers itself."""
    inside = sum(len(list(child.slots())) for child in model.children.values())
    return len(list(model.slots())) > inside


def _input_shape(layers: dict[str, Layer]) -> tuple[int, ...]:
    """The shape of one input, from the first layer that has a width."""
    for layer in layers.values():
        if hasattr(layer, "axes") or isinstance(layer, Recurrent) or layer.accepts == "integers":
            break  # an input has any number of positions, steps or codes
        width = getattr(layer, "inputs", getattr(layer, "features", None))
        if width is not None:
            return (width,)
    raise OptionError(
        "summary",
        expected="a layer that knows its width, or the shape of one input",
        got="neither",
        remedy="pass shape=(D,), shape=(T, D) for sequences, or shape=(D, N, M) for images",
    )
