"""`chainrule train` and `predict` on tables as people have them, from start to end."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import numpy as np
import pytest

RNG = np.random.default_rng(0)
N = 60
PRICES = RNG.integers(1000, 90_000, N)
SHARES = RNG.normal(size=N).round(3)
DAYS = [f"{1 + i % 28:02d}/{1 + i % 12:02d}/2021" for i in range(N)]
KINDS = RNG.choice(["a", "b"], N)
ANSWERS = (PRICES / 1e4 + SHARES).round(3)
SMALL = ("--epochs", "2", "--layers", "5", "--target", "y")

pytestmark = pytest.mark.usefixtures("one_figure")


def plain(path: Path) -> str:
    lines = ["price,share,when,kind,y"]
    for price, share, day, kind, y in zip(PRICES, SHARES, DAYS, KINDS, ANSWERS, strict=True):
        date = "-".join(reversed(day.split("/")))
        lines.append(f"{price},{share},{date},{kind},{y}")
    path.write_text("\n".join(lines) + "\n")
    return path.name


def german(path: Path, encoding: str = "utf-16") -> str:
    lines = [";price;share;when;kind;y;note"]
    rows = zip(PRICES, SHARES, DAYS, KINDS, ANSWERS, strict=True)
    for i, (price, share, day, kind, y) in enumerate(rows):
        money = f"{price:,}".replace(",", ".") + ",00 €"
        cells = (str(i), money, str(share).replace(".", ","), day, kind)
        lines.append(";".join([*cells, str(y).replace(".", ","), f"satz {i} für sich"]))
    path.write_bytes("\n".join(lines).encode(encoding))
    return path.name


def test_the_same_table_in_another_form_is_the_same_run(call, tmp_path: Path):
    """To the last digit, in training and in prediction."""
    first, second = plain(tmp_path / "plain.csv"), german(tmp_path / "german.csv")
    one = json.loads(call("train", first, *SMALL, "--run", "one", "--json").out)
    done = call("train", second, *SMALL, "--run", "two", "--json")
    two = json.loads(done.out)
    assert one["test_loss"] == two["test_loss"]
    inferred = two["inferred"]
    assert inferred["kinds"] == {"number": 2, "date": 1, "category": 1}
    assert inferred["inputs"] == one["inferred"]["inputs"]
    assert set(inferred["left_out"]) == {"note"}
    expected = call("predict", "one", first).out
    assert call("predict", "two", second).out == expected
    # one row, which alone could be read in several ways
    header, *rows = (tmp_path / second).read_text("utf-16").splitlines()
    i = next(i for i, day in enumerate(DAYS) if day == "03/03/2021")
    (tmp_path / "row.csv").write_bytes(f"{header}\n{rows[i]}\n".encode("cp1252"))
    alone = call("predict", "two", "row.csv").out.split()[1]
    np.testing.assert_allclose(float(alone), float(expected.split()[i + 1]), rtol=1e-5)


def test_what_was_inferred_is_said_before_training(call, tmp_path: Path):
    path = tmp_path / "t.csv"
    lines = [f"{'?' if i < 6 else i},{'red' if i % 2 else 'blue'},{i / 7}" for i in range(50)]
    path.write_text("age,colour,y\n" + "\n".join(lines) + "\n4,red,\n5,red,NA\n")
    done = call("train", "t.csv", *SMALL, "--run", "run")
    said, _, _ = done.err.partition("epoch 1/2")
    assert "1 number, 1 category → 4 inputs; to predict the numbers of `y`" in said
    assert "6 cells of `age` read as missing: ?; filled with " in said
    assert "2 rows left out: no answer in `y`" in said
    refusal = call("train", "t.csv", *SMALL, "--run", "no", "--require-target").refusal()
    assert "missing values in 'y' (2)" in refusal
    found = json.loads(call("train", "t.csv", *SMALL, "--run", "again", "--json").out)
    assert found["inferred"]["columns"]["age"] == {
        "kind": "number",
        "missing": 6,
        "marks": {"?": 6},
    }
    assert found["inferred"]["rows_without_answer"] == 2


def test_no_line_of_it_is_wider_than_a_terminal(call, tmp_path: Path):
    names = ["y", *(f"how often do you {verb} on a usual day" for verb in ("walk", "sleep late"))]
    rows = [f"{i / 7},{'' if i % 5 else i},{i % 3}" for i in range(60)]
    (tmp_path / "survey of all.csv").write_text("\n".join([",".join(names), *rows]) + "\n")
    done = call("train", "survey of all.csv", *SMALL, "--run", "run")
    assert max(map(len, done.err.splitlines())) <= 80
    said = " ".join(done.err.split())
    assert f"48 cells of `{names[1]}` read as missing; filled with" in said
    assert "\n  48 cells" in done.err


def mixed(rows: int = 40) -> list[str]:
    return [f"{i * 37 % 11},{'n.d.!' if i == 3 else i / 4},{i % 9}.5" for i in range(rows)]


REFUSED = {
    "marks and dates": (
        ["when,w,x,y", *(f"03/{1 + i % 12:02d}/2021,{row}" for i, row in enumerate(mixed()))],
        "y",
    ),
    "no header": ([row.replace(",n.d.!", ",0.5") for row in mixed()], "0.5"),
    "free text": (["words,y", *(f"text {i} of many,{i}.5" for i in range(90))], "y"),
    "ragged": (["x,y", *(f"{i},{i}.5" for i in range(40)), "1,2,3"], "y"),
    "infinite": (["x,y", *(f"{i},{i}.5" for i in range(40)), "-inf,2"], "y"),
    "commas": (["x;y", *(f"{1 + i % 9},{100 + i};{i}" for i in range(40))], "y"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_the_command_of_a_refusal_works(call, tmp_path: Path, name: str):
    lines, target = REFUSED[name]
    (tmp_path / "my table.csv").write_text("\n".join(lines) + "\n")
    words = ("train", "my table.csv", "--target", target, "--epochs", "1", "--run", "run")
    _, _, command = call(*words).refusal().partition("; try: ")
    done = call(*shlex.split(command)[1:])
    assert done.code == 0, done
    config = (tmp_path / "run" / "config.toml").read_text()
    assert str(tmp_path / "my table.csv") in config


def test_lists_of_columns(call, tmp_path: Path):
    rows = [f"{i},{i % 7},{i % 3},{i % 5},{i}.5" for i in range(40)]
    (tmp_path / "t.csv").write_text("a,b,c,d,y\n" + "\n".join(rows))
    words = ("--drop", "a,b", "--drop", "c", "--json", "--run", "run")
    found = json.loads(call("train", "t.csv", *SMALL, *words).out)
    assert found["inferred"]["inputs"] == 1
    refusal = call("train", "t.csv", *SMALL, "--drop", "a,e").refusal()
    assert "dropped column of t: expected one of a, b, c, d, y, got 'e'" in refusal
    assert call("train", "t.csv", *SMALL, "--numeric", "e").refusal().count("number column") == 1


def test_a_run_on_such_a_table_goes_on_and_can_be_explained(call, tmp_path: Path):
    file = german(tmp_path / "german.csv", "cp1252")
    assert call("train", file, *SMALL, "--run", "run", "--drop", "note").code == 0
    assert call("train", file, *SMALL[2:], "--epochs", "3", "--run", "whole").code == 0
    done = call("train", "--resume", "run", "--epochs", "3", "--json")
    assert json.loads(done.out)["epochs"] == 3
    assert call("explain", "run", "--wrt", "layers.0.weight[0, 0]").code == 0
    config = (tmp_path / "run" / "config.toml").read_text()
    config = config.replace('encoding = "cp1252"', 'encoding = "cp1250"')
    (tmp_path / "run" / "config.toml").write_text(config)
    assert "undo the changes" in call("predict", "run", file).refusal()
