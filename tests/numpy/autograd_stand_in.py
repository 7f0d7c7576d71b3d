"""A pytest plugin that offers chainrule under the module names of HIPS/autograd.

With it, the public test suite of autograd runs on this package: see `test_autograd_suite.py`.  The
functions of autograd take `argnum`, where ours take `argnums`; its checker of gradients is written
anew, with central differences of plain arrays, and counts each check.
"""

from __future__ import annotations

import builtins
import importlib
import json
import math
import os
import sys
import types
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from itertools import product
from typing import Any

import numpy as np
import optree
import pytest

import chainrule as cr
import chainrule.numpy
from chainrule.scipy import signal

STEP, TOLERANCE = 1e-6, 1e-6
COMPLEX = hasattr(cr, "holomorphic_grad")

CHECKS: Counter[str] = Counter()
FAILED: list[str] = []
OUTCOMES: dict[str, str] = {}


# functions with one argument that is differentiated, given by its number


def nary(operator: Callable[..., Any]) -> Callable[..., Any]:
    """An operator on functions of one argument, applied to one or several of many."""

    def operate(function: Any, argnum: Any = 0, *further: Any, **settings: Any) -> Any:
        def at(*args: Any, **options: Any) -> Any:
            several = isinstance(argnum, (tuple, list))
            numbers = list(argnum) if several else [argnum]

            def unary(x: Any) -> Any:
                given = list(args)
                for i, part in zip(numbers, x if several else [x], strict=True):
                    given[i] = part
                return function(*given, **options)

            x = tuple(args[i] for i in numbers) if several else args[argnum]
            return operator(unary, x, *further, **settings)

        return at

    return operate


def make_vjp(function: Any, x: Any) -> tuple[Any, Any]:
    pull, value = cr.make_vjp(function)(x)
    return pull, value


def tensor_product(function: Any, argnum: int = 0) -> Any:
    """(*args, tensor) -> the product of the tensor with the Jacobian."""

    def at(*args: Any, **options: Any) -> Any:
        *rest, tensor = args

        def unary(x: Any) -> Any:
            return function(*(x if i == argnum else arg for i, arg in enumerate(rest)), **options)

        return np.tensordot(tensor, cr.jacobian(unary)(rest[argnum]), np.ndim(tensor))

    return at


def hessian_product(function: Any, argnum: int = 0) -> Any:
    gradient = nary(lambda f, x: cr.grad(f)(x))(function, argnum)

    def contracted(*args: Any, **options: Any) -> Any:
        *rest, tensor = args
        slope = gradient(*rest, **options)
        return chainrule.numpy.tensordot(slope, tensor, np.ndim(tensor))

    return nary(lambda f, x: cr.grad(f)(x))(contracted, argnum)


def not_offered(name: str) -> Any:
    def refuse(*_: Any, **__: Any) -> Any:
        raise NotImplementedError(f"chainrule has no {name}")

    return refuse


def primitive(function: Any) -> Any:
    name = function.__name__ if function.__name__.isidentifier() else "anonymous"
    return cr.primitive(function, name=name)


def defvjp(own: Any, *makers: Any, argnums: Any = None) -> None:
    """Rules as autograd writes them: (output, *arguments) -> (upstream gradient -> gradient)."""
    own.defvjp(*map(rule_of, makers), argnums=argnums)


def rule_of(maker: Any) -> Any:
    return lambda g, y, *args, **options: maker(y, *args, **options)(g)


# checks


def randn(x: Any) -> Any:
    def drawn(leaf: Any) -> Any:
        shape = np.shape(leaf)
        found = np.random.randn(*shape)
        if np.iscomplexobj(leaf):
            return found + 1j * np.random.randn(*shape)
        return found if shape else float(found)

    return optree.tree_map(drawn, x)


def shifted(x: Any, direction: Any, step: float) -> Any:
    return optree.tree_map(lambda one, to: one + step * to, x, direction)


def inner(a: Any, b: Any) -> float:
    """The real part of the sum of products."""
    pairs = zip(optree.tree_leaves(a), optree.tree_leaves(b), strict=True)
    return float(sum(np.sum(np.asarray(one) * np.asarray(other)).real for one, other in pairs))


def conjugate(x: Any) -> Any:
    return optree.tree_map(np.conj, x)


def difference(function: Any, x: Any, direction: Any) -> Any:
    above, below = (function(shifted(x, direction, side * STEP / 2)) for side in (1, -1))
    return optree.tree_map(lambda a, b: (np.asarray(a) - np.asarray(b)) / STEP, above, below)


