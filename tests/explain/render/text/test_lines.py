"""Where lines of text may be broken."""

from __future__ import annotations

import pytest

from chainrule.explain.render.text.lines import WIDTH, wrapped


@pytest.mark.parametrize(
    "name",
    ['"day (week, sin)"', "layers.0.weight[3, day (week, sin)]", "w[1, height [cm] of both]"],
)
def test_a_name_is_never_broken_wherever_it_stands(name):
    for before in range(1, WIDTH - 2):
        line = f"{'a' * before} = 0.5·{name} + 0.25·x + 0.125·{name} + the other 8 together"
        lines = wrapped(line, 2, 4)
        assert " ".join(part.strip() for part in lines) == line
        assert sum(part.count(name) for part in lines) == 2
        assert max(map(len, lines)) <= WIDTH


def test_quotation_marks_that_enclose_nothing_and_long_texts_may_be_broken():
    inches = 'the pipes of 5" and 6" ' * 8
    text = f'"{"word " * 30}"'
    for line in (inches.strip(), text):
        assert max(map(len, wrapped(line, 2, 4))) <= WIDTH
