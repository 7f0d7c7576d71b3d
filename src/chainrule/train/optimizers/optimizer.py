"""The base class of all optimizers: hyperparameters, named state, and one in-place update."""

from __future__ import annotations

import copy
import math
from abc import ABC, abstractmethod
from dataclasses import MISSING, dataclass, fields
from typing import Any, ClassVar, Self

import numpy as np

from chainrule.errors import OptionError, ShapeError

__all__ = ["Optimizer", "State", "Vector"]

Vector = np.ndarray[Any, np.dtype[Any]]
State = dict[str, Vector]


@dataclass(frozen=True)
class Optimizer(ABC):
    """The hyperparameters of one method; its state is held outside, so this is plain data.

    All parameters of a model are ONE contiguous vector `(n,)`, and so are their gradients and every
    slot of the state. An update is then one loop over the entries, whatever the layers are.

    A subclass of your own defines `slots` and `rule`, in NumPy terms. Where the rule consists of
    arithmetic, comparisons and functions such as `np.sqrt`, entry by entry, the compiled engine
    compiles it like a built-in one; any other, such as one with a norm or with an `if` on the
    step, runs in Python between compiled steps.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class SignDescent(Optimizer):
    ...     name = "sign descent"
    ...     learning_rate: float = 0.1
    ...     slots = ()
    ...
    ...     def rule(self, params, grads, state, step, rate):
    ...         return params - rate * np.sign(grads), {}
    >>> params, method = np.array([1.0, 2.0]), SignDescent()
    >>> method.update(params, np.array([0.3, -5.0]), method.init(2), step=1)
    >>> params
    array([0.9, 2.1])
    """

    name: ClassVar[str] = "optimizer"
    learning_rate: float

    def __post_init__(self) -> None:
        self._check("learning_rate", "a number above 0", lambda value: value > 0)

    @property
    @abstractmethod
    def slots(self) -> tuple[str, ...]:
        """The names of the state vectors, in the order in which they are stored."""

    def rule(
        self, params: Vector, grads: Vector, state: State, step: int, rate: float
    ) -> tuple[Vector, State]:
        """The method itself: the new parameters, and a new vector for each slot of the state.

        A function of its arguments and the hyperparameters, which changes nothing. The compiled
        engine calls it once, with tensors instead of arrays and numbers.
        """
        raise OptionError(
            f"{type(self).__name__} rule",
            expected="a method rule(params, grads, state, step, rate)",
            got="none",
            remedy="return the new parameters, and a dict with a new vector for each slot",
        )

    def _step(self, params: Vector, grads: Vector, state: State, step: int, rate: float) -> None:
        """Change `params` and `state` in place by the rule.

        Subclasses that override this instead of `rule` are updated in Python on either engine.
        """
        new, vectors = self.rule(params, grads, dict(state), step, rate)
        missing = [slot for slot in self.slots if slot not in vectors]
        if missing:
            raise OptionError(
                f"{self.name} rule",
                expected=f"a new vector for {', '.join(self.slots)}",
                got=f"none for {', '.join(missing)}",
            )
        results = {"params": new, **{slot: vectors[slot] for slot in self.slots}}
        for label, vector in results.items():
            if np.shape(vector) not in (params.shape, ()):
                raise ShapeError(
                    f"{self.name} rule",
                    expected=f"new {label} of shape {params.shape}",
                    got=f"shape {np.shape(vector)}",
                    remedy="return a vector for the parameters and for each slot",
                )
        params[:] = new
        for slot in self.slots:
            state[slot][:] = vectors[slot]

    def init(self, n: int, dtype: Any = np.float64) -> State:
        """The state before the first update: for each slot a contiguous vector `(n,)` of zeros."""
        return {slot: np.zeros(n, dtype) for slot in self.slots}

    def at(self, learning_rate: float) -> Self:
        """The same method with another learning rate; `OptionError` unless that is above 0.

        >>> from chainrule.train.optimizers import SGD
        >>> SGD(0.1, momentum=0.9).at(0.5)
        SGD(learning_rate=0.5, momentum=0.9, nesterov=False, weight_decay=0.0)
        """
        other = copy.copy(self)  # a subclass need not be a dataclass
        object.__setattr__(other, "learning_rate", learning_rate)
        Optimizer.__post_init__(other)
        return other

    def update(
        self,
        params: Vector,
        grads: Vector,
        state: State,
        step: int,
        learning_rate: float | None = None,
    ) -> None:
        """Make one update in place.

        `params`, `grads` and every vector of `state` are `(n,)` of one floating dtype; `step`
        counts updates from 1; `learning_rate` replaces the method's own, for schedules.
        Raises `ShapeError` if the vectors do not fit together.
        """
        for label, vector in (("grads", grads), *((slot, state.get(slot)) for slot in self.slots)):
            if vector is None or vector.shape != params.shape or params.ndim != 1:
                raise ShapeError(
                    f"{self.name} update",
                    expected=f"params and {label} of one shape (n,)",
                    got=f"{params.shape} and {None if vector is None else vector.shape}",
                    remedy="make the state with init(n, dtype)",
                )
        if step < 1:
            raise OptionError(
                f"{self.name} step", expected="1 or more", got=str(step), remedy="count from 1"
            )
        rate = self.learning_rate if learning_rate is None else learning_rate
        own = dict(state)
        self._step(params, grads, own, step, rate)
        for slot, vector in state.items():
            if own.get(slot) is not vector:
                self._store(slot, vector, own.get(slot))

    def _store(self, slot: str, vector: Vector, new: Any) -> None:
        """Copy what `_step` has bound to the name of a slot, instead of writing into it."""
        if new is None or np.shape(new) not in (vector.shape, ()):
            raise ShapeError(
                f"{self.name} _step",
                expected=f"{slot} of shape {vector.shape}",
                got="none" if new is None else f"shape {np.shape(new)}",
                remedy="change the vectors of the state in place",
            )
        vector[:] = new

    def _check(self, option: str, expected: str, holds: Any) -> None:
        """Convert a hyperparameter to float; `OptionError` unless it is a number that `holds`."""
        value = getattr(self, option)
        number = isinstance(value, (int, float, np.integer, np.floating))
        if isinstance(value, bool) or not number or not math.isfinite(value) or not holds(value):
            raise OptionError(
                f"{self.name} {option}",
                expected=expected,
                got=repr(value),
                remedy=self._default(option),
            )
        # Plain Python floats keep float32 vectors float32 and write to TOML.
        object.__setattr__(self, option, float(value))

    def _default(self, option: str) -> str:
        default = next(field.default for field in fields(self) if field.name == option)
        return "" if default is MISSING else f"the default is {default}"