def close(a: float, b: float) -> bool:
    return abs(a - b) < TOLERANCE or abs(a - b) / abs(a + b) < TOLERANCE


def described(x: Any) -> Any:
    """Structure, shapes and kinds of numbers."""
    return optree.tree_map(lambda leaf: (np.shape(leaf), bool(np.iscomplexobj(leaf))), x)


def check_equivalent(x: Any, y: Any) -> None:
    assert described(x) == described(y), f"{described(x)} is not {described(y)}"
    direction = randn(x)
    assert close(inner(x, direction), inner(y, direction)), f"{x} is not {y}"


def check_reverse(function: Any, x: Any) -> None:
    pull, value = make_vjp(function, x)
    direction, cotangent = randn(x), randn(value)
    found = pull(conjugate(cotangent))
    assert described(found) == described(x), f"{described(found)} is not {described(x)}"
    expected = inner(conjugate(cotangent), difference(function, x, direction))
    exact = inner(found, direction)
    assert close(expected, exact), f"reverse mode gives {exact}, differences {expected}"


def check_forward(function: Any, x: Any) -> None:
    direction = randn(x)
    check_equivalent(cr.jvp(function, (x,), (direction,))[1], difference(function, x, direction))


def check(function: Any, x: Any, modes: Sequence[str], order: int) -> None:
    if "fwd" in modes:
        check_forward(function, x)
        if order > 1:
            pair = (x, randn(x))
            check(lambda p: cr.jvp(function, (p[0],), (p[1],))[1], pair, modes, order - 1)
    if "rev" in modes:
        check_reverse(function, x)
        if order > 1:
            pair = (x, randn(function(x)))
            check(lambda p: make_vjp(function, p[0])[0](p[1]), pair, modes, order - 1)


def counted(function: Any, x: Any, modes: Any = None, order: int = 2) -> None:
    """Check, count, and go on: the test fails in the end."""
    if not COMPLEX and any(map(np.iscomplexobj, optree.tree_leaves((x, function(x))))):
        CHECKS["complex"] += 1
        return
    try:
        check(function, x, modes or ("fwd", "rev"), order)
    except Exception as error:
        CHECKS["failed"] += 1
        FAILED.append(f"{type(error).__name__}: {error}")
        return
    CHECKS["passed"] += 1


check_grads = nary(counted)


def combo_check(function: Any, *settings: Any, **options: Any) -> Any:
    def run(*choices: Any, **keywords: Any) -> None:
        named = [[(name, one) for one in ones] for name, ones in keywords.items()]
        for args in product(*choices):
            for pairs in product(*named):
                check_grads(function, *settings, **options)(*args, **dict(pairs))

    return run


def pytest_configure() -> None:
    """Before any test is imported; importing this file changes nothing."""
    install()


@pytest.hookimpl(hookwrapper=True)
def pytest_pyfunc_call() -> Generator[None, Any, None]:
    FAILED.clear()
    outcome = yield
    outcome.get_result()
    if FAILED:
        outcome.force_exception(AssertionError(f"{len(FAILED)} checks failed; {FAILED[0]}"))


def pytest_runtest_logreport(report: Any) -> None:
    if report.when == "call" or report.outcome != "passed":
        OUTCOMES[report.nodeid] = report.outcome


def pytest_collectreport(report: Any) -> None:
    if report.outcome == "failed":
        OUTCOMES[report.nodeid] = "failed"


def pytest_sessionfinish() -> None:
    if path := os.environ.get("CHAINRULE_AUTOGRAD_REPORT"):
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"tests": OUTCOMES, "checks": CHECKS}, file)


# modules


def module(name: str, **members: Any) -> types.ModuleType:
    made = sys.modules[name] = types.ModuleType(name)
    for key, member in members.items():
        setattr(made, key, member)
    parent, _, last = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], last, made)
    return made


def alias(name: str, ours: str) -> None:
    try:
        found = importlib.import_module(ours)
    except ModuleNotFoundError:
        outer, _, last = ours.rpartition(".")  # an object, such as a distribution
        found = getattr(sys.modules.get(outer), last, None)
        if found is None:
            return
    sys.modules[name] = found
    parent, _, last = name.rpartition(".")
    if parent.startswith("autograd") and not hasattr(sys.modules[parent], last):
        setattr(sys.modules[parent], last, found)


