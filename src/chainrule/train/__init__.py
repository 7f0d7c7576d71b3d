"""Training: data, optimizers, the training loop, and the run folder that holds the result.

Nothing here prints, parses arguments or reads the environment: progress goes through callbacks.
"""

from chainrule.graph.display import writer
from chainrule.train.loop.history import History


@writer(History, "html")
def _curves(history: History) -> str:
    """What a notebook shows of a history; the code that draws is imported with the first one."""
    from chainrule.train.figures.notebook import curves

    return curves(history)
