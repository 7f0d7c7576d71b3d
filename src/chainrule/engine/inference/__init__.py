"""Inference: what `model.predict` runs.

A prediction is planned for each shape of inputs (`prediction_plan`), bound to arenas that hold the
model's parameters (`workspace`, `bound_program`), and run from there (`inference`).
"""

from chainrule.engine.inference.bound_program import BoundProgram
from chainrule.engine.inference.inference import Inference
from chainrule.engine.inference.prediction_plan import (
    PredictionPlan,
    Shape,
    TreeShape,
    plan_prediction,
)

__all__ = ["BoundProgram", "Inference", "PredictionPlan", "Shape", "TreeShape", "plan_prediction"]
