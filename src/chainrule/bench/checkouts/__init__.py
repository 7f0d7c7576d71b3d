"""The comparison of two checkouts of chainrule, timed in turn: has a change made it slower?"""
