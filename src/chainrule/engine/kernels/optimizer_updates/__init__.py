"""The kernels of the optimizers' updates, and their formulas."""

from chainrule.engine.kernels.optimizer_updates.kernels import METHODS, SETTINGS, update

__all__ = ["METHODS", "SETTINGS", "update"]
