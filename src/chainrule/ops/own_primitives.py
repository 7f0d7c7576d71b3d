"""Primitives of users' own: a function of NumPy arrays, with rules for its gradient."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, cast, final

import numpy as np

from chainrule.errors import DifferentiationError, OptionError, ShapeError
from chainrule.graph import Array, Kink, Node, Primitive, Spec
from chainrule.ops.define import apply, called, elementwise, floating, lift_together
from chainrule.ops.define import primitive as new_primitive
from chainrule.ops.registry import PRIMITIVES
from chainrule.ops.tensor import Tensor, lift, zeros
from chainrule.ops.tensor.dispatch import holds_tensors

__all__ = ["OwnPrimitive", "primitive"]

Value = Callable[..., Any]
Vjp = Callable[..., Any]


@final
class OwnPrimitive:
    """A function that records each call with a tensor as one operation; see `primitive`."""

    def __init__(
        self,
        function: Value,
        name: str,
        entrywise: bool,
        shape: Callable[..., Spec] | None,
        notation: Callable[..., Any] | None,
        **settings: Any,
    ) -> None:
        functools.update_wrapper(self, function)
        self.name = name
        self._function = function
        self._entrywise = entrywise
        self._shape = shape
        self._written = called(name, rf"\operatorname{{{name}}}")
        own = self._written if entrywise else self._of_all_entries
        self._settings: dict[str, Any] = {**settings, "notation": notation or own}
        self._rules: dict[int, Vjp | None] = {}
        self._primitives: dict[int, Primitive] = {}
        self._specs: dict[Any, Spec] = {}

    def defvjp(self, *rules: Vjp | None, argnums: tuple[int, ...] | None = None) -> OwnPrimitive:
        """Set the rules of the first arguments, or of `argnums`, and return the primitive.

        A rule is (upstream gradient, output, *arguments, **options) → gradient, written with
        functions that can be recorded; None means that no gradient flows to the argument.
        """
        self._rules.update(zip(argnums or range(len(rules)), rules, strict=True))
        return self

    def __call__(self, *args: Any, **options: Any) -> Any:
        """The function's own result for plain numbers and arrays, else a recorded tensor."""
        if holds_tensors(options):
            raise OptionError(
                self.name, expected="tensors as positional arguments", got="one given by its name"
            )
        if not holds_tensors(args):
            return self._function(*args, **options)
        inputs, made = lift_together(*args), self._made(len(args))
        values = [x.node.value for x in inputs if x.node.value is not None]
        if self._entrywise or self._shape or len(values) < len(inputs):
            return apply(made, *inputs, **options)
        value = self._value(*values, **options)  # any shape will do, since it is there
        spec = self._specs[_key([x.spec for x in inputs], options)] = Spec(value.shape, value.dtype)
        nodes = tuple(tensor.node for tensor in inputs)
        return Tensor(Node(spec, primitive=made, inputs=nodes, params=options, value=value))

    def _made(self, count: int) -> Primitive:
        """The operation with this number of arguments."""
        if count not in self._primitives:
            vjp = tuple(functools.partial(self._vjp, i) for i in range(count))
            if self._entrywise:
                made = elementwise(
                    self.name, self._value, vjp=vjp, dtype=floating, **self._settings
                )
            else:
                made = new_primitive(
                    self.name, self._value, shape=self._spec, vjp=vjp, **self._settings
                )
            del PRIMITIVES[self.name]  # the table is the package's
            self._primitives[count] = made
        return self._primitives[count]

    def _value(self, *arrays: Array, **options: Any) -> Array:
        with np.errstate(all="ignore"):
            found = self._function(*map(_locked, arrays), **options)
        if isinstance(found, (tuple, list)):
            kind = type(cast("Any", found)).__name__
            raise OptionError(self.name, expected="one array as its value", got=f"a {kind}")
        return np.asarray(found)

    def _spec(self, *specs: Spec, **options: Any) -> Spec:
        """The shape rule: the user's, or what was seen, or what comes of ones."""
        if self._shape is not None:
            return self._shape(*specs, **options)
        key = _key(specs, options)
        if key not in self._specs:
            ones = [np.ones(spec.shape, spec.dtype) for spec in specs]
            try:
                value = self._value(*ones, **options)
            except Exception as error:  # whatever a user's function raises
                raise OptionError(
                    self.name,
                    expected="a function that can be called on ones, to learn the output's shape",
                    got=f"{type(error).__name__}: {error}",
                    remedy="pass shape=, a function from the specs of the inputs to the output's",
                ) from error
            self._specs[key] = Spec(value.shape, value.dtype)
        return self._specs[key]

    def _of_all_entries(self, *operands: Array, **options: Any) -> Array:
        """How each entry of the output is written: as a function of all entries of the inputs."""
        specs = [Spec(operand.shape, np.dtype(np.float64)) for operand in operands]
        shape = self._spec(*specs, **options).shape
        entries = [entry for operand in operands for entry in operand.flat]
        found = np.empty(shape, object)
        for index in np.ndindex(*shape):
            at = f"[{', '.join(map(str, index))}]" if shape else ""
            found[index] = called(f"{self.name}{at}", rf"\operatorname{{{self.name}}}{at}")(
                *entries
            )
        return found

    def _vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor, **options: Any) -> Tensor:
        if i not in self._rules:
            raise DifferentiationError(
                self.name,
                expected=f"a rule for the gradient of argument {i}",
                got="none",
                remedy=f"give it: {self.name}.defvjp(lambda g, y, *arguments: …, argnums=({i},))",
            )
        rule, x = self._rules[i], inputs[i]
        if rule is None:
            return zeros(x.spec)
        found = lift(rule(g, y, *inputs, **options))
        if not self._entrywise and found.shape != x.shape:
            raise ShapeError(
                f"{self.name}, rule {i}", expected=f"shape {x.shape}", got=f"{found.shape}"
            )
        return found


