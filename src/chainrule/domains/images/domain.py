"""Images by class as what runs learn from."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, final

from chainrule.domains.classes import evaluate_classes
from chainrule.domains.data_domain import DataDomain
from chainrule.domains.images.augmented_source import Augmentation, AugmentedSource
from chainrule.domains.images.coder import SCHEMA, ImageCoder
from chainrule.domains.images.figures import image_figures
from chainrule.domains.images.flat_pixels import flat_pixels
from chainrule.domains.images.image_data import encode_images, load_images
from chainrule.domains.images.network import build_network, choose_rules
from chainrule.domains.images.options import ImageOptions
from chainrule.domains.images.predicted import predict_images
from chainrule.domains.images.recorded import record_images
from chainrule.domains.trained import Predicted, Trained
from chainrule.errors import RunError
from chainrule.nn import Layer
from chainrule.train.data.batches import Batches
from chainrule.train.data.dataset import Part
from chainrule.train.evaluation import Evaluation
from chainrule.train.loop.session import Session
from chainrule.train.runs.config_schemas import SHARE, data_schema, training_schema
from chainrule.train.runs.domain import CurrentRun, Material
from chainrule.train.runs.trained_network import RecordedLoss
from chainrule.train.steps.hooks import Hook
from chainrule.train.storage.schema import Schema, list_of, text, whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["DOMAIN", "ImageDomain"]

SHIFT = 3 / 32
"""How far images are shifted at most, as a share of their shorter side."""

SCHEMAS: dict[str, Schema] = {
    "data": data_schema({"size": whole(1), "colour": text}),
    "training": training_schema(
        {"model": text, "augment": text, "layers": list_of(whole(1)), "dropout": SHARE}
    ),
    "encoder": SCHEMA,
}


@final
class ImageDomain(DataDomain[ImageOptions, ImageCoder]):
    """Images, the class of each of which is predicted: the digits, or a folder for each class."""

    name: ClassVar[str] = "images"
    options: ClassVar[type[ImageOptions]] = ImageOptions
    predict_options: ClassVar[Collection[str]] = ("memory",)
    schemas: ClassVar[Mapping[str, Schema]] = SCHEMAS

    def load(self, options: ImageOptions, memory: int | None = None) -> Material:
        return encode_images(load_images(options, memory), options)

    def reload(
        self, options: ImageOptions, config: Mapping[str, Any], memory: int | None = None
    ) -> Material:
        images = load_images(options, memory)
        found, expected = images.fingerprint(), config["fingerprint"]
        if found != expected:
            raise RunError(
                f"resume with {options.source}",
                expected=f"the images this run began with ({expected[:12]}…)",
                got=f"others ({found[:12]}…)",
                remedy="restore them, or start a new run",
            )
        return encode_images(images, options, self.coder(config["encoder"], "config.toml"))

    def coder(self, entries: Mapping[str, Any], where: str) -> ImageCoder:
        return ImageCoder.from_dict(entries, where)

    def network(self, options: ImageOptions, coder: ImageCoder, dtype: Any = None) -> Layer:
        return build_network(options, coder, dtype)

    def choose(
        self, options: ImageOptions, material: Material
    ) -> tuple[ImageOptions, dict[str, Any]]:
        coder: Any = material.coder
        rows = len(material.dataset.train)
        share = options.validation_share(rows)
        chosen, by_name = options.chosen(choose_rules(options, coder, rows))
        return dataclasses.replace(chosen, validation_fraction=share), by_name

    def session(
        self, options: ImageOptions, material: Material, network: Layer, hooks: Sequence[Hook] = ()
    ) -> Session:
        coder: Any = material.coder
        shift = SHIFT * min(coder.height, coder.width) if "shifts" in options.augment else 0.0
        ways = Augmentation(shift, "flips" in options.augment)

        def varied(part: Part, batches: Batches) -> AugmentedSource:
            return AugmentedSource(part.x, part.y, batches, ways, coder.encoded_background)

        source = varied if ways else None
        return Session(network, material.dataset, options, hooks=hooks, source=source)

    def judge(self, run: CurrentRun, predict: Callable[[Any], Any]) -> Evaluation:
        return evaluate_classes(run.material.dataset, run.options, predict, flat_pixels)

    def figures(
        self, run: CurrentRun, predict: Callable[[Any], Any]
    ) -> Iterator[tuple[str, Figure]]:
        coder: Any = run.material.coder
        return image_figures(run, coder, predict)

    def predict(
        self, trained: Trained[ImageOptions, ImageCoder], file: Path | None, **given: Any
    ) -> Predicted:
        return predict_images(trained, file, given.get("memory"))

    def record(
        self,
        trained: Trained[ImageOptions, ImageCoder],
        material: Material,
        rows: Sequence[int] = (),
        wrt: Sequence[str] = (),
    ) -> RecordedLoss:
        return record_images(trained.network, trained.coder, material, rows, wrt)


DOMAIN = ImageDomain()
