"""Optimizers: one method per file, each an update of one flat vector of parameters.

`get` finds them by name, `to_dict` and `from_dict` write and read them as plain data.

>>> get("adam", learning_rate=0.01)
Adam(learning_rate=0.01, beta1=0.9, beta2=0.999, eps=1e-08, weight_decay=0.0)
>>> to_dict(get("sgd", learning_rate=0.5))["name"]
'sgd'
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from chainrule.errors import OptionError, UnknownNameError
from chainrule.train.optimizers.adagrad import Adagrad
from chainrule.train.optimizers.adam import Adam
from chainrule.train.optimizers.adamw import AdamW
from chainrule.train.optimizers.optimizer import Optimizer, State
from chainrule.train.optimizers.rmsprop import RMSProp
from chainrule.train.optimizers.sgd import SGD

__all__ = [
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "Optimizer",
    "RMSProp",
    "State",
    "from_dict",
    "get",
    "names",
    "to_dict",
]

_BY_NAME: dict[str, type[Optimizer]] = {
    method.name: method for method in (SGD, RMSProp, Adagrad, Adam, AdamW)
}


def names() -> tuple[str, ...]:
    """The names of all built-in optimizers.

    >>> names()
    ('sgd', 'rmsprop', 'adagrad', 'adam', 'adamw')
    """
    return tuple(_BY_NAME)


def get(name: str, **options: Any) -> Optimizer:
    """The optimizer called `name`, with these hyperparameters.

    Raises `UnknownNameError` for a name or a hyperparameter that does not exist, and `OptionError`
    for a value out of range.

    >>> get("adagard")
    Traceback (most recent call last):
        ...
    chainrule.errors.UnknownNameError: optimizer: expected one of sgd, rmsprop, adagrad, adam, \
adamw, got 'adagard'; did you mean adagrad?
    """
    try:
        method = _BY_NAME[name.lower()]
    except (KeyError, AttributeError):
        raise UnknownNameError("optimizer", str(name), _BY_NAME) from None
    known = [field.name for field in dataclasses.fields(method)]
    for option in options:
        if option not in known:
            raise UnknownNameError(f"{name} hyperparameter", option, known)
    return method(**options)


def to_dict(optimizer: Optimizer) -> dict[str, Any]:
    """The name and hyperparameters of an optimizer, as stored in a run's configuration.

    Raises `OptionError` for a class of your own, which cannot be found again by its name.
    """
    if type(optimizer) not in _BY_NAME.values():
        raise OptionError(
            "optimizer",
            expected=f"one that has a name among {', '.join(_BY_NAME)}",
            got=f"{type(optimizer).__name__}, a class of your own",
            remedy="a configuration names built-in optimizers only; pass yours to cr.fit",
        )
    return {"name": optimizer.name, **dataclasses.asdict(optimizer)}


def from_dict(entries: Mapping[str, Any]) -> Optimizer:
    """The inverse of `to_dict`.

    >>> from_dict(to_dict(SGD(learning_rate=0.5))) == SGD(learning_rate=0.5)
    True
    """
    if "name" not in entries:
        raise OptionError(
            "optimizer", expected="an entry 'name'", got=repr(dict(entries)), remedy="name a method"
        )
    return get(**entries)
