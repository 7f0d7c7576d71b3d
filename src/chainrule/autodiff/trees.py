"""Trees of arguments and results: nested tuples, lists and dicts of arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, final

from chainrule.errors import ShapeError

__all__ = ["Structure", "flatten", "is_tree", "map_leaves"]


@final
@dataclass(frozen=True)
class Structure:
    """Where the leaves of a tree are; None if the tree is a single leaf."""

    spec: Any = None

    def rebuild(self, leaves: Sequence[Any]) -> Any:
        """The tree with these leaves, depth first."""
        if self.spec is None:
            return leaves[0]
        return self.spec.unflatten(leaves)

    def leaves_of(self, where: str, tree: Any) -> list[Any]:
        """What another tree has in the places of the leaves; ShapeError if it has others."""
        if self.spec is None:
            return [tree]
        try:
            return self.spec.flatten_up_to(tree)
        except ValueError as error:
            raise ShapeError(
                where,
                expected=f"a tree like {self.rebuild(['*'] * self.spec.num_leaves)}",
                got=f"another: {error}",
            ) from None


def is_tree(x: Any) -> bool:
    """Whether an argument is several arrays: a tuple, list or dict of them."""
    return isinstance(x, (tuple, list, dict))


def flatten(x: Any) -> tuple[list[Any], Structure]:
    """The leaves of a tree, depth first, and its structure.

    >>> leaves, structure = flatten({"b": (1.0, [2.0]), "a": 4.0})
    >>> leaves, structure.rebuild("xyz")
    ([4.0, 1.0, 2.0], {'b': ('y', ['z']), 'a': 'x'})
    """
    if not is_tree(x):
        return [x], Structure()
    import optree  # of no use to most functions

    leaves, spec = optree.tree_flatten(x)
    return list(leaves), Structure(spec)


def map_leaves(function: Callable[[Any], Any], x: Any) -> Any:
    """The tree with `function` applied to each leaf."""
    leaves, structure = flatten(x)
    return structure.rebuild([function(leaf) for leaf in leaves])
