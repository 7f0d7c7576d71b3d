"""The command as a whole: help, version, mistakes, and streams of every kind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import chainrule
from cli.command import environment, process, spawn

COMMANDS = ("explain", "examples", "train", "predict", "bench")
HEAVY = {"sklearn", "scipy", "polars", "matplotlib", "numba", "jax", "torch", "pandas"}


def test_version(call):
    assert call("--version").out == f"chainrule {chainrule.__version__}\n"


@pytest.mark.parametrize("words", [(), ("--help",), ("-h",)])
def test_help_lists_the_commands(call, words):
    done = call(*words)
    assert done.code == 0
    for command in COMMANDS:
        assert f"\n  {command} " in done.out


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command(command):
    done = process(command, "--help", env=environment(COLUMNS="80"))
    assert done.code == 0
    assert done.err == ""
    assert max(map(len, done.out.splitlines())) <= 80
    assert f"Examples:\n    chainrule {command}" in done.out
    assert "\x1b" not in done.out


USAGE = {
    "no such command": (("explian",), "Did you mean 'explain'?; see chainrule --help"),
    "no such option": (("train", "--epoch", "3"), "--epoch"),
    "one dash": (
        ("train", "iris", "-target", "y"),
        "No such option: -target; did you mean --target?; see chainrule train --help",
    ),
    "one dash and a value": (("train", "iris", "-target=y"), "-target; did you mean --target?"),
    "no number": (("train", "iris", "--epochs", "x"), "see chainrule train --help"),
    "no argument": (("explain",), "Missing argument"),
    "too many": (("predict", "a", "b", "c"), "see chainrule predict --help"),
    "option without value": (("train", "iris", "--seed"), "requires an argument"),
}


@pytest.mark.parametrize("name", USAGE)
def test_a_usage_error_is_one_line(call, name):
    words, expected = USAGE[name]
    assert expected in call(*words).refusal()


def test_out_of_memory_is_one_line(call, monkeypatch):
    def hungry(*_: object) -> None:
        raise MemoryError("Unable to allocate 8 TiB")

    monkeypatch.setattr("chainrule.gallery.names", hungry)
    assert "expected enough" in call("examples").refusal()


def test_a_bug_is_not_hidden(monkeypatch):
    def wrong(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("chainrule.gallery.names", wrong)
    monkeypatch.setattr(sys, "argv", ["chainrule", "examples"])
    with pytest.raises(ZeroDivisionError):
        chainrule.cli.main()


@pytest.mark.parametrize(
    "words", [("--help",), ("examples",), ("explain", "add-multiply"), ("explain", "f=x*y", "x=1")]
)
def test_quick_commands_import_nothing_heavy(words):
    code = (
        "import sys, chainrule.cli\n"
        "try: chainrule.cli.main()\n"
        f"finally: print(*sorted({HEAVY} & set(sys.modules)), file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", code, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1] == ""


POSIX = pytest.mark.skipif(os.name == "nt", reason="file descriptors")


@POSIX
def test_a_pipe_whose_reader_is_gone():
    read, write = os.pipe()
    os.close(read)  # as `head` does later
    done = process("explain", "two-two-two", stdout=write)
    os.close(write)
    assert done.err == ""
    assert done.code in (1, 141)


@POSIX
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device")
def test_a_full_disk_behind_the_output():
    with open("/dev/full", "w") as full:
        done = process("explain", "add-multiply", stdout=full)
    assert "No space left on device" in done.refusal()


def closing(*numbers: int) -> dict[str, object]:
    """Options of a process that starts with these streams closed."""
    return {"preexec_fn": lambda: [os.close(number) for number in numbers]}


@POSIX
def test_closed_streams():
    done = process("explain", "add-multiply", **closing(1))
    assert "somewhere to print to" in done.refusal()
    assert process("explain", "add-multiply", **closing(2)).code == 0
    assert process("explain", "nothing-like-it", **closing(2)).code == 2
    assert process("explain", "nothing-like-it", **closing(1, 2)).code == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "PYTHONUTF8": "0"},
        {"HOME": None},
        {"TERM": "dumb", "COLUMNS": "7"},
        {"NO_COLOR": "1"},
    ],
    ids=str,
)
def test_environment_variables_do_not_change_the_output(changes):
    plain = process("explain", "sigmoid(x)", "x=1")
    done = process("explain", "sigmoid(x)", "x=1", env=environment(**changes))
    assert (done.code, done.out, done.err) == (0, plain.out, "")
    assert "∂" in done.out


@POSIX
def test_a_working_folder_that_is_gone(tmp_path):
    gone = tmp_path / "gone"
    code = (
        f"import os, sys; os.chdir({str(gone)!r}); os.rmdir({str(gone)!r})\n"
        "import chainrule.cli; chainrule.cli.main()"
    )
    for words in (["train", "iris", "--epochs=1"], ["train", "iris", "--run", "x"]):
        gone.mkdir()
        command = [sys.executable, "-c", code, *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert "No such file or directory" in done.stderr


@POSIX
def test_interrupted_while_it_starts(tmp_path):
    """Before there is anything to save, nothing is printed and nothing is left behind."""
    program = (
        "import signal, chainrule.cli, chainrule.train.data.load_dataset as data\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # ignored in the background
        "data.read = lambda *_, **__: signal.raise_signal(signal.SIGINT)\n"
        "chainrule.cli.main()"
    )
    command = [sys.executable, "-c", program, "train", "iris", "--run", str(tmp_path / "run")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
    assert os.listdir(tmp_path) == []


def test_the_module_is_the_command():
    with spawn("--version") as started:
        assert started.communicate()[0] == f"chainrule {chainrule.__version__}\n"
