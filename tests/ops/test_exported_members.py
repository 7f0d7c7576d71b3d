"""Every exported name exists, is listed in `__all__` and has a docstring, in every module."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re

import numpy as np
import pytest

import chainrule
from chainrule.errors import OptionError
from chainrule.ops.registry import FUNCTIONS, PRIMITIVES, provides

ROOMS = ("graph", "ops", "autodiff")
MODULES = [
    module.name
    for room in ROOMS
    for module in pkgutil.walk_packages(
        importlib.import_module(f"chainrule.{room}").__path__, f"chainrule.{room}."
    )
]
FACES = [name for name in MODULES if hasattr(importlib.import_module(name), "__path__")]


def test_all_is_without_repetition():
    assert len(chainrule.__all__) == len(set(chainrule.__all__))


def _natural(name: str) -> list[object]:
    """The order of a list of exports, as ruff keeps it: log2 comes before log10."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


@pytest.mark.parametrize("name", chainrule.__all__)
def test_every_listed_name_exists_and_is_documented(name):
    member = getattr(chainrule, name)
    assert inspect.getdoc(member)


def test_every_imported_name_is_listed():
    present = {
        name
        for name, member in vars(chainrule).items()
        if getattr(member, "__module__", "").startswith("chainrule.") and not name.startswith("_")
    }
    assert present <= set(chainrule.__all__)


@pytest.mark.parametrize("name", [*(f"chainrule.{room}" for room in ROOMS), *MODULES])
def test_every_module_lists_its_exports(name):
    module = importlib.import_module(name)
    assert inspect.getdoc(module)
    assert sorted(module.__all__) == sorted(set(module.__all__))
    if not hasattr(module, "__path__"):  # packages add up the lists of their modules
        assert module.__all__ == sorted(module.__all__, key=_natural)
    assert all(hasattr(module, member) for member in module.__all__)


@pytest.mark.parametrize("name", FACES)
def test_a_package_lists_what_it_imports(name):
    module = importlib.import_module(name)
    imported = {
        member
        for member, value in vars(module).items()
        if not member.startswith("_") and not inspect.ismodule(value)
    }
    assert imported == set(module.__all__)


def test_every_operation_of_ops_is_exported_at_the_top_level():
    from chainrule import ops

    assert set(ops.__all__) <= set(chainrule.__all__)


def test_every_primitive_is_recorded_by_a_function():
    # primitives that are not named after the function that records them
    recorded_by = {
        "attention_pullback": "attention",
        "pow": "power",
        "constant_power": "power",
        "put_add": "getitem",
        "centred": "var",
        "latest_extreme": "ufunc.accumulate",
        "log_ratio": "kl_div",
        "polygamma_difference": "betaln",
        "scaled_derivative": "erfcx",
        "stirling_error": "gammainc",
    }
    for name, primitive in PRIMITIVES.items():
        if not primitive.value.__module__.startswith("chainrule.ops"):
            continue  # of another room, or of a test
        assert recorded_by.get(name, name) in FUNCTIONS


def test_a_function_is_not_replaced_in_silence():
    with pytest.raises(OptionError, match="mine: expected a new name, got sum, sum"):
        provides("sum", np.sum)(mine)
    assert FUNCTIONS["sum"] is not mine


def mine(x):
    return x
