"""Names of results in the record: those of the submodules they come from."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from chainrule.interop.torch.operations import OPERATIONS
from chainrule.interop.torch.recording import Call, Ref, replaced

__all__ = ["titles"]

_INPLACE = re.compile(r"_(?=(_\d+)?$)")
"""The mark of a form in place, in the name of a result: add_, add__1."""


def titles(calls: Sequence[Call], outputs: Any) -> tuple[dict[str, str], dict[str, str]]:
    """Names of results by key; and of these, those that are what a submodule gives.

    A submodule's only result is called by its path, `block.fc1`; one whose path starts with a
    number by its kind besides, `linear_0`.  Other results are called by their operation and the
    submodule it stands in, `block.add`.  What only moves entries has no name: formulas of what
    comes after then show the entries themselves.
    """
    left = _leaving(calls, outputs)
    modules = {keys[0]: path for path, keys in left.items() if path and len(keys) == 1}
    kinds = {call.place.path: call.place.kind for call in calls}
    found: dict[str, str] = {}
    used: set[str] = set()
    for call in calls:
        if not OPERATIONS[call.operation].named:
            continue
        path, key = call.place.path, _INPLACE.sub("", call.key)
        own = _title(path, kinds[path])
        title = own if call.key in modules else f"{own}.{key}" if own else key
        count = 1
        while title in used:
            count += 1
            title = f"{title.partition('#')[0]}#{count}"
        used.add(title)
        found[call.key] = title
    return found, {key: path for key, path in modules.items() if "@" not in path}


def _title(path: str, kind: str) -> str:
    return f"{kind.lower()}_{path}" if path[:1].isdigit() else path


def _leaving(calls: Sequence[Call], outputs: Any) -> dict[str, list[str]]:
    """For every submodule, the results that are used outside of it."""
    places = {call.key: call.place.path for call in calls}
    found: dict[str, dict[str, None]] = defaultdict(dict)

    def used(ref: Ref, by: str | None) -> None:
        path = places.get(ref.key, "")
        if path and (by is None or not f"{by}.".startswith(f"{path}.")):
            found[path][ref.key] = None

    for call in calls:
        replaced((call.args, call.kwargs), lambda ref, by=call.place.path: used(ref, by))
    replaced(outputs, lambda ref: used(ref, None))
    return {path: list(keys) for path, keys in found.items()}
