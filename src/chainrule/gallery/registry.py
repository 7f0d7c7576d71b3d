"""The examples by name, in teaching order."""

from __future__ import annotations

from chainrule.errors import UnknownNameError
from chainrule.gallery.example import Example
from chainrule.gallery.examples import (
    approximate,
    attention,
    chains,
    circuits,
    convolution,
    dead_relu,
    gated_cells,
    gates,
    linear_collapse,
    long_memory,
    neuron_softmax,
    recurrence,
    two_layer_networks,
    xor,
    zero_init,
)

__all__ = ["examples", "get", "names"]

_EXAMPLES: tuple[Example, ...] = (
    *circuits.EXAMPLES,
    *gates.EXAMPLES,
    *xor.EXAMPLES,
    *neuron_softmax.EXAMPLES,
    *two_layer_networks.EXAMPLES,
    *chains.EXAMPLES,
    *recurrence.EXAMPLES,
    *gated_cells.EXAMPLES,
    *long_memory.EXAMPLES,
    *attention.EXAMPLES,
    *convolution.EXAMPLES,
    *dead_relu.EXAMPLES,
    *zero_init.EXAMPLES,
    *linear_collapse.EXAMPLES,
    *approximate.EXAMPLES,
)

_BY_NAME = {example.name: example for example in _EXAMPLES}


def examples() -> tuple[Example, ...]:
    """Every example, in teaching order."""
    return _EXAMPLES


def names() -> list[str]:
    """The names of the examples, in teaching order.

    >>> names()[:2]
    ['add-multiply', 'multiply-add']
    """
    return list(_BY_NAME)


def get(name: str) -> Example:
    """The example with this name; an UnknownNameError suggests similar ones.

    >>> get("add-multiply").expression
    'q = x + y; f = q * z'
    """
    if name not in _BY_NAME:
        raise UnknownNameError("example", name, _BY_NAME)
    return _BY_NAME[name]
