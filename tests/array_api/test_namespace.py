"""The namespace of the array API standard: complete, equal to NumPy's, and used by libraries."""

from __future__ import annotations

import inspect
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule as cr
import chainrule.array_api as xp
from array_api.calls import CALLS, FLOATS, INTS
from chainrule.errors import DifferentiationError, LostGradientWarning, OptionError, ShapeError

LISTED = [
    line
    for line in (Path(__file__).parent / "standard.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
]
FUNCTIONS = [line for line in LISTED if not line.startswith("array.")]
OF_TENSORS = [line.removeprefix("array.") for line in LISTED if line.startswith("array.")]
DTYPES: list[str] = ["bool", "complex64", "complex128", "float32", "float64", "int8", "int16"]
DTYPES += ["int32", "int64", "uint8", "uint16", "uint32", "uint64"]


def found(name: str, namespace: Any = xp) -> Any:
    for part in name.split("."):
        namespace = getattr(namespace, part)
    return namespace


def plain(parameters: list[inspect.Parameter]) -> list[Any]:
    """What a caller sees of parameters: those given by position alone may have any names."""
    return [
        (p.kind, p.default) if p.kind == p.POSITIONAL_ONLY else (p.kind, p.name, p.default)
        for p in parameters
    ]


def listed(line: str) -> list[inspect.Parameter]:
    """The parameters of a signature as the standard writes it, with the defaults as text."""
    parameters, kind = list[inspect.Parameter](), inspect.Parameter.POSITIONAL_OR_KEYWORD
    inside = line[line.index("(") + 1 : -1]
    for part in inside.split(", ") if inside else []:
        if part == "/":
            parameters = [p.replace(kind=inspect.Parameter.POSITIONAL_ONLY) for p in parameters]
        elif part == "*":
            kind = inspect.Parameter.KEYWORD_ONLY
        elif part.startswith("*"):
            star = inspect.Parameter.VAR_POSITIONAL
            parameters.append(inspect.Parameter(part[1:], star))
            kind = inspect.Parameter.KEYWORD_ONLY
        else:
            name, _, default = part.partition("=")
            parameters.append(inspect.Parameter(name, kind, default=default))
    return parameters


def as_written(function: Any) -> list[inspect.Parameter]:
    """The parameters of ours, with the defaults as text."""
    return [
        p.replace(
            annotation=p.empty,
            default=p.default
            if p.kind == p.VAR_POSITIONAL
            else ("" if p.default is p.empty else repr(p.default)),
        )
        for p in inspect.signature(function).parameters.values()
    ]


@pytest.mark.parametrize("line", FUNCTIONS, ids=lambda line: line.partition("(")[0])
def test_functions_have_the_standards_signatures(line):
    assert plain(as_written(found(line.partition("(")[0]))) == plain(listed(line))


def test_there_are_no_other_names():
    functions = {line.partition("(")[0] for line in FUNCTIONS}
    constants = {"e", "inf", "nan", "newaxis", "pi", "__array_api_version__"}
    rooms = {"fft", "linalg"}
    assert {*dir(xp), *(f"{room}.{name}" for room in rooms for name in found(room).__all__)} == {
        *functions,
        *constants,
        *rooms,
        *DTYPES,
    }
    assert (xp.pi, xp.newaxis) == (np.pi, None)
    assert [found(name) for name in DTYPES] == [np.dtype(name) for name in DTYPES]


@pytest.mark.parametrize("line", OF_TENSORS, ids=lambda line: line.partition("(")[0])
def test_tensors_have_the_standards_attributes(line):
    name = line.partition("(")[0]
    attribute = inspect.getattr_static(cr.Tensor, name)
    if "(" in line:
        ours, theirs = as_written(attribute), listed(line)
        assert len(ours) == len(theirs)
        assert [p.name for p in ours if p.kind == p.KEYWORD_ONLY] == [
            p.name for p in theirs if p.kind == p.KEYWORD_ONLY
        ]


def test_every_function_is_called():
    assert {line.partition("(")[0] for line in FUNCTIONS} == set(CALLS)


@pytest.mark.parametrize("name", CALLS)
def test_functions_give_what_numpys_give(name):
    """NumPy follows the standard, too."""
    call = CALLS[name]
    if name == "__array_namespace_info__":
        assert call(xp, xp.asarray) == call(np, np.asarray)
        return
    check(call(xp, xp.asarray), call(np, np.asarray))


def check(ours: Any, theirs: Any) -> None:
    if isinstance(theirs, (tuple, list)):
        assert len(ours) == len(theirs)
        assert getattr(ours, "_fields", None) == getattr(theirs, "_fields", None)
        for one, other in zip(ours, theirs, strict=True):
            check(one, other)
    elif isinstance(theirs, (np.ndarray, np.generic)):
        assert isinstance(ours, cr.Tensor)
        assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
        np.testing.assert_allclose(ours.value, theirs, rtol=1e-14, atol=1e-15)
    elif isinstance(ours, cr.Tensor):
        assert ours.value == theirs
    else:
        assert ours == theirs


def test_order_from_the_largest_keeps_equal_entries_in_their_order():
    x = xp.asarray([1, 3, 1, 3])
    assert xp.argsort(x, descending=True).tolist() == [1, 3, 0, 2]
    assert xp.sort(x, descending=True).tolist() == [3, 3, 1, 1]


def test_gradients():
    cr.check_grad(lambda x: xp.sum(xp.cumulative_prod(xp.exp(x), axis=1)), FLOATS)
    cr.check_grad(lambda x: xp.std(xp.concat([x, xp.square(x)]), correction=1), FLOATS)
    cr.check_grad(lambda x: xp.sum(xp.stack(xp.meshgrid(x[0], x[1])) ** 3), FLOATS)
    cr.check_grad(lambda x: xp.linalg.vector_norm(xp.full((2,), x[0, 0]) + x[:, 1]), FLOATS)
    cr.check_grad(lambda x: xp.sum(xp.diff(x, axis=0, append=x * x)), FLOATS)
    cr.check_grad(lambda x: xp.sum(xp.abs(xp.fft.fftn(x, s=(4, 4))) ** 2), FLOATS)
    slopes = cr.grad(lambda x: xp.sum(xp.astype(x, xp.float32) * 2))(FLOATS)
    assert slopes.tolist() == np.full((2, 3), 2.0).tolist()


def test_what_would_lose_a_gradient_is_refused_by_name():
    x = cr.variable(FLOATS)
    with pytest.raises(OptionError, match=r"np\.nextafter"):
        xp.nextafter(x, x)
    assert xp.signbit(x).value.sum() == 0  # a test, of which there is no gradient
    with pytest.raises(OptionError, match=r"np\.unique_counts"):
        xp.unique_counts(x)


def test_what_is_not_recorded_is_computed_for_constants():
    matrix = FLOATS + 1j
    for ours, theirs in ((xp.linalg.svd, np.linalg.svd), (xp.linalg.qr, np.linalg.qr)):
        for one, other in zip(ours(xp.asarray(matrix)), theirs(matrix), strict=True):
            np.testing.assert_allclose(one.value, other)
    np.testing.assert_array_equal(xp.round(xp.asarray(matrix)).value, np.round(matrix))
    with pytest.raises(OptionError, match="rint: expected real numbers"):
        xp.round(cr.variable(matrix))
    with pytest.raises(DifferentiationError, match="full_matrices=False"):
        cr.grad(lambda x: xp.sum(xp.linalg.svd(x)[0]) + xp.sum(xp.linalg.svd(x)[2]))(FLOATS)
    with pytest.raises(ValueError, match="mode"):
        xp.linalg.qr(xp.asarray(FLOATS), mode="some")


def test_python_numbers_take_the_dtype_of_the_array():
    x = xp.asarray(INTS)
    for ours in (x + 1, 1 - x, xp.multiply(x, 2), xp.maximum(0, x), x & 1, x**2, xp.clip(x, 0, 2)):
        assert ours.dtype == xp.int8
    assert (x == 1000).value.sum() == 0
    assert (xp.asarray(FLOATS, dtype=xp.float32) ** 2).dtype == xp.float32


def test_bits():
    x = xp.asarray(INTS)
    for ours, theirs in [
        (x & 6, INTS & 6),
        (x | 8, INTS | 8),
        (5 ^ x, 5 ^ INTS),
        (~x, ~INTS),
        (x << 1, INTS << 1),
        (x >> 1, INTS >> 1),
        (1 << abs(x), np.int8(1) << abs(INTS)),
    ]:
        assert ours.dtype == theirs.dtype
        assert ours.value.tolist() == theirs.tolist()
    with pytest.raises(OptionError, match=r"<<.*integers.*float64"):
        xp.asarray(FLOATS) << 1
    with pytest.raises(OptionError, match=r">>.*integers.*bool"):
        (x > 0) >> (x > 0)


def test_masks_without_axes():
    x = cr.variable(FLOATS, "x")
    assert x[xp.asarray(True)].shape == (1, 2, 3)
    assert x[np.False_].shape == (0, 2, 3)
    assert x[xp.asarray(True)].sum().gradients()["x"].value.tolist() == np.ones((2, 3)).tolist()


def test_entries_and_axes_that_do_not_exist():
    """Each error is an IndexError, as the standard asks, and a ShapeError."""
    x = cr.variable(FLOATS)
    for attempt in [
        lambda: x[2],
        lambda: x[0, 0, 0],
        lambda: x[np.array([0, 5])],
        lambda: x[np.array([True])],
        lambda: x[:, [True, False]],
        lambda: xp.expand_dims(x, 3),
        lambda: xp.sum(x, axis=2),
    ]:
        with pytest.raises(IndexError) as caught:
            attempt()
        assert isinstance(caught.value, ShapeError)
    with pytest.raises(ShapeError, match="distinct") as caught:
        xp.sum(x, axis=(1, 1))
    assert not isinstance(caught.value, IndexError)


def test_devices_and_versions():
    x = cr.variable(FLOATS, "x")
    assert x.__array_namespace__() is xp
    assert x.__array_namespace__(api_version="2023.12") is xp
    with pytest.raises(OptionError, match=r"2024\.12.*'2020\.01'"):
        x.__array_namespace__(api_version="2020.01")
    assert (x.device, x.to_device("cpu") is x) == ("cpu", True)
    with pytest.raises(OptionError, match="'gpu'"):
        x.to_device("gpu")
    with pytest.raises(OptionError, match=r"zeros device.*'gpu'"):
        xp.zeros(3, device="gpu")
    info = xp.__array_namespace_info__()
    assert list(info.dtypes(kind="unsigned integer")) == ["uint8", "uint16", "uint32", "uint64"]
    assert info.default_dtypes()["integral"] == np.asarray(0).dtype
    assert info.devices() == ["cpu"]
    assert x.mT.shape == (3, 2)


def test_what_can_be_changed_is_copied():
    array = FLOATS.copy()
    for made in (xp.asarray(array), xp.from_dlpack(array)):
        array[0, 0] = 9.0
        assert made.value[0, 0] == FLOATS[0, 0]
        array[0, 0] = FLOATS[0, 0]
    with pytest.raises(ValueError, match="asarray copy"):
        xp.asarray(array, copy=False)
    made = xp.asarray(array)
    given = np.from_dlpack(made, copy=True)
    given[0, 0] = 9.0
    assert made.value[0, 0] == FLOATS[0, 0]
    assert not np.from_dlpack(made, copy=False).flags.writeable


def test_plain_numbers_given_away_are_guarded():
    x = cr.variable(FLOATS, "x")
    with pytest.raises(DifferentiationError, match="from_dlpack"):
        cr.grad(lambda t: t.sum() * np.from_dlpack(t).sum())(FLOATS)
    total = (x * np.from_dlpack(x)).sum()
    with pytest.warns(LostGradientWarning, match="from_dlpack"):
        total.gradients()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert complex(cr.ones_like(1.0)) == 1.0


LIBRARIES = """
import numpy as np, chainrule as cr
import scipy.integrate, scipy.special, scipy.stats
from sklearn import config_context
from sklearn.decomposition import PCA
from sklearn.metrics import mean_squared_error

x = np.array([1.0, 2.0, 4.0])
for function, expected in [
    (lambda t: scipy.special.softmax(t)[0], None),
    (scipy.stats.gmean, scipy.stats.gmean(x) / (3 * x)),
    (scipy.integrate.trapezoid, [0.5, 1.0, 0.5]),
]:
    cr.check_grad(function, x)
    assert expected is None or np.allclose(cr.grad(function)(x), expected)
table = np.array([[1.0, 2.0], [3.0, 5.0], [4.0, 4.0]])
xp = cr.ones_like(x).__array_namespace__()
with config_context(array_api_dispatch=True):
    found = PCA(1, svd_solver="full").fit_transform(xp.asarray(table))
    error = mean_squared_error(xp.asarray(x), xp.asarray(x + 1))
assert isinstance(found, cr.Tensor) and error == 1.0
assert np.allclose(abs(found.value), abs(PCA(1, svd_solver="full").fit_transform(table)))
"""


def test_libraries_written_for_the_standard(monkeypatch):
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")  # SciPy reads it when it is imported
    ran = subprocess.run(
        [sys.executable, "-c", LIBRARIES], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
