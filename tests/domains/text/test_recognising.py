"""Which files are texts, and which stay tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from chainrule.domains.registry import domain_of_source
from chainrule.domains.text.texts.recognising import is_text

PROSE = """The sea, which had been calm all day, began to rise.
Nobody spoke; the men looked at each other, and then at the sky.

"It will pass," said the mate, "as all of it does."
He did not believe it.
"""
TABLES = {
    "comma": "a,b,c\n1,2,3\n4,5,6\n",
    "semicolon": "a;b\n1;2\n3;4\n",
    "tab": "a\tb\n1\t2\n3\t4\n",
    "bar": "a|b\n1|2\n3|4\n",
    "aligned": "width  height\n1.5    2\n3      4\n",
    "no header": "1,2\n3,4\n5,6\n",
    "quoted": 'name,said\nann,"no, never"\nbob,"well, yes"\n',
    "a comment before": "# from the museum\na,b\n1,2\n3,4\n",
    "a mistake in one of many": "a,b\n" + "1,2\n" * 30 + "1,2,3\n",
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_stay_tables(tmp_path: Path, name: str):
    file = tmp_path / "data.txt"
    file.write_text(TABLES[name])
    assert not is_text(str(file))
    assert domain_of_source(str(file), {"source": str(file)}) == "table"


@pytest.mark.parametrize("name", ["book.txt", "notes.md", "manual.rst", "BOOK.TXT"])
def test_prose_is_a_text(tmp_path: Path, name: str):
    file = tmp_path / name
    file.write_text(PROSE)
    assert domain_of_source(str(file), {"source": str(file)}) == "text"


def test_options_of_tables_say_that_it_is_one(tmp_path: Path):
    file = tmp_path / "book.txt"
    file.write_text(PROSE)
    source = {"source": str(file)}
    assert domain_of_source(str(file), {**source, "target": "x"}) == "table"
    assert domain_of_source(str(file), {**source, "delimiter": ","}) == "table"
    assert domain_of_source(str(file), {**source, "tokens": "words"}) == "text"


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.parquet", "a"])
def test_other_names_are_texts_only_if_one_says_so(tmp_path: Path, name: str):
    file = tmp_path / name
    file.write_text(PROSE)
    assert domain_of_source(str(file), {"source": str(file)}) == "table"
    assert domain_of_source(str(file), {"source": str(file), "text": True}) == "text"


def test_what_is_empty_or_missing_is_left_to_tables(tmp_path: Path):
    (tmp_path / "empty.txt").write_text("\n\n")
    assert not is_text(str(tmp_path / "empty.txt"))
    assert not is_text(str(tmp_path / "missing.txt"))
    assert not is_text(str(tmp_path))
