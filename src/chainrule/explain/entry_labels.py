"""Names and units of a table in place of the indices and standardised numbers of a record."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from chainrule.errors import UnknownNameError
from chainrule.explain.derivation import Derivation, Units
from chainrule.explain.derivation.steps import Local
from chainrule.explain.flow.parts import EntryFlow
from chainrule.formula import Formula, Symbol

__all__ = ["EntryLabels", "Scaling"]


class Scaling(NamedTuple):
    """A standardised number stands for mean + scale · number."""

    mean: float
    scale: float


@dataclass(frozen=True)
class EntryLabels:
    """Labels of the entries of some arrays.

    axes     for an array, a label for each index of an axis, or None where indices stay numbers
    inputs   the array whose entries are rows of the table
    bare     whether these are called by their label alone: `age` in place of `x[3]`, and in a batch
             `age[0]`
    scaling  for the labels of inputs, and for the entries of `outputs`, what they stand for
    weights  the array whose columns are multiplied with the inputs, if these are embedded before

    >>> ages = EntryLabels({"x": (("age", "sex=male"),), "w": (None, ("age", "sex=male"))}, "x")
    >>> ages.label("x[1]"), ages.label("w[3, 0]"), ages.label("b[0]"), ages.plain("w[3, age]")
    ('sex=male', 'w[3, age]', 'b[0]', 'w[3, 0]')
    """

    axes: Mapping[str, Sequence[Sequence[str] | None]] = field(
        default_factory=dict[str, Sequence[Sequence[str] | None]]
    )
    inputs: str = ""
    scaling: Mapping[str, Scaling] = field(default_factory=dict[str, Scaling])
    outputs: str = ""
    bare: bool = True
    weights: str = ""

    def label(self, name: str) -> str:
        """The name of an entry with labels in place of indices; any other name as it is."""
        array, index = _split(name)
        axes = self.axes.get(array)
        if not index or axes is None or len(axes) != len(index):
            return name
        written = [
            str(i) if labels is None or i >= len(labels) else labels[i]
            for i, labels in zip(index, axes, strict=True)
        ]
        if array == self.inputs and self.bare:
            *row, label = written
            return f"{label}[{', '.join(row)}]" if row else label
        return f"{array}[{', '.join(written)}]"

    def is_input(self, name: str) -> bool:
        """Whether a name is the label of an input, without a row."""
        return name.strip() in self._inputs

    def plain(self, name: str, option: str = "wrt") -> str:
        """The name of an entry with indices; the inverse of `label`, for what a user names.

        Raises UnknownNameError for a label that an axis does not have.
        """
        name = name.strip()
        if name in self._inputs:
            return self._inputs[name]
        match = re.fullmatch(r"(.*?)\s*\[(.*)\]", name, re.DOTALL)
        axes = self.axes.get(match[1]) if match else None
        if match and match[1] in self._inputs and len(self.axes[self.inputs]) > 1:
            at = self._inputs[match[1]].removeprefix(f"{self.inputs}[")
            return f"{self.inputs}[{match[2].strip()}, {at}"
        if match is None or axes is None:
            return name
        # a label may have commas itself, and only one axis has such labels
        parts = [part.strip() for part in match[2].split(",")]
        for i, labels in enumerate(axes):
            rest = len(axes) - 1 - i
            here = ", ".join(parts[i : len(parts) - rest])
            compact = {label.replace(" ", ""): at for at, label in enumerate(labels or ())}
            if here.replace(" ", "") in compact and not here.isdigit():
                parts[i : len(parts) - rest] = [str(compact[here.replace(" ", "")])]
            elif labels is not None and len(parts) == len(axes) and not here.isdigit():
                raise UnknownNameError(option, here, labels)
        return f"{match[1]}[{', '.join(parts)}]"

    @cached_property
    def _inputs(self) -> dict[str, str]:
        labels = self.axes[self.inputs][-1] if self.inputs and self.bare else None
        return {label: f"{self.inputs}[{i}]" for i, label in enumerate(labels or ())}

    def derivation(self, d: Derivation) -> Derivation:
        """The derivation with these names, and what its standardised numbers stand for."""
        forward = tuple(
            replace(
                step,
                name=self.label(step.name),
                formula=self._formula(step.formula),
                locals=tuple(map(self._local, step.locals)),
            )
            for step in d.forward
        )
        backward = tuple(
            replace(
                step,
                name=self.label(step.name),
                contributions=tuple(
                    replace(c, via=self.label(c.via), local=self._local(c.local))
                    for c in step.contributions
                ),
            )
            for step in d.backward
        )
        chains = tuple(
            replace(
                chain,
                wrt=self.label(chain.wrt),
                products=tuple(
                    replace(
                        product,
                        factors=tuple(
                            replace(f, of=self.label(f.of), by=self.label(f.by))
                            for f in product.factors
                        ),
                    )
                    for product in chain.products
                ),
            )
            for chain in d.chains
        )
        operands = (
            replace(step, name=self.label(step.name), formula=self._formula(step.formula))
            for step in d.operands
        )
        return replace(
            d,
            output=self.label(d.output),
            forward=forward,
            backward=backward,
            chains=chains,
            updates=tuple(replace(u, name=self.label(u.name)) for u in d.updates),
            operands=tuple(operands),
            stays=tuple(map(self.label, d.stays)),
            units=tuple(self._units(d)),
        )

    def entry_flow(self, flow: EntryFlow) -> EntryFlow:
        """The flow of an entry with these names."""
        levels = (
            replace(
                level, neurons=tuple(replace(n, name=self.label(n.name)) for n in level.neurons)
            )
            for level in flow.levels
        )
        return replace(flow, wrt=self.label(flow.wrt), levels=tuple(levels))

    def _local(self, local: Local) -> Local:
        return replace(local, input=self.label(local.input), formula=self._formula(local.formula))

    def _formula(self, formula: Formula) -> Formula:
        if isinstance(formula, Symbol):
            if formula.entry is None:
                return formula
            return replace(formula, name=self._in_formula(formula.name))
        parts = formula.parts()
        return formula.with_parts(tuple(map(self._formula, parts))) if parts else formula

    def _in_formula(self, name: str) -> str:
        """The label of an entry; a column with a space or a sign in its name is quoted."""
        label = self.label(name)
        array, index = _split(name)
        if array != self.inputs or not self.bare or not index or label == name:
            return label
        *_, labels = self.axes[array]
        column = labels[index[-1]] if labels else ""
        quoted = f'"{column}"' if re.search(r"[\s+*/·×^()-]", column) else column
        return f"{quoted}{label.removeprefix(column)}"

    def _units(self, d: Derivation) -> list[Units]:
        """What is standardised among the entries asked about, the inputs and the outputs."""
        gradients = {step.name: step.gradient for step in d.backward}
        values = {step.name: step.value for step in d.forward}
        asked = [chain.wrt for chain in d.chains]
        found: list[Units] = []
        for name in dict.fromkeys([*asked, *values]):
            array, _ = _split(name)
            scaling = self._scaling(name)
            if scaling is None or name not in values:
                continue
            value, gradient = values[name], gradients.get(name)
            mean, scale = scaling
            if array in (self.inputs, self.outputs):
                original = _unrounded(mean, scale * value)
                slope = None if gradient is None else gradient / scale
            elif name in asked:  # a weight w of a standardised input is w / scale for the original
                original, slope = value / scale, None if gradient is None else gradient * scale
            else:
                continue
            found.append(Units(self.label(name), value, original, gradient, slope))
        return found

    def _scaling(self, name: str) -> Scaling | None:
        """What an entry stands for: an input, an output, or the weight of an input."""
        array, index = _split(name)
        axes = self.axes.get(array)
        if axes is None or len(axes) != len(index):
            return None
        if array == self.outputs:
            return self.scaling.get(f"{array}[{index[-1]}]")
        labels = axes[-1]
        if not self.inputs or labels is None:
            return None
        if array != self.weights and labels is not self.axes[self.inputs][-1]:
            return None
        return self.scaling.get(labels[index[-1]])


def _unrounded(mean: float, distance: float) -> float:
    """A number of a table, without the rounding of its standardised form in float32.

    >>> _unrounded(30.2444444, -26.2444451)
    4.0
    """
    largest = max(abs(mean), abs(distance))
    digits = 6 - math.floor(math.log10(largest)) if 0 < largest < math.inf else 0
    return round(mean + distance, digits)


def _split(name: str) -> tuple[str, tuple[int, ...]]:
    match = re.fullmatch(r"(.*)\[(\d+(?:, \d+)*)\]", name, re.DOTALL)
    return (match[1], tuple(map(int, match[2].split(", ")))) if match else (name, ())
