"""Series: the next values of a column of numbers, forecast from a window of those before."""
