"""Pairs of texts: an encoder and a decoder with attention learn to make the second of the first."""
