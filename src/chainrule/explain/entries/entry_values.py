"""Values of entries by key, for formulas."""

from __future__ import annotations

from chainrule.explain.entries.entry_graph import EntryGraph

__all__ = ["EntryValues", "Key"]

Key = tuple[str, tuple[int, ...]]
"""The name of an array and the index of an entry."""


class EntryValues(dict[Key, float]):
    """Values of entries by key, read from the record when a formula asks for them."""

    def __init__(self, entries: EntryGraph) -> None:
        super().__init__()
        self.nodes = {subgraph.name: node for node, subgraph in entries.subgraphs.items()}

    def __contains__(self, key: object) -> bool:
        return isinstance(key, tuple) and key[0] in self.nodes

    def __missing__(self, key: Key) -> float:
        if key not in self:
            raise KeyError(key)
        name, index = key
        value = self.nodes[name].value
        assert value is not None
        self[key] = float(value[index])
        return self[key]
