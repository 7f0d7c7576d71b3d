"""chrF against its definition, written out, and against the numbers of sacreBLEU 2.6.0."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.domains.pairs.answers.scores import chrf, exact_match

SACREBLEU = [
    ("the cat sat on the mat", "the cat is on the mat", 64.5779420625287),
    ("2021-03-04", "2021-03-03", 85.90608465608466),
    ("ein kleiner Test", "kein Test", 34.32402535110264),
    ("", "nothing", 0.0),
    ("ab", "abc def", 31.25),
    ("the cat", "the hat", 28.055555555555557),
]


def test_the_numbers_of_sacrebleu():
    for answer, wanted, score in SACREBLEU:
        assert chrf([answer], [wanted]) == pytest.approx(score, rel=1e-12)
    answers, wanted = ([row[i] for row in SACREBLEU[:5]] for i in (0, 1))
    assert chrf(answers, wanted) == pytest.approx(52.24909465029729, rel=1e-12)


def by_definition(answer: str, wanted: str) -> float:
    """chrF2 of one pair: each n-gram of one text crosses out an equal one of the other."""
    a, w = "".join(answer.split()), "".join(wanted.split())
    precisions, recalls = [], []
    for n in range(1, 7):
        ours = [a[i : i + n] for i in range(len(a) - n + 1)]
        theirs = [w[i : i + n] for i in range(len(w) - n + 1)]
        if not ours or not theirs:
            continue
        left, right = list(theirs), 0
        for gram in ours:
            if gram in left:
                left.remove(gram)
                right += 1
        precisions.append(right / len(ours))
        recalls.append(right / len(theirs))
    if not precisions or not sum(precisions):
        return 0.0
    p, r = (sum(one) / len(one) for one in (precisions, recalls))
    return 100 * 5 * p * r / (4 * p + r)


@given(st.text("ab ", max_size=9), st.text("abc", min_size=1, max_size=9))
def test_the_definition(answer, wanted):
    assert chrf([answer], [wanted]) == pytest.approx(by_definition(answer, wanted), abs=1e-9)


def test_exact_matches():
    assert exact_match(["a", "b", "c"], ["a", "x", "c"]) == pytest.approx(2 / 3)
