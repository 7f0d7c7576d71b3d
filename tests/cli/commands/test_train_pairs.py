"""`chainrule train` on pairs of texts: from a file to a run that resumes bit for bit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chainrule.domains.pairs.domain import DOMAIN
from chainrule.domains.trained import Trained

SMALL = ("--source", "de", "--target", "en", "--hidden", "8", "--batch-size", "8")


@pytest.fixture
def tsv(tmp_path: Path) -> str:
    rows = [f"{['eins', 'zwei', 'drei', 'vier'][i % 4]} {i}\t{i} {i % 4 + 1}" for i in range(40)]
    (tmp_path / "pairs.tsv").write_text("\n".join(["de\ten", *rows]))
    return "pairs.tsv"


@pytest.mark.slow
def test_from_a_file_to_predictions(call, tsv: str, tmp_path: Path):
    done = call("train", tsv, *SMALL, "--epochs", "3", "--run", "whole")
    assert "40 pairs de → en" in done.err
    assert "Answers to 8 test pairs" in done.out
    drawn = {path.name for path in (tmp_path / "whole" / "figures").iterdir()}
    assert drawn == {"loss.png", "gradients.png", "gradient-flow.png", "alignment.png"}

    begun = json.loads(call("train", tsv, *SMALL, "--epochs", "2", "--json", "--run", "cut").out)
    assert [*begun["evaluation"]] == ["part", "pairs", "loss", "exact_match", "chrf", "baselines"]
    options = ("--schedule", "constant", "--patience", "0")
    for name, epochs in (("a", "3"), ("b", "2")):
        call("train", tsv, *SMALL, *options, "--epochs", epochs, "--json", "--run", name)
    call("train", "--resume", "b", "--epochs", "3", "--json")
    one, other = (Trained.read(tmp_path / name, DOMAIN).network.parameters() for name in ("a", "b"))
    assert all(one[name].value.tobytes() == other[name].value.tobytes() for name in one)
    assert "got different data" in changed(call, tsv, tmp_path)


def changed(call, tsv: str, folder: Path) -> str:
    """The refusal of a run whose file has changed."""
    (folder / tsv).write_text((folder / tsv).read_text() + "\nx\ty\n")
    return call("train", "--resume", "b", "--epochs", "4").refusal()


def test_mistakes_leave_nothing_behind(call, tsv: str, tmp_path: Path):
    (tmp_path / "bad.tsv").write_text("de\ten\na\tb\nno tab here\n")
    for words, message in (
        (("bad.tsv", "--source", "de"), "bad.tsv, row 3: expected columns with tabs"),
        ((tsv, "--source", "fr"), "expected one of de, en"),
        ((tsv, "--source", "de", "--layers", "5"), "options of a run on pairs of texts"),
        (("dates", "--rows", "2"), "expected enough rows"),
    ):
        assert message in call("train", *words, "--run", "run").refusal()
    assert not (tmp_path / "run").exists()
