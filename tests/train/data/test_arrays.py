import numpy as np
import pytest

from chainrule.errors import DataError
from chainrule.train.data.arrays import from_arrays
from chainrule.train.data.dataset import Dataset

X = np.random.default_rng(0).normal(size=(30, 4))


def test_arrays_are_used_as_they_are() -> None:
    data = from_arrays(X, X[:, 0])
    np.testing.assert_array_equal(data.train.x, X)
    np.testing.assert_array_equal(data.train.y, X[:, :1])
    assert (data.task, data.outputs, len(data.test), len(data.validation)) == (
        "regression",
        1,
        0,
        0,
    )
    assert data.encoder.features == ("x0", "x1", "x2", "x3")


def test_held_out_fractions() -> None:
    data = from_arrays(X, np.repeat([3, 5, 9], 10), test_fraction=0.2, validation_fraction=0.2)
    assert (len(data.train), len(data.validation), len(data.test)) == (19, 5, 6)
    assert data.encoder.target.classes == ("3", "5", "9")


@pytest.mark.parametrize(
    ("answers", "classes"),
    [
        (["cat", "dog"] * 15, ("cat", "dog")),
        ([True, False] * 15, ("false", "true")),
        ([2, 10] * 15, ("2", "10")),
        (np.tile([[1.0], [0.0]], (15, 1)), ("0", "1")),
    ],
)
def test_classes(answers: object, classes: tuple[str, ...]) -> None:
    data = from_arrays(X, answers)
    assert data.encoder.target.classes == classes
    assert data.train.y.shape == (30,)
    labels = [classes[i] for i in data.train.y]
    assert labels == [
        str(int(a) if isinstance(a, float) else a).lower() for a in np.ravel(answers).tolist()
    ]


def test_more_outputs_and_more_axes() -> None:
    data = from_arrays(X.reshape(30, 2, 2), X[:, :2])
    assert (data.task, data.outputs, data.train.x.shape) == ("regression", 2, (30, 2, 2))
    np.testing.assert_array_equal(data.encoder.target.decode(data.train.y), X[:, :2])


def test_dtypes() -> None:
    assert from_arrays(X.astype(np.float32), X[:, 0]).train.y.dtype == np.float32
    assert from_arrays(X > 0, X[:, 0]).train.x.dtype == np.float64
    assert from_arrays(X, X[:, 0], dtype=np.float32).train.x.dtype == np.float32


def test_fingerprints() -> None:
    def prints(data: Dataset) -> tuple[str, str]:
        return data.fingerprint, data.source_fingerprint

    assert prints(from_arrays(X, X[:, 0])) == prints(from_arrays(X.copy(order="F"), X[:, 0]))
    assert prints(from_arrays(X, X[:, 0])) != prints(from_arrays(X, X[:, 1]))


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (X[:, 0], X[:, 0], r"reshape one input column with x\[:, None\]"),
        (X, X[:5, 0], r"got shapes \(30, 4\) and \(5,\)"),
        (X[:0], X[:0, 0], "expected rows of data"),
        (X.astype(str), X[:, 0], "expected numbers as inputs"),
        (np.where(X[3, 2] == X, np.nan, X), X[:, 0], r"got nan at index \(3, 2\) \(1 non-finite"),
        (
            X,
            np.where(X[:, 0] == X[7, 0], np.inf, X[:, 0]),
            r"finite answers, got inf at index \(7,\)",
        ),
        (X, np.zeros(30), "two classes or more"),
        (X, np.array([["a", "b"]] * 30), "one class for each row"),
    ],
)
def test_arrays_that_are_refused(x: np.ndarray, y: np.ndarray, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        from_arrays(x, y)
    assert "\n" not in str(caught.value)


@pytest.mark.filterwarnings("error")
def test_values_beyond_the_range_of_float32() -> None:
    with pytest.raises(DataError, match=r"inputs within the range of float32, got .*e\+3[89]"):
        from_arrays(1e39 * X, X[:, 0], dtype=np.float32)
    with pytest.raises(DataError, match=r"answers within the range of float32.*scale them"):
        from_arrays(X, 1e39 * X[:, 0], dtype=np.float32)


def test_text_in_regression() -> None:
    with pytest.raises(DataError, match="numbers as answers, for this loss, got 'a', 'b'"):
        from_arrays(X, ["a", "b"] * 15, task="regression")
    with pytest.raises(DataError, match="argmax"):
        from_arrays(X, np.eye(30), task="classification")
