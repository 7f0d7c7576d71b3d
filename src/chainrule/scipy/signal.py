"""The names of `scipy.signal`, of functions that record; see `chainrule.scipy`."""

import scipy.signal

from chainrule.ops.namespace import names_of

__getattr__, __dir__ = names_of(scipy.signal, __name__)
