"""Names in running text."""

from __future__ import annotations

import re
from html import unescape

import pytest

from chainrule.explain.render.html.notation import name_html


@pytest.mark.parametrize(
    "name", ["w5", "net_h1", "x", "theta_1", "w[3, 4]", "h2[0]", "a b", "w1_out"]
)
def test_a_name_in_a_sentence_can_be_copied(name):
    assert unescape(re.sub(r"<[^>]*>", "", name_html(name))).replace("θ", "theta") == name
