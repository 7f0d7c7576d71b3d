"""Derivations as text: lines fit, every factor is named, and the printed arithmetic is right."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given, settings

from chainrule.explain import explain, read
from explain import expressions as random
from explain.stories import STORIES
from explain.written import WRITTEN, python_notation, read_back

NUMBER = re.compile(WRITTEN)


@pytest.fixture(params=STORIES)
def story(request):
    return STORIES[request.param]()


def test_lines_fit_a_terminal(story):
    for line in str(story).splitlines():
        assert len(line) <= 80
        assert line == line.rstrip()


def test_text_is_plain(story):
    text = str(story)
    assert "\x1b" not in text
    assert "\t" not in text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


@settings(max_examples=60, deadline=None)
@given(random.texts(20), random.points)
def test_every_expression_fits(text, at):
    at = {name: at[name] for name in random.used(text)}
    if random.value(text, at) is None or not all(
        math.isfinite(slope) for slope in random.jax_gradients(text, at).values()
    ):
        return
    for digits in (0, 6, 17):
        explanation = explain(read(text, at), learning_rate=0.1, digits=digits)
        assert max(map(len, str(explanation).splitlines())) <= 80


def joined(text: str) -> list[str]:
    """The lines, with those joined again that were broken before a sign."""
    lines: list[str] = []
    for line in text.splitlines():
        broken = re.match(r"\s+[=+·×-] ", line)
        if broken and lines:
            lines[-1] += " " + line.strip()
        else:
            lines.append(line)
    return lines


def parsed(written: str, digits: int) -> tuple[float, float]:
    """A printed number, and the largest error of its rounding."""
    exponent = python_notation(written).partition("e")[2]
    if exponent:
        return read_back(written), 0.5 * 10.0 ** (int(exponent) - digits + 1)
    return read_back(written), 0.5 * 10.0**-digits


@pytest.mark.parametrize("name", ["add_multiply", "sigmoid_circuit", "gates", "names", "network"])
def test_printed_products_multiply(name):
    explanation = STORIES[name]()
    checked = 0
    for line in joined(str(explanation)):
        *before, product = line.split(" = ")
        if not before or not re.search(r"[×·] ", before[-1]) or not NUMBER.fullmatch(product):
            continue
        factors = re.split(r" [×·] ", before[-1].strip())
        if not all(NUMBER.fullmatch(factor.strip("()")) for factor in factors):
            continue
        numbers = [parsed(factor.strip("()"), explanation.digits) for factor in factors]
        value, slack = parsed(product, explanation.digits)
        for i, (_, error) in enumerate(numbers):
            others = math.prod(abs(n) for j, (n, _) in enumerate(numbers) if j != i)
            slack += 1.01 * others * error
        assert math.prod(n for n, _ in numbers) == pytest.approx(value, abs=slack + 1e-15)
        checked += 1
    assert checked >= 3


@pytest.mark.parametrize("name", ["gates", "names", "network"])
def test_printed_sums_add_up(name):
    explanation, checked = STORIES[name](), 0
    for line in joined(str(explanation)):
        found = re.fullmatch(r"    sum\s+(.*) = (\S+)", line)
        if found:
            terms = [read_back(term.strip("()")) for term in found[1].split(" + ")]
            slack = (len(terms) + 1) * 0.5 * 10.0**-explanation.digits
            assert sum(terms) == pytest.approx(read_back(found[2]), abs=slack * 1.01)
            checked += 1
    assert checked >= 2


def test_every_factor_of_every_path_is_named_and_valued():
    explanation = STORIES["gates"]()
    text = " ".join(str(explanation).split())
    for chain in explanation.derivation.chains:
        for product in chain.products:
            named = " · ".join(f"∂{f.of}/∂{f.by}" for f in product.factors)
            assert named in text
            for factor in product.factors:
                assert f"{factor.value:.9f}".rstrip("0").rstrip(".") in text


def test_every_step_is_shown():
    explanation = STORIES["gates"]()
    text = str(explanation)
    for step in explanation.derivation.forward:
        assert re.search(rf"(^| ){re.escape(step.name)} = ", text, re.MULTILINE)
    for step in explanation.derivation.backward:
        assert f"  ∂E_total/∂{step.name} = " in text
    assert "E_total = E_o1 + E_o2 = " in text


def test_the_whole_text():
    assert str(STORIES["add_multiply"]()) == (
        """\
GIVEN
  x = -2   y = 5    z = -4

FORWARD PASS  each value from the ones before it
  q = x + y = -2 + 5 = 3
  f = q·z = 3·(-4) = -12

BACKWARD PASS  from the output back; gradient = local × upstream, added up where
               a value is used more than once
  ∂f/∂f = 1  where the backward pass starts
  ∂f/∂q = -4
    via f  ∂f/∂q × ∂f/∂f = z × 1 = (-4) × 1 = -4
  ∂f/∂z = 3
    via f  ∂f/∂z × ∂f/∂f = q × 1 = 3 × 1 = 3
  ∂f/∂y = -4
    via q  ∂q/∂y × ∂f/∂q = 1 × (-4) = -4
  ∂f/∂x = -4
    via q  ∂q/∂x × ∂f/∂q = 1 × (-4) = -4

GRAPH  above a wire its value, below it the gradient of f
     -2
  x ─────┐  ┌───────┐ 3     ┌─────┐ -12
     -4  └──┤ q     ├───────┤ f   ├─────
     5    ┌─┤ x + y │ -4  ┌─┤ q·z │  1
  y ──────┘ └───────┘     │ └─────┘
     -4               -4  │
                   z ─────┘
                      3

CHAIN RULE  the product of the local gradients along every path
  ∂f/∂x = ∂f/∂q · ∂q/∂x = (-4) · 1 = -4
  ∂f/∂y = ∂f/∂q · ∂q/∂y = (-4) · 1 = -4
  ∂f/∂z = 3

UPDATE  new = old - learning rate · gradient, learning rate 0.5
  x⁺ = -2 - 0.5 · (-4) = 0   slope negative: x rises
  y⁺ = 5 - 0.5 · (-4) = 7   slope negative: y rises
  z⁺ = -4 - 0.5 · 3 = -5.5   slope positive: z falls
"""
    )


def test_a_fork_is_itemised():
    text = str(explain(read("f = x*y + sin(x)", {"x": 0, "y": 3}), wrt="x"))
    assert "    via f1  ∂f1/∂x × ∂f/∂f1 = y × 1 = 3 × 1 = 3\n" in text
    assert "    via f2  ∂f2/∂x × ∂f/∂f2 = cos(x) × 1 = 1 × 1 = 1\n" in text
    assert "    sum     3 + 1 = 4\n" in text
    assert "  ∂f/∂x is a sum over 2 paths:\n" in text


def test_notes_are_shown():
    assert "note: relu has a corner at 0; its derivative there is taken as 0" in str(
        explain(read("f = relu(x)", {"x": 0}))
    )
    assert "note: a tie" in str(STORIES["tie"]())


@pytest.mark.parametrize(("digits", "shown"), [(2, "0.73"), (6, "0.731059"), (9, "0.731058579")])
def test_digits(digits, shown):
    text = str(explain(read("f = sigmoid(x)", {"x": 1}), digits=digits))
    assert f"f = sigmoid(x) = sigmoid(1) = {shown}\n" in text


def test_omitted_terms_are_counted():
    text = str(STORIES["network"]())
    assert re.search(r"… and 60 more, together -?0\.\d+", text)
    assert re.search(r"is a sum over \d+ paths, the 3 largest of them:", text)
    assert re.search(r"the other \d+ paths together: -?0\.\d+", text)
