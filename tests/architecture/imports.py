"""Which files import which, imports inside functions included, and where they go in circles."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

import grimp

Imports = Mapping[str, set[str]]
"""For each module, the modules that it imports."""


def imports(package: str, *, types: bool = False) -> Imports:
    """The imports between the modules of a package; those for the type checker alone if `types`."""
    graph = grimp.build_graph(package, exclude_type_checking_imports=not types, cache_dir=None)
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def circle(found: Imports) -> list[str]:
    """Modules that import each other in a circle, the first one again at the end; or none."""
    try:
        TopologicalSorter(found).prepare()
    except CycleError as error:
        return error.args[1]
    return []
