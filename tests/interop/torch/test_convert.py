"""Without PyTorch an error says how to install it, and nothing imports it before it is needed."""

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
def test_the_error_says_what_to_install(use):
    with pytest.raises(OptionError, match=r"PyTorch to be installed, .*chainrule\[torch\]"):
        use()


def test_importing_the_package_does_not_import_torch():
    code = "import sys, chainrule, chainrule.interop; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False"]
