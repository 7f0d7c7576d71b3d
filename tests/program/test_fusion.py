"""Access patterns: a view read as a matrix has the entries of NumPy's reshaped array."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings

from chainrule.program import View
from chainrule.program.fusion import matrix_shapes, matrix_strides
from program.strided import Strided, entries, strided_views

EXAMPLES = settings(max_examples=300, derandomize=True, database=None, deadline=None)


@EXAMPLES
@given(strided_views())
def test_matrices_are_read_in_the_five_access_patterns(drawn: Strided):
    view, memory, array = drawn
    if not array.size:
        return
    for rows, columns in matrix_shapes(view.shape):
        strides = matrix_strides(view, rows, columns)
        if strides is not None:
            found = entries(View(view.buffer, (rows, columns), strides, view.offset), memory)
            np.testing.assert_array_equal(found, array.reshape(rows, columns))
            assert strides[1] in (0, 1)
