"""Files of pairs: headers, numbers of columns, and what is wrong in which row."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from chainrule.domains.pairs.texts.reading import read_pairs, read_sources
from chainrule.errors import ChainruleError

TSV = 'en\tnote\tde\na dog\t1\tein Hund\n\na "cat"\t2\teine Katze\n'


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)

    def write(text: str | bytes, name: str = "pairs.tsv") -> str:
        Path(name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return name

    return write


def test_with_a_header(written):
    rows = read_pairs(written(TSV), "en", "de")
    assert rows.names == ("en", "de")
    assert rows.sources == ["a dog", 'a "cat"']
    assert rows.answers == ["ein Hund", "eine Katze"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_without_a_header(written, end):
    text = f"\ufeffa dog\tein Hund{end}a cat\teine Katze{end}"
    rows = read_pairs(written(text), "2", None)
    assert (rows.names, rows.sources) == (("2", "1"), ["ein Hund", "eine Katze"])
    assert rows.answers == ["a dog", "a cat"]
    assert read_pairs(written(text), "1", "2").sources == rows.answers


def test_commas_and_compressed_files(written):
    assert read_pairs(written('de,en\n"ja, so","yes, so"\n', "p.csv"), "en", None).answers == [
        "ja, so"
    ]
    packed = written(gzip.compress(TSV.encode()), "pairs.tsv.gz")
    assert read_pairs(packed, "en", "de").sources == ["a dog", 'a "cat"']


MISTAKES = {
    "no tab": ("en\tde\na\tb\nonly one\n", "en", "de", "row 3: expected columns with tabs"),
    "no tab at all": ("one\ntwo\n", "en", None, "row 1: expected columns with tabs"),
    "no tab, blank rows before": ("en\tde\n\n\nx\n", "en", "de", "row 4"),
    "an empty side": ("en\tde\na\tb\nc\t \n", "en", "de", "row 3: expected a text in column 'de'"),
    "an unknown column": ("en\tde\na\tb\n", "eng", "de", "did you mean en?"),
    "an unknown target": ("en\tde\na\tb\n", "en", "fr", "expected one of en, de, got 'fr'"),
    "no target": ("en\tde\tfr\na\tb\tc\n", "en", None, "name it with --target"),
    "one column twice": ("en\tde\na\tb\n", "en", "en", "another column"),
    "a number too large": ("a\tb\n", "3", None, "a column from 1 to 2"),
    "nothing": ("", "en", "de", "got an empty file"),
    "a header only": ("en\tde\n", "en", "de", "expected pairs below the header"),
    "bytes": (b"en\tde\na\t\xe9\n", "en", "de", "row 2: expected text in UTF-8, got the byte 0xe9"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes(written, name):
    text, source, target, message = MISTAKES[name]
    with pytest.raises(ChainruleError) as error:
        read_pairs(written(text), source, target)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_no_file(tmp_path):
    with pytest.raises(ChainruleError, match="no file of that name"):
        read_pairs(str(tmp_path / "none.tsv"), "en", "de")
    with pytest.raises(ChainruleError, match="got a folder"):
        read_pairs(str(tmp_path), "en", "de")


def test_what_is_predicted_from(written):
    def read(text: str, *names: str):
        rows = read_sources(Path(written(text, "new.txt")), names or ("en", "de"))
        return rows.sources, rows.answers

    assert read("a dog\na cat\n") == (["a dog", "a cat"], None)
    assert read("en\na dog\n") == (["a dog"], None)
    assert read("de\ten\nein Hund\ta dog\n") == (["a dog"], ["ein Hund"])
    assert read("en\tnote\na dog\tx\n") == (["a dog"], None)
    assert read("a dog\tein Hund\n", "1", "2") == (["a dog"], ["ein Hund"])
    assert read("a dog\tx\n", "1", "3") == (["a dog"], None)
    with pytest.raises(ChainruleError, match=r"column of new\.txt"):
        read("a dog\tein Hund\n")
