"""Inference: what `model.predict` runs."""

from chainrule.engine.inference.inference import Inference

__all__ = ["Inference"]
