"""The namespace chainrule.numpy: NumPy's own functions, which record where tensors are."""

from __future__ import annotations

import subprocess
import sys

import numpy
import pytest

import chainrule as cr
import chainrule.numpy as np
from chainrule.errors import OptionError


def test_the_names_are_numpys():
    public = {name for name in dir(numpy) if not name.startswith("_")}
    assert set(dir(np)) == public
    assert all(getattr(np, name) is not None or name == "newaxis" for name in public)
    assert np.pi is numpy.pi
    assert np.float32 is numpy.float32
    assert np.mean is np.mean
    assert np.__version__ == numpy.__version__
    with pytest.raises(AttributeError, match=r"chainrule\.numpy.* 'sinus'"):
        np.sinus  # noqa: B018  # pyright: ignore


def test_without_tensors_functions_are_numpys_own():
    assert isinstance(np.sin(numpy.ones(2)), numpy.ndarray)
    assert type(np.mean([1.0, 2.0])) is numpy.float64
    assert np.add.reduce([1, 2]) == 3
    assert np.zeros(2).tolist() == [0.0, 0.0]
    assert np.add.nin == 2


def test_lists_of_tensors_are_stacked():
    a, b = cr.variables(a=2.0, b=3.0)
    found = (a * np.mean([a, b])).gradients()
    assert (found[a].item(), found[b].item()) == (3.5, 1.0)
    assert np.add([a, b], [[1.0], [2.0]]).value.tolist() == [[3.0, 4.0], [4.0, 5.0]]
    assert np.linalg.inv([[a, 0.0], [0.0, b]]).value[0, 0] == 0.5
    assert np.maximum.reduce([a, b]).value == 3.0
    assert np.argmax([a, b]) == 1


def test_submodules():
    from chainrule.numpy.linalg import inv

    assert np.linalg.inv is inv
    assert np.random.Generator is numpy.random.Generator
    drawn = numpy.random.RandomState(0).standard_normal(3)
    np.random.seed(0)
    found = cr.grad(lambda t: np.sum(t * np.random.standard_normal(3)))(numpy.ones(3))
    assert found.tolist() == drawn.tolist()  # drawn as constants


def test_what_is_not_recorded_is_refused_by_its_name():
    a = cr.variable(2.0)
    for call, name in [
        (lambda: np.hanning(a), r"np\.hanning"),
        (lambda: np.random.normal(a), r"np\.random\.normal: .*mean \+ scale\*np\.random"),
    ]:
        with pytest.raises(OptionError, match=name):
            call()


def test_a_star_import_brings_the_names():
    line = "from chainrule.numpy import *; print(linalg.inv([[2.0]]), sin(0.0), newaxis)"
    done = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, check=True)
    assert done.stdout == "[[0.5]] 0.0 None\n"
