"""Attention: layers in which each entry of a sequence sees the others, and where entries stand."""
