"""The loss of a run of any domain, recorded to be explained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chainrule.domains.recorded import record_run, record_training
from chainrule.domains.trained import Trained
from chainrule.errors import OptionError
from chainrule.train.runs.training_run import TrainingRun
from domains import tiny


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    tiny.register(monkeypatch)
    return tiny.trained(tmp_path)


def test_the_loss_is_that_of_the_stored_network(run: Path):
    found = record_run(run, [3], ["weight_hh_l0[1, 2]"])
    trained = Trained.read(run, tiny.DOMAIN, np.float64)
    part = tiny.DOMAIN.load(trained.options).dataset.test
    p = {name.rpartition(".")[2]: w.value for name, w in trained.network.parameters().items()}
    h = np.zeros(3)
    for x in part.x[3]:
        h = np.tanh(
            p["weight_ih_l0"] @ x + p["bias_ih_l0"] + p["weight_hh_l0"] @ h + p["bias_hh_l0"]
        )
    expected = (p["weight"] @ h + p["bias"] - part.y[3]) ** 2
    assert found.loss.item() == pytest.approx(expected.item())
    assert found.wrt == ("weight_hh_l0[1, 2]",)


def test_a_training_is_recorded_as_it_is_stored(run: Path):
    with TrainingRun.resume(run, epochs=4, domain=tiny.DOMAIN) as project:
        before = record_training(project)
        project.train()
        after = record_training(project)
    assert before.loss.item() != after.loss.item()
    assert after.loss.item() == record_run(run).loss.item()


def test_only_an_ensemble_has_members(run: Path):
    with pytest.raises(OptionError, match="--member: expected an ensemble"):
        record_run(run, member=2)
