"""Scaled dot-product attention, its weights, and its pull-back, which keeps no weights."""

from chainrule.ops.attention.attention import attention
from chainrule.ops.attention.weights import attention_weights

__all__: list[str] = ["attention", "attention_weights"]
