"""A function run on new variables: what transforms pull gradients back through."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any, cast, final

import numpy as np

from chainrule.arguments import whole_numbers
from chainrule.autodiff.trees import Structure, flatten, map_leaves
from chainrule.errors import DifferentiationError, OptionError
from chainrule.graph import Node, ancestors
from chainrule.graph.differentiation_levels import level
from chainrule.ops import Tensor
from chainrule.ops.shapes import copy
from chainrule.ops.tensor import ANY_NUMBERS, Operand, lift, numeric

__all__ = ["Argnums", "Function", "Recording", "name_of"]

Function = Callable[..., Any]
Argnums = int | Sequence[int]

NUMBERS = (Tensor, np.ndarray, np.number, int, float, complex)


@final
class Recording:
    """The record of a function, at a differentiation level of its own.

    chosen   the variables in the arguments that `argnums` name, depth first
    outputs  what the function returned, depth first; `structure` says where
    aux      what it returned beside that, if `has_aux`, with plain numbers for tensors
    """

    def __init__(
        self,
        function: Function,
        argnums: Argnums,
        args: Sequence[Any],
        options: dict[str, Any],
        has_aux: bool = False,
    ) -> None:
        numbers = whole_numbers("argnums", argnums)
        self._one = isinstance(numbers, int)
        wanted = [numbers] if isinstance(numbers, int) else list(numbers)
        if any(not -len(args) <= i < len(args) for i in wanted):
            raise OptionError(
                "argnums", expected=f"positions among {len(args)} arguments", got=f"{argnums}"
            )
        positions = [i % len(args) for i in wanted]
        flat = {i: flatten(args[i]) for i in set(positions)}
        fresh, variables = list(args), dict[int, list[Tensor]]()
        with level() as opened:
            for i, (leaves, structure) in flat.items():
                variables[i] = [_new_variable(leaf, opened) for leaf in leaves]
                fresh[i] = structure.rebuild(variables[i])
            with _unwrapped():
                result = function(*fresh, **options)
        self._arguments = [(len(flat[i][0]), flat[i][1]) for i in positions]
        self.chosen = [variable for i in positions for variable in variables[i]]
        result, aux = _without_aux(function, result) if has_aux else (result, None)
        self.outputs, self.structure = _outputs(function, result)
        given = [leaf for arg in args for leaf in flatten(arg)[0]]
        self._traced = any(isinstance(leaf, Tensor) for leaf in given) or any(
            _depends_on_outside(output, self.chosen) for output in self.outputs
        )
        self._scalars = all(isinstance(leaf, (int, float, complex)) for leaf in given)
        self.aux = map_leaves(lambda x: self._plain(x) if isinstance(x, Tensor) else x, aux)

    def output(self, found: Sequence[Tensor], plain: bool = True) -> Any:
        """What was `found` for the outputs, in their structure; `plain` numbers if they may be."""
        return self.structure.rebuild([self._plain(one) for one in found] if plain else found)

    def arguments(self, found: Sequence[Tensor], plain: bool = True) -> Any:
        """What was `found` for the variables, as the arguments are; a tuple for several."""
        leaves = iter([self._plain(one) for one in found] if plain else found)
        trees = [
            structure.rebuild([next(leaves) for _ in range(size)])
            for size, structure in self._arguments
        ]
        return trees[0] if self._one else tuple(trees)

    def directions(self, tangents: Sequence[Any]) -> list[Any]:
        """The leaves of the tangents of all arguments."""
        return [
            leaf
            for (_, structure), tree in zip(self._arguments, tangents, strict=True)
            for leaf in structure.leaves_of("tangents", tree)
        ]

    def _plain(self, tensor: Tensor) -> Any:
        """A result as a number or an array, unless it must stay a tensor."""
        if self._traced or tensor.node.differentiated or tensor.node.value is None:
            return tensor
        value = tensor.value
        if value.ndim:
            return value.copy()
        return value.item() if self._scalars else value[()]


def name_of(function: Function) -> str:
    """The name of a function, for errors."""
    return getattr(function, "__name__", "function")


def _outputs(function: Function, result: Any) -> tuple[list[Tensor], Structure]:
    leaves, structure = flatten(result)
    for leaf in leaves:
        if not isinstance(leaf, NUMBERS):
            raise DifferentiationError(
                name_of(function),
                expected="a tensor or a number, or tuples, lists and dicts of them",
                got=f"a {type(leaf).__name__}",
            )
    return [lift(cast(Operand, leaf)) for leaf in leaves], structure


def _without_aux(function: Function, result: Any) -> tuple[Any, Any]:
    if not isinstance(result, tuple) or len(cast("tuple[Any, ...]", result)) != 2:
        raise DifferentiationError(
            name_of(function),
            expected="a pair (output, aux), since has_aux is set",
            got=f"a {type(cast('Any', result)).__name__}",
        )
    return cast("tuple[Any, Any]", result)


@contextmanager
def _unwrapped() -> Generator[None]:
    """Raise the reason itself where NumPy hides it, as in `array[0] = tensor`."""
    try:
        yield
    except ValueError as error:
        if isinstance(error.__cause__, DifferentiationError):
            raise error.__cause__ from None
        raise


def _depends_on_outside(output: Tensor, chosen: Sequence[Tensor]) -> bool:
    """Whether the output depends on variables other than `chosen`, through a closure."""
    if output.node.differentiated:  # in an enclosing differentiation
        return True
    own = {tensor.node for tensor in chosen}
    return any(node.variable for node in ancestors([output.node], stop=own) if node not in own)


def _new_variable(argument: Any, opened: int) -> Tensor:
    """The argument as a new node at the opened level: a variable, or a copy if it is a tensor."""
    if isinstance(argument, Tensor):
        copied = copy(argument if argument.spec.differentiable else argument.astype(np.float64))
        copied.node.differentiate(opened)
        return copied
    array = numeric(argument, "argument", ANY_NUMBERS)
    array = array.astype(array.dtype if array.dtype.kind in "fc" else np.float64)
    value = np.array(array)
    return Tensor(Node(lift(value).spec, value=value, variable=True, levels=(opened,)))
