import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from chainrule.errors import OptionError
from chainrule.train.steps.clipping import Clipping, clip_by_norm, clip_by_value, global_norm

vectors = arrays(np.float64, st.integers(1, 20), elements=st.floats(-1e300, 1e300))


@given(vectors)
def test_the_norm_agrees_with_exact_arithmetic(grads: np.ndarray) -> None:
    assert global_norm(grads) == pytest.approx(math.hypot(*grads.tolist()), rel=1e-12)


def test_norm_of_float32_is_summed_in_float64() -> None:
    grads = np.full(1_000_000, 1e25, np.float32)  # its square is beyond float32
    assert global_norm(grads) == pytest.approx(1e28, rel=1e-6)
    assert global_norm(np.array([], np.float32)) == 0
    assert global_norm(np.array([1e308, 1e308])) == pytest.approx(math.sqrt(2) * 1e308)
    assert global_norm(np.full(9, 5e-324)) == pytest.approx(3 * 5e-324)


@given(vectors, st.floats(1e-3, 1e3))
def test_by_norm(grads: np.ndarray, limit: float) -> None:
    before, norm = grads.copy(), global_norm(grads)
    assert clip_by_norm(grads, limit) == norm
    if norm <= limit:
        np.testing.assert_array_equal(grads, before)
    else:
        assert global_norm(grads) == pytest.approx(limit, rel=1e-9)
        # the direction stays
        np.testing.assert_allclose(grads * (norm / limit), before, rtol=1e-9, atol=norm * 1e-9)


@given(vectors, st.floats(1e-3, 1e3))
def test_by_value(grads: np.ndarray, limit: float) -> None:
    expected = [min(max(g, -limit), limit) for g in grads.tolist()]
    norm = global_norm(grads)
    assert clip_by_value(grads, limit) == norm
    assert grads.tolist() == expected


@pytest.mark.parametrize("wrong", [math.inf, -math.inf, math.nan])
def test_a_gradient_that_is_not_finite_is_left_unchanged(wrong: float) -> None:
    grads = np.array([1.0, wrong, 2.0])
    assert not math.isfinite(clip_by_norm(grads, 1.0))
    np.testing.assert_array_equal(grads, [1.0, wrong, 2.0])


@pytest.mark.parametrize("limit", [0, -1.0, math.nan, math.inf, True, "1"])
def test_limits(limit: float) -> None:
    for clip in (clip_by_norm, clip_by_value):
        with pytest.raises(OptionError, match="above 0"):
            clip(np.ones(2), limit)
    with pytest.raises(OptionError):
        Clipping(value=limit)
    with pytest.raises(OptionError):
        Clipping(norm=limit)


def test_clipping_value_then_norm() -> None:
    grads = np.array([30.0, -4.0])
    assert Clipping()(grads) == math.hypot(30, 4)
    assert grads.tolist() == [30, -4]
    assert Clipping(value=3.0)(grads) == math.hypot(30, 4)
    assert grads.tolist() == [3, -3]
    Clipping(value=3.0, norm=1.0)(grads)
    np.testing.assert_allclose(grads, [math.sqrt(0.5), -math.sqrt(0.5)])


def test_clipping_agrees_with_pytorch() -> None:
    torch = pytest.importorskip("torch")
    grads = np.random.default_rng(0).normal(size=50)
    param = torch.nn.Parameter(torch.zeros(50, dtype=torch.float64))
    param.grad = torch.tensor(grads)
    theirs = torch.nn.utils.clip_grad_norm_([param], 0.5).item()
    assert clip_by_norm(grads, 0.5) == pytest.approx(theirs, rel=1e-12)
    np.testing.assert_allclose(grads, param.grad.numpy(), rtol=1e-6)
