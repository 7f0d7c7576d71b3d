"""The answer of the most similar source, against cosines that are computed text by text."""

from __future__ import annotations

import math
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from chainrule.domains.pairs.answers.baselines import nearest_answers


def cosine(one: str, other: str) -> float:
    texts = (one, other)
    a, b = (Counter(t[i : i + n] for n in (1, 2, 3) for i in range(len(t) - n + 1)) for t in texts)
    norms = math.sqrt(sum(v * v for v in a.values()) * sum(v * v for v in b.values()))
    return sum(a[gram] * b[gram] for gram in a) / norms


@given(
    st.lists(st.text("abc", min_size=1, max_size=6), min_size=1, max_size=6, unique=True),
    st.text("abc", min_size=1, max_size=6),
)
def test_the_largest_cosine(known, source):
    (answer,) = nearest_answers([source], [(one, one) for one in known])
    best = max(cosine(source, one) for one in known)
    assert cosine(source, answer) >= best - 1e-5
