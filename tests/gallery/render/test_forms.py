"""All forms of a report have the same numbers: those of the text are in LaTeX and HTML, too."""

from __future__ import annotations

import re

import pytest

from chainrule import gallery

RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")

NUMBER = r"(?<![\w.,])\d+[.,]\d+(?:·10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?"


def numbers(text: str) -> set[str]:
    """Decimals and powers of ten, but for those of the circuit, which has room for few digits."""
    before, _, after = text.partition("\nGRAPH")
    found = re.findall(NUMBER, before + after.partition("\nCHAIN RULE")[2])
    return {number.translate(RAISED) for number in found}


def in_latex(source: str) -> str:
    source = source.replace("{,}", ",").replace(" & .", ".").replace(" & ,", ",")
    return re.sub(r" \\cdot 10\^\{(-?\d+)\}", r"·10\1", source)


def in_html(source: str) -> str:
    source = re.sub(r"<mo[^>]*>·</mo><msup><mn>10</mn><mn>(−?\d+)</mn></msup>", r"·10\1", source)
    source = re.sub(r"·10<sup>(−?\d+)</sup>", r"·10\1", source).replace("−", "-")
    return re.sub("<[^>]*>", "", source).translate(RAISED)


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"digits": 2, "rounding": "half-up"},
        {"significant": 3, "decimal_comma": True},
        {"round_intermediate": 4},
    ],
)
@pytest.mark.parametrize("name", ["two-two-one", "neuron-softmax", "vanishing-chain"])
def test_numbers_of_the_text_are_in_every_form(name, how):
    report = gallery.get(name).work(**how)
    found = numbers(str(report))
    assert len(found) > 20
    latex, html = in_latex(report.to_latex()), in_html(report._repr_html_())
    assert {number for number in found if number not in latex} == set()
    assert {number for number in found if number not in html} == set()
