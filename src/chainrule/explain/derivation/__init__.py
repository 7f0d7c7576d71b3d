"""Derivations: the steps of a gradient in order, as data, and how they are built from a record.

Renderers see these classes and nothing below them.
"""

from chainrule.explain.derivation.steps import (
    BackwardStep,
    Chain,
    Contribution,
    Derivation,
    Deviation,
    Factor,
    ForwardStep,
    Product,
    Rounding,
    Update,
)

__all__ = [
    "BackwardStep",
    "Chain",
    "Contribution",
    "Derivation",
    "Deviation",
    "Factor",
    "ForwardStep",
    "Product",
    "Rounding",
    "Update",
]
