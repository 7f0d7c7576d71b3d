"""Trees of inputs and outputs: nested tuples, lists and dicts, flattened where a model is entered.

Inside of a record there are tensors only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, cast

from chainrule.errors import OptionError
from chainrule.graph import Spec
from chainrule.ops import Tensor

__all__ = [
    "Rebuild",
    "flatten_inputs",
    "flatten_outputs",
    "flatten_specs",
    "is_tree",
    "leaf_names",
    "leaf_places",
    "map_inputs",
    "map_outputs",
    "odd_one",
    "rebuild",
    "single_output",
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


def flatten_specs(x: Any) -> tuple[list[Spec], Any]:
    """The specs in a tree of specs, and its structure; None for a single one."""
    if isinstance(x, Spec):
        return [x], None
    import optree

    leaves, structure = optree.tree_flatten(
        x, lambda part: isinstance(part, Spec), none_is_leaf=True
    )
    return cast("list[Spec]", list(leaves)), structure


def single_output(y: Any) -> Any:
    """What a model returned if it is one tensor or array, alone or in a tree; None if several are.

    >>> single_output({"price": 3.0}), single_output((1.0, 2.0))
    (3.0, None)
    """
    if not isinstance(y, (tuple, list, dict)):
        return y
    import optree

    leaves = optree.tree_leaves(cast(Any, y), none_is_leaf=True)
    return leaves[0] if len(leaves) == 1 else None


def rebuild(structure: Any, leaves: Sequence[Any]) -> Any:
    """The tree of this structure with other leaves."""
    import optree

    return optree.tree_unflatten(structure, leaves)


def leaf_names(name: str, structure: Any) -> list[str]:
    """Names for the inputs in a tree: where each of them is.

    >>> leaf_names("x", flatten_inputs(({"tokens": [[1]], "mask": [[0]]}, [[2.0]]))[1])
    ['x.0.mask', 'x.0.tokens', 'x.1']

    Names that would be equal, as of {"a.b": …, "a": {"b": …}}, are numbered.
    """
    names = [".".join(map(str, (name, *path))) for path in structure.paths()]
    total, seen = Counter(names), Counter[str]()
    for i, full in enumerate(names):
        if total[full] > 1:
            seen[full] += 1
            names[i] = f"{full}#{seen[full]}"
    return names


def leaf_places(structure: Any) -> list[str]:
    """Where each of the inputs in a tree is, as Python writes it.

    >>> leaf_places(flatten_inputs(({"tokens": [[1]], "mask": [[0]]}, [[2.0]]))[1])
    ["[0]['mask']", "[0]['tokens']", '[1]']
    """
    return [accessor.codify("") for accessor in structure.accessors()]


def odd_one(labels: Sequence[str], sizes: Sequence[Any]) -> tuple[str, Any, Any] | None:
    """The first label with another size than most, its size, and theirs; None if all are equal.

    >>> odd_one(["['age']", "['image']", "targets"], [90, 100, 100])
    ("['age']", 90, 100)
    """
    usual = max(sizes, key=Counter(sizes).__getitem__)
    for label, size in zip(labels, sizes, strict=True):
        if size != usual:
            return label, size, usual
    return None


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
