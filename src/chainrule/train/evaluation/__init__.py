"""How good a trained network is: scores on held-out rows, beside those of simple models.

`evaluation.evaluate` puts everything together; each kind of score has a file, and the linear models
that networks are compared with are in `linear`.
"""

from chainrule.train.evaluation.evaluation import Evaluation, evaluate

__all__ = ["Evaluation", "evaluate"]
