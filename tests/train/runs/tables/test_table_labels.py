"""Explanations of a table's run: names of columns and classes, and units of the table."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from chainrule.cli.main import command_line
from chainrule.errors import UnknownNameError
from chainrule.train.options import RunOptions
from chainrule.train.runs.trained_network import TrainedNetwork, explain_weight
from chainrule.train.runs.training_run import TrainingRun

PLAIN = RunOptions(layers=(4,), activation="tanh", epochs=3, batch_size=8, seed=1)


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("table") / "people.csv"
    random = np.random.default_rng(0)
    lines = ["age,sex,home town,survived,income"]
    for i in range(60):
        age, sex = int(random.integers(2, 80)), ("male", "female")[i % 2]
        town = ("Here, there", "x[0]", "z1")[i % 3]
        lines.append(f'{age},{sex},"{town}",{"yes" if age > 40 else "no"},{1000 + 30 * age}')
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module", params=["survived", "income"])
def run(request, table: Path, tmp_path_factory) -> Path:
    other = {"survived": "income", "income": "survived"}[request.param]
    rows = [line.rsplit(",", 2) for line in table.read_text().splitlines()]
    column = 1 if request.param == "survived" else 2
    path = tmp_path_factory.mktemp("run") / "people.csv"
    path.write_text("\n".join(f"{row[0]},{row[column]}" for row in rows) + "\n")
    assert other not in path.read_text()
    options = dataclasses.replace(PLAIN, source=str(path), target=request.param)
    folder = tmp_path_factory.mktemp("run") / "run"
    with TrainingRun.start(options, folder) as training:
        training.train()
    return folder


def test_names_of_the_table_are_used(run: Path):
    text = str(explain_weight(TrainedNetwork.read(run), [3], ["layers.0.weight[2, age]", "age"]))
    assert "The gradient of layers.0.weight[2, age] and age, for row 3" in text
    for name in ("sex=female", "home town=Here, there", "layers.0.weight[1, sex=male]"):
        assert name in " ".join(text.split())
    assert "x[1]" not in text
    assert max(map(len, text.splitlines())) <= 80
    classes = "z2[yes]" in text and "layers.2.weight[no, 1]" in text and "layers.2.bias[no]" in text
    assert classes == ("z2[0]" not in text)


def test_labels_and_indices_name_the_same(run: Path):
    network = TrainedNetwork.read(run)
    encoder = network.encoder
    for i, label in enumerate(encoder.features):
        by_label = explain_weight(network, [3], [label, f"layers.0.weight[1,{label}]"])
        by_index = explain_weight(network, [3], [f"x[{i}]", f"layers.0.weight[1, {i}]"])
        assert str(by_label) == str(by_index)
    if encoder.target.classes:
        one, other = ([f"layers.2.weight[{name}, 1]", f"z2[{name}]"] for name in ("yes", "1"))
        assert str(explain_weight(network, [3], one)) == str(explain_weight(network, [3], other))
    for wrong in ("layers.0.weight[1, agee]", "agee"):
        with pytest.raises(UnknownNameError, match=r"'agee'; did you mean age\?"):
            explain_weight(network, [3], [wrong])


def test_units_are_those_of_the_table(run: Path):
    network = TrainedNetwork.read(run)
    row, step = 3, 1e-3
    found = explain_weight(network, [row], ["age", "layers.0.weight[2, age]"]).to_dict()
    age = network.encoder.columns[0]
    units = found["units"]
    x = network.part.x[row].astype(np.float64)
    years = round(age.mean + age.scale * x[0])
    assert units["age"]["original"] == years
    assert units["age"]["standardised"] == x[0]

    def loss(change: float) -> float:
        part = network.part.x.astype(np.float64)
        part[row, 0] = (years + change - age.mean) / age.scale
        moved = TrainedNetwork.read(run)
        moved.part = type(moved.part)(part, moved.part.y)
        return moved.loss(row).item()

    slope = (loss(step) - loss(-step)) / (2 * step)
    assert units["age"]["original_gradient"] == pytest.approx(slope, rel=1e-4)
    weight = units["layers.0.weight[2, age]"]
    assert weight["original"] == pytest.approx(weight["standardised"] / age.scale)
    assert weight["original_gradient"] == pytest.approx(weight["gradient"] * age.scale)
    target = network.encoder.target
    if target.task == "regression":
        output = units["z2[0]"]
        expected = target.mean[0] + target.scale[0] * output["standardised"]
        assert output["original"] == pytest.approx(expected, rel=1e-5)


def test_rows_of_a_batch_are_named_after_the_column(run: Path):
    text = str(explain_weight(TrainedNetwork.read(run), [1, 2], ["age"]))
    assert "age[0]" in text
    assert "age[1]" in text
    assert "sex=male[1]" in text
    assert "age[0] is row 1, age[1] row 2" in " ".join(text.split())


def test_the_command_line_takes_the_names(run: Path):
    arguments = ["explain", str(run), "--sample", "2", "--wrt", "layers.0.weight[3, age]", "--json"]
    found = json.loads(CliRunner().invoke(command_line(), arguments).stdout)
    assert "layers.0.weight[3, age]" in found["units"]
    assert "age" in {node["name"] for node in found["nodes"]} | found["units"].keys()


def test_every_form_has_the_names(run: Path):
    story = explain_weight(TrainedNetwork.read(run), [3], ["age"])
    for written in (story.to_latex(), story._repr_html_(), story.to_html(), story.to_svg()):
        assert "age" in written
    assert "Units" in story.to_latex()
    assert "Units" in story._repr_html_()


def test_a_column_that_is_called_like_a_result_keeps_its_place(tmp_path: Path):
    path = tmp_path / "odd.csv"
    path.write_text("z1,b,y\n" + "".join(f"{i},{i * i % 7},{i % 2}\n" for i in range(40)))
    folder = tmp_path / "run"
    options = dataclasses.replace(PLAIN, source=str(path), target="y")
    with TrainingRun.start(options, folder) as training:
        training.train()
    text = str(explain_weight(TrainedNetwork.read(folder), [0], ["layers.0.weight[1, z1]"]))
    assert "x[z1]" in text
    assert "x[b]" in text


def test_columns_with_spaces_or_signs_are_quoted_in_formulas(tmp_path):
    random = np.random.default_rng(0)
    rows = [f"{a:.3f},{b:.3f},{c:.3f},{a - b:.3f}" for a, b, c in random.normal(size=(60, 3))]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["petal length,a-b,age,price", *rows]) + "\n")
    options = dataclasses.replace(PLAIN, source=str(path), target="price")
    with TrainingRun.start(options, tmp_path / "run") as training:
        training.train()
    found = explain_weight(TrainedNetwork.read(tmp_path / "run"), [3], ["layers.0.weight[0, age]"])
    text = " ".join(str(found).split())
    assert (
        '= "petal length"·layers.0.weight[0, petal length] + "a-b"·layers.0.weight[0, a-b]' in text
    )
    assert "+ age·layers.0.weight[0, age]" in text
    assert "petal length = " in text
    assert '"petal length" = ' not in text  # only where it would be read as two names
