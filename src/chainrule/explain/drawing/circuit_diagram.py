"""Draws a derivation as a circuit: its steps as boxes, its local gradients on the wires."""

from __future__ import annotations

from chainrule.explain.derivation import Derivation, ForwardStep
from chainrule.explain.drawing.diagram import Box, Diagram, Wire
from chainrule.explain.paths.products import times
from chainrule.formula import Formula, Remainder, Sum, Symbol
from chainrule.formula.numbers import NumberStyle, NumberWriter

__all__ = ["circuit"]


def circuit(derivation: Derivation, number: NumberWriter | None = None) -> Diagram:
    """The circuit of a derivation; `number` writes the numbers in its formulas.

    >>> import chainrule as cr
    >>> x, y = cr.variables(x=3.0, y=4.0)
    >>> drawn = circuit(cr.explain((x * y).named("f")).derivation)
    >>> drawn.boxes[0].gradient, drawn.wires[0]
    (4.0, Wire(source='x', consumer='f', formula='y', local=4.0, product=4.0))
    """
    number = number or NumberWriter(NumberStyle())
    gradients = {step.name: step.gradient for step in derivation.backward}
    boxes = {
        step.name: Box(
            step.name,
            step.op,
            "" if step.leaf else _brief(step).text(number),
            step.value,
            gradients[step.name],
            array=step.array,
        )
        for step in derivation.forward
    }
    complete = not any(step.omitted for step in derivation.backward)
    wires: list[Wire] = []
    for step in derivation.forward:
        slopes = {local.input: local for local in step.locals}
        # in the order of the formula; a complete derivation also draws operands without a gradient
        symbols = [symbol.name for symbol in step.formula.unknowns() if symbol.entry is not None]
        operands = [name for name in symbols if name in slopes or complete]
        for name in dict.fromkeys([*operands, *slopes]):
            if name in slopes and name in boxes:
                local = slopes[name]
                product = float(times(local.value, gradients[step.name]))
                wires.append(
                    Wire(name, step.name, local.formula.text(number), local.value, product)
                )
            elif name in boxes and name != step.name:
                wires.append(Wire(name, step.name, product=0.0))
    return Diagram(derivation.title, derivation.output, tuple(boxes.values()), tuple(wires))


def _brief(step: ForwardStep) -> Formula:
    """The formula; an abridged sum has only the terms that have wires."""
    match step.formula:
        case Sum(terms) if any(isinstance(term, Remainder) for term in terms):
            sources = {local.input for local in step.locals}
            shown = [term for term in terms if not sources.isdisjoint(term.symbols())]
            return Sum((*shown, Symbol("…", fixed=True)))
        case formula:
            return formula
