"""Operations along axes: sums, means, extremes, cumulative sums, softmax, standardization."""

from chainrule.ops.reductions import ufunc_methods as ufunc_methods
from chainrule.ops.reductions.reduce import cumsum, max, mean, min, prod, std, sum, sum_to, var
from chainrule.ops.reductions.softmax import log_loss, log_softmax, logsumexp, softmax
from chainrule.ops.reductions.standardize import standardize

__all__: list[str] = ["cumsum", "log_loss", "log_softmax", "logsumexp", "max", "mean", "min"]
__all__ += ["prod", "softmax", "standardize", "std", "sum", "sum_to", "var"]
