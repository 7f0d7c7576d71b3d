"""Run the cells of a notebook in this process, one after the other, like Jupyter.

`python tests/docs/notebook.py docs/tutorial.ipynb` stores the outputs in the file.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Output = dict[str, Any]


def outputs(notebook: dict[str, Any]) -> Iterator[tuple[dict[str, Any], list[Output]]]:
    """Each code cell, with its printed output and its value, in Jupyter's form."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for number, cell in enumerate(code, start=1):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            value = _run("".join(cell["source"]), f"<cell {number}>", namespace)
        found: list[Output] = []
        if printed.getvalue():
            text = _lines(printed.getvalue())
            found.append({"name": "stdout", "output_type": "stream", "text": text})
        if value is not None:
            data = {"text/plain": _lines(repr(value))}
            if hasattr(value, "_repr_html_"):
                data["text/html"] = _lines(value._repr_html_())
            found.append(
                {
                    "data": data,
                    "execution_count": number,
                    "metadata": {},
                    "output_type": "execute_result",
                }
            )
        yield cell, found


def _run(source: str, name: str, namespace: dict[str, Any]) -> Any:
    """Execute a cell, and return the value of its last line if that is an expression."""
    tree = ast.parse(source, name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, name, "exec"), namespace)
    if last is None:
        return None
    return eval(compile(ast.Expression(last.value), name, "eval"), namespace)


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def store(path: Path) -> None:
    """Run the cells and write their outputs into the file."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for number, (cell, found) in enumerate(outputs(notebook), start=1):
        cell["execution_count"], cell["outputs"] = number, found
    written = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True)
    path.write_text(written + "\n", encoding="utf-8")


if __name__ == "__main__":
    store(Path(sys.argv[1]))
