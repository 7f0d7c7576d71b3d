"""Data frames of pandas and Polars: read as files are, with predictions in frames of their kind.

Neither library is imported to recognise a frame, and pandas never is: it is there with its frames.
"""
