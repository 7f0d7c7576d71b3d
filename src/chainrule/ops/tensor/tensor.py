"""Tensors: nodes with operators, methods and NumPy's protocols.

Operations on tensors are recorded.  Nothing is computed here: each operator calls the function that
its block in `ops` registered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.errors import DifferentiationError, NoValueError
from chainrule.graph import Array, Graph, Node, Spec, checked_name, take_out
from chainrule.graph.display import write
from chainrule.ops.registry import FUNCTIONS
from chainrule.ops.tensor.array_methods import ArrayMethods, Axis
from chainrule.ops.tensor.dispatch import call_recorded, call_ufunc

__all__ = ["Axis", "Operand", "Tensor"]


Operator = Callable[["Tensor", "Operand"], "Tensor"]


def _operator(name: str) -> tuple[Operator, Operator]:
    """The methods of an operator: with the tensor on the left, and on the right."""

    def left(self: Tensor, other: Operand) -> Tensor:
        return FUNCTIONS[name](self, other)

    def right(self: Tensor, other: Operand) -> Tensor:
        return FUNCTIONS[name](other, self)

    return left, right


class Tensor(ArrayMethods):
    """An array whose computation is recorded.

    Create one with `cr.variable`, then compute with it: Python's operators, the methods below and
    NumPy's functions are all recorded.

    >>> import numpy as np, chainrule as cr
    >>> x = cr.variable([1.0, 2.0], "x")
    >>> y = np.sum(x * x)
    >>> y
    Tensor(5.0)
    >>> y.gradients()["x"]
    Tensor([2., 4.])
    """

    __slots__ = ("node",)
    node: Node

    def __init__(self, node: Node) -> None:
        self.node = node

    # shape, dtype, name and value

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return self.node.spec.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The NumPy dtype of the entries."""
        return self.node.spec.dtype

    @property
    def spec(self) -> Spec:
        """The shape and dtype together."""
        return self.node.spec

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of entries."""
        return self.node.spec.size

    @property
    def itemsize(self) -> int:
        """The number of bytes of an entry."""
        return self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """The number of bytes of all entries."""
        return self.size * self.dtype.itemsize

    @property
    def name(self) -> str | None:
        """The name, or None."""
        return self.node.name

    @property
    def value(self) -> Array:
        """The entries as a NumPy array.  Raises NoValueError while a function is being traced."""
        if self.node.value is None:
            raise NoValueError(
                self.node.label,
                expected="a tensor with a value",
                got="one being traced, which has only a shape and a dtype",
                remedy="write the choice with cr.where, or do not trace this function",
            )
        return self.node.value

    def named(self, name: str) -> Tensor:
        """Name the tensor in printed graphs and explanations, and return it.

        Raises OptionError for a name with square brackets, which mark entries of arrays.
        """
        self.node.name = checked_name(name)
        return self

    def graph(self) -> Graph:
        """Return the record of how this tensor was computed."""
        return Graph.of([self.node])

    def gradients(self) -> Mapping[Any, Tensor]:
        """Return ∂self/∂leaf for every variable, by name or tensor; nothing accumulates."""
        return FUNCTIONS["gradients"](self)

    # plain Python and NumPy

    def item(self) -> Any:
        """Return the only entry as a Python number, which is a constant: see `value`."""
        self._check_plain("tensor.item()")
        return self.value.item()

    def tolist(self) -> Any:
        """Return the entries as nested lists of Python numbers, which are constants."""
        self._check_plain("tensor.tolist()")
        return self.value.tolist()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        array = self._plain("np.asarray({})")
        return np.array(array, dtype=dtype, copy=True if copy is None else copy)

    def _plain(self, how: str) -> Array:
        """The value for a function that takes plain numbers, such as `math.sin` or `np.array`.

        `gradients` warns of it, since nobody can know whether the numbers are only printed.
        """
        self._check_plain(how.format("tensor"))
        if self.spec.differentiable:
            take_out(self.node, how)
        return self.value

    def _check_plain(self, what: str) -> None:
        """Raise DifferentiationError if plain numbers would silently lose a running gradient."""
        if self.node.differentiated and self.spec.differentiable:
            raise DifferentiationError(
                what,
                expected="functions that can be recorded, while a function is differentiated",
                got="one that takes plain numbers, and would lose the gradient",
                remedy="use NumPy's or chainrule's, cr.stack for lists, or .value on purpose",
            )

    def __copy__(self) -> Tensor:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        # the value only: the record is of no use without its variables, which stay behind
        return _unpickled, (self._plain("pickle.dumps({})"), self.name, self.node.variable)

    def __deepcopy__(self, memo: Any) -> Tensor:
        """The tensor itself, which cannot change: a copy of its node would cut off gradients."""
        return self

    def __dlpack__(
        self,
        *,
        stream: Any = None,
        max_version: tuple[int, int] | None = None,
        dl_device: tuple[int, int] | None = None,
        copy: bool | None = None,
    ) -> Any:
        array = np.array(
            self._plain("from_dlpack({})"), copy=None if copy is False else True
        ).view()
        array.flags.writeable = copy is not False  # recorded values never change
        return array.__dlpack__(stream=stream, max_version=max_version, dl_device=dl_device)

    def __dlpack_device__(self) -> tuple[int, int]:
        return np.zeros(()).__dlpack_device__()

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        """The functions of the array API standard: see `chainrule.array_api`."""
        return FUNCTIONS["array_namespace"](api_version)

    def __float__(self) -> float:
        return float(self._plain("float({})"))

    def __complex__(self) -> complex:
        return complex(self._plain("complex({})"))

    def __int__(self) -> int:
        return int(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __index__(self) -> int:
        return self.value.__index__()

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a tensor without axes has no length")
        return self.shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    def __format__(self, spec: str) -> str:
        return format(self.value.item(), spec) if self.size == 1 and spec else str(self)

    def __repr__(self) -> str:
        if self.node.value is None:
            return f"Tensor({self.spec})"
        kind = "" if self.dtype.char in "dD" else f", dtype={self.dtype}"
        array = self.node.value
        shown = (
            np.array2string(array, separator=", ", prefix="Tensor(")
            if array.ndim
            else repr(array.item())
        )
        return f"Tensor({shown}{kind})"

    def _repr_html_(self) -> str:
        return write(self, "html")

    __hash__ = object.__hash__

    # NumPy's protocols

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        return call_ufunc(ufunc, method, inputs, options)

    def __array_function__(
        self, function: Callable[..., Any], types: Any, args: Sequence[Any], options: Any
    ) -> Any:
        return call_recorded(function, args, options)

    # operators

    __add__, __radd__ = _operator("add")
    __sub__, __rsub__ = _operator("sub")
    __mul__, __rmul__ = _operator("mul")
    __truediv__, __rtruediv__ = _operator("div")
    __pow__, __rpow__ = _operator("power")
    __matmul__, __rmatmul__ = _operator("matmul")
    __mod__, __rmod__ = _operator("mod")
    __floordiv__, __rfloordiv__ = _operator("floor_divide")
    __and__, __rand__ = _operator("bitwise_and")
    __or__, __ror__ = _operator("bitwise_or")
    __xor__, __rxor__ = _operator("bitwise_xor")
    __lshift__, __rlshift__ = _operator("left_shift")
    __rshift__, __rrshift__ = _operator("right_shift")
    __lt__ = _operator("less")[0]
    __le__ = _operator("less_equal")[0]
    __gt__ = _operator("greater")[0]
    __ge__ = _operator("greater_equal")[0]

    def __neg__(self) -> Tensor:
        return FUNCTIONS["neg"](self)

    def __pos__(self) -> Tensor:
        return self

    def __abs__(self) -> Tensor:
        return FUNCTIONS["abs"](self)

    def __divmod__(self, other: Operand) -> tuple[Tensor, Tensor]:
        return self // other, self % other

    def __rdivmod__(self, other: Operand) -> tuple[Tensor, Tensor]:
        return self.__rfloordiv__(other), self.__rmod__(other)

    def __invert__(self) -> Tensor:
        return FUNCTIONS["invert"](self)

    def __round__(self, digits: int | None = None) -> Tensor:
        return FUNCTIONS["round"](self, digits or 0)

    def __eq__(self, other: Any) -> Any:
        if not isinstance(other, _OPERANDS):
            return NotImplemented
        return FUNCTIONS["equal"](self, other)

    def __ne__(self, other: Any) -> Any:
        if not isinstance(other, _OPERANDS):
            return NotImplemented
        return FUNCTIONS["not_equal"](self, other)

    def __getitem__(self, index: Any) -> Tensor:
        return FUNCTIONS["getitem"](self, index)

    def __setitem__(self, index: Any, value: Any) -> None:
        raise DifferentiationError(  # a TypeError, as for other values that cannot be changed
            f"{self.name or 'tensor'}[…] = …",
            expected="a new tensor, since recorded values never change",
            got="an assignment to entries of one",
            remedy="write np.where(condition, new, old), or cr.stack or np.concatenate of parts",
        )


Operand = Tensor | Array | float | int | bool | complex | Sequence[Any]
"""An operand: a tensor, or anything that NumPy converts to a numeric array."""

_OPERANDS = (Tensor, np.ndarray, np.generic, int, float, complex, list, tuple)


def _unpickled(value: Array, name: str | None, variable: bool) -> Tensor:
    """A variable or a constant with this value, with nothing recorded."""
    return FUNCTIONS["unpickled"](value, name, variable)
