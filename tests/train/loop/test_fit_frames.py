"""`fit` on data frames: the same training as of a file, and what is said where it cannot be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import chainrule as cr
from chainrule.errors import ChainruleError, DataError, OptionError, ShapeError, UnknownNameError
from chainrule.train.options import RunOptions
from chainrule.train.runs import TrainingRun

RNG = np.random.default_rng(0)
N = 90
FRAME = pl.DataFrame(
    {
        "area": [None if i % 8 == 0 else float(a) for i, a in enumerate(RNG.normal(80, 20, N))],
        "city": RNG.choice(["Ulm", "Bonn", "Kiel"], N),
        "income": [f"${x:,.0f}" for x in RNG.normal(50_000, 9_000, N)],
        "note": [f"note {i} of {i * i}" for i in range(N)],
        "kind": [None if i == 7 else str(k) for i, k in enumerate(RNG.choice(["good", "bad"], N))],
    }
)
OPTIONS: dict[str, Any] = {"epochs": 3, "optimizer": "adam", "seed": 4}
OPTIONS |= {"test_fraction": 0.2, "validation_fraction": 0.1}


def parameters(model: Any) -> dict[str, np.ndarray]:
    return {name: tensor.value for name, tensor in model.parameters().items()}


def check_equal(one: Any, other: Any) -> None:
    ours, theirs = parameters(one), parameters(other)
    assert ours.keys() == theirs.keys()
    for name in ours:
        np.testing.assert_array_equal(ours[name], theirs[name], strict=True)


@pytest.mark.parametrize("target", ["kind", "area"])
def test_the_model_is_that_of_a_file(target: str, tmp_path: Path):
    FRAME.write_csv(tmp_path / "t.csv")
    fitted = cr.fit(None, FRAME, target=target, **OPTIONS)
    options = RunOptions(str(tmp_path / "t.csv"), target=target, patience=0, **OPTIONS)
    with TrainingRun.start(options, tmp_path / "run") as run:
        run.train()
        check_equal(fitted.model, run.session.model)
        assert fitted.report.test == run.report().test
        said = repr(run.dataset.inference).replace("t: ", "data frame: ", 1)
    assert repr(fitted.inference) == said.replace("--drop ", "drop=")
    answers = FRAME[target]
    beside = cr.fit(None, (FRAME.drop(target), answers), **OPTIONS)
    loaded = cr.load_run(tmp_path / "run")
    expected = fitted.model.predict(FRAME)
    assert beside.model.predict(FRAME).columns == loaded.predict(FRAME).columns == [target]
    if target == "kind":  # the same columns in another order are the same if it is the last
        check_equal(fitted.model, beside.model)
        assert loaded.predict(FRAME).equals(expected)
    else:
        np.testing.assert_allclose(loaded.predict(FRAME)[target], expected[target], rtol=1e-6)


def test_what_was_inferred():
    fitted = cr.fit(None, FRAME, target="kind", epochs=1)
    assert repr(fitted.inference).splitlines() == [
        "data frame: 89 rows; 2 numbers, 1 category → 6 inputs; to predict the 2 classes of `kind`"
        " (bad, good)",
        "  1 row left out: no answer in `kind`",
        f"  12 cells of `area` read as missing; filled with"
        f" {np.median(FRAME.filter(pl.col('kind').is_not_null())['area'].drop_nulls()):.6g}, and an"
        " input says where",
        "  `income` is written with $, thousands separated",
        "  `note` left out: free text, 89 different ones in 89 rows",
    ]
    assert cr.fit(cr.nn.mlp(1), (np.ones((3, 1)), [1.0, 2, 2.5]), epochs=1).inference is None


def test_a_model_for_the_number_of_inputs():
    def small(inputs: int, outputs: int) -> cr.nn.Layer:
        return cr.nn.mlp(inputs, (5,), outputs, dtype=np.float32, seed=1)

    made = cr.fit(small, FRAME, target="kind", **OPTIONS).model
    given = cr.fit(small(6, 2), FRAME, target="kind", **OPTIONS).model
    check_equal(made, given)
    assert made.predict(FRAME, proba=True).equals(given.predict(FRAME, proba=True))


def test_names_and_categories_cannot_steer_a_terminal():
    frame = FRAME.rename({"city": "ci\x1b[31mty"})
    fitted = cr.fit(None, frame.with_columns(a=pl.lit("?").alias("a\nb")), target="kind", epochs=1)
    assert "\x1b" not in repr(fitted.inference)
    other = frame.with_columns(pl.lit("\x1b[32m\nUlm").alias("ci\x1b[31mty"))
    with pytest.warns(UserWarning, match="of the known ones: ") as caught:
        fitted.model.predict(other)
    assert "\x1b" not in str(caught[0].message)
    assert "\n" not in str(caught[0].message)


def test_the_options_of_columns():
    fitted = cr.fit(
        None,
        FRAME.with_columns(zip=pl.Series([10115, 60311] * 45), when=pl.lit("03/04/2021")),
        target="kind",
        categorical="zip",
        date_format={"when": "%d/%m/%Y"},
        drop=["note", "area"],
        epochs=1,
    )
    assert fitted.inference is not None
    assert fitted.inference.kinds == {"category": 2, "number": 1, "date": 1}
    assert fitted.inference.inputs == 3 + 1 + 2 + 1
    texts = cr.fit(None, FRAME, target="kind", text_columns="hashed", impute="mean", epochs=1)
    assert texts.inference is not None
    assert texts.inference.kinds == {"number": 2, "category": 1, "text": 1}


@pytest.mark.parametrize(
    ("arguments", "options", "kind", "words"),
    [
        ((cr.nn.mlp(4), FRAME), {"target": "kind"}, ShapeError, "a model of 6 inputs, as which the"
         " 3 columns .*; write cr.nn.mlp\\(6, \\(128, 64\\), 2\\)"),
        ((None, FRAME), {}, OptionError, 'got none named; add target="kind"'),
        ((None, FRAME), {"target": "kin"}, UnknownNameError, "did you mean kind"),
        ((None, FRAME.clear()), {"target": "kind"}, DataError, "rows of data, .*; bring one row"),
        ((None, pl.DataFrame()), {"target": "kind"}, DataError, "rows of data, got nothing"),
        ((None, FRAME.lazy()), {"target": "kind"}, DataError, r"LazyFrame; call .collect\(\)"),
        ((None, FRAME), {"target": "kind", "require_target": True}, DataError, "leave"
         " require_target out"),
        ((None, FRAME.with_columns(a=pl.Series([[1]] * N), b=pl.Series([{"c": 1}] * N))),
         {"target": "kind"}, DataError, r"'a' of type List.*'b' of type Struct.*drop=\[.a., .b.\]"),
        ((None, FRAME.with_columns(area=pl.lit(float("inf")))), {"target": "kind"}, DataError,
         'add missing="inf"'),
        ((None, FRAME), {"target": "kind", "loss": "binary_cross_entropy"}, OptionError,
         "cross_entropy for the classes of a data frame"),
        ((None, FRAME), {"target": "kind", "loss": "mse"}, DataError, "numbers, for regression"),
        ((None, FRAME), {"target": "kind", "validation": (1, 2)}, OptionError,
         "validation_fraction"),
        ((None, (FRAME.drop("kind"), FRAME["kind"])), {"target": "area"}, DataError,
         "one target, the answers 'kind', got target='area' besides"),
        ((None, (FRAME, FRAME["kind"].head(3))), {}, DataError, "each of 90 rows, got 3"),
        ((None, (FRAME, FRAME["kind"])), {}, DataError, "got 'kind' in both"),
        ((None, (FRAME, None)), {}, DataError, r"answers for its rows, \(n,\), got None"),
        ((None, (FRAME, [[1], [2, 3]])), {}, DataError, "answers in rows of one length"),
        ((None, (FRAME, [1, "1", "2"] * 30)), {}, DataError, "labels of one type, got '1' and 1"),
        ((None, (np.ones((3, 1)), [1, 2, 3])), {}, OptionError, "got NoneType"),
        ((cr.nn.mlp(1), (np.ones((3, 1)), [1, 2, 3])), {"drop": "a"}, OptionError,
         "drop: expected a data frame"),
        ((lambda inputs, outputs: None, FRAME), {"target": "kind"}, OptionError, "got NoneType"),
        ((cr.nn.Linear, FRAME), {"target": "kind"}, OptionError, "the class Linear"),
    ],
)  # fmt: skip
def test_what_cannot_be_fitted_is_said(
    arguments: Any, options: Any, kind: type[ChainruleError], words: str
):
    with pytest.raises(kind, match=words) as caught:
        cr.fit(*arguments, **options)
    assert "--" not in str(caught.value)


def test_frames_that_are_used_as_arrays():
    """Several answers in a row leave the numbers of a frame as they are."""
    x = pl.DataFrame({"a": RNG.normal(size=20), "b": RNG.normal(size=20)})
    y = pl.DataFrame({"c": x["a"] * 2, "d": x["b"]})
    model = cr.nn.mlp(2, (), 2, seed=1)
    fitted = cr.fit(model, (x, y), epochs=3).model
    plain = cr.fit(cr.nn.mlp(2, (), 2, seed=1), (x.to_numpy(), y.to_numpy()), epochs=3).model
    check_equal(fitted, plain)
    np.testing.assert_array_equal(fitted.predict(x.select("b", "a")), plain.predict(x.to_numpy()))


def test_training_again_changes_what_frames_mean():
    model = cr.fit(None, FRAME, target="kind", drop="note", epochs=1).model
    cr.fit(model, (np.ones((4, 6)), [0, 1, 1, 0]), epochs=1)
    assert isinstance(model.predict(np.ones((1, 6))), np.ndarray)
    assert model.trained_columns == ()


@pytest.mark.parametrize("model", [None, lambda n, m: cr.nn.mlp(n, (8,), m, seed=1)])
def test_categories_of_many_levels_are_embedded(model):
    """The answer depends on the city alone: one input of codes could not tell 60 cities apart."""
    rng = np.random.default_rng(0)
    worth = {f"c{i}": float(rng.normal()) for i in range(60)}
    cities = rng.choice(list(worth), 600)
    frame = pl.DataFrame({"x": rng.normal(size=600), "city": cities})
    frame = frame.with_columns(price=pl.Series([worth[city] for city in cities]))
    fitted = cr.fit(model, frame, target="price", epochs=60, seed=0)
    found = fitted.model.predict(frame.drop("price"))["price"].to_numpy()
    assert np.corrcoef(found, frame["price"].to_numpy())[0, 1] > 0.95


def test_a_model_that_would_take_codes_for_numbers_is_refused():
    cities = [f"c{i % 60}" for i in range(240)]
    frame = pl.DataFrame({"x": np.arange(240.0), "city": cities, "price": np.arange(240.0)})
    with pytest.raises(OptionError, match=r"'city'.*EmbedColumns"):
        cr.fit(cr.nn.mlp(2, (4,), 1), frame, target="price", epochs=1)
