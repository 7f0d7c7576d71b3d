"""Layers whose outputs are computed from windows of their inputs: convolution and pooling."""
