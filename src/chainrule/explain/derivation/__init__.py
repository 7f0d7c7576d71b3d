"""Derivations: the steps of a gradient in order, as data, and how they are built from a record.

Renderers see these classes and nothing below them.
"""

from chainrule.explain.derivation.steps import (
    BackwardStep,
    Chain,
    Contribution,
    Derivation,
    DescentStep,
    Deviation,
    Factor,
    ForwardStep,
    Product,
    Rounding,
    Units,
    Update,
)

__all__ = [
    "BackwardStep",
    "Chain",
    "Contribution",
    "Derivation",
    "DescentStep",
    "Deviation",
    "Factor",
    "ForwardStep",
    "Product",
    "Rounding",
    "Units",
    "Update",
]
