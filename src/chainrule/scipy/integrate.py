"""The names of `scipy.integrate`, of functions that record; see `chainrule.scipy`."""

import scipy.integrate

from chainrule.ops.namespace import names_of

__getattr__, __dir__ = names_of(scipy.integrate, __name__)
