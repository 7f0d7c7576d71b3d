"""Reports as JSON."""

from __future__ import annotations

import json

import numpy as np

from chainrule.gallery import Table
from gallery.worked import report_of


def test_numbers_in_json_keep_their_digits():
    third = np.float64(1) / 3
    found = json.loads(report_of(Table("", ("n",), ((float(third),),))).to_json())
    assert found["report"][0]["rows"] == [[1 / 3]]
