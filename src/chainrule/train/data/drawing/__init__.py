"""How the rows of each part of a data set are drawn at random."""
