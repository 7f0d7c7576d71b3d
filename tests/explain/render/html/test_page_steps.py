"""The sentences of a page's steps."""

from __future__ import annotations

import re
from html import unescape

from chainrule.explain.render.html.page_steps import steps
from chainrule.formula.numbers import NumberStyle
from explain.stories import STORIES


def text_of(markup: str) -> str:
    """The text of a piece of HTML."""
    return unescape(re.sub(r"<[^>]*>", "", markup))


def test_a_backward_step_states_how_the_node_is_used():
    sentences = {
        step.about: text_of(step.sentence)
        for step in steps(STORIES["names"]().derivation, NumberStyle(9))
        if step.phase == "backward"
    }
    assert sentences["out_h1"] == (
        "out_h1 is used in net_o1 and net_o2."
        " The products that come back through them are added up."
    )
    assert sentences["net_h1"] == (
        "net_h1 is used in out_h1 only: its gradient is one product, local × upstream."
    )
    assert sentences["E_total"].startswith("The backward pass starts here")


def test_omitted_terms_of_a_sum_are_counted():
    found = steps(STORIES["network"]().derivation, NumberStyle(4))
    sentence = next(text_of(step.sentence) for step in found if step.about.startswith("z2["))
    expected = r" is computed from a1\[4\] and others\. … stands for 124 more terms, together −0"
    assert re.search(expected, sentence)
