"""The base class of the domains here: besides learning, they predict files and are explained."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from chainrule.domains.domain_options import DomainOptions
from chainrule.domains.trained import Predicted, Trained
from chainrule.train.runs.domain import Domain, Material
from chainrule.train.runs.trained_network import RecordedLoss

__all__ = ["DataDomain"]

Options = TypeVar("Options", bound=DomainOptions)
Coding = TypeVar("Coding")


class DataDomain(Domain[Options], Generic[Options, Coding]):
    """A domain whose trained networks predict files and explain their gradients.

    `predict_options` are the names of the options of `chainrule predict` that it takes, such as
    "horizon"; `predicts_without_file` is whether it needs no file.
    """

    predict_options: ClassVar[Collection[str]] = ()
    predicts_without_file: ClassVar[bool] = False

    @abstractmethod
    def predict(
        self, trained: Trained[Options, Coding], file: Path | None, **given: Any
    ) -> Predicted:
        """Predictions for what is in a file; `given` are the `predict_options` that were typed.

        Raises DataError and OptionError as `load`.
        """

    @abstractmethod
    def record(
        self,
        trained: Trained[Options, Coding],
        material: Material,
        rows: Sequence[int] = (),
        wrt: Sequence[str] = (),
    ) -> RecordedLoss:
        """Record the loss of held-out samples, in float64, to be explained with respect to `wrt`.

        Without rows, the sample with the largest loss is used; without names, the weight with the
        largest gradient.
        """
