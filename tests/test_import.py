"""What `import chainrule` imports, and when: the start of every command waits for it."""

import subprocess
import sys


def process(code: str) -> set[str]:
    """The words that a new process prints."""
    command = [sys.executable, "-P", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_numpy_is_imported_before_our_own_modules() -> None:
    # from deep inside the imports of our own modules, its import takes some milliseconds longer
    code = (
        "import sys\n"
        "class Watch:\n"
        "    def find_spec(name, path, target=None):\n"
        "        if name == 'numpy':\n"
        "            print(*(m for m in sys.modules if m.split('.')[0] == 'chainrule'))\n"
        "sys.meta_path.insert(0, Watch)\n"
        "import chainrule"
    )
    assert process(code) == {"chainrule", "chainrule._interrupts"}


def test_what_only_explanations_need_is_not_imported() -> None:
    needless = {"formula", "explain.derivation", "explain.flow.parts", "nn", "program", "train"}
    loaded = process("import sys, chainrule; print(*sys.modules)")
    assert {f"chainrule.{room}" for room in needless} & loaded == set()
