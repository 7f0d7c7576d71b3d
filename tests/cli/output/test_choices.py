"""What `chainrule train` says about the options it chose."""

from __future__ import annotations

import json

from cli.command import process


def test_what_was_chosen_is_said_before_training_and_is_in_json(tmp_path):
    words = ["train", "iris", "--layers", "4", "--epochs", "3", "--figures", "none"]
    done = process(*words, "--run", str(tmp_path / "one"))
    assert done.err.splitlines()[:4] == [
        "chosen for 120 rows × 4 inputs: xavier weights, adamw, rate 0.001, weight",
        "  decay 1",
        "  no rows for validation, since they are few",
        "  to choose yourself: --init, --optimizer, --lr, --weight-decay,",
    ]
    found = json.loads(process(*words, "--json", "--run", str(tmp_path / "two")).out)
    assert found["chosen"] == {
        "init": "xavier",
        "optimizer": "adamw",
        "learning_rate": 0.001,
        "weight_decay": 1.0,
        "validation_fraction": 0.0,
    }


def test_a_run_that_goes_on_chooses_nothing(tmp_path):
    run = str(tmp_path / "run")
    process("train", "iris", "--epochs", "2", "--figures", "none", "--run", run)
    done = process("train", "--resume", run, "--epochs", "3", "--figures", "none", "--json")
    assert "chosen" not in json.loads(done.out)
    assert "chosen" not in done.err
