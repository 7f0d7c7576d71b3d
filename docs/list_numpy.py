"""Writes `numpy.md`, the lists of NumPy's and SciPy's functions that are recorded.

    python docs/list_numpy.py            # write docs/numpy.md
    python docs/list_numpy.py --check    # fail if the page is not that of the code

Which functions there are depends on the version of NumPy, which the page names.
"""

from __future__ import annotations

import importlib
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import scipy

from chainrule.ops.registry import AT_NEED, NUMPY
from chainrule.ops.tensor.numpy_functions import ON_VALUES

PAGE = Path(__file__).parent / "numpy.md"

NAMESPACES = ["numpy", "numpy.linalg", "numpy.fft"]

OF_SCIPY = ["scipy.special", "scipy.linalg", "scipy.integrate", "scipy.signal", "scipy.stats"]
"""Of which only what is recorded is listed; everything else is SciPy's own, for plain arrays."""

HEAD = """# NumPy's functions

`import chainrule.numpy as np` gives NumPy's names. A function records if a tensor is among its
arguments, also within lists (`np.mean([a, b])`), and is NumPy's own elsewhere. NumPy's own
functions record tensors, too, but for lists of them and for functions such as `np.array` that
NumPy lets nobody replace.

- **Recorded**: value, gradient of any order, explanation, compiled training.
- **On values**: tests, indices and queries, of which there is no gradient. They return NumPy's
  arrays.
- Everything else is NumPy's own for plain arrays, and refused by its name for a tensor, so that
  no gradient is lost in silence. Random numbers are drawn as constants: to differentiate by a
  mean or a scale, write `mean + scale * np.random.standard_normal(n)`.

Of recorded ufuncs, `reduce`, `accumulate` and `outer` are recorded, too.

Arguments are bound by NumPy's own signatures: each is honoured, or refused by its name (`out=`,
`order=` where it would change the result). A matrix on which NumPy raises `LinAlgError` raises it
here (`MatrixError`); where a function is traced or compiled, the result is nan.

## Coming from autograd

| autograd | here |
|---|---|
| `import autograd.numpy as np` | `import chainrule.numpy as np` |
| `import autograd.numpy.random as npr` | `import chainrule.numpy.random as npr` |
| `from autograd.scipy.special import gammaln` | `from chainrule.scipy.special import gammaln` |
| `import autograd.scipy.stats.norm as norm` | `import chainrule.scipy.stats.norm as norm` |
| `from autograd import grad, make_hvp, …` | `from chainrule import grad, make_hvp, …` |
| `grad(f, argnum=1)` | `grad(f, argnums=1)` |
| `defvjp(f, lambda ans, x: lambda g: …)` | `f.defvjp(lambda g, ans, x: …)`, after `@cr.primitive` |
| `flatten(params)` | not needed: transforms take nested tuples, lists and dicts |

## In place

Recorded values never change. `y = x; y += 1.0` makes `y` a new tensor and leaves `x` as it was,
as in autograd and JAX; in NumPy `x` would change, too. `x[0] = 1.0` is refused: write
`np.where(mask, 1.0, x)`, or join the parts.

## Where there is no derivative

| function | where | what is taken |
|---|---|---|
| `abs`, `sign`, `np.linalg.norm`, `std` | 0 | 0 |
| `max`, `min`, `maximum`, `minimum` | ties | equal shares |
| `maximum.accumulate`, `minimum.accumulate` | ties | the latest entry |
| `sort`, `partition`, `median` | ties | the stable order |
| `x ** y` | x = 0, by x | y·x^(y−1), and 0 for y = 0 |
| `arctan2` | the origin | 0 |
| `eigh`, `eigvalsh`, `svd` | equal values | the terms 1/(λᵢ − λⱼ) are left out |
| `floor`, `round`, comparisons | jumps | 0 |

`mean`, `var`, `std` and `average` of no entries are nan, with NumPy's `RuntimeWarning`; so they are
where a condition (`where=`) or nan leaves none. Medians and quantiles of no entries are refused.

"""


def functions(module: Any) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The public functions of a module, classes and those that only concern files left out."""
    for name in sorted(dir(module)):
        found = getattr(module, name)
        if not name.startswith("_") and callable(found) and not isinstance(found, type):
            yield name, found


def section(name: str) -> str:
    """The lists of one namespace."""
    importlib.import_module(f"chainrule.{name}")
    recorded, on_values, plain = list[str](), list[str](), list[str]()
    for function, found in functions(importlib.import_module(name)):
        kind = recorded if found in NUMPY else on_values if found in ON_VALUES else plain
        kind.append(function)
    lines = [f"## {name.replace('numpy', 'np', 1)}", ""]
    for title, names in [("Recorded", recorded), ("On values", on_values), ("Plain only", plain)]:
        if names:
            listed = ", ".join(f"`{one}`" for one in names)
            lines += [*textwrap.wrap(f"**{title}** ({len(names)}): {listed}", 98), ""]
    return "\n".join(lines)


def of_scipy(name: str) -> str:
    """What is recorded of a module of SciPy's, distributions with their methods."""
    module = importlib.import_module(name)
    if name in AT_NEED:
        importlib.import_module(AT_NEED[name])
    recorded = [f"`{one}`" for one, function in functions(module) if _recorded(function)]
    for one, distribution in functions(module):
        methods = [m for m in dir(distribution) if m.startswith(("pdf", "log", "pmf", *OTHERS))]
        names = [m for m in methods if _recorded(getattr(distribution, m))]
        if names:
            recorded.append(f"`{one}` ({', '.join(names)})")
    if not recorded:
        return ""
    listed = ", ".join(recorded)
    return "\n".join([f"## {name}", "", *textwrap.wrap(f"**Recorded**: {listed}", 98), ""])


OTHERS = ("cdf", "sf", "ppf", "isf", "entropy")


def _recorded(function: Any) -> bool:
    try:
        return function in NUMPY
    except TypeError:  # what cannot be hashed is no function
        return False


def page() -> str:
    """The whole page."""
    foot = (
        f"Written by `docs/list_numpy.py` for NumPy {np.__version__}, SciPy {scipy.__version__}.\n"
    )
    lists = [*map(section, NAMESPACES), *filter(None, map(of_scipy, OF_SCIPY))]
    return HEAD + "\n".join(lists) + "\n" + foot


def main() -> None:
    drawn = page()
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(drawn, encoding="utf-8")
    elif PAGE.read_text(encoding="utf-8") != drawn:
        sys.exit(f"{PAGE.name} is not that of the code: run python docs/list_numpy.py")


if __name__ == "__main__":
    main()
