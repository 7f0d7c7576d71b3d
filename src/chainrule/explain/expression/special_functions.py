"""Functions in expressions whose names are no reserved words: SciPy's, and some of matrices.

`y1`, `gamma` and `trace` may be values, too, unless they are called.  SciPy's special functions are
imported with the first one that is called.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping

from chainrule.ops import Tensor
from chainrule.ops.registry import AT_NEED
from chainrule.ops.registry import FUNCTIONS as RECORDED

__all__ = ["ARGUMENTS", "GREEK", "OF_SCIPY", "special"]

OF_SCIPY: Mapping[str, int] = {
    **dict.fromkeys(("erfc", "erfcinv", "erfcx", "erfinv", "log_ndtr", "ndtri", "ndtri_exp"), 1),
    **dict.fromkeys(("digamma", "factorial", "gamma", "gammaln", "gammasgn", "loggamma"), 1),
    **dict.fromkeys(("dawsn", "entr", "exp1", "expi", "exprel", "log_expit", "logit", "rgamma"), 1),
    **dict.fromkeys(("i0", "i0e", "i1", "i1e", "j0", "j1", "k0", "k1", "y0", "y1"), 1),
    **dict.fromkeys(("beta", "betaln", "gammainc", "gammaincc", "polygamma", "stdtr"), 2),
    **dict.fromkeys(("kl_div", "rel_entr", "xlog1py", "xlogy"), 2),
    **dict.fromkeys(("iv", "ive", "jv", "kv", "kve", "yn", "yv"), 2),
    **dict.fromkeys(("betainc", "betaincc", "hyp1f1"), 3),
}
"""The special functions, and the number of arguments of each."""

ARGUMENTS: Mapping[str, int] = {
    **OF_SCIPY,
    **dict.fromkeys(("cholesky", "diag", "pinv", "trace", "tril", "triu"), 1),
    **dict.fromkeys(("convolve", "kron", "polyval", "vdot"), 2),
}
"""All functions whose names are free."""

GREEK: Mapping[str, str] = {"σ": "sigmoid", "Γ": "gamma", "ψ": "digamma", "Φ": "normal_cdf"}
"""Functions that people write as a letter."""


def special(name: str) -> Callable[..., Tensor]:
    """The function of a name in `ARGUMENTS`.

    >>> special("gamma")(5.0)
    Tensor(24.0)
    """
    if name in OF_SCIPY:
        importlib.import_module(AT_NEED["scipy.special"])
    return RECORDED[name]
