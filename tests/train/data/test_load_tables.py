"""Tables as people have them train, if need be with what their refusal says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chainrule.errors import DataError
from chainrule.train.data.load_dataset import load
from chainrule.train.options import RunOptions

N = 60
OTHER = {
    "adult.data": [
        f"{20 + i % 40}, Private, {70000 + 7 * i}, {'BA' if i % 2 else 'HS'}, {i % 9}.5"
        for i in range(N)
    ],
    "iris.data": [f"{5 + i / 10},{i % 7 / 3:.2f},{'ab'[i % 2]},{i % 9}.5" for i in range(N)],
    "units.csv": ["h,y", "(cm),(s)", *(f"{150 + i % 50},{i % 9}.5" for i in range(N))],
    "codes.csv": ["c,y", *(f"{'V57' if i % 20 == 3 else 250.1 + i % 15},{i}.5" for i in range(N))],
    "marks.csv": ["a,b,y", *(f"?,{i % 7},{i % 9}.5" for i in range(N))],
    "nested.jsonl": [
        json.dumps({"a": i % 7, "l": [1, 2], "d": {"x": 1}, "y": i + 0.5}) for i in range(N)
    ],
    "footer.csv": ["a,y", *(f"{i % 7},{i}.5" for i in range(N)), "# end of file"],
    "empty rows.csv": ["a,b,y", *(f"{i % 7},x,{i}.5" for i in range(N)), "", ",,", ",,"],
    "money.csv": ["x,y", *(f'{i % 7},"${1000 + 13 * i:,}.50"' for i in range(N))],
    "postgres.csv": ["t,y", *(f"2021-01-{i} 10:0{i % 9}:00+00,{i}.5" for i in range(10, 30))],
    "bigquery.csv": ["t,y", *(f"2021-01-{i} 10:00:00 UTC,{i}.5" for i in range(10, 30))],
    "sentences.csv": ["t,y", *(f'"A ""text"", number {i}",{i}.5' for i in range(N))],
}


@pytest.mark.parametrize("name", OTHER)
def test_tables_train_or_say_what_to_add(tmp_path: Path, name: str):
    """With what the refusal says, and nothing else, all of these can be trained on."""
    path = tmp_path / name
    path.write_text("\n".join(OTHER[name]) + "\n")
    options = {"target": "y"}
    for _ in range(2):
        try:
            data = load(RunOptions(str(path), **options))
            break
        except DataError as error:
            options |= with_fix(error)
    else:
        raise AssertionError("still refused")
    assert data.rows > 10
    assert data.task == "regression"


def with_fix(error: DataError) -> dict:
    words, found = list(error.fix), {}
    while words:
        name = words.pop(0).removeprefix("--").replace("-", "_")
        if name in ("no_header", "skip_ragged"):
            found[name] = True
        elif name in ("target", "text_columns"):
            found[name] = words.pop(0)
        else:
            found[name] = (*found.get(name, ()), words.pop(0))
    return found
