import base64
import math
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.errors import RunError
from chainrule.train.loop.history import EpochRecord, History, from_lines, to_lines

finite = st.floats(allow_nan=False)
records = st.lists(
    st.builds(
        EpochRecord,
        epoch=st.just(0),
        step=st.integers(0, 10**12),
        train_loss=finite,
        learning_rate=finite,
        seconds=finite,
        validation_loss=st.none() | finite,
        validation_metric=st.none() | finite,
        gradient_norms=st.dictionaries(st.text(), finite, max_size=4),
    ),
    max_size=6,
).map(lambda drawn: [EpochRecord(**{**vars(r), "epoch": i + 1}) for i, r in enumerate(drawn)])


@given(records)
def test_a_round_trip_keeps_every_bit(drawn: list[EpochRecord]) -> None:
    assert from_lines(to_lines(drawn)) == drawn


@given(records, st.data())
def test_read_when_cut_anywhere(drawn: list[EpochRecord], data: st.DataObject) -> None:
    content = to_lines(drawn)
    cut = content[: data.draw(st.integers(0, len(content)))]
    found = from_lines(cut)
    assert found == drawn[: len(found)]
    assert len(found) >= cut.count(b"\n")


def test_layers_keep_their_order() -> None:
    norms = {"z": 1.0, "a": 2.0, "m": 3.0}
    record = EpochRecord(1, 1, 0.5, 0.1, 1.0, gradient_norms=norms)
    assert list(from_lines(to_lines([record]))[0].gradient_norms) == ["z", "a", "m"]


def test_numbers_that_are_not_finite() -> None:
    lines = to_lines([EpochRecord(1, 1, math.nan, 0.1, 1.0, validation_loss=-math.inf)])
    assert b"NaN" not in lines  # which is no JSON
    assert b"Infinity" not in lines
    (found,) = from_lines(lines)
    assert math.isnan(found.train_loss)
    assert found.validation_loss == -math.inf


def test_a_repeated_epoch_replaces_others() -> None:
    first = [EpochRecord(e, e, 1.0, 0.1, 1.0) for e in (1, 2, 3)]
    again = [EpochRecord(e, e, 0.5, 0.1, 1.0) for e in (2, 3, 4)]
    assert from_lines(to_lines(first + again)) == first[:1] + again


@pytest.mark.parametrize("line", [b"what", b"[1]", b'{"epoch": 1}', b"\xff\xfe", b"\0\0", b"7"])
def test_damaged_lines_are_refused(line: bytes) -> None:
    good = to_lines([EpochRecord(1, 1, 1.0, 0.1, 1.0)])
    assert len(from_lines(good + line)) == 1
    with pytest.raises(RunError, match="line 2: expected a record of one epoch"):
        from_lines(good + line + b"\n" + good)


@pytest.mark.parametrize(("norms", "pictures"), [({}, 1), ({"layers.0": 1.0}, 2)])
def test_curves_in_a_notebook(norms: dict, pictures: int) -> None:
    losses = [0.5, 0.4, 0.3]
    history = History(
        EpochRecord(e, e, loss, 0.1, 1.0, gradient_norms=norms)
        for e, loss in enumerate(losses, start=1)
    )
    html = history._repr_html_()
    images = re.findall(r'<img alt="([^"]+)" [^>]*src="data:image/svg\+xml;base64,([^"]+)">', html)
    assert len(images) == pictures
    assert all(says for says, _ in images)
    for _, data in images:
        assert ElementTree.fromstring(base64.b64decode(data)).tag.endswith("svg")
    assert len(html) < 100_000


def test_a_history_is_a_tuple_of_records() -> None:
    records = [EpochRecord(1, 3, 0.5, 0.1, 1.0)]
    assert History(records) == tuple(records)
    assert repr(History(records)) == "<history of 1 epoch: training loss 0.5 to 0.5>"
    assert repr(History()) == "<history of no epochs>"
    assert History()._repr_html_() == "<div>a history of no epochs</div>"
