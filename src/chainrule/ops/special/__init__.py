"""The functions of `scipy.special`; this room is imported when one of them is first needed.

SciPy's own module takes longer to import than all of chainrule: see `registry.recorder`.
"""

from chainrule.ops.special import (
    bessel,
    derivatives,
    entropies,
    error_functions,
    exponential,
    exponential_sums,
    gamma_functions,
    incomplete,
    logistic,
    modified_bessel,
    orders,
    robust_losses,
    same_functions,
)
from chainrule.ops.special.bessel import *
from chainrule.ops.special.derivatives import *
from chainrule.ops.special.entropies import *
from chainrule.ops.special.error_functions import *
from chainrule.ops.special.exponential import *
from chainrule.ops.special.exponential_sums import *
from chainrule.ops.special.gamma_functions import *
from chainrule.ops.special.incomplete import *
from chainrule.ops.special.logistic import *
from chainrule.ops.special.modified_bessel import *
from chainrule.ops.special.orders import *
from chainrule.ops.special.robust_losses import *
from chainrule.ops.special.same_functions import *

__all__: list[str] = []
__all__ += bessel.__all__
__all__ += derivatives.__all__
__all__ += entropies.__all__
__all__ += error_functions.__all__
__all__ += exponential.__all__
__all__ += exponential_sums.__all__
__all__ += gamma_functions.__all__
__all__ += incomplete.__all__
__all__ += logistic.__all__
__all__ += modified_bessel.__all__
__all__ += orders.__all__
__all__ += robust_losses.__all__
__all__ += same_functions.__all__
