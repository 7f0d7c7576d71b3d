"""Which rows of a table are held out."""
