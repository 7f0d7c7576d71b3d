"""Trees of inputs and outputs: nested tuples, lists and dicts, flattened where a model is entered.

Inside of a record there are tensors only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from chainrule.errors import OptionError
from chainrule.ops import Tensor

__all__ = [
    "Rebuild",
    "flatten_inputs",
    "flatten_outputs",
    "is_tree",
    "leaf_names",
    "map_inputs",
    "map_outputs",
    "rebuild",
]

Rebuild = Callable[[Sequence[Any]], Any]
"""A function that puts values in the places of a tree's leaves."""


def is_tree(x: Any) -> bool:
    """Whether an argument of a model is several inputs, not one.

    A dict is, and a tuple unless all in it are numbers.  Lists are stacked to one array, as NumPy
    does, unless there is a tree in them.

    >>> import numpy as np
    >>> row = np.ones(2)
    >>> is_tree((row, row)), is_tree({"a": row}), is_tree([(row, row)])
    (True, True, True)
    >>> is_tree(row), is_tree((1.0, 2.0)), is_tree([row, row])
    (False, False, False)
    """
    if isinstance(x, dict):
        return True
    if isinstance(x, tuple):
        return not _is_numbers(x)
    return isinstance(x, list) and any(map(is_tree, cast("list[Any]", x)))


def flatten_inputs(x: Any) -> tuple[list[Any], Any]:
    """The inputs in a tree, depth first, and the tree's structure; a dict is in order of its keys.

    >>> leaves, structure = flatten_inputs({"b": (1.0, [2.0]), "a": 3.0})
    >>> leaves, rebuild(structure, ["x", "y"])
    ([3.0, (1.0, [2.0])], {'b': 'y', 'a': 'x'})
    """
    import optree

    leaves, structure = optree.tree_flatten(x, lambda part: not is_tree(part), none_is_leaf=True)
    return list(leaves), structure


def flatten_outputs(where: str, y: Any) -> tuple[list[Tensor], Rebuild | None]:
    """The tensors in what a model returns, and the function that puts others in their places.

    The function is None for a single tensor.  Raises OptionError, with the name of the layer, for
    anything but tensors in tuples, lists and dicts.
    """
    if isinstance(y, Tensor):
        return [y], None
    import optree

    leaves, structure = optree.tree_flatten(y, none_is_leaf=True)
    for leaf in leaves:
        if not isinstance(leaf, Tensor):
            raise OptionError(
                where,
                expected="a tensor as output, or tuples, lists and dicts of tensors",
                got=f"{type(leaf).__name__} in {type(y).__name__}" if leaf is not y else repr(y),
            )
    return cast("list[Tensor]", list(leaves)), lambda parts: rebuild(structure, parts)


def rebuild(structure: Any, leaves: Sequence[Any]) -> Any:
    """The tree of this structure with other leaves."""
    import optree

    return optree.tree_unflatten(structure, leaves)


def leaf_names(name: str, structure: Any) -> list[str]:
    """Names for the inputs in a tree: where each of them is.

    >>> leaf_names("x", flatten_inputs(({"tokens": [[1]], "mask": [[0]]}, [[2.0]]))[1])
    ['x.0.mask', 'x.0.tokens', 'x.1']
    """
    return [".".join(map(str, (name, *path))) for path in structure.paths()]


def map_inputs(function: Callable[[Any], Any], x: Any) -> Any:
    """The tree with `function` applied to every input in it."""
    if not is_tree(x):
        return function(x)
    leaves, structure = flatten_inputs(x)
    return rebuild(structure, [function(leaf) for leaf in leaves])


def map_outputs(function: Callable[[Any], Any], y: Any) -> Any:
    """What a model returned, with `function` applied to every output in it."""
    if not isinstance(y, (tuple, list, dict)):
        return function(y)
    import optree

    return optree.tree_map(function, cast(Any, y), none_is_leaf=True)


def _is_numbers(x: Any) -> bool:
    """Whether it is a number, or numbers in lists and tuples."""
    if isinstance(x, (list, tuple)):
        return all(map(_is_numbers, cast("Sequence[Any]", x)))
    return not isinstance(x, dict) and getattr(x, "ndim", 0) == 0
