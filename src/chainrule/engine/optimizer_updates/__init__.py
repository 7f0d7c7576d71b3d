"""The update of an optimizer as machine code: its rule, recorded as a graph, becomes one pass.

`lower_rule` separates what depends on the step and the rate alone, which NumPy evaluates for many
steps at once, from the elementwise operations on the flat vectors, which are emitted as one loop
over all parameters.
"""

from chainrule.engine.optimizer_updates.compiled_update import CompiledUpdate, lower_rule
from chainrule.engine.optimizer_updates.recorded_rule import RecordedRule
from chainrule.engine.optimizer_updates.update import UPDATE, update

__all__ = ["UPDATE", "CompiledUpdate", "RecordedRule", "lower_rule", "update"]
