"""Write promises down anew, where they were changed on purpose.

    python tests/promises/renew.py NAME …

NAME is one of names, commands, forms, bench, printed.  `runs FOLDER` makes a new set of run
folders; those that are there stay, for what was trained before must go on to be read.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from promises.calls import called
from promises.commands import commands
from promises.forms import bench_form, forms
from promises.machine import write_machine
from promises.names import names
from promises.printed import PRINTED, printed, shown
from promises.promise import write
from promises.runs import copied, make, resume

BENCH = ("bench", "--quick", "--workload", "tiny", "--threads", 1, "--repetitions", 1)
ONLY = ("--contestant", "chainrule", "--contestant", "sklearn")


def _forms() -> None:
    with tempfile.TemporaryDirectory() as folder:
        runs = copied(Path(folder))
        resume(runs)
        write("forms", forms(runs))


def _bench() -> None:
    with tempfile.TemporaryDirectory() as folder:
        entries = json.loads(called(Path(folder), *BENCH, *ONLY, "--json"))
    write("bench", bench_form(entries))


def _printed() -> None:
    PRINTED.mkdir(exist_ok=True)
    for name in shown():
        (PRINTED / f"{name}.txt").write_text(printed(name), "utf-8")
    write_machine(PRINTED)


RENEWED = {
    "names": lambda: write("names", names()),
    "commands": lambda: write("commands", commands()),
    "forms": _forms,
    "bench": _bench,
    "printed": _printed,
}

if __name__ == "__main__":
    match sys.argv[1:]:
        case ["runs", folder]:
            make(Path(folder))
        case [_, *_] as chosen if set(chosen) <= set(RENEWED):
            for name in chosen:
                RENEWED[name]()
        case _:
            sys.exit(__doc__)
