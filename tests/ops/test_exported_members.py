"""What is imported at the top is listed, what is listed is there, and all of it has a docstring."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import pytest

import chainrule
from chainrule.ops.registry import FUNCTIONS, PRIMITIVES

ROOMS = ("graph", "ops", "autodiff")
MODULES = [
    f"chainrule.{room}.{module.name}"
    for room in ROOMS
    for module in pkgutil.iter_modules(importlib.import_module(f"chainrule.{room}").__path__)
]


def test_all_is_sorted_and_without_repetition():
    assert chainrule.__all__ == sorted(set(chainrule.__all__))


@pytest.mark.parametrize("name", chainrule.__all__)
def test_every_listed_name_is_there_and_documented(name):
    member = getattr(chainrule, name)
    assert inspect.getdoc(member)


def test_every_imported_name_is_listed():
    present = {
        name
        for name, member in vars(chainrule).items()
        if getattr(member, "__module__", "").startswith("chainrule.") and not name.startswith("_")
    }
    assert present <= set(chainrule.__all__)


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_list_what_they_have(room):
    module = importlib.import_module(f"chainrule.{room}")
    assert module.__all__ == sorted(set(module.__all__))
    assert all(hasattr(module, name) for name in module.__all__)


@pytest.mark.parametrize("name", MODULES)
def test_every_module_lists_its_own(name):
    module = importlib.import_module(name)
    assert inspect.getdoc(module)
    assert all(hasattr(module, member) for member in module.__all__)


def test_every_operation_of_ops_is_at_the_top():
    from chainrule import ops

    assert set(ops.__all__) <= set(chainrule.__all__)


def test_every_primitive_can_be_called_by_somebody():
    # those that no public function bears the name of, and who records them
    recorded_by = {
        "pow": "power",
        "constant_power": "power",
        "put_add": "getitem",
    }
    for name in PRIMITIVES:
        assert recorded_by.get(name, name) in FUNCTIONS
