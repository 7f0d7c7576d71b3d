"""The names of results in the record, derived from the submodules that compute them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from chainrule.interop.torch.operations import OPERATIONS
from chainrule.interop.torch.recording import Call, Ref, replace_refs

__all__ = ["result_names"]

_INPLACE = re.compile(r"_(?=(_\d+)?$)")
"""The underscore of an in-place operation in the key of a result: add_, add__1."""


def result_names(calls: Sequence[Call], outputs: Any) -> tuple[dict[str, str], dict[str, str]]:
    """Names of results by key, and paths of the submodules whose output a result is, by key.

    The only output of a submodule has the submodule's path as its name, `block.fc1`, or its kind
    and its path if the path starts with a number, `linear_0`.  Other results are named after their
    submodule and operation, `block.add`.  Results that only rearrange entries have no name, so that
    the formulas that follow show the entries themselves.
    """
    used_outside = _results_used_outside(calls, outputs)
    modules = {keys[0]: path for path, keys in used_outside.items() if path and len(keys) == 1}
    kinds = {call.location.path: call.location.kind for call in calls}
    names: dict[str, str] = {}
    used: set[str] = set()
    for call in calls:
        if not OPERATIONS[call.operation].named:
            continue
        path, key = call.location.path, _INPLACE.sub("", call.key)
        module = _module_name(path, kinds[path])
        name = module if call.key in modules else f"{module}.{key}" if module else key
        count = 1
        while name in used:
            count += 1
            name = f"{name.partition('#')[0]}#{count}"
        used.add(name)
        names[call.key] = name
    return names, {key: path for key, path in modules.items() if "@" not in path}


def _module_name(path: str, kind: str) -> str:
    return f"{kind.lower()}_{path}" if path[:1].isdigit() else path


def _results_used_outside(calls: Sequence[Call], outputs: Any) -> dict[str, list[str]]:
    """For every submodule, the results that are used outside of it."""
    paths = {call.key: call.location.path for call in calls}
    found: dict[str, dict[str, None]] = defaultdict(dict)

    def add(ref: Ref, user: str | None) -> None:
        path = paths.get(ref.key, "")
        if path and (user is None or not f"{user}.".startswith(f"{path}.")):
            found[path][ref.key] = None

    for call in calls:
        replace_refs((call.args, call.kwargs), lambda ref, user=call.location.path: add(ref, user))
    replace_refs(outputs, lambda ref: add(ref, None))
    return {path: list(keys) for path, keys in found.items()}
