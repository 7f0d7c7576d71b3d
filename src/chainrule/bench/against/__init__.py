"""Two checkouts of chainrule timed in turn: whether a change has made it slower."""
