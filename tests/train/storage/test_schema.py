"""Schemas accept what they say and name the place of everything else."""

import math

import pytest

from chainrule.errors import RunError
from chainrule.train.storage.schema import (
    check,
    either,
    list_of,
    null,
    number,
    one_of,
    parse_json,
    parse_toml,
    plain,
    table,
    table_of,
    text,
    truth,
    whole,
)

DEEP: object = 0
for _ in range(50):
    DEEP = {"a": DEEP}

ACCEPTED = [
    (whole(), [0, 2**53]),
    (whole(1), [1]),
    (number(), [0, -1.5, 10**300]),
    (number(above=0.0), [5e-324]),
    (number(least=0.0), [0, 0.0]),
    (number(finite=False), [math.nan, math.inf, "nan", "-inf"]),
    (text, ["", "é"]),
    (truth, [True]),
    (one_of("a", "b"), ["b"]),
    (either("x", null, whole()), [None, 3]),
    (list_of(whole(), least=1, most=2), [[1], [1, 2]]),
    (table_of(whole()), [{}, {"a": 1}]),
    (table({"a": whole()}, {"b": text}), [{"a": 1}, {"a": 1, "b": ""}]),
    (table({}, others=plain), [{"c": [1, {"d": None}]}]),
]
REFUSED = [
    (whole(), [-1, 2**53 + 1, 1.0, True, None, "1"]),
    (whole(1), [0]),
    (number(), [math.nan, math.inf, 10**400, True, "1", None, "nan"]),
    (number(above=0.0), [0, -1]),
    (number(least=0.0), [-5e-324]),
    (number(finite=False), ["x", True, None, []]),
    (text, [1, None, "\ud800"]),
    (truth, [0, "true"]),
    (one_of("a", "b"), ["c", [], None]),
    (either("x", null, whole()), [-1, "a"]),
    (list_of(whole(), least=1, most=2), [[], [1, 2, 3], ["a"], (1,), {}]),
    (list_of(text, distinct=True), [["a", "a"]]),
    (table_of(whole()), [[], {"a": -1}, None]),
    (table({"a": whole()}, {"b": text}), [{}, {"b": ""}, {"a": 1, "b": 2}, {"a": 1, "c": 1}]),
    (table({}, others=plain), [{"c": object()}, DEEP]),
]


@pytest.mark.parametrize(("schema", "values"), ACCEPTED)
def test_accepted(schema, values):
    for value in values:
        check(schema, value, "file", "restore it")


@pytest.mark.parametrize(("schema", "values"), REFUSED)
def test_refused(schema, values):
    for value in values:
        with pytest.raises(RunError, match=r"^file: expected .*, got .*; restore it$"):
            check(schema, value, "file", "restore it")


def test_the_place_is_named():
    schema = table({"a": list_of(table({"b": whole()}))})
    with pytest.raises(RunError, match=r"a whole number from 0 on as 'a\[1\]\.b', got 'x'"):
        check(schema, {"a": [{"b": 1}, {"b": "x"}]}, "file", "")


@pytest.mark.parametrize("content", ["{", "[" * 100_000, "1" * 5000, ""])
def test_json_that_cannot_be_parsed(content):
    with pytest.raises(ValueError):  # noqa: PT011  (a message of the standard library)
        parse_json(content)


@pytest.mark.parametrize("content", ["=", "a = " + "[" * 100_000, "a = " + "1" * 5000])
def test_toml_that_cannot_be_parsed(content):
    with pytest.raises(ValueError):  # noqa: PT011
        parse_toml(content)
