"""The names of `numpy.fft`, of functions that record; see `chainrule.numpy`."""

import numpy.fft

from chainrule.ops.namespace import names_of

__getattr__, __dir__ = names_of(numpy.fft, __name__)
