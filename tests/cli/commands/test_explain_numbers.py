"""`chainrule explain`: the options that say how numbers are written."""

from __future__ import annotations

import json
import re

import pytest

from chainrule import gallery

PRODUCT = ("f = a*b", "a=0.25", "b=0.5")
GAP = ("f = a + b - c", "a=0.1", "b=0.2", "c=0.3")
FORMS = ("text", "html", "latex", "svg")


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ((*PRODUCT, "--digits", 2), "0.25·0.5 = 0.12\n"),
        ((*PRODUCT, "--digits", 2, "--round", "half-up"), "0.25·0.5 = 0.13\n"),
        ((*PRODUCT, "--significant", 2, "--round", "half-up"), "0.25·0.5 = 0.13\n"),
        ((*PRODUCT, "--decimal-comma"), "0,25·0,5 = 0,125\n"),
        (("f = max(a, b)", "a=0.5", "b=2", "--decimal-comma"), "max(a; b) = max(0,5; 2) = 2\n"),
        (("f = a*b", "a=0.02356", "b=1.1", "--digits", 4), "0.0236·1.1 = 0.0259\n"),
        (("f = a*b", "a=0.1", "b=1.1", "--digits", 1), "0.1·1.1 = 0.1\n"),
        (GAP, "0 (rounding: 5.55·10⁻¹⁷)\n"),
        (("f = a*b", "a=1e-10", "b=1e-10"), "1·10⁻¹⁰·1·10⁻¹⁰ = 1·10⁻²⁰\n"),
    ],
)
def test_the_text(call, words, shown):
    done = call("explain", *words)
    assert (done.code, done.err) == (0, "")
    assert shown in done.out


@pytest.mark.parametrize("form", FORMS)
def test_every_form_has_the_same_numbers(call, form):
    words = ("explain", *PRODUCT, "--digits", 2, "--format", form)
    even = re.sub(r"\s", "", call(*words).out)
    up = re.sub(r"\s", "", call(*words, "--round", "half-up").out)
    assert "0.13" not in even
    assert "0.13" in up
    comma = call(*words, "--decimal-comma").out
    assert re.search(r"0(,|\{,\})12", comma)
    assert not re.search(r"\b0\.(12|25)\b", comma)


@pytest.mark.parametrize("form", FORMS)
def test_no_form_prints_an_exponent_of_a_program(call, form):
    done = call("explain", "f = a*b", "a=1.2345e-9", "b=3e15", "--format", form)
    assert not re.search(r"\d\.?\d*e[-+]\d", done.out)


def test_json_keeps_all_digits(call):
    found = json.loads(call("explain", *GAP, "--digits", 2, "--decimal-comma", "--json").out)
    assert found["value"] == 0.1 + 0.2 - 0.3


def test_rounded_numbers_are_carried_on(call):
    words = ("explain", "two-two-two", "--wrt", "w1", "--round-intermediate", 3, "--digits", 3)
    text = call(*words).out
    assert "ROUNDED  every computed number was rounded to 3 places before it was used" in text
    found = json.loads(call(*words, "--json").out)["rounded"]
    names = [one["name"] for one in found["deviations"]]
    assert names == ["E_total", "∂E_total/∂w1", "w1⁺"]
    exact = gallery.get("two-two-two").work().to_dict()
    assert found["deviations"][0]["exact"] == exact["value"]
    assert found["deviations"][0]["rounded"] == pytest.approx(exact["value"], abs=2e-3)


@pytest.mark.parametrize("name", [n for n in gallery.names() if not gallery.get(n).trains])
def test_examples_with_a_decimal_comma_have_no_point(call, name):
    text = call("explain", name, "--decimal-comma").out
    assert not re.search(r"(?<![\w.])\d+\.\d", text.replace("layers.0", "").replace("layers.2", ""))


@pytest.mark.parametrize("name", [n for n in gallery.names() if not gallery.get(n).trains])
@pytest.mark.parametrize("digits", [2, 4])
def test_columns_of_examples_have_one_style(call, name, digits):
    for table in tables(call("explain", name, "--digits", digits).out):
        for column in zip(*table, strict=True):
            numbers = [cell for cell in column if re.fullmatch(r"-?[\d.]+(·10\S+)?", cell)]
            rounded = [cell for cell in numbers if cell != "0"]
            assert len({"·" in cell for cell in rounded}) <= 1
            if not any("·" in cell for cell in rounded):
                assert len({len(cell.partition(".")[2]) for cell in rounded}) <= 1


def tables(text: str) -> list[list[list[str]]]:
    """The cells of all tables, found by the rule below their headers."""
    lines = text.splitlines()
    found: list[list[list[str]]] = []
    for i, line in enumerate(lines):
        if re.fullmatch(r"  ─+(  ─+)+", line):
            spans = [match.span() for match in re.finditer("─+", line)]
            rows: list[list[str]] = []
            for row in lines[i + 1 :]:
                if not row.strip() or "─" in row:
                    break
                rows.append([row[a:b].strip() for a, b in spans])
            found.append(rows)
    return found


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--significant", 0), "significant: expected a whole number between 1 and 17, got 0"),
        (("--round", "up"), "rounding"),
        (("--round-intermediate", -1), "round-intermediate: expected a whole number between"),
        (("--flow", "--round-intermediate", 2), "--round-intermediate: expected an explanation"),
    ],
)
def test_mistakes(call, words, says):
    assert says in call("explain", *PRODUCT, *words).refusal()