def convolve(a: Any, b: Any, axes: Any = None, dot_axes: Any = ((), ()), mode: str = "full") -> Any:
    """autograd's generalization: some axes are convolved, some multiplied and summed, as in a dot.

    The result has the other axes of `a`, those of `b`, and the convolved ones.
    """
    ndim = np.ndim(a)
    chosen = (range(ndim), range(ndim)) if axes is None else axes
    parts = []
    for x, along, dotted in zip((a, b), chosen, dot_axes, strict=True):
        others = [i for i in range(np.ndim(x)) if i not in (*along, *dotted)]
        lengths = [[np.shape(x)[i] for i in each] for each in (dotted, others, along)]
        x = chainrule.numpy.transpose(x, [*dotted, *others, *along])
        x = chainrule.numpy.reshape(x, [*map(math.prod, lengths[:2]), *lengths[2]])
        parts.append((x, lengths[1]))
    (a, rows), (b, columns) = parts
    summed = [
        sum(signal.convolve(a[k, i], b[k, j], mode) for k in range(len(a)))
        for i, j in product(range(np.shape(a)[1]), range(np.shape(b)[1]))
    ]
    found = chainrule.numpy.stack(summed)
    return chainrule.numpy.reshape(found, [*rows, *columns, *np.shape(found)[1:]])


def install() -> None:
    unary = {
        "grad": lambda f, x: cr.grad(f)(x),
        "value_and_grad": lambda f, x: cr.value_and_grad(f)(x),
        "elementwise_grad": lambda f, x: cr.elementwise_grad(f)(x),
        "jacobian": lambda f, x: cr.jacobian(f)(x),
        "hessian": lambda f, x: cr.hessian(f)(x),
        "deriv": lambda f, x: cr.jvp(f, (x,), (optree.tree_map(np.ones_like, x),))[1],
        "grad_and_aux": lambda f, x: cr.grad(f, has_aux=True)(x),
        "make_vjp": make_vjp,
        "make_jvp": lambda f, x: cr.make_jvp(f)(x),
        "make_hvp": lambda f, x: (cr.make_hvp(f)(x), cr.grad(f)(x)),
        "holomorphic_grad": lambda f, x: cr.holomorphic_grad(f)(x),  # pyright: ignore
    }

    def make_ggnvp(f: Any, g: Any = None, f_argnum: int = 0) -> Any:
        rest = () if g is None else (g,)
        return nary(lambda function, x: cr.make_ggnvp(function, *rest)(x))(f, f_argnum)

    module(
        "autograd",
        **{name: nary(operator) for name, operator in unary.items()},
        make_ggnvp=make_ggnvp,
        hessian_tensor_product=hessian_product,
        hessian_vector_product=hessian_product,
        tensor_jacobian_product=tensor_product,
        vector_jacobian_product=tensor_product,
        checkpoint=not_offered("checkpoint"),
        multigrad_dict=not_offered("multigrad_dict"),
        grad_named=not_offered("grad_named"),
        **{name: getattr(builtins, name) for name in ("tuple", "list", "dict", "isinstance")},
    )
    for name in ("", ".linalg", ".fft", ".random"):
        alias(f"autograd.numpy{name}", f"chainrule.numpy{name}")
    for name in ("", ".special", ".linalg", ".integrate", ".stats"):
        alias(f"autograd.scipy{name}", f"chainrule.scipy{name}")
    module("autograd.scipy.signal", convolve=convolve)
    for name in ("norm", "t", "gamma", "beta", "chi2", "poisson", "dirichlet"):
        alias(f"autograd.scipy.stats.{name}", f"chainrule.scipy.stats.{name}")
    alias("autograd.scipy.stats.multivariate_normal", "chainrule.scipy.stats.multivariate_normal")
    module(
        "autograd.test_util",
        check_grads=check_grads,
        check_equivalent=check_equivalent,
        combo_check=combo_check,
        scalar_close=close,
    )
    module("autograd.builtins", **vars(builtins))
    module(
        "autograd.core",
        make_vjp=make_vjp,
        vspace=not_offered("vspace"),
        primitive=primitive,
        primitive_vjps=(),
    )
    module("autograd.tracer", primitive=primitive, isbox=lambda x: isinstance(x, cr.Tensor))
    module("autograd.extend", primitive=primitive, defvjp=defvjp)
    module("autograd.wrap_util", unary_to_nary=nary)
    module("autograd.misc", const_graph=not_offered("const_graph"), flatten=not_offered("flatten"))
