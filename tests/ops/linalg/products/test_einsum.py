"""einsum in all of NumPy's forms: values, derivatives and errors."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import OptionError, ShapeError

RANDOM = np.random.default_rng(3)


def array(*shape: int) -> np.ndarray:
    return RANDOM.uniform(-2.0, 2.0, shape)


CALLS = {
    "explicit": (["ij,jk->ik", array(2, 3), array(3, 4)], {}),
    "implicit": (["ba", array(2, 3)], {}),
    "implicit sum": (["ij,j", array(2, 3), array(3)], {}),
    "spaces": (["i j , j -> i", array(2, 3), array(3)], {}),
    "transposed": (["ij->ji", array(3, 4)], {}),
    "diagonal": (["ii->i", array(3, 3)], {}),
    "trace": (["ii", array(3, 3)], {}),
    "diagonal of a product": (["ijk,lji->lki", array(3, 4, 4), array(4, 4, 3)], {}),
    "twice in each": (["iij,jji->", array(2, 2, 3), array(3, 3, 2)], {}),
    "three times": (["iii->i", array(3, 3, 3)], {}),
    "three operands": (["ijk,lji,lli->lki", array(3, 4, 4), array(4, 4, 3), array(4, 4, 3)], {}),
    "optimize": (["ij,jk,kl->il", array(2, 3), array(3, 4), array(4, 2)], {"optimize": True}),
    "greedy": (["ij,jk,kl->il", array(2, 3), array(3, 4), array(4, 2)], {"optimize": "greedy"}),
    "path": (
        ["ij,jk,kl->il", array(2, 3), array(3, 4), array(4, 2)],
        {"optimize": ["einsum_path", (0, 1), (0, 1)]},
    ),
    "ellipsis": (["...ij,...jk->...ik", array(2, 2, 3), array(2, 3, 4)], {}),
    "ellipsis of other lengths": (["...ij,...jk->...ik", array(2, 3), array(5, 1, 3, 4)], {}),
    "ellipsis at the end": (["jk...,lj...->lk...", array(3, 2), array(2, 3)], {}),
    "ellipsis in the middle": (["j...k,lj...->lk...", array(2, 2, 2), array(2, 2, 2)], {}),
    "ellipsis and implicit": (["...i,i...", array(2, 3), array(3, 2)], {}),
    "ellipsis of nothing": (["i...->i", array(2)], {}),
    "sum over a letter beside an ellipsis": (["...k,...nk->...", array(3, 5), array(3, 2, 5)], {}),
    "no output": (["k,nk->", array(5), array(2, 5)], {}),
    "outer": (["ij,k", array(3, 4), array(3)], {}),
    "length 1": (["ij,j->ij", array(2, 1), array(3)], {}),
    "empty": (["ij,jk->ik", array(0, 3), array(3, 2)], {}),
    "sum over nothing": (["ij,jk->ik", array(2, 0), array(0, 2)], {}),
    "lists": ([array(2, 3), [0, 1], array(3, 4), [1, 2], [0, 2]], {}),
    "tuples": ([array(3, 4), (0, 1), (1, 0)], {}),
    "lists, implicit": ([array(2, 3), [40, 3]], {}),
    "lists with an ellipsis": ([array(2, 3), [..., 0], array(3), [0], [...]], {}),
    "defaults": (["ij->i", array(2, 3)], {"out": None, "order": "K", "casting": "safe"}),
}


@pytest.mark.parametrize("name", CALLS)
def test_values_and_derivatives_are_those_of_numpy_s_function(name):
    args, options = CALLS[name]
    places = [i for i, arg in enumerate(args) if isinstance(arg, np.ndarray)]

    def function(*arrays):
        full = list(args)
        for place, one in zip(places, arrays, strict=True):
            full[place] = one
        return np.einsum(*full, **options)

    points = [args[place] for place in places]
    found = function(*map(cr.variable, points))
    np.testing.assert_allclose(found.value, function(*points), rtol=1e-13, atol=1e-14)
    cr.check_grad(function, *points, order=2, rtol=1e-6, atol=1e-7)


def test_dtype_is_honoured():
    found = np.einsum("i,i->", cr.variable([1.0, 2.0]), [3, 4], dtype=np.float32)
    assert (found.item(), found.dtype) == (11.0, np.float32)


def test_the_explanation_shows_the_sum_of_products():
    x, w = cr.variable([1.0, 2.0], "x"), cr.variable([[3.0, 4.0], [5.0, 6.0]], "w")
    out = np.einsum("ij,j->i", w, x)[0].named("y")
    assert "w[0, 0]·x[0] + w[0, 1]·x[1]" in str(cr.explain(out))


@pytest.mark.parametrize(
    ("args", "error", "words"),
    [
        ([], OptionError, ["subscripts such as"]),
        (["i", 1.0, 2.0], OptionError, ["each of the 1 subscripts", "got 2"]),
        (["i1", [1.0]], OptionError, ["'i1'"]),
        (["ii->ii", np.eye(2)], OptionError, ["each letter of the result once"]),
        (["i->j", [1.0]], OptionError, ["each letter of the result once"]),
        (["i", np.eye(2)], ShapeError, ["ellipsis", "(2, 2)"]),
        (["ijk", np.eye(2)], ShapeError, ["'ijk'", "(2, 2)"]),
        (["...i->i", np.eye(2)], OptionError, ["ellipsis in the result", "np.sum"]),
        (["i,i", np.ones(2), np.ones(3)], ShapeError, ["equal length", "(2,) and shape (3,)"]),
        (["ii", np.ones((1, 3))], ShapeError, ["equal length"]),
        ([np.eye(2), [0, 52]], OptionError, ["below 52"]),
        ([np.eye(2), "ij"], OptionError, ["list of whole numbers"]),
    ],
)
def test_errors_say_what_does_not_fit(args, error, words):
    with pytest.raises(error, match=r"^np\.einsum: expected") as caught:
        cr.einsum(*args)
    assert all(word in str(caught.value) for word in words), caught.value


def test_arguments_that_are_not_recorded_are_refused_by_name():
    with pytest.raises(OptionError, match=r"np\.einsum.*out="):
        np.einsum("i->i", cr.variable([1.0]), out=np.zeros(1))
