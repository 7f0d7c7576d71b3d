"""Normalisation of features, one by one or together, and of channels."""

from chainrule.nn.layers.normalisation.channels import GroupNorm, InstanceNorm
from chainrule.nn.layers.normalisation.features import BatchNorm, LayerNorm

__all__ = ["BatchNorm", "GroupNorm", "InstanceNorm", "LayerNorm"]
