"""A pytest plugin that offers this package under tinygrad's module names.

With it, tinygrad's public tests of operations run on this package: see `test_tinygrad_suite.py`.
Where a test expects an error, any of the kinds that NumPy and this package raise will do.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import json
import os
import sys
import textwrap
import types
import unittest
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from tinygrad_suite.base import dtypes
from tinygrad_suite.not_applicable import NOT_APPLICABLE
from tinygrad_suite.tensor import Tensor

REFUSALS = (ValueError, TypeError, IndexError, RuntimeError, ArithmeticError)

COMMON = ("_test_conv2d", "_test_cmp", "test_interpolate_nearest", "test_strided_conv2d_simple")
"""What tests call to compare several forms of a function."""

COUNTS: Counter[str] = Counter()
FAILED: dict[str, str] = {}


def module(name: str, **members: Any) -> None:
    made = sys.modules[name] = types.ModuleType(name)
    vars(made).update(members)
    parent, _, last = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], last, made)


class Devices:
    """One device, whose dtypes are NumPy's."""

    DEFAULT = "CPU"

    def __getitem__(self, name: str) -> Any:
        return SimpleNamespace(
            renderer=SimpleNamespace(
                supported_dtypes=lambda: {dtypes.half, dtypes.float32, dtypes.float64}
            )
        )


def install() -> None:
    module("tinygrad", Tensor=Tensor, Device=Devices(), dtypes=dtypes)
    module(
        "tinygrad.helpers",
        getenv=lambda name, default=0: default,
        DEBUG=0,
        IMAGE=0,
        DEV=SimpleNamespace(interface="", renderer="", device="CPU"),
        Context=lambda **_: contextlib.nullcontext(),
    )
    module("tinygrad.tensor", _to_np_dtype=lambda dtype: dtype.np)
    module("tinygrad.renderer")
    module("tinygrad.renderer.nir", NIRRenderer=type("NIRRenderer", (), {}))


def differentiates(function: Any, owner: Any) -> bool:
    """Whether a test compares gradients, itself or by another test that it calls."""
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
        if not isinstance(node, ast.Call):
            continue
        match node.func:
            case ast.Name(id="helper_test_op"):
                if not any(option.arg == "forward_only" for option in node.keywords):
                    return True
            case ast.Attribute(attr="gradient" | "backward"):
                return True
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                if name in COMMON and differentiates(getattr(owner, name), owner):
                    return True
            case _:
                pass
    return False


def lenient(check: Any) -> Any:
    """A check for an error, which may be of any kind that refuses an argument."""

    def raises(self: Any, expected: Any, *args: Any, **options: Any) -> Any:
        kinds = expected if isinstance(expected, tuple) else (expected,)
        return check(self, (*kinds, *REFUSALS), *args, **options)

    return raises


def pytest_collection_modifyitems(items: list[Any]) -> None:
    for item in items:
        for name in ("assertRaises", "assertRaisesRegex"):
            setattr(item.cls, name, lenient(getattr(unittest.TestCase, name)))
        reason = NOT_APPLICABLE.get(f"{item.cls.__name__}::{item.name}")
        if reason is not None:
            COUNTS["not applicable"] += 1
            item.add_marker(pytest.mark.skip(reason=reason))
        kind = "gradients" if differentiates(item.function, item.cls) else "values"
        item.user_properties.append(("kind", kind))


def message(failure: Any) -> str:
    crash = getattr(failure, "reprcrash", None)
    return (crash.message if crash else str(failure)).splitlines()[0]


def pytest_runtest_logreport(report: Any) -> None:
    if report.when != "call" or type(report) is not pytest.TestReport or report.skipped:
        return
    kind = str(dict(report.user_properties)["kind"])
    COUNTS[kind] += 1
    if report.failed:
        COUNTS[f"{kind} failed"] += 1
        FAILED[report.nodeid.partition("::")[2]] = message(report.longrepr)


def pytest_sessionfinish(session: Any) -> None:
    if path := os.environ.get("CHAINRULE_TINYGRAD_COUNTS"):
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"counts": COUNTS, "failed": FAILED}, file)


install()
