"""Runs on tables with a category of many levels: codes, which the network embeds."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from chainrule.cli.main import command_line
from chainrule.errors import DataError, OptionError, UnknownNameError
from chainrule.nn import EmbedColumns
from chainrule.train.data.encoding.encoder import Encoder
from chainrule.train.data.load_dataset import load
from chainrule.train.data.preparation.inference_lines import inference_lines
from chainrule.train.options import RunOptions
from chainrule.train.runs.predictor import Predictor
from chainrule.train.runs.trained_network import TrainedNetwork, explain_weight
from chainrule.train.runs.training_run import TrainingRun

LEVELS = 120
PLAIN = RunOptions(layers=(8,), epochs=4, batch_size=64, learning_rate=0.02, seed=1)


def called(*arguments: object) -> Result:
    return CliRunner().invoke(command_line(), [str(a) for a in arguments])


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Path:
    """Numbers that depend on a city, one of many, some of which have a single row."""
    path = tmp_path_factory.mktemp("table") / "cities.csv"
    rng = np.random.default_rng(0)
    effects = rng.normal(size=LEVELS)
    lines = ["age,city,zip,id,y"]
    for i in range(1500):
        city, age = int(rng.integers(LEVELS)), int(rng.integers(80))
        name = f'"Town {city}, north"' if city % 2 else f"Town {city}"
        y = effects[city] + age / 80
        lines.append(f"{age},{name},{10_000 + city % 60},user_{i},{y:.3f}")
    lines += [f"{i},Hamlet {i},10000,guest_{i},0.5" for i in range(20)]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def run(table: Path, tmp_path_factory) -> Path:
    options = dataclasses.replace(PLAIN, source=str(table), target="y", drop=("zip",))
    folder = tmp_path_factory.mktemp("run") / "run"
    with TrainingRun.start(options, folder) as training:
        training.train()
    return folder


def test_many_levels_become_one_column_of_codes(table: Path):
    data = load(dataclasses.replace(PLAIN, source=str(table), target="y"), dtype=np.float32)
    encoder = data.encoder
    assert encoder.features == ("age", "city", "zip")
    (city,) = [coder for coder in encoder.columns if coder.name == "city"]
    assert len(city.categories) == LEVELS
    assert list(city.categories) == sorted(city.categories)
    assert encoder.tables == {1: (LEVELS + 1, city.embedding)}
    assert Encoder.from_dict(json.loads(json.dumps(encoder.to_dict()))) == encoder
    rows = [line.split(",") for line in table.read_text().splitlines()[1:]]
    assert data.rows == len(rows)
    codes = np.concatenate([part.x[:, 1] for part in (data.train, data.validation, data.test)])
    assert codes.dtype == np.float32
    assert set(codes.tolist()) == set(range(LEVELS + 1))
    hamlets = sum(row[1].startswith("Hamlet") for row in rows)
    assert (codes == 0).sum() == hamlets == 20


def test_what_is_embedded_is_said(table: Path):
    data = load(dataclasses.replace(PLAIN, source=str(table), target="y"))
    assert data.inference is not None
    lines = inference_lines(data.inference)
    assert "2 numbers, 1 category → 3 inputs" in lines[0]
    assert (
        "`city`: 120 levels, embedded in 23 numbers; 20 more, in one training row or none,"
        " share a vector"
    ) in lines
    assert data.inference.to_dict()["embedded"] == {
        "city": {"levels": 120, "width": 23, "others": 20}
    }
    assert "id" in data.inference.left_out


def test_an_integer_column_that_is_said_to_be_categories_is_embedded(table: Path):
    options = dataclasses.replace(PLAIN, source=str(table), target="y", categorical=("zip",))
    encoder = load(options).encoder
    assert set(encoder.tables) == {1, 2}
    assert encoder.columns[2].categories == tuple(str(10_000 + i) for i in range(60))


def test_fifty_levels_stay_one_hot_as_before(tmp_path: Path):
    for levels in (50, 51):
        path = tmp_path / f"{levels}.csv"
        rows = [f"level {i % levels},{i % 7}.5" for i in range(20 * levels)]
        path.write_text("a,y\n" + "\n".join(rows) + "\n")
        encoder = load(dataclasses.replace(PLAIN, source=str(path), target="y")).encoder
        assert (len(encoder.features), len(encoder.tables)) == ((50, 0), (1, 1))[levels - 50]


def test_runs_that_encoded_many_levels_one_hot_go_on_to_do_so(table: Path):
    options = dataclasses.replace(PLAIN, source=str(table), target="y")
    encoder = load(options).encoder
    before = dataclasses.replace(
        encoder, columns=tuple(dataclasses.replace(c, embedding=0) for c in encoder.columns)
    )
    assert "embedding" not in json.dumps(before.to_dict())
    assert len(before.features) == LEVELS + 2
    assert isinstance(PLAIN.model(3, 1, tables=encoder.tables).layers[0], EmbedColumns)
    assert not isinstance(PLAIN.model(LEVELS + 2, 1, tables=before.tables).layers[0], EmbedColumns)


@pytest.mark.parametrize("engine", ["compiled", "reference"])
def test_it_learns_what_the_levels_mean_and_resumes_bit_for_bit(table, tmp_path, engine):
    options = dataclasses.replace(PLAIN, source=str(table), target="y", engine=engine, epochs=12)
    with TrainingRun.start(options, tmp_path / "whole") as whole:
        whole.train()
        expected, report = whole.session.stepper.parameters.copy(), whole.report()
    assert report.test is not None
    assert (report.test.metric or 0.0) > 0.9
    with TrainingRun.start(dataclasses.replace(options, epochs=5), tmp_path / "part") as part:
        part.train()
    with TrainingRun.resume(tmp_path / "part", epochs=12) as part:
        part.train()
        np.testing.assert_array_equal(part.session.stepper.parameters, expected)


def test_categories_never_seen_have_the_vector_of_the_rare_ones(run: Path, tmp_path: Path):
    new = tmp_path / "new.csv"
    new.write_text("age,city\n30,Hamlet 3\n30,Nowhere\n30,Town 2\n30,\n")
    with pytest.raises(DataError, match=r"missing values in 'city' \(1\)"):
        Predictor(run).predict(new)
    new.write_text("age,city\n30,Hamlet 3\n30,Nowhere\n30,Town 2\n")
    result = called("predict", run, new)
    rare, unseen, known = map(float, result.stdout.splitlines()[1:])
    assert rare == unseen != known
    assert (
        "column 'city' has values that at most one training row had in 2 of 3 rows,"
        " which share a vector: Hamlet 3, Nowhere"
    ) in result.stderr
    found = Predictor(run).predict(new)
    assert found.unseen_rows == {"city": 2}


def test_missing_values_are_code_0_and_say_so(tmp_path: Path):
    path = tmp_path / "holes.csv"
    levels = ["None", *(f"level {i}" for i in range(59))]
    rows = [f"{'' if i % 9 == 0 else levels[i % 60]},{i % 7}.5" for i in range(900)]
    path.write_text("a,y\n" + "\n".join(rows) + "\n")
    data = load(dataclasses.replace(PLAIN, source=str(path), target="y"))
    assert data.encoder.features == ("a", "a is missing")
    np.testing.assert_array_equal(data.train.x[:, 0] == 0, data.train.x[:, 1] == 1)
    filled = load(dataclasses.replace(PLAIN, source=str(path), target="y", impute="most-frequent"))
    assert filled.encoder.features == ("a",)
    assert (filled.train.x > 0).all()


def test_a_vector_is_named_after_its_level(run: Path):
    network = TrainedNetwork.read(run)
    column = next(iter(network.encoder.tables))
    row = 3
    code = int(network.part.x[row, column])
    level = network.encoder.columns[column].categories[code - 1]
    name = f"layers.0.embedding{column}[city={level}, 2]"
    story = explain_weight(network, [row], [name])
    text = " ".join(str(story).split())
    assert f"The gradient of {name}, for row 3 held out of cities, where city is {level}" in text
    assert f"e0[city (2)] = {name}" in text
    assert "layers.1.weight[0, city (2)]" in text or "layers.1.weight[1, city (2)]" in text
    table = f"layers.0.embedding{column}"
    assert str(story) == str(explain_weight(network, [row], [f"{table}[{code}, 2]"]))

    def loss(change: float) -> float:
        value = network.model.parameters()[table].value.copy()
        before = value[code, 2]
        value[code, 2] += change
        network.model.load({table: value}, partial=True)
        found = network.loss(row).item()
        value[code, 2] = before
        network.model.load({table: value}, partial=True)
        return found

    slope = (loss(1e-5) - loss(-1e-5)) / 2e-5
    gradient = network.loss(row).gradients()[table].value
    assert gradient[code, 2] == pytest.approx(slope, rel=1e-5)
    assert np.count_nonzero(gradient.any(axis=1)) == 1
    with pytest.raises(UnknownNameError, match="did you mean"):
        explain_weight(network, [row], [f"{table}[city={level}x, 2]"])
    other = str(explain_weight(network, [row], [f"{table}[city (other), 1]"]))
    assert "= 0" in other


def test_a_category_itself_has_no_gradient_but_its_vector_has(run: Path):
    network = TrainedNetwork.read(run)
    column = next(iter(network.encoder.tables))
    for rows, name in (([3], "city"), ([3, 4], "city"), ([3, 4], " city[1]")):
        with pytest.raises(OptionError, match="a category, whose number is only a code") as error:
            explain_weight(network, rows, [name])
        names = re.findall(r"'(layers[^']*)'", str(error.value))
        assert names[0].startswith(f"layers.0.embedding{column}[city")
        assert "∂loss/∂layers" in str(explain_weight(network, rows, names))


def test_the_number_beside_it_keeps_its_units(run: Path):
    found = explain_weight(TrainedNetwork.read(run), [3], ["layers.1.weight[2, age]"]).to_dict()
    weight = found["units"]["layers.1.weight[2, age]"]
    age = TrainedNetwork.read(run).encoder.columns[0]
    assert weight["original"] == pytest.approx(weight["standardised"] / age.scale)


def test_the_whole_command(table: Path, tmp_path: Path):
    arguments = ["train", table, "--target", "y", "--epochs", 2, "--json", "-o", tmp_path / "run"]
    report = json.loads(called(*arguments).stdout)
    assert report["inferred"]["embedded"]["city"]["levels"] == LEVELS
    assert "city is" in called("explain", tmp_path / "run").stdout.replace("\n", " ")
    assert called("explain", tmp_path / "run", "--flow").exit_code == 0
