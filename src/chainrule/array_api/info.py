"""What the namespace says of itself: see `__array_namespace_info__`."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.array_api import dtypes
from chainrule.array_api.calls import on_cpu
from chainrule.errors import OptionError

__all__ = ["__array_api_version__", "__array_namespace_info__", "check_version"]

__array_api_version__ = "2024.12"
SUPPORTED = ("2021.12", "2022.12", "2023.12", "2024.12")

_DTYPES = {
    name: np.dtype(dtype)
    for name in dtypes.__all__
    if isinstance(dtype := getattr(dtypes, name), type)
}


class Info:
    """The devices, dtypes and capabilities of the namespace."""

    def capabilities(self) -> dict[str, Any]:
        """Boolean masks as indices and shapes that depend on values: both work."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}

    def default_device(self) -> str:
        """The device of a new tensor: "cpu"."""
        return "cpu"

    def devices(self) -> list[str]:
        """All devices: "cpu"."""
        return ["cpu"]

    def default_dtypes(self, *, device: Any = None) -> dict[str, np.dtype[Any]]:
        """The dtype of a new tensor of each kind of numbers."""
        on_cpu("default_dtypes", device)
        found = {"real floating": "float64", "complex floating": "complex128"}
        found |= {"integral": "int64", "indexing": "int64"}
        return {kind: np.dtype(name) for kind, name in found.items()}

    def dtypes(self, *, device: Any = None, kind: Any = None) -> dict[str, np.dtype[Any]]:
        """The dtypes by name, all of them or those of a kind, as in `isdtype`."""
        on_cpu("dtypes", device)
        return {
            name: dtype
            for name, dtype in _DTYPES.items()
            if kind is None or np.isdtype(dtype, kind)
        }


def __array_namespace_info__() -> Info:  # noqa: N807  (the standard's name)
    """What the standard calls the inspection functions, on one object."""
    return Info()


def check_version(version: str | None) -> None:
    """Raise OptionError for a version of the standard that the namespace does not follow."""
    if version is not None and version not in SUPPORTED:
        raise OptionError(
            "api_version", expected=f"one of {', '.join(SUPPORTED)}", got=repr(version)
        )
