"""Submodules of a recorded module, for lists of layers and summaries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

from chainrule.errors import OptionError
from chainrule.nn import Layer, Scope, Slot
from chainrule.ops import Tensor

__all__ = ["TorchPart", "innermost_parts"]


@final
class TorchPart(Layer):
    """A submodule of a recorded module: its kind and its parameters.

    The module is recorded as a whole, so a submodule cannot be applied by itself.

    >>> TorchPart("ReLU", {})
    ReLU()
    """

    def __init__(self, kind: str, slots: Mapping[str, Slot]) -> None:
        self._kind = kind
        super().__init__(slots=slots)

    @property
    def kind(self) -> str:
        """The name of the submodule's class."""
        return self._kind

    def apply(self, scope: Scope, x: Tensor) -> Tensor:
        raise OptionError(
            scope.prefix.rstrip(".") or self._kind,
            expected="the whole model to be called",
            got="one of its parts",
            remedy="give the submodule to from_torch by itself",
        )


def innermost_parts(slots: Mapping[str, Slot], modules: Mapping[str, str]) -> dict[str, TorchPart]:
    """The innermost of these modules (path → kind), each with its slots."""
    innermost = {
        path: kind
        for path, kind in modules.items()
        if not any(other.startswith(f"{path}.") for other in modules)
    }
    return {
        path: TorchPart(
            kind,
            {
                name.removeprefix(f"{path}."): slot
                for name, slot in slots.items()
                if name.startswith(f"{path}.")
            },
        )
        for path, kind in innermost.items()
    }
