"""Hooks of a step: functions that see the gradients, and may change them, before the update."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np

from chainrule.errors import OptionError
from chainrule.graph import Array
from chainrule.train.steps.non_finite import NonFinite, find_non_finite

__all__ = ["Gradients", "Hook", "Hooks"]


@final
class Gradients:
    """The gradients of one step, before clipping, for hooks to read or to change in place.

    step      the number of the step, from 1
    vector    all of them, flat `(n,)`, in the order in which this stepper stores them: equal models
              on equal engines have one order
    by_name   the gradient of each parameter in its shape, as views of the vector
    """

    def __init__(self, step: int, vector: Array, by_name: Mapping[str, Array]) -> None:
        self.step, self._vector, self.by_name = step, vector, by_name

    @property
    def vector(self) -> Array:
        """All gradients; what is assigned to it is copied into the stepper's own vector."""
        return self._vector

    @vector.setter
    def vector(self, values: Array) -> None:
        self._vector[:] = values


@final
@dataclass(frozen=True)
class Hook:
    """A function to be called with the `Gradients` of every `every`-th step.

    Raises OptionError unless `every` is a whole number above 0.

    >>> import chainrule as cr
    >>> norms = []
    >>> hook = cr.Hook(lambda gradients: norms.append(np.linalg.norm(gradients.vector)), every=10)
    >>> hook.is_due(5), hook.is_due(20)
    (False, True)
    >>> x = np.linspace(-1, 1, 40)[:, None]
    >>> fitted = cr.fit(cr.nn.mlp(1, (), 1), (x, 3 * x), epochs=20, hooks=[hook])
    >>> len(norms)
    4
    """

    call: Callable[[Gradients], object]
    every: int = 1

    def __post_init__(self) -> None:
        whole = isinstance(self.every, (int, np.integer)) and not isinstance(self.every, bool)
        if not whole or self.every < 1:
            raise OptionError(
                "hook every", expected="a whole number of steps above 0", got=repr(self.every)
            )

    def is_due(self, step: int) -> bool:
        """Whether it is called in step number `step` (from 1)."""
        return step % self.every == 0


@final
class Hooks:
    """The hooks of a stepper, called in order."""

    def __init__(self, hooks: Sequence[Hook] = ()) -> None:
        self._hooks = tuple(hooks)

    def steps_before(self, step: int, most: int) -> int:
        """How many steps from number `step` on come before the first with a hook, at most `most`.

        >>> Hooks([Hook(print, every=10)]).steps_before(5, most=100)
        5
        """
        return min([most, *((-step) % hook.every for hook in self._hooks)])

    def run(self, gradients: Gradients) -> NonFinite | None:
        """Call those that are due; returns the first gradient that is then not finite, if any."""
        due = [hook for hook in self._hooks if hook.is_due(gradients.step)]
        for hook in due:
            hook.call(gradients)
        if not due:
            return None
        return find_non_finite(gradients.by_name, "a finite gradient of {} after the hooks")
