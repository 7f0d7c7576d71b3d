"""Derivations as LaTeX: they compile everywhere and stay on the page."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from chainrule.explain import explain, read
from explain.stories import NETWORK, NETWORK_AT, STORIES

PDFLATEX = shutil.which("pdflatex")


def without_escapes(source: str) -> str:
    return re.sub(r"\\[{}\\]", "", source)


@pytest.fixture(params=STORIES)
def source(request):
    return STORIES[request.param]().to_latex()


def test_a_document_needs_nothing_but_amsmath(source):
    assert source.startswith("\\documentclass[fleqn]{article}\n")
    assert source.endswith("\\end{document}\n")
    assert re.findall(r"\\usepackage.*", source) == ["\\usepackage{amsmath}"]
    assert source.isascii()


def test_braces_brackets_and_environments_are_closed(source):
    bare = without_escapes(source)
    assert bare.count("{") == bare.count("}")
    assert source.count("\\left") == source.count("\\right")
    open_: list[str] = []
    for kind, environment in re.findall(r"\\(begin|end)\{([a-z]+\*?)\}", source):
        if kind == "begin":
            open_.append(environment)
        else:
            assert open_.pop() == environment
    assert not open_


def test_every_line_has_one_alignment_point(source):
    for block in re.findall(r"\\begin\{align\*\}(.*?)\\end\{align\*\}", source, re.DOTALL):
        bare = re.sub(r"\\begin\{cases\}.*?\\end\{cases\}", "", block).replace("\\&", "")
        for line in re.split(r"\\\\(?:\[1ex\]|\*)?\n", bare):
            assert line.count("&") == 1


def test_it_has_five_sections():
    source = STORIES["gates"]().to_latex()
    titles = re.findall(r"\\subsection\*\{(.*)\}", source)
    assert titles == ["Given", "Forward pass", "Backward pass", "Chain rule", "Update"]
    assert r"\section*{\raggedright Two, two \& two}" in source
    slope = r"\frac{\partial E_{\mathit{total}}}{\partial w_{5}}"
    assert f"w_{{5}}^{{+}} &= w_{{5}} - \\eta \\, {slope} = 0.35 - 0.5 \\cdot" in source


def test_textbook_notation():
    source = STORIES["add_multiply"]().to_latex()
    chain = r"\frac{\partial f}{\partial q} \cdot \frac{\partial q}{\partial x}"
    assert f"\\frac{{\\partial f}}{{\\partial x}} &= {chain} = z = (-4) \\cdot 1 = -4" in source
    assert "q &= x + y = -2 + 5 = 3" in source
    assert "f &= q \\cdot z = 3 \\cdot (-4) = -12" in source


def test_the_sum_over_paths_is_written_as_a_sum():
    chain = STORIES["names"]().to_latex().partition("Chain rule")[2]
    lines = [line.removesuffix(r" \\*") for line in chain.splitlines()]
    first = next(i for i, line in enumerate(lines) if r"{\partial w_{1}} &=" in line)
    assert lines[first + 1].startswith(r"  &\quad + \frac{\partial E_{\mathit{total}}}")
    assert lines[first + 2].startswith(r"  &= (-(t_{1} - \mathit{out}_{\mathit{o1}})) \cdot")
    assert "  &= 0.000593040 + (-0.000223981)" in lines
    assert lines[lines.index("  &= 0.000593040 + (-0.000223981)") + 1].startswith(
        "  &= 0.000369059"
    )


def test_the_largest_of_many_paths_are_listed():
    story = STORIES["network"]()
    (chain,) = story.derivation.chains
    source = story.to_latex()
    assert r"&= \sum_{i=1}^{N} P_i" in source
    assert f"N = {chain.count} paths lead there; the 3 largest are:" in source
    assert r"&= P_{1} + P_{2} + P_{3} + \sum_{i=4}^{N} P_i = 0." in source


def test_ranked_paths_have_sums_by_sign():
    output = read(NETWORK, NETWORK_AT, intermediates=False)
    source = explain(output, "w1", steps="names", paths=1).to_latex()
    assert "N = 2 paths lead there; the largest is:" in source
    assert r"\sum_{P_i > 0} P_i &= 0.000593 " in source
    assert r"\sum_{P_i < 0} P_i &= -0.000224" in source


def test_paths_can_be_counted_alone():
    output = read(NETWORK, NETWORK_AT, intermediates=False)
    chain = explain(output, "w1", steps="names", paths=0).to_latex().partition("Chain rule")[2]
    assert r"&= \sum_{i=1}^{N} P_i = 0.000369" in chain
    assert "N = 2 paths lead there." in chain
    assert "P_{1}" not in chain


def test_a_note_is_one_paragraph():
    note = r"\raggedright\itshape A tie: each operand of max is given half of the gradient."
    assert note in STORIES["tie"]().to_latex()


def test_decimal_points_of_given_values_are_aligned():
    given = STORIES["tiny_numbers"]().to_latex().partition("Given")[2].partition("Forward")[0]
    assert r"a &={}& 3 & \cdot 10^{-7} &\qquad b &={}& 2 & \cdot 10^{13}" in given
    assert "x &={}& -1 & .3" in STORIES["functions"]().to_latex()


def test_a_fragment_is_the_body_of_a_document():
    source = STORIES["add_multiply"]().to_latex(document=False)
    assert source.startswith("% needs \\usepackage{amsmath}\n")
    assert "documentclass" not in source
    assert "\\begin{align*}" in source


@pytest.mark.skipif(PDFLATEX is None, reason="no pdflatex here: structure alone is checked")
@pytest.mark.parametrize("story", STORIES)
def test_documents_compile_and_stay_on_the_page(story, tmp_path):
    assert problems(STORIES[story]().to_latex(), tmp_path) == []


@pytest.mark.skipif(PDFLATEX is None, reason="no pdflatex here: structure alone is checked")
def test_fragments_compile_in_an_article(tmp_path):
    # a name of 100 letters does not fit the narrow page of an article in any type
    stories = [story for name, story in STORIES.items() if name != "endless_name"]
    fragments = "\n".join(story().to_latex(document=False) for story in stories)
    preamble = "\\documentclass{article}\\usepackage{amsmath}\\begin{document}\n"
    assert problems(f"{preamble}{fragments}\\end{{document}}\n", tmp_path) == []


def problems(source: str, folder) -> list[str]:
    (folder / "story.tex").write_text(source, encoding="utf-8")
    command = [PDFLATEX, "-interaction=nonstopmode", "-halt-on-error", "story.tex"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace")
    wrong = [line for line in run.stdout.splitlines() if re.match(r"!|Overfull|LaTeX W", line)]
    return wrong + ([f"exit code {run.returncode}"] if run.returncode else [])
