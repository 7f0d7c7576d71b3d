"""Functions whose keywords are the fields of a dataclass of options."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, Protocol, TypeVar

__all__ = ["with_keywords"]

P = ParamSpec("P")
Options = TypeVar("Options")
Model = TypeVar("Model", contravariant=True)
Data = TypeVar("Data", contravariant=True)
Result = TypeVar("Result", covariant=True)


class _Called(Protocol[Model, Data, P, Result]):
    """How the function is called then."""

    def __call__(self, model: Model, data: Data, *args: P.args, **options: P.kwargs) -> Result: ...


def with_keywords(
    kind: Callable[P, Options], first: tuple[str, ...] = ()
) -> Callable[[Callable[[Model, Data, Options], Result]], _Called[Model, Data, P, Result]]:
    """Decorate a function `(model, data, options)` to take the fields of `kind` as keywords.

    The fields called `first` come first in its signature, then the others in their order.  Type
    checkers see the keywords too.

    >>> from chainrule.train.options import TrainingOptions
    >>> @with_keywords(TrainingOptions)
    ... def epochs(model, data, options):
    ...     return options.epochs
    >>> epochs(None, None), epochs(None, None, epochs=3)
    (20, 3)
    """
    fields = {field.name: field for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    names = [*first, *(name for name in fields if name not in first)]
    defaults = {name: _default(fields[name]) for name in names}

    def decorate(function: Callable[..., Result]) -> Any:
        @functools.wraps(function)
        def called(model: Any, data: Any, **options: Any) -> Result:
            for name in options:
                if name not in defaults:
                    raise TypeError(
                        f"{function.__name__}() got an unexpected keyword argument {name!r}"
                    )
            return function(model, data, kind(**{**defaults, **options}))  # type: ignore[call-arg]

        own = inspect.signature(function)
        keywords = [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=default,
                annotation=fields[name].type,
            )
            for name, default in defaults.items()
        ]
        parameters = [*list(own.parameters.values())[:2], *keywords]
        called.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
        return called

    return decorate


def _default(field: dataclasses.Field[Any]) -> Any:
    option = field.metadata.get("option")
    return field.default if option is None or option.in_fit is None else option.in_fit
