"""Derivations: the ordered steps of a gradient, as data."""

from chainrule.explain.derivation.steps import (
    BackwardStep,
    Chain,
    Contribution,
    Derivation,
    Factor,
    ForwardStep,
    Product,
    Update,
)

__all__ = [
    "BackwardStep",
    "Chain",
    "Contribution",
    "Derivation",
    "Factor",
    "ForwardStep",
    "Product",
    "Update",
]
