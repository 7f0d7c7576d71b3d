"""Which rows are in which part of a data set: by chance, in folds, by groups or by time."""
