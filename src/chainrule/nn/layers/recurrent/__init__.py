"""Recurrent layers: a cell applied step by step along time, in several layers and both directions.

Each file but the shared ones has one cell and its layer.  The shared ones are the loop over time,
the layers and directions around it, the sequences that come in, and the initialisation by gate.
"""