def primitive(
    function: Value | None = None,
    *,
    vjp: Vjp | tuple[Vjp | None, ...] = (),
    name: str = "",
    elementwise: bool = False,
    shape: Callable[..., Spec] | None = None,
    notation: Callable[..., Any] | None = None,
    kink: Kink | None = None,
    domain: str = "",
) -> Any:
    """Make a function of NumPy arrays an operation of its own, with its own gradient.

    It is recorded, differentiated, explained and compiled like those of the package.  Positional
    arguments are its inputs; options given by name are fixed.  It returns one array.

    vjp          a rule for each input (one alone needs no tuple), or None where no gradient flows:
                 (upstream gradient, output, *inputs, **options) → gradient; written with functions
                 that can be recorded, it can be differentiated again.  Or see `defvjp`.
    name         by default the function's
    elementwise  whether it acts on each entry, with broadcasting; a rule may then ignore
                 broadcasting
    shape        (*specs, **options) → the `Spec` of the output, for functions that cannot be called
                 on ones to find out
    notation     how it is written, a function of formulas; by default its name and arguments
    kink, domain as for the operations of the package

    Raises OptionError for the name of an operation of the package.

    >>> import numpy as np, chainrule as cr
    >>> @cr.primitive(vjp=lambda g, y, x: g * (1.0 - y * y), elementwise=True)
    ... def squash(x):
    ...     return np.tanh(x)
    >>> cr.grad(squash)(0.0)
    1.0
    """
    if function is None:
        settings = {key: value for key, value in locals().items() if key != "function"}
        return functools.partial(primitive, **settings)
    chosen = name or function.__name__
    if chosen in PRIMITIVES or not chosen.isidentifier():
        raise OptionError(
            "primitive",
            expected="the name of none of the package's operations",
            got=repr(chosen),
            remedy="pass another as name=",
        )
    own = OwnPrimitive(function, chosen, elementwise, shape, notation, kink=kink, domain=domain)
    rules = cast("tuple[Vjp | None, ...]", vjp if isinstance(vjp, tuple) else (vjp,))
    return own.defvjp(*rules)


def _key(specs: Any, options: dict[str, Any]) -> Any:
    return tuple(specs), repr(sorted(options.items()))


def _locked(array: Array) -> Array:
    """A view that the function cannot change."""
    view = array.view()
    view.flags.writeable = False
    return view
