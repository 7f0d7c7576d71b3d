"""Training: data, optimizers, the loop, and the run folder that holds what came of it.

Nothing here prints, parses arguments or reads the environment: progress goes through callbacks.
"""

from chainrule.train.figures import inline as inline  # registers how histories are drawn
