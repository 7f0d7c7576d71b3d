"""Where PyTorch is not installed, a line says so; and nothing loads it before it is needed."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

import chainrule as cr
from chainrule.errors import OptionError

installed = importlib.util.find_spec("torch") is not None


@pytest.mark.skipif(installed, reason="PyTorch is installed")
@pytest.mark.parametrize("use", [lambda: cr.from_torch(None), cr.nn.ReLU().to_torch])
def test_what_to_install_is_told(use):
    with pytest.raises(OptionError, match=r"PyTorch to be installed, .*chainrule\[torch\]"):
        use()


def test_importing_the_package_imports_no_neighbour():
    code = "import sys, chainrule, chainrule.interop; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]
