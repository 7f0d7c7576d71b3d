"""`chainrule train` on images: folders and the digits, from the command to the report."""

from __future__ import annotations

import json
from pathlib import Path

from chainrule.train.runs.run_folder import RunFolder
from domains.images.pictures import write_pictures


def test_a_folder_of_images_from_the_command_to_the_pictures(call, tmp_path: Path):
    write_pictures(tmp_path / "lines", side=8, colour=True)
    (tmp_path / "lines" / "down" / "notes.txt").write_text("about")
    done = call("train", "lines", "--epochs", 30, "--layers", "4", "--lr", 0.01, "-o", "run")
    assert done.code == 0, done
    assert "20 images of 8 × 8 pixels, in colour, of 2 classes" in done.err
    assert "left out, as it is no image: 'down/notes.txt'" in done.err
    for words in ("lines: 20 rows, classification", "majority class", "logistic regression"):
        assert words in done.out
    assert "test rows: true class (down), predicted (across)" in done.out
    pictures = {path.stem for path in (tmp_path / "run" / "figures").iterdir()}
    assert pictures == {
        *("loss", "gradients", "gradient-flow", "reliability", "mistakes", "filters"),
    }
    again = call("train", "--resume", "run", "--epochs", 31, "--json")
    assert json.loads(again.out)["epochs"] == 31
    config = RunFolder.read(tmp_path / "run").config
    assert (config["kind"], config["training"]["augment"]) == ("images", "shifts")


def test_digits_as_images_and_as_a_table(call):
    given = ("--epochs", 1, "--figures", "none", "--json", "--batch-size", 256)
    images = json.loads(call("train", "digits", "--model", "cnn", "--layers", 2, *given).out)
    table = json.loads(call("train", "digits", "--layers", 2, *given).out)
    assert images["rows"] == table["rows"] == 1797
    assert images["evaluation"]["scores"]["network"].keys() == {
        *("accuracy", "log_loss", "auc", "f1", "brier", "calibration_error"),
    }


def test_mistakes_are_one_line_and_leave_no_folder(call, tmp_path: Path):
    (tmp_path / "empty").mkdir()
    write_pictures(tmp_path / "lines", count=3)
    (tmp_path / "lines" / "down" / "1.png").write_bytes(b"broken")
    write_pictures(tmp_path / "tiny", side=1 + 1 + 1)
    cases = {
        ("empty",): "expected images",
        ("lines",): "down/1.png: expected an image",
        ("tiny",): "4 × 4 pixels or more",
        ("iris", "--model", "cnn"): "'iris'",
        ("digits", "--model", "cnn", "--size", 16): "--size 16",
        ("digits", "--augment", "spins"): "shifts",
        ("digits", "--model", "cnn", "--target", "a"): "--target",
    }
    for words, expected in cases.items():
        done = call("train", *words)
        assert expected in done.refusal()
        assert not (tmp_path / "runs").exists()
