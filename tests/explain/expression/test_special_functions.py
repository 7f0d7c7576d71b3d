"""Functions in expressions whose names are free: SciPy's special ones, and those of matrices."""

from __future__ import annotations

import subprocess
import sys

import pytest
from scipy import special

from chainrule.errors import DifferentiationError, ExpressionError
from chainrule.explain import explain, read
from chainrule.explain.expression.special_functions import ARGUMENTS, OF_SCIPY
from explain.expression.test_notation import check_read_again


def text(name: str) -> str:
    first = {"betainc": "2, 3, ", "betaincc": "2, 3, ", "hyp1f1": "2, 3, "}
    return f"{name}({first.get(name, '2, ' if ARGUMENTS[name] == 2 else '')}x)"


@pytest.mark.parametrize("name", OF_SCIPY)
def test_value_and_formulas(name):
    x = -0.3 if name == "ndtri_exp" else 0.3
    first = [2.0, 3.0][: ARGUMENTS[name] - 1]
    output = read(f"2*{text(name)}", {"x": x}, intermediates=False)
    assert output.item() == pytest.approx(2 * getattr(special, name)(*first, x), rel=1e-14)
    assert check_read_again(explain(output, steps="names")) >= 1


def test_a_derivative_reads_as_in_a_textbook():
    shown = str(explain(read("f = gamma(x)", {"x": 3.0})))
    assert "∂f/∂x × ∂f/∂f = f·digamma(x) × 1" in shown
    shown = str(explain(read("f = jv(2, x)", {"x": 3.0})))
    assert "0.5·(jv(1, x) - jv(3, x))" in shown


@pytest.mark.parametrize(("letter", "name"), [("Γ", "gamma"), ("ψ", "digamma"), ("Φ", "ndtr")])
def test_greek_letters(letter, name):
    assert read(f"{letter}(x)", {"x": 0.3}).item() == pytest.approx(getattr(special, name)(0.3))
    assert read(f"{letter}·x", {letter: 2.0, "x": 3.0}).item() == 6


def test_names_of_functions_are_free():
    assert read("y1 = beta*x; y1", {"beta": 2, "x": 3}).item() == 6
    assert read("gamma*x + j0(x)", {"gamma": 2.0, "x": 0.0}).item() == 1


def test_number_of_arguments():
    with pytest.raises(ExpressionError, match="two arguments for beta"):
        read("beta(x)", {"x": 1.0})
    with pytest.raises(ExpressionError, match=r"write gamma\(x\)"):
        read("gamma x", {"x": 1.0})


@pytest.mark.parametrize("order", ["a", "a + 0", "2*b"])
def test_a_parameter_that_is_no_number_is_refused(order):
    values = {"x": 1.0, **{name: 2.0 for name in "ab" if name in order}}
    with pytest.raises(DifferentiationError, match="gammainc: expected a constant a"):
        explain(read(f"gammainc({order}, x)", values))


def test_a_constant_whose_gradient_is_shown_is_not_left_out():
    with pytest.raises(DifferentiationError):
        explain(read("a = 2*1; f = jv(a, x)", {"x": 1.0}))


def test_names_are_free_whatever_was_imported_first():
    code = (
        "import chainrule.ops.special; from chainrule.explain import read; "
        "from chainrule.explain.expression.vocabulary import FUNCTIONS; "
        "assert 'y1' not in FUNCTIONS; read('y1 = 2*x; y1', {'x': 1.0})"
    )
    subprocess.run([sys.executable, "-P", "-c", code], check=True)


def test_expressions_without_them_do_not_import_scipy():
    code = (
        "import sys; from chainrule.explain import read; read('sin(x)*y1', {'x': 1.0, 'y1': 2.0}); "
        "assert 'scipy.special' not in sys.modules"
    )
    subprocess.run([sys.executable, "-P", "-c", code], check=True)


OF_ARRAYS = {
    "cholesky(A)[1, 0]": "A[1, 0]/sqrt(A[0, 0])",
    "sum(diag(v))": "v[0]",
    "pinv(A)[0, 0]": "pinv[0, 0](A[0, 0], A[0, 1], A[1, 0], A[1, 1])",
    "trace(A)": "A[1, 1]",
    "tril(A)[1, 0]": "A[1, 0]",
    "triu(A)[0, 1]": "A[0, 1]",
    "convolve(v, v)[1]": "v[1]",
    "kron(v, v)[2]": "v[1]",
    "polyval(v, 3)": "v[0]",
    "vdot(v, v)": "v[0]·v[0] + v[1]·v[1]",
}


def test_functions_of_matrices_are_all_tried():
    assert {name.partition("(")[0].removeprefix("sum(") for name in OF_ARRAYS} | {"diag"} >= {
        *ARGUMENTS
    } - {*OF_SCIPY}


@pytest.mark.parametrize("expression", OF_ARRAYS)
def test_functions_of_matrices_are_explained(expression):
    values = {"A": [[2.0, 1.0], [1.0, 3.0]], "v": [1.0, 2.0]}
    used = {name: values[name] for name in values if name in expression.replace("triu", "")}
    used = {name: value for name, value in used.items() if f"({name}" in expression}
    output = read(expression, used)
    assert OF_ARRAYS[expression] in str(explain(output))


def test_names_of_functions_of_matrices_are_free():
    assert read("kron = trace*2; kron", {"trace": 3.0}).item() == 6


@pytest.mark.parametrize(
    ("expression", "values", "formula"),
    [
        ("logaddexp(a, b)", {"a": 1.0, "b": 2.0}, "f = log(e^a + e^b) = log(e^1 + e^2)"),
        ("arctan2(y, x)", {"y": 1.0, "x": 2.0}, "(-y/(x^2 + y^2)) × 1"),
        ("sum(cumsum(v))", {"v": [1.0, 2.0]}, "f1[1] = v[0] + v[1]"),
    ],
)
def test_formulas_are_those_of_a_textbook(expression, values, formula):
    assert formula in str(explain(read(expression, values)))
