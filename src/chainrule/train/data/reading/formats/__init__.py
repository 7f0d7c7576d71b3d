"""Formats other than CSV, each read by Polars into a frame."""
