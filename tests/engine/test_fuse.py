"""Fusion, attacked with random elementwise graphs: tiles, registers, rows, columns."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings

from engine.dags import Dag, dags
from engine.running import agree
from program.checker import check

EXAMPLES = settings(
    max_examples=150,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@EXAMPLES
@given(dags())
def test_random_elementwise_graphs(dag: Dag):
    for dtype in (np.float64, np.float32):
        check(agree(dag.graph(dtype), dag.leaves(dtype), dtype))
