"""Options of a run: one dataclass, whose fields say all there is to know about each option.

The command line, the tables of a run's config.toml and the keywords of `fit` are derived from the
fields of `RunOptions`; its base classes `TrainingOptions` and `ColumnOptions` have those that `fit`
takes too, the latter for data frames.  A new option is one field there, and a use of it where it
acts.  Importing this room is quick: what the checks need is imported when they run.
"""

from chainrule.train.options.option import Option, options_of
from chainrule.train.options.run_options import RunOptions
from chainrule.train.options.training_options import TrainingOptions

__all__ = ["Option", "RunOptions", "TrainingOptions", "options_of"]
