"""Nodes: the elements of the record."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any

from chainrule.errors import OptionError
from chainrule.graph.differentiation_levels import Levels, running, union
from chainrule.graph.primitive import Primitive
from chainrule.graph.spec import Array, Spec

__all__ = ["Node", "checked_name"]

_serial = itertools.count()
_ENDLESS = math.inf

MOST_CONSTANT_STEPS = 256
"""How many operations in a row on constants are recorded; after that, a result is a new leaf.

So a loop over constants does not keep all that it ever computed.
"""


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


def checked_name(name: str) -> str:
    """Return the name.  Raises OptionError if it is blank or has brackets, which mark entries."""
    if not name.strip() or "[" in name or "]" in name:
        raise OptionError(
            "name",
            expected="some text without square brackets",
            got=repr(name),
            remedy="brackets mark the entries of an array",
        )
    return name
