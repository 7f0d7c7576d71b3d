"""Points where complex numbers are 0, or one of their parts is."""

from __future__ import annotations

import numpy as np

import chainrule as cr
from ops.case import Edge

Z = np.array([3 + 4j, -2.0, 2j, 0j])

EDGES = [
    Edge("real", cr.real, (Z,), [3.0, -2.0, 0.0, 0.0], ([1.0, 1.0, 1.0, 1.0],)),
    Edge("imag", cr.imag, (Z,), [4.0, 0.0, 2.0, 0.0], ([-1j, -1j, -1j, -1j],)),
    Edge(
        "conj", lambda z: cr.imag(cr.conj(z)), (Z,), [-4.0, -0.0, -2.0, -0.0], ([1j, 1j, 1j, 1j],)
    ),
    Edge(
        "angle",
        cr.angle,
        (Z,),
        [np.arctan2(4, 3), np.pi, np.pi / 2, 0.0],
        ([-1j / (3 + 4j), 0.5j, -0.5, 0.0],),
        kink=[False, False, False, True],
    ),
    Edge(
        "abs",
        cr.abs,
        (Z,),
        [5.0, 2.0, 2.0, 0.0],
        ([0.6 - 0.8j, -1.0, -1j, 0.0],),
        kink=[False, False, False, True],
    ),
]

EDGES += [
    Edge("fft", lambda x: cr.real(np.fft.fft(x)), ([0.0, 2.0],), [2.0, -2.0], ([2.0, 0.0],)),
    Edge("fft", lambda x: cr.imag(np.fft.fft(x)), ([1j],), [1.0], ([-1j],)),
    Edge("rfft", lambda x: cr.real(np.fft.rfft(x)), ([3.0],), [3.0], ([1.0],)),
    Edge("irfft", np.fft.irfft, ([2 + 5j, 2 + 3j],), [2.0, 0.0], ([1.0, 0.0],)),
]
