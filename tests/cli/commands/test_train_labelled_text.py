"""`chainrule train --text-column`: texts with classes, from the command to the report."""

from __future__ import annotations

from pathlib import Path

from chainrule.train.runs.run_folder import RunFolder
from domains.labelled_text.reviews import write_reviews


def test_texts_with_classes_from_the_command_to_the_pictures(call, tmp_path: Path):
    write_reviews(tmp_path / "reviews.csv")
    given = ("--text-column", "text", "--target", "label", "--epochs", 2, "--hidden", 4)
    done = call(
        "train", "reviews.csv", *given, "--model", "average", "-o", "run", "--figures", "none"
    )
    assert done.code == 0, done
    assert "60 texts from column 'text', of 2 classes: no " in done.err
    for words in ("reviews: 60 rows, classification", "logistic regression", "true class (down)"):
        assert words in done.out
    assert RunFolder.read(tmp_path / "run").config["kind"] == "labelled_text"
    assert call("train", "--resume", "run", "--epochs", 3).code == 0


def test_a_missing_target_is_one_line(call, tmp_path: Path):
    write_reviews(tmp_path / "reviews.csv")
    assert "--target" in call("train", "reviews.csv", "--text-column", "text").refusal()
    assert not (tmp_path / "runs").exists()
