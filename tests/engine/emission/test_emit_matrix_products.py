"""Matrix products as machine code, against the reference."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import chainrule as cr
from chainrule.engine.instructions import OPCODES
from engine.comparison import agree, opcodes

SIZES = st.integers(1, 40)


@settings(deadline=None, max_examples=15)  # each example is compiled
@given(
    SIZES,
    SIZES,
    SIZES,
    st.tuples(st.booleans(), st.booleans()),
    st.sampled_from([np.float32, np.float64]),
    st.data(),
)
def test_products_of_all_sizes_and_memory_orders(m, n, k, transposed, dtype, data):
    """With and without an epilogue."""
    add, relu, gate = (data.draw(st.booleans()) for _ in range(3))
    rng = np.random.default_rng(m * n * k)
    shapes = [
        (k, m) if transposed[0] else (m, k),
        (n, k) if transposed[1] else (k, n),
        (n,),
        (m, n),
    ]
    args = [rng.normal(size=shape).astype(dtype) for shape in shapes]

    def layer(a, b, bias, gate_input):
        z = (a.T if transposed[0] else a) @ (b.T if transposed[1] else b)
        z = z + bias if add else z
        z = cr.relu(z) if relu else z
        return cr.where(gate_input > 0.0, z, 0.0) if gate else z

    program = agree(cr.trace(layer, *args), args, dtype, scale=np.sqrt(k))
    assert OPCODES["gemm"] not in opcodes(program)
