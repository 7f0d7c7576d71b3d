"""Training: data, optimizers, the training loop, and the run folder that holds the result.

Nothing here prints, parses arguments or reads the environment: progress goes through callbacks.
"""

from chainrule.train.figures import notebook as notebook  # registers how histories are displayed
