"""The comparison of two checkouts of chainrule, timed in turn, to see if one is slower."""
