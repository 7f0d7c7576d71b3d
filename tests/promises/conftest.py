"""The stored runs, resumed once for all tests here."""

from __future__ import annotations

from pathlib import Path

import pytest

from promises.runs import copied, resume


@pytest.fixture(scope="session")
def resumed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of them in which NAME-3 went on to six epochs; NAME.json has what was printed."""
    folder = copied(tmp_path_factory.mktemp("promises"))
    resume(folder)
    return folder
