"""Excel files, through the extra that reads them."""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pytest

from chainrule.errors import DataError
from chainrule.train.data.load_dataset import load
from chainrule.train.data.reading.formats import excel
from chainrule.train.data.reading.sources import read
from chainrule.train.options import RunOptions

TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"

PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{TYPES}">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships'
    '+xml"/><Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{KIND}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{KIND}.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="r1" '
    f'Type="{DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="{DOCUMENT}"><sheets>'
    '<sheet name="one" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATIONS}">'
    f'<Relationship Id="r1" Type="{DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="r2" Type="{DOCUMENT}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{SHEET}"><cellXfs count="2"><xf numFmtId="0"/>'
    '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>',
}
"""A workbook of one sheet; the second format of its cells is that of dates."""


def cell(place: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    style = ' s="1"' if isinstance(value, np.int64) else ""  # days since 1899-12-30
    return f'<c r="{place}"{style}><v>{value}</v></c>'


def write_excel(path: Path, rows: list[list[object]]) -> str:
    lines = [
        f'<row r="{i}">{"".join(cell(f"{chr(65 + j)}{i}", x) for j, x in enumerate(row))}</row>'
        for i, row in enumerate(rows, 1)
    ]
    sheet = f'<worksheet xmlns="{SHEET}"><sheetData>{"".join(lines)}</sheetData></worksheet>'
    with zipfile.ZipFile(path, "w") as file:
        for name, content in {**PARTS, "xl/worksheets/sheet1.xml": sheet}.items():
            file.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{content}')
    return str(path)


def test_an_excel_file_is_as_a_text_file(tmp_path: Path):
    pytest.importorskip("fastexcel")
    rng, rows, lines = np.random.default_rng(0), list[list[object]](), list[str]()
    for i in range(40):
        age, day = [20.5 + i % 17, 45_292 + 3 * i]
        city, income = rng.choice(["Ulm", "Köln & Co"]), f"${rng.integers(999, 99_999):,}"
        date = np.datetime64("1899-12-30") + day
        gone = i % 8 == 5
        rows.append([None if gone else age, city, income, np.int64(day), i % 3 == 0, i * 1.5])
        values = ["" if gone else age, city, f'"{income}"', date, str(i % 3 == 0).lower(), i * 1.5]
        lines.append(",".join(map(str, values)))
    names = ["age", "city", "income", "when", "member", "price"]
    sheet = write_excel(tmp_path / "t.xlsx", [[*names], *rows])
    (tmp_path / "t.csv").write_text("\n".join([",".join(names), *lines]))
    made, expected = (
        load(RunOptions(source, target="price")) for source in (sheet, str(tmp_path / "t.csv"))
    )
    assert made.encoder == expected.encoder
    np.testing.assert_array_equal(made.train.x, expected.train.x)
    np.testing.assert_array_equal(made.test.y, expected.test.y)
    assert made.inference is not None
    assert made.inference.kinds == {"number": 2, "category": 1, "date": 1, "boolean": 1}


def test_decimal_commas_in_an_excel_file(tmp_path: Path):
    pytest.importorskip("fastexcel")
    sheet = write_excel(tmp_path / "t.xlsx", [["a", "b"], ["0,5", "1,250"], ["1,25", "2,500"]])
    columns = read(sheet).columns
    np.testing.assert_array_equal(columns["a"].values, [0.5, 1.25])
    np.testing.assert_array_equal(columns["b"].values, [1.25, 2.5])


def test_without_the_extra_the_remedy_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    sheet = write_excel(tmp_path / "t.xlsx", [["a"], [1]])
    monkeypatch.setattr(excel, "find_spec", lambda name: None)
    with pytest.raises(DataError, match=r"pip install 'chainrule\[excel\]'"):
        read(sheet)
