"""Primitives of users' own: recorded, differentiated, explained, compiled; what is refused."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.linalg

import chainrule as cr
from chainrule.errors import DifferentiationError, OptionError, ShapeError
from chainrule.ops.registry import PRIMITIVES

X = np.array([0.5, -1.0, 2.0])


@cr.primitive(vjp=lambda g, y, x: g * (1.0 - y * y), elementwise=True)
def squash(x):
    """The hyperbolic tangent."""
    return np.tanh(x)


@cr.primitive
def form(a, x):
    return x @ a @ x


form.defvjp(
    lambda g, y, a, x: g * np.outer(x, x),
    lambda g, y, a, x: g * ((a + a.T) @ x),
)


@cr.primitive(vjp=(lambda g, y, a, b: g * b, lambda g, y, a, b: g * a), elementwise=True)
def product(a, b):
    return a * b


@cr.primitive(vjp=lambda g, y, x, scale: g * scale)
def scaled(x, *, scale):
    return x * scale


@cr.primitive
def lyapunov(a):
    """Solves a·x + x·aᵀ = −1 by SciPy, which records nothing."""
    return scipy.linalg.solve_continuous_lyapunov(a, -np.eye(len(a)))


def lyapunov_vjp(g, y, a):
    s = adjoint_lyapunov(np.transpose(a), g)
    return (s + s.T) @ y


@cr.primitive
def adjoint_lyapunov(a, q):
    return scipy.linalg.solve_continuous_lyapunov(a, -q)


lyapunov.defvjp(lyapunov_vjp)


def test_plain_calls_are_the_function_itself():
    assert type(squash(0.5)) is np.float64
    assert squash.__name__ == "squash"
    assert squash.__doc__ == "The hyperbolic tangent."
    assert form(np.eye(3), X) == X @ X


def test_derivatives_of_any_order():
    cr.check_grad(lambda x: form(np.arange(9.0).reshape(3, 3), squash(x)), X, order=3)
    cr.check_grad(form, np.arange(9.0).reshape(3, 3), X, order=2)
    cr.check_grad(lambda x: scaled(x, scale=3.0) ** 2, 0.5)


def test_operands_are_broadcast():
    cr.check_grad(lambda a, b: np.sum(product(a, b) ** 2), np.ones((2, 1)), X)


def test_a_function_of_scipy():
    stable = np.array([[-2.0, 0.5], [0.0, -1.0]])
    cr.check_grad(lambda a: np.sum(lyapunov(a) ** 2), stable, order=1)
    with pytest.raises(DifferentiationError, match=r"adjoint_lyapunov.*argument 1.*defvjp"):
        cr.grad(cr.grad(lambda q: np.sum(adjoint_lyapunov(stable, q) ** 2)))(np.eye(2))


def test_no_gradient_flows_by_a_rule_of_none():
    own = cr.primitive(lambda x, mask: x * mask, name="masked")
    own.defvjp(lambda g, y, x, mask: g * mask, None)
    found = cr.grad(lambda x, m: np.sum(own(x, m)), (0, 1))(X, np.array([1.0, 0.0, 1.0]))
    assert [one.tolist() for one in found] == [[1.0, 0.0, 1.0], [0.0, 0.0, 0.0]]


def test_explained_by_its_name():
    x = cr.variable(X[:2], "x")
    shown = str(cr.explain(form(np.eye(2), squash(x))))
    assert "squash(x[1]) = squash(-1) = -0.761594" in shown
    assert "form(1, 0, 0, 1, v0[0], v0[1])" in shown
    written = cr.primitive(lambda x: x**3, name="cube3", elementwise=True, notation=lambda x: x**3)
    written.defvjp(lambda g, y, x: g * 3.0 * x**2)
    assert "x^3" in str(cr.explain(written(cr.variable(2.0, "x"))))


def test_traced_graphs_know_its_shape():
    graph = cr.trace(lambda a, x: form(a, squash(x)), cr.spec((3, 3)), cr.spec(3))
    assert graph.outputs[0].spec.shape == ()
    assert cr.replay(graph, np.eye(3), X)[0].value == pytest.approx(np.sum(np.tanh(X) ** 2))
    own = cr.primitive(np.linalg.cholesky, shape=lambda x: x, name="factor")
    assert cr.trace(own, cr.spec((2, 2))).outputs[0].spec.shape == (2, 2)
    shapeless = cr.primitive(np.linalg.cholesky, name="factor2")  # a matrix of ones has none
    with pytest.raises(OptionError, match=r"factor2.*shape="):
        cr.trace(shapeless, cr.spec((2, 2)))
    assert shapeless(cr.variable(np.eye(2))).shape == (2, 2)


def test_compiled_steps_run_it():
    class Squash(cr.nn.Layer):
        def apply(self, _, x):
            return squash(x)

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(64, 3)), rng.normal(size=(64, 1))
    histories = []
    for engine in ("compiled", "reference"):
        model = cr.nn.Sequential(cr.nn.Linear(3, 4, seed=0), Squash(), cr.nn.Linear(4, 1, seed=1))
        fitted = cr.fit(model, (x, y), epochs=3, engine=engine)
        histories.append([record.train_loss for record in fitted.history])
    np.testing.assert_allclose(*histories, rtol=1e-5)


def test_a_definition_may_run_again_but_not_take_a_name_of_the_package():
    for _ in range(2):
        again = cr.primitive(lambda x: 2.0 * x, name="again", elementwise=True)
        again.defvjp(lambda g, y, x: 2.0 * g)
        assert cr.grad(again)(1.0) == 2.0
    assert "again" not in PRIMITIVES
    for name in ("exp", ""):
        with pytest.raises(OptionError, match="name="):
            cr.primitive(lambda x: x, name=name)


def test_what_is_refused():
    x = cr.variable(X, "x")
    with pytest.raises(OptionError, match="positional"):
        scaled(x, scale=x)
    with pytest.raises(OptionError, match=r"pair.*one array.*tuple"):
        cr.primitive(lambda x: (x, x), name="pair")(x)
    wrong = cr.primitive(lambda x: 2.0 * x, name="wrong", vjp=lambda g, y, x: np.sum(g))
    with pytest.raises(ShapeError, match=r"wrong, rule 0.*\(3,\)"):
        cr.grad(lambda x: np.sum(wrong(x)))(X)

    @cr.primitive
    def changes(x):
        x += 1.0
        return x

    with pytest.raises(ValueError, match="read-only"):
        changes(x)
