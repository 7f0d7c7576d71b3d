"""Weight tying: one parameter that two layers of a model use."""

from __future__ import annotations

from chainrule.errors import OptionError, UnknownNameError
from chainrule.nn.layer import Layer

__all__ = ["tie"]


def tie(model: Layer, name: str, to: str) -> None:
    """Let the parameter `name` of a model be the same as its parameter `to`.

    ∂L/∂θ = the sum of the gradients of all uses of θ

    Both names are dotted.  From then on there is one parameter: it is listed, trained and stored
    once, by the first of its names, and has the values that `to` had.

    Raises UnknownNameError for a name that the model does not have, and OptionError for parameters
    of different shapes or dtypes.

    >>> from chainrule import nn
    >>> model = nn.Sequential(nn.Linear(3, 2, None, seed=0), nn.Linear(2, 3, seed=0))
    >>> tie(model, "layers.1.bias", to="layers.0.weight")
    Traceback (most recent call last):
        ...
    chainrule.errors.OptionError: tie: expected parameters of one shape and dtype, ...
    >>> table = nn.Lambda(lambda x, table: table[x], table=[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    >>> model = nn.Sequential(table, nn.Linear(2, 3, None))
    >>> tie(model, "layers.1.weight", to="layers.0.table")
    >>> list(model.parameters()), model([0])
    (['layers.0.table'], Tensor([[ 5., 11., 17.]]))

    Press and Wolf, "Using the output embedding to improve language models", 2017.
    """
    slots = dict(model.slots())
    for one in (name, to):
        if one not in slots:
            raise UnknownNameError("tie", one, slots)
    old, kept = slots[name], slots[to]
    if (old.spec, old.trained) != (kept.spec, kept.trained):
        raise OptionError(
            "tie",
            expected="parameters of one shape and dtype, both trained or neither",
            got=f"{name} {old.spec} and {to} {kept.spec}",
            remedy="swap inputs and outputs of one layer, if the shapes are transposed",
        )
    owner, own = _owner(model, name)
    owner._share(own, kept)  # pyright: ignore[reportPrivateUsage]
    first = next(full for full, slot in model.slots() if slot is kept)
    kept.place(first, kept.index, kept.seed)


def _owner(layer: Layer, name: str) -> tuple[Layer, str]:
    """The layer inside that has the parameter with this dotted name, and what it calls it."""
    for key, child in layer.children.items():
        if name.startswith(f"{key}.") and name[len(key) + 1 :] in dict(child.slots()):
            return _owner(child, name[len(key) + 1 :])
    return layer, name
