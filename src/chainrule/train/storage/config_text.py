"""The text of config.toml, which stays fast to read with 100,000 columns.

Few columns are tables of TOML, which people read.  Of many, reading TOML took longer than all the
rest of a prediction, so they are one string of JSON, a column a line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from chainrule.train.storage.schema import parse_json, parse_toml

__all__ = ["parse_config", "write_config"]

MOST_TABLES = 1000
"""More columns than this are written as JSON."""


def write_config(config: Mapping[str, Any]) -> bytes:
    """The configuration as TOML, in UTF-8.

    >>> columns = [{"name": "age", "kind": "number"}]
    >>> write_config({"format": 1, "encoder": {"columns": columns}}).decode().splitlines()[:3]
    ['format = 1', '', '[encoder]']
    """
    import tomli_w

    encoder = config.get("encoder", {})
    columns = encoder.get("columns", ())
    if len(columns) <= MOST_TABLES:
        return tomli_w.dumps(config).encode()
    others = {name: value for name, value in encoder.items() if name != "columns"}
    lines = ",\n".join(json.dumps(column, allow_nan=False) for column in columns)
    # Three apostrophes end such a string; nothing else in it has a meaning.
    lines = lines.replace("'", r"\u0027")
    text = tomli_w.dumps({**config, "encoder": others})
    return f"{text}\n[encoder.columns]\njson = '''\n[\n{lines}\n]'''\n".encode()


def parse_config(content: str) -> dict[str, Any]:
    """The configuration in such a text; ValueError if it is none."""
    config = parse_toml(content)
    encoder = config.get("encoder")
    match encoder:
        case {"columns": {"json": str(lines), **others}} if not others:
            cast("dict[str, Any]", encoder)["columns"] = parse_json(lines)
    return config
