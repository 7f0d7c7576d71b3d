"""Optimizers against PyTorch: recorded digits, PyTorch itself where installed, and the papers."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.errors import OptionError, ShapeError, UnknownNameError
from chainrule.train import optimizers
from chainrule.train.optimizers import SGD, Adagrad, Adam, AdamW, Optimizer, RMSProp

# Where four steps lead from (1, −2, ½) under the gradients (0.3t, −1.5/t, 0.02(t − 2.5)):
# PyTorch 2.13.0, float64, and the options that make its optimizer the same as ours.
PYTORCH = [
    (SGD(0.1), "SGD", {}, [0.7, -1.6875, 0.5]),
    (
        SGD(0.1, momentum=0.9),
        "SGD",
        {"momentum": 0.9},
        [0.44323, -1.1484, 0.5081270000000001],
    ),
    (
        SGD(0.1, momentum=0.8, nesterov=True, weight_decay=0.05),
        "SGD",
        {"momentum": 0.8, "nesterov": True, "weight_decay": 0.05},
        [0.2409292567269999, -0.997186789752, 0.47889400510389996],
    ),
    (RMSProp(0.02), "RMSprop", {}, [0.3136876830977493, -1.610135746958024, 0.5675321426630755]),
    (
        RMSProp(0.02, alpha=0.9, momentum=0.5, weight_decay=0.1, eps=1e-3),
        "RMSprop",
        {"alpha": 0.9, "momentum": 0.5, "weight_decay": 0.1, "eps": 1e-3},
        [0.6639052630173607, -1.772966182584252, 0.1939393738674243],
    ),
    (Adagrad(0.1), "Adagrad", {}, [0.6573492340505129, -1.8057543030176249, 0.5343896026264896]),
    (
        Adagrad(0.1, initial=0.4, weight_decay=0.1, eps=1e-2),
        "Adagrad",
        {"initial_accumulator_value": 0.4, "weight_decay": 0.1, "eps": 1e-2},
        [0.7442099314562588, -1.8043431341919403, 0.46959608360313637],
    ),
    (Adam(0.1), "Adam", {}, [0.6116406560982129, -1.637342300796665, 0.7202803511225091]),
    (
        Adam(0.1, beta1=0.8, beta2=0.95, eps=1e-2, weight_decay=0.1),
        "Adam",
        {"betas": (0.8, 0.95), "eps": 1e-2, "weight_decay": 0.1},
        [0.6083196189900318, -1.6374336055991083, 0.20155155545014675],
    ),
    (AdamW(0.1), "AdamW", {}, [0.6082350921930498, -1.6299276514568632, 0.7177646067258244]),
    (
        AdamW(0.1, beta1=0.8, beta2=0.95, eps=1e-2, weight_decay=0.3),
        "AdamW",
        {"betas": (0.8, 0.95), "eps": 1e-2, "weight_decay": 0.3},
        [0.5153110574290409, -1.434631849208055, 0.5731664307004483],
    ),
]
METHODS = [method for method, *_ in PYTORCH]


def gradient(step: int) -> np.ndarray:
    return np.array([0.3 * step, -1.5 / step, 0.02 * (step - 2.5)])


@pytest.mark.parametrize(("method", "_name", "_options", "expected"), PYTORCH)
def test_recorded_digits(method: Optimizer, _name: str, _options: dict, expected: list) -> None:
    params = np.array([1.0, -2.0, 0.5])
    state = method.init(3, params.dtype)
    for step in range(1, 5):
        method.update(params, gradient(step), state, step)
    np.testing.assert_allclose(params, expected, rtol=1e-13)


@pytest.mark.parametrize(("method", "name", "options", "_expected"), PYTORCH)
def test_against_pytorch(method: Optimizer, name: str, options: dict, _expected: list) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(7)
    params = rng.normal(size=40)
    theirs = torch.nn.Parameter(torch.tensor(params))
    reference = getattr(torch.optim, name)([theirs], lr=method.learning_rate, **options)
    state = method.init(40, params.dtype)
    for step in range(1, 201):
        grads = rng.normal(size=40) * rng.choice([1e-4, 1.0, 50.0])
        method.update(params, grads, state, step)
        theirs.grad = torch.tensor(grads)
        reference.step()
        np.testing.assert_allclose(params, theirs.detach().numpy(), rtol=1e-11, atol=1e-12)


def scalar_adamw(theta: float, grads: list[float], rate: float, decay: float) -> float:
    """Algorithm 2 of arXiv:1711.05101, a line for a line, for one parameter."""
    m = v = 0.0
    for t, g in enumerate(grads, start=1):
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        m_hat = m / (1 - 0.9**t)
        v_hat = v / (1 - 0.999**t)
        theta = theta - rate * (m_hat / (math.sqrt(v_hat) + 1e-8)) - rate * decay * theta
    return theta


@given(
    theta=st.floats(-10, 10),
    grads=st.lists(st.floats(-100, 100).filter(lambda g: g == 0 or abs(g) > 1e-3), max_size=12),
    decay=st.sampled_from([0.0, 0.3]),
)
def test_adamw_follows_the_paper(theta: float, grads: list[float], decay: float) -> None:
    params, method = np.array([theta]), AdamW(0.05, weight_decay=decay)
    state = method.init(1)
    for step, g in enumerate(grads, start=1):
        method.update(params, np.array([g]), state, step)
    expected = scalar_adamw(theta, grads, 0.05, decay)
    np.testing.assert_allclose(params, [expected], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_update_is_in_place_and_keeps_dtype(method: Optimizer, dtype: type) -> None:
    params, grads = np.ones(5, dtype), np.full(5, 0.25, dtype)
    state = method.init(5, dtype)
    assert tuple(state) == method.slots
    vectors = dict(state)
    method.update(params, grads, state, 1)
    assert params.dtype == dtype
    assert (params < 1).all()
    assert (grads == 0.25).all()
    for slot, vector in state.items():
        assert vector is vectors[slot]
        assert vector.dtype == dtype
        assert vector.flags.c_contiguous


@pytest.mark.parametrize("method", METHODS)
def test_views_of_one_vector_are_updated(method: Optimizer) -> None:
    """A flat vector holds every layer; its views see the update, other rows stay."""
    arena = np.ones(6)
    method.update(arena[2:5], np.ones(3), method.init(3), 1)
    assert (arena[[0, 1, 5]] == 1).all()
    assert (arena[2:5] != 1).all()


@pytest.mark.parametrize("method", METHODS)
def test_learning_rate_of_a_schedule(method: Optimizer) -> None:
    one, two = np.ones(2), np.ones(2)
    method.update(one, np.ones(2), method.init(2), 1, learning_rate=0.003)
    changed = dataclasses.replace(method, learning_rate=0.003)
    changed.update(two, np.ones(2), changed.init(2), 1)
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("method", METHODS)
def test_names_and_dictionaries(method: Optimizer) -> None:
    assert method.name in optimizers.names()
    assert optimizers.from_dict(optimizers.to_dict(method)) == method


@pytest.mark.parametrize(
    "wrong",
    [
        {"learning_rate": 0.0},
        {"learning_rate": -1},
        {"learning_rate": math.nan},
        {"learning_rate": math.inf},
        {"learning_rate": "fast"},
        {"learning_rate": True},
        {"momentum": 1.0},
        {"momentum": -0.1},
        {"weight_decay": -1e-9},
        {"nesterov": True},
    ],
)
def test_sgd_options(wrong: dict) -> None:
    with pytest.raises(OptionError, match=r"expected .*, got .*; "):
        SGD(**wrong)


@pytest.mark.parametrize("name", ["rmsprop", "adagrad", "adam", "adamw"])
@pytest.mark.parametrize(
    "wrong", [{"eps": -1.0}, {"weight_decay": -1.0}, {"learning_rate": 0}, {"eps": math.nan}]
)
def test_shared_options(name: str, wrong: dict) -> None:
    with pytest.raises(OptionError):
        optimizers.get(name, **wrong)


@pytest.mark.parametrize(
    ("name", "option"),
    [("rmsprop", "alpha"), ("rmsprop", "momentum"), ("adam", "beta1"), ("adamw", "beta2")],
)
@pytest.mark.parametrize("value", [1.0, -0.1])
def test_options_in_the_unit_interval(name: str, option: str, value: float) -> None:
    with pytest.raises(OptionError, match=option):
        optimizers.get(name, **{option: value})


def test_unknown_names() -> None:
    with pytest.raises(UnknownNameError, match="did you mean rmsprop"):
        optimizers.get("rmspop")
    with pytest.raises(UnknownNameError, match=r"did you mean beta[12]"):
        optimizers.get("adam", beta=0.9)
    with pytest.raises(OptionError):
        optimizers.from_dict({"learning_rate": 0.1})


def test_vectors_that_do_not_fit() -> None:
    method = Adam()
    with pytest.raises(ShapeError, match="grads"):
        method.update(np.ones(3), np.ones(2), method.init(3), 1)
    with pytest.raises(ShapeError, match="moment1"):
        method.update(np.ones(3), np.ones(3), {}, 1)
    with pytest.raises(OptionError, match="step"):
        method.update(np.ones(3), np.ones(3), method.init(3), 0)
