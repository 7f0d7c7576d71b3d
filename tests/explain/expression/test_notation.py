"""Notation as people type it and as our output prints it: read, or refused with what to write."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule import gallery
from chainrule.errors import ChainruleError, ExpressionError
from chainrule.explain import Explanation, explain, read
from chainrule.explain.derivation import Derivation
from chainrule.explain.expression import read_value
from chainrule.explain.expression.vocabulary import FUNCTIONS
from explain import expressions as random
from explain.stories import STORIES


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("x·y", {"x": 2, "y": 3}, 6),
        ("x × y", {"x": 2, "y": 3}, 6),
        ("x⋅y", {"x": 2, "y": 3}, 6),
        ("6 ÷ x", {"x": 2}, 3),
        ("x − 1", {"x": 2}, 1),
        ("−x", {"x": 2}, -2),
        ("3·(−4)", {}, -12),
        ("2^−1", {}, 0.5),
        ("σ(z)", {"z": 0.3}, 1 / (1 + math.exp(-0.3))),
        ("σ·z", {"σ": 2, "z": 3}, 6),
        ("w₁·x₁ + w₁₂", {"w₁": 2, "x1": 3, "w12": 1}, 7),
        ("x² + x³", {"x": 2}, 12),
        ("10⁻³·x", {"x": 2}, 0.002),
        ("−x²", {"x": 3}, -9),
        ("(x + 1)²", {"x": 2}, 9),
        ("v[1]²", {"v": [2, 3]}, 9),
        ("xᵀ @ w", {"x": [1, 2], "w": [3, 4]}, 11),
        ("xᵀ·w", {"x": [1, 2], "w": [3, 4]}, 11),
        ("(Aᵀ)[0, 1]", {"A": [[1, 2], [3, 4]]}, 3),
        ("A.T[0, 1]", {"A": [[1, 2], [3, 4]]}, 3),
        ("2·pi·r", {"r": 0.5}, math.pi),
        ("π·r", {"r": 2}, 2 * math.pi),
        ("pi·r", {"pi": 3, "r": 2}, 6),
        ("|x|", {"x": -2}, 2),
        ("|x|·|y|", {"x": -2, "y": -3}, 6),
        ("|x·|y| + 1|", {"x": -2, "y": -3}, 5),
        ("||x| − 5|", {"x": -2}, 3),
        ("max(|x|, |y|)", {"x": -2, "y": 1}, 2),
        ("2·|x − y|²", {"x": 1, "y": 3}, 8),
        ("√x + √(x + 5)", {"x": 4}, 5),
        ("√2·x", {"x": 3}, 3 * math.sqrt(2)),
        ("½·x²", {"x": 4}, 8),
        ("λ·w²", {"λ": 0.5, "w": 2}, 2),
        ("ReLU(x) + Tanh(0)", {"x": 2}, 2),
        ("x if x > y else y", {"x": 1, "y": 5}, 5),
        ("1 if y > x else 0.5 if y = x else 0", {"x": 1, "y": 1}, 0.5),
        ("(v[0] = f)/((v[0] = f) + (v[1] = f))", {"v": [1, 2], "f": 2}, 0),
        ("0 if x < -inf else 0 if x > inf else 1", {"x": 1}, 1),
        ("clip(x, -inf, inf)", {"x": 1}, 1),
        ("where(x ≥ y, x, y)", {"x": 1, "y": 5}, 5),
        ("where(x ≠ y, x, y)", {"x": 1, "y": 5}, 1),
        ("sum([1, 2]·x)", {"x": 3}, 9),
        ("sum([[1, 2], [3, 4]] @ v)", {"v": [1, 1/2]}, 7),
        ("q = x + y\n  f = q·z\n", {"x": 1, "y": 2, "z": 3}, 9),
        ("f = (x +\n     y)", {"x": 1, "y": 2}, 3),
        ("z[0] = x[0] + 1; z[1] = 2·z[0]; z[0]·z[1]", {"x[0]": 1}, 8),
        ("layers.0.weight[0, 1]·a.b", {"layers.0.weight": [[1, 2]], "a.b": 3}, 6),
        ("0.weight[1]·2", {"0.weight": [1, 2]}, 4),
    ],
)  # fmt: skip
def test_notation(text, at, expected):
    assert read(text, at).item() == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "at", "says"),
    [
        ("2x", {"x": 1}, "write 2*x for the product"),
        ("2 x", {"x": 1}, "write 2*x for the product"),
        ("2(x + 1)", {"x": 1}, r"write 2*(…) for the product"),
        ("(x + 1)(x + 2)", {"x": 1}, "write (…)*(…) for the product"),
        ("(x + 1)x", {"x": 1}, "write (…)*x for the product"),
        ("x(x + 1)", {"x": 1}, r"write x*(…) for the product"),
        ("2|x|", {"x": 1}, "write 2*|…| for the product"),
        ("|x||x|", {"x": 1}, "write |…|*|…| for the product"),
        ("x²x", {"x": 1}, "write …²*x for the product"),
        ("sin x", {"x": 1}, "expected parentheses after sin, got 'sinx'; write sin(x)"),
        ("1 + √x sin x", {"x": 1}, "write x*sin for the product"),
        ("wᵀx", {"w": [1], "x": [1]}, "write ᵀ@x"),
        ("xy", {"x": 1, "y": 2}, "write x*y for the product, or give it as xy=1.5"),
        ("w1x1 + 1", {"w1": 1, "x1": 2}, "write w1*x1 for the product"),
        ("2√x", {"x": 1}, "write 2*√"),
        ("x 2", {"x": 1}, "write x*2"),
        ("0,5*x", {"x": 1}, "write 0.5; a comma separates"),
        ("sigmoid(0,5)", {}, "numbers have a decimal point: 0.5, not 0,5"),
        ("x – 1", {"x": 1}, "a dash is no minus sign: write -"),
        ("a + … + b", {"a": 1, "b": 1}, "… stands for terms"),
        ("q = x + y = 3", {"x": 1, "y": 2}, "write one = in a statement"),
        ("x' * 2", {"x": 1}, "transpose(x)"),
        ("loss = E + lambda*w**2/2", {"E": 1, "w": 1}, "'lambda'; .*called λ"),
        ("net = w*in + b", {"w": 1, "b": 1}, "'in'; .*called in_"),
        ("x[0] = 1; x", {"x": [1]}, "nothing is executed"),
        ("[[1, 2], [3]] * x", {"x": 1}, "rows of equal length"),
        ("[x, 1] * x", {"x": 1}, "numbers in square brackets"),
    ],
)  # fmt: skip
def test_what_is_missing_is_named(text, at, says):
    pattern = says if ".*" in says else re.escape(says)
    with pytest.raises(ExpressionError, match=pattern) as error:
        read(text, at)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1/2", 0.5),
        ("−3", -3.0),
        ("10⁻²", 0.01),
        ("2·pi", 2 * math.pi),
        ("√2", math.sqrt(2)),
        ("[1, 1/2]", [1.0, 0.5]),
        ("[[1, 2], [3, −4]]", [[1.0, 2.0], [3.0, -4.0]]),
    ],
)
def test_values(text, expected):
    assert read_value(text) == expected


@pytest.mark.parametrize("text", ["x", "", "1; 2", "y = 1", "exp", "__import__('os')", "1/", "[x]"])
def test_what_is_no_value(text):
    with pytest.raises(ExpressionError):
        read_value(text)


# what our own output prints


def exact(value: float) -> str:
    return repr(float(value))


def written(derivation: Derivation) -> Iterator[tuple[str, str, float]]:
    """The formulas of a derivation in names, with numbers, and the value of each."""
    for step in derivation.forward:
        if not step.leaf:
            yield step.formula.text(exact), step.substituted.text(exact), step.value
        for local in step.locals:
            yield local.formula.text(exact), local.substituted.text(exact), local.value


def used(text: str, names: dict[str, float]) -> dict[str, float]:
    """The values of the names in a text."""
    whole = r"(?<![\w.]){}(?![\w.[])"
    return {n: v for n, v in names.items() if re.search(whole.format(re.escape(n)), text)}


def check_read_again(explanation: Explanation) -> int:
    derivation = explanation.derivation
    names = {step.name: step.value for step in derivation.forward}
    checked = 0
    for formula, numbers, value in written(derivation):
        if "…" in formula or not math.isfinite(value):
            continue
        at = used(formula, names)
        assert read(formula, at).item() == pytest.approx(value, rel=1e-12, abs=1e-15), formula
        if "…" not in numbers:
            assert read(numbers, {}).item() == pytest.approx(value, rel=1e-12, abs=1e-15), numbers
        checked += 1
    return checked


QUICK = [e.name for e in gallery.examples() if not e.trains]


@pytest.mark.parametrize("name", QUICK)
@pytest.mark.parametrize("steps", ["gates", "names"])
def test_the_formulas_of_the_gallery_are_read_again(name, steps):
    assert check_read_again(gallery.get(name).work(steps=steps).main)


# the formulas of a large record hold entries that are not shown
@pytest.mark.parametrize("story", sorted(STORIES.keys() - {"strange_names", "network"}))
def test_the_formulas_of_the_stories_are_read_again(story):
    assert check_read_again(STORIES[story]())


KINDS = {
    "number": lambda v: v,
    "vector": lambda v: np.array([v, v / 2, v + 1]),
    "matrix": lambda v: np.array([[v, v / 2], [v / 3, v + 1]]),
}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_formulas_of_every_function_are_read_again(function):
    found = 0
    for text in (f"{function}(x)", f"{function}(x, y)", f"{function}(x > y, x, y)"):
        for kind, x in itertools.product(KINDS, (0.3, 1.3)):
            names = {"x": x, "y": x + 0.4}.items()
            used = {name: value for name, value in names if name in text.partition("(")[2]}
            at = {name: KINDS[kind](value) for name, value in used.items()}
            whole = f"2*{text}" if kind == "number" else f"2*sum({text})"
            try:
                output = read(whole, at, intermediates=False)
                explanation = explain(output, steps="names")
            except ChainruleError:
                continue
            found += check_read_again(explanation)
    assert found


@settings(max_examples=60, deadline=None)
@given(random.texts(), random.points, st.sampled_from(["gates", "names"]))
def test_the_formulas_of_random_graphs_are_read_again(text, at, steps):
    at = {name: at[name] for name in random.used(text)}
    try:
        output = read(text, at, intermediates=steps == "gates")
        explanation = explain(output, steps=steps)
    except ChainruleError:
        return
    check_read_again(explanation)


def test_a_model_s_formulas_are_read_again():
    model = cr.nn.mlp(2, (3,), 2, activation="tanh", seed=1)
    loss = cr.cross_entropy(model([[0.5, -1.0]]), [1]).named("loss")
    assert check_read_again(explain(loss, wrt="layers.0.weight[1, 1]"))
