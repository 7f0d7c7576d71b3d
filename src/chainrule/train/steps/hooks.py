"""Hooks of a step: functions that see the gradients, and may change them, before the update."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from chainrule.errors import OptionError, ShapeError, UnknownNameError
from chainrule.graph import Array
from chainrule.train.steps.non_finite import NonFinite, find_non_finite

__all__ = ["Gradients", "Hook", "Hooks"]


class _Views(MutableMapping[str, Any]):
    """Arrays by name, as views of one vector: what is assigned to a name is copied into it."""

    def __init__(self, views: Mapping[str, Array]) -> None:
        self._views = views

    def __getitem__(self, name: str) -> Array:
        return self._views[name]

    def __setitem__(self, name: str, values: Any) -> None:
        if name not in self._views:
            raise UnknownNameError("gradient", name, self._views)
        view = self._views[name]
        if np.shape(values) not in ((), view.shape):
            raise ShapeError(
                f"gradient of {name}", expected=f"shape {view.shape}", got=f"{np.shape(values)}"
            )
        view[...] = values

    def __delitem__(self, name: str) -> None:
        raise OptionError(
            f"gradient of {name}",
            expected="to be kept",
            got="del",
            remedy="assign 0 to it, so that the update leaves it out",
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._views)

    def __len__(self) -> int:
        return len(self._views)

    def __repr__(self) -> str:
        return repr(dict(self._views))


@final
class Gradients:
    """The gradients of one step, before clipping, for hooks to read or to change in place.

    step      the number of the step, from 1
    vector    all of them, flat `(n,)`, in the order in which this stepper stores them: equal models
              on equal engines have one order
    by_name   the gradient of each parameter in its shape, as views of the vector

    What is assigned to `vector`, or to a name in `by_name`, is copied into the stepper's own
    vector, as what is written into them.  Raises ShapeError for another shape than that of the
    gradient, or a single number, and UnknownNameError for other names.

    >>> vector = np.array([3.0, 4.0, 5.0])
    >>> gradients = Gradients(1, vector, {"w": vector[:2], "b": vector[2:]})
    >>> gradients.by_name["w"] = gradients.by_name["w"] / 2
    >>> gradients.by_name["b"] = 0
    >>> vector
    array([1.5, 2. , 0. ])
    """

    def __init__(self, step: int, vector: Array, by_name: Mapping[str, Array]) -> None:
        self._step, self._vector, self._by_name = step, vector, _Views(by_name)

    @property
    def step(self) -> int:
        """The number of the step, from 1."""
        return self._step

    @property
    def by_name(self) -> MutableMapping[str, Any]:
        """The gradient of each parameter in its shape; assigning to a name copies into it."""
        return self._by_name

    @property
    def vector(self) -> Array:
        """All gradients; what is assigned to it is copied into the stepper's own vector."""
        return self._vector

    @vector.setter
    def vector(self, values: Array) -> None:
        if np.shape(values) not in ((), self._vector.shape):
            raise ShapeError(
                "gradients", expected=f"shape {self._vector.shape}", got=f"{np.shape(values)}"
            )
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
