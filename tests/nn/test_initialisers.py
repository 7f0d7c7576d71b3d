"""Initialisers: the distributions of their entries, and the option strings that name them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from chainrule.errors import OptionError, ShapeError, UnknownNameError
from chainrule.nn import (
    INITIALISERS,
    Constant,
    HeNormal,
    HeUniform,
    Linear,
    Normal,
    Orthogonal,
    Sequential,
    Uniform,
    XavierNormal,
    XavierUniform,
    Zeros,
    initialiser,
)

SHAPE = (300, 200)  # fan-in 200, fan-out 300
OPTIONS = {"constant": "constant(0.5)"}


def draw(init, shape=SHAPE, seed=0):
    return init(shape, np.random.default_rng(seed))


@pytest.mark.parametrize("name", INITIALISERS)
def test_contract(name):
    init = initialiser(OPTIONS.get(name, name))
    first, again, other = draw(init), draw(init), draw(init, seed=1)
    assert first.shape == SHAPE
    assert first.dtype == np.float64
    assert first.flags["C_CONTIGUOUS"]
    np.testing.assert_array_equal(first, again)
    assert (first != other).any() != isinstance(init, (Zeros, Constant))
    assert type(init).__final__  # pyright: ignore
    assert ">>>" in type(init).__doc__
    assert initialiser(init) is init
    assert eval(repr(init), {type(init).__name__: type(init)}) == init


# initialiser, standard deviation, bound
SPREADS = [
    (Uniform(-0.1, 0.3), 0.4 / math.sqrt(12), None),
    (Normal(0.02), 0.02, None),
    (XavierUniform(), math.sqrt(2 / 500), math.sqrt(6 / 500)),
    (XavierUniform(gain=2.0), 2 * math.sqrt(2 / 500), 2 * math.sqrt(6 / 500)),
    (XavierNormal(), math.sqrt(2 / 500), None),
    (HeUniform(), math.sqrt(2 / 200), math.sqrt(6 / 200)),
    (HeNormal(), math.sqrt(2 / 200), None),
    (HeNormal(gain=1.0), math.sqrt(1 / 200), None),
]


@pytest.mark.parametrize(("init", "std", "bound"), SPREADS, ids=lambda case: repr(case)[:24])
def test_spread(init, std, bound):
    w = draw(init)
    np.testing.assert_allclose(w.std(), std, rtol=0.02)
    centre = 0.1 if isinstance(init, Uniform) else 0.0
    np.testing.assert_allclose(w.mean(), centre, atol=5 * std / math.sqrt(w.size))
    if bound:
        assert 0.99 * bound < abs(w).max() <= bound


def test_zeros_constant_normal_and_uniform():
    assert not draw(Zeros()).any()
    assert (draw(Constant(0.5)) == 0.5).all()
    np.testing.assert_allclose(draw(Normal(0.1, mean=3.0)).mean(), 3.0, atol=0.01)
    w = draw(Uniform(-0.1, 1.0))
    assert -0.1 <= w.min() < -0.09
    assert 0.99 < w.max() < 1.0


@pytest.mark.parametrize("shape", [(5, 5), (4, 9), (9, 4), (1, 3)])
@pytest.mark.parametrize("gain", [1.0, 1.5])
def test_orthogonal(shape, gain):
    w = draw(Orthogonal(gain), shape)
    assert w.shape == shape
    gram = w @ w.T if shape[0] <= shape[1] else w.T @ w
    np.testing.assert_allclose(gram, gain**2 * np.eye(min(shape)), atol=1e-14)


def test_orthogonal_matrices_have_determinants_of_both_signs():
    signs = [np.linalg.det(draw(Orthogonal(), (2, 2), seed)) > 0 for seed in range(40)]
    assert 8 < sum(signs) < 32


@pytest.mark.parametrize("name", ["xavier", "xavier_normal", "he", "he_uniform", "orthogonal"])
def test_a_bias_has_no_fans(name):
    with pytest.raises(ShapeError, match=r"\(H, D\).*\(3,\)"):
        draw(initialiser(name), (3,))


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("he", HeNormal()),
        (" He ( ) ", HeNormal()),
        ("uniform(-0.1,1)", Uniform(-0.1, 1)),
        ("uniform(low=-1, high=2)", Uniform(-1, 2)),
        ("uniform(-1, high=2)", Uniform(-1, 2)),
        ("constant(0.5)", Constant(0.5)),
        ("normal(1e-3)", Normal(0.001)),
        ("orthogonal(2)", Orthogonal(2)),
        ("glorot_normal(0.5)", XavierNormal(0.5)),
    ],
)
def test_options(option, expected):
    assert initialiser(option) == expected


@pytest.mark.parametrize(
    ("option", "error", "words"),
    [
        ("hee", UnknownNameError, "did you mean he"),
        ("constant", OptionError, r"constant\(value\)"),
        ("constant(1, 2)", OptionError, r"constant\(value\)"),
        ("zeros(1)", OptionError, "zeros alone"),
        ("uniform(1, -1)", OptionError, "1 or more"),
        ("uniform(a)", OptionError, "'a'"),
        ("uniform(1,)", OptionError, "numbers"),
        ("uniform(nan, 1)", OptionError, "numbers"),
        ("uniform(low=1, 2)", OptionError, "named numbers"),
        ("uniform(1, low=2)", OptionError, r"uniform\(low, high\)"),
        ("uniform(width=2)", OptionError, r"uniform\(low, high\)"),
        ("normal(-1)", OptionError, "0 or more"),
        ("he(", OptionError, "parentheses"),
        ("__import__('os').getcwd()", OptionError, "parentheses"),
        ("", OptionError, "a name"),
        (3, OptionError, "a name"),
    ],
)
def test_bad_options(option, error, words):
    with pytest.raises(error, match=words):
        initialiser(option)


def test_parameters_are_drawn_by_seed_and_index():
    def model(seed):
        return Sequential(Linear(3, 3), Linear(3, 3), seed=seed)

    one, same, other = (model(seed).parameters() for seed in (1, 1, 2))
    for name in one:
        np.testing.assert_array_equal(one[name].value, same[name].value)
    weights = [p.value for m in (one, other) for name, p in m.items() if "weight" in name]
    assert len({w.tobytes() for w in weights}) == 4  # equal layers differ
    expected = XavierUniform()((3, 3), np.random.default_rng([1, 2]))
    np.testing.assert_array_equal(one["layers.1.weight"].value, expected)


def test_values_do_not_depend_on_the_order_of_drawing():
    first, second = (Sequential(Linear(2, 2), Linear(2, 2), seed=0) for _ in range(2))
    second.layers[1]([1.0, 1.0])  # draws the last layer first
    for name, parameter in first.parameters().items():
        np.testing.assert_array_equal(parameter.value, second.parameters()[name].value)


def test_the_innermost_seed_counts():
    inner = Sequential(Linear(2, 2), Linear(2, 2, seed=9), seed=5)
    outer = Sequential(Linear(2, 2), inner, seed=3)
    seeds = {name: slot.seed for name, slot in outer.slots() if "weight" in name}
    assert list(seeds.values()) == [3, 5, 9]


@pytest.mark.parametrize("seed", [-1, 1.5, "a"])
def test_bad_seed(seed):
    with pytest.raises(OptionError, match="seed"):
        Linear(1, 1, seed=seed)


def test_a_weight_of_a_convolution_counts_its_positions():
    """Fans as in PyTorch: D·K… inputs for each of H neurons, which feed H·K… each."""
    shape, rng = (64, 32, 3, 3), np.random.default_rng(0)
    assert HeNormal()(shape, rng).std() == pytest.approx(np.sqrt(2 / (32 * 9)), rel=0.02)
    assert XavierNormal()(shape, rng).std() == pytest.approx(np.sqrt(2 / (96 * 9)), rel=0.02)
    bound = np.sqrt(6 / (96 * 9))
    assert 0.99 * bound < np.abs(XavierUniform()(shape, rng)).max() < bound
    rows = Orthogonal()(shape, rng).reshape(64, -1)
    np.testing.assert_allclose(rows @ rows.T, np.eye(64), atol=1e-12)
    columns = Orthogonal()((9, 2, 2), rng).reshape(9, 4)
    np.testing.assert_allclose(columns.T @ columns, np.eye(4), atol=1e-12)
