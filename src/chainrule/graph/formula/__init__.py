"""Formulas: computations as written on paper, and their plain-text form."""

from chainrule.graph.formula import text as text  # registers how formulas are printed
from chainrule.graph.formula.formula import (
    Formula,
    Negation,
    Number,
    NumberFormat,
    Power,
    Product,
    Quotient,
    Remainder,
    RemainderValue,
    Sum,
    Symbol,
    lift,
    remainder,
    remainders,
)
from chainrule.graph.formula.functions import (
    AbsoluteValue,
    Call,
    Cases,
    Derivative,
    E,
    Relation,
    Root,
    call,
)

__all__ = [
    "AbsoluteValue",
    "Call",
    "Cases",
    "Derivative",
    "E",
    "Formula",
    "Negation",
    "Number",
    "NumberFormat",
    "Power",
    "Product",
    "Quotient",
    "Relation",
    "Remainder",
    "RemainderValue",
    "Root",
    "Sum",
    "Symbol",
    "call",
    "lift",
    "remainder",
    "remainders",
]
