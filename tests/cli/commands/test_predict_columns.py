"""`chainrule predict` with ids, scores, probabilities, and files written in another way."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import accuracy_score, log_loss, r2_score

from cli.command import process

HEADER = "code,width,colour,kind"
ROWS = [
    f"{i:04d},{i % 7}.{i:02d},{'red' if i % 3 else 'blue'},{'a, b' if i % 7 > 2 else 'c'}"
    for i in range(60)
]
QUOTED = [row.replace("a, b", '"a, b"') for row in ROWS]
TRAIN = [
    "--epochs",
    "40",
    "--lr",
    "0.01",
    "--layers",
    "8",
    "--figures",
    "none",
    "--drop",
    "code",
    "--engine",
    "reference",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a data file, a run of classes, and one of numbers."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "things.csv").write_text("\n".join([HEADER, *QUOTED]) + "\n")
    for target, run in (("kind", "classes"), ("width", "numbers")):
        words = ("train", "things.csv", "--target", target, "--run", run, *TRAIN)
        assert process(*words, cwd=folder).code == 0
    return folder


@pytest.fixture
def trained(call, folder: Path, tmp_path: Path):
    """`call`, in a copy of the folder."""
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    return call


def rows(out: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(out)))


def test_ids_stand_as_in_the_file(trained, tmp_path: Path):
    """Zeros, quotation marks, marks of missing values and spaces included; columns of any use."""
    cells = ['007,1.50,red,"a, b"', '"x ""y""",2.5,?,c', ",3,blue,c", " 1e3 ,4.00,NaN?,NA"]
    (tmp_path / "new.csv").write_text("\n".join([HEADER, *cells]))
    done = trained("predict", "classes", "new.csv", "--id", "code,colour", "--id", "width,kind")
    assert done.code == 0
    header, *found = rows(done.out)
    assert header == ["code", "colour", "width", "kind", "prediction", "p(a, b)", "p(c)"]
    assert [row[:4] for row in found] == [
        ["007", "red", "1.50", "a, b"],
        ['x "y"', "?", "2.5", "c"],
        ["", "blue", "3", "c"],
        [" 1e3 ", "NaN?", "4.00", "NA"],
    ]
    plain = rows(trained("predict", "classes", "new.csv").out)
    assert [row[4:] for row in found] == plain[1:]


def test_ids_are_not_complained_of(trained, tmp_path: Path):
    lines = [f"{row},n{i}" for i, row in enumerate(QUOTED)]
    (tmp_path / "new.csv").write_text("\n".join([f"{HEADER},note", *lines]))
    assert "'note'" in trained("predict", "classes", "new.csv").err
    assert "'note'" not in trained("predict", "classes", "new.csv", "--id", "note").err


def test_ids_in_json_and_from_other_formats(trained, tmp_path: Path):
    frame = pl.read_csv(tmp_path / "things.csv", schema_overrides={"code": pl.String}).head(3)
    frame = frame.with_columns(pl.Series("n", [1, None, 3]))
    frame.write_parquet(tmp_path / "new.parquet")
    frame.write_ndjson(tmp_path / "new.jsonl")
    for name in ("new.parquet", "new.jsonl"):
        done = trained("predict", "classes", name, "--id", "code,n", "--json")
        assert json.loads(done.out)["ids"] == {
            "code": ["0000", "0001", "0002"],
            "n": ["1", "", "3"],
        }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--id", "cod"), "did you mean code?"),
        (("--id", "prediction"), "expected one of code, width"),
    ],
)
def test_ids_that_are_none(trained, words, said):
    assert said in trained("predict", "classes", "things.csv", *words).refusal()


def test_an_id_called_as_a_result(trained, tmp_path: Path):
    text = (tmp_path / "things.csv").read_text()
    (tmp_path / "new.csv").write_text(text.replace("code", "prediction"))
    done = trained("predict", "classes", "new.csv", "--id", "prediction")
    assert "rename it in the file, or take --json" in done.refusal()
    done = trained("predict", "classes", "new.csv", "--id", "prediction", "--json")
    assert json.loads(done.out)["ids"]["prediction"][1] == "0001"


def test_probabilities(trained):
    with_them = rows(trained("predict", "classes", "things.csv", "--proba").out)
    assert with_them == rows(trained("predict", "classes", "things.csv").out)
    assert with_them[0] == ["prediction", "p(a, b)", "p(c)"]
    for _, *shares in with_them[1:]:
        assert sum(map(float, shares)) == pytest.approx(1, abs=1e-5)
    without = rows(trained("predict", "classes", "things.csv", "--no-proba").out)
    assert without == [row[:1] for row in with_them]
    done = trained("predict", "classes", "things.csv", "--no-proba", "--json")
    assert json.loads(done.out)["probabilities"] is None
    refused = trained("predict", "numbers", "things.csv", "--proba").refusal()
    assert "got one that predicts the numbers of 'width'; leave --proba out" in refused


