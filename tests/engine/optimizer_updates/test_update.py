"""Compiled updates against the formulas in longer precision, entry by entry."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.engine.optimizer_updates import UPDATE, CompiledUpdate, lower_rule, update
from chainrule.engine.optimizer_updates.coefficients import _whole_power
from chainrule.engine.optimizer_updates.vector_pass import lower_vectors
from chainrule.train.optimizers import SGD, Adagrad, Adam, AdamW, Optimizer, RMSProp
from chainrule.train.steps.compiled.update_phase import record_rule

GRADIENTS = st.builds(lambda n: n / 2**20, st.integers(-(2**50), 2**50))
"""Large and small ones."""


def compiled_update(optimizer: Optimizer, n: int, dtype, clips: bool = False) -> CompiledUpdate:
    rule = record_rule(optimizer, n)
    assert rule is not None
    compiled = lower_rule(rule, np.dtype(dtype), clips=clips)
    assert compiled is not None
    return compiled


def run(
    compiled: CompiledUpdate, arena: np.ndarray, n: int, step: int, rate: float, ranks: int = 1,
    clip_value: float = np.inf, clip_norm: float = np.inf,
) -> None:  # fmt: skip
    """One update of n parameters, followed in the arena by their gradients and slots."""
    task = np.zeros(1, UPDATE)
    fields = {"address": compiled.address, "plain": compiled.plain, "count": n}
    fields |= {"gradients": n, "slots": 2 * n}
    for name, value in (fields | {"clip_value": clip_value, "clip_norm": clip_norm}).items():
        task[name] = value
    coefficients = compiled.coefficients(step, np.full(1, rate))
    for rank in range(ranks):
        update(arena, task[0], coefficients, 0, rank, ranks)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@settings(deadline=None, max_examples=50)
@example(grads=[0.0, 1.0], beta1=0.9, beta2=0.999, eps=1e-40, decay=0.0, clip=-1.0, method="adam")
@given(
    grads=st.lists(GRADIENTS | st.just(0.0), min_size=1, max_size=40),
    beta1=st.sampled_from([0.0, 0.3, 0.5, 0.9, 0.999]),
    beta2=st.sampled_from([0.0, 0.49, 0.5, 0.999, 0.99999]),
    eps=st.sampled_from([1e-8, 1e-3, 1e-30, 1e-40]),
    decay=st.sampled_from([0.0, 0.1]),
    clip=st.sampled_from([-1.0, 1.0]),
    method=st.sampled_from(["adam", "adamw"]),
)
def test_adam(dtype, grads, beta1, beta2, eps, decay, clip, method):
    """Two steps, the second with much smaller gradients, by either kernel of Adam."""
    rate, n = 0.01, len(grads)
    kind = Adam if method == "adam" else AdamW
    optimizer = kind(rate, beta1, beta2, eps, decay)
    compiled = compiled_update(optimizer, n, dtype, clips=clip > 0)
    arena = np.zeros(4 * n, dtype)
    arena[:n] = np.linspace(-1, 1, n)
    theta, m, v = arena[:n].astype(np.longdouble), np.longdouble(0), np.longdouble(0)
    for step in (1, 2):
        arena[n : 2 * n] = np.array(grads, dtype) / 1e3 ** (step - 1)
        gradient = arena[n : 2 * n].astype(np.longdouble)
        run(compiled, arena, n, step, rate, clip_value=clip if clip > 0 else np.inf)
        gradient = np.clip(gradient, -clip, clip) if clip > 0 else gradient
        decayed = theta * (1 - rate * decay) if method == "adamw" else theta
        gradient = gradient if method == "adamw" else gradient + np.longdouble(decay) * theta
        m, v = beta1 * m + (1 - beta1) * gradient, beta2 * v + (1 - beta2) * gradient**2
        corrected = np.sqrt(v / (1 - np.longdouble(beta2) ** step)) + eps
        theta = decayed - rate * (m / (1 - np.longdouble(beta1) ** step)) / corrected
        digits = 3e-6 if dtype == np.float32 else 1e-13
        tiny = np.finfo(dtype).tiny * 1e3
        scale = float(np.abs(m).max())
        np.testing.assert_allclose(arena[2 * n : 3 * n], m, rtol=digits, atol=tiny + digits * scale)
        np.testing.assert_allclose(arena[3 * n :], v, rtol=digits, atol=tiny)
        np.testing.assert_allclose(arena[:n], theta, rtol=digits, atol=1e3 * digits * rate)
        theta = arena[:n].astype(np.longdouble)
        m, v = (arena[i * n : (i + 1) * n].astype(np.longdouble) for i in (2, 3))


METHODS = [
    SGD(),
    SGD(weight_decay=0.1),
    SGD(momentum=0.8, nesterov=True, weight_decay=0.01),
    RMSProp(),
    RMSProp(alpha=0.9, eps=1e-3, momentum=0.5, weight_decay=0.02),
    Adagrad(eps=1e-3, initial=0.1),
    Adam(),
    AdamW(),
]


@pytest.mark.parametrize("n", [1, 7, 16, 33, 1003])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("method", METHODS, ids=str)
def test_the_rule_compiled_is_the_rule_in_numpy(method, dtype, n):
    """Whole vectors and what is left over; nothing else in the arena changes."""
    compiled = compiled_update(method, n, dtype)
    slots = len(method.slots)
    arena = np.random.default_rng(0).normal(size=(2 + slots) * n + 5).astype(dtype)
    state = method.init(n, dtype)
    for i, vector in enumerate(state.values()):
        arena[(2 + i) * n : (3 + i) * n] = vector
    params, end = arena[:n].copy(), arena[(2 + slots) * n :].copy()
    for step in range(1, 9):
        grads = np.random.default_rng(step).normal(size=n).astype(dtype)
        arena[n : 2 * n] = grads
        run(compiled, arena, n, step, 0.01 * step)
        method.update(params, grads, state, step, 0.01 * step)
    close = {"rtol": 1e-4, "atol": 1e-6} if dtype == np.float32 else {"rtol": 1e-10, "atol": 1e-13}
    np.testing.assert_allclose(arena[:n], params, **close)
    for i, vector in enumerate(state.values()):
        np.testing.assert_allclose(arena[(2 + i) * n : (3 + i) * n], vector, **close)
    np.testing.assert_array_equal(arena[n : 2 * n], grads)
    np.testing.assert_array_equal(arena[(2 + slots) * n :], end)


@pytest.mark.parametrize("ranks", [2, 3])
def test_threads_share_the_parameters(ranks):
    n = 1003
    arenas = [np.random.default_rng(0).random(4 * n).astype(np.float32) for _ in range(2)]
    compiled = compiled_update(Adam(), n, np.float32, clips=True)
    for arena, threads in zip(arenas, (1, ranks), strict=True):
        run(compiled, arena, n, 3, 0.1, threads, clip_norm=0.5)
    np.testing.assert_array_equal(*arenas)


def test_clipping_by_norm_does_not_overflow():
    n = 8
    arena = np.zeros(2 * n, np.float32)
    arena[n:] = 3e38
    run(compiled_update(SGD(), n, np.float32, clips=True), arena, n, 1, 1.0, clip_norm=2.0)
    np.testing.assert_allclose(arena[:n], -2.0 / np.sqrt(n), rtol=1e-6)


@pytest.mark.parametrize("method", [Adam(), AdamW(weight_decay=0.1), RMSProp()], ids=str)
def test_a_bound_that_is_not_reached_changes_no_bit(method):
    """Digits depend on what is clipped in a step, not on what might have been."""
    n, ends = 50, []
    for clips in (False, True):
        arena = np.random.default_rng(0).random(4 * n).astype(np.float32)
        run(compiled_update(method, n, np.float32, clips=clips), arena, n, 3, 0.1, clip_norm=1e9)
        ends.append(arena)
    np.testing.assert_array_equal(*ends)


def test_coefficients_do_not_depend_on_how_steps_are_cut():
    compiled = [compiled_update(Adam(weight_decay=0.1), 4, np.float64) for _ in range(2)]
    rates = np.linspace(0.1, 0.01, 6000)
    whole = compiled[0].coefficients(1, rates).copy()
    for first, stop in ((5000, 6000), (0, 3), (3, 4100), (4099, 4101)):
        rows = compiled[1].coefficients(1 + first, rates[first:stop])
        np.testing.assert_array_equal(rows, whole[first:stop])


def test_coefficients_follow_a_rate_that_stays_changes_and_returns():
    """Rows computed ahead for a rate are not taken for another one."""
    rates = np.repeat([0.1, 0.2, 0.1, 0.3, np.nan, 0.3], [4, 1, 3, 2, 2, 3])
    whole = compiled_update(Adam(weight_decay=0.1), 4, np.float64).coefficients(1, rates).copy()
    compiled = compiled_update(Adam(weight_decay=0.1), 4, np.float64)
    for pieces in (1, 1, 2, 5):  # again from the first step on, as after a restored checkpoint
        for first in range(0, len(rates), pieces):
            rows = compiled.coefficients(1 + first, rates[first : first + pieces])
            np.testing.assert_array_equal(rows, whole[first : first + pieces])


@pytest.mark.parametrize(
    ("method", "estimated"),
    [
        (Adam(), True),
        (AdamW(), True),
        (Adam(eps=0.0), False),  # the reciprocal of 0 cannot be estimated
        (Adam(beta2=0.3), False),  # nor a mean moved so far without losing digits
        (RMSProp(), False),
        (SGD(), False),
    ],
    ids=str,
)
def test_only_a_running_mean_is_divided_by_an_estimated_reciprocal(method, estimated):
    rule = record_rule(method, 3)
    assert rule is not None
    assert (lower_vectors(rule, {}, estimate=True) is not None) == estimated
    assert lower_vectors(rule, {}) is not None


OPERATIONS = {
    "maximum": lambda x, y: np.maximum(x, 0.5 * y),
    "minimum": lambda x, y: np.minimum(x, y),
    "sign": lambda x, y: np.sign(x) + 0 * y,
    "clip": lambda x, y: np.clip(x, -0.5, 0.5) * y,
    "where": lambda x, y: np.where(x > y, x, -y),
    "powers": lambda x, y: x**2 + abs(y) ** 0.5 + 1 / (x * x + 1),
    "functions": lambda x, y: np.exp(x) + np.tanh(y) - np.log(np.abs(x) + 1),
    "of the C library": lambda x, y: cr.sin(x) * cr.log1p(y * y) + cr.erf(y),
    "any power": lambda x, y: (x * x + 1) ** 1.5 * (y * y + 0.5) ** x,
    "constants": lambda x, y: x * np.ones(40) + np.zeros_like(y),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", OPERATIONS)
def test_operations(name, dtype):
    class Own(SGD):  # type: ignore[misc]
        def rule(self, params, grads, state, step, rate):
            return OPERATIONS[name](params, grads), {}

    n = 40
    arena = np.random.default_rng(1).normal(size=2 * n).astype(dtype)
    arena[:3] = 0.0
    expected = np.asarray(OPERATIONS[name](arena[:n].astype(float), arena[n:].astype(float)))
    run(compiled_update(Own(), n, dtype), arena, n, 1, 0.1)
    digits = 2e-6 if dtype == np.float32 else 1e-14
    np.testing.assert_allclose(arena[:n], expected, rtol=digits, atol=digits)


@pytest.mark.parametrize(
    "rule",
    [
        lambda x, g: x - g / np.sqrt(np.sum(g * g)),
        lambda x, g: x - g[::-1],
        lambda x, g: x - g * np.arange(5.0),
        lambda x, g: x - cr.cumsum(g),
        lambda x, g: x - g / np.linalg.norm(g),
        lambda x, g: x - g if g[0] > 0 else x,
    ],
    ids=["norm", "reversed", "constants", "cumulative", "not recorded", "choice"],
)
def test_what_is_not_elementwise_is_not_compiled(rule):
    class Own(SGD):  # type: ignore[misc]
        def rule(self, params, grads, state, step, rate):
            return rule(params, grads), {}

    recorded = record_rule(Own(), 5)
    assert recorded is None or lower_rule(recorded, np.dtype(float)) is None


@settings(deadline=None)
@given(
    base=st.sampled_from([0.9, 0.999, 0.99999, 0.5, 1.0, 1.001, 0.0, -0.7]),
    first=st.integers(0, 2**33),
    count=st.integers(1, 70),
)
def test_powers_of_consecutive_steps_are_products_of_squares(base, first, count):
    """The digits of each power are those of squaring by hand, wherever a table of them begins."""
    with np.errstate(all="ignore"):
        found = _whole_power(np.float64(base), first, count)
        for n, power in enumerate(found, first):
            expected, factor = np.float64(1), np.float64(base)
            for digit in reversed(f"{n:b}"):
                expected = expected * factor if digit == "1" else expected
                factor = factor * factor
            assert power == expected
