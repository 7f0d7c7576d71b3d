"""Names in options: split at commas outside brackets."""

from __future__ import annotations

import pytest

from chainrule.cli.arguments.names import parse_names


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ([], []),
        (["x,y"], ["x", "y"]),
        (["x", "y,x"], ["x", "y"]),
        (["w[1, 0],b", "v[2]"], ["w[1, 0]", "b", "v[2]"]),
        ([" x , ,y,"], ["x", "y"]),
        (["w₁,λ"], ["w1", "λ"]),
        (["x\ny"], ["x\ny"]),
    ],
)
def test_names(words, names):
    assert parse_names(words) == names
