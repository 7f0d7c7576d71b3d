"""config.toml of few columns and of many, and texts of it that are damaged."""

from __future__ import annotations

import json
import time
import tomllib

import numpy as np
import pytest
import tomli_w

from chainrule.errors import RunError
from chainrule.train.data.encoding.column_coder import ColumnCoder
from chainrule.train.data.encoding.encoder import Encoder
from chainrule.train.data.encoding.target_coder import TargetCoder
from chainrule.train.options import RunOptions
from chainrule.train.runs.run_config import read_checkpoint, read_config, with_settings_digest
from chainrule.train.runs.run_folder import RunFolder
from chainrule.train.runs.tables.table_domain import TABLES
from chainrule.train.storage.checkpoint import Checkpoint
from chainrule.train.storage.config_text import MOST_TABLES, parse_config, write_config

NAMES = [
    "it's",
    "'''",
    '"',
    "\\u0027",
    "\\",
    "a\nb",
    "\r\n",
    "é\U0001f600",
    "\x00\x1b\x7f",
    "]",
    "'",
]


def encoder_of(columns: int) -> Encoder:
    rng = np.random.default_rng(0)
    coders = [
        ColumnCoder(f"{NAMES[i % len(NAMES)]}{i}", "number", -0.0, float(scale), fill=5e-324)
        if i % 3
        else ColumnCoder(f"{i}", "category", categories=(NAMES[i % 11], "x"), fill="x")
        for i, scale in enumerate(rng.uniform(0.5, 2, columns))
    ]
    return Encoder(tuple(coders), TargetCoder("y", "classification", ("no", "yes")))


def config_of(columns: int) -> dict:
    encoder = encoder_of(columns).to_dict()
    return {"format": 1, **RunOptions("t.csv").to_tables(), "fingerprint": "f", "encoder": encoder}


@pytest.mark.parametrize("columns", [1, MOST_TABLES, MOST_TABLES + 1])
def test_what_is_written_is_read(columns: int):
    config = config_of(columns)
    content = write_config(config)
    found, expected = (
        json.dumps(c, sort_keys=True) for c in (parse_config(content.decode()), config)
    )
    assert found == expected  # −0.0 too
    entries = tomllib.loads(content.decode())["encoder"]["columns"]
    if columns <= MOST_TABLES:
        assert content == tomli_w.dumps(config).encode()
        assert len(entries) == columns
    else:
        assert list(entries) == ["json"]
        assert len(entries["json"].splitlines()) == columns + 2


def test_a_folder_with_many_columns_is_like_one_with_tables(tmp_path):
    """The settings and their digest do not depend on how the columns are written."""
    config = config_of(MOST_TABLES + 1)
    checkpoint = with_settings_digest(Checkpoint({}), config)
    with RunFolder.create(tmp_path / "run", config, checkpoint) as folder:
        folder.write_config({**folder.config, "fingerprint": "f"})
    for content in (write_config(config), tomli_w.dumps(config).encode()):
        (tmp_path / "run" / "config.toml").write_bytes(content)
        folder = RunFolder.read(tmp_path / "run")
        assert read_config(folder, TABLES)[1] == encoder_of(MOST_TABLES + 1)
        read_checkpoint(folder)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("json = '''\n[", "json = '''\n", "expected TOML"),
        ("json = '''", "text = '''", "'encoder.columns'"),
        ("json = '''", "more = 1\njson = '''", "'encoder.columns'"),
        ('{"name": "0"', '{"title": "0"', "'encoder.columns"),
        ('"kind": "category"', '"kind": "colour"', "'encoder.columns"),
        ("5e-324", "NaN", "finite number"),
        ("5e-324", "1e999", "finite number"),
        ('"name": "0"', '"name": "\\ud800"', "a text"),
        ("json = '''\n[", "json = '''\n" + "[" * 100_000, "nested too deeply"),
        ("'''\n[", "'''\n[1, ", "'encoder.columns"),
    ],
)
def test_damaged_columns_are_refused_in_one_line(tmp_path, old: str, new: str, words: str):
    config = config_of(MOST_TABLES + 1)
    RunFolder.create(tmp_path / "run", config, with_settings_digest(Checkpoint({}), config)).close()
    file = tmp_path / "run" / "config.toml"
    content = file.read_text()
    assert old in content
    file.write_text(content.replace(old, new, 1))
    with pytest.raises(RunError) as caught:
        read_config(RunFolder.read(tmp_path / "run"), TABLES)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_many_columns_are_read_quickly():
    """At least three times as fast as tables of TOML, of which they used to be."""
    config = config_of(20_000)
    texts = [write_config(config).decode(), tomli_w.dumps(config)]
    seconds = []
    for text in texts:
        began = time.process_time()
        assert len(parse_config(text)["encoder"]["columns"]) == 20_000
        seconds.append(time.process_time() - began)
    assert 3 * seconds[0] < seconds[1]
