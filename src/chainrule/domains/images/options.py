"""The options of a run on images."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, final

from chainrule.domains.chosen_options import ChosenDomainOptions
from chainrule.domains.images.reading.formats import is_image_name
from chainrule.domains.option_checks import share, whole
from chainrule.errors import OptionError
from chainrule.train.options.checks import if_given, one_of
from chainrule.train.options.chosen_options import ChosenOptions
from chainrule.train.options.option import DATA, Section, option, option_like
from chainrule.train.options.training_options import TrainingOptions

__all__ = ["LARGEST_SIDE", "ImageOptions"]

LARGEST_SIDE = 1024
"""The most pixels of a side that a network is trained on."""

SHARE = 0.1
"""Of the images, for validation where something waits for it: few images are few to learn from."""

MOST_LOOKED_AT = 1000
"""The most entries of a folder that are looked at to recognise it as one of images."""


def _check_augment(value: Any) -> str:
    """The ways in one order: `none`, `shifts`, `flips` or `shifts,flips`."""
    words = {word.strip() for word in str(value).split(",")}
    if words == {"none"}:
        return "none"
    if not words <= {"shifts", "flips"}:
        raise OptionError(
            "augment", expected="shifts, flips, both as shifts,flips, or none", got=repr(value)
        )
    return ",".join(sorted(words, reverse=True))


@final
@dataclass(frozen=True, kw_only=True)
class ImageOptions(ChosenDomainOptions):
    """The options of a run on images by class; None is chosen once the images are known."""

    words: ClassVar[str] = "images"
    selected_by: ClassVar[Collection[str]] = ("augment", "colour")
    former: ClassVar[Mapping[str, Any]] = {
        "layers": (32, 64),
        "epochs": 100,
        "optimizer": "adamw",
        "validation_fraction": 0.0,
    }

    model: str = option(
        "cnn",
        "The network: cnn for images.",
        "NAME",
        Section.MODEL,
        check=one_of("model", "cnn"),
        unset="by the data",
    )
    size: int | None = option(
        None,
        "Scale every image to N × N pixels.",
        "N",
        Section.IMAGES,
        check=if_given(whole("size", LARGEST_SIDE)),
        tables=(DATA,),
        typed=int,
        unset="their own, if all are alike",
    )
    colour: str | None = option(
        None,
        "Read images as grey or in colour.",
        "grey|rgb",
        Section.IMAGES,
        check=if_given(one_of("colour", "grey", "rgb")),
        tables=(DATA,),
        unset="grey if all are",
    )
    augment: str = option(
        "shifts",
        "Vary the images of every epoch: shifts, flips, shifts,flips or none.",
        "WAYS",
        Section.IMAGES,
        check=_check_augment,
        unset="{}",
    )
    layers: tuple[int, ...] | None = option_like(ChosenOptions, "layers", None)
    dropout: float = option(
        0.5,
        "Share of hidden units left out in training.",
        "SHARE",
        Section.MODEL,
        check=share("dropout"),
        typed=float,
    )
    schedule: Any = option_like(TrainingOptions, "schedule", "cosine")
    validation_fraction: float | None = option_like(  # type: ignore[assignment]
        ChosenOptions, "validation_fraction", None
    )

    @classmethod
    def recognises(cls, source: str, given: Mapping[str, Any]) -> bool:
        """See `DomainOptions.recognises`; a network for images says so, too."""
        return given.get("model") == "cnn" or super().recognises(source, given)

    @classmethod
    def reads(cls, source: str, given: Mapping[str, Any]) -> bool:
        """Whether the source is a folder with folders or images in it, or with nothing."""
        if not source or not os.path.isdir(source):
            return False
        try:
            with os.scandir(source) as entries:
                seen = [one for one, _ in zip(entries, range(MOST_LOOKED_AT), strict=False)]
            return not seen or any(is_image_name(one.name) or one.is_dir() for one in seen)
        except OSError:
            return True  # which says what is wrong with it

    def validation_share(self, rows: int) -> float:
        """The share that validates: none by default, unless something waits for a better one."""
        if self.validation_fraction is not None:
            return self.validation_fraction
        return SHARE if self.patience or self.parts[1].validates else 0.0

    @property
    def place(self) -> Path:
        """The folder of the images."""
        return Path(self.source)
