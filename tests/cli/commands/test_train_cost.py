"""What `chainrule train` does without being asked: no figures for programs, no heavy imports."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SMALL = ("train", "iris", "--epochs", "2", "--layers", "5", "--run", "run")
HEAVY = {"sklearn", "scipy.linalg", "scipy.stats", "matplotlib", "polars", "pandas"}


def drawn(folder: Path) -> set[str]:
    return {picture.suffix for picture in (folder / "run" / "figures").glob("*")}


@pytest.mark.parametrize(
    ("given", "suffixes"),
    [
        ((), {".png"}),
        (("--figures", "svg"), {".svg"}),
        (("--figures", "svg,png"), {".png", ".svg"}),
        (("--figures", "none"), set()),
        (("--json",), set()),
        (("--json", "--figures", "png"), {".png"}),
    ],
)
@pytest.mark.usefixtures("one_figure")
def test_which_figures_are_drawn(call, tmp_path: Path, given: tuple[str, ...], suffixes: set[str]):
    done = call(*SMALL, *given)
    assert done.code == 0, done
    assert drawn(tmp_path) == suffixes
    if "--json" in given:
        assert json.loads(done.out)["epochs"] == 2
    else:
        lines = done.out.splitlines()
        assert [line for line in lines if line.startswith("picture")] == lines[-len(suffixes) :] * (
            len(suffixes) > 0
        )


@pytest.mark.usefixtures("one_figure")
def test_figures_of_a_run_that_is_done(call, tmp_path: Path):
    call(*SMALL, "--figures", "none")
    done = call("train", "--resume", "run", "--figures", "svg")
    assert done.code == 0, done
    assert drawn(tmp_path) == {".svg"}


@pytest.mark.parametrize("given", ["jpg", "png,none", "", "png;svg"])
def test_figures_of_no_known_format(call, given: str):
    message = call(*SMALL, "--figures", given).refusal()
    assert "figures: expected none, or one or more of png, svg" in message


@pytest.mark.parametrize("source", ["digits", "wine", "diabetes"])
def test_no_heavy_library_is_imported(call, tmp_path: Path, source: str):
    """Each would take longer to import than this network to train."""
    call("train", source, "--epochs", "1", "--figures", "none")  # so that kernels are compiled
    words = ["chainrule", "train", source, "--epochs", "1", "--figures", "none"]
    code = (
        f"import sys; sys.argv[:] = {words}\n"
        "from chainrule.cli import main\n"
        "try: main()\n"
        f"finally: print('imported', *sorted({HEAVY} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1] == "imported"
