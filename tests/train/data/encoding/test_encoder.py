"""The fitted encoder as plain data: to TOML and back, and on files it has never seen."""

import tomllib

import numpy as np
import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from chainrule.errors import DataError, RunError, UnknownNameError
from chainrule.train.data.encoding.column_coder import ColumnCoder
from chainrule.train.data.encoding.encoder import Encoder
from chainrule.train.data.encoding.target_coder import TargetCoder
from chainrule.train.data.table import Column, Table

finite = st.floats(allow_nan=False, allow_infinity=False)
text = st.text(st.characters(codec="utf-8"), max_size=8)
numbers = st.builds(
    ColumnCoder,
    name=text,
    kind=st.sampled_from(["number", "boolean", "date"]),
    mean=finite,
    scale=finite,
    fill=st.none() | finite,
)
categories = st.builds(
    ColumnCoder,
    name=text,
    kind=st.just("category"),
    categories=st.lists(text, max_size=4).map(tuple),
    fill=st.none() | text,
)
targets = st.builds(
    TargetCoder, text, st.just("classification"), st.lists(text, min_size=2).map(tuple)
) | st.builds(
    TargetCoder,
    text,
    st.just("regression"),
    mean=st.tuples(finite),
    scale=st.tuples(finite),
)
encoders = st.builds(Encoder, st.lists(numbers | categories, max_size=5).map(tuple), targets)


@given(encoders)
def test_toml_keeps_every_bit(encoder: Encoder) -> None:
    entries = tomllib.loads(tomli_w.dumps({"encoder": encoder.to_dict()}))
    again = Encoder.from_dict(entries["encoder"])
    assert again == encoder
    assert repr(again) == repr(encoder)  # −0.0 equals 0.0, but is not written alike


@pytest.mark.parametrize(
    "entries",
    [
        {},
        {"columns": []},
        {"columns": 3, "target": {}},
        {"columns": [{"nam": "a"}], "target": {"name": "y", "task": "regression"}},
        {"columns": [], "target": "y"},
    ],
)
def test_invalid_entries(entries: dict) -> None:
    with pytest.raises(RunError, match="encoder: expected"):
        Encoder.from_dict(entries)


ENCODER = Encoder(
    (
        ColumnCoder("age", "number", mean=40.0, scale=10.0, fill=45.0),
        ColumnCoder("code", "category", categories=("7", "b"), fill="b"),
        ColumnCoder("flag", "boolean"),
    ),
    TargetCoder("y", "classification", ("no", "yes")),
)


def new(**columns: Column) -> Table:
    return Table("new", {k: Column(k, c.kind, c.values, c.levels) for k, c in columns.items()})


AGE = Column("", "number", np.array([50.0, np.nan, 30.0]))
CODE = Column("", "category", np.array([2, -1, 0]), ("7", "a", "b"))
FLAG = Column("", "boolean", np.array([1.0, 0.0, 1.0]))


def test_a_new_table_is_encoded_by_column_name() -> None:
    extra = Column("", "number", np.full(3, np.nan))
    table = new(flag=FLAG, extra=extra, code=CODE, age=AGE)
    expected = [[1, 0, 1, 1], [0.5, 0, 1, 0], [-1, 1, 0, 1]]
    assert ENCODER.encode(table).tolist() == expected
    assert ENCODER.features == ("age", "code=7", "code=b", "flag")
    assert ENCODER.text == ("code",)


def test_an_unseen_category_is_all_zeros_and_reported() -> None:
    code = Column("", "category", np.array([0, 1, 1]), ("7", "new"))
    table = new(age=AGE, code=code, flag=FLAG)
    assert ENCODER.encode(table)[:, 1:3].tolist() == [[1, 0], [0, 0], [0, 0]]
    assert ENCODER.unseen(table) == {"code": ("new",)}


def test_levels_that_no_row_has_are_not_unseen() -> None:
    assert ENCODER.unseen(new(age=AGE, code=CODE, flag=FLAG)) == {}


def test_other_kinds_are_converted_if_nothing_is_lost() -> None:
    table = new(
        age=Column("", "boolean", np.array([1.0, 0.0, 0.0])),
        code=Column("", "number", np.array([7.0, np.nan, 8.0])),
        flag=Column("", "number", np.array([1.0, 0.0, 1.0])),
    )
    expected = [[-3.9, 1, 0, 1], [-4, 0, 1, 0], [-4, 0, 0, 1]]
    np.testing.assert_allclose(ENCODER.encode(table), expected)
    nothing = Column("", "category", np.full(3, -1), ())
    filled = ENCODER.encode(new(age=nothing, code=nothing, flag=FLAG))
    assert filled[:, :3].tolist() == [[0.5, 0, 1]] * 3


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"age": None}, "got none called 'age'"),
        ({"age": None, "flag": None}, "got none called 'age', 'flag'"),
        ({"age": CODE}, "expected number values in column 'age'.*got category values such as"),
        ({"flag": AGE}, r"missing values in 'flag' \(1\), the first in row 2"),
        ({"flag": Column("", "number", np.array([0.0, 1.0, 2.0]))}, "expected boolean values"),
        ({"age": Column("", "number", np.array([0.0, np.inf, 1.0]))}, "got inf in column 'age'"),
    ],
)
def test_tables_that_do_not_fit(changed: dict, message: str) -> None:
    columns = {"age": AGE, "code": CODE, "flag": FLAG, **changed}
    table = new(**{name: column for name, column in columns.items() if column is not None})
    with pytest.raises(DataError, match=message):
        ENCODER.encode(table)


def test_targets_of_a_new_table() -> None:
    y = Column("y", "category", np.array([1, 0, 1]), ("no", "yes"))
    assert ENCODER.encode_target(new(y=y)).tolist() == [1, 0, 1]
    with pytest.raises(DataError, match="expected classes no, yes, got 'maybe'"):
        ENCODER.encode_target(new(y=Column("y", "category", np.array([0]), ("maybe",))))
    with pytest.raises(UnknownNameError):
        ENCODER.encode_target(new(age=AGE))
    with pytest.raises(DataError, match="missing values"):
        ENCODER.encode_target(new(y=Column("y", "category", np.array([-1]), ("no",))))


def test_numbers_in_their_own_units() -> None:
    coder = TargetCoder("y", "regression", mean=(10.0,), scale=(4.0,))
    column = Column("y", "number", np.array([10.0, 14.0, 2.0]))
    encoded = coder.encode(column)
    assert encoded.tolist() == [[0], [1], [-2]]
    assert coder.decode(encoded).tolist() == [[10], [14], [2]]
    assert coder.outputs == 1