def test_the_score_of_classes(trained):
    found = json.loads(trained("predict", "classes", "things.csv", "--json").out)
    true = [row.split(",", 3)[3] for row in ROWS]
    expected = accuracy_score(true, found["predictions"])
    assert found["score"]["accuracy"] == pytest.approx(expected)
    assert found["score"]["loss"] == pytest.approx(log_loss(true, found["probabilities"]))
    assert found["score"]["rows"] == 60


def test_the_score_of_numbers(trained):
    found = json.loads(trained("predict", "numbers", "things.csv", "--json").out)
    true = np.array([float(row.split(",")[1]) for row in ROWS])
    assert found["score"]["r2"] == pytest.approx(r2_score(true, found["predictions"]))
    err = trained("predict", "numbers", "things.csv").err
    assert err.startswith(f"scored by `width` in 60 rows: R² {found['score']['r2']:.4f}, loss ")


def test_answers_that_are_missing_strange_or_none(trained, tmp_path: Path):
    cells = ["1,1.5,red,c", "2,2.5,red,", '3,6.5,blue,"a, b"', "4,6.5,blue,new"]
    (tmp_path / "new.csv").write_text("\n".join([HEADER, *cells]))
    err = trained("predict", "classes", "new.csv").err
    assert "scored by `kind` in 3 of 4 rows: accuracy 66.67 %" in err
    assert "note: 1 row of classes that were not trained, which count as mistakes" in err
    found = json.loads(trained("predict", "classes", "new.csv", "--json").out)["score"]
    assert (found["rows"], found["rows_without_answer"], found["rows_of_other_classes"]) == (
        3,
        1,
        1,
    )

    (tmp_path / "new.csv").write_text("\n".join(["width,colour,kind", "1,red,", "2,red,"]))
    done = trained("predict", "classes", "new.csv")
    assert (done.code, done.err) == (0, "note: not scored by `kind`: it is empty in every row\n")
    (tmp_path / "new.csv").write_text("\n".join(["kind,colour", "c,red"]))
    assert trained("predict", "numbers", "new.csv").err == ""
    (tmp_path / "new.csv").write_text("\n".join(["kind,colour,width", "c,red,wide", "c,red,2"]))
    done = trained("predict", "numbers", "new.csv")
    assert done.code == 0
    assert done.err.startswith("note: not scored by `width`: its category values, such as '2'")


def test_categories_that_were_never_seen_are_counted(trained, tmp_path: Path):
    (tmp_path / "new.csv").write_text("width,colour\n1,red\n1,mauve\n1,mauve\n")
    found = json.loads(trained("predict", "classes", "new.csv", "--json").out)
    assert found["unseen"] == {"colour": {"rows": 2, "values": ["mauve"]}}
    assert found["score"] is None


def test_a_file_written_in_another_way(trained, tmp_path: Path):
    expected = trained("predict", "classes", "things.csv").out
    text = "\n".join([HEADER.replace(",", "|"), *(row.replace(",", "|", 3) for row in ROWS)])
    text = text.replace(".", ",").replace("red", "röd")
    (tmp_path / "new.csv").write_bytes(text.encode("utf-16-le"))
    words = ("--delimiter", "|", "--decimal", ",", "--encoding", "utf-16-le")
    found = trained("predict", "classes", "new.csv", *words)
    assert "'colour' has values no training row had in 40 of 60 rows" in found.err
    (tmp_path / "new.csv").write_bytes(text.replace("röd", "red").encode("utf-16-le"))
    assert trained("predict", "classes", "new.csv", *words).out == expected


def test_further_marks_and_formats(call, tmp_path: Path):
    lines = [
        f"{i},2024-{1 + i % 12:02d}-03,{'n.d.' if i == 4 else i % 5},{i % 2}" for i in range(40)
    ]
    (tmp_path / "t.csv").write_text("\n".join(["id,day,size,y", *lines]))
    words = ("--target", "y", "--missing", "n.d.", "--drop", "id", "--epochs", "2", "--layers", "4")
    done = call("train", "t.csv", *words, "-o", "run", "--figures", "none", "--engine=reference")
    assert done.code == 0
    (tmp_path / "new.csv").write_text("day,size\n2024-05-03,n.d.\n2024-05-03,\n2024-04-05,2\n")
    expected = call("predict", "run", "new.csv").out
    (tmp_path / "new.csv").write_text("day,size\n05/03/2024,n.d.\n05/03/2024,leer\n04/05/2024,2\n")
    assert "'leer'" in call("predict", "run", "new.csv").refusal()
    words = ("--missing", "leer", "--date-format", "%m/%d/%Y")
    assert call("predict", "run", "new.csv", *words).out == expected


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--decimal", ";"), "decimal"),
        (("--encoding", "klingon"), "encoding"),
        (("--delimiter", "ab"), "delimiter"),
        (("--date-format", "soon"), "date format"),
    ],
)
def test_options_that_say_nothing(trained, words, said):
    assert said in trained("predict", "classes", "things.csv", *words).refusal()
